"""The recording: what breaks its contract is refused by name, and its truth stays unread."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr

from neurosim import MissingData, NeurosimError
from neurosim.contract import REGIONS
from neurosim.files import Provenance, load, save
from neurosim.recording import (
    Recording,
    group_names,
    open_recording,
    open_truth,
    save_recording,
)
from neurosim.world.behaviour import rewards_dataset

Groups = dict[str, xr.Dataset]
PUBLIC = ("behaviour", "track", "rewards", "epochs", "units", "spikes")
THREE_EPOCHS = {
    "start": (0.0, 4.0, 7.0),
    "stop": (4.0, 7.0, 10.0),
    "state": ("nrem", "rem", "nrem"),
    "phase": ("pre", "post", "post"),
    "environment": ("none", "none", "none"),
}


def saved_as_is(groups: Mapping[str, xr.Dataset], out: Path, provenance: Provenance) -> Path:
    """Write groups without checking them, as another tool would."""
    save(
        xr.DataTree.from_dict({f"/{name}": group for name, group in groups.items()}),
        out,
        provenance,
    )
    return out


def changed(group: str, name: str, index: int | tuple, value: float) -> Callable[[Groups], None]:
    def change(groups: Groups) -> None:
        groups[group] = groups[group].copy(deep=True)
        values = groups[group][name].values.copy()
        values[index] = value
        groups[group][name] = groups[group][name].copy(data=values)

    return change


def without(group: str, name: str | None = None) -> Callable[[Groups], None]:
    def change(groups: Groups) -> None:
        whole = groups.pop(group)
        if name is not None:
            groups[group] = whole.drop_vars(name)

    return change


def renamed_dimension(group: str, name: str) -> Callable[[Groups], None]:
    """A variable along a dimension of its own, one longer than the others'."""

    def change(groups: Groups) -> None:
        variable = groups[group][name]
        longer = np.concatenate([variable.values, variable.values[-1:]])
        dims = ("other", *variable.dims[1:])
        groups[group] = groups[group].drop_vars(name).assign({name: (dims, longer, variable.attrs)})

    return change


def transposed(group: str, name: str) -> Callable[[Groups], None]:
    def change(groups: Groups) -> None:
        groups[group] = groups[group].assign({name: groups[group][name].T})

    return change


def as_floats(groups: Groups) -> None:
    groups["spikes"]["unit_index"] = groups["spikes"]["unit_index"].astype(float)


def no_units(groups: Groups) -> None:
    groups["units"] = groups["units"].isel(unit=slice(0))


def no_epochs(groups: Groups) -> None:
    groups["epochs"] = groups["epochs"].isel(epoch=slice(0))


def one_sample(groups: Groups) -> None:
    groups["behaviour"] = groups["behaviour"].isel(time=slice(1))


def asleep_as_a_state(groups: Groups) -> None:
    state = groups["epochs"]["state"]
    groups["epochs"]["state"] = state.assign_attrs(flag_meanings="run rest asleep rem")


def without_flags(name: str) -> Callable[[Groups], None]:
    def change(groups: Groups) -> None:
        groups["epochs"][name] = groups["epochs"][name].drop_attrs()

    return change


