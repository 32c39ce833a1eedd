"""The one gain of a network: set so that it is in events some part of the time, never to a speed.

A network is in an event while the smoothed rate of its pyramidal cells exceeds a multiple of the
rate that noise alone brings about (recurrent gain zero). Occupancy rises with the recurrent gain,
often from none to all within some per cent; it is measured at many gains side by side, first far
apart and then, round by round, between the two that bracket what is asked for. Single trials are
noisy, so the bracket is taken from an isotonic regression of all that were run.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.optimize import isotonic_regression

from neurosim.network.ca3 import Activity, Wiring, simulate_network
from neurosim.network.trial import Trial

BIN = 0.001  # s
SMOOTHING = 0.01  # s, SD of the Gaussian on the population rate
SETTLING = 0.3  # s at the beginning of a trial that are left out
CENTRE_NS = 220.0  # recurrent conductance of a cell, all inputs at once, about which is searched
BATCH = 40_000  # pyramidal cells that run side by side
COARSE = np.geomspace(0.4, 3.0, 10)  # of that


@dataclass(frozen=True)
class GainSearch:
    """How a gain is looked for.

    Attributes
    ----------
    occupancy : float
        Part of the time in events that is asked for.
    threshold : float
        Multiple of the rate without recurrent gain above which the network is in an event.
    coarse_s, fine_s : float
        Duration of a trial of the first and of the second search.
    n_fine : int
        Gains of a round of the second search.
    n_rounds : int
        Rounds of the second search.
    """

    occupancy: float
    threshold: float
    coarse_s: float
    fine_s: float
    n_fine: int
    n_rounds: int


@dataclass(frozen=True)
class GainSetting:
    """A gain, and what it was set by.

    Attributes
    ----------
    gain : float
        On the recurrent weights.
    occupancy : float
        Part of the time in events that it gives, interpolated.
    threshold_hz : float
        Population rate above which the network is in an event.
    gains, occupancies : array (tried,)
        All that was tried, in the order of gains.
    """

    gain: float
    occupancy: float
    threshold_hz: float
    gains: np.ndarray
    occupancies: np.ndarray


def population_rates(activity: Activity, n_cells: int) -> np.ndarray:
    """Smoothed rate of a pyramidal cell, mean over cells, in 1 ms bins (trial, bin), Hz."""
    n_trials, n_bins = activity.field.shape[0], round(activity.duration / BIN)
    where = activity.trial * n_bins + np.minimum((activity.time / BIN).astype(int), n_bins - 1)
    counts = np.bincount(where, minlength=n_trials * n_bins).reshape(n_trials, n_bins)
    return gaussian_filter1d(counts / (BIN * n_cells), SMOOTHING / BIN, axis=1, mode="nearest")


def occupancy_of(rates: np.ndarray, threshold_hz: float) -> np.ndarray:
    """Part of the time (trial,) in which rates (trial, bin) exceed a threshold, once settled."""
    return (rates[:, round(SETTLING / BIN) :] > threshold_hz).mean(axis=1)


def set_gains(
    wiring: Wiring,
    makers: Sequence[Callable[[float], Trial]],
    search: GainSearch,
    rng: Callable[[str], np.random.Generator],
) -> list[GainSetting]:
    """Find the gains at which a network is in events as much of the time as asked for.

    Parameters
    ----------
    wiring : Wiring
    makers : sequence of callable
        ``maker(gain)``: the network in a state, or with constants, in which its gain is set; all
        are searched side by side.
    search : GainSearch
    rng : callable
        ``rng(purpose)`` gives the generator for a purpose. Noise is the same for all makers.

    Returns
    -------
    list of GainSetting
        One a maker. Where no gain reaches the occupancy, the highest one tried; where every gain
        exceeds it, the lowest.
    """
    total = float(wiring.recurrent.sum(axis=0).mean())
    coarse = np.append(0.0, CENTRE_NS / max(total, 1e-9) * COARSE)
    rates = _rates(wiring, makers, [coarse] * len(makers), search.coarse_s, "coarse", rng)
    thresholds = [search.threshold * rate[0, round(SETTLING / BIN) :].mean() for rate in rates]
    tried = [
        _Tried(coarse[1:], occupancy_of(rate[1:], threshold), search.coarse_s)
        for rate, threshold in zip(rates, thresholds, strict=True)
    ]
    for number in range(search.n_rounds):
        fine = [one.between(search.occupancy, search.n_fine) for one in tried]
        rates = _rates(wiring, makers, fine, search.fine_s, f"round {number}", rng)
        tried = [
            one.joined(gains, occupancy_of(rate, threshold), search.fine_s)
            for one, gains, rate, threshold in zip(tried, fine, rates, thresholds, strict=True)
        ]
    return [
        one.setting(search.occupancy, threshold)
        for one, threshold in zip(tried, thresholds, strict=True)
    ]


class _Tried:
    """Gains that were tried, what occupancy each gave, and how long each ran."""

    def __init__(
        self, gains: np.ndarray, occupancies: np.ndarray, seconds: float | np.ndarray
    ) -> None:
        order = np.argsort(gains, kind="stable")
        self.gains, self.occupancies = gains[order], occupancies[order]
        self.seconds = np.broadcast_to(seconds, gains.shape)[order]
        self.rising = isotonic_regression(self.occupancies, weights=self.seconds).x

    def joined(self, gains: np.ndarray, occupancies: np.ndarray, seconds: float) -> "_Tried":
        """Together with more gains."""
        return _Tried(
            np.append(self.gains, gains),
            np.append(self.occupancies, occupancies),
            np.append(self.seconds, np.full(gains.size, seconds)),
        )

    def between(self, wanted: float, n: int) -> np.ndarray:
        """Gains between the two that bracket an occupancy; none where no two do."""
        above = np.flatnonzero(self.rising >= wanted)
        if not above.size or above[0] == 0:
            return np.zeros(0)
        return np.linspace(self.gains[above[0] - 1], self.gains[above[0]], n + 2)[1:-1]

    def setting(self, wanted: float, threshold: float) -> GainSetting:
        """Lowest gain at which the rising occupancy reaches what is wanted, between gains."""
        above = np.flatnonzero(self.rising >= wanted)
        last = int(above[0]) if above.size else self.gains.size - 1
        gain, occupancy = self.gains[last], self.rising[last]
        if above.size and last > 0:
            low, high = self.rising[last - 1 : last + 1]
            part = (wanted - low) / (high - low)
            gain = self.gains[last - 1] + part * (self.gains[last] - self.gains[last - 1])
            occupancy = wanted
        return GainSetting(float(gain), float(occupancy), threshold, self.gains, self.occupancies)


def _rates(
    wiring: Wiring,
    makers: Sequence[Callable[[float], Trial]],
    gains: Sequence[np.ndarray],
    duration: float,
    stage: str,
    rng: Callable[[str], np.random.Generator],
) -> list[np.ndarray]:
    """Population rates (gain, bin) of each maker at its gains, in batches that fit the cache."""
    trials = [maker(g) for maker, row in zip(makers, gains, strict=True) for g in row]
    names = [f"{stage}, gain {i}" for row in gains for i in range(row.size)]
    found = [np.zeros((0, round(duration / BIN)))]
    size = max(1, BATCH // wiring.n_pyramidal)
    for first in range(0, len(trials), size):
        rows = slice(first, first + size)
        rngs = [rng(name) for name in names[rows]]
        activity = simulate_network(wiring, trials[rows], duration, rngs)
        found.append(population_rates(activity, wiring.n_pyramidal))
    edges = np.cumsum([row.size for row in gains])[:-1]
    return np.split(np.concatenate(found), edges)


def recorded_occupancy(
    times: np.ndarray, intervals: np.ndarray, n_cells: int, threshold_hz: float
) -> float:
    """Part of the time in which the recorded network is in events, as gains are set by.

    Parameters
    ----------
    times : array (spike,)
        Spikes of all pyramidal cells, s, sorted.
    intervals : array (interval, 2)
        Start and stop, s.
    n_cells : int
        Number of pyramidal cells.
    threshold_hz : float
        Rate of a cell above which the network is in an event.

    Returns
    -------
    float
        NaN where there is no time.
    """
    above = total = 0
    for start, stop in intervals:
        n_bins = round((stop - start) / BIN)
        spikes = times[slice(*np.searchsorted(times, [start, stop]))] - start
        where = np.minimum((spikes / BIN).astype(int), n_bins - 1)
        counts = np.bincount(where, minlength=n_bins) / (BIN * n_cells)
        rate = gaussian_filter1d(counts, SMOOTHING / BIN, mode="nearest")
        above, total = above + int((rate > threshold_hz).sum()), total + n_bins
    return above / total if total else float("nan")
