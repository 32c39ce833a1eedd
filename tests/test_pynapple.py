"""pynapple objects become recordings, and recordings pynapple objects."""

import builtins

import numpy as np
import pynapple as nap
import pytest

from neurosim import NeurosimError
from neurosim.files import flag_names
from neurosim.pynapple import recording_from_pynapple, to_pynapple
from neurosim.recording import open_recording, save_recording


@pytest.fixture(scope="module")
def objects() -> dict:
    """A minute on a 2 m track and 40 s of sleep; head direction on a clock of its own."""
    rng = np.random.default_rng(5)
    time, clock = np.arange(0, 100, 0.05), np.arange(0.01, 100, 0.02)
    along = np.where(time < 60, 1 - np.cos(2 * np.pi * time / 20), 0.0)
    trains = {key: nap.Ts(np.sort(rng.uniform(0, 100, 50))) for key in (3, 4, 8, 9)}
    places = np.array(["CA1", "right CA1", "V1", "AD"])
    return {
        "spikes": nap.TsGroup(trains, metadata={"location": places}),
        "position": nap.TsdFrame(time, np.column_stack([along, 0 * along]), columns=["x", "y"]),
        "epochs": {
            "wake_linear_track": nap.IntervalSet(0, 60),
            "nrem": nap.IntervalSet([60, 90], [80, 100]),
            "REM": nap.IntervalSet(80, 90),
        },
        "head_direction": nap.Tsd(clock, np.mod(0.2 * clock, 2 * np.pi)),
    }


def test_objects_become_a_recording(objects):
    recording = recording_from_pynapple(**objects, name="rat7")
    assert recording.units["region"].values.tolist() == ["CA1", "CA1", "ADN"]
    assert recording.units["name"].values.tolist() == ["unit3", "unit4", "unit9"]
    train = recording.spikes_of(np.array([2]))[0]
    np.testing.assert_array_equal(train, objects["spikes"][9].t)
    assert recording.track_length == pytest.approx(2.0, abs=1e-3)
    states = flag_names(recording.epochs["state"]).tolist()
    assert states == ["run", "nrem", "rem", "nrem"]
    assert recording.intervals(environment="linear").tolist() == [[0.0, 60.0]]


def test_head_direction_is_interpolated_the_shorter_way_round(objects):
    recording = recording_from_pynapple(**objects)
    expected = np.mod(0.2 * recording.time, 2 * np.pi)
    apart = np.angle(np.exp(1j * (recording.behaviour["head_direction"].values - expected)))
    np.testing.assert_allclose(apart[1:], 0, atol=1e-5)  # the first sample was before its clock
    assert abs(apart[0]) < 0.01


def test_a_recording_from_objects_can_be_saved(objects, tmp_path, provenance):
    recording = recording_from_pynapple(**objects)
    save_recording(recording.groups, tmp_path / "a.nc", provenance, origin="imported")
    back = open_recording(tmp_path / "a.nc")
    np.testing.assert_array_equal(back.spikes["time"], recording.spikes["time"])


def test_a_recording_comes_back_from_its_objects(hand_made_session):
    made = hand_made_session(
        duration=40.0,
        spikes=(np.array([1.0, 2.0, 2.0, 35.0]), np.array([0, 1, 0, 2])),
        regions=("CA1", "ADN", "SC"),
        track_position=lambda t: np.where(t < 30, 1 - np.cos(t), np.nan),
        heading=lambda t: np.mod(t, 2 * np.pi),
        ripple_power=lambda t: np.sin(t),
        epochs={
            "start": (0.0, 30.0),
            "stop": (30.0, 40.0),
            "state": ("run", "nrem"),
            "phase": ("run", "post"),
            "environment": ("linear", "none"),
            "inactivation": ("none", "ttx_left"),
        },
    )
    objects = to_pynapple(made)
    assert set(objects) >= {"units", "position", "epochs", "head_direction", "ripple_power"}
    back = recording_from_pynapple(
        objects["units"], objects["position"], objects["epochs"], objects["head_direction"]
    )
    for name in ("region", "hemisphere", "name"):
        assert back.units[name].values.tolist() == made.units[name].values.tolist()
    for unit in range(3):
        spikes, wanted = (r.spikes_of(np.array([unit]))[0] for r in (back, made))
        np.testing.assert_allclose(spikes, wanted, atol=1e-9)
    for name in ("position", "head_direction"):
        np.testing.assert_array_equal(back.behaviour[name], made.behaviour[name])
    for name in ("state", "phase", "environment", "inactivation"):
        np.testing.assert_array_equal(flag_names(back.epochs[name]), flag_names(made.epochs[name]))
    np.testing.assert_allclose(back.epochs["start"], made.epochs["start"], atol=2e-6)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda o: {"epochs": {"party": nap.IntervalSet(0, 60)}}, ["'party'", "linear track"]),
        (lambda o: {"epochs": nap.IntervalSet(0, 60)}, ["'state'"]),
        (
            lambda o: {"epochs": nap.IntervalSet(0, 60, metadata={"state": ["asleep"]})},
            ["'asleep'", "'nrem'"],
        ),
        (
            lambda o: {"spikes": nap.TsGroup({0: nap.Ts(np.array([1.0, 2.0]))})},
            ["'location'", "region"],
        ),
        (lambda o: {"epochs": {"post": nap.IntervalSet(0, 60)}}, ["ran, rested or slept"]),
    ],
)
def test_what_is_not_understood_gets_one_line(objects, change, words):
    with pytest.raises(NeurosimError) as caught:
        recording_from_pynapple(**objects | change(objects))
    assert all(word in str(caught.value) for word in words), caught.value
    assert "\n" not in str(caught.value)


def test_without_pynapple_it_says_what_to_install(objects, monkeypatch):
    whole = builtins.__import__

    def lacking(name, *arguments, **options):
        if name == "pynapple":
            raise ModuleNotFoundError("No module named 'pynapple'")
        return whole(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", lacking)
    with pytest.raises(NeurosimError, match="pip install pynapple"):
        recording_from_pynapple(**objects)
