"""CA1 through a session: maps, theta, events, and the spikes that come of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from neurosim.cells.events import OfflineParameters, plant_events
from neurosim.cells.firing import (
    Walk,
    background_spikes,
    ca1_spikes,
    draw_firing,
    event_spikes,
    running_spikes,
)
from neurosim.cells.irregular import Spiking
from neurosim.cells.maps import PlaceMaps
from neurosim.cells.place import (
    PlaceCellParameters,
    Resemblance,
    draw_place_maps,
    place_cells_dataset,
)
from neurosim.cells.planted import Events, Paths, events_dataset, paths_dataset, sample_paths
from neurosim.cells.theta import ThetaParameters, draw_theta, oscillations_dataset, ripple_power
from neurosim.cells.virtual import VirtualEnvironment
from neurosim.files import flag_names

MIN_MOVE = 1e-4  # m between samples; less is standing


@dataclass(frozen=True)
class CA1Parameters:
    """Everything that CA1 depends on, beside where the animal is.

    Attributes
    ----------
    place : PlaceCellParameters
    theta : ThetaParameters
    spiking : Spiking
    offline : OfflineParameters
    """

    place: PlaceCellParameters
    theta: ThetaParameters
    spiking: Spiking
    offline: OfflineParameters


@dataclass(frozen=True)
class CA1:
    """CA1 as simulated.

    Attributes
    ----------
    maps : PlaceMaps
    spikes : tuple of array (spike,)
        Times in s, sorted, and the cell of each.
    oscillations : Dataset (sample)
    truth : Mapping of str to Dataset
        ``events``, ``paths``, ``up_states``, ``cells/CA1`` (without ``unit_index``).
    """

    maps: PlaceMaps
    spikes: tuple[np.ndarray, np.ndarray]
    oscillations: xr.Dataset
    truth: Mapping[str, xr.Dataset]


def simulate_ca1(
    parameters: CA1Parameters,
    behaviour: xr.Dataset,
    epochs: xr.Dataset,
    environments: Sequence[VirtualEnvironment],
    rng: Callable[[str], np.random.Generator],
    resembles: Mapping[str, Resemblance] | None = None,
) -> CA1:
    """Simulate CA1 in a session.

    Parameters
    ----------
    parameters : CA1Parameters
    behaviour : Dataset (time)
    epochs : Dataset (epoch)
    environments : sequence of VirtualEnvironment
        Home first; without weights (`home_fraction` sets these).
    rng : callable
        ``rng(purpose)`` gives the generator for a purpose.
    resembles : Mapping of environment name to Resemblance
    """
    offline, spiking = parameters.offline, parameters.spiking
    known = tuple(str(behaviour["environment"].attrs["flag_meanings"]).split())
    duration = float(epochs["stop"].values[-1])
    grids = [environment.grid for environment in environments]
    maps = draw_place_maps(parameters.place, grids, rng("place cells"), resembles)
    environments = _weighted(environments, offline.bursts.home_fraction)
    events, up = plant_events(epochs, environments, offline, rng("events"))
    paths = sample_paths(events, environments, maps, offline.paths, rng("paths"))
    theta = draw_theta(duration, parameters.theta, rng("theta"))
    firing = draw_firing(maps, theta, duration, spiking, rng("fluctuations"))
    runs, quiet, offline_bounds = _intervals(epochs, up)
    spikes_rng = rng("CA1 spikes")
    walk = walk_of(behaviour, maps)
    drawn = [
        running_spikes(firing, walk, runs, spikes_rng),
        background_spikes(firing, quiet, spikes_rng),
        event_spikes(firing, events, paths, spikes_rng),
    ]
    power = ripple_power(duration, _rippling(events), offline_bounds, rng("ripples"))
    return CA1(
        maps=maps,
        spikes=ca1_spikes(firing, drawn, spiking, duration, rng("irregular spikes")),
        oscillations=oscillations_dataset(theta, power),
        truth=_truth(maps, events, paths, up, environments, known),
    )


def _weighted(
    environments: Sequence[VirtualEnvironment], home_fraction: float
) -> tuple[VirtualEnvironment, ...]:
    """Give home its fraction of the events and the others equal parts of the rest."""
    others = len(environments) - 1
    if others == 0:
        return tuple(environments)
    home, *rest = environments
    elsewhere = (1 - home_fraction) / others
    return (
        replace(home, weight=home_fraction),
        *(replace(environment, weight=elsewhere) for environment in rest),
    )


def _intervals(epochs: xr.Dataset, up: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Intervals (interval, 2) of running, of background firing, and of rest and NREM, s."""
    bounds = np.column_stack([epochs["start"].values, epochs["stop"].values])
    state = flag_names(epochs["state"])
    quiet = np.concatenate([bounds[np.isin(state, ["rest", "rem"])], up])
    return bounds[state == "run"], quiet, bounds[np.isin(state, ["rest", "nrem"])]


