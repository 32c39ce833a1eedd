"""Import of other labs' NWB files, and what is said about bad ones."""

import json

import numpy as np
import pytest
from foreign_nwb import (
    BEGIN,
    END,
    RATE,
    add_heading,
    add_intervals,
    add_position,
    add_units,
    behavior,
    new_file,
    running,
    trains,
    whole_file,
    write,
)
from pynwb import TimeSeries
from pynwb.epoch import TimeIntervals
from pynwb.event import EventsTable

from neurosim.__main__ import main
from neurosim.files import flag_names, load
from neurosim.recording import group_names, open_recording

TIME = np.arange(round(END * RATE)) / RATE


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The file of another lab, and the recording that it becomes."""
    folder = tmp_path_factory.mktemp("lab")
    source = write(whole_file(np.random.default_rng(3)), folder / "lab.nwb")
    assert main(["import", str(source), str(folder / "lab.nc")]) == 0
    return source, folder / "lab.nc"


@pytest.fixture
def run(tmp_path, capsys):
    """Write a file, import it; returns exit code, the recording and the last line that was said."""

    def run_import(nwbfile, *options):
        source = nwbfile if not hasattr(nwbfile, "units") else write(nwbfile, tmp_path / "lab.nwb")
        code = main(["import", str(source), str(tmp_path / "lab.nc"), *map(str, options)])
        said = capsys.readouterr().err.strip().splitlines()
        return code, tmp_path / "lab.nc", said[-1] if said else ""

    return run_import


@pytest.fixture
def map_file(tmp_path):
    def write_map(text: str):
        (tmp_path / "map.yaml").write_text(text)
        return tmp_path / "map.yaml"

    return write_map


def file_with(rng, *parts, **units):
    nwbfile = new_file()
    add_units(nwbfile, units.pop("spikes", trains(rng)), **units)
    for part in parts:
        part(nwbfile)
    return nwbfile


def test_units_have_regions_and_sides_and_keep_their_spikes(whole):
    recording = open_recording(whole[1])
    assert recording.units["region"].values.tolist() == ["CA1", "CA1", "ADN", "SC"]
    assert recording.units["hemisphere"].values.tolist() == ["right", "right", "", ""]
    given = trains(np.random.default_rng(3))
    for unit, train in enumerate([given[0], given[1], given[2], given[4]]):
        np.testing.assert_array_equal(recording.spikes_of(np.array([unit]))[0], train)


def test_positions_are_in_metres_by_unit_and_conversion(whole):
    recording = open_recording(whole[1])
    np.testing.assert_array_equal(recording.time, TIME)
    expected = running(TIME)
    found = np.hypot(*recording.behaviour["position"].values.T)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert recording.track_length == pytest.approx(2.0, abs=1e-3)


def test_head_direction_is_in_radians_on_the_clock_of_the_position(whole):
    recording = open_recording(whole[1])
    expected = np.deg2rad(12 * recording.time)
    apart = np.angle(np.exp(1j * (recording.behaviour["head_direction"].values - expected)))
    np.testing.assert_allclose(apart[1:-1], 0, atol=1e-5)


def test_states_and_environments_come_from_tables_that_overlap(whole):
    epochs = open_recording(whole[1]).epochs
    assert flag_names(epochs["state"]).tolist() == ["run", "rest", "nrem", "rem", "rest"]
    assert flag_names(epochs["environment"]).tolist() == ["linear"] + ["none"] * 4
    assert flag_names(epochs["phase"]).tolist() == ["run"] + ["post"] * 4
    assert epochs["stop"].values.tolist() == [60.0, 70.0, 85.0, 95.0, 100.0]


def test_rewards_are_at_the_ends_of_the_track(whole):
    rewards = open_recording(whole[1]).rewards
    assert rewards["time"].values.tolist() == [10.0, 20.0, 30.0]
    assert rewards["well"].values.tolist() == [1, 0, 1]


@pytest.mark.parametrize("kind", ["events", "intervals"])
def test_rewards_can_stand_in_a_table(rng, run, kind):
    nwbfile = file_with(rng, add_position, add_intervals)
    if kind == "events":
        table = EventsTable(name="rewards", description="drops of milk")
        for time in (10.0, 20.0):
            table.add_event(timestamp=time)
    else:
        table = TimeIntervals(name="rewards", description="drops of milk")
        for time in (10.0, 20.0):
            table.add_row(start_time=time, stop_time=time + 0.1)
    behavior(nwbfile).add(table)
    code, out, said = run(nwbfile)
    assert code == 0, said
    assert load(out, "rewards")["time"].values.tolist() == [10.0, 20.0]


def test_what_is_shown_is_a_map_that_gives_the_same_recording(whole, run, capsys, map_file):
    assert main(["import", str(whole[0]), "--show"]) == 0
    shown = capsys.readouterr().out
    assert "electrodes.location: right CA1 (2)" in shown
    assert "behavior/Position/led: (2000, 2), 0 to 99.95 s, from 0 to 141.4 cm" in shown
    assert "state: WAKE (2), NREM (1), REM (1)" in shown
    assert "missing for the study replay: nothing" in shown
    code, out, _ = run(whole[0], "--map", map_file(shown))
    assert code == 0
    assert out.read_bytes() == whole[1].read_bytes()


@pytest.mark.parametrize("regions", ["electrodes", "group", "column"])
def test_regions_stand_with_electrodes_groups_or_in_a_column(rng, run, regions):
    code, out, _ = run(file_with(rng, add_position, add_intervals, regions=regions))
    assert code == 0
    assert load(out, "units")["region"].values.tolist() == ["CA1", "CA1", "ADN", "SC"]


def test_a_session_keeps_its_date_through_a_second_export(whole, tmp_path):
    from pynwb import NWBHDF5IO

    nwb = tmp_path / "again.nwb"
    assert main(["export", str(whole[1]), str(nwb)]) == 0
    with NWBHDF5IO(nwb, "r") as file:
        nwbfile = file.read()
        assert nwbfile.session_start_time == BEGIN
        assert nwbfile.subject.subject_id == "rat7"
        assert nwbfile.institution == "A university"
    assert main(["import", str(nwb), str(tmp_path / "again.nc")]) == 0
    for group in ("behaviour", "epochs", "units", "spikes", "track", "rewards"):
        assert load(tmp_path / "again.nc", group).identical(load(whole[1], group))


@pytest.mark.parametrize(
    ("unit", "scale", "notice"),
    [("radians", np.pi / 180, False), ("degrees", 1.0, False), ("meters", 1.0, True)],
)
def test_angles_are_read_in_either_unit_and_guessed_without(rng, run, caplog, unit, scale, notice):
    nwbfile = file_with(rng, add_position, add_intervals)
    add_heading(nwbfile, unit, scale)
    code, out, _ = run(nwbfile)
    assert code == 0
    heading = load(out, "behaviour")["head_direction"].values
    assert heading[round(20 * RATE)] == pytest.approx(np.deg2rad(240), abs=0.01)
    assert any("taken as degrees" in each.message for each in caplog.records) == notice


def test_heading_without_position_is_enough(rng, run):
    code, out, _ = run(file_with(rng, add_heading, add_intervals), "--epoch", "0:60:run:run:arena")
    assert code == 0
    behaviour = load(out, "behaviour")
    assert np.isnan(behaviour["position"]).all()
    assert np.isfinite(behaviour["head_direction"]).all()


def test_a_map_says_what_cannot_be_guessed(rng, run, map_file):
    """Another series, pixels, regions and states under names that nobody knows."""
    nwbfile = file_with(rng)
    pixels = 400 * running(TIME)
    for name, data in {"near": pixels / 2, "far": pixels}.items():
        both = np.column_stack([0 * data, data])
        add_position(nwbfile, name, "pixels", data=both)
    table = TimeIntervals(name="blocks", description="blocks")
    table.add_column(name="kind", description="kind")
    for start, stop, kind in ((0, 60, "A"), (60, 80, "no"), (80, 100, "1")):
        table.add_row(start_time=float(start), stop_time=float(stop), kind=kind)
    behavior(nwbfile).add(table)
    text = """
        units: {region_column: electrodes.location, regions: {PFC: CA1, ADn: null}}
        position: {series: far, columns: [1, 0], metres_per_unit: 0.01}
        epochs:
          - intervals: blocks
            column: kind
            values: {A: {state: run, environment: linear}, no: {state: nrem}, 1: {state: rem}}
    """
    code, out, said = run(nwbfile, "--map", map_file(text))
    assert code == 0, said
    recording = open_recording(out)
    assert recording.units["region"].values.tolist() == ["CA1"]
    assert recording.track_length == pytest.approx(4.0, abs=0.01)
    assert flag_names(recording.epochs["state"]).tolist() == ["run", "nrem", "rem"]


def test_null_in_a_map_means_that_there_is_none(whole, run, map_file):
    text = "{rewards: null, head_direction: {series: null}}"
    code, out, said = run(whole[0], "--map", map_file(text))
    assert code == 0, said
    recording = open_recording(out)
    assert recording.rewards is None
    assert "head_direction" not in recording.behaviour
    assert recording.track_length == pytest.approx(2.0, abs=1e-3)  # the rest is guessed


def test_truth_is_not_read_from_a_simulated_recording(recording_path, tmp_path, run, capsys):
    nwb = tmp_path / "rat1.nwb"
    assert main(["export", str(recording_path), str(nwb)]) == 0
    capsys.readouterr()
    assert main(["import", str(nwb), "--show"]) == 0
    assert "truth" not in capsys.readouterr().out
    code, out, said = run(nwb, "--metres-per-unit", "1")
    assert code == 0, said
    recording = open_recording(out)
    assert recording.attributes["origin"] == "imported"
    assert not any("truth" in name for name in group_names(out))
    np.testing.assert_array_equal(
        recording.epochs["start"], load(recording_path, "epochs")["start"]
    )


def unsorted(rng):
    spikes = trains(rng)
    spikes[0] = spikes[0][::-1].copy()
    return spikes


def with_nan(rng):
    spikes = trains(rng)
    spikes[1][7] = np.nan
    return spikes


def test_unsorted_spikes_are_sorted_with_a_notice(rng, run, caplog):
    code, out, _ = run(file_with(rng, add_position, add_intervals, spikes=unsorted(rng)))
    assert code == 0
    assert any("sorted the spikes of 1 units" in record.message for record in caplog.records)
    assert np.all(np.diff(load(out, "spikes")["time"]) >= 0)


def two_positions(nwbfile):
    add_position(nwbfile, "head")
    add_position(nwbfile, "body")


def no_clock(nwbfile):
    add_position(nwbfile, timestamps=np.where(TIME == 5.0, np.nan, TIME))


def backwards(nwbfile):
    add_position(nwbfile, timestamps=TIME[::-1].copy())


def pixels(nwbfile):
    add_position(nwbfile, unit="pixels")


def disagreeing(nwbfile):
    nwbfile.add_epoch_column(name="label", description="what")
    nwbfile.add_epoch(0.0, 60.0, label="linear track")
    nwbfile.add_epoch(50.0, END, label="nrem")


def reversed_times(nwbfile):
    nwbfile.add_epoch_column(name="label", description="what")
    nwbfile.add_epoch(60.0, 0.0, label="linear track")


def unknown_labels(nwbfile):
    nwbfile.add_epoch_column(name="label", description="what")
    nwbfile.add_epoch(0.0, 60.0, label="party")


@pytest.mark.parametrize(
    ("parts", "units", "words"),
    [
        ((add_position, add_intervals), {"spikes": with_nan}, ["finite", "unit 1", "spike 7"]),
        ((add_position, add_intervals), {"spikes": lambda rng: []}, ["units", "found none"]),
        ((add_position, add_intervals), {"regions": "none"}, ["region", "--region"]),
        ((add_intervals,), {}, ["position series", "found neither"]),
        ((two_positions, add_intervals), {}, ["'behavior/Position/body'", "position.series"]),
        ((no_clock, add_intervals), {}, ["'behavior/Position/led'", "finite", "index 100"]),
        ((backwards, add_intervals), {}, ["increasing", "sort"]),
        ((pixels, add_intervals), {}, ["'pixels'", "--metres-per-unit", "map"]),
        ((add_position, disagreeing), {}, ["'epochs'", "overlap", "'nrem'", "50.0 to 100.0"]),
        ((add_position, reversed_times), {}, ["stop after start", "60.0 to 0.0"]),
        ((add_position, unknown_labels), {}, ["--show", "--epoch"]),
        ((add_position,), {}, ["ran, rested or slept"]),
    ],
)
def test_bad_files_get_one_line(rng, run, parts, units, words):
    units = {k: v(rng) if callable(v) else v for k, v in units.items()}
    code, out, said = run(file_with(rng, *parts, **units))
    assert code == 2
    assert said.startswith("error: ")
    assert "lab.nwb" in said
    assert all(word in said for word in words), said
    assert not out.exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("position: {serie: led}", ["'position.serie'", "'series'", "'metres_per_unit'"]),
        ("positions: {}", ["'positions'", "'position'"]),
        ("units: {regions: {PFC: V1}}", ["units.regions.PFC", "'V1'", "'CA1'"]),
        ("units: {region: [CA1]}", ["units.region", "text"]),
        ("position: {metres_per_unit: wide}", ["position.metres_per_unit", "number", "'wide'"]),
        ("position: {metres_per_unit: -1}", ["positive", "'-1'"]),
        ("position: {columns: [0, 7]}", ["position.columns", "0 to 1", "7"]),
        ("position: {series: none_such}", ["'none_such'", "'behavior/Position/led'"]),
        ("position: {unknown_scale: perhaps}", ["position.unknown_scale", "'false', 'true'"]),
        ("epochs: {a: 1}", ["epochs", "a list"]),
        ("epochs: [{column: label}]", ["epochs[0]", "intervals"]),
        ("epochs: [{intervals: epochs, column: kind}]", ["'kind'", "'label'"]),
        (
            "epochs: [{intervals: epochs, column: label, values: {maze: {state: run}}}]",
            ["'maze'", "'linear track'"],
        ),
        (
            "epochs: [{intervals: epochs, column: label, values: {sleep box: {stage: rem}}}]",
            ["epochs[0].values.sleep box.stage", "'state'"],
        ),
        ("epochs: [{start: 0, stop: x, state: run}]", ["epochs[0]"]),
        ("units: {region_column: area}", ["units.region_column", "'area'", "electrodes.location"]),
        ("units: {region_column: electrodes.location, regions: {CA2: CA1}}", ["'CA2'", "'ADn'"]),
        ("a: [", ["YAML"]),
        ("rewards: a\nrewards: b", ["YAML", "'rewards'", "before", "line 2"]),
        ("? [a]\n: b", ["YAML", "no key"]),
        ("- 1", ["keys and values"]),
        ("!!python/object/apply:os.system [ls]", ["keys and values"]),
    ],
)
def test_bad_maps_get_one_line(whole, run, map_file, text, words):
    code, out, said = run(whole[0], "--map", map_file(text))
    assert code == 2
    assert said.startswith("error: ")
    assert all(word in said for word in words), said
    assert not out.exists()


def test_arrays_are_of_npz_files(whole, run):
    code, _, said = run(whole[0], "--rename", "t=spike_time_s")
    assert code == 2
    assert "--map" in said


@pytest.mark.parametrize("kind", ["empty", "text", "truncated", "hdf5"])
def test_files_that_are_no_nwb_get_one_line(whole, run, tmp_path, kind):
    import h5py

    source = tmp_path / "bad.nwb"
    content = whole[0].read_bytes()
    source.write_bytes({"empty": b"", "text": b"not HDF5"}.get(kind, content[: len(content) // 2]))
    if kind == "hdf5":
        with h5py.File(source, "w") as file:
            file["x"] = 1
    for options in ([], ["--region", "CA1"]):
        code, _, said = run(source, *options)
        assert code == 2
        assert said.startswith("error: ")
        assert "bad.nwb" in said
    assert main(["import", str(source), "--show"]) == 2


def test_flipped_bytes_never_give_a_traceback(whole, run, tmp_path, rng):
    source, content = tmp_path / "bad.nwb", bytearray(whole[0].read_bytes())
    for _ in range(12):
        damaged = bytearray(content)
        for place in rng.integers(0, len(content), 200):
            damaged[place] ^= 1 << int(rng.integers(8))
        source.write_bytes(damaged)
        code, _, said = run(source)
        assert code in (0, 2)
        assert code == 0 or said.startswith("error: ")


def test_the_checksum_of_the_file_is_noted(whole):
    assert json.loads(load(whole[1], "/").attrs["inputs"]).keys() == {"nwb"}


@pytest.mark.filterwarnings("ignore:The linked table")  # it does, once all is in the file
def test_field_potentials_are_shown(rng, tmp_path, capsys):
    nwbfile = file_with(rng, add_position)
    region = nwbfile.create_electrode_table_region(region=[0, 1], description="two")
    from pynwb.ecephys import LFP, ElectricalSeries

    series = ElectricalSeries(name="lfp", data=np.zeros((10, 2)), rate=5.0, electrodes=region)
    nwbfile.create_processing_module(name="ecephys", description="e").add(LFP(series))
    nwbfile.add_acquisition(TimeSeries(name="ttl", data=[1, 2], unit="n.a.", rate=1.0))
    source = write(nwbfile, tmp_path / "lab.nwb")
    assert main(["import", str(source), "--show"]) == 0
    shown = capsys.readouterr().out
    assert "ecephys/LFP/lfp: (10, 2)" in shown
    assert "other series: ttl" in shown
    assert "missing for the study replay: a run on a linear track, rest or nrem" in shown
