r"""The slopes that the field measures replay speed with, beside `neurosim.decode.kinematics`.

Each is kept as its papers use it, bias included:

``posterior_regression``
    Regression of position on time weighted by the posterior, the slope behind the weighted
    correlation. A flat posterior pulls it to zero.
``line_fit``
    The line with the most posterior within a band (Davidson et al. 2009,
    10.1016/j.neuron.2009.07.027): sum over time bins of the posterior within `BAND` m of the
    line, the median over positions where the line is off the track.
``rank_order``
    Regression of the field centre of each spike's unit on the time of the spike (as the rank
    order of Foster & Wilson 2006, 10.1038/nature04587, in metres instead of ranks).
``map_regression``
    Regression of the most probable position on time.
``step_size``
    Mean distance between the most probable positions of successive time bins over the bin
    width: a speed without sign, which decoding noise inflates.

The regressions have the standard error of least squares, which is what a lab would report: it
takes residuals for independent and the slope for unbiased, and neither holds here. ``line_fit``
and ``step_size`` have no textbook interval.

All work on all events at once: bins of all events stand after one another, and sums over the bins
of an event are sums between two places.
"""

from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np
from scipy.special import stdtrit

SLOPES = (
    "posterior_regression",
    "posterior_regression_all_bins",
    "line_fit",
    "rank_order",
    "map_regression",
    "step_size",
)
SLOPES_WITH_INTERVAL = (
    "posterior_regression",
    "posterior_regression_all_bins",
    "rank_order",
    "map_regression",
)
BAND = 0.15  # m on either side of a line; Davidson et al. 2009
N_LINE_SPEEDS = 120
N_LINE_MIDDLES = 60


@dataclass(frozen=True)
class DecodedBins:
    """Posteriors of the time bins of many events.

    Attributes
    ----------
    posterior : array (bin, position)
        Sums to one; of both maps together.
    heard : array (bin,) of bool
        Bins with spikes. The others say nothing and are left out.
    time : array (bin,)
        Centre of the bin from the beginning of its event, s.
    event : array (bin,) of int
        Event of the bin, in order.
    n_events : int
    positions : array (position,)
        m, equally spaced.
    width : float
        Bin, s.
    """

    posterior: np.ndarray
    heard: np.ndarray
    time: np.ndarray
    event: np.ndarray
    n_events: int
    positions: np.ndarray
    width: float

    def sums(self, *values: np.ndarray) -> list[np.ndarray]:
        """Sum values (bin,) over the heard bins of each event (event,)."""
        event = self.event[self.heard]
        return [
            np.bincount(event, np.broadcast_to(v, self.time.shape)[self.heard], self.n_events)
            for v in values
        ]


@dataclass(frozen=True)
class Slope:
    """A straight line through each event.

    Attributes
    ----------
    velocity : array (event,)
        m s-1; NaN where it is not defined.
    start, stop : array (event,)
        Position at the beginning and the end of the event, within the track, m.
    standard_error : array (event,)
        Of the velocity by least squares, m s-1; NaN below three observations, and for lines that
        are not regressions.
    freedom : array (event,)
        Degrees of freedom of the residuals: observations (time bins or spikes) less two. NaN for
        lines that are not regressions.
    """

    velocity: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    standard_error: np.ndarray
    freedom: np.ndarray

    def speed_interval(self, probability: float = 0.9) -> np.ndarray:
        """Student's t interval of the speed: both ends (event, end), m s-1.

        The size of the velocity give or take t times its standard error, not below zero; NaN
        where there is no standard error.
        """
        speed = np.abs(self.velocity)
        half = stdtrit(self.freedom, 0.5 + probability / 2) * self.standard_error
        return np.column_stack([np.maximum(speed - half, 0.0), speed + half])


