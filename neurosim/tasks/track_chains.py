"""Chains of places from the track: run, decoded while running, decoded from replay."""

import numpy as np
import xarray as xr

from neurosim.files import flag_names
from neurosim.recording import Recording
from neurosim.tasks.chains import Chains, places_along

SOURCES = ("true_paths", "wake_decoded", "replay_decoded")


def _kept(places: list[np.ndarray], group: list[str], n_places: int, min_steps: int) -> Chains:
    keep = [index for index, chain in enumerate(places) if chain.size >= min_steps]
    names = np.array([group[index] for index in keep], dtype=object)
    return Chains([places[index] for index in keep], names, n_places)


def true_path_chains(recording: Recording, n_places: int, min_steps: int) -> Chains:
    """Places that the animal really visits on the linear track, a chain a lap."""
    length = recording.track_length
    there = recording.samples_in(recording.track_name())
    lap = np.where(there, recording.behaviour["lap"].values, -1)
    position = recording.behaviour["track_position"].values.astype(float)
    numbers = np.unique(lap[lap >= 0])
    places = [places_along(position[lap == number], length, n_places) for number in numbers]
    names = [f"{recording.name}/lap{number}" for number in numbers]
    return _kept(places, names, n_places, min_steps)


def wake_chains(recording: Recording, decoded: xr.Dataset, n_places: int, min_steps: int) -> Chains:
    """Places decoded from spikes while running, errors included, a chain a lap.

    Parameters
    ----------
    recording : Recording
        For the laps.
    decoded : Dataset (time)
        From `neurosim.decode.position.decode_wake_position`; silent bins are passed over.
    n_places, min_steps : int
        Places on the track; shortest chain.
    """
    length = recording.track_length
    nearest = np.clip(
        np.searchsorted(recording.time, decoded["time"].values), 0, recording.time.size - 1
    )
    lap = recording.behaviour["lap"].values[nearest]
    estimate = decoded["estimate"].values
    heard = np.isfinite(estimate)
    numbers = np.unique(lap[(lap >= 0) & heard])
    places = [places_along(estimate[(lap == n) & heard], length, n_places) for n in numbers]
    names = [f"{recording.name}/lap{number}" for number in numbers]
    return _kept(places, names, n_places, min_steps)


def replay_chains(
    events: xr.Dataset,
    chosen: np.ndarray,
    name: str,
    n_places: int,
    min_steps: int,
    pooled_s: float,
) -> Chains:
    """Places decoded from candidate events, errors included, a chain an event.

    A chain runs in the order of behaviour: reverse events are turned around, so that the last
    place is the outcome of the run that they replay. Unresolved events are left out.

    Parameters
    ----------
    events : Dataset
        From `neurosim.decode.trajectories.decode_events`.
    chosen : array (event,) of bool
        Events to take.
    name : str
        The recording.
    n_places, min_steps : int
        Places on the track; shortest chain.
    pooled_s : float
        The place is the one with most posterior in each stretch of this duration, s; bins
        without spikes are left out.
    """
    position = events["position"].values
    length = position[-1] + position[0]
    place = np.clip((position / length * n_places).astype(int), 0, n_places - 1)
    in_place = np.eye(n_places)[place]
    mass = events["posterior"].values.astype(float) @ in_place
    mass[events["bin_silent"].values == 1] = 0.0
    owner, start = events["bin_event"].values, events["start"].values
    pool = ((events["bin_time"].values - start[owner]) / pooled_s).astype(int)
    places, names = [], []
    direction = flag_names(events["direction"])
    for event in np.flatnonzero(chosen & (direction != "unresolved")):
        rows = np.flatnonzero(owner == event)
        pooled = (
            np.zeros((pool[rows].max() + 1, n_places)) if rows.size else np.zeros((0, n_places))
        )
        np.add.at(pooled, pool[rows], mass[rows])
        visited = pooled[pooled.sum(axis=1) > 0].argmax(axis=1)
        steps = visited[np.flatnonzero(np.diff(visited, prepend=-1))]
        places.append(steps[::-1] if direction[event] == "reverse" else steps)
        names.append(f"{name}/event{event}")
    return _kept(places, names, n_places, min_steps)
