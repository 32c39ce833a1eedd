"""Rows of turn cells and population turn events: truth, null, sign tests, what is missing."""

import numpy as np
import pytest
import xarray as xr

from analysis import turn_cells, turn_events, turn_events_figure
from neurosim import MissingData
from neurosim.decode.planted_turns import command_event_rates, compare_turn_cells
from neurosim.decode.turn_effects import TurnRule
from neurosim.decode.turn_events import TurnEventRule
from neurosim.decode.turn_patterns import PatternParameters
from neurosim.decode.turn_tests import TurnCellTest
from neurosim.decode.turns import TurnAnalysis, measure_turns
from neurosim.files import Provenance, explained, save, save_or_explain
from neurosim.recording import open_truth
from neurosim.seeds import generator
from neurosim.stats.references import load_references

SEED = 7
RULE = TurnEventRule(0.001, 0.05, 1.0, 3, 1)
ANALYSIS = TurnAnalysis(
    TurnCellTest(0.02, 0.04, 0.5, 5.0, 5.0, 0.05, 50.0),
    RULE,
    TurnRule(0.3, 20.0),
    PatternParameters(0.1, 99),
)
BULK = xr.Dataset(
    {
        "precision": (("gain", "animal"), [[np.nan, 0.0], [1.0, 0.95]]),
        "recall": (("gain", "animal"), [[0.0, 0.0], [1.0, 0.9]]),
        "false_positive_rate": (("gain", "animal"), [[0.04, 0.05], [0.06, 0.03]]),
        "depth": ("gain", [0.0, 0.2]),
        "n_turn_cells": ("animal", [7, 17]),
    },
    {"gain": [0.0, 0.02]},
)


@pytest.fixture(scope="module")
def files(recording, recording_path, tmp_path_factory):
    """Outputs of the rules for a simulated subject, another without populations and an import."""
    folder = tmp_path_factory.mktemp("turns")
    provenance = Provenance("turns", "measure_turns", SEED)
    measured = measure_turns(recording, ANALYSIS, generator(SEED, "turns"))
    save(measured, folder / "rat1.nc", provenance)

    def nothing() -> xr.Dataset:
        raise MissingData("own: expected units in SC, found none")

    few = {f"/{name}": explained(nothing) for name in ("events", "rates", "wake", "example")}
    kept = {f"/{name}": measured[name].to_dataset() for name in ("cells", "patterns")}
    save(xr.DataTree.from_dict(kept | few), folder / "rat2.nc", provenance)
    save_or_explain(nothing, folder / "own.nc", provenance)
    matched = compare_turn_cells(
        measured["cells"].to_dataset(), open_truth(recording_path, "cells/SC")
    ).assign(
        command_rate=command_event_rates(recording, open_truth(recording_path, "heading"), RULE)
    )
    planted = xr.DataTree.from_dict({"/rat1": matched, "/rat2": matched})
    save(planted, folder / "planted.nc", provenance)
    save(BULK, folder / "bulk.nc", provenance)
    return folder


@pytest.fixture(scope="module")
def references(request):
    return load_references(request.config.rootpath / "config" / "references.csv")


@pytest.fixture(scope="module")
def cells(files, references):
    paths = [files / f"{name}.nc" for name in ("rat1", "rat2", "own")]
    loaded = turn_cells.load_turn_cells(
        paths, files / "planted.nc", files / "bulk.nc", ["rat1", "rat2"]
    )
    return turn_cells.analyse(loaded, references)


@pytest.fixture(scope="module")
def events(files, references):
    paths = [files / f"{name}.nc" for name in ("rat1", "rat2", "own")]
    loaded = turn_events.load_turn_events(paths, files / "planted.nc", ["rat1", "rat2"])
    return turn_events.analyse(loaded, references)


def table(tree):
    return tree["summary"].to_dataset().to_dataframe()


def test_precision_and_recall_are_of_simulated_recordings_and_of_gains(cells):
    rows = table(cells)
    conditions = set(rows[rows.quantity == "turn_cell_recall"].condition)
    assert conditions == {"recordings", "planted in bulk,gain=0.02,depth=0.20"}
    bulk = rows[(rows.quantity == "turn_cell_recall") & rows.condition.str.contains("gain")]
    assert bulk.estimate.item() == pytest.approx(0.95)
    assert bulk.verdict.item() == "recovers"
    false = rows[rows.quantity == "turn_cell_false_positive_rate"].estimate.item()
    assert false == pytest.approx(0.045)


