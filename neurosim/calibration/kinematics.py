"""How biased is each estimator of replay speed, and do intervals cover what they say?

Events of constant speed are planted in populations of place cells and decoded with fields that
were estimated from laps. Two designs:

``traversal``
    The whole track at one compression ratio after another.
``short``
    Parts of the track in 60-300 ms at all ratios: what the estimators do with few spikes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.calibration.population import Population, plant, straight_paths
from neurosim.decode.kinematics import SpeedPrior, Track, fit_trajectories
from neurosim.decode.slopes import SLOPES
from neurosim.decode.trajectories import ESTIMATORS, all_slopes, decoded_bins
from neurosim.progress import progress

DESIGNS = ("traversal", "short")
SHORT_DURATION = (0.06, 0.3)  # s
SHORT_SPAN = 0.3  # m, the shortest


@dataclass(frozen=True)
class EventDesign:
    """Which events are planted and how they are decoded.

    Attributes
    ----------
    design : {"traversal", "short"}
    ratios : tuple of float
        Compression ratios; ``short`` draws log-uniformly between the lowest and the highest.
    n_events : int
        A ratio, over all populations together.
    gain : float
        Rate within events over the rate while running.
    bin_s : float
        Time bin of the decoder, s.
    run_speed_m_s : float
        Speed that a ratio of one stands for.
    slowest_ratio, fastest_ratio : float
        The prior is log-uniform between these ratios.
    """

    design: str
    ratios: tuple[float, ...]
    n_events: int
    gain: float
    bin_s: float
    run_speed_m_s: float
    slowest_ratio: float
    fastest_ratio: float

    def __post_init__(self):
        if self.design not in DESIGNS:
            raise NeurosimError(
                f"design: expected one of {', '.join(DESIGNS)}, found {self.design!r}"
            )

    @property
    def prior(self) -> SpeedPrior:
        """Prior of the speed."""
        return SpeedPrior(
            self.slowest_ratio * self.run_speed_m_s, self.fastest_ratio * self.run_speed_m_s
        )


@dataclass(frozen=True)
class PlantedLines:
    """Events of constant speed.

    Attributes
    ----------
    start, stop : array (event,)
        m.
    duration : array (event,)
        s.
    outbound, forward : array (event,) of bool
        Map that is replayed; movement along its running direction.
    """

    start: np.ndarray
    stop: np.ndarray
    duration: np.ndarray
    outbound: np.ndarray
    forward: np.ndarray

    @property
    def speed(self) -> np.ndarray:
        """Virtual speed (event,), m s-1."""
        return np.abs(self.stop - self.start) / self.duration


def calibrate_kinematics(
    populations: Sequence[Population], design: EventDesign, rng: np.random.Generator
) -> xr.Dataset:
    """Plant events at every ratio, decode them, and keep truth and estimates side by side.

    Parameters
    ----------
    populations : sequence of Population
        Events are spread over them evenly.
    design : EventDesign
    rng : numpy.random.Generator

    Returns
    -------
    Dataset (event, estimator)
        ``ratio``: the planted ratio; ``true_speed``, ``speed`` (event, estimator) m s-1;
        ``speed_low``, ``speed_high`` (event, estimator): the 90 % interval, of the posterior for
        ``likelihood``, Student's for regressions, NaN for others; ``true_forward``;
        ``forward_probability``, ``outbound_probability``; ``n_spikes``; ``duration`` s;
        ``population``.
    """
    ratios = design.ratios if design.design == "traversal" else (np.nan,)
    shares = [part.size for part in np.array_split(np.arange(design.n_events), len(populations))]
    jobs = [(r, k) for r in ratios for k, share in enumerate(shares) if share]
    parts = []
    for ratio, k in progress(jobs, "calibrate kinematics"):
        population, n = populations[k], shares[k]
        if design.design == "traversal":
            lines = _traversals(ratio, n, population.length, design, rng)
        else:
            lines = _short_lines(n, population.length, design, rng)
        table = _decoded(population, lines, design, rng)
        parts.append(table | {"population": np.full(n, k, np.int16)})
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return _described(columns)


def _directions(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Maps, directions on them, and whether positions increase (event,)."""
    outbound, forward = rng.random(n) < 0.5, rng.random(n) < 0.5
    return outbound, forward, outbound == forward


