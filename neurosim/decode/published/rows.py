"""Events of one session as rows of one array: what models of whole events are computed on."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import logsumexp

from neurosim.decode.templates import EventCounts

FLOOR = -80.0  # log likelihood relative to a bin's largest


@dataclass(frozen=True)
class LikelihoodRows:
    """Likelihood of every event with every map, the longest events first.

    Attributes
    ----------
    likelihood : array (bin, row, position)
        Of each bin's spikes, relative to its largest; zero where not visited, one after the
        event's last bin.
    peak : array (row,)
        Log of what it is relative to, all bins together.
    length : array (row,) of int
        Bins.
    prior : array (row, position)
        Flat over the visited places of the row's map.
    order : array (row,) of int
        Number of event and map: event times maps, plus map.
    n_maps : int
    """

    likelihood: np.ndarray
    peak: np.ndarray
    length: np.ndarray
    prior: np.ndarray
    order: np.ndarray
    n_maps: int

    @classmethod
    def of(cls, events: EventCounts, rate: np.ndarray, visited: np.ndarray) -> "LikelihoodRows":
        """Take Poisson likelihoods.

        Parameters
        ----------
        events : EventCounts
            Each has at least a bin.
        rate : array (map, position, unit)
            Hz, above zero.
        visited : array (map, position) of bool
        """
        n_maps, n_positions, n_units = rate.shape
        flat = rate.reshape(-1, n_units)
        values = events.counts @ np.log(flat).T - events.width * flat.sum(axis=1)
        values = np.where(visited, values.reshape(-1, n_maps, n_positions), -np.inf)
        largest = values.max(axis=2)
        relative = np.exp(np.maximum(values - largest[..., None], FLOOR)) * visited
        length = np.bincount(events.event, minlength=events.n_events)
        first = np.cumsum(length) - length
        order = np.argsort(-np.repeat(length, n_maps), kind="stable")
        event, number = np.divmod(order, n_maps)
        likelihood = np.ones((length.max(), order.size, n_positions), np.float32)
        peak = np.zeros(order.size)
        for row, (e, m) in enumerate(zip(event.tolist(), number.tolist(), strict=True)):
            bins = slice(first[e], first[e] + length[e])
            likelihood[: length[e], row] = relative[bins, m]
            peak[row] = largest[bins, m].sum()
        prior = visited / visited.sum(axis=1, keepdims=True)
        return cls(likelihood, peak, length[event], prior[number], order, n_maps)

    @cached_property
    def summed(self) -> np.ndarray:
        """Log likelihood of one place throughout (row, position), relative as `likelihood` is."""
        with np.errstate(divide="ignore"):  # where not visited
            return np.log(self.likelihood).sum(axis=0, dtype=float)

    def n_active(self, number: int) -> int:
        """Rows that have a bin of that number: the first ones."""
        return int(np.sum(self.length > number))

    def by_event(self, log_evidence: np.ndarray) -> np.ndarray:
        """Average relative evidence (..., row) over maps of equal prior: (event, ...)."""
        ordered = np.empty_like(log_evidence, dtype=float)
        ordered[..., self.order] = log_evidence + self.peak
        ordered = ordered.reshape(*log_evidence.shape[:-1], -1, self.n_maps)
        return np.moveaxis(logsumexp(ordered, axis=-1), -1, 0) - np.log(self.n_maps)
