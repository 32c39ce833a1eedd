"""Import of other people's recordings, and what is said about bad ones."""

import numpy as np
import pytest

from neurosim import NeurosimError
from neurosim.__main__ import main
from neurosim.files import flag_names
from neurosim.importing import Epoch
from neurosim.recording import open_recording

RUN, REST = "0:60:run:run:linear", "60:100:rest:post:none"


def arrays(rng) -> dict[str, np.ndarray]:
    """A minute on a 2 m track at 45 degrees, in pixels (100 a metre), and 40 s of rest."""
    time = np.arange(0, 100, 0.05)
    along = 100 * (1 - np.cos(2 * np.pi * time / 20))
    along[time > 60] = 0.0
    n_spikes = 500
    return {
        "spike_time_s": np.sort(rng.uniform(0, 100, n_spikes)),
        "spike_unit": rng.integers(0, 5, n_spikes),
        "position_time_s": time,
        "x": along / np.sqrt(2),
        "y": along / np.sqrt(2),
    }


@pytest.fixture
def given(rng):
    return arrays(rng)


@pytest.fixture
def run_import(tmp_path):
    """Write arrays, import them with the command line; returns exit code and the recording."""

    def run(values, *options, epochs=(RUN, REST), scale=("--metres-per-unit", "0.01")):
        source, out = tmp_path / "own.npz", tmp_path / "own.nc"
        np.savez(source, **values)
        arguments = ["import", str(source), str(out), *options, *scale]
        for epoch in epochs:
            arguments += ["--epoch", epoch]
        return main(arguments), out

    return run


def test_recording_has_what_was_given(given, run_import):
    code, out = run_import(given, "--region", "CA1")
    assert code == 0
    recording = open_recording(out)
    assert recording.attributes["origin"] == "imported"
    assert set(recording.units["region"].values) == {"CA1"}
    assert np.array_equal(recording.spikes["time"], given["spike_time_s"])
    assert np.array_equal(recording.spikes["unit_index"], given["spike_unit"])
    assert list(flag_names(recording.epochs["state"])) == ["run", "rest"]


def test_track_position_is_the_principal_axis_in_metres(given, run_import):
    _, out = run_import(given, "--region", "CA1")
    recording = open_recording(out)
    along = recording.behaviour["track_position"]
    running = given["position_time_s"] < 60 - 1e-9
    expected = np.hypot(given["x"], given["y"]) / 100
    np.testing.assert_allclose(along.values[running], expected[running], atol=1e-5)
    assert np.isnan(along.values[~running]).all()
    assert recording.track_length == pytest.approx(2.0, abs=1e-4)


def test_laps_are_found(given, run_import):
    _, out = run_import(given, "--region", "CA1")
    assert open_recording(out).behaviour["lap"].values.max() + 1 == 6


def test_track_length_sets_the_scale(given, run_import):
    _, out = run_import(given, "--region", "CA1", scale=("--track-length", "1"))
    assert open_recording(out).track_length == pytest.approx(1)


def test_unsorted_spikes_are_sorted_with_a_notice(given, run_import, rng, caplog):
    order = rng.permutation(given["spike_time_s"].size)
    shuffled = given | {name: given[name][order] for name in ("spike_time_s", "spike_unit")}
    code, out = run_import(shuffled, "--region", "CA1")
    assert code == 0
    assert any("sorted" in record.message for record in caplog.records)
    assert np.array_equal(open_recording(out).spikes["time"], given["spike_time_s"])
    assert np.array_equal(open_recording(out).spikes["unit_index"], given["spike_unit"])


def test_copies_of_spikes_are_dropped_with_a_notice(given, run_import, caplog):
    twice = given | {
        name: np.concatenate([given[name], given[name][[3, 5, 5]]])
        for name in ("spike_time_s", "spike_unit")
    }
    code, out = run_import(twice, "--region", "CA1")
    assert code == 0
    assert any("dropped 3 spikes" in record.message for record in caplog.records)
    assert np.array_equal(open_recording(out).spikes["time"], given["spike_time_s"])
    assert np.array_equal(open_recording(out).spikes["unit_index"], given["spike_unit"])


def test_repeated_position_times_are_dropped_with_a_notice(given, run_import, caplog):
    time = given["position_time_s"].copy()
    time[5] = time[4]
    code, out = run_import(given | {"position_time_s": time}, "--region", "CA1")
    assert code == 0
    assert any("repeated" in record.message for record in caplog.records)
    assert open_recording(out).time.size == time.size - 1


def test_arrays_can_have_other_names(given, run_import):
    given["t"] = given.pop("spike_time_s")
    code, _ = run_import(given, "--region", "CA1", "--rename", "t=spike_time_s")
    assert code == 0


