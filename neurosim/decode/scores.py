r"""Sequence scores of decoded events: weighted correlation and line score, many at once.

Both scores need a few numbers of each bin's posterior only, never the posterior itself:

``weighted_correlation``
    Mean and mean square of the position. The score is the absolute correlation of position and
    time, weighted by the posterior.
``line``
    Posterior mass within a band of :math:`\pm d` around points along the track. The score is the
    mean mass within the band around the best straight line (Davidson et al. 2009,
    10.1016/j.neuron.2009.07.027).

These numbers are the *features* of a bin: ``mean, mean square, mass around each centre``. A
shuffle makes features, the functions here turn them into scores.

Bins without spikes say nothing and are left out of both scores. Of the line score's variants in
use, this one takes lines that start and end on the track, so that no line has to be padded, and
cuts the band at the track's ends.
"""

from dataclasses import dataclass

import numpy as np

from neurosim import NeurosimError

SCORES = ("weighted_correlation", "line")
N_MOMENTS = 2  # features before the bands: mean and mean square


@dataclass(frozen=True)
class LineGrid:
    """The straight lines among which the line score takes the best.

    Attributes
    ----------
    half_width_m : float
        The band covers this much on either side of the line.
    n_ends : int
        Starts, and ends, evenly over the track: ``n_ends`` squared lines. The band's centres lie
        twice as close, and a line is rounded to the nearest of them in each bin.
    """

    half_width_m: float = 0.15
    n_ends: int = 21

    def __post_init__(self):
        if not self.half_width_m > 0:
            raise NeurosimError(f"half_width_m: expected more than 0 m, found {self.half_width_m}")
        if self.n_ends < 2:
            raise NeurosimError(f"n_ends: expected at least 2 ends of lines, found {self.n_ends}")

    @property
    def n_centres(self) -> int:
        """Number of the band's centres."""
        return 2 * self.n_ends - 1

    def bands(self, positions: np.ndarray) -> np.ndarray:
        """First and one past the last index (centre, 2) of the positions within each band."""
        centres = np.linspace(positions[0], positions[-1], self.n_centres)
        slack = 1e-9 * (positions[-1] - positions[0])  # a bin at the band's edge is within
        return np.column_stack(
            [
                np.searchsorted(positions, centres - self.half_width_m - slack),
                np.searchsorted(positions, centres + self.half_width_m + slack),
            ]
        )

    def columns(self, n_bins: int) -> np.ndarray:
        """Centre (bin, line) that each line passes in each of an event's bins."""
        ends = 2 * np.arange(self.n_ends)
        start, stop = (grid.ravel() for grid in np.meshgrid(ends, ends, indexing="ij"))
        along = np.arange(n_bins) / max(n_bins - 1, 1)
        return np.rint(start + (stop - start) * along[:, None]).astype(np.intp)


@dataclass(frozen=True)
class Layout:
    """How bins that follow one another belong to events.

    Attributes
    ----------
    edges : array (event + 1,)
        Bins ``edges[e]`` to ``edges[e + 1]`` are those of event e, equally long and without gaps.
    """

    edges: np.ndarray

    @property
    def n_events(self) -> int:
        """Number of events."""
        return self.edges.size - 1

    @property
    def n_bins(self) -> int:
        """Number of bins of all events."""
        return int(self.edges[-1])

    @property
    def lengths(self) -> np.ndarray:
        """Number of bins (event,) of each event."""
        return np.diff(self.edges)

    @property
    def owner(self) -> np.ndarray:
        """Event (bin,) of each bin."""
        return np.repeat(np.arange(self.n_events), self.lengths)

    @property
    def time(self) -> np.ndarray:
        """Time (bin,) from the middle of the event, in bins."""
        return np.arange(self.n_bins) - (0.5 * (self.edges[:-1] + self.edges[1:] - 1))[self.owner]

    def sums(self, *powers: int) -> list[np.ndarray]:
        """Matrices (bin, event) that sum over the bins of each event, times time to a power."""
        belongs = self.owner[:, None] == np.arange(self.n_events)
        return [belongs * self.time[:, None] ** power for power in powers]


