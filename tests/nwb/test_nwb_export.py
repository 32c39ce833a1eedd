"""Exported files are good NWB: valid, inspected, opened by pynapple, the same each time."""

import builtins

import h5py
import numpy as np
import pynapple as nap
import pynwb
import pytest
from nwbinspector import Importance, inspect_nwbfile

from neurosim import NeurosimError
from neurosim.__main__ import main
from neurosim.files import flag_names, load
from neurosim.nwb.export import export_nwb
from neurosim.nwb.session import REFERENCE_DATE
from neurosim.recording import save_recording

# What remains, and why. Suggestions: nobody knows the experimenter of a simulation; the truth is a
# module of its own so that it can be told apart; yes and no of a CF flag stay words.
SUGGESTED = {
    "check_experimenter_exists",
    "check_institution",
    "check_processing_module_name",
    "check_column_binary_capability",
}
# Of a recording that somebody else made, there is more that nobody knows: the sampling rate of its
# spikes and keywords; and a linear track has but one edge.
UNKNOWN = {"check_keywords", "check_single_row"}


@pytest.fixture(scope="module")
def exported(recording_path, tmp_path_factory):
    out = tmp_path_factory.mktemp("export") / "rat1.nwb"
    assert main(["export", str(recording_path), str(out)]) == 0
    return out


def findings(path) -> dict[Importance, set[str]]:
    found: dict[Importance, set[str]] = {}
    for message in inspect_nwbfile(nwbfile_path=path):
        found.setdefault(message.importance, set()).add(message.check_function_name)
    return found


def test_it_validates_against_the_schema(exported):
    assert pynwb.validate(path=exported) == []


def test_the_inspector_finds_nothing_but_suggestions(exported):
    found = findings(exported)
    assert set(found) <= {Importance.BEST_PRACTICE_SUGGESTION}
    assert found[Importance.BEST_PRACTICE_SUGGESTION] <= SUGGESTED


def test_of_an_imported_recording_only_what_nobody_knows_is_missing(
    hand_made_groups, tmp_path, provenance
):
    groups = hand_made_groups(
        duration=20.0,
        spikes=(np.array([1.03, 2.11, 3.07]), np.array([0, 1, 2])),
        track_position=lambda t: 1 - np.cos(t),
        heading=lambda t: np.mod(t, 2 * np.pi),
    )
    save_recording(groups, tmp_path / "a.nc", provenance, origin="imported")
    export_nwb(tmp_path / "a.nc", tmp_path / "a.nwb")
    found = findings(tmp_path / "a.nwb")
    assert Importance.CRITICAL not in found
    violations = found.get(Importance.BEST_PRACTICE_VIOLATION, set())
    assert violations == {"check_units_resolution_is_set"}
    assert found[Importance.BEST_PRACTICE_SUGGESTION] <= SUGGESTED | UNKNOWN


@pytest.mark.filterwarnings("ignore:Some starts and ends are equal")
def test_pynapple_opens_it(exported, recording, simulated):
    opened = nap.load_file(str(exported))
    units = opened["units"]
    assert units["region"].tolist() == recording.units["region"].values.tolist()
    for unit in range(recording.units.sizes["unit"]):
        wanted = recording.spikes_of(np.array([unit]))[0]
        np.testing.assert_allclose(units[unit].t, wanted, rtol=0, atol=1e-9)
    position = opened["Position/position"]
    np.testing.assert_allclose(position.t, recording.time, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(position.values, recording.behaviour["position"].values)
    assert position.columns.tolist() == ["x", "y"]
    heading = recording.behaviour["head_direction"].values
    np.testing.assert_array_equal(opened["head_direction"].values, heading)
    epochs = opened["epochs"]
    np.testing.assert_allclose(epochs.start, recording.epochs["start"], atol=2e-6)
    np.testing.assert_allclose(epochs.end, recording.epochs["stop"], atol=2e-6)
    assert epochs["state"].tolist() == flag_names(recording.epochs["state"]).tolist()
    events = opened["events_event"]
    np.testing.assert_allclose(events.start, simulated["truth/events"]["start"], atol=2e-6)


def test_what_is_shown_of_it_says_that_it_needs_no_map(exported, capsys):
    assert main(["import", str(exported), "--show"]) == 0
    shown = capsys.readouterr().out
    assert "without --map it comes back as it was" in shown
    assert "missing for the study heading: nothing" in shown


def test_truth_is_a_processing_module(exported, simulated):
    with pynwb.NWBHDF5IO(exported, "r") as file:
        module = file.read().processing["truth"]
        cells = module["cells_ADN_cell"]
        wanted = simulated["truth/cells/ADN"]["preferred_heading"].values
        np.testing.assert_array_equal(cells["preferred_heading"][:], wanted)
        assert module["heading"]["command"].unit == "rad s-1"


def content(path) -> dict:
    """All that is in an HDF5 file: values and attributes; references by their targets."""
    found = {}

    def note(name, item):
        for key, value in item.attrs.items():
            if isinstance(value, h5py.Reference):
                value = item.file[value].name
            found[name, key] = np.asarray(value).tolist()
        if isinstance(item, h5py.Dataset):
            found[name] = (str(item.dtype), item.shape, item[()])
            if isinstance(found[name][2], np.ndarray):
                found[name] = (
                    *found[name][:2],
                    found[name][2].tobytes() if item.dtype != object else item[()].tolist(),
                )

    with h5py.File(path, "r") as file:
        note("", file)
        file.visititems(note)
    return found


def test_the_same_recording_gives_the_same_file(exported, recording_path, tmp_path):
    export_nwb(recording_path, tmp_path / "again.nwb")
    first, second = content(exported), content(tmp_path / "again.nwb")
    assert first == second
    ids = [value for (_, *key), value in first.items() if key == ["object_id"]]
    assert len(set(ids)) == len(ids) > 20


def test_a_session_without_a_date_gets_the_reference_date(exported):
    with pynwb.NWBHDF5IO(exported, "r") as file:
        nwbfile = file.read()
        assert nwbfile.session_start_time == REFERENCE_DATE
        assert list(nwbfile.file_create_date) == [REFERENCE_DATE]


@pytest.mark.parametrize("content", [None, b"", b"not netCDF"])
def test_what_is_no_recording_gets_one_line(tmp_path, capsys, content):
    source, out = tmp_path / "bad.nc", tmp_path / "bad.nwb"
    if content is not None:
        source.write_bytes(content)
    assert main(["export", str(source), str(out)]) == 2
    said = capsys.readouterr().err.strip()
    assert said.startswith("error: ")
    assert "bad.nc" in said
    assert "\n" not in said
    assert not out.exists()


def test_without_pynwb_it_says_what_to_install(recording_path, tmp_path, monkeypatch):
    whole = builtins.__import__

    def lacking(name, *arguments, **options):
        if name.split(".")[0] == "pynwb":
            raise ModuleNotFoundError("No module named 'pynwb'")
        return whole(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", lacking)
    with pytest.raises(NeurosimError, match="pip install pynwb"):
        export_nwb(recording_path, tmp_path / "a.nwb")
    assert load(recording_path, "units").sizes["unit"] > 0  # all else works without it