def test_epochs_regions_and_names_can_stand_in_the_file(given, run_import):
    given |= {
        "epoch_start_s": np.array([0.0, 60.0]),
        "epoch_stop_s": np.array([60.0, 100.0]),
        "epoch_state": np.array(["run", "nrem"]),
        "epoch_phase": np.array(["run", "post"]),
        "epoch_environment": np.array(["linear", "none"]),
        "unit_region": np.array(["CA1", "CA1", "ADN", "SC", "SC"]),
        "unit_name": np.array(list("abcde")),
        "unit_hemisphere": np.array(["", "", "", "left", "right"]),
    }
    code, out = run_import(given, epochs=())
    assert code == 0
    units = open_recording(out).units
    assert list(units["region"].values) == ["CA1", "CA1", "ADN", "SC", "SC"]
    assert list(units["hemisphere"].values) == ["", "", "", "left", "right"]


def test_inactivations_and_eyes_can_stand_in_the_file(given, run_import):
    given |= EPOCHS | {
        "epoch_inactivation": np.array(["none", "ttx_right"]),
        "eye_position_rad": np.where(given["position_time_s"] > 90, np.nan, 0.1),
    }
    code, out = run_import(given, "--region", "ADN", epochs=())
    assert code == 0
    recording = open_recording(out)
    assert recording.intervals(inactivation="ttx_right").tolist() == [[60.0, 100.0]]
    eye = recording.behaviour["eye_position"]
    assert eye.attrs["units"] == "rad"
    np.testing.assert_allclose(eye[:10], 0.1)
    assert np.isnan(eye[-1])


def test_inactivations_can_stand_on_the_command_line(given, run_import):
    epochs = (RUN, "60:100:rem:post:none:saline")
    code, out = run_import(given, "--region", "ADN", epochs=epochs)
    assert code == 0
    assert list(flag_names(open_recording(out).epochs["inactivation"])) == ["none", "saline"]


def broken(name, change):
    def apply(values):
        values[name] = change(values[name])
        return values

    return apply


def with_nan(values):
    values = values.astype(float)
    values[7] = np.nan
    return values


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        (broken("spike_time_s", with_nan), ["--region", "CA1"], ["spike_time_s", "index 7", "nan"]),
        (broken("position_time_s", with_nan), ["--region", "CA1"], ["position_time_s", "index 7"]),
        (broken("position_time_s", lambda t: t[::-1]), ["--region", "CA1"], ["increasing", "sort"]),
        (broken("x", lambda x: x[:-1]), ["--region", "CA1"], ["'x'", "(2000,)", "(1999,)"]),
        (broken("spike_unit", lambda u: u[:-1]), ["--region", "CA1"], ["spike_unit", "shape"]),
        (broken("spike_unit", lambda u: u + 0.5), ["--region", "CA1"], ["spike_unit", "integers"]),
        (
            broken("spike_unit", lambda u: u - 9),
            ["--region", "CA1"],
            ["spike_unit", "0 or more", "-"],
        ),
        (broken("x", lambda x: x + np.inf), ["--region", "CA1"], ["'x'"]),
        (broken("x", lambda x: x.astype(str)), ["--region", "CA1"], ["'x'", "numbers"]),
        (lambda v: v, [], ["unit_region", "--region"]),
        (lambda v: v, ["--region", "V1"], ["unit_region", "'V1'", "'CA1'"]),
        (lambda v: v, ["--region", "CA1", "--rename", "x"], ["--rename", "THEIRS=OURS"]),
        (lambda v: {k: v[k] for k in v if k != "y"}, ["--region", "CA1"], ["'y'", "--rename"]),
    ],
)
def test_bad_input_gets_one_line(given, run_import, capsys, change, options, words):
    code, out = run_import(change(given), *options)
    shown = capsys.readouterr().err.strip().splitlines()[-1]
    assert code == 2
    assert shown.startswith("error: ")
    assert all(word in shown for word in words), shown
    assert not out.exists()