def _regressed(
    sums: list[np.ndarray], duration: np.ndarray, positions: np.ndarray
) -> tuple[Slope, np.ndarray]:
    """Least squares from sums (event,) of w, w t, w t^2, w x, w t x and w x^2; the correlation.

    The sum of the weights w is the number of observations n. With s^2 the residuals' sum of
    squares over n - 2, the variance of the slope is s^2 over the sum of squares of t.
    """
    weight, t, tt, x, tx, xx = sums
    with np.errstate(invalid="ignore", divide="ignore"):
        covariance = tx / weight - (t / weight) * (x / weight)
        variance = tt / weight - (t / weight) ** 2
        spread = xx / weight - (x / weight) ** 2
        varies = variance > 1e-12
        slope = np.where(varies, covariance / variance, np.nan)
        intercept = x / weight - slope * t / weight
        correlation = covariance / np.sqrt(variance * spread)
        residual = np.maximum(spread - covariance**2 / variance, 0.0)  # -1e-17 is none
        error = np.sqrt(residual / ((weight - 2) * variance))
    ends = [np.clip(intercept + slope * at, positions[0], positions[-1]) for at in (0, duration)]
    error = np.where(varies & (weight > 2), error, np.nan)
    correlation = np.where(varies & (spread > 1e-12), correlation, np.nan)
    return Slope(slope, *ends, error, weight - 2), correlation


def posterior_regression(bins: DecodedBins, duration: np.ndarray) -> tuple[Slope, np.ndarray]:
    """Regress position on time, weighted by the posterior.

    The standard error is the one that belongs to the weighted correlation r: a time bin is one
    observation whatever its posterior, and the residual variance holds the spread of the
    posteriors about the line as well as that of their means. So velocity over standard error is
    r sqrt((n - 2) / (1 - r^2)) with n time bins, the textbook test of r. (Weighted least
    squares over bins times positions would count every position as an observation.)

    Parameters
    ----------
    bins : DecodedBins
    duration : array (event,)
        s.

    Returns
    -------
    Slope
    correlation : array (event,)
        The weighted correlation; NaN where position or time does not vary.
    """
    mean = bins.posterior @ bins.positions
    square = bins.posterior @ bins.positions**2
    t = bins.time
    sums = bins.sums(np.ones(t.size), t, t**2, mean, t * mean, square)
    return _regressed(sums, duration, bins.positions)


def map_regression(bins: DecodedBins, duration: np.ndarray) -> Slope:
    """Regress the most probable position on time, a heard bin an observation."""
    peak = bins.positions[bins.posterior.argmax(axis=1)]
    t = bins.time
    sums = bins.sums(np.ones(t.size), t, t**2, peak, t * peak, peak**2)
    return _regressed(sums, duration, bins.positions)[0]


def step_size(bins: DecodedBins) -> Slope:
    """Mean distance between the most probable positions of successive heard bins, over the bin.

    It has no sign and no line: start and stop are NaN. Successive steps share a position, so that
    the spread of the steps gives no textbook interval either: the standard error is NaN.
    """
    rows = np.flatnonzero(bins.heard)
    peak = bins.positions[bins.posterior[rows].argmax(axis=1)]
    event, time = bins.event[rows], bins.time[rows]
    successive = (np.diff(event) == 0) & (np.diff(time) < 1.5 * bins.width)
    owner = event[1:][successive]
    steps = np.bincount(owner, np.abs(np.diff(peak))[successive], bins.n_events)
    number = np.bincount(owner, minlength=bins.n_events)
    with np.errstate(invalid="ignore"):
        speed = np.where(number > 0, steps / np.maximum(number, 1) / bins.width, np.nan)
    nothing = np.full(bins.n_events, np.nan)
    return Slope(speed, *[nothing] * 4)


def rank_order(
    counts: np.ndarray, bins: DecodedBins, rate: np.ndarray, duration: np.ndarray
) -> Slope:
    """Regress the field centre of each spike's unit on the time of the spike.

    Of the maps the one is taken whose correlation is larger in size; the standard error, with a
    spike an observation, knows nothing of that choice.

    Parameters
    ----------
    counts : array (bin, unit)
    bins : DecodedBins
    rate : array (map, position, unit)
        Place fields, Hz. A unit has a place in a map if its peak there is at least 1 Hz (A087).
    duration : array (event,)
        s.
    """
    best, strength = None, np.full(bins.n_events, -1.0)
    t = bins.time
    for field in rate:
        centre = bins.positions[field.argmax(axis=0)]
        placed = counts[:, field.max(axis=0) >= 1.0]
        centre = centre[field.max(axis=0) >= 1.0]
        number, along = placed.sum(axis=1), placed @ centre
        sums = bins.sums(number, t * number, t**2 * number, along, t * along, placed @ centre**2)
        slope, correlation = _regressed(sums, duration, bins.positions)
        found = np.where(np.isfinite(correlation), np.abs(correlation), -1.0)
        best = slope if best is None else _chosen(found > strength, slope, best)
        strength = np.maximum(strength, found)
    return best


