"""The same planted events, read by every paper's estimator and by ours.

A mix of events as a night may hold it: along stretches of the track forward and reverse, at one
speed, accelerating or hovering and jumping; and diffusive, stationary and fragmented ones. Their
spikes are drawn once; each estimator cuts them into its own bins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.calibration.kinds import EventParameters, draw_paths
from neurosim.calibration.model_recovery import recovered_shares
from neurosim.calibration.population import PATH_STEP, Population, VirtualPaths, join_paths, plant
from neurosim.cells.paths import accelerated, hover_and_jump
from neurosim.cells.virtual import PathParameters
from neurosim.decode.dynamics import DYNAMICS
from neurosim.decode.kinematics import SpeedPrior, Track, fit_trajectories
from neurosim.decode.nulls import calibrated_alpha
from neurosim.decode.published import diffusion, models, sequences, shuffled, states
from neurosim.decode.published.events import FineEvents
from neurosim.decode.templates import EventCounts
from neurosim.errors import choices
from neurosim.files import flags
from neurosim.progress import progress

MOVING = ("forward", "reverse", "accelerating", "hover_and_jump")
KINDS = (*MOVING, "diffusive", "stationary", "fragmented")
DIRECTIONS = ("forward", "reverse", "none")
READERS = ("lee_wilson2002", "davidson2009", "denovellis2021", "krause2022", "ours")
PLACES = ("planted", "stella2019", "ours")  # whose displacement is measured
GROUPS = ("all", "forward", "diffusive")
DURATIONS = (0.06, 0.3)  # s
DURATION_STEP = 0.02  # s: whole bins for most papers
SHORTEST = 0.3  # m, the shortest stretch
FINE = 0.001  # s: bins that stand for spike times
MADE = 0.125  # events that each published model makes, for every event of the mix
FEWEST_MADE = 4


@dataclass(frozen=True)
class PaperDesign:
    """Which events are planted, and how they are read.

    Attributes
    ----------
    n_events : int
        Over all populations together.
    kinds : mapping of kind to float
        Share of each of `KINDS`; they sum to one.
    compression_median, compression_log_sd : float
        Of the log-normal compression of events along a stretch.
    gain : float
        Rate within events over the rate while running.
    run_speed_m_s : float
        Speed that a compression of one stands for.
    slowest_ratio, fastest_ratio : float
        Speeds that lines and our prior cover.
    bin_s : float
        Bin of our estimators, s.
    n_shuffles : int
    alpha : float
        Level of the shuffles, and of false positives that alpha is calibrated to.
    paths : PathParameters
        How events accelerate, hover and jump.
    """

    n_events: int
    kinds: Mapping[str, float]
    compression_median: float
    compression_log_sd: float
    gain: float
    run_speed_m_s: float
    slowest_ratio: float
    fastest_ratio: float
    bin_s: float
    n_shuffles: int
    alpha: float
    paths: PathParameters = field(repr=False)

    def __post_init__(self):
        unknown = set(self.kinds) - set(KINDS)
        if unknown:
            raise NeurosimError(
                f"kinds: expected some of {choices(KINDS)}, found {choices(unknown)}"
            )
        if abs(sum(self.kinds.values()) - 1) > 1e-6:
            raise NeurosimError(
                f"kinds: expected shares that sum to 1, found a sum of {sum(self.kinds.values()):g}"
            )

    @property
    def prior(self) -> SpeedPrior:
        """Prior of the speed."""
        return SpeedPrior(
            self.slowest_ratio * self.run_speed_m_s, self.fastest_ratio * self.run_speed_m_s
        )


@dataclass(frozen=True)
class PlantedMix:
    """Events of all kinds, one kind after another.

    Attributes
    ----------
    paths : VirtualPaths
    kind : array (event,) of str
    direction : array (event,) of str
        Out of `DIRECTIONS`.
    speed : array (event,)
        Mean speed along the stretch, m s-1; NaN for the others.
    """

    paths: VirtualPaths
    kind: np.ndarray
    direction: np.ndarray
    speed: np.ndarray


def draw_mix(
    design: PaperDesign, n_events: int, length: float, rng: np.random.Generator
) -> PlantedMix:
    """Draw the paths of a mix of events on a track of some length (m)."""
    edges = np.rint(np.cumsum([design.kinds.get(kind, 0.0) for kind in KINDS]) * n_events)
    numbers = np.diff(edges.astype(int), prepend=0)
    kind = np.repeat(KINDS, numbers)
    parts, directions, speeds = [], [], []
    others = EventParameters(DURATION_STEP, *DURATIONS, gain=design.gain)
    for name, n in zip(KINDS, numbers.tolist(), strict=True):
        if name in MOVING:
            paths, forward, speed = _along_stretches(name, n, length, design, rng)
            directions.append(np.where(forward, *DIRECTIONS[:2]))
            speeds.append(speed)
        else:
            paths = draw_paths(name, n, length, others, rng)
            directions.append(np.full(n, DIRECTIONS[2]))
            speeds.append(np.full(n, np.nan))
        parts.append(paths)
    return PlantedMix(join_paths(parts), kind, np.concatenate(directions), np.concatenate(speeds))


def _along_stretches(
    kind: str, n: int, length: float, design: PaperDesign, rng: np.random.Generator
) -> tuple[VirtualPaths, np.ndarray, np.ndarray]:
    """Draw events along stretches; also whether they are forward, and speeds (event,), m s-1.

    The compression is drawn first, and then a duration with which the stretch fits on the track.
    """
    fastest = length / DURATIONS[0]
    speed = np.empty(n)
    missing = np.arange(n)
    while missing.size:
        ratio = np.exp(rng.normal(0, design.compression_log_sd, missing.size))
        speed[missing] = ratio * design.compression_median * design.run_speed_m_s
        slowest = SHORTEST / DURATIONS[1]
        missing = missing[(speed[missing] > fastest) | (speed[missing] < slowest)]
    low = np.maximum(DURATIONS[0], SHORTEST / speed)
    high = np.minimum(DURATIONS[1], length / speed)
    duration = np.floor(rng.uniform(low, high) / DURATION_STEP + 1e-9) * DURATION_STEP
    duration = np.maximum(duration, DURATIONS[0])
    outbound = rng.random(n) < 0.5
    forward = rng.random(n) < 0.5 if kind not in MOVING[:2] else np.full(n, kind == MOVING[0])
    samples = np.rint(duration / PATH_STEP).astype(int)
    first = np.cumsum(samples) - samples
    event = np.repeat(np.arange(n), samples)
    done = (np.arange(event.size) - first[event] + 0.5) * PATH_STEP / duration[event]
    if kind == "accelerating":
        done = accelerated(done, design.paths.acceleration_factor)
    elif kind == "hover_and_jump":
        done = hover_and_jump(duration, samples, design.paths.hold_s, design.paths.jump_s, rng)
    span = speed * duration
    start = rng.uniform(0, length - span)
    way = np.where((outbound == forward)[event], done, 1 - done)
    position = (start[event] + span[event] * way).clip(0, length)
    return VirtualPaths(duration, outbound, first, position, design.gain), forward, speed


def replicate_papers(
    populations: Sequence[Population], design: PaperDesign, rng: np.random.Generator
) -> xr.Dataset:
    """Plant one mix of events and read it with every paper's estimator and with ours.

    Parameters
    ----------
    populations : sequence of Population
        Events are spread over them evenly.
    design : PaperDesign
    rng : numpy.random.Generator

    Returns
    -------
    Dataset
        Of events: ``kind``, ``direction``, ``population``, ``duration``, ``true_speed``;
        ``speed`` (event, reader), NaN where a reader reports none; ``letters``, ``matched``
        and ``match_compression``, ``match_duration`` (event, map, order); ``line_p_value``;
        ``dynamic_bins`` and ``dynamic_speed`` (event, dynamic); ``published_model`` and
        ``our_model`` (event); ``forward_probability``; ``correlation_p_value`` and
        ``correlation_graded``. Over populations: ``displacement``
        (population, place, group, lag), ``model_share`` (population, model), and
        ``recovered_share`` (population, planted_model, model) of events that the published models
        made. The attribute ``calibrated_alpha`` is that of the correlation.
    """
    shares = [part.size for part in np.array_split(np.arange(design.n_events), len(populations))]
    parts, displacements, nulls, model_shares = [], [], [], []
    recovered = []
    used = [number for number, share in enumerate(shares) if share]
    for number in progress(used, "replicate papers"):
        population = populations[number]
        mix = draw_mix(design, shares[number], population.length, rng)
        bins, counts = plant(population, mix.paths, FINE, rng)
        spikes = EventCounts(counts, bins.interval, mix.kind.size, FINE)
        track = Track(population.rate, population.visited, population.length)
        events = FineEvents(spikes, track)
        table, null, published = _read(events, design, rng)
        parts.append(_truth(mix, number).assign(table))
        nulls.append(null)
        model_shares.append(published.share)
        number_made = max(FEWEST_MADE, round(MADE * mix.kind.size))
        durations = rng.choice(mix.paths.duration, (len(models.MODELS), number_made))
        recovered.append(
            recovered_shares(population, durations, design.gain, published.priors, rng)
        )
        displacements.append(_displacements(events, mix, rng))
    together = xr.concat(parts, "event")
    together["displacement"] = xr.concat(displacements, "population").assign_attrs(
        units="m2", long_name="mean squared displacement"
    )
    together = together.assign(_model_shares(model_shares, recovered))
    alpha = calibrated_alpha(np.concatenate(nulls), design.alpha).alpha
    return together.assign_attrs(
        calibrated_alpha=float(alpha), alpha=design.alpha, run_speed_m_s=design.run_speed_m_s
    )


def _model_shares(shares: list[np.ndarray], recovered: list[np.ndarray]) -> xr.Dataset:
    """Put the shares of the published models into variables."""
    by_model, name = ("population", "model"), list(models.MODELS)
    words = "share of the events by random effects"
    made = ("population", "planted_model", "model")
    return xr.Dataset(
        {
            "model_share": (by_model, np.stack(shares), _unit("1", words)),
            "recovered_share": (made, np.stack(recovered), _unit("1", f"{words}, by their model")),
        },
        coords={"model": name, "planted_model": name},
    )


def _truth(mix: PlantedMix, population: int) -> xr.Dataset:
    """Say what was planted."""
    n = mix.kind.size
    speed = {"units": "m s-1", "long_name": "planted mean speed"}
    return xr.Dataset(
        {
            "kind": flags(mix.kind, KINDS, "event", "planted kind"),
            "direction": flags(mix.direction, DIRECTIONS, "event", "planted direction"),
            "source": ("event", np.full(n, population, np.int16), {"long_name": "population"}),
            "duration": ("event", mix.paths.duration, {"units": "s", "long_name": "duration"}),
            "true_speed": ("event", mix.speed, speed),
        }
    )


def _read(
    events: FineEvents, design: PaperDesign, rng: np.random.Generator
) -> tuple[xr.Dataset, np.ndarray, models.ModelEvidence]:
    """Read events with every estimator; graded p values (event,) of null events; models."""
    prior = design.prior
    matches = sequences.lee_wilson_2002(events, design.run_speed_m_s)
    lines = shuffled.davidson_2009(events, (prior.slowest, prior.fastest), design.n_shuffles, rng)
    dynamics = states.denovellis_2021(events)
    published = models.krause_drugowitsch_2022(events, rng)
    ours = models.event_dynamics(events, design.bin_s)
    correlations = shuffled.takigawa_2024(events, design.n_shuffles, rng)
    binned = events.binned(design.bin_s)
    fit = fit_trajectories(binned.counts, binned.event, events.track, design.bin_s, prior)
    is_directed = ours.best() == DYNAMICS.index("directed")
    speed = np.column_stack(
        [
            _matched_speed(matches, design.run_speed_m_s),
            np.where(lines.p_value <= design.alpha, np.abs(lines.line.velocity), np.nan),
            _main_speed(dynamics),
            published.speed,
            np.where(is_directed, np.abs(fit.velocity), np.nan),
        ]
    )
    match, order = ("event", "map"), ("event", "map", "order")
    table = xr.Dataset(
        {
            "speed": (("event", "reader"), speed, _unit("m s-1", "speed that is reported")),
            "letters": (match, matches.n_letters, _unit("1", "cells of the sequence that fired")),
            "matched": (order, matches.is_match.astype(np.int8), _unit("1", "matched")),
            "match_compression": (order, matches.compression, _unit("1", "compression")),
            "match_duration": (order, matches.duration, _unit("s", "duration of the match")),
            "line_p_value": ("event", lines.p_value, _unit("1", "highest p value of the line")),
            "dynamic_bins": (
                ("event", "dynamic"),
                dynamics.n_bins.astype(np.int32),
                _unit("1", "bins of the dynamic"),
            ),
            "dynamic_speed": (
                ("event", "dynamic"),
                dynamics.speed,
                _unit("m s-1", "speed in bins of the dynamic"),
            ),
            "published_model": _model(
                published.best(), models.MODELS, "most evidence in bins of 3 ms"
            ),
            "our_model": _model(ours.best(), DYNAMICS, "most evidence in our bins"),
            "forward_probability": (
                "event",
                fit.forward,
                _unit("1", "posterior of movement along the map's running direction"),
            ),
            "correlation_p_value": (
                "event",
                correlations.p_value,
                _unit("1", "highest p value of the weighted correlation"),
            ),
            "correlation_graded": (
                "event",
                correlations.graded,
                _unit("1", "the same with ties broken"),
            ),
        },
        coords={
            "reader": list(READERS),
            "order": list(sequences.ORDERS),
            "dynamic": list(states.DYNAMICS),
        },
    )
    return table, correlations.graded_null, published


def _unit(units: str, long_name: str) -> dict[str, str]:
    return {"units": units, "long_name": long_name}


def _model(best: np.ndarray, names: tuple[str, ...], long_name: str) -> tuple:
    return flags(np.array(names)[best], names, "event", long_name)


def _matched_speed(matches: sequences.Matches, run_speed: float) -> np.ndarray:
    """Speed (event,) of the likelier forward match, NaN where none is."""
    forward = sequences.ORDERS.index("forward")
    p_value = np.where(matches.is_match[..., forward], matches.p_value[..., forward], np.inf)
    best = p_value.argmin(axis=1)
    rows = np.arange(best.size)
    speed = matches.compression[rows, best, forward] * run_speed
    return np.where(np.isfinite(p_value[rows, best]), speed, np.nan)


def _main_speed(dynamics: states.Dynamics) -> np.ndarray:
    """Speed (event,) in the dynamic with most bins, NaN where nothing is classified."""
    main = dynamics.main()
    speed = dynamics.speed[np.arange(main.size), main]
    return np.where(main >= 0, speed, np.nan)


def _displacements(events: FineEvents, mix: PlantedMix, rng: np.random.Generator) -> xr.DataArray:
    """Mean squared displacement (place, group, lag) of planted and decoded positions."""
    lag = diffusion.lags()
    place, event = diffusion.stella_2019(events)
    planted = _planted_positions(mix.paths, event, diffusion.BIN)
    groups = [np.full(mix.kind.size, True) if g == "all" else mix.kind == g for g in GROUPS]
    values = np.full((len(PLACES), len(GROUPS), lag.size), np.nan)
    for row, position in enumerate((planted, place)):
        for column, chosen in enumerate(groups):
            kept = chosen[event]
            values[row, column] = diffusion.squared_displacement(
                position[kept], event[kept], lag.size
            )
    values[-1] = diffusion.split_half_displacement(events, groups, rng)
    return xr.DataArray(
        values,
        dims=("place", "group", "lag"),
        coords={
            "place": list(PLACES),
            "group": list(GROUPS),
            "lag": ("lag", lag, {"units": "s", "long_name": "time between two places"}),
        },
    )


def _planted_positions(paths: VirtualPaths, event: np.ndarray, width: float) -> np.ndarray:
    """Planted position (bin,) in the middle of each bin, m."""
    first = np.searchsorted(event, np.arange(paths.first.size))
    within = (np.arange(event.size) - first[event] + 0.5) * width
    last = np.append(paths.first[1:], paths.position.size) - 1
    sample = paths.first[event] + (within / PATH_STEP).astype(int)
    return paths.position[np.minimum(sample, last[event])]
