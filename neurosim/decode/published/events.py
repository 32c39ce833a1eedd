"""Events as every paper's estimator gets them: the same spikes, cut into the bins it used."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neurosim import NeurosimError
from neurosim.decode.bayes import log_likelihood, normalise
from neurosim.decode.kinematics import Track
from neurosim.decode.slopes import DecodedBins
from neurosim.decode.templates import EventCounts, Templates


@dataclass(frozen=True)
class FineEvents:
    """Spikes of events in narrow bins, and the fields that decode them.

    Attributes
    ----------
    spikes : EventCounts
        Bins so narrow that they stand for spike times; an estimator's bins are made of them.
    track : Track
        Fields estimated while running.
    """

    spikes: EventCounts
    track: Track

    @cached_property
    def positions(self) -> np.ndarray:
        """Centres (position,) of the position bins, m."""
        return (np.arange(self.track.rate.shape[1]) + 0.5) * self.track.step

    @property
    def n_events(self) -> int:
        """Number of events."""
        return self.spikes.n_events

    @property
    def duration(self) -> np.ndarray:
        """Duration (event,), s."""
        number = np.bincount(self.spikes.event, minlength=self.n_events)
        return number * self.spikes.width

    def binned(self, width: float) -> EventCounts:
        """Join the narrow bins; a rest shorter than a bin is left out.

        Parameters
        ----------
        width : float
            A multiple of the narrow bins, s.
        """
        fine = self.spikes
        factor = round(width / fine.width)
        if factor < 1 or abs(factor * fine.width - width) > 1e-9:
            raise NeurosimError(
                f"bin width: expected a multiple of {fine.width} s, found {width} s"
            )
        first = np.searchsorted(fine.event, np.arange(fine.n_events + 1))
        whole = np.diff(first) // factor
        within = np.arange(fine.event.size) - first[fine.event]
        kept = within < (whole * factor)[fine.event]
        counts = fine.counts[kept].reshape(-1, factor, fine.counts.shape[1]).sum(axis=1)
        return EventCounts(counts, np.repeat(np.arange(fine.n_events), whole), fine.n_events, width)

    def decoded(self, events: EventCounts) -> DecodedBins:
        """Decode every bin on its own, all maps together, under a flat prior."""
        rate = self.track.rate
        values = log_likelihood(
            events.counts.astype(float),
            rate.reshape(-1, rate.shape[2]),
            events.width,
            self.track.visited.reshape(-1),
        )
        posterior = normalise(values).reshape(-1, *rate.shape[:2]).sum(axis=1)
        first = np.searchsorted(events.event, np.arange(events.n_events + 1))
        within = np.arange(events.event.size) - first[events.event]
        return DecodedBins(
            posterior,
            events.counts.sum(axis=1) > 0,
            (within + 0.5) * events.width,
            events.event,
            events.n_events,
            self.positions,
            events.width,
        )

    def templates(self, *, joint: bool) -> Templates:
        """Take the maps as templates: together, or each by itself."""
        return Templates(self.track.rate, self.track.visited, self.positions, joint=joint)
