"""What was planted: every event with its path, sample by sample, and how it is written as truth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim.cells.maps import PlaceMaps
from neurosim.cells.paths import (
    BROWNIAN_TIME,
    KINDS,
    MOVING,
    STEP,
    accelerated,
    diffuse_in_arena,
    diffuse_on_graph,
    hover_and_jump,
)
from neurosim.cells.virtual import (
    PathParameters,
    Stretches,
    VirtualEnvironment,
    decision_factor,
    reward_factor,
)
from neurosim.contract import PHASES, STATES
from neurosim.files import flags
from neurosim.world.laps import DIRECTIONS

MAPS = (*DIRECTIONS, "mixed", "none")
EVENT_DIRECTIONS = ("forward", "reverse", "none")


@dataclass(frozen=True)
class Paths:
    """Paths of all events, sampled every `STEP` s; samples lie one event after another.

    Attributes
    ----------
    first : array (event + 1,) of int
        First sample of each event, and the number of samples.
    state : array (sample,) of int
        State of `PlaceMaps`.
    gain : array (sample,)
        Factor on the rate of running.
    track_position : array (sample,)
        m; NaN in an arena and without a place.
    position : array (sample, space)
        In the plane, m; NaN without a place.
    map : array (sample,) of int
        Index into `MAPS`.
    """

    first: np.ndarray
    state: np.ndarray
    gain: np.ndarray
    track_position: np.ndarray
    position: np.ndarray
    map: np.ndarray

    def sample(self, event: np.ndarray, elapsed: np.ndarray) -> np.ndarray:
        """Sample (spike,) of an event that holds some time after its start, s."""
        last = self.first[event + 1] - 1
        return np.minimum(self.first[event] + (elapsed / STEP).astype(int), last)


@dataclass(frozen=True)
class Events:
    """Planted events.

    Attributes
    ----------
    start, stop : array (event,)
        s, sorted.
    kind : array (event,) of int
        Index into `neurosim.cells.paths.KINDS`.
    direction : array (event,) of int
        Index into `EVENT_DIRECTIONS`.
    environment : array (event,) of int
        Index of the environment that is represented; -1 for none.
    stretches : Stretches
        Of events of the kinds that move along one.
    speed, compression : array (event,)
        Mean speed, m s-1, and time of the laps over time of the event; NaN for other kinds.
    gain : array (event,)
        Factor on the rate of running.
    state, phase : array (event,) of str
    """

    start: np.ndarray
    stop: np.ndarray
    kind: np.ndarray
    direction: np.ndarray
    environment: np.ndarray
    stretches: Stretches
    speed: np.ndarray
    compression: np.ndarray
    gain: np.ndarray
    state: np.ndarray
    phase: np.ndarray

    def of_kind(self, *names: str) -> np.ndarray:
        """Whether each event is of one of some kinds (event,)."""
        return np.isin(self.kind, [KINDS.index(name) for name in names])


def sample_paths(
    events: Events,
    environments: Sequence[VirtualEnvironment],
    maps: PlaceMaps,
    parameters: PathParameters,
    rng: np.random.Generator,
) -> Paths:
    """Draw the path of every event and look up its states.

    Parameters
    ----------
    events : Events
    environments : sequence of VirtualEnvironment
    maps : PlaceMaps
        Its grids are those of the environments, in the same order.
    parameters : PathParameters
    rng : numpy.random.Generator
    """
    n = np.maximum(np.ceil((events.stop - events.start) / STEP - 1e-9).astype(int), 1)
    first = np.concatenate([[0], np.cumsum(n)])
    total = int(first[-1])
    paths = Paths(
        first=first,
        state=np.full(total, maps.mean_state(0)),
        gain=np.repeat(events.gain, n),
        track_position=np.full(total, np.nan),
        position=np.full((total, 2), np.nan),
        map=np.full(total, MAPS.index("none"), dtype=np.int8),
    )
    for index, environment in enumerate(environments):
        for kind in KINDS[:-1]:
            chosen = np.flatnonzero((events.environment == index) & events.of_kind(kind))
            if chosen.size == 0:
                continue
            rows = _rows(first, chosen)
            event = np.repeat(np.arange(chosen.size), n[chosen])
            place, outbound = _path(events, chosen, n[chosen], environment, parameters, rng)
            paths.state[rows] = maps.states(index, place, outbound)
            paths.position[rows] = environment.grid.coordinates(place)
            if environment.grid.graph is None:
                continue
            paths.track_position[rows] = place
            paths.map[rows] = np.where(outbound, 0, 1)
            paths.gain[rows] *= decision_factor(environment, place, parameters)
            back = events.direction[chosen][event] == EVENT_DIRECTIONS.index("reverse")
            origin = place[np.cumsum(n[chosen]) - n[chosen]][event]
            discount = reward_factor(environment, place[back], origin[back], parameters)
            paths.gain[rows[back]] *= discount
    return paths


def _rows(first: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Samples of some events, one event after another."""
    n = first[chosen + 1] - first[chosen]
    shift = first[chosen] - (np.cumsum(n) - n)
    return np.arange(int(n.sum())) + np.repeat(shift, n)