def test_shares_stand_beside_what_was_planted(cells, recording_path):
    rows = table(cells).set_index(["quantity", "condition"])
    truth = open_truth(recording_path, "cells/SC")["preferred_turn"].values
    assert rows.loc[("turn_cell_fraction", "units")].truth == pytest.approx(np.mean(truth != 0))
    assert rows.loc[("clockwise_share", "left")].reference_id == "C004"
    assert rows.loc[("clockwise_share", "left")].truth > 0.5
    assert rows.loc[("clockwise_share", "right")].truth < 0.5


@pytest.mark.parametrize("tree", ["cells", "events"])
def test_an_import_without_colliculus_is_not_run_and_says_why(tree, request):
    rows = table(request.getfixturevalue(tree))
    own = rows[rows.condition.str.contains("recording=own")]
    assert len(own)
    assert set(own.verdict) == {"not run"}
    assert own.test.str.contains("expected units in SC").all()
    assert (
        not rows.quantity[rows.condition.str.contains("recording=own")]
        .isin(["turn_cell_precision", "turn_cell_recall"])
        .any()
    )


def test_rates_stand_beside_the_command_the_null_and_the_published(events):
    rows = table(events)
    rates = rows[rows.quantity == "turn_event_rate"]
    subjects = rates[~rates.condition.str.contains("recording=")]
    assert set(subjects.condition) == {
        f"{state},{threshold}"
        for state in ("run", "rem", "nrem")
        for threshold in ("within_state", "wake_threshold")
    } - {"run,wake_threshold"}
    assert set(subjects.n) == {1}  # the other one has too few turn cells
    found = subjects[subjects.estimator == "population_events"]
    assert (found.origin == "planted").all()
    assert found.truth.notna().all()
    null = subjects[(subjects.estimator == "poisson_null")].set_index("condition")
    assert null.loc["run,within_state"].truth == pytest.approx(1.365, abs=0.001)
    published = dict(zip(found.condition, found.reference_id, strict=True))
    assert published["rem,within_state"] == "C015"
    assert published["rem,wake_threshold"] == ""


def test_the_ratio_is_a_ratio_of_rates_with_a_sign_test(events):
    rows = table(events).set_index(["quantity", "condition", "estimator"])
    name, estimator = "turn_event_ratio_rem_wake", "population_events"
    ratio = rows.loc[(name, "within_state", estimator)]
    rate = {
        state: rows.loc[("turn_event_rate", f"{state},within_state", estimator)]
        for state in ("run", "rem")
    }
    assert ratio.estimate == pytest.approx(rate["rem"].estimate / rate["run"].estimate)
    assert ratio.truth == pytest.approx(rate["rem"].truth / rate["run"].truth)
    assert ratio.reference_id == "C016"
    above = int(ratio.estimate > 1)
    assert f"sign test, {above} of 1 higher" in ratio.test
    assert ratio.p_value == 1.0


def test_turns_follow_events_and_patterns_resemble_more_than_permuted_ones(events):
    rows = table(events).set_index(["quantity", "condition", "estimator"]).sort_index()
    name, estimator = "wake_turn_probability", "population_events"
    after = rows.loc[(name, "after_event", estimator)].estimate
    assert after > 2 * rows.loc[(name, "any_time", estimator)].estimate
    assert after > rows.loc[(name, "after_event,opposite", estimator)].estimate
    similar = rows.loc[("pattern_similarity", "rem,pairwise_correlations")]
    assert similar.loc["units"].estimate > similar.loc["permuted_units"].estimate
    assert similar.loc["units"].n == 2
    assert similar.loc["units"].origin == "planted"
    assert similar.loc["permuted_units"].origin == "emergent"
    verdicts = ("holds only when planted", "does not hold")
    above = "2 of 2 higher" in similar.loc["units"].test
    assert similar.loc["units"].verdict == verdicts[not above]
    summed = rows.loc[("turn_cell_rate_ratio_rem_wake", "summed", estimator)]
    assert (summed.origin, summed.reference_id) == ("planted", "C018")
    assert summed.verdict == verdicts[bool(summed.estimate <= 1)]


def test_both_figures_are_drawn_from_what_was_measured(cells, events):
    assert len(turn_cells.draw(cells).axes) == 4
    assert len(turn_events_figure.draw(events).axes) == 6


def test_without_any_colliculus_the_rows_say_so_and_the_figures_are_drawn(files, references):
    paths = [files / "own.nc"]
    loaded = turn_cells.load_turn_cells(paths, files / "planted.nc", files / "bulk.nc", [])
    found = turn_cells.analyse(loaded, references)
    turn_cells.draw(found)
    loaded = turn_events.load_turn_events(paths, files / "planted.nc", [])
    nothing = turn_events.analyse(loaded, references)
    assert set(table(nothing).verdict) == {"not run"}
    turn_events_figure.draw(nothing)
