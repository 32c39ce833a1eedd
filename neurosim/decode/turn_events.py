"""Population turn events: moments at which many turn cells of one direction fire at once."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.decode.turn_cells import normal_intervals
from neurosim.files import flags
from neurosim.recording import Recording

STATES = ("run", "rem", "nrem")
DIRECTIONS = {"clockwise": -1, "counter_clockwise": 1}
WITHIN_STATE, OF_WAKE = "within_state", "wake_threshold"
THRESHOLDS = (WITHIN_STATE, OF_WAKE)
TRUNCATED = 4.0  # SD at which the Gaussian ends
BLOCK = 8192  # samples a Fourier transform


@dataclass(frozen=True)
class TurnEventRule:
    """What counts as a population turn event (C012).

    Attributes
    ----------
    bin_s : float
        Time bin, s.
    smoothing_s : float
        SD of the Gaussian on the summed spikes, s.
    threshold_sd : float
        SDs above the mean that the smoothed rate must exceed.
    min_cells : int
        Fewest turn cells of a direction.
    n_null_draws : int
        Poisson populations that are drawn beside each state.
    """

    bin_s: float
    smoothing_s: float
    threshold_sd: float
    min_cells: int
    n_null_draws: int


@dataclass(frozen=True)
class PopulationRate:
    """Summed, smoothed rate of a population through the intervals of a state.

    Attributes
    ----------
    rate : array (bin,) of float32
        Hz; the bins of all intervals, one after the other.
    first : array (interval + 1,) of int
        First bin of each interval, and the number of bins.
    start : array (interval,)
        s.
    bin_s : float
    """

    rate: np.ndarray
    first: np.ndarray
    start: np.ndarray
    bin_s: float

    def times(self, edges: np.ndarray) -> np.ndarray:
        """Times (edge,) in s at which bins start; the edge after an interval's last is its end."""
        interval = np.clip(np.searchsorted(self.first, edges, side="right") - 1, 0, None)
        interval = np.minimum(interval, self.start.size - 1)
        return self.start[interval] + (edges - self.first[interval]) * self.bin_s

    def stops(self, edges: np.ndarray) -> np.ndarray:
        """Times (edge,) in s at which bins before the edges end."""
        return self.times(edges - 1) + self.bin_s

    @property
    def seconds(self) -> float:
        """Time in the bins."""
        return self.rate.size * self.bin_s

    def above_mean(self, n_sd: float) -> float:
        """Mean plus `n_sd` SD of the rate, Hz."""
        return float(self.rate.mean(dtype=float) + n_sd * self.rate.std(dtype=float))


def population_rate(
    times: np.ndarray, intervals: np.ndarray, rule: TurnEventRule
) -> PopulationRate:
    """Sum the spikes of a population in bins and smooth them within each interval.

    Parameters
    ----------
    times : array (spike,)
        Spikes of all cells of the population, sorted, s.
    intervals : array (interval, 2)
        Disjoint start and stop, s. A rest shorter than a bin is left out.
    rule : TurnEventRule

    Returns
    -------
    PopulationRate
        The Gaussian is reflected at the edges of intervals, so that rates do not fall there.
    """
    width = rule.bin_s
    sizes = np.floor((intervals[:, 1] - intervals[:, 0]) / width + 1e-6).astype(int)
    first = np.concatenate([[0], np.cumsum(sizes)])
    rate = np.empty(first[-1], dtype=np.float32)
    low, high = np.searchsorted(times, [intervals[:, 0], intervals[:, 0] + sizes * width])
    for k, start in enumerate(intervals[:, 0]):
        index = ((times[low[k] : high[k]] - start) / width).astype(int)
        counts = np.bincount(np.minimum(index, sizes[k] - 1), minlength=sizes[k])
        rate[first[k] : first[k + 1]] = gaussian_smoothed(counts, rule.smoothing_s / width)
    rate /= width
    return PopulationRate(rate, first, intervals[:, 0], width)


