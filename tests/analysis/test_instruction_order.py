"""Where language is said to be behind a bag of words."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from planted_instruction import held_out, rows_of
from scipy import stats

from analysis import instruction_learning
from analysis.instruction_data import Measurements
from analysis.instruction_order import FEWEST, WAYS, on_axis
from neurosim.stats.references import load_references
from neurosim.tasks.psychophysics.catalogue import AXES, TASKS

REFERENCES = load_references(Path(__file__).parents[2] / "config" / "references.csv")
ALL = "test,all sets"
HAVE_SECOND = [name for name, task in TASKS.items() if task.second is not None]
MORE = 0.2  # behind in tasks with a first and a second stimulus, more than in others
PLANTED = {"training": 0.05, "validation": 0.12, "zero_shot": 0.0, "zero_shot_validation": 0.08}


def behind(hold_out: str):
    """A bag of words, and a language network that is behind it by what is planted."""
    pair = [held_out(name, hold_out, level=0.7) for name in ("bownet", "sbertnet")]
    tasks = {"trained": pair[0]["trained"].values, "held_out": pair[0]["held_out"].values}
    for measure, less in PLANTED.items():
        dim = "trained" if measure in ("training", "validation") else "held_out"
        second = np.isin(tasks[dim], HAVE_SECOND) & (measure == "zero_shot")
        noise = 0.01 * np.random.default_rng(len(hold_out)).standard_normal(second.size)
        pair[1][measure] = pair[0][measure] - less - MORE * second + noise
    return pair


@pytest.fixture(scope="module")
def rows():
    data = [each for number in range(1, 11) for each in behind(f"set_{number}")]
    return rows_of(instruction_learning.analyse(Measurements("test", data), REFERENCES))


@pytest.mark.parametrize("measure", [name for name in WAYS if name != "zero_shot"])
def test_how_far_it_is_behind_is_what_was_planted(rows, measure):
    row = rows.loc["behind_bownet", f"{ALL},{measure}", "sbertnet"]
    assert row.estimate == pytest.approx(PLANTED[measure], abs=0.005)
    assert (row.n, row.ci_low < row.estimate < row.ci_high) == (50, True)
    assert row.p_value < 1e-10


def test_the_axis_on_which_it_is_behind_is_found(rows):
    own = rows.loc["behind_bownet_by_axis"].xs("sbertnet", level="estimator")
    at = f"{ALL},first_second"
    assert own.loc[at].estimate == pytest.approx(MORE, abs=0.01)
    assert own.loc[at].p_value < 1e-10
    assert f"in {len(HAVE_SECOND)} tasks with a place on this axis" in own.loc[at].test
    assert own.estimate.idxmax() == at
    assert f"{ALL},modality" in own.index


def test_the_lead_in_training_is_correlated_over_tasks():
    """Those that are done worse where they are trained are here those done worse held out."""
    data = []
    worse = dict(zip(TASKS, np.linspace(0, 0.3, len(TASKS)), strict=True))
    for number in range(1, 11):
        bag, language = (held_out(n, f"set_{number}", level=0.8) for n in ("bownet", "sbertnet"))
        for measure, dim in (("training", "trained"), ("zero_shot", "held_out")):
            language[measure] = bag[measure] - [worse[name] for name in bag[dim].values]
        data += [bag, language]
    found = rows_of(instruction_learning.analyse(Measurements("test", data), REFERENCES))
    row = found.loc["behind_bownet_correlation", ALL, "sbertnet"]
    assert row.estimate > 0.99
    assert row.n == 50


def test_axes_are_compared_by_welchs_test_where_tasks_are_enough():
    names = [*list(TASKS)[:20], "DMS", "DNMS"]
    values = pd.Series(np.random.default_rng(2).standard_normal(len(names)), names)
    found = on_axis(values)
    places = np.array([TASKS[name].structure for name in names]) != 0
    enough = (places.sum(axis=0) >= FEWEST) & ((~places).sum(axis=0) >= FEWEST)
    assert list(found) == [axis for axis, kept in zip(AXES, enough, strict=True) if kept]
    assert "match_nonmatch" not in found
    for axis, each in found.items():
        has = places[:, AXES.index(axis)]
        expected = stats.ttest_ind(values[has], values[~has], equal_var=False)
        assert each.p_value == pytest.approx(expected.pvalue)


@pytest.mark.parametrize("networks", [("bownet",), ("sbertnet",), ("bownet", "structurenet")])
def test_without_both_there_is_a_row_that_says_what_is_needed(networks):
    data = [held_out(name, "set_1", level=0.7) for name in networks]
    found = rows_of(instruction_learning.analyse(Measurements("test", data), REFERENCES))
    for quantity in ("behind_bownet", "behind_bownet_by_axis", "behind_bownet_correlation"):
        row = found.loc[quantity, ALL, ""]
        assert row.verdict == "not run"
        assert "by a bag of words" in row.test
