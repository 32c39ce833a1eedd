"""Recordings in which packets of known speed and direction run along routes of a track."""

from pathlib import Path

import numpy as np
import yaml

from neurosim.emergent import Laps, NetworkParameters, run_laps
from neurosim.files import Provenance
from neurosim.network.ca3_constants import constants_of, read_constants
from neurosim.recording import (
    Recording,
    open_recording,
    save_recording,
    spikes_dataset,
    units_dataset,
)
from neurosim.seeds import generator
from neurosim.world.graph import Route
from neurosim.world.track import track_dataset
from workflow.networks import network_parameters

ROOT = Path(__file__).parents[1]
GAIN, STEP = 4.0, 0.001


def parameters_of(track: str, **given) -> NetworkParameters:
    """A small network on one of the tracks of the configuration."""
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    small = {"n_pyramidal": 60, "laps_s": 150.0, "rest_s": 5.0, "nrem_s": 20.0, "rem_s": 5.0}
    config["emergent"] |= {"trial_s": 5.0} | small | given
    config["emergent"]["designs"] = {"one": {"track": track, "rule": "symmetric"}}
    return NetworkParameters.from_mapping(network_parameters(config, "one"))


def constants():
    """Those of the configuration."""
    return constants_of(read_constants(ROOT / "config" / "ca3_constants.csv"))


def laps_on(track: str, **given) -> tuple[NetworkParameters, Laps]:
    """Laps of an animal with 80 CA1 cells."""
    parameters = parameters_of(track, **given)
    return parameters, run_laps(parameters, constants(), lambda p: generator(3, track, p))


def packet(
    laps: Laps, route: Route, path: np.ndarray, along: bool, start: float, rng
) -> tuple[np.ndarray, np.ndarray]:
    """CA1 spikes of a packet whose path (bin of 1 ms,) lies on a route, in one of its maps."""
    graph = laps.ca1.grids[0].graph
    place, outbound = graph.along(route, path)
    states = laps.ca1.states(0, place, outbound == along)
    bins, cells = np.nonzero(rng.poisson(laps.ca1.rate[states] * GAIN * STEP))
    return start + (bins + rng.random(bins.size)) * STEP, cells


def recording_with(
    laps: Laps, parameters: NetworkParameters, spikes: list, folder: Path
) -> Recording:
    """The laps, and spikes that came offline, as a recording."""
    n = parameters.n_pyramidal
    in_ca1 = laps.spikes[1] >= n
    parts = [(laps.spikes[0][in_ca1], laps.spikes[1][in_ca1] - n), *spikes]
    times, cells = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(times)
    size = laps.ca1.n_cells
    groups = {
        "behaviour": laps.behaviour,
        "track": track_dataset({parameters.track.name: parameters.track.graph}),
        "rewards": laps.rewards,
        "epochs": laps.epochs,
        "units": units_dataset(
            np.full(size, "CA1", dtype=object),
            np.full(size, "", dtype=object),
            np.array([f"unit{i}" for i in range(size)], dtype=object),
        ),
        "spikes": spikes_dataset(times[order], cells[order]),
    }
    path = folder / "packets.nc"
    save_recording(groups, path, Provenance("Packets", "test", 1, {}), origin="imported")
    return open_recording(path)