BROKEN = {
    "no spikes group": (without("spikes"), "spikes"),
    "no epochs group": (without("epochs"), "epochs"),
    "no position": (without("behaviour", "position"), "/behaviour/position"),
    "no unit_index": (without("spikes", "unit_index"), "/spikes/unit_index"),
    "position along another dimension": (
        renamed_dimension("behaviour", "position"),
        "/behaviour/position",
    ),
    "speed of another length": (renamed_dimension("behaviour", "speed"), "/behaviour/speed"),
    "heading of another length": (
        renamed_dimension("behaviour", "head_direction"),
        "/behaviour/head_direction",
    ),
    "position transposed": (transposed("behaviour", "position"), "/behaviour/position"),
    "NaN spike time": (changed("spikes", "time", 1, np.nan), "/spikes/time"),
    "infinite spike time": (changed("spikes", "time", 1, np.inf), "/spikes/time"),
    "unsorted spikes": (changed("spikes", "time", 0, 9.0), "/spikes/time"),
    "unit index too large": (changed("spikes", "unit_index", 1, 3), "/spikes/unit_index"),
    "negative unit index": (changed("spikes", "unit_index", 0, -1), "/spikes/unit_index"),
    "fractional unit index": (as_floats, "/spikes/unit_index"),
    "zero units": (no_units, "/units"),
    "zero epochs": (no_epochs, "/epochs"),
    "epoch reversed": (changed("epochs", "stop", 1, 3.5), "/epochs/stop"),
    "epoch of no duration": (changed("epochs", "stop", 2, 7.0), "/epochs/stop"),
    "epochs overlapping": (changed("epochs", "start", 1, 3.0), "/epochs/start"),
    "epoch without an end": (changed("epochs", "stop", 2, np.nan), "/epochs/stop"),
    "unknown state": (asleep_as_a_state, "/epochs/state"),
    "state code out of range": (changed("epochs", "state", 0, 9), "/epochs/state"),
    "state without flag meanings": (without_flags("state"), "/epochs/state"),
    "environment without flag meanings": (without_flags("environment"), "/epochs/environment"),
    "one sample of behaviour": (one_sample, "/behaviour/time"),
    "repeated time": (changed("behaviour", "time", 5, 0.08), "/behaviour/time"),
    "time going back": (changed("behaviour", "time", 5, 0.01), "/behaviour/time"),
    "NaN time": (changed("behaviour", "time", 5, np.nan), "/behaviour/time"),
    "infinite position": (changed("behaviour", "position", (3, 1), np.inf), "/behaviour/position"),
    "infinite heading": (changed("behaviour", "head_direction", 3, -np.inf), "/behaviour/head_dir"),
}


@pytest.fixture
def good(hand_made_groups) -> Groups:
    return hand_made_groups(epochs=THREE_EPOCHS, heading=lambda t: 0.1 * t)


def test_the_hand_made_recording_is_sound_before_it_is_broken(good, tmp_path, provenance):
    recording = open_recording(saved_as_is(good, tmp_path / "mine.nc", provenance))
    assert recording.name == "mine"
    assert recording.attributes.get("origin") != "simulated"
    assert recording.track is None