@pytest.mark.parametrize(
    ("epochs", "scale", "words"),
    [
        ((), ("--metres-per-unit", "1"), ["epoch_start_s", "--epoch"]),
        (("0:60:run:run",), ("--metres-per-unit", "1"), ["--epoch", "START:STOP"]),
        (("0:x:run:run:linear",), ("--metres-per-unit", "1"), ["--epoch", "numbers"]),
        (("0:60:asleep:run:linear",), ("--metres-per-unit", "1"), ["'asleep'", "'nrem'"]),
        (("0:60:run:run:linear:ttx",), ("--metres-per-unit", "1"), ["'ttx'", "'ttx_right'"]),
        (("60:0:run:run:linear", REST), ("--metres-per-unit", "1"), ["stop after start"]),
        ((RUN, "50:100:rest:post:none"), ("--metres-per-unit", "1"), ["without overlap"]),
        ((RUN, REST), (), ["--metres-per-unit", "--track-length"]),
        ((RUN, REST), ("--metres-per-unit", "-1"), ["positive", "-1"]),
    ],
)
def test_bad_epochs_and_scales_get_one_line(given, run_import, capsys, epochs, scale, words):
    code, _ = run_import(given, "--region", "CA1", epochs=epochs, scale=scale)
    shown = capsys.readouterr().err.strip().splitlines()[-1]
    assert code == 2
    assert all(word in shown for word in words), shown


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"not a zip at all"])
def test_files_that_are_no_npz_get_one_line(tmp_path, capsys, content):
    path = tmp_path / "own.npz"
    path.write_bytes(content)
    assert main(["import", str(path), str(tmp_path / "own.nc"), "--region", "CA1"]) == 2
    shown = capsys.readouterr().err.strip()
    assert shown.startswith("error: ")
    assert "own.npz" in shown
    assert "\n" not in shown


def test_missing_file_gets_one_line(tmp_path, capsys):
    assert main(["import", str(tmp_path / "no.npz"), str(tmp_path / "own.nc")]) == 2
    assert "no such file" in capsys.readouterr().err


def test_epoch_is_parsed():
    assert Epoch.parse("1.5:20:run:run:arena") == Epoch(1.5, 20.0, "run", "run", "arena")


EPOCHS = {
    "epoch_start_s": np.array([0.0, 60.0]),
    "epoch_stop_s": np.array([60.0, 100.0]),
    "epoch_state": np.array(["run", "nrem"]),
    "epoch_phase": np.array(["run", "post"]),
    "epoch_environment": np.array(["linear", "none"]),
}


def test_texts_can_be_bytes(given, run_import):
    epochs = {k: v.astype("S") if v.dtype.kind == "U" else v for k, v in EPOCHS.items()}
    code, out = run_import(given | epochs, "--region", "CA1", epochs=())
    assert code == 0
    assert list(flag_names(open_recording(out).epochs["state"])) == ["run", "nrem"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"epoch_start_s": np.array(["a", "b"])}, ["epoch_start_s", "numbers"]),
        ({"epoch_state": np.array([1, 2])}, ["epoch_state", "texts"]),
        ({"epoch_state": np.array(["run", "sleep"])}, ["epoch_state", "'sleep'", "'nrem'"]),
        ({"epoch_environment": np.array(["track", "none"])}, ["epoch_environment", "'linear'"]),
        ({"epoch_phase": np.array(["run"])}, ["epoch_phase", "one length"]),
        ({k: v[:0] for k, v in EPOCHS.items()}, ["at least one epoch"]),
        ({k: EPOCHS[k] + 1e6 for k in ("epoch_start_s", "epoch_stop_s")}, ["clock"]),
        ({"unit_hemisphere": np.array(["left"])}, ["unit_hemisphere", "5 units"]),
        ({"unit_region": np.array("CA1")}, ["unit_region", "one dimension"]),
        ({"x": np.zeros((2000, 2))}, ["'x'", "one dimension"]),
        ({k: np.zeros(1) for k in ("position_time_s", "x", "y")}, ["position_time_s", "2"]),
    ],
)
def test_bad_arrays_get_one_line(given, run_import, capsys, values, words):
    code, _ = run_import(given | EPOCHS | values, "--region", "CA1", epochs=())
    shown = capsys.readouterr().err.strip().splitlines()[-1]
    assert code == 2
    assert "own.npz" in shown
    assert all(word in shown for word in words), shown


def test_renaming_an_array_that_is_not_there_is_an_error(given, run_import, capsys):
    code, _ = run_import(given, "--region", "CA1", "--rename", "hd=head_direction_rad")
    assert code == 2
    assert "'hd'" in capsys.readouterr().err


def test_an_unknown_scale_makes_lengths_parts_of_the_track(given, run_import):
    code, out = run_import(given, "--region", "CA1", scale=("--unknown-scale",))
    assert code == 0
    recording = open_recording(out)
    assert recording.length_unit == "track"
    assert recording.track_length == pytest.approx(1.0)
    assert recording.track["edge_length"].values == pytest.approx([1.0])


def test_unknown_state_is_refused():
    with pytest.raises(NeurosimError, match="'walk'"):
        Epoch.parse("0:1:walk:run:linear")
