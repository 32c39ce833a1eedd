"""What a recording's own cells say: rows of its bias table, and the compression behind it."""

import numpy as np
import pytest
import xarray as xr

from analysis import own_cells, own_cells_figure
from neurosim import MissingData
from neurosim.decode.trajectories import ESTIMATORS, EVENT_DIRECTIONS
from neurosim.files import Provenance, flags, save, save_or_explain
from neurosim.stats.references import load_references
from neurosim.stats.summary import dataset_to_rows

BIAS, NOISE, ALPHA = 0.8, 0.15, 0.05


def own_table(rng, n=400, power=0.6):
    """Twins whose readings are 0.8 of what was planted, and null events that pass at random."""
    true = np.exp(rng.uniform(np.log(3), np.log(60), n))
    read = true * BIAS * np.exp(rng.normal(0, NOISE, n))
    read = np.concatenate([read, rng.uniform(2, 80, n)])
    blank = np.full(n, np.nan)
    forward = rng.random(2 * n) < 0.5
    passed = np.concatenate([rng.random(n) < power, rng.random(n) < ALPHA])
    speed = np.concatenate([true / 2, blank])
    return xr.Dataset(
        {
            "set": ("event", np.repeat([0, 1], n)),
            "significant": ("event", passed.astype(int)),
            "compression": (("event", "estimator"), np.tile(read, (len(ESTIMATORS), 1)).T),
            "true_compression": ("event", np.concatenate([true, blank])),
            "true_speed": ("event", speed),
            "speed_low": ("event", 0.7 * speed),
            "speed_high": ("event", np.where(np.arange(2 * n) % 10, 1.3, 0.9) * speed),
            "true_forward": ("event", np.where(np.arange(2 * n) < n, forward, -1)),
            "direction": flags(
                np.where(forward, *EVENT_DIRECTIONS[:2]), EVENT_DIRECTIONS, "event", "direction"
            ),
            "log_range": ("event", np.concatenate([np.full(n, np.log(20)), blank])),
            "duration": ("event", rng.uniform(0.05, 0.3, 2 * n)),
        },
        coords={"estimator": list(ESTIMATORS)},
        attrs={"calibrated_alpha": ALPHA},
    )


def recorded(rng, n, n_passing, true):
    """Recorded events of NREM after running, those that pass first."""
    compression = np.full(n, np.nan)
    compression[:n_passing] = true * BIAS * np.exp(rng.normal(0, NOISE, n_passing))
    start = np.arange(n) * 2.0
    events = xr.Dataset(
        {
            "state": flags(np.full(n, "nrem"), ("rest", "nrem"), "event", "state"),
            "phase": flags(np.full(n, "post"), ("pre", "post"), "event", "phase"),
            "start": ("event", start),
            "stop": ("event", start + rng.uniform(0.05, 0.3, n)),
            "compression": (
                ("event", "estimator"),
                np.tile(compression, (len(ESTIMATORS), 1)).T,
            ),
        },
        coords={"estimator": list(ESTIMATORS)},
    )
    p = np.where(np.arange(n) < n_passing, 0.001, 0.5)[:, None, None]
    tested = xr.Dataset(
        {"graded_p_value": (("event", "score", "shuffle"), p)},
        coords={"score": ["weighted_correlation"], "shuffle": ["cell_identity"]},
    )
    return events, tested


@pytest.fixture
def saved(tmp_path):
    def write(name, **tables):
        paths = {}
        for kind, table in tables.items():
            paths[kind] = tmp_path / kind / f"{name}.nc"
            provenance = Provenance("a test", "make_test", 1, {})
            if callable(table):
                save_or_explain(table, paths[kind], provenance)
            else:
                save(table, paths[kind], provenance)
        return own_cells.Files(paths["own"], paths["events"], paths["significance"], None)

    return write


@pytest.fixture(scope="module")
def references():
    return load_references("config/references.csv")


def answer(files, references):
    tree = own_cells.analyse([files], ("rest", "nrem"), references, 1)
    rows = dataset_to_rows(tree["summary"].to_dataset())
    return tree, {(row.quantity, row.condition, row.estimator): row for row in rows}


def test_bias_is_found_and_taken_out(saved, references, rng):
    true = 20 * np.exp(rng.normal(0, 0.2, 120))
    events, tested = recorded(rng, 300, 120, true)
    files = saved("mine", own=own_table(rng), events=events, significance=tested)
    tree, rows = answer(files, references)
    bias = rows["own_speed_bias", "recording=mine", "likelihood"]
    assert bias.estimate == pytest.approx(BIAS, rel=0.03)
    assert (bias.truth, bias.verdict) == (1, "does not recover")
    corrected = rows["compression_corrected", "nrem,median,recording=mine", "likelihood"]
    assert corrected.origin == "measured"
    assert corrected.ci_low <= np.median(true) <= corrected.ci_high
    assert corrected.reference_id == "A006"
    assert np.median(events["compression"].values[:120]) < 0.9 * corrected.estimate
    assert own_cells_figure.draw(tree).axes


def test_tests_and_intervals_are_counted(saved, references, rng):
    own = own_table(rng)
    events, tested = recorded(rng, 100, 40, np.full(40, 20.0))
    _, rows = answer(saved("mine", own=own, events=events, significance=tested), references)
    at = ("recording=mine", "likelihood")
    passed = own["significant"].values
    assert rows["own_power", *at].estimate == pytest.approx(passed[:400].mean())
    assert rows["own_false_positive_rate", *at].estimate == pytest.approx(passed[400:].mean())
    assert rows["own_interval_coverage", *at].estimate == pytest.approx(0.9, abs=0.05)
    assert rows["own_direction_accuracy", *at].estimate == 1


def test_nothing_is_said_where_most_of_what_passes_is_false(saved, references, rng):
    events, tested = recorded(rng, 300, 20, np.full(20, 20.0))
    tree, rows = answer(
        saved("mine", own=own_table(rng), events=events, significance=tested), references
    )
    row = rows["compression_corrected", "nrem,median,recording=mine", "likelihood"]
    assert row.verdict == "not run"
    assert "75% are expected to be false" in row.test
    resting = rows["compression_corrected", "rest,median,recording=mine", "likelihood"]
    assert "no event after running passes" in resting.test
    assert own_cells_figure.draw(tree).axes


def test_a_recording_that_has_no_twins_says_why(saved, references, rng):
    def fails():
        raise MissingData("mine: expected a linear track, found none")

    events, tested = recorded(rng, 30, 20, np.full(20, 20.0))
    tree, rows = answer(saved("mine", own=fails, events=events, significance=tested), references)
    assert {row.verdict for row in rows.values()} == {"not run"}
    assert all("expected a linear track" in row.test for row in rows.values())
    assert own_cells_figure.draw(tree).axes