def _rippling(events: Events) -> np.ndarray:
    """Start and stop (burst, 2) of the events with ripples: those of rest and NREM, s."""
    chosen = events.state != "rem"
    return np.column_stack([events.start[chosen], events.stop[chosen]])


def walk_of(behaviour: xr.Dataset, maps: PlaceMaps) -> Walk:
    """Look up the state of every sample of the behaviour (time,).

    The running direction is that of the last movement along the edge; it holds while the animal
    stands.
    """
    place = flag_names(behaviour["environment"])
    position = behaviour["position"].values.astype(float)
    state = np.full(place.size, maps.mean_state(0))
    first_edge = _first_edges(behaviour, maps)
    for index, grid in enumerate(maps.grids):
        rows = np.flatnonzero(place == grid.name)
        if grid.graph is None:
            state[rows] = maps.states(index, position[rows], np.ones(rows.size, dtype=bool))
        elif rows.size:
            edge = behaviour["edge"].values[rows].astype(int) - first_edge[grid.name]
            along = grid.graph.within(behaviour["track_position"].values[rows].astype(float), edge)
            state[rows] = maps.states(index, along, is_outbound(along, edge))
    step = float(np.median(np.diff(behaviour["time"].values)))
    return Walk(state, behaviour["speed"].values.astype(float), step)


def _first_edges(behaviour: xr.Dataset, maps: PlaceMaps) -> dict[str, int]:
    """First edge of each track: edges are numbered through in the order of the environments."""
    graphs = {grid.name: grid.graph for grid in maps.grids}
    first, edges = {}, 0
    for name in str(behaviour["environment"].attrs["flag_meanings"]).split():
        first[name] = edges
        edges += 0 if graphs.get(name) is None else graphs[name].edge_length.size
    return first


def is_outbound(track_position: np.ndarray, edge: np.ndarray) -> np.ndarray:
    """Direction of movement along the edge at each sample (time,).

    It is that of the last movement since the edge was entered, or else of the first one to come
    before it is left, or else outbound.
    """
    n = track_position.size
    entered = np.diff(edge, prepend=edge[:1] - 1) != 0
    moves = np.where(entered, 0.0, np.diff(track_position, prepend=track_position[:1]))
    moved = np.abs(moves) > MIN_MOVE
    begins = np.maximum.accumulate(np.where(entered, np.arange(n), 0))
    ends = np.append(np.flatnonzero(entered)[1:], n)[np.cumsum(entered) - 1]
    last = np.maximum.accumulate(np.where(moved, np.arange(n), -1))
    coming = np.minimum.accumulate(np.where(moved, np.arange(n), n)[::-1])[::-1]
    chosen = np.where(last >= begins, last, np.where(coming < ends, coming, -1))
    return np.where(chosen >= 0, moves[chosen] >= 0, True)


def _truth(
    maps: PlaceMaps,
    events: Events,
    paths: Paths,
    up: np.ndarray,
    environments: Sequence[VirtualEnvironment],
    known: tuple[str, ...],
) -> dict[str, xr.Dataset]:
    seconds = {"units": "s"}
    return {
        "events": events_dataset(events, paths, environments, known),
        "paths": paths_dataset(events, paths, environments, known),
        "up_states": xr.Dataset(
            {
                "start": ("up", up[:, 0], seconds | {"long_name": "start of the UP state"}),
                "stop": ("up", up[:, 1], seconds | {"long_name": "end of the UP state"}),
            }
        ),
        "cells/CA1": place_cells_dataset(maps, known),
    }
