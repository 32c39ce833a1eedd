"""What the animal does: runs on tracks, foraging in arenas, rest and sleep."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import xarray as xr
from scipy.ndimage import gaussian_filter1d

from neurosim.files import flag_names, flags
from neurosim.world.foraging import forage
from neurosim.world.graph import TrackGraph
from neurosim.world.laps import find_laps
from neurosim.world.movement import Movement, head_scan
from neurosim.world.running import Run, run_track
from neurosim.world.track import Environment, TrackEnvironment

MAX_LOST = 0.5  # s; a lap may lose its position for so long
SPEED_SMOOTHING = 0.1  # s, SD of the Gaussian on the velocity
REST_SCAN_SD, REST_SCAN_TIME_CONSTANT = 0.5, 2.0  # rad and s of head movements at rest


def simulate_behaviour(
    epochs: xr.Dataset,
    environments: Sequence[Environment],
    movement: Movement,
    rng: np.random.Generator,
) -> tuple[xr.Dataset, xr.Dataset]:
    """Draw position and heading through a whole session.

    Parameters
    ----------
    epochs : Dataset (epoch)
        From `neurosim.world.hypnogram.hypnogram`.
    environments : sequence of TrackEnvironment or Arena
        Where the animal runs.
    movement : Movement
        How it moves.
    rng : numpy.random.Generator

    Returns
    -------
    behaviour : Dataset (time)
        The ``/behaviour`` group of a recording. Off the tracks and arenas the animal lies still
        in its nest, at the origin; ``track_position`` is NaN there.
    rewards : Dataset (reward)
        The ``/rewards`` group; its ``well`` is a node of `neurosim.world.track.track_dataset`.
    """
    step = 1.0 / movement.sample_rate_hz
    end = float(epochs["stop"].values[-1])
    time = np.arange(int(np.floor(end / step + 1e-9))) * step
    position = np.zeros((time.size, 2))
    track_position = np.full(time.size, np.nan)
    edge = np.full(time.size, -1)
    heading = np.zeros(time.size)
    environment = np.zeros(time.size, dtype=np.int8)
    last_heading, runs = 0.0, {}
    names = ("none", *(place.name for place in environments))
    by_name = {place.name: place for place in environments}
    states, places = flag_names(epochs["state"]), flag_names(epochs["environment"])
    edges = np.searchsorted(time, np.append(epochs["start"].values, end))
    for epoch, (first, last) in enumerate(pairwise(edges)):
        rows, n = slice(first, last), last - first
        environment[rows] = names.index(places[epoch])
        place = by_name.get(places[epoch])
        if isinstance(place, TrackEnvironment):
            run = run_track(n, step, place, movement, rng)
            track_position[rows], edge[rows], heading[rows] = (
                run.track_position,
                run.edge,
                run.heading,
            )
            position[rows] = place.graph.coordinates(run.track_position)
            runs[place.name] = (float(time[first]), run)
        elif place is not None:
            position[rows], heading[rows] = forage(n, step, place, movement, rng)
        elif states[epoch] == "rest":
            heading[rows] = last_heading + head_scan(
                n, REST_SCAN_SD, REST_SCAN_TIME_CONSTANT, step, rng
            )
        else:
            heading[rows] = last_heading
        last_heading = float(heading[last - 1])
    tracks = {
        place.name: place.graph for place in environments if isinstance(place, TrackEnvironment)
    }
    on_tracks = track_position if tracks else None
    behaviour = behaviour_dataset(
        time, position, on_tracks, heading, environment, names, tracks, edge=edge
    )
    return behaviour, _rewards(runs, environments)


def _rewards(
    runs: Mapping[str, tuple[float, Run]], environments: Sequence[Environment]
) -> xr.Dataset:
    """Put the rewards of all runs into the form that a recording wants (reward,)."""
    first_node, first = {}, 0
    for place in environments:
        first_node[place.name] = first
        first += len(place.graph.node_position) if isinstance(place, TrackEnvironment) else 4
    time, position, well, names = [np.empty(0)], [np.empty(0)], [np.empty(0, dtype=int)], []
    for name, (begin, run) in runs.items():
        time.append(begin + run.reward_time)
        position.append(run.reward_position)
        well.append(run.reward_well + first_node[name])
        names += [name] * run.reward_time.size
    return rewards_dataset(
        np.concatenate(time),
        np.concatenate(position),
        np.concatenate(well),
        np.array(names, dtype=object),
        ("none", *first_node),
    )


def rewards_dataset(
    time: np.ndarray,
    position: np.ndarray,
    well: np.ndarray,
    environment: np.ndarray,
    environments: tuple[str, ...],
    length_unit: str = "m",
) -> xr.Dataset:
    """Put rewards into the form that a recording wants: a reward at a well is a row.

    Parameters
    ----------
    time : array (reward,)
        s, sorted.
    position : array (reward,)
        Track position, m.
    well : array (reward,) of int
        Node of the ``/track`` group.
    environment : array (reward,)
        Index into (or name out of) `environments`.
    environments : tuple of str
        Names of the environments.
    length_unit : {"m", "track"}

    Returns
    -------
    Dataset (reward)
    """
    return xr.Dataset(
        {
            "time": ("reward", time, {"units": "s", "long_name": "time of the reward"}),
            "position": (
                "reward",
                position,
                {"units": length_unit, "long_name": "position along the track"},
            ),
            "well": (
                "reward",
                well.astype(np.int32),
                {"long_name": "node of the track that gave it"},
            ),
            "environment": flags(environment, environments, "reward", "environment"),
        }
    )


def _speed(time: np.ndarray, position: np.ndarray, environment: np.ndarray) -> np.ndarray:
    """Speed (time,) of the smoothed velocity, m s-1; NaN where the position is.

    Trackers jitter by a pixel; from one sample to the next that looks like running.
    """
    step = float(np.median(np.diff(time)))
    velocity = np.diff(position, axis=0, prepend=position[:1])
    velocity /= np.diff(time, prepend=time[0] - step)[:, None]
    carried = np.diff(environment, prepend=environment[:1]) != 0
    velocity[carried] = 0.0  # being carried to another environment is no movement of the animal's
    smooth = gaussian_filter1d(
        np.nan_to_num(velocity), SPEED_SMOOTHING / step, axis=0, mode="nearest"
    )
    return np.where(np.isfinite(position).all(axis=1), np.hypot(smooth[:, 0], smooth[:, 1]), np.nan)


def _bridged(time: np.ndarray, track_position: np.ndarray, graph: TrackGraph) -> np.ndarray:
    """Fill lost frames (time,) between tracked ones less than `MAX_LOST` apart, to find laps.

    Across a node the last place is held: track positions of two edges do not interpolate.
    """
    tracked = np.flatnonzero(np.isfinite(track_position))
    if tracked.size < 2:
        return track_position
    after = np.clip(np.searchsorted(tracked, np.arange(time.size)), 1, tracked.size - 1)
    gap = time[tracked[after]] - time[tracked[after - 1]]
    filled = np.interp(time, time[tracked], track_position[tracked])
    before, behind = track_position[tracked[after - 1]], track_position[tracked[after]]
    filled = np.where(graph.edge_of(before) == graph.edge_of(behind), filled, before)
    inside = (time >= time[tracked[0]]) & (time <= time[tracked[-1]])
    lost = ~np.isfinite(track_position) & inside & (gap <= MAX_LOST)
    return np.where(lost, filled, track_position)


def behaviour_dataset(
    time: np.ndarray,
    position: np.ndarray,
    track_position: np.ndarray | None,
    head_direction: np.ndarray | None,
    environment: np.ndarray,
    environments: tuple[str, ...],
    tracks: Mapping[str, TrackGraph],
    length_unit: str = "m",
    edge: np.ndarray | None = None,
) -> xr.Dataset:
    """Put behaviour into the form that a recording wants, deriving speed and laps.

    Parameters
    ----------
    time : array (time,)
        s.
    position : array (time, space)
        m.
    track_position : array (time,) or None
        m along the track of its environment, NaN off it.
    head_direction : array (time,) or None
        rad, counter-clockwise from the x axis.
    environment : array (time,)
        Index into (or name out of) `environments`.
    environments : tuple of str
        Names of the environments.
    tracks : Mapping of environment to TrackGraph
        The environments that `track_position` is in.
    length_unit : {"m", "track"}
        ``track`` where the scale is not known and all lengths are parts of the track.
    edge : array (time,) of int, optional
        Edge within the environment's track, where known; else that of the track position.

    Returns
    -------
    Dataset (time, space)
    """
    place = flags(environment, environments, "time", "environment")
    variables = {
        "position": (
            ("time", "space"),
            position.astype(np.float32),
            {"units": length_unit, "long_name": "position in the environment"},
        ),
        "speed": (
            "time",
            _speed(time, position, place.values).astype(np.float32),
            {"units": f"{length_unit} s-1", "long_name": "speed"},
        ),
        "environment": place,
    }
    if head_direction is not None:
        variables["head_direction"] = (
            "time",
            np.mod(head_direction, 2 * np.pi).astype(np.float32),
            {"units": "rad", "long_name": "head direction, counter-clockwise from the x axis"},
        )
    if track_position is not None:
        edge, lap = _edges_and_laps(time, track_position, edge, place, tracks)
        variables["track_position"] = (
            "time",
            track_position.astype(np.float32),
            {"units": length_unit, "long_name": "position along the track"},
        )
        variables["edge"] = (
            "time",
            edge,
            {"long_name": "edge of the track, -1 off the track"},
        )
        variables["lap"] = (
            "time",
            lap,
            {"long_name": "lap from one well zone to another, -1 outside laps"},
        )
    coordinates = {"time": ("time", time, {"units": "s", "long_name": "time"}), "space": ["x", "y"]}
    return xr.Dataset(variables, coords=coordinates)


def eye_position(angle: np.ndarray) -> tuple[str, np.ndarray, dict[str, str]]:
    """Put the eye's position (time,), rad, into the form that a recording wants."""
    attributes = {"units": "rad", "long_name": "horizontal eye position, counter-clockwise"}
    return "time", angle.astype(np.float32), attributes


def _edges_and_laps(
    time: np.ndarray,
    track_position: np.ndarray,
    edge: np.ndarray | None,
    place: xr.Variable,
    tracks: Mapping[str, TrackGraph],
) -> tuple[np.ndarray, np.ndarray]:
    """Edge among those of all tracks, and lap, numbered through the recording (time,)."""
    edges = np.full(time.size, -1, dtype=np.int16)
    laps = np.full(time.size, -1, dtype=np.int32)
    names = str(place.attrs["flag_meanings"]).split()
    first_edge = first_lap = 0
    for name, graph in tracks.items():
        there = place.values == names.index(name)
        here = there & np.isfinite(track_position)
        local = graph.edge_of(track_position[here]) if edge is None else edge[here]
        edges[here] = first_edge + local
        inside = np.where(there, track_position, np.nan)
        inside[here] = graph.within(inside[here], local)
        lap = find_laps(_bridged(time, inside, graph), graph)
        laps[lap >= 0] = first_lap + lap[lap >= 0]
        first_edge += graph.edge_length.size
        first_lap += int(lap.max(initial=-1)) + 1
    return edges, laps