@pytest.mark.parametrize(("breaking", "named"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_contract_is_refused_in_one_line_naming_file_and_variable(
    good, tmp_path, provenance, breaking, named
):
    breaking(good)
    path = saved_as_is(good, tmp_path / "mine.nc", provenance)
    with pytest.raises(NeurosimError) as error:
        open_recording(path)
    message = str(error.value)
    assert "\n" not in message
    assert str(path) in message
    assert named in message


def edge_out_of_range(groups: Groups) -> None:
    edge = groups["behaviour"]["edge"]
    groups["behaviour"]["edge"] = edge.where(edge < 0, 5)


def unknown_environment(groups: Groups) -> None:
    groups["rewards"]["environment"] = groups["rewards"]["environment"].copy(data=[9, 9])


BROKEN_TRACK = {
    "positions without a track": (without("track"), "/behaviour/track_position"),
    "no edges": (without("track", "edge_node"), "/track/edge_node"),
    "edge to no node": (changed("track", "edge_node", (0, 1), 7), "/track/edge_node"),
    "node nowhere": (changed("track", "node_position", (1, 0), np.nan), "/track/node_position"),
    "well of another length": (renamed_dimension("track", "well"), "/track/well"),
    "on an edge that is not there": (edge_out_of_range, "/behaviour/edge"),
    "rewards without a well": (without("rewards", "well"), "/rewards/well"),
    "unsorted rewards": (changed("rewards", "time", 0, 9.0), "/rewards/time"),
    "reward at no time": (changed("rewards", "time", 1, np.nan), "/rewards/time"),
    "reward at no node": (changed("rewards", "well", 1, 2), "/rewards/well"),
    "reward in no environment": (unknown_environment, "/rewards/environment"),
}


@pytest.fixture
def with_track(hand_made_groups) -> Groups:
    groups = hand_made_groups(track_position=lambda t: 0.2 * t)
    rewards = rewards_dataset(
        np.array([2.0, 8.0]),
        np.array([0.4, 1.6]),
        np.array([0, 1]),
        np.array(["linear", "linear"]),
        ("none", "linear"),
    )
    return groups | {"rewards": rewards}


def test_a_hand_made_track_is_sound_before_it_is_broken(with_track, tmp_path, provenance):
    recording = open_recording(saved_as_is(with_track, tmp_path / "mine.nc", provenance))
    assert recording.track_environments == ("linear",)
    assert recording.rewards["time"].values.tolist() == [2.0, 8.0]


@pytest.mark.parametrize(("breaking", "named"), BROKEN_TRACK.values(), ids=BROKEN_TRACK.keys())
def test_a_broken_track_or_reward_is_refused_by_name(
    with_track, tmp_path, provenance, breaking, named
):
    breaking(with_track)
    path = saved_as_is(with_track, tmp_path / "mine.nc", provenance)
    with pytest.raises(NeurosimError) as error:
        open_recording(path)
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)
    assert named in str(error.value)
    with pytest.raises(NeurosimError):
        save_recording(with_track, tmp_path / "other.nc", provenance, origin="imported")


def test_samples_on_a_track_are_those_with_a_position_there(recording, simulated):
    behaviour = simulated["behaviour"]
    for name in ("linear", "w"):
        sample, position, edge = recording.on_track(name)
        graph = recording.track_graph(name)
        np.testing.assert_array_equal(sample, np.flatnonzero(recording.samples_in(name)))
        np.testing.assert_allclose(
            graph.coordinates(position), behaviour["position"].values[sample], atol=1e-6
        )
        np.testing.assert_array_equal(edge, graph.edge_of(position))
    assert not recording.samples_in("nowhere").any()


def test_edges_not_given_are_those_of_the_track_positions(with_track, tmp_path, provenance):
    without("behaviour", "edge")(with_track)
    recording = open_recording(saved_as_is(with_track, tmp_path / "mine.nc", provenance))
    assert np.all(recording.on_track()[2] == 0)


@pytest.mark.parametrize(
    "problem", ["unsorted spikes", "epochs overlapping", "zero units", "infinite position"]
)
def test_a_broken_recording_is_not_saved(good, tmp_path, provenance, problem):
    breaking, named = BROKEN[problem]
    breaking(good)
    with pytest.raises(NeurosimError, match=named):
        save_recording(good, tmp_path / "mine.nc", provenance, origin="imported")
    assert not list(tmp_path.iterdir())


def test_the_first_bad_index_is_named(good, tmp_path, provenance):
    changed("spikes", "time", 1, np.nan)(good)
    with pytest.raises(NeurosimError, match="at index 1 "):
        open_recording(saved_as_is(good, tmp_path / "mine.nc", provenance))


def with_units(name: str, units: str) -> Callable[[Groups], None]:
    def change(groups: Groups) -> None:
        variable = groups["oscillations"][name].assign_attrs(units=units)
        groups["oscillations"] = groups["oscillations"].assign({name: variable})

    return change


def in_words(groups: Groups) -> None:
    words = groups["oscillations"]["ripple_power"].astype(str)
    groups["oscillations"] = groups["oscillations"].assign(ripple_power=words)


BROKEN_FORM = {  # seen when the recording is opened
    "no clock": (without("oscillations", "time"), "/oscillations/time"),
    "power of another length": (
        renamed_dimension("oscillations", "ripple_power"),
        "/oscillations/ripple_power",
    ),
    "phase of another length": (
        renamed_dimension("oscillations", "theta_phase"),
        "/oscillations/theta_phase",
    ),
    "clock in ms": (with_units("time", "ms"), "/oscillations/time"),
    "phase in degrees": (with_units("theta_phase", "degree"), "/oscillations/theta_phase"),
    "squared power": (with_units("ripple_power", "uV2"), "/oscillations/ripple_power"),
    "power in words": (in_words, "/oscillations/ripple_power"),
}
BROKEN_VALUES = {  # seen when the oscillations are read
    "clock going back": (changed("oscillations", "time", 5, 0.01), "/oscillations/time"),
    "NaN on the clock": (changed("oscillations", "time", 5, np.nan), "/oscillations/time"),
    "infinite power": (changed("oscillations", "ripple_power", 7, np.inf), "ripple_power"),
    "infinite phase": (changed("oscillations", "theta_phase", 7, -np.inf), "theta_phase"),
}


@pytest.fixture
def with_oscillations(hand_made_groups) -> Groups:
    return hand_made_groups(ripple_power=lambda t: 20 + np.sin(t))


def test_oscillations_come_back_and_may_have_gaps_or_lack_a_part(
    with_oscillations, tmp_path, provenance
):
    changed("oscillations", "ripple_power", 7, np.nan)(with_oscillations)
    without("oscillations", "theta_phase")(with_oscillations)
    save_recording(with_oscillations, tmp_path / "mine.nc", provenance, origin="imported")
    recording = open_recording(tmp_path / "mine.nc")
    expected = with_oscillations["oscillations"]
    xr.testing.assert_identical(recording.oscillations.drop_attrs(), expected.drop_attrs())
    without("oscillations")(with_oscillations)
    save_recording(with_oscillations, tmp_path / "none.nc", provenance, origin="imported")
    assert open_recording(tmp_path / "none.nc").oscillations is None


@pytest.mark.parametrize(("breaking", "named"), BROKEN_FORM.values(), ids=BROKEN_FORM.keys())
def test_oscillations_of_a_wrong_form_are_refused_when_a_recording_is_opened(
    with_oscillations, tmp_path, provenance, breaking, named
):
    breaking(with_oscillations)
    path = saved_as_is(with_oscillations, tmp_path / "mine.nc", provenance)
    with pytest.raises(NeurosimError) as error:
        open_recording(path)
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)
    assert named in str(error.value)


