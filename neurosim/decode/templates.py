r"""Events as counts, and the maps (templates) that they are decoded with, many shuffles at once.

The log likelihood of all bins is one product, with the expected counts as one more unit that
always fires once:

.. math:: \log P(n \mid x) = \sum_i n_i \log f_i(x) \tau + 1 \cdot (-\tau \sum_i f_i(x)) + const.

Weights are exponentiated in single precision after the maximum is subtracted, and leave as
features (see `neurosim.decode.scores`) by a second product. Nothing of size (bin, position, unit)
is made.
"""

from dataclasses import dataclass

import numpy as np

from neurosim import NeurosimError
from neurosim.decode.scores import Layout

IMPOSSIBLE = np.float32(-1e30)  # log likelihood of a state that was never visited; 0 x it is 0


@dataclass(frozen=True)
class EventCounts:
    """Spike counts of events, all bins after one another.

    Attributes
    ----------
    counts : array (bin, unit)
        Spikes.
    event : array (bin,) of int
        Event of each bin, in order; an event may have none.
    n_events : int
    width : float
        Duration of a bin, s.
    """

    counts: np.ndarray
    event: np.ndarray
    n_events: int
    width: float

    def __post_init__(self):
        if self.counts.ndim != 2 or self.event.shape != self.counts.shape[:1]:
            raise NeurosimError(
                f"events: expected counts (bin, unit) and one event a bin, found shapes "
                f"{self.counts.shape} and {self.event.shape}"
            )
        jumps = np.flatnonzero(np.diff(self.event) < 0)
        if jumps.size:
            raise NeurosimError(
                f"events: expected the bins in the order of their events, found event "
                f"{self.event[jumps[0] + 1]} after {self.event[jumps[0]]} at bin {jumps[0] + 1}"
            )
        if self.event.size and not (self.event[0] >= 0 and self.event[-1] < self.n_events):
            raise NeurosimError(
                f"events: expected indices from 0 to {self.n_events - 1}, found "
                f"{self.event[0]} to {self.event[-1]}"
            )

    @property
    def layout(self) -> Layout:
        """Which bins belong to which event."""
        return Layout(np.searchsorted(self.event, np.arange(self.n_events + 1)))

    def take(self, first: int, last: int) -> "EventCounts":
        """Keep events `first` to `last` - 1."""
        start, stop = self.layout.edges[[first, last]]
        return EventCounts(
            self.counts[start:stop], self.event[start:stop] - first, last - first, self.width
        )

    def replaced(self, counts: np.ndarray) -> "EventCounts":
        """The same events with other counts (bin, unit)."""
        return EventCounts(counts, self.event, self.n_events, self.width)


@dataclass(frozen=True)
class Templates:
    """Maps that an event is compared with: running directions, or environments.

    Attributes
    ----------
    rate : array (map, position, unit)
        Hz, positive.
    visited : array (map, position) of bool
    positions : array (position,)
        m, equally spaced.
    joint : bool
        False: each map is a template of its own, with its own posterior; an event's score is the
        maximum over them. True: one posterior over all maps, summed over them, is one template.
    """

    rate: np.ndarray
    visited: np.ndarray
    positions: np.ndarray
    joint: bool = False

    def __post_init__(self):
        if self.rate.ndim != 3 or self.visited.shape != self.rate.shape[:2]:
            raise NeurosimError(
                f"templates: expected rates (map, position, unit) and visited (map, position), "
                f"found shapes {self.rate.shape} and {self.visited.shape}"
            )
        if self.positions.shape != self.rate.shape[1:2]:
            raise NeurosimError(
                f"templates: expected {self.rate.shape[1]} positions, found {self.positions.size}"
            )
        if not np.all(self.rate > 0):
            raise NeurosimError(
                f"templates: expected positive rates, found {np.min(self.rate)}; floor them first"
            )
        if not self.visited.any(axis=1).all():
            raise NeurosimError("templates: expected visited positions in every map, found none")

    @property
    def n_units(self) -> int:
        """Number of units."""
        return self.rate.shape[2]

    @property
    def n_templates(self) -> int:
        """Number of templates that the maximum is taken over."""
        return 1 if self.joint else self.rate.shape[0]

    @property
    def n_states(self) -> int:
        """Number of maps times positions."""
        return self.visited.size

    def replaced(self, rate: np.ndarray) -> "Templates":
        """The same maps with other rates."""
        return Templates(rate, self.visited, self.positions, self.joint)


