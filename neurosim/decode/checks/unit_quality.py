r"""Are units single cells: refractory periods, spikes counted twice, units that were lost.

A unit of :math:`N` spikes in the time :math:`T`, of which a part :math:`f` came from another
cell, has on average

.. math:: R = 2 P (1 - f) f, \qquad P = \tau N^2 / T

intervals shorter than the refractory period :math:`\tau`: Hill, Mehta & Kleinfeld 2011,
doi:10.1523/JNEUROSCI.0971-11.2011. :math:`P` are the pairs of spikes within :math:`\tau` of each
other that the unit would have without a refractory period, if its rate never changed. The rate of
a place cell does: so :math:`P` is taken from pairs at lags beyond bursts (20 to 50 ms) where those
give more.
"""

from collections.abc import Iterator

import numpy as np
from scipy.special import pdtrc

REFRACTORY_S = 0.002  # CA1 bursts come at 3 to 6 ms
BEYOND_S = (0.02, 0.05)  # lags beyond bursts, within which a place cell's rate hardly changes
ZERO_LAG_S, NEAR_S, FAR_S = 0.0005, 0.005, 0.01
FEWEST = 10  # coincidences; fewer of two sparse units prove nothing
ALPHA = 0.05
BLOCK = 2**21  # spikes


def contamination(n_violations: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Estimate the part of each unit's spikes (unit,) that came from another cell.

    Parameters
    ----------
    n_violations : array (unit,)
        Pairs of spikes within the refractory period.
    pairs : array (unit,)
        As many as there would be without one; see `close_pairs`.

    Returns
    -------
    array (unit,)
        0 to 0.5; NaN where there are more violations than half of the spikes could make: the unit
        is no single cell, or has no refractory period. 0 for a unit without spikes.

    Examples
    --------
    >>> contamination(np.array([64]), np.array([200.0])).round(3).tolist()
    [0.2]
    """
    pairs = np.asarray(pairs, dtype=float)
    product = np.divide(n_violations, 2 * pairs, out=np.zeros_like(pairs), where=pairs > 0)
    return 0.5 - np.sqrt(np.where(product <= 0.25, 0.25 - product, np.nan))


def close_pairs(
    times: np.ndarray, unit: np.ndarray, n_units: int, duration: float
) -> tuple[np.ndarray, np.ndarray]:
    """Count pairs of spikes within the refractory period, and those expected without one.

    Parameters
    ----------
    times, unit : array (spike,)
        Sorted by time.
    n_units : int
    duration : float
        s.

    Returns
    -------
    n_violations, pairs : array (unit,)
    """
    short, beyond = np.zeros(n_units, dtype=np.int64), np.zeros(n_units, dtype=np.int64)
    for rows, own in _blocks(times, BEYOND_S[1]):
        order = np.argsort(unit[rows], kind="stable")
        t, u = times[rows][order], unit[rows][order]
        for step in range(1, t.size):
            near = (t[step:] - t[:-step] < BEYOND_S[1]) & (u[step:] == u[:-step])
            if not near.any():
                break
            near &= order[:-step] < own
            gap, of = (t[step:] - t[:-step])[near], u[step:][near]
            short += np.bincount(of[gap < REFRACTORY_S], minlength=n_units)
            beyond += np.bincount(of[gap >= BEYOND_S[0]], minlength=n_units)
    steady = REFRACTORY_S * np.bincount(unit, minlength=n_units) ** 2.0 / duration
    return short, np.maximum(steady, beyond * REFRACTORY_S / (BEYOND_S[1] - BEYOND_S[0]))


def is_contaminated(n_violations: np.ndarray, pairs: np.ndarray, part: float) -> np.ndarray:
    """Whether units (unit,) have more violations than a contaminated part would make by chance.

    One-sided Poisson test, so that two short intervals of a unit with few spikes prove nothing.
    """
    expected = 2 * np.asarray(pairs, dtype=float) * part * (1 - part)
    return (n_violations > 0) & (pdtrc(n_violations - 1.0, expected) < ALPHA)


def coincidences(
    times: np.ndarray, unit: np.ndarray, n_units: int, near: float, far: float
) -> np.ndarray:
    """Count pairs of spikes of two units whose distance is at least `near` and below `far`, s.

    Returns
    -------
    array (unit, unit)
        Symmetric; pairs of one unit's own spikes are left out.
    """
    found = np.zeros((n_units, n_units), dtype=np.int64)
    for rows, own in _blocks(times, far):
        t, u = times[rows], unit[rows]
        for step in range(1, t.size):
            gap = t[step:][:own] - t[:-step][:own]
            close = gap < far
            if not close.any():
                break
            close &= gap >= near
            pairs = u[:-step][:own][close].astype(np.int64) * n_units + u[step:][:own][close]
            found += np.bincount(pairs, minlength=n_units**2).reshape(n_units, n_units)
    found = found + found.T
    np.fill_diagonal(found, 0)
    return found


def shared_spikes(times: np.ndarray, unit: np.ndarray, n_units: int) -> np.ndarray:
    """Part of the spikes of the sparser of two units that the other fires at the same time.

    What neighbouring lags (5 to 10 ms) give by chance is taken away.

    Returns
    -------
    array (unit, unit)
        About 0 for two cells, and with less than `FEWEST` coincidences; 1 for one cell that was
        sorted twice.
    """
    at_zero = coincidences(times, unit, n_units, 0.0, ZERO_LAG_S)
    around = coincidences(times, unit, n_units, NEAR_S, FAR_S)
    chance = around * (ZERO_LAG_S / (FAR_S - NEAR_S))
    number = np.bincount(unit, minlength=n_units)
    fewer = np.minimum.outer(number, number)
    told = (fewer > 0) & (at_zero >= FEWEST)
    return np.divide(at_zero - chance, fewer, out=np.zeros(fewer.shape), where=told)


def longest_silence(
    times: np.ndarray,
    unit: np.ndarray,
    n_units: int,
    start: np.ndarray,
    stop: np.ndarray,
    kind: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Longest stretch without a spike of each unit, in spikes that it should have held.

    A unit's rate is that of the whole recording in epochs of the same kind, so that a place cell
    is not blamed for sleeping or for another track.

    Parameters
    ----------
    times, unit : array (spike,)
    n_units : int
    start, stop : array (epoch,)
        Sorted, s.
    kind : array (epoch,) of int
        Epochs in which units may have different rates.

    Returns
    -------
    missing : array (unit,)
        Spikes expected in the longest silence.
    share : array (unit,)
        The same as a part of the unit's spikes.
    """
    duration = np.bincount(kind, stop - start)
    number = np.zeros((n_units, duration.size))
    for _, u, epoch in _spikes_in(times, unit, start, stop):
        cell = u * duration.size + kind[epoch]
        number += np.bincount(cell, minlength=number.size).reshape(number.shape)
    rate = number / duration  # (unit, kind)
    expected = rate[:, kind] * (stop - start)  # (unit, epoch)
    before = np.concatenate([np.zeros((n_units, 1)), np.cumsum(expected, axis=1)], axis=1)
    total = before[:, -1]
    missing, last = np.zeros(n_units), np.zeros(n_units)
    for t, u, epoch in _spikes_in(times, unit, start, stop):
        clock = before[u, epoch] + rate[u, kind[epoch]] * (t - start[epoch])
        order = np.argsort(u, kind="stable")
        clock, u = clock[order], u[order]
        first = np.concatenate([[True], u[1:] != u[:-1]])
        gap = np.diff(clock, prepend=0.0)
        gap[first] = clock[first] - last[u[first]]
        np.maximum.at(missing, u, gap)
        final = np.concatenate([first[1:], [True]])
        last[u[final]] = clock[final]
    missing = np.maximum(missing, total - last)
    return missing, np.divide(missing, total, out=np.zeros(n_units), where=total > 0)


def _spikes_in(
    times: np.ndarray, unit: np.ndarray, start: np.ndarray, stop: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Spikes within epochs, some at a time: their times, units and epochs (spike,)."""
    for rows, _ in _blocks(times, 0.0):
        t, u = times[rows], unit[rows].astype(np.int64)
        epoch = np.searchsorted(start, t, side="right") - 1
        inside = (epoch >= 0) & (t <= stop[np.maximum(epoch, 0)])
        if inside.any():
            yield t[inside], u[inside], epoch[inside]


def _blocks(times: np.ndarray, margin: float) -> Iterator[tuple[slice, int]]:
    """Cut sorted spikes into blocks; a day of 200 units has too many to be looked at at once.

    Yields
    ------
    rows : slice
        The block's spikes, and after them those within `margin` (s) of its last: so every pair
        that close stands in the block of its earlier spike.
    own : int
        How many are the block's own.
    """
    for start in range(0, times.size, BLOCK):
        stop = min(start + BLOCK, times.size)
        end = np.searchsorted(times, times[stop - 1] + margin, side="right") if margin else stop
        yield slice(start, int(end)), stop - start