def gaussian_smoothed(values: np.ndarray, sd: float) -> np.ndarray:
    """Smooth with a Gaussian of `sd` samples, reflected at the edges (sample,), in float32.

    Blocks of Fourier transforms (overlap-add) take a tenth of the time of a direct sum where the
    Gaussian has hundreds of samples; within rounding the result is the same.
    """
    reach = int(TRUNCATED * sd + 0.5)
    if values.size == 0 or reach == 0:
        return values.astype(np.float32)
    offset = np.arange(-reach, reach + 1)
    kernel = np.exp(-0.5 * (offset / sd) ** 2)
    kernel = (kernel / kernel.sum()).astype(np.float32)
    length = BLOCK if kernel.size < BLOCK // 2 else 4 * kernel.size
    step = length - kernel.size + 1
    padded = np.pad(values.astype(np.float32), reach, mode="symmetric")
    n_blocks = -(-padded.size // step)
    blocks = np.zeros(n_blocks * step, dtype=np.float32)
    blocks[: padded.size] = padded
    spectra = np.fft.rfft(blocks.reshape(n_blocks, step), length, axis=1)
    parts = np.fft.irfft(spectra * np.fft.rfft(kernel, length), length, axis=1)
    parts[1:, : length - step] += parts[:-1, step:]
    return parts[:, :step].ravel()[2 * reach : 2 * reach + values.size]


def find_crossings(population: PopulationRate, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Find where the rate rises above a threshold and where it falls again.

    A stretch that is above it when its interval begins has no onset, and is left out.

    Returns
    -------
    start, stop : array (event,) of int
        Half-open ranges of bins.
    """
    above = np.zeros(population.rate.size + 1, dtype=bool)
    above[:-1] = population.rate > threshold
    edges = np.flatnonzero(above[1:] != above[:-1]) + 1
    # Stretches end where their interval does, though the next one may begin above as well.
    inner = population.first[1:-1]
    cut = inner[above[inner] & above[inner - 1]]
    starts = np.concatenate([[0] if above[0] else [], edges[above[edges]], cut]).astype(int)
    stops = np.concatenate([edges[~above[edges]], cut]).astype(int)
    starts.sort()
    stops.sort()
    has_onset = ~np.isin(starts, population.first)
    return starts[has_onset], stops[has_onset]


def crossing_rate(smoothing_s: float, n_sd: float) -> float:
    r"""Events a second in a population that fires at a constant rate.

    Poisson spikes under a Gaussian of SD :math:`\sigma` are, where they are many, a Gaussian
    process with autocorrelation :math:`\exp(-\tau^2 / 4 \sigma^2)`; it rises through u SD at the
    rate :math:`\exp(-u^2 / 2) / (2 \pi \sqrt{2} \sigma)` (Rice 1944,
    10.1002/j.1538-7305.1944.tb00874.x), whatever its mean rate.

    Examples
    --------
    >>> round(crossing_rate(0.05, 1.0), 2)
    1.37
    """
    return float(np.exp(-(n_sd**2) / 2) / (2 * np.pi * np.sqrt(2) * smoothing_s))


def poisson_event_rate(
    population: PopulationRate,
    rule: TurnEventRule,
    rng: np.random.Generator,
    threshold: float | None = None,
) -> float:
    """Events a second in Poisson populations of the same mean rate and intervals.

    Parameters
    ----------
    population : PopulationRate
    rule : TurnEventRule
    rng : numpy.random.Generator
    threshold : float, optional
        Hz; without one, that of each drawn population itself.
    """
    stop = population.start + np.diff(population.first) * population.bin_s
    intervals = np.column_stack([population.start, stop])
    mean, found = float(population.rate.mean(dtype=float)), []
    for _ in range(rule.n_null_draws):
        n = rng.poisson(mean * (intervals[:, 1] - intervals[:, 0]))
        times = np.sort(rng.uniform(np.repeat(intervals[:, 0], n), np.repeat(intervals[:, 1], n)))
        drawn = population_rate(times, intervals, rule)
        level = drawn.above_mean(rule.threshold_sd) if threshold is None else threshold
        found.append(find_crossings(drawn, level)[0].size / drawn.seconds)
    return float(np.mean(found))


def members_of(
    preferred: np.ndarray, units: np.ndarray, min_cells: int, name: str
) -> dict[str, np.ndarray]:
    """Turn cells (cell,) by direction, of directions that have enough of them.

    Parameters
    ----------
    preferred : array (unit,)
        Preferred turns: -1, 1, or 0 for no turn cell.
    units : array (unit,)
        Indices of the recording's units.
    min_cells : int
    name : str
        What the reason calls the recording.

    Raises
    ------
    MissingData
        If no direction has enough.
    """
    members = {direction: units[preferred == sign] for direction, sign in DIRECTIONS.items()}
    large = {direction: chosen for direction, chosen in members.items() if chosen.size >= min_cells}
    if not large:
        found = " and ".join(f"{m.size} {d.replace('_', '-')}" for d, m in members.items())
        raise MissingData(
            f"{name}: expected at least {min_cells} turn cells of a direction, found {found}"
        )
    return large


def spikes_of_units(recording: Recording, units: np.ndarray) -> np.ndarray:
    """Spike times (spike,) of some units together, sorted, s."""
    return recording.spikes_of(units)[0]


def populations_of(
    recording: Recording, cells: xr.Dataset, rule: TurnEventRule
) -> dict[str, dict[str, PopulationRate]]:
    """Population rates by direction and state, of those that the recording has.

    Wake (``run``) is all time in open arenas, moving or not, and no state holds time under an
    inactivation; see `neurosim.decode.turn_cells.normal_intervals`.
    """
    preferred, chosen = cells["preferred_turn"].values, cells["unit_index"].values
    members = members_of(preferred, chosen, rule.min_cells, recording.name)
    intervals = {state: normal_intervals(recording, state) for state in STATES}
    populations: dict[str, dict[str, PopulationRate]] = {}
    for direction, units in members.items():
        times = spikes_of_units(recording, units)
        populations[direction] = {
            state: population_rate(times, chosen, rule)
            for state, chosen in intervals.items()
            if chosen.size
        }
    return populations


def turn_events(
    populations: Mapping[str, Mapping[str, PopulationRate]], rule: TurnEventRule
) -> xr.Dataset:
    """Find population turn events in every state, with either threshold.

    Parameters
    ----------
    populations : Mapping of direction to Mapping of state to PopulationRate
        From `populations_of`.
    rule : TurnEventRule

    Returns
    -------
    Dataset (event)
        ``start``, ``stop``, ``peak`` s, ``peak_rate`` Hz; flags ``state``, ``direction`` and
        ``threshold``: ``within_state``, the lab's rule, is mean plus SD of the same state, and
        ``wake_threshold`` that of wake. In wake they are the same events.
    """
    columns: dict[str, list] = {n: [] for n in ("start", "stop", "peak", "peak_rate")}
    labels: dict[str, list] = {n: [] for n in ("state", "direction", "threshold")}
    for direction, states in populations.items():
        for state, population in states.items():
            for name, level in thresholds_of(states, state, rule).items():
                start, stop = find_crossings(population, level)
                spans = zip(start, stop, strict=True)
                top = np.array([a + population.rate[a:b].argmax() for a, b in spans], dtype=int)
                columns["start"].append(population.times(start))
                columns["stop"].append(population.stops(stop))
                columns["peak"].append(population.times(top) + population.bin_s / 2)
                columns["peak_rate"].append(population.rate[top].astype(float))
                for label, value in (
                    ("state", state),
                    ("direction", direction),
                    ("threshold", name),
                ):
                    labels[label] += [value] * start.size
    joined = {name: np.concatenate([np.empty(0), *parts]) for name, parts in columns.items()}
    order = np.argsort(joined["start"], kind="stable")
    words = {
        "start": "time at which the rate rises above the threshold",
        "stop": "time at which it falls below",
        "peak": "time of the highest rate",
        "peak_rate": "highest summed rate",
    }
    meanings = {"state": STATES, "direction": tuple(DIRECTIONS), "threshold": THRESHOLDS}
    return xr.Dataset(
        {
            name: (
                "event",
                joined[name][order],
                {"units": "Hz" if name == "peak_rate" else "s", "long_name": long_name},
            )
            for name, long_name in words.items()
        }
        | {
            name: flags(np.array(labels[name], dtype=object)[order], allowed, "event", name)
            for name, allowed in meanings.items()
        }
    )


def thresholds_of(
    states: Mapping[str, PopulationRate], state: str, rule: TurnEventRule
) -> dict[str, float]:
    """Thresholds in Hz of a state by name; without wake there is no threshold of wake."""
    levels = {WITHIN_STATE: states[state].above_mean(rule.threshold_sd)}
    if "run" in states:
        levels[OF_WAKE] = states["run"].above_mean(rule.threshold_sd)
    return levels


def turn_event_rates(
    populations: Mapping[str, Mapping[str, PopulationRate]],
    rule: TurnEventRule,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Count population turn events by state, beside a population that fires at a constant rate.

    Returns
    -------
    Dataset (direction, state, threshold)
        ``event_rate`` and ``poisson_rate`` (drawn, at the same mean rate) 1/s, NaN where there is
        no such state or population; ``threshold_rate`` and ``mean_rate`` Hz; ``seconds`` s of
        each state. The attribute ``closed_form_rate`` is `crossing_rate`.
    """
    shape = (len(DIRECTIONS), len(STATES), len(THRESHOLDS))
    rate, null, level = (np.full(shape, np.nan) for _ in range(3))
    mean, seconds = np.full(shape[:2], np.nan), np.zeros(shape[1])
    for i, direction in enumerate(DIRECTIONS):
        states = populations.get(direction, {})
        for j, state in enumerate(STATES):
            if state not in states:
                continue
            population = states[state]
            mean[i, j], seconds[j] = population.rate.mean(dtype=float), population.seconds
            for name, threshold in thresholds_of(states, state, rule).items():
                k = THRESHOLDS.index(name)
                level[i, j, k] = threshold
                rate[i, j, k] = find_crossings(population, threshold)[0].size / population.seconds
                fixed = threshold if name == OF_WAKE else None
                null[i, j, k] = poisson_event_rate(population, rule, rng, fixed)
    dims = ("direction", "state", "threshold")
    return xr.Dataset(
        {
            "event_rate": (dims, rate, {"units": "s-1", "long_name": "population turn events"}),
            "poisson_rate": (
                dims,
                null,
                {"units": "s-1", "long_name": "events in Poisson populations of the same rate"},
            ),
            "threshold_rate": (dims, level, {"units": "Hz", "long_name": "threshold"}),
            "mean_rate": (dims[:2], mean, {"units": "Hz", "long_name": "mean summed rate"}),
            "seconds": ("state", seconds, {"units": "s", "long_name": "time in the state"}),
        },
        coords={
            "direction": list(DIRECTIONS),
            "state": list(STATES),
            "threshold": list(THRESHOLDS),
        },
        attrs={"closed_form_rate": crossing_rate(rule.smoothing_s, rule.threshold_sd)},
    )
