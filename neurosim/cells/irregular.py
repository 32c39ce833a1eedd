"""Spikes that are not Poisson: refractoriness, bursts, contamination, drift, common gain.

Every function works on its own on arrays of spikes (times in s, cell of each) and treats all
cells at once. Without options spikes stay as they are.
"""

from dataclasses import dataclass

import numpy as np

from neurosim.cells.spikes import RateFunction, thin_poisson
from neurosim.world.movement import ornstein_uhlenbeck

BURST_INTERVAL_SPREAD = 0.25  # SD over mean of the intervals within a complex-spike burst
CONTAMINATION_JITTER = 0.001  # s, SD of a wrongly sorted spike about the other unit's
DRIFT_KNOT = 10.0  # s between the knots of a drift
GAIN_SAMPLES = 20  # samples of the common gain a time constant


@dataclass(frozen=True)
class Spiking:
    """How spikes differ from a Poisson process; as it stands they do not.

    Attributes
    ----------
    refractory_s : float
        Spikes closer than this to the one before are deleted.
    burst_probability : float
        Probability that a spike is followed by another one of a complex-spike burst, and that
        one by a third, and so on: geometric numbers. The mean rate stays as it is.
    burst_interval_s : float
        Mean interval within a burst.
    contamination_fraction : float
        Fraction of each unit's spikes that come from another unit.
    drift_sd_m : float
        SD of the shift of a cell's fields at the session's end, a random walk from its beginning.
    gain_sd : float
        SD of the logarithm of a gain that all cells share.
    gain_time_constant_s : float
        Its time constant.
    """

    refractory_s: float = 0.0
    burst_probability: float = 0.0
    burst_interval_s: float = 0.006
    contamination_fraction: float = 0.0
    drift_sd_m: float = 0.0
    gain_sd: float = 0.0
    gain_time_constant_s: float = 1.0


@dataclass(frozen=True)
class SharedGain:
    """A gain that all cells share: a log-normal process of mean one.

    Attributes
    ----------
    values : array (sample,)
    step : float
        s between samples, from time zero.
    """

    values: np.ndarray
    step: float

    @property
    def max(self) -> float:
        """Highest value."""
        return float(self.values.max())

    def at(self, times: np.ndarray) -> np.ndarray:
        """Gain at times in s (spike,)."""
        sample = (times / self.step).astype(int)
        return self.values[np.clip(sample, 0, self.values.size - 1)]


def draw_gain(duration: float, spiking: Spiking, rng: np.random.Generator) -> SharedGain | None:
    """Draw the common gain of a session, exp(x - sd^2 / 2) with an Ornstein-Uhlenbeck x.

    Returns None where its SD is zero.
    """
    if spiking.gain_sd == 0:
        return None
    step = spiking.gain_time_constant_s / GAIN_SAMPLES
    n = int(np.ceil(duration / step)) + 1
    log_gain = ornstein_uhlenbeck(n, spiking.gain_sd, spiking.gain_time_constant_s, step, rng)
    return SharedGain(np.exp(log_gain - spiking.gain_sd**2 / 2), step)


@dataclass(frozen=True)
class Drift:
    """Shifts of the fields of each cell through a session.

    Attributes
    ----------
    shift : array (knot, cell)
        m, every `DRIFT_KNOT` s from time zero; linear between knots.
    """

    shift: np.ndarray

    def at(self, times: np.ndarray, cells: np.ndarray) -> np.ndarray:
        """Shift of the fields of cells at times in s (spike,), m."""
        n_cells, knots = self.shift.shape[1], self.shift.ravel()
        place = np.clip(times / DRIFT_KNOT, 0, len(self.shift) - 1.001)
        knot = place.astype(int)
        index = knot * n_cells + cells  # one index into a flat array is twice as fast as two
        before = knots[index]
        return before + (place - knot) * (knots[index + n_cells] - before)

    def at_end(self) -> "Drift":
        """The shifts of the session's end, for what comes after it."""
        return Drift(np.repeat(self.shift[-1:], 2, axis=0))


def draw_drift(
    duration: float, n_cells: int, spiking: Spiking, rng: np.random.Generator
) -> Drift | None:
    """Draw a random walk for each cell that reaches the SD asked for at the session's end, in m.

    Returns None where that SD is zero.
    """
    if spiking.drift_sd_m == 0:
        return None
    n = int(np.ceil(duration / DRIFT_KNOT)) + 1
    steps = rng.normal(0, spiking.drift_sd_m * np.sqrt(DRIFT_KNOT / duration), (n, n_cells))
    return Drift(np.concatenate([np.zeros((1, n_cells)), np.cumsum(steps, axis=0)]))


def delete_refractory(
    times: np.ndarray, cells: np.ndarray, refractory_s: float
) -> tuple[np.ndarray, np.ndarray]:
    """Delete spikes that follow the cell's last kept spike within the refractory time.

    Rates fall by about rate * refractory time. Sorted times in, sorted times out.
    """
    order = np.lexsort((times, cells))
    t, c = times[order], cells[order]
    kept = np.ones(t.size, dtype=bool)
    while True:
        rows = np.flatnonzero(kept)
        close = (np.diff(t[rows]) < refractory_s) & (np.diff(c[rows]) == 0)
        # Of spikes too close in a row only the first is surely wrong: what follows it may stay.
        first = close & ~np.concatenate([[False], close[:-1]])
        if not first.any():
            break
        kept[rows[1:][first]] = False
    stays = np.sort(order[kept])
    return times[stays], cells[stays]


