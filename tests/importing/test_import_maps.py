"""Maps: what is guessed, what people write, and how tables of intervals become epochs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.__main__ import main
from neurosim.contract import STATES
from neurosim.files import flag_names
from neurosim.importing.angles import resampled
from neurosim.importing.epochs import Epoch
from neurosim.importing.intervals import Labelled, combine
from neurosim.importing.labels import Meaning, is_wake, meaning_of, region_of, side_of
from neurosim.importing.map_file import read_map
from neurosim.importing.mapping import ImportMap, IntervalsMap
from neurosim.recording import open_recording

HERE = Path("a.nwb")


@pytest.mark.parametrize(
    ("text", "region", "side"),
    [
        ("CA1", "CA1", ""),
        ("lh dCA1", "CA1", "left"),
        ("Field CA1, stratum oriens", "CA1", ""),
        ("CA3", None, ""),
        ("hippocampus", None, ""),
        ("ADn", "ADN", ""),
        ("anterodorsal nucleus (right)", "ADN", "right"),
        ("ATN", None, ""),
        ("SCiw", "SC", ""),
        ("superior_colliculus_R", "SC", "right"),
        ("SCN", None, ""),
        ("visual cortex", None, ""),
    ],
)
def test_regions_are_known_by_what_labs_call_them(text, region, side):
    assert region_of(text) == region
    assert side_of(text) == side


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("NREMstate", {"state": "nrem"}),
        ("non-REM sleep", {"state": "nrem"}),
        ("SWS", {"state": "nrem"}),
        ("REM", {"state": "rem"}),
        ("quietWake", {"state": "rest"}),
        ("LinearTrack", {"state": "run", "phase": "run", "environment": "linear"}),
        ("open field 2", {"state": "run", "phase": "run", "environment": "arena"}),
        ("W-track", {"state": "run", "phase": "run"}),
        ("POSTEpoch", {"phase": "post"}),
        ("rest after TTX, right", {"state": "rest", "phase": "post", "inactivation": "ttx_right"}),
        ("saline", {"inactivation": "saline"}),
        ("WAKE", {}),
        ("sleep box", {}),
        ("", {}),
    ],
)
def test_labels_mean_what_labs_mean_by_them(label, said):
    assert meaning_of(label).fields == said
    assert is_wake(label) == (label == "WAKE")


def table(name, rows, meanings):
    start, stop, label = zip(*rows, strict=True)
    return Labelled(name, np.array(start, float), np.array(stop, float), list(label), meanings)


@st.composite
def tables(draw):
    """Tables of intervals that do not overlap within a table; some labels mean nothing."""
    found = []
    for index in range(draw(st.integers(1, 3))):
        edges = sorted(draw(st.sets(st.integers(0, 40), min_size=2, max_size=8)))
        names = draw(st.lists(st.sampled_from([*STATES, "?"]), min_size=len(edges)))
        rows = [
            (a, b, name)
            for a, b, name in zip(edges[:-1], edges[1:], names, strict=False)
            if draw(st.booleans())
        ]
        if rows:
            meanings = {name: Meaning(state=name) for name in STATES}
            found.append(table(f"table{index}", rows, meanings))
    return found


@given(tables())
def test_every_moment_has_the_state_that_the_last_table_gives_it(found):
    def oracle(moment):
        state = None
        for each in found:
            for start, stop, label in zip(each.start, each.stop, each.label, strict=True):
                if start <= moment < stop and label != "?":
                    state = label
        return state

    moments = np.arange(0, 41) + 0.5
    expected = [oracle(moment) for moment in moments]
    if not any(expected):
        with pytest.raises(NeurosimError, match="ran, rested or slept"):
            combine(found, HERE)
        return
    epochs = combine(found, HERE)
    assert np.all(epochs.start[1:] >= epochs.stop[:-1])
    assert np.all(epochs.stop > epochs.start)
    for moment, state in zip(moments, expected, strict=True):
        inside = (epochs.start <= moment) & (moment < epochs.stop)
        assert epochs.state[inside].tolist() == ([] if state is None else [state])


def test_tables_add_up():
    states = table(
        "states", [(0, 50, "w"), (50, 100, "s")], {"w": Meaning("run"), "s": Meaning("rem")}
    )
    places = table("places", [(10, 40, "t")], {"t": Meaning(environment="linear")})
    drugs = table("drugs", [(60, 200, "d")], {"d": Meaning(inactivation="ttx_left")})
    epochs = combine([states, places, drugs], HERE)
    assert epochs.start.tolist() == [0, 10, 40, 50, 60]
    assert epochs.environment.tolist() == ["none", "linear", "none", "none", "none"]
    assert epochs.inactivation.tolist() == ["none"] * 4 + ["ttx_left"]
    assert epochs.phase.tolist() == ["run"] * 3 + ["post"] * 2


def test_sleep_before_the_first_run_is_pre():
    rows = [(0, 10, "nrem"), (10, 20, "run"), (20, 30, "nrem"), (30, 40, "run"), (40, 50, "rem")]
    epochs = combine([table("t", rows, {name: Meaning(name) for name in STATES})], HERE)
    assert epochs.phase.tolist() == ["pre", "run", "post", "run", "post"]


def test_intervals_that_touch_but_for_rounding_do_not_overlap():
    rows = [(0, 10.0000001, "run"), (10, 20, "rem")]
    epochs = combine([table("t", rows, {n: Meaning(n) for n in STATES})], HERE)
    assert epochs.state.tolist() == ["run", "rem"]


def test_head_direction_is_interpolated_across_short_gaps_alone():
    clock = np.arange(20) * 1.0
    angle = np.mod(6.0 + 0.1 * clock, 2 * np.pi)  # passes 2 pi
    angle[[5, 10, 11, 12, 13]] = np.nan
    found = resampled(clock, angle, np.array([2.5, 5.0, 11.5, 19.0, 21.0, 40.0]))
    expected = 6.0 + 0.1 * np.array([2.5, 5.0])
    np.testing.assert_allclose(np.angle(np.exp(1j * (found[:2] - expected))), 0, atol=1e-9)
    assert np.isnan(found[[2, 5]]).all()
    assert np.isfinite(found[[3, 4]]).all()


def test_a_map_is_read_as_it_is_written(tmp_path):
    path = tmp_path / "map.yaml"
    path.write_text(
        """
        units: {region_column: area, regions: {CA1: CA1, no: null}, region: ~}
        position: {series: led, columns: 1, unknown_scale: true}
        head_direction: {unit: degrees, clockwise: true}
        rewards: licks
        epochs:
          - {intervals: epochs, column: tags, values: {2: {state: run}, off: {}, null: null}}
        """
    )
    found = read_map(path)
    assert found.units.regions == {"CA1": "CA1", "no": None}
    assert found.position.columns == (1,)
    assert found.position.scale.unit == "track"
    assert found.head_direction.clockwise
    values = {"2": Meaning("run"), "off": Meaning(), "null": Meaning()}
    assert found.epochs == (IntervalsMap("epochs", "tags", values),)


def test_epochs_can_stand_in_a_map_one_by_one(tmp_path):
    path = tmp_path / "map.yaml"
    path.write_text("epochs: [{start: 1, stop: 2.5, state: rem, phase: post, environment: none}]")
    assert read_map(path).epochs == (Epoch(1.0, 2.5, "rem", "post", "none"),)
    path.write_text("epochs: [{intervals: a}, {start: 1}]")
    with pytest.raises(NeurosimError, match=r"epochs\[1\]"):
        read_map(path)


@pytest.mark.parametrize("text", ["", "# nothing\n", "units:\nepochs:\n"])
def test_an_empty_map_says_nothing(tmp_path, text):
    (tmp_path / "map.yaml").write_text(text)
    assert replace(read_map(tmp_path / "map.yaml"), said=frozenset()) == ImportMap()


def test_an_npz_is_shown_and_imported_with_the_map_that_is_shown(tmp_path, capsys, rng):
    time = np.arange(0, 100, 0.05)
    source, out = tmp_path / "own.npz", tmp_path / "own.nc"
    np.savez(
        source,
        spikes=np.sort(rng.uniform(0, 100, 80)),
        clu=rng.integers(0, 3, 80),
        t=time,
        x_px=100 * (1 - np.cos(time / 3)),
        y_px=0 * time,
        hd=np.mod(10 * time, 360),
        unit_region=np.array(["HPC", "HPC", "AD"]),
    )
    assert main(["import", str(source), "--show"]) == 0
    shown = capsys.readouterr().out
    assert "clu: int64 (80,), 0 to 2" in shown
    assert "spike_unit: clu" in shown
    assert "unit_region: HPC (2), AD (1)" in shown
    assert "missing for the study replay: units of CA1" in shown
    run = "{start: 0, stop: 100, state: run, phase: run, environment: linear}"
    said = {
        "HPC: null": "HPC: CA1",
        "metres_per_unit: null": "metres_per_unit: 0.01",
        "unit: null": "unit: degrees",
        "epochs: []": f"epochs: [{run}]",
    }
    for before, after in said.items():
        assert before in shown
        shown = shown.replace(before, after)
    (tmp_path / "map.yaml").write_text(shown)
    assert main(["import", str(source), str(out), "--map", str(tmp_path / "map.yaml")]) == 0
    recording = open_recording(out)
    assert recording.units["region"].values.tolist() == ["CA1", "CA1", "ADN"]
    assert recording.track_length == pytest.approx(2.0, abs=0.01)
    heading = recording.behaviour["head_direction"].values
    np.testing.assert_allclose(np.rad2deg(heading), np.mod(10 * time, 360), atol=1e-3)
    assert flag_names(recording.epochs["state"]).tolist() == ["run"]


def test_other_files_are_refused(tmp_path, capsys):
    for options in (["--show"], [str(tmp_path / "a.nc")]):
        assert main(["import", str(tmp_path / "a.mat"), *options]) == 2
        assert "'.mat'" in capsys.readouterr().err
    assert main(["import", str(tmp_path / "a.nwb")]) == 2
    assert "OUT.nc" in capsys.readouterr().err