@pytest.mark.parametrize(("breaking", "named"), BROKEN_VALUES.values(), ids=BROKEN_VALUES.keys())
def test_oscillations_of_wrong_values_are_refused_when_they_are_read(
    with_oscillations, tmp_path, provenance, breaking, named
):
    breaking(with_oscillations)
    path = saved_as_is(with_oscillations, tmp_path / "mine.nc", provenance)
    recording = open_recording(path)  # it does not read them
    with pytest.raises(NeurosimError) as error:
        _ = recording.oscillations
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)
    assert named in str(error.value)
    with pytest.raises(NeurosimError, match=named):
        save_recording(with_oscillations, tmp_path / "other.nc", provenance, origin="imported")


@pytest.mark.parametrize("name", ["position", "speed", "head_direction"])
def test_gaps_in_tracking_are_allowed(good, tmp_path, provenance, name):
    changed("behaviour", name, 3, np.nan)(good)
    recording = open_recording(saved_as_is(good, tmp_path / "mine.nc", provenance))
    assert np.isnan(recording.behaviour[name].values[3]).any()


def test_contiguous_epochs_that_round_differently_are_no_overlap(good, tmp_path, provenance):
    changed("epochs", "start", 1, np.nextafter(4.0, 0))(good)
    assert open_recording(saved_as_is(good, tmp_path / "mine.nc", provenance))