def _path(
    events: Events,
    chosen: np.ndarray,
    n: np.ndarray,
    environment: VirtualEnvironment,
    parameters: PathParameters,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Places and running directions (sample,) of events of one kind in one environment."""
    kind = KINDS[events.kind[chosen[0]]]
    event = np.repeat(np.arange(chosen.size), n)
    step = np.arange(event.size) - np.repeat(np.cumsum(n) - n, n)
    duration = (events.stop - events.start)[chosen]
    progress = np.minimum((step + 0.5) * STEP / duration[event], 1.0)
    if kind in MOVING:
        if kind == "accelerating":
            progress = accelerated(progress, parameters.acceleration_factor)
        elif kind == "hover_and_jump":
            progress = hover_and_jump(duration, n, parameters.hold_s, parameters.jump_s, rng)
        return events.stretches.at(environment, chosen[event], progress)
    if kind == "fragmented":
        fragment = (step * STEP / parameters.fragment_s + 1e-9).astype(int)
        number = np.concatenate([[0], np.cumsum(np.diff(fragment) != 0)])
        number += event  # a new event is a new fragment, whatever its number
        place = environment.grid.random_places(int(number[-1]) + 1, rng)[number]
        outbound = (rng.random(int(number[-1]) + 1) < 0.5)[number]
    else:
        start = environment.grid.random_places(chosen.size, rng)
        outbound = (rng.random(chosen.size) < 0.5)[event]
        place = start[event]
        if kind == "diffusive":
            sd = parameters.diffusion_sd_m * np.sqrt(STEP / BROWNIAN_TIME)
            grid = environment.grid
            if grid.graph is None:
                walked = diffuse_in_arena(grid.side, start, sd, int(n.max()), rng)
            else:
                walked = diffuse_on_graph(grid.graph, start, sd, int(n.max()), rng)
            place = walked[step, event]
    return place, outbound | environment.one_way


def event_maps(paths: Paths) -> np.ndarray:
    """Index into `MAPS` (event,): the map that fires through an event, or ``mixed``."""
    if paths.first.size == 1:
        return np.zeros(0, dtype=int)
    low = np.minimum.reduceat(paths.map, paths.first[:-1])
    high = np.maximum.reduceat(paths.map, paths.first[:-1])
    return np.where(low == high, low, MAPS.index("mixed"))


def _ends(
    events: Events, paths: Paths, environments: Sequence[VirtualEnvironment]
) -> list[np.ndarray]:
    """Track positions at which the path of each event starts and stops (event,), m."""
    ends = [paths.track_position[paths.first[:-1]], paths.track_position[paths.first[1:] - 1]]
    moving = events.of_kind(*MOVING)
    for progress, end in enumerate(ends):
        end[events.of_kind("fragmented")] = np.nan
        for index, environment in enumerate(environments):
            rows = np.flatnonzero(moving & (events.environment == index))
            if environment.grid.graph is not None:
                done = np.full(rows.size, float(progress))
                end[rows], _ = events.stretches.at(environment, rows, done)
    return ends


def events_dataset(
    events: Events, paths: Paths, environments: Sequence[VirtualEnvironment], known: tuple[str, ...]
) -> xr.Dataset:
    """Write events as truth.

    Parameters
    ----------
    events : Events
    paths : Paths
    environments : sequence of VirtualEnvironment
    known : tuple of str
        The names of environments that the recording's flags know, ``none`` among them.

    Returns
    -------
    Dataset (event)
        ``start``, ``stop`` s; flags ``kind``, ``direction``, ``environment``, ``map``, ``state``,
        ``phase``; ``path_start``, ``path_stop`` m (track positions; NaN in an arena and for
        fragmented and empty events), mean ``speed`` m s-1 and ``compression``, NaN unless the
        kind moves along a stretch. The attribute ``home`` names the first environment.
    """
    ends = _ends(events, paths, environments)
    described = {
        "start": (events.start, "s", "start of the event"),
        "stop": (events.stop, "s", "end of the event"),
        "path_start": (ends[0], "m", "track position at the start"),
        "path_stop": (ends[1], "m", "track position at the end"),
        "speed": (events.speed, "m s-1", "mean virtual speed"),
        "compression": (
            events.compression,
            "1",
            "time of the laps over the stretch / time of the event",
        ),
    }
    variables = {
        name: ("event", values.astype(float), {"units": unit, "long_name": long_name})
        for name, (values, unit, long_name) in described.items()
    }
    coded = (
        ("kind", events.kind, KINDS, "kind of the event"),
        ("direction", events.direction, EVENT_DIRECTIONS, "relative to the running of the map"),
        ("environment", _places(events, environments), known, "environment that is represented"),
        ("map", event_maps(paths), MAPS, "running direction of the map that fires"),
        ("state", events.state, STATES, "state"),
        ("phase", events.phase, PHASES, "phase of the session"),
    )
    for name, values, meanings, long_name in coded:
        variables[name] = flags(values, meanings, "event", long_name)
    return xr.Dataset(variables, attrs={"home": environments[0].grid.name})


def _places(events: Events, environments: Sequence[VirtualEnvironment]) -> np.ndarray:
    names = [environment.grid.name for environment in environments]
    return np.array([*names, "none"], dtype=object)[events.environment]


def paths_dataset(
    events: Events, paths: Paths, environments: Sequence[VirtualEnvironment], known: tuple[str, ...]
) -> xr.Dataset:
    """Write the paths of events as truth, sample by sample: a CF indexed ragged array.

    Returns
    -------
    Dataset (sample)
        ``time`` s, ``event_index``, flags ``environment`` and ``map``, ``track_position`` m,
        ``position`` m and ``gain``.
    """
    n = np.diff(paths.first)
    event = np.repeat(np.arange(n.size), n)
    step = np.arange(event.size) - paths.first[event]
    place = flags(_places(events, environments), known, "event", "environment that is represented")
    metres = {"units": "m"}
    return xr.Dataset(
        {
            "time": (
                "sample",
                events.start[event] + step * STEP,
                {"units": "s", "long_name": "time from which the sample holds"},
            ),
            "event_index": (
                "sample",
                event.astype(np.int32),
                {"long_name": "event", "instance_dimension": "event"},
            ),
            "environment": ("sample", place.values[event], place.attrs),
            "map": flags(paths.map, MAPS, "sample", "running direction of the map that fires"),
            "track_position": (
                "sample",
                paths.track_position.astype(np.float32),
                metres | {"long_name": "position along the track"},
            ),
            "position": (
                ("sample", "space"),
                paths.position.astype(np.float32),
                metres | {"long_name": "position in the environment"},
            ),
            "gain": (
                "sample",
                paths.gain.astype(np.float32),
                {"units": "1", "long_name": "factor on the rate of running"},
            ),
        },
        coords={"space": ["x", "y"]},
    )
