"""A real CA1 recording, where the folder with it exists beside the project."""

import html
import importlib
import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml

from neurosim.__main__ import main
from neurosim.decode.checks.verdicts import checks_of
from neurosim.decode.position import decode_wake_position
from neurosim.decode.tuning import FieldParameters
from neurosim.files import Provenance, load, save
from neurosim.recording import open_recording
from neurosim.seeds import generator
from neurosim.tasks.recorded_chains import ChainParameters, RecordedTrack

SOURCE = Path(__file__).parents[2] / "shared" / "data" / "linear_track_ca1" / "recording.npz"
pytestmark = pytest.mark.skipif(
    not SOURCE.exists(), reason="the real recording is not beside the project"
)

FIELDS = FieldParameters(
    n_bins=50, smoothing_bins=1.5, min_speed_m_s=0.08, speed_smoothing_s=0.25, rate_floor_hz=0.05
)
CONFIG = yaml.safe_load((Path(__file__).parents[1] / "config" / "config.yaml").read_text())
RATIOS = {"slowest_ratio": 1.0, "fastest_ratio": 100.0}
KINDS = ("fields", "wake", "candidates", "events", "significance", "own", "dynamics", "heading")
KINDS += ("checks",)
README_ERROR = {0.125: 7.0, 0.25: 5.7, 0.5: 4.8}  # % of the track


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    out = tmp_path_factory.mktemp("real") / "linear_track_ca1.nc"
    names = {
        "t_s": "position_time_s",
        "x_px": "x",
        "y_px": "y",
        "spike_times_s": "spike_time_s",
    }
    arguments = ["import", str(SOURCE), str(out), "--region", "CA1", "--unknown-scale"]
    for theirs, ours in names.items():
        arguments += ["--rename", f"{theirs}={ours}"]
    for epoch in ("4442.86:5361.97:run:run:linear", "5381.97:6379.46:rest:post:none"):
        arguments += ["--epoch", epoch]
    assert main(arguments) == 0
    return out


@pytest.fixture(scope="module")
def real(imported):
    return open_recording(imported)


def test_units_spikes_and_laps_are_those_of_its_description(real):
    assert real.units.sizes["unit"] == 31
    assert real.spikes.sizes["spike"] == 28_829
    assert real.behaviour["lap"].values.max() + 1 == 47


@pytest.mark.parametrize("width", sorted(README_ERROR))
def test_decoding_is_within_a_third_of_a_point_of_its_description_or_better(real, width):
    decoded = decode_wake_position(real, FIELDS, width, 10)
    # A silent bin has no estimate here. The description does not say what it does with them:
    # counting them at the first position is the harder reading.
    error = 100 * np.abs(decoded["estimate"].fillna(0.01) - decoded["position"])
    assert float(error.median()) <= README_ERROR[width] + 0.3


@pytest.mark.parametrize("source", ["true_paths", "wake_decoded", "spikes"])
def test_its_laps_become_chains_that_no_law_but_their_own_is_needed_for(real, source):
    track = RecordedTrack.of_laps(real, real.track_name(), 0.2)  # fifths of the track
    parameters = ChainParameters(0.2, 0.25, 0.02, FIELDS, 10, 0.05)
    chains, is_reverse, maze = track.chains(source, parameters, generator(1, source))
    assert chains.size == 47
    assert not is_reverse.any()
    assert maze.law.endpoint_entropies() == pytest.approx((1.0, 1.0), abs=0.01)  # up and down


def run(rule, **arguments):
    importlib.import_module(rule).main(seed=1, **arguments)


@pytest.fixture(scope="module")
def page(imported, tmp_path_factory):
    """Its page as the rules make it, with few shuffles and planted events."""
    folder, replay = tmp_path_factory.mktemp("page"), CONFIG["replay"]
    at = {kind: folder / kind / "ca1.nc" for kind in KINDS}
    data, decoded = {"recording": imported}, {name: at[name] for name in ("fields", "candidates")}
    fit = {"fields": replay["fields"], "bin_s": replay["fit_bin_s"]}
    tested = {name: replay["significance"][name] for name in ("shuffles", "bin_s")}
    tested["n_shuffles"] = 19
    run("fit_place_fields", **data, out=at["fields"], maps=folder / "maps.nc", **fit)
    run(
        "decode_wake_position", **data, out=at["wake"], fields=replay["fields"],
        wake={"bins_s": [0.25], "n_folds": 5},
    )  # fmt: skip
    run("find_candidate_events", **data, out=at["candidates"], candidates=replay["candidates"])
    few = load(at["candidates"])
    save(few.isel(event=slice(0, 60)), folder / "few.nc", Provenance("a test", "few", 1, {}))
    decoded["candidates"] = folder / "few.nc"
    run(
        "decode_events", **data, **decoded, out=at["events"],
        trajectories=replay["trajectories"],
    )  # fmt: skip
    run(
        "calibrate_recording", **data, **decoded, out=at["own"], subject="ca1",
        twins={"n_twins": 2, "n_events": 40, "min_span": 0.1} | RATIOS,
        analysis={
            "fields": replay["fields"],
            "fit_bin_s": replay["fit_bin_s"],
            "trajectories": replay["trajectories"],
            "significance": tested,
        },
    )  # fmt: skip
    run(
        "shuffle_events", **data, **decoded, out=at["significance"], subject="ca1",
        significance=tested, own=at["own"],
    )  # fmt: skip
    checks = {name: replay[name] for name in ("fields", "fit_bin_s")}
    checks |= {name: replay["candidates"][name] for name in ("states", "min_cells")}
    run(
        "check_recording", **data, candidates=at["candidates"], out=at["checks"], subject="ca1",
        checks=checks | {"n_shuffles": 99},
    )  # fmt: skip
    for kind in ("dynamics", "heading"):  # are left out
        save(xr.Dataset(attrs={"missing": "left out"}), at[kind], Provenance("x", "x", 1, {}))
    options = {"states": ["rest", "nrem"], "alpha": 0.05, "bins_s": [0.25], "n_events": 1}
    run(
        "describe_recording", **data, **at, out=folder / "ca1.html", templates=[],
        references=Path(__file__).parents[1] / "config" / "references.csv",
        options=options | {"heading_bin_s": 0.1, "turns": {}},
    )  # fmt: skip
    markup = (folder / "ca1.html").read_text().partition("<body>")[2].partition("<script>")[0]
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())
    return checks_of(load(at["checks"])), text


def test_its_page_says_what_was_recorded_and_what_a_person_would_look_at(page):
    checks, text = page
    assert "31 CA1 units; 15.3 min running, 16.6 min rest." in text
    assert "47 laps on a linear track of unknown length: 24 outbound, 23 inbound." in text
    assert re.search(r"\d+ of 60 candidate events in rest pass the test", text)
    assert "decoded position is 5" in text
    verdicts = {check.name: check.verdict for check in checks}
    assert verdicts["active_units"] == "look"  # 18 of 31 fire on the track
    assert verdicts["duplicate_units"] == "look"  # one pair shares 30 % of its spikes
    assert verdicts["position_units"] == "look"  # in pixels of unknown size
    assert {verdicts[name] for name in ("field_stability", "laps", "clock_gaps")} == {"fine"}
    assert next(c for c in checks if c.name == "candidate_events").value == 299
    assert "in 2 twins of the recording" in text
    assert "dynamics of each event" not in text
