"""Whether a unit's spikes go with the head's turns: by shifts in time, and by turns' directions."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

from neurosim import MissingData
from neurosim.decode.common import smoothed

N_DIRECTION_LAGS = 11  # of the test of direction, spread over the window


@dataclass(frozen=True)
class TurnCellTest:
    """How turn cells are found.

    Attributes
    ----------
    bin_s : float
        Time bin, s.
    smoothing_s : float
        SD of the Gaussian on the angular velocity, s.
    window_s : float
        Longest lag between spikes and turns, either way, s. The published spike-triggered average
        has the same (C011).
    min_shift_s : float
        Shortest shift of the null, s: by then turns have forgotten one another.
    trend_s : float
        SD of the Gaussian whose average is taken from the angular velocity, s, so that slow
        drifts of a unit's rate meet no slow drift of turning.
    alpha : float
        False discovery rate within an animal.
    turn_speed_deg_s : float
        Angular speed above which the head turns, and below which it does not, deg/s.
    """

    bin_s: float
    smoothing_s: float
    window_s: float
    min_shift_s: float
    trend_s: float
    alpha: float
    turn_speed_deg_s: float

    @property
    def reach(self) -> int:
        """Longest lag, bins."""
        return round(self.window_s / self.bin_s)


@dataclass(frozen=True)
class ShiftTest:
    """What the time-shift test says of each unit.

    Attributes
    ----------
    p_value : array (unit,)
    lag : array (unit,) of int
        Bins by which the turn follows the spikes where the two go together best.
    cross : array (unit, lag)
        Sum over spikes of the angular velocity by lag, deg/s, from minus to plus the window.
    """

    p_value: np.ndarray
    lag: np.ndarray
    cross: np.ndarray


def shift_test(counts: np.ndarray, drive: np.ndarray, test: TurnCellTest) -> ShiftTest:
    r"""Test whether each unit's spikes go with the head's turns, at any lag within the window.

    The statistic is the largest :math:`|c(\tau)|`, :math:`c(\tau) = \sum_t n(t)\, v(t + \tau)`,
    of lags within the window. One product of Fourier transforms gives :math:`c` at all circular
    shifts of the unit's spikes against the turns, so the same statistic about each shift beyond
    `min_shift_s` is its null distribution: spikes and turns keep their own time courses, and only
    what ties them together is lost.

    A unit that follows the speed of turns whichever their direction is tied to them too, and
    fails this null far more often than `alpha`; see `direction_test`.

    Parameters
    ----------
    counts : array (bin, unit)
        Spikes.
    drive : array (bin,)
        Angular velocity without its trend, from `without_trend`.
    test : TurnCellTest

    Returns
    -------
    ShiftTest
        Neighbouring shifts share most of their window; a p value is no smaller than one over the
        number of windows that do not overlap. The last bins are left out where a Fourier
        transform of all would be slow: at most one in a hundred.

    Raises
    ------
    MissingData
        If there is less time than the shifts of the null need.
    """
    n, width, reach = fast_length(drive.size), test.bin_s, test.reach
    nearest = round(test.min_shift_s / width) + reach
    far = np.minimum(np.arange(n), n - np.arange(n)) >= nearest
    n_windows = int(far.sum()) / (2 * reach + 1)
    if n_windows < 1 / test.alpha:
        needed = (2 * nearest + (2 * reach + 1) / test.alpha) * width
        raise MissingData(
            f"time-shift test: expected at least {needed:.0f} s in an open arena, found "
            f"{n * width:.0f} s"
        )
    from scipy.ndimage import maximum_filter1d

    cross = _cross_correlation(_by_unit(counts[:n]), drive[:n])
    largest = maximum_filter1d(np.abs(cross), 2 * reach + 1, axis=1, mode="wrap")
    as_large = ((largest >= largest[:, :1]) & far).sum(axis=1)
    near = np.take(cross, np.arange(-reach, reach + 1), axis=1, mode="wrap")
    return ShiftTest(
        p_value=np.maximum((1 + as_large) / (1 + far.sum()), 1 / (1 + n_windows)),
        lag=np.abs(near).argmax(axis=1) - reach,
        cross=near,
    )


def fast_length(n: int) -> int:
    """Largest number up to n without a prime factor above 7: Fourier transforms are fast there.

    Examples
    --------
    >>> fast_length(19_999)
    19845
    """
    for length in range(n, 0, -1):
        rest = length
        for prime in (2, 3, 5, 7):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return length
    return n


def _by_unit(counts: np.ndarray) -> np.ndarray:
    """Turn counts (bin, unit) into (unit, bin) in float32, so that each unit's lie together."""
    return np.ascontiguousarray(counts.T, dtype=np.float32)