def test_what_was_simulated_comes_back_as_it_was(simulated, recording):
    for name in PUBLIC:
        xr.testing.assert_identical(
            getattr(recording, name).drop_attrs(), simulated[name].drop_attrs()
        )
    assert recording.attributes["origin"] == "simulated"
    assert recording.attributes["title"] == "simulated recording"


def test_truth_is_neither_read_nor_needed(recording_path, recording, tmp_path, provenance):
    groups = {name: load(recording_path, name) for name in PUBLIC}
    path = saved_as_is(groups, tmp_path / recording_path.name, provenance)
    blind = open_recording(path)
    assert not any(name.startswith("truth") for name in group_names(path))
    for name in PUBLIC:
        xr.testing.assert_identical(getattr(blind, name), getattr(recording, name))
    with pytest.raises(MissingData) as error:
        open_truth(path, "events")
    assert "\n" not in str(error.value)
    assert "truth/events" in str(error.value)
    assert path.name in str(error.value)


def test_damage_to_the_truth_does_not_disturb_the_recording(recording_path, recording, tmp_path):
    copy = tmp_path / recording_path.name
    copy.write_bytes(recording_path.read_bytes())
    with netCDF4.Dataset(copy, "a") as file:
        file["truth/events/start"][:] = np.nan
        file["truth/heading/heading"][:] = 0.0
    again = open_recording(copy)
    for name in PUBLIC:
        xr.testing.assert_identical(getattr(again, name), getattr(recording, name))


def test_truth_is_found_by_topic(recording_path, simulated):
    xr.testing.assert_identical(
        open_truth(recording_path, "events").drop_attrs(), simulated["truth/events"].drop_attrs()
    )
    assert open_truth(recording_path, "cells/SC").sizes["cell"] == 16
    assert {"truth/cells/CA1", "truth/heading", "spikes"} <= set(group_names(recording_path))


def test_intervals_are_the_epochs_of_state_phase_and_environment(recording, simulated):
    epochs = recording.epochs
    everything = recording.intervals()
    np.testing.assert_array_equal(everything[:, 0], epochs["start"].values)
    np.testing.assert_array_equal(everything[:, 1], epochs["stop"].values)
    by_state = [recording.intervals(state=state) for state in ("run", "rest", "nrem", "rem")]
    assert sum(map(len, by_state)) == len(everything)
    assert recording.intervals(state="run", environment="linear").tolist() == [
        everything[epochs["environment"].values == 1].tolist()[0]
    ]
    before = recording.intervals(state="nrem", phase="pre")
    assert before[-1, 1] < recording.intervals(state="run")[0, 0]
    assert recording.intervals(state="rest", phase="pre").shape == (0, 2)


def test_spikes_of_units_are_renumbered_in_the_order_asked_for(hand_made):
    times = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    recording = hand_made(spikes=(times, np.array([0, 2, 1, 2, 0])))
    asked_times, unit = recording.spikes_of(np.array([2, 0]))
    assert asked_times.tolist() == [1.0, 2.0, 4.0, 5.0]
    assert unit.tolist() == [1, 0, 0, 1]
    none_times, none_unit = recording.spikes_of(np.array([], dtype=int))
    assert none_times.size == none_unit.size == 0


def test_regions_hold_every_unit_once(recording: Recording):
    units = np.concatenate([recording.units_in(region) for region in REGIONS])
    assert sorted(units.tolist()) == list(range(recording.units.sizes["unit"]))
    assert recording.units_in("V1").size == 0


def test_a_recording_that_is_open_elsewhere_can_be_read_again(recording_path):
    """Strings of variable length made netCDF4 crash here."""
    code = f"""
import xarray
from pathlib import Path
from neurosim.recording import open_recording
path = Path({str(recording_path)!r})
tree = xarray.open_datatree(path)
for _ in range(5):
    open_recording(path)
print(tree["units"]["region"].values[0])
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0
    assert run.stdout.strip() in ("CA1", "ADN", "SC")
