"""Time bins and spike counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from neurosim import NeurosimError

WORK = 2**21  # spikes and counts at a time: a day of one region has fifty times as many


@dataclass(frozen=True)
class Bins:
    """Half-open time bins [start, stop), sorted and disjoint, grouped by interval.

    Attributes
    ----------
    start, stop : array (bin,)
        s. Within an interval the stop of a bin is the start of the next, to the last bit, so
        that no spike falls between.
    interval : array (bin,)
        Index of the interval that the bin belongs to.
    width : float
        s.
    """

    start: np.ndarray
    stop: np.ndarray
    interval: np.ndarray
    width: float

    @property
    def centre(self) -> np.ndarray:
        """Middle of each bin (bin,), s."""
        return 0.5 * (self.start + self.stop)

    @property
    def size(self) -> int:
        """Number of bins."""
        return self.start.size

    def rows(self, interval: int) -> slice:
        """Find the bins of one interval."""
        first, last = np.searchsorted(self.interval, [interval, interval + 1])
        return slice(int(first), int(last))

    def take(self, rows: slice | np.ndarray) -> "Bins":
        """Keep some of the bins, in order."""
        return Bins(self.start[rows], self.stop[rows], self.interval[rows], self.width)


def group_name(width: float) -> str:
    """Name the group of a file that holds what was decoded with a bin width (s).

    Examples
    --------
    >>> group_name(0.125)
    'bin_125ms'
    """
    return f"bin_{width * 1000:g}ms"


def make_bins(intervals: np.ndarray, width: float) -> Bins:
    """Cut intervals into bins of one width; a rest shorter than a bin is left out.

    Parameters
    ----------
    intervals : array (interval, 2)
        Disjoint, sorted start and stop times, s.
    width : float
        s.

    Raises
    ------
    NeurosimError
        If the width is not positive.
    """
    if not width > 0:
        raise NeurosimError(f"bin width: expected more than 0 s, found {width}")
    intervals = np.asarray(intervals, dtype=float).reshape(-1, 2)
    # A whole number of bins may fall short of it by rounding: 1e-6 of a bin is no rest.
    counts = np.floor((intervals[:, 1] - intervals[:, 0]) / width + 1e-6).astype(int)
    interval = np.repeat(np.arange(counts.size), counts)
    within = np.arange(interval.size) - np.repeat(np.cumsum(counts) - counts, counts)
    first = intervals[interval, 0]
    return Bins(first + within * width, first + (within + 1) * width, interval, width)


def bin_index(times: np.ndarray, bins: Bins) -> np.ndarray:
    """Find the bin of each time (event,); -1 for times in none."""
    index = np.searchsorted(bins.start, times, side="right") - 1
    inside = (index >= 0) & (times < bins.stop[index]) if bins.size else np.zeros(len(times), bool)
    return np.where(inside, index, -1)


def count_spikes(times: np.ndarray, unit: np.ndarray, bins: Bins, n_units: int) -> np.ndarray:
    """Count spikes by bin and unit.

    Parameters
    ----------
    times : array (spike,)
        s; sorted ones, as of a recording, are counted without a copy.
    unit : array (spike,)
        Index of the unit.
    bins : Bins
    n_units : int

    Returns
    -------
    array (bin, unit) of float32
        Its sum is the number of spikes within the bins.
    """
    if np.any(times[1:] < times[:-1]):  # edges can be looked up among sorted times alone
        order = np.argsort(times, kind="stable")
        times, unit = times[order], unit[order]
    counts = np.zeros((bins.size, n_units), dtype=np.float32)
    first, last = _spikes_of(times, bins)
    work = np.cumsum(last - first + n_units)
    seams = np.searchsorted(work, np.arange(WORK, work[-1], WORK)) if bins.size else []
    for begin, end in pairwise(np.unique([0, *seams, bins.size]).tolist()):
        number = last[begin:end] - first[begin:end]
        row = np.repeat(np.arange(number.size), number)
        skipped = first[begin:end] - (np.cumsum(number) - number)  # spikes before or between bins
        spike = np.arange(row.size) + np.repeat(skipped, number)
        flat = np.bincount(row * n_units + unit[spike], minlength=number.size * n_units)
        counts[begin:end] = flat.reshape(-1, n_units)
    return counts


def count_trains(trains: Sequence[np.ndarray], bins: Bins) -> np.ndarray:
    """Count spikes by bin and unit, from the times of each unit (spike,), sorted, s.

    Returns
    -------
    array (bin, unit) of float32
    """
    counts = np.empty((bins.size, len(trains)), dtype=np.float32)
    for unit, times in enumerate(trains):
        first, last = _spikes_of(times, bins)
        counts[:, unit] = last - first
    return counts


def _spikes_of(times: np.ndarray, bins: Bins) -> tuple[np.ndarray, np.ndarray]:
    """Index of the first spike of each bin (bin,), and of the first one after it."""
    stop = np.minimum(bins.stop, np.append(bins.start[1:], np.inf))  # by rounding bins may cross
    return np.searchsorted(times, bins.start), np.searchsorted(times, stop)
