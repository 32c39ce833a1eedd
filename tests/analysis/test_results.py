"""Rows over simulated subjects and for imported recordings."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis import compression, direction, significance
from analysis.results import (
    Answer,
    EventTables,
    Quantity,
    planted_columns,
    rows_of_quantity,
    share,
)
from neurosim.cells.paths import KINDS
from neurosim.decode.slopes import SLOPES
from neurosim.files import flags
from neurosim.stats.intervals import Estimate, mean_interval
from neurosim.stats.references import load_references

QUANTITY = Quantity("study", "number", "m", "bayes", "recovered", single_test="one")
STATES = ["rest", "nrem"]
PLACES = ("none", "linear", "w")


def answer(value, truth=np.nan):
    return Answer(Estimate(value, np.nan, np.nan, 1), truth)


def rows(answers, missing=None, simulated=("a", "b")):
    return rows_of_quantity(QUANTITY, "rest", answers, missing or {}, simulated, nothing="empty")


def test_simulated_subjects_share_a_row_with_the_mean_truth():
    (row,) = rows({"a": answer(1.0, 2.0), "b": answer(3.0, 4.0)})
    expected = mean_interval([1.0, 3.0])
    assert (row.estimate, row.ci_low, row.ci_high) == (2.0, expected.low, expected.high)
    assert (row.truth, row.n, row.n_unit, row.origin) == (3.0, 2, "subject", "recovered")


def test_an_imported_recording_has_a_row_of_its_own():
    _, row = rows({"a": answer(1.0, 1.0), "mine": answer(5.0)})
    assert (row.condition, row.estimate, row.origin) == ("rest,recording=mine", 5.0, "measured")
    assert np.isnan(row.truth)


def test_what_a_recording_lacks_or_has_none_of_is_said_in_its_row():
    found = rows({"a": answer(1.0, 1.0), "none": answer(np.nan)}, {"mine": "no CA1"})
    by_name = {row.condition: row for row in found}
    assert by_name["rest,recording=none"].test == "not run: empty"
    assert by_name["rest,recording=mine"].test == "not run: no CA1"
    assert {by_name[f"rest,recording={n}"].verdict for n in ("none", "mine")} == {"not run"}


def test_subjects_that_cannot_answer_are_left_out_or_end_as_not_run():
    (row,) = rows({"a": answer(1.0, 1.0)}, {"b": "no lap"})
    assert (row.estimate, row.n) == (1.0, 1)
    (row,) = rows({}, {"a": "no lap", "b": "no lap"})
    assert (row.verdict, row.test) == ("not run", "not run: no lap")


def test_the_share_of_one_recording_has_an_interval_and_that_of_a_subject_none():
    successes = pd.Series([True, False, True, True])
    assert share(successes, single=True).low < 0.75 < share(successes, single=True).high
    assert np.isnan(share(successes, single=False).low)
    assert share(successes, single=False).value == 0.75
    assert share(successes[:0], single=False).n == 0


def events(n: int, planted: bool, phase: str = "post") -> pd.DataFrame:
    rng = np.random.default_rng(1)
    table = pd.DataFrame(
        {
            "state": np.array(STATES, dtype=object)[np.arange(n) % 2],
            "phase": np.full(n, phase, dtype=object),
            "direction": np.full(n, "forward", dtype=object),
            "duration": np.full(n, 0.1),
            "significant": np.arange(n) % 4 < 2,
            "speed_low": np.full(n, 5.0),
            "speed_high": np.full(n, 9.0),
            "changes_speed": np.arange(n) % 8 == 0,
            "compression_likelihood": rng.uniform(10, 20, n),
        }
        | {f"compression_{name}": rng.uniform(5, 10, n) for name in SLOPES}
    )
    if planted:
        table["planted_kind"] = np.where(table.significant, "forward", "empty")
        table["planted_direction"] = np.where(table.significant, "forward", "none")
        table["planted_compression"] = np.where(table.significant, 15.0, np.nan)
        table["planted_speed"] = np.where(table.significant, 7.0, np.nan)
    return table


@pytest.fixture(scope="module")
def references(request):
    return load_references(request.config.rootpath / "config" / "references.csv")


@pytest.mark.parametrize("module", [compression, direction, significance])
@pytest.mark.parametrize("odd", [events(0, False), events(40, False, "run")])
def test_a_recording_without_events_after_running_ends_as_not_run(module, odd, references):
    tables = {"a": events(40, True), "b": events(44, True), "mine": odd}
    tree = module.analyse(EventTables(tables, {}, ("a", "b"), "all pass"), references, STATES)
    summary = tree["summary"].to_dataset().to_dataframe()
    mine = summary[summary.condition.str.contains("recording=mine")]
    assert len(mine)
    assert set(mine.verdict) == {"not run"}
    assert mine.test.str.contains("after running").all()
    module.draw(tree)


@pytest.mark.parametrize("module", [compression, direction, significance])
def test_without_any_event_the_rows_say_so_and_the_figure_is_drawn(module, references):
    missing = {"a": "a: expected units in CA1, found none"}
    tree = module.analyse(EventTables({}, missing, ("a",), "all pass"), references, STATES)
    summary = tree["summary"].to_dataset().to_dataframe()
    assert set(summary.verdict) == {"not run"}
    module.draw(tree)


def test_significant_events_count_and_the_planted_truth_stands_beside(references):
    tables = {name: events(n, True) for name, n in (("a", 40), ("b", 44))}
    every = EventTables(tables, {}, ("a", "b"), "all pass")
    summary = compression.analyse(every, references, STATES)["summary"].to_dataset().to_dataframe()
    ratio = summary[summary.quantity == "compression_ratio"]
    assert (ratio.truth.round(9) == 15.0).all()
    coverage = summary[summary.quantity == "interval_coverage"]
    assert (coverage.estimate == 1.0).all()
    assert (coverage.truth.round(9) == 0.9).all()
    accuracy = direction.analyse(every, references, STATES)["summary"].to_dataset().to_dataframe()
    assert (accuracy[accuracy.quantity == "direction_accuracy"].estimate == 1.0).all()


def test_planted_columns_are_those_of_the_track_that_is_decoded():
    kind = ["forward", "reverse", "reverse", "accelerating", "remote", "empty", "none"]
    place = ["linear", "linear", "w", "linear", "w", "none", "none"]
    way = ["forward", "reverse", "reverse", "forward", "forward", "none", "none"]
    truth = xr.Dataset(
        {
            "planted_kind": flags(np.array(kind), (*KINDS, "none"), "event", "kind"),
            "planted_environment": flags(
                np.array(place), ("none", "linear", "w"), "event", "place"
            ),
            "planted_direction": flags(
                np.array(way), ("forward", "reverse", "none"), "event", "direction"
            ),
            "planted_compression": ("event", np.arange(7.0)),
            "planted_speed": ("event", np.arange(7.0)),
        },
        attrs={"home": "linear"},
    )
    columns = planted_columns(truth)
    assert columns["planted_kind"].tolist() == [*kind[:2], "remote", *kind[3:]]
    expected = ["forward", "reverse", "none", "forward", "none", "none", "none"]
    assert columns["planted_direction"].tolist() == expected
    for name in ("planted_compression", "planted_speed"):
        np.testing.assert_array_equal(columns[name], [0.0, 1.0, *[np.nan] * 5], err_msg=name)
