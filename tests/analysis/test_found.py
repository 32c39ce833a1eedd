"""Bursts, tracks and false positives, summarised from files made by hand."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from analysis import bursts, false_positives, tracks
from neurosim.contract import PHASES, STATES
from neurosim.files import Provenance, flags, save
from neurosim.stats.references import load_references
from neurosim.stats.summary import Row, dataset_to_rows

REFERENCES = load_references(Path(__file__).parents[2] / "config" / "references.csv")
MADE = Provenance("By hand", "test", 1)
PLACES, KINDS = ("none", "linear", "linear_b", "w"), ("forward", "remote", "empty", "none")


def written(folder: Path, name: str, data: xr.Dataset) -> Path:
    folder.mkdir(exist_ok=True)
    save(data, folder / f"{name}.nc", MADE)
    return folder / f"{name}.nc"


def rows_by(tree: xr.DataTree) -> dict[tuple[str, str, str], Row]:
    rows = dataset_to_rows(tree["summary"].to_dataset())
    return {(row.quantity, row.condition, row.estimator): row for row in rows}


def named(names, meanings) -> xr.Variable:
    return flags(np.array(names, dtype=object), meanings, "event", "flag")


# Bursts


def test_edges_and_the_share_found_are_those_of_planted_events(tmp_path):
    candidates = xr.Dataset(
        {
            "start": ("event", [0.99, 2.0, 3.5, 5.002]),
            "stop": ("event", [1.2, 2.1, 3.6, 5.1]),
            "state": named(["rest", "rest", "rest", "nrem"], STATES),
        }
    )
    planted = xr.Dataset(
        {
            "planted_index": ("event", [0, 1, -1, 3]),
            "planted_state": named(["rest", "rest", "none", "nrem"], (*STATES, "none")),
            "planted_start": ("event", [1.0, 2.0, np.nan, 5.0]),
            "planted_stop": ("event", [1.1, 2.1, np.nan, 5.1]),
            "n_planted": ("state", [0, 4, 1, 7]),
        },
        {"state": list(STATES)},
    )
    one, beside = (
        [written(tmp_path / kind, "rat1", data)]
        for kind, data in (("candidates", candidates), ("planted", planted))
    )
    found = rows_by(bursts.analyse(one, beside, ["rest", "nrem"]))

    def value(quantity, condition):
        return found[quantity, condition, "population_burst"].estimate

    assert value("burst_edge_error", "rest,start") == pytest.approx(-5)
    assert value("burst_edge_error", "rest,stop") == pytest.approx(50)
    assert value("burst_edge_error", "nrem,start") == pytest.approx(2)
    assert value("burst_detection_rate", "rest") == 0.5
    assert value("burst_detection_rate", "nrem") == 1.0
    assert value("burst_precision", "rest") == pytest.approx(2 / 3)
    assert value("burst_precision", "nrem") == 1.0
    row = found["burst_precision", "rest", "population_burst"]
    assert (row.truth, row.unit, row.origin) == (1.0, "1", "recovered")
    row = found["burst_edge_error", "rest,start", "population_burst"]
    assert (row.truth, row.unit, row.origin) == (0.0, "ms", "recovered")


def test_bursts_that_are_missing_are_said_to_be(tmp_path):
    gone = xr.Dataset(attrs={"missing": "rat1: no CA1"})
    paths = [[written(tmp_path / kind, "rat1", gone)] for kind in ("candidates", "planted")]
    tree = bursts.analyse(*paths, ["rest"])
    assert {row.verdict for row in rows_by(tree).values()} == {"not run"}
    assert all("no CA1" in row.test for row in rows_by(tree).values())
    bursts.draw(tree)


# Tracks


def on_tracks(log_odds, p_value, **other) -> xr.Dataset:
    n = len(log_odds)
    return xr.Dataset(
        {
            "log_odds": ("event", np.array(log_odds, float)),
            "p_value": (("event", "track"), np.array(p_value, float)),
            "state": named(["rest"] * n, STATES),
            "phase": named(other.get("phase", ["post"] * n), PHASES),
        },
        {"track": ["linear", "linear_b"]},
    )


@pytest.fixture
def two_tracks(tmp_path):
    """A simulated subject, an imported recording with the same events, and one of one track."""
    first, second, neither, both = [0.01, 0.9], [0.9, 0.01], [0.9, 0.9], [0.01, 0.01]
    data = on_tracks(
        [2.0, 3.0, -1.0, -2.0, 9.0, 0.5, -7.0],
        [first, first, second, second, both, neither, second],
        phase=["post"] * 6 + ["pre"],
    )
    planted = xr.Dataset(
        {
            "planted_environment": named(
                ["linear", "linear", "linear_b", "linear", "w", "none", "linear_b"], PLACES
            ),
            "planted_kind": named(
                ["forward", "forward", "remote", "empty", "forward", "none", "remote"], KINDS
            ),
        }
    )
    gone = xr.Dataset(attrs={"missing": "small: expected two tracks"})
    compared = [
        written(tmp_path / "tracks", name, one)
        for name, one in (("rat1", data), ("own", data), ("small", gone))
    ]
    beside = {name: written(tmp_path / "planted", name, planted) for name in ("rat1",)}
    choice = tracks.Choice(("rat1",), ("rest",), 0.05)
    return tracks.analyse(compared, beside, choice, REFERENCES)


def test_log_odds_are_compared_by_the_track_of_detection(two_tracks):
    found = rows_by(two_tracks)
    row = found["track_log_odds_difference", "rest", "track_log_odds"]
    assert row.estimate == pytest.approx(2.5 - -1.5)
    assert row.reference_id == "F010a"
    measured = found["track_log_odds_difference", "rest,recording=own", "track_log_odds"]
    error = np.sqrt(0.5 / 2 + 0.5 / 2)
    assert (measured.estimate, measured.n, measured.origin) == (4.0, 4, "measured")
    assert measured.ci_high - measured.ci_low == pytest.approx(2 * 1.96 * error)
    small = found["track_log_odds_difference", "rest,recording=small", "track_log_odds"]
    assert (small.verdict, small.test) == ("not run", "not run: small: expected two tracks")


def test_events_planted_on_a_track_have_its_sign(two_tracks):
    """Empty bursts and events before running say nothing of a track."""
    found = rows_by(two_tracks)
    for place in ("first", "second"):
        row = found["remote_event_accuracy", f"{place} track", "track_log_odds"]
        assert (row.estimate, row.truth, row.origin) == (1.0, 1.0, "recovered")
    assert not any("recording" in where for quantity, where, _ in found if "remote" in quantity)
    planted = two_tracks["events"].to_dataset()["planted"].values[:6].tolist()
    assert planted == ["first", "first", "second", "none", "none", "none"]
    tracks.draw(two_tracks)


# False positives


def calibrated(detectors=("time_bin", "cell_identity"), scores=("weighted_correlation", "line")):
    rate = np.zeros((2, 2, 2, 2, 3))
    rate[:, :, 0] = 0.2
    rate[:, :, 1] = [[0.04, 0.05, 0.06], [0.9, 0.9, 0.9]]
    kinds, dims = ["forward", "empty"], ("detector", "score", "level")
    return xr.Dataset(
        {
            "alpha": (("detector", "score", "bound"), np.full((2, 2, 3), 0.01), {"units": "1"}),
            "false_positive_rate": ((*dims, "null", "population"), rate),
            "power": ((*dims, "kind", "population"), np.full(rate.shape, 0.8), {"units": "1"}),
            "n_null": (("detector", "null", "population"), np.full((2, 2, 3), 50)),
            "n_planted": (("kind", "population"), np.full((2, 3), 10)),
            "main_null": ("detector", ["cell_identity", "cell_identity"]),
        },
        {
            "detector": list(detectors),
            "score": list(scores),
            "level": ["nominal", "calibrated"],
            "null": ["cell_identity", "time_bin"],
            "kind": kinds,
            "bound": ["value", "low", "high"],
        },
    )


def test_rates_are_those_of_the_null_set_that_alpha_was_found_on(tmp_path):
    names = ("time_bin", "place_field_rotation+time_bin")
    paths = [written(tmp_path, name, calibrated(names)) for name in ("plain", "bursty")]
    tables = {"plain": {"n_cells": 80}, "bursty": {"n_cells": 80, "spikes": "bursty"}}
    tree = false_positives.analyse(paths, tables, REFERENCES)
    found = rows_by(tree)
    row = found["false_positive_rate", "calibrated,cells=80", "time_bin"]
    assert (row.estimate, row.truth, row.verdict) == (pytest.approx(0.05), 0.05, "recovers")
    assert "150 events" in row.test
    nominal = found["false_positive_rate", "nominal,cells=80,spikes=bursty,score=line", "time_bin"]
    assert (nominal.origin, nominal.reference_id) == ("emergent", "F004")
    pair = found["false_positive_rate", "nominal,cells=80", names[1]]
    assert pair.reference_id == "F001"
    power = found["detection_power", "cells=80,kind=forward", "time_bin"]
    assert power.estimate == pytest.approx(0.8)
    assert tree["alpha"].sizes == {"table": 2, "detector": 2}
    false_positives.draw(tree)