def without_trend(velocity: np.ndarray, test: TurnCellTest) -> np.ndarray:
    """Smooth the angular velocity (bin,) and take its slow trend away; float32."""
    fast = smoothed(velocity.astype(float), test.smoothing_s / test.bin_s, mode="nearest")
    quick = fast - smoothed(fast, test.trend_s / test.bin_s, mode="nearest")
    return (quick - quick.mean()).astype(np.float32)


def _cross_correlation(counts: np.ndarray, drive: np.ndarray) -> np.ndarray:
    """Circular cross-correlation (unit, shift): sum over t of counts[t] drive[t + shift]."""
    return np.fft.irfft(np.conj(np.fft.rfft(counts)) * np.fft.rfft(drive), drive.size)


def direction_test(counts: np.ndarray, drive: np.ndarray, test: TurnCellTest) -> np.ndarray:
    r"""Test whether each unit tells the direction of turns, beyond their speed.

    Under the null the rate may follow the speed of turns, not their direction: each turn k (a
    stretch of one direction) then adds :math:`a_k = \sum_t (n(t) - \bar n)\, v(t + \tau)` with
    either sign alike, so :math:`\sum_k a_k / (\sum_k a_k^2)^{1/2}` is standard normal (as with
    standard errors clustered by turn). :math:`\bar n` is the mean over `trend_s`. The largest of
    a few lags counts, with Sidak's correction.

    Parameters
    ----------
    counts : array (bin, unit)
        Spikes.
    drive : array (bin,)
        Angular velocity without its trend, from `without_trend`.
    test : TurnCellTest

    Returns
    -------
    array (unit,)
        p values.
    """
    turn = np.flatnonzero(np.diff(np.sign(drive), prepend=np.float32(0)))
    centred = _centred(_by_unit(counts), round(test.trend_s / test.bin_s))
    lags = np.unique(np.linspace(-test.reach, test.reach, N_DIRECTION_LAGS).round().astype(int))
    largest = np.zeros(len(centred))
    for lag in lags:
        first = np.unique(np.append((turn - lag) % drive.size, 0))  # 0: where the circle is cut
        added = np.add.reduceat(centred * np.roll(drive, -lag), first, axis=1)
        spread = np.sqrt((added**2).sum(axis=1, dtype=float))
        total = added.sum(axis=1, dtype=float)
        z = np.divide(total, spread, out=np.zeros_like(spread), where=spread > 0)
        largest = np.maximum(largest, np.abs(z))
    return 1 - (1 - 2 * ndtr(-largest)) ** lags.size


def _centred(counts: np.ndarray, block: int) -> np.ndarray:
    """Take its mean in blocks of bins from each unit's counts (unit, bin)."""
    n = counts.shape[1]
    first = np.arange(0, n, block)
    size = np.diff(np.append(first, n))
    mean = (np.add.reduceat(counts, first, axis=1) / size).astype(np.float32)
    return counts - np.repeat(mean, size, axis=1)


def benjamini_hochberg(p_value: np.ndarray) -> np.ndarray:
    """Adjust p values (test,) for the false discovery rate (10.1111/j.2517-6161.1995.tb02031.x).

    Examples
    --------
    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    n = p_value.size
    order = np.argsort(p_value)
    scaled = p_value[order] * n / np.arange(1, n + 1)
    adjusted = np.empty(n)
    adjusted[order] = np.minimum.accumulate(scaled[::-1])[::-1]
    return np.minimum(adjusted, 1.0)


@dataclass(frozen=True)
class TurnClasses:
    """Which units of an animal are turn cells.

    Attributes
    ----------
    p_value : array (unit,)
        The larger one of both tests, since a turn cell must pass both.
    q_value : array (unit,)
        Adjusted within the animal by Benjamini and Hochberg.
    preferred : array (unit,) of int8
        -1 clockwise, 1 counter-clockwise, 0 for no turn cell.
    shifted : ShiftTest
    """

    p_value: np.ndarray
    q_value: np.ndarray
    preferred: np.ndarray
    shifted: ShiftTest

    @property
    def sign(self) -> np.ndarray:
        """Sign of the strongest correlation of each unit (unit,), turn cell or not."""
        cross, lag = self.shifted.cross, self.shifted.lag
        return np.sign(cross[np.arange(len(cross)), lag + cross.shape[1] // 2])


def classify_units(counts: np.ndarray, velocity: np.ndarray, test: TurnCellTest) -> TurnClasses:
    """Say which units (unit,) of one animal are turn cells; see `shift_test`, `direction_test`."""
    drive = without_trend(velocity, test)
    shifted = shift_test(counts, drive, test)
    p_value = np.maximum(shifted.p_value, direction_test(counts, drive, test))
    q_value = benjamini_hochberg(p_value)
    classes = TurnClasses(p_value, q_value, np.zeros(p_value.size, np.int8), shifted)
    return replace(classes, preferred=(classes.sign * (q_value <= test.alpha)).astype(np.int8))
