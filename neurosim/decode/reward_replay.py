"""Replay on the track where paths part: which events, which way, and what rewards do to them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.special import logsumexp

from neurosim import MissingData
from neurosim.decode.bins import Bins, count_spikes, make_bins
from neurosim.decode.path_lines import (
    NOTHING,
    EventPaths,
    PathSpace,
    RouteSpace,
    branching_track,
    nowhere_evidence,
    path_spaces,
    route_runs,
    route_space,
    weigh_paths,
)
from neurosim.decode.path_signatures import (
    Rewards,
    conditional_poisson,
    firing_along,
    possible_starts,
    starts_discount,
)
from neurosim.files import flag_names, flags
from neurosim.recording import Recording

DIRECTIONS = ("reverse", "forward")
EDGE_S = 0.01  # at either end of an event that is no part of the regression
PROFILE = np.arange(0.0, 11.0)  # steps from the reward, edges of the bins that figures show


@dataclass(frozen=True)
class RewardParameters:
    """How replay is taken from the track where paths part.

    Attributes
    ----------
    bin_s : float
        Time bin within events.
    min_probability : float
        An event is used where its environment and its direction hold at least this much.
    min_span_m : float
        Shortest stretch of an event that is used.
    reward_step_m : float
        Length of a step.
    decision_radius_m : float
        How far around a point where paths part.
    """

    bin_s: float
    min_probability: float
    min_span_m: float
    reward_step_m: float
    decision_radius_m: float


@dataclass(frozen=True)
class _Found:
    """Events on the branching track.

    Attributes
    ----------
    event : array (found,) of int
        Index of the candidate.
    reverse : array (found,) of bool
    span : array (found,)
        Length of the most probable path, m.
    paths : list of EventPaths
        Of that direction only.
    """

    event: np.ndarray
    reverse: np.ndarray
    span: np.ndarray
    paths: list[EventPaths]


def reward_replay(
    recording: Recording,
    maps: Mapping[str, xr.Dataset],
    candidates: xr.Dataset,
    parameters: RewardParameters,
) -> xr.Dataset:
    """Measure reward discounts and the gain at decision points from candidate events.

    Parameters
    ----------
    recording : Recording
    maps : Mapping of environment name to Dataset (direction, position, unit)
    candidates : Dataset (event)
        From `neurosim.decode.bursts.find_candidates`; those after running are used.
    parameters : RewardParameters

    Returns
    -------
    Dataset (event, environment, direction, steps)
        ``environment_probability`` (event, environment), flag ``direction`` of the events that
        are used (``none`` for others), ``span`` m and ``start_steps``; by direction
        ``firing_discount``, ``starts_discount`` and ``n_events``; ``decision_gain``; and the
        profiles ``spikes``, ``expected_spikes`` (without the discount), ``starts`` and
        ``expected_starts`` (direction, steps).

    Raises
    ------
    MissingData
        If no track has a point where paths part, or no reward on it is known.
    """
    name, rewards = _rewards(recording, parameters)
    if name not in maps:
        raise MissingData(f"{recording.name}: expected place fields on {name!r}, found none")
    after = flag_names(candidates["phase"]) == "post"
    bounds = np.column_stack([candidates["start"].values, candidates["stop"].values])[after]
    bins = make_bins(bounds, parameters.bin_s)
    if bins.size == 0:
        raise MissingData(f"{recording.name}: expected candidate events after running, found none")
    units = maps[name]["unit_index"].values
    counts = count_spikes(*recording.spikes_of(units), bins, units.size)
    spaces = path_spaces(recording, maps)
    probability = _environment_probability(counts, bins, spaces)
    space = route_space(maps[name], recording.track_graph(name))
    here = probability[:, list(spaces).index(name)] >= parameters.min_probability
    found = _directed(np.flatnonzero(here), counts, bins, space, parameters)
    firing = _firing(found, counts, bins.interval, space, rewards, parameters)
    starts = _starts(found, space, route_runs(recording, space), rewards)
    described = _describe(found, starts, probability, tuple(spaces))
    return described.assign(**firing, **starts.variables()).assign_attrs(environment=name)


def _environment_probability(
    counts: np.ndarray, bins: Bins, spaces: Mapping[str, PathSpace]
) -> np.ndarray:
    """Posterior (event, environment) of the environments and of what follows no path."""
    evidence = [weigh_paths(counts, bins.interval, s, bins.width)[0] for s in spaces.values()]
    nowhere = nowhere_evidence(counts, bins.interval, list(spaces.values()), bins.width)
    values = np.column_stack([*evidence, nowhere])
    return np.exp(values - logsumexp(values, axis=1, keepdims=True))


def _rewards(recording: Recording, parameters: RewardParameters) -> tuple[str, Rewards]:
    """Name of the track where paths part, and the wells of it at which rewards were given."""
    name = branching_track(recording)
    if name is None:
        raise MissingData(f"{recording.name}: expected a track on which paths part, found none")
    given = recording.rewards
    rows = [] if given is None else np.flatnonzero(flag_names(given["environment"]) == name)
    if len(rows) == 0:
        raise MissingData(f"{recording.name}: expected rewards on {name!r}, found none")
    graph = recording.track_graph(name)
    wells = np.array([graph.node_position_on_track(well) for well in graph.wells])
    nearest = graph.distance(given["position"].values[rows].astype(float), wells).argmin(axis=1)
    rewarded = wells[np.unique(nearest)]
    return name, Rewards(rewarded, parameters.reward_step_m, parameters.decision_radius_m)


def _directed(
    chosen: np.ndarray,
    counts: np.ndarray,
    bins: Bins,
    space: RouteSpace,
    parameters: RewardParameters,
) -> _Found:
    """Take the events that run along a stretch of the track, in a direction that is known."""
    event, reverse, span, kept = [], [], [], []
    rows = np.flatnonzero(np.isin(bins.interval, chosen))
    number = np.searchsorted(chosen, bins.interval[rows])
    _, paths = weigh_paths(counts[rows], number, space.space, bins.width)
    signed = space.span()
    for index, found in zip(chosen.tolist(), paths, strict=True):
        way = signed[found.line]
        best = way[found.weight.argmax()]
        same = np.sign(way) == np.sign(best)
        sure = found.weight[same].sum() >= parameters.min_probability
        if abs(best) < parameters.min_span_m or not sure:
            continue
        event.append(index)
        reverse.append(best < 0)
        span.append(abs(best))
        kept.append(EventPaths(found.line[same], found.weight[same] / found.weight[same].sum()))
    return _Found(np.array(event, int), np.array(reverse, bool), np.array(span), kept)


def _firing(
    found: _Found,
    counts: np.ndarray,
    event_index: np.ndarray,
    space: RouteSpace,
    rewards: Rewards,
    parameters: RewardParameters,
) -> dict[str, tuple]:
    """Regress spikes on steps by direction and on the indicator; and the profile over steps."""
    edge = round(EDGE_S / parameters.bin_s)
    first = np.searchsorted(event_index, np.arange(event_index[-1] + 2))
    parts = []
    for number, (event, paths) in enumerate(zip(found.event, found.paths, strict=True)):
        n_bins = int(first[event + 1] - first[event])
        expected, regressors = firing_along(paths, n_bins, space, rewards)
        spikes = counts[first[event] : first[event + 1]].sum(axis=1, dtype=float)
        inner = slice(edge, n_bins - edge)
        by_direction = regressors[:, :1] * [[found.reverse[number], not found.reverse[number]]]
        table = np.column_stack([spikes, np.log(expected), by_direction, regressors[:, 1:]])
        parts.append(np.column_stack([table, np.full(n_bins, number)])[inner])
    data = np.concatenate([np.zeros((0, 6)), *parts])
    spikes, log_expected, regressors, event = data[:, 0], data[:, 1], data[:, 2:5], data[:, 5]
    event = event.astype(int)
    coefficient = np.full(3, np.nan)
    if spikes.size:
        coefficient, _ = conditional_poisson(spikes, log_expected, regressors, event)
    profile = np.zeros((2, 2, PROFILE.size - 1))
    if np.isfinite(coefficient).all():
        fitted = np.exp(log_expected + regressors @ coefficient)
        gain = np.bincount(event, spikes) / np.bincount(event, fitted)
        flat = gain[event] * np.exp(log_expected + regressors[:, 2] * coefficient[2])
        for row, direction in enumerate((found.reverse, ~found.reverse)):
            used = direction[event]
            steps = regressors[used, row]
            for column, values in enumerate((spikes, flat)):
                profile[column, row] = np.histogram(steps, PROFILE, weights=values[used])[0]
    one, shape = {"units": "1"}, ("direction", "steps")
    return {
        "firing_discount": (
            "direction",
            np.exp(coefficient[:2]),
            one | {"long_name": "factor on the firing for each step back from the reward"},
        ),
        "decision_gain": (
            (),
            float(np.exp(coefficient[2])),
            one | {"long_name": "factor on the firing near a point where paths part"},
        ),
        "spikes": (shape, profile[0], one | {"long_name": "spikes"}),
        "expected_spikes": (shape, profile[1], one | {"long_name": "without the discount"}),
    }


@dataclass(frozen=True)
class _Starts:
    """Where events start, and where they could have."""

    steps: np.ndarray
    discount: np.ndarray
    count: np.ndarray
    profile: np.ndarray
    expected: np.ndarray

    def variables(self) -> dict[str, tuple]:
        one, shape = {"units": "1"}, ("direction", "steps")
        return {
            "starts_discount": (
                "direction",
                self.discount,
                one | {"long_name": "factor on the number of starts for each step back"},
            ),
            "n_events": ("direction", self.count, {"long_name": "events that are used"}),
            "starts": (shape, self.profile, one | {"long_name": "events that start there"}),
            "expected_starts": (
                shape,
                self.expected,
                one | {"long_name": "events that would, were there no discount"},
            ),
        }


def _starts(found: _Found, space: RouteSpace, runs: np.ndarray, rewards: Rewards) -> _Starts:
    """Steps of each start from the reward, and the discount by direction."""
    steps = np.full(found.event.size, np.nan)
    for number, paths in enumerate(found.paths):
        lines = paths.line
        place = space.at(lines, space.space.line_start[lines])
        steps[number] = paths.weight @ rewards.steps(space, place, place)
    discount, profile = np.full(2, np.nan), np.zeros((2, 2, PROFILE.size - 1))
    for row, reverse in enumerate((True, False)):
        rows = np.flatnonzero(found.reverse == reverse)
        possible = [
            possible_starts(space, runs, rewards, found.span[event], reverse) for event in rows
        ]
        usable = [index for index, (at, _) in enumerate(possible) if at.size]
        rows, possible = rows[usable], [possible[index] for index in usable]
        discount[row] = starts_discount(
            [at for at, _ in possible], [often for _, often in possible], steps[rows]
        )
        profile[0, row] = np.histogram(steps[rows], PROFILE)[0]
        for at, often in possible:
            profile[1, row] += np.histogram(at, PROFILE, weights=often / often.sum())[0]
    count = np.array([int(found.reverse.sum()), int((~found.reverse).sum())])
    return _Starts(steps, discount, count, *profile)


def _describe(
    found: _Found, starts: _Starts, probability: np.ndarray, names: tuple[str, ...]
) -> xr.Dataset:
    direction = np.full(len(probability), "none", dtype=object)
    direction[found.event] = np.where(found.reverse, "reverse", "forward")
    span, steps = np.full((2, len(probability)), np.nan)
    span[found.event], steps[found.event] = found.span, starts.steps
    environments = [*names, *(name.replace(" ", "_") for name in NOTHING)]
    middle = 0.5 * (PROFILE[1:] + PROFILE[:-1])
    return xr.Dataset(
        {
            "environment_probability": (
                ("event", "environment"),
                probability,
                {"units": "1", "long_name": "posterior of the environment"},
            ),
            "event_direction": flags(
                direction, (*DIRECTIONS, "none"), "event", "direction of the events used"
            ),
            "span": ("event", span, {"units": "m", "long_name": "length of the path"}),
            "start_steps": ("event", steps, {"units": "1", "long_name": "steps at the start"}),
        },
        coords={
            "environment": environments,
            "direction": list(DIRECTIONS),
            "steps": ("steps", middle, {"units": "1", "long_name": "steps from the reward"}),
        },
    )
