"""The heading study from spikes to rotation, on an animal with 20 head-direction cells."""

import importlib
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml
from running import PROJECT

from neurosim.decode.bayes import circular_difference
from neurosim.decode.bins import group_name
from neurosim.files import Provenance, flag_names, load
from neurosim.recording import open_truth, save_recording
from neurosim.simulation import SimulationParameters, simulate_recording
from workflow.cohort import animal_simulation

CONFIG = yaml.safe_load((PROJECT / "config" / "config.yaml").read_text())
HEADING, SIMULATION = CONFIG["heading"], CONFIG["simulation"]
ANIMAL = {
    "n_heading_cells": 20,
    "n_turn_cells": 0,
    "rem_s": 1200.0,
    "inactivations": ["saline", "ttx_right", "ttx_left", "ttx_both"],
}


def run(name: str, **arguments: object) -> None:
    importlib.import_module(name).main(seed=1, **arguments)


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("bars")
    path = {name: folder / f"{name}.nc" for name in ("recording", "decoded", "blocks")}
    values = animal_simulation(SIMULATION, SIMULATION["cohort"], ANIMAL)
    groups = simulate_recording(SimulationParameters.from_mapping(values), 11, "animal")
    save_recording(groups, path["recording"], Provenance("x", "x", 11, {}), origin="simulated")
    part = {name: HEADING[name] for name in ("tuning", "decoding")}
    of = {"recording": path["recording"]}
    run("decode_heading", **of, out=path["decoded"], subject="animal", **part)
    rotation = {n: HEADING["inactivation"][n] for n in ("bin_s", "reversal_deg", "max_gap_s")}
    run(
        "measure_inactivation",
        **of,
        decoded=path["decoded"],
        out=path["blocks"],
        inactivation=rotation,
    )
    return path


def test_wake_heading_is_decoded_within_15_degrees(files):
    error = load(files["decoded"], f"wake/{group_name(HEADING['bin_s'])}")["error"]
    assert np.nanmedian(error) < 15


def test_rem_heading_is_decoded_within_15_degrees_of_the_rings(files):
    decoded = load(files["decoded"], f"rem/{group_name(HEADING['bin_s'])}")
    truth = open_truth(files["recording"], "heading")
    ring = np.interp(decoded["time"], truth["time"], truth["heading"])
    error = np.abs(np.rad2deg(circular_difference(decoded["estimate"].values, ring)))
    assert np.nanmedian(error) < 15


def net_rotation(blocks: xr.Dataset) -> dict[str, np.ndarray]:
    """Net rotation of the blocks (block,) of each condition, deg/min."""
    condition = flag_names(blocks["condition"])
    return {name: blocks["net_rate"].values[condition == name] for name in set(condition)}


def test_the_compass_turns_away_from_the_side_that_is_silenced_in_rem_and_not_awake(files):
    net = net_rotation(load(files["blocks"], "rem"))
    spread = np.abs(np.concatenate([net["none"], net["saline"]])).max()
    assert net["ttx_right"].max() < -500
    assert net["ttx_left"].min() > 500
    for still in ("none", "saline"):
        assert abs(net[still].mean()) < abs(net["ttx_right"].mean()) / 2
    assert np.abs(net["ttx_both"]).max() <= max(spread, 600)
    awake = net_rotation(load(files["blocks"], "wake"))
    assert max(np.abs(rates).max() for rates in awake.values()) < 200