def feature_basis(positions: np.ndarray, grid: LineGrid | None) -> np.ndarray:
    """Make the matrix (position, 1 + feature) that turns weights into their sum and features.

    The first column sums the weights. Positions are scaled to -1 to 1, so that moments in single
    precision lose nothing; the weighted correlation does not depend on it.
    """
    half = 0.5 * (positions[-1] - positions[0])
    x = (positions - positions[0] - half) / half
    columns = [np.ones(x.size), x, x**2]
    if grid is not None:
        index = np.arange(x.size)
        columns += [(index >= low) & (index < high) for low, high in grid.bands(positions)]
    return np.column_stack(columns).astype(np.float32)


def correlation_scores(features: np.ndarray, heard: np.ndarray, layout: Layout) -> np.ndarray:
    """Absolute weighted correlation of every event in every shuffle.

    Parameters
    ----------
    features : array (shuffle, template, bin, feature)
    heard : array (shuffle or 1, bin) of bool
        Bins with spikes.
    layout : Layout

    Returns
    -------
    array (shuffle, template, event)
        Zero where position or time does not vary.
    """
    total, moment, square_moment = layout.sums(0, 1, 2)
    weight = heard.astype(float)[:, None]
    mean = features[..., 0] * weight
    n = np.maximum(weight @ total, 1)
    t, x = weight @ moment / n, mean @ total / n
    var_t = weight @ square_moment / n - t**2
    var_x = (features[..., 1] * weight) @ total / n - x**2
    covariance = mean @ moment / n - t * x
    scale = np.sqrt(np.maximum(var_t, 0) * np.maximum(var_x, 0))
    return np.abs(np.divide(covariance, scale, out=np.zeros_like(x), where=scale > 1e-6))


def line_scores(
    features: np.ndarray, heard: np.ndarray, layout: Layout, grid: LineGrid
) -> np.ndarray:
    """Mean posterior mass within the band around the best line, of every event in every shuffle.

    Parameters
    ----------
    features : array (shuffle, template, bin, feature)
        With bands.
    heard : array (shuffle or 1, bin) of bool
    layout : Layout
    grid : LineGrid

    Returns
    -------
    array (shuffle, template, event)
        Zero for events without heard bins.
    """
    n_shuffles, n_templates = features.shape[:2]
    scores = np.zeros((n_shuffles, n_templates, layout.n_events))
    bands = features[..., N_MOMENTS:] * heard[:, None, :, None]
    for length in np.unique(layout.lengths[layout.lengths > 0]):
        events = np.flatnonzero(layout.lengths == length)
        rows = layout.edges[events] + np.arange(length)[:, None]  # bin of the event, event
        # Centres come first and the rest is contiguous, so that a line's pick copies whole rows.
        picked = np.ascontiguousarray(bands[:, :, rows].transpose(2, 4, 0, 1, 3))
        picked = picked.reshape(length, grid.n_centres, -1)
        total = np.zeros((grid.n_ends**2, picked.shape[-1]), dtype=np.float32)
        for column, mass in zip(grid.columns(int(length)), picked, strict=True):
            total += mass[column]
        best = total.max(axis=0).reshape(n_shuffles, n_templates, events.size)
        n_heard = heard[:, rows].sum(axis=1)[:, None]  # shuffle, template, event
        scores[..., events] = best / np.maximum(n_heard, 1)
    return scores


def event_scores(
    features: np.ndarray, heard: np.ndarray, layout: Layout, grid: LineGrid | None
) -> np.ndarray:
    """Both scores, or without a grid the first alone: array (score, shuffle, template, event)."""
    scores = [correlation_scores(features, heard, layout)]
    if grid is not None:
        scores.append(line_scores(features, heard, layout, grid))
    return np.stack(scores)