def _traversals(
    ratio: float, n: int, length: float, design: EventDesign, rng: np.random.Generator
) -> PlantedLines:
    """Replay the whole track n times."""
    outbound, forward, rising = _directions(n, rng)
    start = np.where(rising, 0.0, length)
    duration = np.full(n, length / (ratio * design.run_speed_m_s))
    return PlantedLines(start, length - start, duration, outbound, forward)


def _short_lines(
    n: int, length: float, design: EventDesign, rng: np.random.Generator
) -> PlantedLines:
    """Parts of the track: ratio and duration log-uniform; what does not fit is drawn again."""
    log_ratios = np.log([min(design.ratios), max(design.ratios)])
    kept = np.empty((0, 2))
    while len(kept) < n:
        speed = design.run_speed_m_s * np.exp(rng.uniform(*log_ratios, 4 * n))
        duration = np.exp(rng.uniform(*np.log(SHORT_DURATION), 4 * n))
        span = speed * duration
        fits = (span >= SHORT_SPAN) & (span <= length)
        kept = np.concatenate([kept, np.column_stack([duration, span])[fits]])
    duration, span = kept[:n].T
    outbound, forward, rising = _directions(n, rng)
    low = rng.random(n) * (length - span)
    ends = np.column_stack([low, low + span])
    start, stop = np.where(rising[:, None], ends, ends[:, ::-1]).T
    return PlantedLines(start, stop, duration, outbound, forward)


def _decoded(
    population: Population, lines: PlantedLines, design: EventDesign, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Plant, decode blind with the estimated fields, and put the truth beside it (event,)."""
    paths = straight_paths(lines.start, lines.stop, lines.duration, lines.outbound, design.gain)
    bins, counts = plant(population, paths, design.bin_s, rng)
    n = lines.duration.size
    track = Track.from_fields(population.fields)
    fit = fit_trajectories(counts, bins.interval, track, design.bin_s, design.prior)
    decoded = decoded_bins(counts, bins, paths.bounds[:, 0], track, population.positions)
    duration = np.bincount(bins.interval, minlength=n) * design.bin_s
    slopes, _ = all_slopes(counts, decoded, track, duration, design.prior)
    velocity = [fit.velocity, *(slopes[name].velocity for name in SLOPES)]
    ends = np.stack(
        [fit.speed[:, [0, -1]], *(slopes[name].speed_interval() for name in SLOPES)], axis=1
    )
    return {
        "ratio": lines.speed / design.run_speed_m_s,
        "true_speed": lines.speed,
        "speed": np.abs(np.column_stack(velocity)),
        "speed_low": ends[..., 0],
        "speed_high": ends[..., 1],
        "true_forward": lines.forward.astype(np.int8),
        "forward_probability": fit.forward,
        "outbound_probability": fit.outbound,
        "n_spikes": np.bincount(bins.interval, counts.sum(axis=1), n).astype(np.int32),
        "duration": lines.duration,
    }


DESCRIBED = {  # unit, long_name
    "ratio": ("1", "planted speed over running speed"),
    "true_speed": ("m s-1", "planted speed"),
    "speed": ("m s-1", "estimated speed"),
    "speed_low": ("m s-1", "lower end of the 90 % interval of the speed"),
    "speed_high": ("m s-1", "upper end of the 90 % interval of the speed"),
    "true_forward": ("1", "1 where forward was planted"),
    "forward_probability": ("1", "posterior of movement along the map's running direction"),
    "outbound_probability": ("1", "posterior of the outbound map"),
    "n_spikes": ("1", "spikes in the event"),
    "duration": ("s", "duration of the event"),
    "population": ("1", "population that the event was planted in"),
}


def _described(columns: dict[str, np.ndarray]) -> xr.Dataset:
    """Put columns (event,) or (event, estimator) into a Dataset."""
    variables = {}
    for name, values in columns.items():
        unit, long_name = DESCRIBED[name]
        dims = ("event", "estimator")[: values.ndim]
        variables[name] = (dims, values, {"units": unit, "long_name": long_name})
    return xr.Dataset(variables, coords={"estimator": list(ESTIMATORS)})
