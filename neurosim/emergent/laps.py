"""Laps on a track, and the spikes of CA3 and CA1 place cells in them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from neurosim.cells.ca1 import walk_of
from neurosim.cells.firing import Walk, draw_firing, running_spikes
from neurosim.cells.maps import PlaceGrid, PlaceMaps
from neurosim.cells.place import PlaceCellParameters, draw_place_maps
from neurosim.cells.theta import Theta, draw_theta
from neurosim.emergent.design import NetworkParameters
from neurosim.network.ca3_constants import Constants
from neurosim.network.neuromodulation import STATES
from neurosim.world.behaviour import simulate_behaviour
from neurosim.world.hypnogram import epochs_dataset

Rng = Callable[[str], np.random.Generator]
Spikes = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Laps:
    """What happened on the track.

    Attributes
    ----------
    behaviour, epochs, rewards : Dataset
    ca3, ca1 : PlaceMaps
        Of the CA3 cells that have fields (the first ones), and of CA1.
    walk : Walk
    theta : Theta
    spikes : tuple of array (spike,)
        Times in s and cells: CA3 first, CA1 cells are numbered on from them.
    """

    behaviour: xr.Dataset
    epochs: xr.Dataset
    rewards: xr.Dataset
    ca3: PlaceMaps
    ca1: PlaceMaps
    walk: Walk
    theta: Theta
    spikes: Spikes


def run_laps(parameters: NetworkParameters, constants: Constants, rng: Rng) -> Laps:
    """Run the animal on the track and draw the spikes of CA3 and CA1 place cells."""
    track, n = parameters.track, parameters.n_pyramidal
    epochs = _epochs(parameters)
    behaviour, rewards = simulate_behaviour(epochs, [track], parameters.movement, rng("behaviour"))
    grid, duration = PlaceGrid(track.name, track.graph), float(epochs["stop"].values[-1])
    theta = draw_theta(duration, parameters.theta, rng("theta"))
    of_ca3 = replace(
        parameters.place,
        n_cells=round(n * constants["place_cell_fraction"]),
        bidirectional_fraction=constants["bidirectional_fraction"],
        field_sd_m=constants["field_sd_m"],
        peak_rate_median_hz=constants["field_peak_hz"],
        peak_rate_log_sd=0.0,
        mean_fields=1.0,
        background_rate_hz=constants["background_hz"],
    )
    run = np.array([[0.0, track.duration_s]])
    maps, parts = [], []
    for region, place, first in (("CA3", of_ca3, 0), ("CA1", parameters.place, n)):
        drawn = draw_place_maps(place, [grid], rng(f"{region} fields"))
        firing = draw_firing(
            drawn, theta, duration, parameters.spiking, rng(f"{region} fluctuations")
        )
        walk = walk_of(behaviour, drawn)
        times, cells = running_spikes(firing, walk, run, rng(f"{region} spikes"))
        maps.append(drawn)
        parts.append((times, cells + first))
    parts.append(_spikes_without_fields(of_ca3, n, track.duration_s, rng("CA3 background")))
    times, cells = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(times, kind="stable")
    return Laps(behaviour, epochs, rewards, *maps, walk, theta, (times[order], cells[order]))


def _epochs(parameters: NetworkParameters) -> xr.Dataset:
    """Laps, then rest, NREM and REM."""
    lengths = [parameters.track.duration_s, *(_seconds(parameters, s) for s in STATES)]
    edges = np.concatenate([[0.0], np.cumsum(lengths)])
    name = parameters.track.name
    return epochs_dataset(
        edges[:-1],
        edges[1:],
        np.array(["run", *STATES]),
        np.array(["run", "post", "post", "post"]),
        np.array([name, "none", "none", "none"]),
        ("none", name),
    )


def _seconds(parameters: NetworkParameters, state: str) -> float:
    return parameters.n_trials(state) * parameters.trial_s


def _spikes_without_fields(
    place: PlaceCellParameters, n: int, duration: float, rng: np.random.Generator
) -> Spikes:
    """Draw the spikes of CA3 cells without a field: the background."""
    others = n - place.n_cells
    number = rng.poisson(place.background_rate_hz * duration * others)
    return rng.uniform(0, duration, number), place.n_cells + rng.integers(others, size=number)
