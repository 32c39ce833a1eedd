"""Chains of places from a recording: run, decoded while running, decoded from replay, or spikes.

All chains are named by the lap that they come from. Which of the laps along one path a replay
repeats cannot be known: it is drawn among them, so that a replay always goes where its lap goes.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.decode.bins import count_spikes, make_bins
from neurosim.decode.common import laps_in, units_of
from neurosim.decode.position import decode_wake_position
from neurosim.decode.tuning import FieldParameters
from neurosim.files import flag_names
from neurosim.recording import Recording
from neurosim.tasks.chain_measures import similarity
from neurosim.tasks.chains import Chains, chains_of, steps_of
from neurosim.tasks.mazes import Maze
from neurosim.tasks.track_mazes import TrackPlaces

SOURCES = ("true_paths", "wake_decoded", "replay_decoded", "spikes")
MIN_STEPS = 3  # places of the shortest chain
SPIKE_BINS = 4  # of spikes before a lap and after it


def rewards_of_places(maze: Maze) -> np.ndarray:
    """Reward (place,) that is found where a trip ends; 0 where none does."""
    law = maze.law
    known = np.zeros(law.n_places, dtype=int)
    ends = np.flatnonzero(law.stop)
    known[law.place[ends]] = law.reward[ends]
    return known


def thinned(recording: Recording, fraction: float, rng: np.random.Generator) -> Recording:
    """Keep each spike of a recording with a probability."""
    kept = np.flatnonzero(rng.random(recording.spikes.sizes["spike"]) < fraction)
    return replace(recording, spikes=recording.spikes.isel(spike=kept))


def true_path_chains(
    recording: Recording, environment: str, places: TrackPlaces, maze: Maze
) -> Chains:
    """Places that the animal really visits, a chain a lap.

    Raises
    ------
    MissingData
        If there is no lap.
    """
    laps = laps_in(recording, environment)
    sample, position, edge = recording.on_track(environment)
    lap, place = laps[sample], places.at(position, edge)
    numbers = np.unique(lap[lap >= 0])
    visited = [steps_of(place[lap == number]) for number in numbers]
    return _chains(recording, visited, numbers, places, maze)


def wake_chains(
    recording: Recording,
    environment: str,
    places: TrackPlaces,
    maze: Maze,
    fields: FieldParameters,
    bin_s: float,
    n_folds: int,
) -> Chains:
    """Places decoded from spikes while running, errors included, a chain a lap.

    Silent bins are passed over; fields come from other laps than those that are decoded.
    """
    decoded = decode_wake_position(recording, fields, bin_s, n_folds, environment)
    nearest = np.searchsorted(recording.time, decoded["time"].values)
    lap = laps_in(recording, environment)[np.clip(nearest, 0, recording.time.size - 1)]
    estimate = decoded["estimate"].values
    heard = np.isfinite(estimate)
    numbers = np.unique(lap[(lap >= 0) & heard])
    visited = [steps_of(places.at(estimate[(lap == n) & heard])) for n in numbers]
    return _chains(recording, visited, numbers, places, maze)


def spike_chains(
    recording: Recording, environment: str, places: TrackPlaces, maze: Maze, bin_s: float
) -> Chains:
    """True chains with the spikes of CA1 units right before the lap and right after it."""
    chains = true_path_chains(recording, environment, places, maze)
    laps, time = laps_in(recording, environment), recording.time
    numbers = [int(name.rsplit("lap", 1)[1]) for name in chains.group]
    first = np.array([time[np.flatnonzero(laps == number)[0]] for number in numbers])
    last = np.array([time[np.flatnonzero(laps == number)[-1]] for number in numbers])
    units, span = units_of(recording, "CA1"), SPIKE_BINS * bin_s
    spikes, counts = recording.spikes_of(units), []
    for start in (first - span, last):
        # One lap's bins may overlap another's, so they are counted lap by lap.
        windows = [make_bins(np.array([[s, s + span]]), bin_s) for s in start]
        counts.append([count_spikes(*spikes, w, units.size) for w in windows])
    return chains_of(
        chains.places,
        chains.group,
        chains.n_places,
        chains.reward,
        chains.context,
        np.stack([np.array(part) for part in counts], axis=1),
    )


def replay_chains(
    events: Mapping[str, np.ndarray],
    rewards: np.ndarray,
    laps: Chains,
    pooled_s: float,
    rng: np.random.Generator,
) -> tuple[Chains, np.ndarray]:
    """Places decoded from candidate events, errors included, a chain an event.

    A chain runs in the order of behaviour: reverse events are turned around, so that the last
    place is the outcome of the run that they replay.

    Parameters
    ----------
    events : Mapping
        ``mass`` (bin, place), the posterior of each place; ``bin_event``, ``bin_time`` s (bin,)
        and ``direction`` (event,), from `place_mass`. Unresolved events are left out.
    rewards : array (place,) of int
        Reward found where a chain ends.
    laps : Chains
        True chains of the laps.
    pooled_s : float
        The place is the one with most posterior in each stretch of this duration, s.
    rng : numpy.random.Generator
        Draws the lap that an event is counted to.

    Returns
    -------
    chains : Chains
    is_reverse : array (chain,) of bool
        Whether the event ran against the order of behaviour.

    Raises
    ------
    MissingData
        If no event is left.
    """
    owner, time, mass = events["bin_event"], events["bin_time"], events["mass"]
    direction = events["direction"]
    visited, reverse = [], []
    for event in np.flatnonzero(direction != "unresolved"):
        rows = np.flatnonzero((owner == event) & (mass.sum(axis=1) > 0))
        if rows.size == 0:
            continue
        pool = ((time[rows] - time[rows[0]]) / pooled_s + 1e-6).astype(int)  # whole bins
        pooled = np.zeros((pool[-1] + 1, rewards.size))
        np.add.at(pooled, pool, mass[rows])
        steps = steps_of(pooled[pooled.sum(axis=1) > 0].argmax(axis=1))
        if steps.size >= MIN_STEPS:
            reverse.append(direction[event] == "reverse")
            visited.append(steps[::-1] if reverse[-1] else steps)
    if not visited:
        raise MissingData("replay: expected events with a direction, found none")
    groups = laps_replayed(visited, laps, rng)
    chains = chains_of(visited, groups, rewards.size, rewards[[c[-1] for c in visited]])
    return chains, np.array(reverse)


def laps_replayed(visited: list[np.ndarray], laps: Chains, rng: np.random.Generator) -> list[str]:
    """Name the lap that each chain replays: one of those whose path is the most similar."""
    words = np.array([" ".join(map(str, chain.tolist())) for chain in laps.places])
    paths = {word: laps.group[words == word] for word in np.unique(words)}
    named = {word: [int(place) for place in word.split()] for word in paths}
    groups = []
    for chain in visited:
        scores = {word: similarity(chain.tolist(), path) for word, path in named.items()}
        best = max(scores.values())
        of_path = np.concatenate([paths[word] for word in paths if scores[word] == best])
        groups.append(str(rng.choice(of_path)))
    return groups


def place_mass(
    places: TrackPlaces,
    events: xr.Dataset,
    chosen: np.ndarray,
    track_position: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Posterior of each place in the bins of chosen events.

    Parameters
    ----------
    places : TrackPlaces
    events : Dataset (event, bin, position)
        From `neurosim.decode.trajectories.decode_events` on a linear track, or from
        `neurosim.decode.route_events.decode_route_events`.
    chosen : array (event,) of bool
    track_position : array (route, position), optional
        Of the positions along each route, m; on a linear track they are track positions.

    Returns
    -------
    dict
        See `replay_chains`.
    """
    posterior, owner = events["posterior"].values.astype(float), events["bin_event"].values
    mass = np.zeros((owner.size, places.size))
    if track_position is None:
        mass = posterior @ np.eye(places.size)[places.at(events["position"].values)]
        mass[events["bin_silent"].values == 1] = 0.0
    else:
        route = events["route"].values[owner]
        for number, along in enumerate(track_position):
            rows = route == number
            mass[rows] = posterior[rows] @ np.eye(places.size)[places.at(along)]
        mass[~np.isfinite(events["decoded_position"].values)] = 0.0
    direction = np.where(chosen, flag_names(events["direction"]), "unresolved")
    return {
        "mass": mass,
        "bin_event": owner,
        "bin_time": events["bin_time"].values,
        "direction": direction,
    }


def _chains(
    recording: Recording,
    visited: list[np.ndarray],
    numbers: np.ndarray,
    places: TrackPlaces,
    maze: Maze,
) -> Chains:
    kept = [row for row, chain in enumerate(visited) if chain.size >= MIN_STEPS]
    if not kept:
        raise MissingData(f"{recording.name}: expected laps of {MIN_STEPS} places, found none")
    chains = [visited[row] for row in kept]
    names = [f"{recording.name}/lap{numbers[row]}" for row in kept]
    rewards = rewards_of_places(maze)[[chain[-1] for chain in chains]]
    return chains_of(chains, names, places.size, rewards)
