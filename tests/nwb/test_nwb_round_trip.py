"""netCDF to NWB and back loses nothing."""

import json

import h5py
import netCDF4
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.contract import INACTIVATIONS, PHASES, REGIONS, STATES
from neurosim.files import Provenance, flags, load, read_attributes
from neurosim.nwb.clock import RegularClock
from neurosim.nwb.export import export_nwb
from neurosim.nwb.layout import FORMAT, WHERE
from neurosim.nwb.restore import is_own, restore_recording
from neurosim.recording import open_recording, save_recording, spikes_dataset, units_dataset
from neurosim.world.behaviour import behaviour_dataset, eye_position, rewards_dataset
from neurosim.world.graph import linear_track, w_track
from neurosim.world.hypnogram import epochs_dataset
from neurosim.world.track import Arena, track_dataset

PLACES = ("none", "linear", "w", "arena")
CLOCKS = {
    "steps": lambda n, _: np.arange(n) * 0.02,
    "rate": lambda n, _: np.arange(n) / 30.0,
    "late": lambda n, _: 4442.86 + np.arange(n) * 0.0333,
    "video": lambda n, rng: np.cumsum(rng.uniform(0.01, 0.05, n)),
}


def assert_same(a, b) -> None:
    """Two files have the same groups, variables, types, values and attributes."""
    first, second = (xr.open_datatree(path, decode_times=False) for path in (a, b))
    assert list(first.groups) == list(second.groups)
    for group in first.groups:
        one, other = (tree[group].to_dataset(inherit=False) for tree in (first, second))
        if group == "/":
            one.attrs.pop("inputs"), other.attrs.pop("inputs")
        xr.testing.assert_identical(one, other)
        assert list(one.coords) == list(other.coords)
        for name, variable in one.variables.items():
            assert variable.dtype == other[name].dtype
            for key, value in variable.attrs.items():
                assert np.asarray(value).dtype == np.asarray(other[name].attrs[key]).dtype
    first.close(), second.close()


