r"""Theta-scale lags of cell pairs: fields, cross-correlograms, and their slope over distance.

Two fields whose centres are `d` apart are met `d / v` after one another; within a theta cycle
their spikes are only `d k / (2 pi f)` apart (Dragoi & Buzsaki 2006,
10.1016/j.neuron.2006.02.023). Lags are known up to whole cycles only: instead of a line through
lags, which breaks where they pass half a cycle, the wave number `k` is the one that brings the
theta-band parts :math:`Z_{ij}` of all cross-correlograms into phase,

.. math:: k = \arg\max_k \mathrm{Re} \sum_{ij} Z_{ij} e^{-i k d_{ij}},

which weighs each pair by its modulated spikes.
"""

from dataclasses import dataclass

import numpy as np

MIN_PEAK = 3.0  # Hz; a lower bump is no field
EDGE = 0.2  # of the peak; where a field ends
LAG_BIN, MAX_LAG = 0.005, 0.3  # s
FREQUENCIES = np.arange(5.0, 12.01, 0.02)  # Hz; theta and the frequency of precession


@dataclass(frozen=True)
class FieldTable:
    """Place fields that were found in maps, one an entry.

    Attributes
    ----------
    unit, direction : array (field,) of int
        Column of the map; 0 outbound, 1 inbound.
    low, high, centre : array (field,)
        Ends and peak, m.
    """

    unit: np.ndarray
    direction: np.ndarray
    low: np.ndarray
    high: np.ndarray
    centre: np.ndarray


def find_fields(rate: np.ndarray, positions: np.ndarray) -> FieldTable:
    """Find place fields: stretches around a peak, down to a part of it.

    Fields that the track's end cuts off at their peak are left out.

    Parameters
    ----------
    rate : array (direction, position, unit)
        Hz.
    positions : array (position,)
        Centres of equal bins, m.
    """
    half = 0.5 * (positions[1] - positions[0])
    rows = []
    for direction, column in np.ndindex(rate.shape[0], rate.shape[2]):
        curve = rate[direction, :, column].copy()
        while curve.max() >= MIN_PEAK:
            peak = int(curve.argmax())
            low = high = peak
            while low > 0 and EDGE * curve[peak] < curve[low - 1] <= curve[low]:
                low -= 1
            while high < curve.size - 1 and EDGE * curve[peak] < curve[high + 1] <= curve[high]:
                high += 1
            if 0 < peak < curve.size - 1 and low < peak < high:
                bounds = positions[low] - half, positions[high] + half
                rows.append((column, direction, *bounds, _vertex(positions, curve, peak)))
            curve[low : high + 1] = 0.0
    table = np.array(rows).reshape(-1, 5).T
    return FieldTable(table[0].astype(int), table[1].astype(int), *table[2:])


def _vertex(positions: np.ndarray, curve: np.ndarray, peak: int) -> float:
    """Peak of the parabola through the logarithms around a maximum, m."""
    before, here, after = np.log(np.maximum(curve[peak - 1 : peak + 2], 1e-3))
    bend = before - 2 * here + after
    shift = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return float(positions[peak] + np.clip(shift, -1, 1) * (positions[1] - positions[0]))


def correlograms(times: np.ndarray, field: np.ndarray, n_fields: int) -> np.ndarray:
    """Count spike pairs by lag: field b after field a.

    Parameters
    ----------
    times : array (spike,)
        s.
    field : array (spike,) of int
    n_fields : int

    Returns
    -------
    array (lag, a, b)
        Lags from zero to `MAX_LAG` in steps of `LAG_BIN`; negative ones are those of (b, a).
    """
    from scipy.sparse import csr_array

    begin = times.min() if times.size else 0.0
    place = np.floor((times - begin) / LAG_BIN).astype(int)
    n = int(place.max(initial=0)) + 1
    trains = csr_array((np.ones(place.size), (field, place)), shape=(n_fields, n))
    n_lags = round(MAX_LAG / LAG_BIN)
    counts = np.zeros((n_lags + 1, n_fields, n_fields))
    for lag in range(min(n_lags, n - 1) + 1):
        counts[lag] = (trains[:, : n - lag] @ trains[:, lag:].T).toarray()
    return counts


def theta_part(correlogram: np.ndarray, frequency: float) -> np.ndarray:
    """Theta-band part of cross-correlograms, without their slow trend.

    Least squares, weighted by a Hann window, on a parabola and a wave: the envelope, which peaks
    where the fields are met one after another, does not move the wave.

    Parameters
    ----------
    correlogram : array (lag, pair)
        Lags from minus to plus `MAX_LAG`.
    frequency : float
        Hz.

    Returns
    -------
    array (pair,) of complex
        Its angle is the phase of the peak: 2 pi times frequency times lag.
    """
    lag = LAG_BIN * (np.arange(len(correlogram)) - len(correlogram) // 2)
    angle = 2 * np.pi * frequency * lag
    columns = [np.ones(lag.size), lag, lag**2, np.cos(angle), np.sin(angle)]
    window = np.hanning(lag.size + 2)[1:-1, None]
    design = np.stack(columns, axis=1)
    fit = np.linalg.solve(design.T @ (window * design), design.T @ (window * correlogram))
    return fit[3] + 1j * fit[4]


def precession_frequency(autocorrelogram: np.ndarray) -> float:
    """Frequency of the firing within fields, Hz: that of the largest wave in the spikes' lags.

    Parameters
    ----------
    autocorrelogram : array (lag,)
        Pooled, from minus to plus `MAX_LAG`; the lag zero is left out.
    """
    values = autocorrelogram[:, None].astype(float)
    middle = len(values) // 2
    values[middle] = 0.5 * (values[middle - 1] + values[middle + 1])
    power = [abs(theta_part(values, frequency)[0]) for frequency in FREQUENCIES]
    return float(FREQUENCIES[int(np.argmax(power))])


def wave_number(part: np.ndarray, distance: np.ndarray, highest: float = 25.0) -> float:
    """Wave number that brings the theta parts of all pairs into phase, rad m-1.

    Parameters
    ----------
    part : array (pair,) of complex
        From `theta_part`.
    distance : array (pair,)
        Of the fields' centres along the running direction, m; signed.
    highest : float
        rad m-1.

    Examples
    --------
    Pairs up to 0.5 m apart, whose lags pass half a cycle:

    >>> d = np.linspace(-0.5, 0.5, 21)
    >>> round(wave_number(np.exp(1j * 10.0 * d), d), 2)
    10.0
    """
    numbers = np.arange(0.0, highest, 0.02)
    score = np.real(np.exp(-1j * np.outer(numbers, distance)) @ part)
    return float(numbers[int(score.argmax())])
