"""Networks in the pipeline: ordinary recordings, decoded blindly, compared with their own truth."""

import numpy as np
import pytest
from decode_network_events import main as decode
from running import PROJECT, same_variables, snakemake
from test_scripts import CONFIG, with_shuffled_truth, without_truth

from neurosim.emergent import NetworkParameters, simulate_network_recording
from neurosim.files import Provenance, load
from neurosim.network.ca3_constants import constants_of, read_constants
from neurosim.recording import group_names, open_recording, open_truth, save_recording
from neurosim.stats.summary import read_csv
from workflow.networks import example_network, network_parameters

QUANTITIES = {
    "emergent_compression",
    "emergent_forward_share",
    "emergent_event_rate",
    "emergent_event_duration",
    "emergent_significant_fraction",
    "emergent_reward_effect",
    "emergent_speed_check",
    "emergent_sensitivity",
}


@pytest.fixture(scope="module")
def networks(finished):
    return finished.results / "emergent"


def test_all_quantities_have_rows_and_are_emergent(finished):
    rows = [r for r in read_csv(finished.results / "summary.csv") if r.quantity in QUANTITIES]
    assert {row.quantity for row in rows} == QUANTITIES
    assert {row.study for row in rows} == {"replay"}
    assert {row.origin for row in rows} <= {"emergent"}


def test_a_network_is_an_ordinary_recording_without_events_in_its_truth(networks):
    path = networks / "recordings" / "linear_symmetric-1.nc"
    recording = open_recording(path)
    assert {"run", "rest", "nrem", "rem"} == {
        state for state in ("run", "rest", "nrem", "rem") if len(recording.intervals(state=state))
    }
    assert "truth/events" not in group_names(path)
    assert open_truth(path, "weights")["weight"].values.max() > 0


def decode_network(recording, finished, out):
    """Run the adapter that decodes a network, as its rule does."""
    replay = CONFIG["replay"]
    significance = {n: replay["significance"][n] for n in ("shuffles", "bin_s")}
    decode(
        recording=recording,
        table=finished.results / "replay" / "calibration" / "significance" / "cells80.nc",
        out=out,
        name="network",
        seed=1,
        decoding={
            "fields": replay["fields"],
            "fit_bin_s": replay["fit_bin_s"],
            "candidates": CONFIG["emergent"]["candidates"],
            "trajectories": replay["trajectories"],
            "significance": significance | {"n_shuffles": 100},
        },
    )
    return out


@pytest.mark.parametrize("kind", ["absent", "shuffled"])
def test_decoding_of_networks_does_not_read_the_truth(networks, finished, tmp_path, rng, kind):
    recording = networks / "recordings" / "linear_symmetric-1.nc"
    copied = tmp_path / recording.name
    copy = without_truth if kind == "absent" else with_shuffled_truth
    copy(recording, copied, *([] if kind == "absent" else [rng]))
    # Both here: threads of the process decide how sums round.
    whole = decode_network(recording, finished, tmp_path / "whole.nc")
    blind = decode_network(copied, finished, tmp_path / "blind.nc")
    assert load(whole).sizes["event"] > 0
    assert same_variables(blind, whole)


def test_edits_of_the_constants_make_the_networks_anew(finished):
    constants = finished.folder / "config" / "ca3_constants.csv"
    before = constants.read_text()
    try:
        constants.write_text(before.replace("recurrent_decay_ms,9.5", "recurrent_decay_ms,9.6"))
        run = snakemake(finished.folder, "--dry-run", "emergent")
    finally:
        constants.write_text(before)
    assert "simulate_network" in run.stdout + run.stderr


@pytest.fixture(scope="module")
def many_cells(tmp_path_factory):
    """A network of 1,000 cells with the symmetric rule, and its recording."""
    config = CONFIG | {"emergent": CONFIG["emergent"] | {"n_pyramidal": 1000, "nrem_s": 80.0}}
    parameters = NetworkParameters.from_mapping(network_parameters(config, "linear_symmetric"))
    constants = constants_of(read_constants(PROJECT / "config" / "ca3_constants.csv"))
    path = tmp_path_factory.mktemp("network") / "network.nc"
    groups = simulate_network_recording(parameters, constants, 1, 2)
    save_recording(groups, path, Provenance("A network", "test", 1, {}), origin="simulated")
    return path


def test_direction_and_speed_are_those_of_the_packets(many_cells, finished, tmp_path):
    from measure_packets import main as measure

    decoded, packets = tmp_path / "events.nc", tmp_path / "packets.nc"
    decode_network(many_cells, finished, decoded)
    measure(recordings=[many_cells], events=[decoded], out=[packets], seed=1)
    events, direct = load(decoded), load(packets)
    replays = (events["significant"].values == 1) & (events["span"].values >= 0.5)
    assert replays.sum() >= 8
    resolved = replays & (events["direction"].values < 2) & (direct["packet_direction"].values < 2)
    same = events["direction"].values[resolved] == direct["packet_direction"].values[resolved]
    assert same.size >= 20
    assert same.mean() >= 0.95
    ratio = events["crossing_speed"].values[replays] / direct["packet_speed"].values[replays]
    assert abs(np.nanmedian(ratio) - 1) < 0.15


def test_the_event_that_is_shown_comes_from_a_plain_network_on_a_linear_track():
    tracks = {"line": {"kind": "linear"}, "fork": {"kind": "w"}}
    designs = {
        "fork": {"track": "fork", "rule": "symmetric"},
        "shuffled": {"track": "line", "rule": "symmetric", "control": "shuffled_weights"},
        "asymmetric": {"track": "line", "rule": "asymmetric"},
        "plain": {"track": "line", "rule": "symmetric"},
    }
    assert example_network({"tracks": tracks, "designs": designs}) == "plain-1"
    only = {"fork": designs["fork"]}
    assert example_network({"tracks": tracks, "designs": only}) == "fork-1"