def likelihood_matrix(rate: np.ndarray, visited: np.ndarray, width: float) -> np.ndarray:
    """Make the matrix (unit + 1, map x position) that turns counts and a one into likelihoods.

    Parameters
    ----------
    rate : array (map, position, unit)
        Hz.
    visited : array (map, position) of bool
    width : float
        Duration of a bin, s.

    Returns
    -------
    array (unit + 1, state) of float32
        Log rates, and minus the expected count of all units.
    """
    expected = rate.reshape(-1, rate.shape[2]) * width
    matrix = np.empty((rate.shape[2] + 1, expected.shape[0]), dtype=np.float32)
    matrix[:-1] = np.log(expected).T
    matrix[-1] = np.where(visited.ravel(), -expected.sum(axis=1), IMPOSSIBLE)
    return matrix


def with_one(counts: np.ndarray) -> np.ndarray:
    """Counts (bin, unit + 1) of float32, with the unit that always fires once."""
    return np.column_stack([counts, np.ones(len(counts))]).astype(np.float32)


def decode_weights(
    counts: np.ndarray, matrix: np.ndarray, n_templates: int, out: np.ndarray | None = None
) -> np.ndarray:
    """Unnormalised posteriors (bin, template, state of the template), at most one.

    Parameters
    ----------
    counts : array (bin, unit + 1)
        From `with_one`.
    matrix : array (unit + 1, state)
        From `likelihood_matrix`.
    n_templates : int
        The states of each are normalised by themselves.
    out : array (bin, state), optional
        Space to work in.
    """
    values = np.matmul(counts, matrix, out=out)
    values = values.reshape(len(counts), n_templates, matrix.shape[1] // n_templates)
    values -= values.max(axis=2, keepdims=True)
    return np.exp(values, out=values)


def decode_features(
    counts: np.ndarray,
    matrix: np.ndarray,
    n_templates: int,
    basis: np.ndarray,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Decode, and keep the features of each bin's posterior alone.

    Parameters
    ----------
    counts, matrix, n_templates, out
        As in `decode_weights`.
    basis : array (position, 1 + feature)
        From `neurosim.decode.scores.feature_basis`.

    Returns
    -------
    array (template, bin, feature) of float32
    """
    weights = decode_weights(counts, matrix, n_templates, out)
    n_maps = weights.shape[2] // basis.shape[0]
    sums = weights.reshape(-1, basis.shape[0]) @ basis
    sums = sums.reshape(len(counts), n_templates, n_maps, basis.shape[1])
    # A template that joins several maps sums over them.
    sums = sums[:, :, 0] if n_maps == 1 else sums.sum(axis=2)
    return (sums[..., 1:] / sums[..., :1]).transpose(1, 0, 2)


def decode_posterior(events: EventCounts, templates: Templates) -> np.ndarray:
    """Posterior (template, bin, position) of the position, of float32."""
    if events.counts.shape[1] != templates.n_units:
        raise NeurosimError(
            f"events: expected counts of the templates' {templates.n_units} units, found "
            f"{events.counts.shape[1]}"
        )
    matrix = likelihood_matrix(templates.rate, templates.visited, events.width)
    weights = decode_weights(with_one(events.counts), matrix, templates.n_templates)
    weights /= weights.sum(axis=2, keepdims=True)
    n_maps = len(templates.rate) // templates.n_templates
    weights = weights.reshape(*weights.shape[:2], n_maps, templates.positions.size).sum(axis=2)
    return np.ascontiguousarray(weights.transpose(1, 0, 2))
