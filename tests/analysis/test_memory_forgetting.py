"""What is made of errors of learners whose forgetting is known."""

import numpy as np
import pytest
from planted_forgetting import NOISE, learner, rows_of, sequence
from scipy import stats

from analysis import forgetting
from analysis.forgetting import reduction
from analysis.memory_rows import (
    at_least,
    at_most,
    left_out,
    share_taken,
    takes,
    without_replay,
    words,
)

ERRORS = {
    "fine_tuning": learner(0.1, 0.5),
    "er": learner(0.1, 0.1),
    "agent": learner(0.05, 0.0),
    "agent,no_replay": learner(0.05, 0.4),
}


@pytest.fixture(scope="module")
def rows():
    return rows_of(forgetting.analyse({"made": sequence(ERRORS)}))


def near(value):
    return pytest.approx(value, abs=3 * NOISE)


def test_errors_forgetting_and_transfer_are_those_that_were_made(rows):
    last = (0.6 + 0.6 + 0.1) / 3
    assert rows.loc["average_error", "made", "fine_tuning"].estimate == near(last)
    assert rows.loc["average_accuracy", "made", "er"].estimate == near(1 - 0.5 / 3)
    assert rows.loc["forgetting", "made", "fine_tuning"].estimate == near(0.5)
    assert rows.loc["forgetting", "made", "agent"].estimate == near(0.0)
    assert rows.loc["backward_transfer", "made", "er"].estimate == near(-0.1)
    assert rows.loc["forward_transfer", "made", "er"].estimate == near(0.0)
    assert rows.loc["average_error", "made", "task_mean"].estimate == near(0.8)
    assert ("forgetting", "made", "zero") not in rows.index


def test_methods_are_tested_in_pairs_against_fine_tuning(rows):
    assert rows.loc["average_error", "made", "er"].p_value < 1e-6
    assert "paired t test against fine-tuning" in rows.loc["average_error", "made", "er"].test
    assert np.isnan(rows.loc["average_error", "made", "fine_tuning"].p_value)


def test_parts_are_tested_against_the_whole_agent_in_a_family_of_their_own():
    errors = ERRORS | {"agent,no_meta": learner(0.05, 0.001)}
    rows = rows_of(forgetting.analyse({"made": sequence(errors)}))
    more = rows.loc["ablation_difference", "made", "agent,no_replay"]
    assert more.estimate == near(0.4 * 2 / 3)
    means = {m: errors[m][:, -1].mean(axis=1) for m in errors}
    alone = {m: stats.ttest_rel(means[m], means["agent"]).pvalue for m in means if ",no_" in m}
    assert more.p_value == pytest.approx(2 * alone["agent,no_replay"], rel=1e-5)
    less = rows.loc["ablation_difference", "made", "agent,no_meta"]
    assert less.p_value == pytest.approx(alone["agent,no_meta"], rel=1e-5)
    assert "that of agent" in less.test
    assert ("ablation_difference", "made", "agent") not in rows.index


@pytest.mark.parametrize(("n_steps", "said"), [(1, True), (7, False)])
def test_rows_without_memory_say_where_there_was_none_to_read(n_steps, said):
    data = sequence(ERRORS | {"agent,no_memory": learner(0.1, 0.1)}).assign_attrs(n_steps=n_steps)
    rows = rows_of(forgetting.analyse({"made": data}))
    told = rows.test.str.contains("nothing that is written can be read")
    without = rows.index.get_level_values("estimator") == "agent,no_memory"
    assert (told == (without & said)).all()
    assert rows.loc["ablation_difference", "made", "agent,no_memory"].estimate > 0


def test_only_what_learns_is_tested_against_fine_tuning():
    """More that asks another question must not make the correction for the others any worse."""
    lesioned = ERRORS | {"agent,reads_zero": learner(0.3, 0.0)}
    rows = rows_of(forgetting.analyse({"made": sequence(lesioned)})).loc["average_error", "made"]
    for untested in ("zero", "mean", "task_mean", "agent,reads_zero"):
        assert np.isnan(rows.loc[untested].p_value)
        assert "paired t test" not in rows.loc[untested].test
    means = {m: ERRORS[m][:, -1].mean(axis=1) for m in ERRORS}
    alone = sorted(stats.ttest_rel(means[m], means["fine_tuning"]).pvalue for m in list(means)[1:])
    tested = sorted(rows.loc[m].p_value for m in list(means)[1:])
    assert tested[0] == pytest.approx(3 * alone[0], rel=1e-4)


def test_reductions_are_over_fine_tuning_and_over_the_same_network_without_replay(rows):
    assert rows.loc["forgetting_reduction", "made", "er"].estimate == near(0.8)
    assert rows.loc["forgetting_reduction", "made", "agent"].estimate == near(1.0)
    own = rows.loc["forgetting_reduction", "made,over=no_replay", "agent"]
    assert own.estimate == near(1.0)
    assert "agent,no_replay" in own.test
    assert ("forgetting_reduction", "made,over=no_replay", "er") not in rows.index