def gaps(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Lose some of the samples (time, ...)."""
    values = values.astype(float)
    values[rng.random(len(values)) < 0.2] = np.nan
    return values


def random_epochs(rng: np.random.Generator, begin: float, end: float, n: int) -> xr.Dataset:
    edges = np.sort(rng.uniform(begin, end, 2 * n)) + np.arange(2 * n)
    if rng.random() < 0.5:  # without pauses
        edges[2::2] = edges[1:-1:2]

    def pick(names):
        return rng.choice(names, n)

    return epochs_dataset(
        edges[::2],
        edges[1::2],
        pick(STATES),
        pick(PHASES),
        pick(PLACES),
        PLACES,
        pick(INACTIVATIONS),
    )


def random_spikes(rng: np.random.Generator, n: int, n_units: int) -> xr.Dataset:
    """Sorted spikes, some at the same time, of units in any order; some units are silent."""
    times = rng.choice(np.round(rng.uniform(0, 60, max(1, n)), 1), n)
    unit = rng.integers(0, n_units, n)
    _, first = np.unique(np.column_stack([times, unit]), axis=0, return_index=True)
    kept = rng.permutation(first)  # a unit does not fire twice at a time
    kept = kept[np.argsort(times[kept], kind="stable")]
    return spikes_dataset(times[kept], unit[kept])


def random_truth(rng: np.random.Generator, n: int) -> dict[str, xr.Dataset]:
    """Truth of all shapes and types that netCDF has."""
    kind = flags(rng.integers(0, 2, n), ("forward", "reverse"), "event", "kind")
    sparse = xr.Variable("event", np.array([-1, 1], np.int8)[rng.integers(0, 2, n)])
    sparse.attrs = {"flag_values": np.array([-1, 1], np.int8), "flag_meanings": "left right"}
    unnamed = xr.Variable("event", np.full(n, 7, np.int8), sparse.attrs)  # a value without a name
    times = np.sort(rng.uniform(0, 60, n))
    cells = {
        "name": ("cell", np.array(["a", "", "ä b"], dtype=object)),
        "curve": (("cell", "x", "y", "z", "w"), rng.random((3, 2, 1, 2, 2)).astype(np.float32)),
        "matrix": (("cell", "event"), rng.integers(-5, 5, (3, n)).astype(np.int16)),
        "parent": ("cell", np.arange(3, dtype=np.uint8), {"scale": np.float32(0.1)}),
        "gain": ((), np.float64(np.nan), {"units": "1", "limits": np.array([0.5, np.inf])}),
        "word": ((), "scalar"),
        "nothing": (("cell", "none"), np.empty((3, 0), np.int32)),
    }
    events = {
        "start": ("event", times),
        "stop": ("event", times + rng.uniform(-0.1, 1, n)),
        "kind": kind,
        "side": sparse,
        "code": unnamed,
    }
    course = {
        "time": ("time", np.arange(50) / 25.0),
        "heading": ("time", rng.random(50), {"units": "rad"}),
        "state": flags(rng.integers(0, 4, 50), STATES, "time", "state"),
        "wide": (("time", "lag"), rng.random((50, 60))),
    }
    return {
        "truth/cells/CA1": xr.Dataset(cells, attrs={"model": "fields", "n": np.int64(3)}),
        "truth/events": xr.Dataset(events),
        "truth/heading": xr.Dataset(course),
    }


@st.composite
def recordings(draw):
    """The groups of a recording that the contract allows, and who made it."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(3, 60))
    time = CLOCKS[draw(st.sampled_from(sorted(CLOCKS)))](n, rng)
    tracks = {"linear": linear_track(2.0), "w": w_track(0.8, 0.4)}
    has = {name: draw(st.booleans()) for name in ("track", "heading", "eye", "rewards", "lfp")}
    unit = draw(st.sampled_from(["m", "track"]))
    place = rng.choice(PLACES, n).astype(object)
    along = gaps(rng.uniform(0, 2, n), rng)
    along[~np.isin(place, list(tracks))] = np.nan
    heading = gaps(rng.uniform(0, 6, n), rng) if has["heading"] else None
    behaviour = behaviour_dataset(
        time,
        gaps(rng.normal(size=(n, 2)), rng),
        along if has["track"] else None,
        heading,
        place,
        PLACES,
        tracks,
        unit,
    )
    if has["eye"]:
        behaviour = behaviour.assign(eye_position=eye_position(gaps(rng.normal(size=n), rng)))
    n_units = draw(st.integers(1, 6))
    regions = rng.choice(REGIONS, n_units)
    units = units_dataset(regions, rng.choice(["", "left", "right"], n_units), regions)
    spikes = random_spikes(rng, draw(st.integers(0, 40)), n_units)
    if draw(st.booleans()):  # what the contract does not name
        n_spikes = spikes.sizes["spike"]
        spikes["amplitude"] = ("spike", gaps(rng.random(n_spikes), rng).astype(np.float32))
        spikes["mark"] = (("spike", "channel"), rng.random((n_spikes, 4)))
        units["quality"] = ("unit", rng.random(n_units), {"units": "1"})
        units["waveform"] = (("unit", "sample"), rng.random((n_units, 7)))
        units["probe"] = (("shank", "unit"), rng.integers(0, 9, (2, n_units)))
        behaviour.attrs = {"camera": "overhead", "lenses": ["wide", "narrow"]}
    groups = {
        "behaviour": behaviour,
        "epochs": random_epochs(rng, time[0], time[-1], draw(st.integers(1, 4))),
        "units": units,
        "spikes": spikes,
    }
    if has["track"]:
        groups["track"] = track_dataset(
            {**tracks, "arena": Arena(name="arena", side=1.0, duration_s=60.0)}, unit
        )
    if has["rewards"] and has["track"]:
        m = draw(st.integers(0, 4))
        when = np.sort(rng.uniform(0, 60, m))
        wells, places = rng.integers(0, 8, m), rng.integers(0, 4, m)
        groups["rewards"] = rewards_dataset(when, rng.random(m), wells, places, PLACES, unit)
    if has["lfp"]:
        sample = np.arange(n) / 250.0
        lfp = {"time": ("sample", sample, {"units": "s"})}
        if draw(st.booleans()):
            lfp["theta_phase"] = ("sample", gaps(rng.random(n), rng).astype(np.float32))
        groups["oscillations"] = xr.Dataset(lfp)
    origin = draw(st.sampled_from(["simulated", "imported"]))
    if origin == "simulated":
        groups |= random_truth(rng, draw(st.integers(0, 5)))
    return groups, origin


@pytest.fixture(scope="module")
def exported(recording_path, tmp_path_factory) -> bytes:
    nwb = tmp_path_factory.mktemp("exported") / "a.nwb"
    export_nwb(recording_path, nwb)
    return nwb.read_bytes()


@settings(max_examples=15)
@given(recordings())
def test_nothing_is_lost(tmp_path_factory, made):
    groups, origin = made
    folder = tmp_path_factory.mktemp("trip")
    first, nwb, second = folder / "a.nc", folder / "a.nwb", folder / "b.nc"
    provenance = Provenance("A recording", "make", 3, {"width_s": 0.1, "on": None})
    save_recording(groups, first, provenance, origin=origin)
    export_nwb(first, nwb)
    restore_recording(nwb, second)
    assert_same(first, second)
    assert json.loads(read_attributes(second)["inputs"]).keys() == {"nwb"}


def test_variables_outside_groups_are_not_lost_in_silence(recording_path, tmp_path):
    source = tmp_path / "a.nc"
    source.write_bytes(recording_path.read_bytes())
    with netCDF4.Dataset(source, "a") as file:
        file.createVariable("stray", "f8")
    with pytest.raises(NeurosimError, match="'stray'"):
        export_nwb(source, tmp_path / "a.nwb")


def test_a_simulated_recording_comes_back_with_its_truth(exported, recording_path, tmp_path):
    nwb, back = tmp_path / "a.nwb", tmp_path / "a.nc"
    nwb.write_bytes(exported)
    assert is_own(nwb)
    restore_recording(nwb, back)
    assert_same(recording_path, back)


def test_truth_can_be_left_out(recording_path, tmp_path):
    nwb, back = tmp_path / "a.nwb", tmp_path / "a.nc"
    export_nwb(recording_path, nwb, truth=False)
    restore_recording(nwb, back)
    groups = list(xr.open_datatree(back, decode_times=False).groups)
    assert not any("truth" in group for group in groups)
    assert b"preferred_heading" not in nwb.read_bytes()
    xr.testing.assert_identical(load(back, "spikes"), load(recording_path, "spikes"))
    assert open_recording(back).attributes["origin"] == "simulated"


def renamed(file):
    file.move("units/region", "units/place")


def with_nan(file):
    file["units/spike_times"][3] = np.nan


def shorter(file):
    values = file["processing/behavior/BehavioralTimeSeries/speed/data"][:-1]
    del file["processing/behavior/BehavioralTimeSeries/speed/data"]
    file["processing/behavior/BehavioralTimeSeries/speed/data"] = values


def other_state(file):
    file["intervals/epochs/state"][0] = "asleep"


def newer(file):
    text = json.loads(file[WHERE].asstr()[()])
    file[WHERE][()] = json.dumps(text | {"format": FORMAT + 1})


@pytest.mark.parametrize("change", [renamed, with_nan, shorter, other_state, newer])
def test_a_file_that_was_changed_so_that_it_is_no_recording_is_refused(exported, tmp_path, change):
    nwb, back = tmp_path / "a.nwb", tmp_path / "a.nc"
    nwb.write_bytes(exported)
    with h5py.File(nwb, "r+") as file:
        change(file)
    with pytest.raises(NeurosimError, match=r"a\.n"):
        restore_recording(nwb, back)
    assert not back.exists()


def test_a_flipped_bit_in_a_number_is_an_error(exported, tmp_path):
    nwb = tmp_path / "a.nwb"
    nwb.write_bytes(exported)
    with h5py.File(nwb) as file:
        place = file["intervals/epochs/start_time"].id.get_chunk_info(0).byte_offset
    content = bytearray(exported)
    content[place + 9] ^= 1
    nwb.write_bytes(content)
    with pytest.raises(NeurosimError, match=r"a\.nwb"):
        restore_recording(nwb, tmp_path / "a.nc")


@pytest.mark.parametrize("name", ["steps", "rate", "late"])
def test_regular_clocks_have_a_formula_to_the_last_bit(name, rng):
    times = CLOCKS[name](500, rng)
    assert np.array_equal(RegularClock.of(times).times(500), times)


def test_irregular_clocks_have_none(rng):
    assert RegularClock.of(CLOCKS["video"](500, rng)) is None
    assert RegularClock.of(np.arange(500) * 0.02 + rng.uniform(0, 1e-12, 500)) is None