def add_bursts(
    times: np.ndarray, cells: np.ndarray, spiking: Spiking, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Turn spikes into complex-spike bursts of the same mean rate.

    A fraction 1 - p of spikes stays; each of them leads K further ones, K geometric with mean
    p / (1 - p), at gamma-distributed intervals. Sorted times out.
    """
    p = spiking.burst_probability
    leads = np.flatnonzero(rng.random(times.size) >= p)
    extra = rng.geometric(1 - p, leads.size) - 1
    shape = BURST_INTERVAL_SPREAD**-2
    gaps = rng.gamma(shape, spiking.burst_interval_s / shape, int(extra.sum()))
    lead = np.repeat(leads, extra)
    first = np.cumsum(extra) - extra
    total = np.concatenate([[0.0], np.cumsum(gaps)])
    after = total[1:] - np.repeat(total[first], extra)
    all_times = np.concatenate([times[leads], times[lead] + after])
    all_cells = np.concatenate([cells[leads], cells[lead]])
    order = np.argsort(all_times, kind="stable")
    return all_times[order], all_cells[order]


def draw_contaminants(n_cells: int, rng: np.random.Generator) -> np.ndarray:
    """Draw for each unit another unit that it is badly sorted from (cell,)."""
    if n_cells < 2:
        return np.zeros(n_cells, dtype=int)
    return (np.arange(n_cells) + rng.integers(1, n_cells, n_cells)) % n_cells


def contaminate(
    times: np.ndarray,
    cells: np.ndarray,
    n_cells: int,
    fraction: float,
    rng: np.random.Generator,
    contaminants: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Replace a fraction of each unit's spikes by spikes of one other unit, as bad sorting does.

    The other unit of each unit is given by `contaminants` (cell,), or drawn. Numbers of spikes
    stay; a unit whose other unit is silent keeps its own. Sorted times out.
    """
    if n_cells < 2:
        return times, cells
    other = draw_contaminants(n_cells, rng) if contaminants is None else contaminants
    order = np.argsort(cells, kind="stable")
    counts = np.bincount(cells, minlength=n_cells)
    first = np.cumsum(counts) - counts
    source = other[cells]
    foreign = np.flatnonzero((rng.random(times.size) < fraction) & (counts[source] > 0))
    source = source[foreign]
    drawn = first[source] + (rng.random(foreign.size) * counts[source]).astype(int)
    mixed = times.copy()
    mixed[foreign] = times[order[drawn]] + rng.normal(0, CONTAMINATION_JITTER, foreign.size)
    order = np.argsort(mixed, kind="stable")
    return mixed[order], cells[order]


def make_irregular(
    times: np.ndarray,
    cells: np.ndarray,
    n_cells: int,
    spiking: Spiking,
    rng: np.random.Generator,
    bounds: tuple[float, float] = (-np.inf, np.inf),
    contaminants: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Give Poisson spikes bursts, then refractoriness, then contamination.

    Parameters
    ----------
    times, cells : array (spike,)
        Sorted times in s and the cell of each spike.
    n_cells : int
    spiking : Spiking
        Gain and drift act on rates, not here.
    rng : numpy.random.Generator
    bounds : tuple of float
        Spikes that end up outside of these times are dropped, s.
    contaminants : array (cell,) of int, optional
        The other unit that each unit's spikes are mixed with; drawn if not given.

    Returns
    -------
    times, cells : array (spike,)
        Sorted. With contamination intervals may again be shorter than the refractory time.
    """
    if spiking.burst_probability > 0:
        times, cells = add_bursts(times, cells, spiking, rng)
    if spiking.refractory_s > 0:
        times, cells = delete_refractory(times, cells, spiking.refractory_s)
    if spiking.contamination_fraction > 0:
        times, cells = contaminate(
            times, cells, n_cells, spiking.contamination_fraction, rng, contaminants
        )
    inside = (times >= bounds[0]) & (times < bounds[1])
    return (times, cells) if inside.all() else (times[inside], cells[inside])


def irregular_spikes(
    rate: RateFunction,
    max_rate_hz: np.ndarray,
    intervals: np.ndarray,
    spiking: Spiking,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw spikes as `neurosim.cells.spikes.thin_poisson` does, with the options of `spiking`.

    Drifting fields are the business of `rate` (see `draw_drift`).

    Returns
    -------
    times, cells : array (spike,)
        Sorted, s.
    """
    intervals = np.asarray(intervals, dtype=float).reshape(-1, 2)
    stop = float(intervals[:, 1].max()) if len(intervals) else 0.0
    start = float(intervals[:, 0].min()) if len(intervals) else 0.0
    gain = draw_gain(stop, spiking, rng)
    if gain is None:
        times, cells = thin_poisson(rate, max_rate_hz, intervals, rng)
    else:
        times, cells = thin_poisson(
            lambda t, c: rate(t, c) * gain.at(t), max_rate_hz * gain.max, intervals, rng
        )
    return make_irregular(times, cells, max_rate_hz.size, spiking, rng, (start, stop))