def test_where_nothing_is_forgotten_there_is_nothing_to_reduce():
    kept = {"fine_tuning": learner(0.1, -0.01), "er": learner(0.1, 0.1)}
    data = sequence(kept)
    assert np.isnan(reduction(data, "er", "fine_tuning")).all()
    row = rows_of(forgetting.analyse({"made": data})).loc["forgetting_reduction", "made", "er"]
    assert row.verdict == "not run"
    assert "forgets nothing" in row.test


def test_a_share_says_how_many_trainings_it_leaves_out():
    errors = {"fine_tuning": learner(0.1, 0.5), "er": learner(0.1, 0.1)}
    errors["fine_tuning"][:2, -1] = 0.05  # two of six get better
    row = rows_of(forgetting.analyse({"made": sequence(errors)})).loc[
        "forgetting_reduction", "made", "er"
    ]
    assert (row.n, row.estimate) == (4, near(0.8))
    assert "2 of 6 that lose nothing are left out" in row.test


def test_a_reduction_is_judged_on_all_trainings():
    """Half of the trainings get worse by it; a share over the others would not tell."""
    lost = np.array([-0.5, -0.4, -0.45, 0.3, 0.31, 0.32])
    kept = np.array([0.4, 0.5, 0.45, 0.01, 0.02, 0.0])
    assert at_least(share_taken(lost, kept), 0.5) == "holds"
    assert takes(lost, kept, 0.5) == "inconclusive"
    assert takes(lost[:3], kept[:3], 0.5) == "does not hold"
    assert left_out(lost) == "3 of 6 that lose nothing are left out of it; "
    assert left_out(lost[3:]) == ""
    assert takes(lost[3:], kept[3:], 0.5) == "holds"
    assert takes(lost[3:4], kept[3:4], 0.5) == "inconclusive"


def test_a_learner_that_is_no_better_than_a_constant_is_said_to_be_so():
    data = sequence({"fine_tuning": learner(0.1, 0.85), "er": learner(0.1, 0.1)})
    rows = rows_of(forgetting.analyse({"made": data}))
    worse = rows.loc["beats_trivial", "made,final", "fine_tuning"]
    assert (worse.estimate, worse.verdict) == (1.0, "does not hold")
    assert "not in every training: task 0, task 1" in worse.test
    assert rows.loc["beats_trivial", "made,just_learned", "fine_tuning"].verdict == "holds"
    better = rows.loc["beats_trivial", "made,final", "er"]
    assert (better.estimate, better.verdict, better.unit) == (3.0, "holds", "task")


def test_a_regression_has_no_accuracy_and_its_floor_is_a_row():
    tree = forgetting.analyse({"made": sequence(ERRORS, "regression", floor=0.02)})
    rows = rows_of(tree)
    assert "average_accuracy" not in rows.index.get_level_values("quantity")
    assert "choice_accuracy" not in rows.index.get_level_values("quantity")
    assert rows.loc["average_error", "made", "best_observer"].estimate == pytest.approx(0.02)


@pytest.mark.parametrize("methods", [tuple(ERRORS), ("fine_tuning",)])
def test_the_figure_is_drawn_of_many_methods_and_of_one(methods):
    chosen = {name: ERRORS[name] for name in methods}
    drawn = forgetting.draw(forgetting.analyse({"made": sequence(chosen)}))
    labels = [label.get_text() for axes in drawn.axes for label in axes.get_yticklabels()]
    assert all(words(name) in labels for name in methods)


@pytest.mark.parametrize(
    ("method", "twin"),
    [
        ("er", "fine_tuning"),
        ("der++", "fine_tuning"),
        ("er,recurrent", "fine_tuning,recurrent"),
        ("er,imagination", "fine_tuning"),
        ("agent", "agent,no_replay"),
        ("agent,no_memory", "agent,no_memory,no_replay"),
        ("agent,no_meta", "agent,no_replay,no_meta"),
        ("agent,no_memory,no_meta", "agent,no_memory,no_replay,no_meta"),
        ("seed_agent", "seed_agent,no_replay"),
        ("agent,no_replay", None),
        ("fine_tuning", None),
    ],
)
def test_the_twin_without_replay(method, twin):
    methods = [
        *("fine_tuning", "fine_tuning,recurrent", "er", "agent", "agent,no_replay"),
        *("agent,no_memory,no_replay", "agent,no_replay,no_meta", "seed_agent,no_replay"),
        "agent,no_memory,no_replay,no_meta",
    ]
    assert without_replay(method, methods) == twin


@pytest.mark.parametrize(
    ("values", "bound", "verdict"),
    [
        ([0.1, 0.1, 0.1], 0.1, "holds"),
        ([0.2, 0.2, 0.2], 0.1, "does not hold"),
        ([0.05, 0.06, 0.07], 0.1, "holds"),
        ([0.15, 0.16, 0.17], 0.1, "does not hold"),
        ([0.05, 0.1, 0.15], 0.1, "inconclusive"),
        ([0.2], 0.1, "inconclusive"),
        ([], 0.1, "inconclusive"),
    ],
)
def test_bounds_are_judged_as_far_as_trainings_tell(values, bound, verdict):
    values = np.array(values)
    assert at_most(values, bound) == verdict
    assert at_least(-values, -bound) == verdict
