"""Inhomogeneous Poisson spikes by thinning (Lewis & Shedler 1979, 10.1002/nav.3800260304)."""

from collections.abc import Callable

import numpy as np

RateFunction = Callable[[np.ndarray, np.ndarray], np.ndarray]


def thin_poisson(
    rate: RateFunction,
    max_rate_hz: np.ndarray,
    intervals: np.ndarray,
    rng: np.random.Generator,
    modulation: RateFunction | None = None,
    max_modulation: float = 1.0,
    ceiling: RateFunction | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw spikes of many cells with a rate that changes in time.

    Candidates come from a homogeneous Poisson process at each cell's highest rate, all cells
    and intervals in one draw; each is kept with probability rate / highest rate, which is exact.

    Parameters
    ----------
    rate : callable
        ``rate(times, cells)`` gives the rates (candidate,) in Hz at the candidates' times (s)
        and cells; at most the cell's highest rate.
    max_rate_hz : array (cell,)
        Highest rate of each cell.
    intervals : array (interval, 2)
        Disjoint start and stop times, s.
    rng : numpy.random.Generator
    modulation : callable
        ``modulation(times, cells)`` multiplies the rates. It is asked only for candidates
        that the unmodulated rate cannot rule out, so it may be costly.
    max_modulation : float
        Its highest value.
    ceiling : callable
        ``ceiling(times, cells)`` is at least the rate. The rate is then asked only for candidates
        that it cannot rule out; the spikes are the same.

    Returns
    -------
    times : array (spike,)
        s, sorted.
    cells : array (spike,)
        Index of the cell.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> times, cells = thin_poisson(
    ...     lambda t, c: np.full(t.shape, 5.0), np.array([10.0]), np.array([[0.0, 1000.0]]), rng
    ... )
    >>> 4800 < times.size < 5200
    True
    """
    intervals = np.asarray(intervals, dtype=float).reshape(-1, 2)
    durations = intervals[:, 1] - intervals[:, 0]
    ends = np.cumsum(durations)
    total = ends[-1] if ends.size else 0.0
    counts = rng.poisson(max_rate_hz * (max_modulation * total))
    cells = np.repeat(np.arange(counts.size), counts)
    times = rng.uniform(0.0, total, cells.size)
    if ends.size == 1:
        times += intervals[0, 0]
    elif ends.size:
        shift = intervals[:, 0] - (ends - durations)
        times += shift[np.minimum(np.searchsorted(ends, times, side="right"), ends.size - 1)]
    threshold = rng.random(cells.size) * np.repeat(max_rate_hz, counts)
    if ceiling is not None:
        keep = np.flatnonzero(threshold < ceiling(times, cells))
        times, cells, threshold = times[keep], cells[keep], threshold[keep]
    rates = rate(times, cells)
    keep = np.flatnonzero(threshold < rates)
    times, cells = times[keep], cells[keep]
    if modulation is not None:
        wanted = rates[keep] * modulation(times, cells)
        keep = threshold[keep] * max_modulation < wanted
        times, cells = times[keep], cells[keep]
    order = np.argsort(times, kind="stable")
    return times[order], cells[order]