def _chosen(first: np.ndarray, one: Slope, other: Slope) -> Slope:
    """Take one slope where `first` (event,), the other elsewhere."""
    return Slope(
        *(np.where(first, getattr(one, f.name), getattr(other, f.name)) for f in fields(Slope))
    )


@lru_cache(maxsize=4)
def _lines(
    n_bins: int, width: float, low: float, high: float, speeds: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Velocities (line,) and places (line, bin) of candidate lines that touch the track."""
    fast = np.geomspace(*speeds, N_LINE_SPEEDS // 2)
    velocity = np.concatenate([-fast[::-1], [0.0], fast])
    clock = (np.arange(n_bins) + 0.5) * width - 0.5 * n_bins * width
    reach = (high - low) + np.abs(velocity) * n_bins * width
    fraction = (np.arange(N_LINE_MIDDLES) + 0.5) / N_LINE_MIDDLES - 0.5
    middle = 0.5 * (low + high) + reach[:, None] * fraction
    place = middle[..., None] + velocity[:, None, None] * clock
    return np.repeat(velocity, N_LINE_MIDDLES), place.reshape(-1, n_bins)


def line_fit(bins: DecodedBins, speeds: tuple[float, float], chunk: int = 64) -> Slope:
    """Find the line with the most posterior within a band.

    The score is no likelihood, so that it gives no textbook interval: the standard error is NaN.

    Parameters
    ----------
    bins : DecodedBins
    speeds : tuple of float
        Slowest and fastest speed that is tried, m s-1; a line at rest is tried as well.
    chunk : int
        Events that are worked on together.
    """
    step = bins.positions[1] - bins.positions[0]
    n_positions = bins.positions.size
    half = round(BAND / step)
    mass = np.cumsum(np.pad(bins.posterior, ((0, 0), (half + 1, half))), axis=1)
    near = mass[:, 2 * half + 1 :] - mass[:, : -2 * half - 1]
    near = np.column_stack([near, np.median(bins.posterior, axis=1)])  # off the track
    near[~bins.heard] = 0.0
    low, high = bins.positions[0] - step / 2, bins.positions[-1] + step / 2
    first = np.searchsorted(bins.event, np.arange(bins.n_events + 1))
    out = Slope(*(np.full(bins.n_events, np.nan) for _ in fields(Slope)))
    lengths = np.diff(first)
    for n_bins in np.unique(lengths[lengths > 1]).tolist():
        velocity, place = _lines(n_bins, bins.width, low, high, speeds)
        column = np.floor((place - low) / step).astype(int)
        column[(column < 0) | (column >= n_positions)] = n_positions
        flat = (column + np.arange(n_bins) * near.shape[1]).astype(np.int32)
        events = np.flatnonzero(lengths == n_bins)
        for chosen in np.array_split(events, -(-events.size // chunk)):
            rows = first[chosen, None] + np.arange(n_bins)
            score = _score(near[rows].reshape(chosen.size, -1), flat)
            best = score.argmax(axis=1)
            ends = place[best][:, [0, -1]] + velocity[best, None] * bins.width * [-0.5, 0.5]
            out.velocity[chosen] = np.where(score.max(axis=1) > 0, velocity[best], np.nan)
            out.start[chosen], out.stop[chosen] = np.clip(ends, low, high).T
    return out


def _score(near: np.ndarray, flat: np.ndarray) -> np.ndarray:
    """Sum what lies near each line: (event, line) from (event, bin and column)."""
    by_place = np.ascontiguousarray(near.T, dtype=np.float32)
    total = by_place[flat[:, 0]]
    for column in flat.T[1:]:
        total += by_place[column]
    return total.T
