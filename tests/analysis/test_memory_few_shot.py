"""What is made of learning curves on unseen tasks that are known."""

import numpy as np
import pytest
from planted_forgetting import family, rows_of
from scipy import stats

from analysis import few_shot

QUICK = [1.0, 0.5, 0.3, 0.2, 0.15, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05]
SLOW = [1.0, 1.0, 0.9, 0.9, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8]


@pytest.fixture(scope="module")
def tree():
    return few_shot.analyse({"made": family({"maml": QUICK, "scratch": SLOW})})


def test_the_gain_is_the_error_before_minus_that_after_five_steps(tree):
    rows = rows_of(tree)
    assert rows.loc["five_step_gain", "made", "maml"].estimate == pytest.approx(0.95)
    assert rows.loc["five_step_gain", "made", "scratch"].estimate == pytest.approx(0.2)
    assert "more than 0 in 100%" in rows.loc["five_step_gain", "made", "maml"].test
    assert rows.loc["five_step_gain", "made", "maml"].n == 5


def test_steps_to_criterion_count_the_tasks_that_never_met_it(tree):
    rows = rows_of(tree)
    quick, slow = (rows.loc["steps_to_criterion", "made", m] for m in ("maml", "scratch"))
    assert (quick.estimate, quick.n, quick.n_unit) == (5.0, 20, "task")
    assert "20 of 20 came to it in 10 steps" in quick.test
    assert slow.verdict == "not run"
    assert "0 of 20" in slow.test


def test_tasks_that_the_mean_answer_can_do_are_counted():
    data = family({"maml": QUICK})
    data["mean_error"][:, 0] = 0.05
    assert few_shot.met_by_mean(data).tolist() == [[True, False, False, False]] * 5
    row = rows_of(few_shot.analyse({"made": data})).loc["steps_to_criterion", "made", "maml"]
    assert "the mean answer has it in 25% of them" in row.test
    answers = family({"maml": QUICK}, kind="classification", mean_error=0.8)
    answers["mean_error"][0, 1] = 0.05
    assert few_shot.met_by_mean(answers).sum() == 1


def test_maml_is_tested_against_other_trainings_of_the_same_network():
    curves = {"maml": QUICK, "pretrained": QUICK, "scratch": SLOW, "scratch,agent": SLOW}
    data = family(curves | {"first_order": SLOW})
    noise = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    data["error"].loc[{"learner": "scratch"}] += 0.01 * noise[:, None, None]
    rows = rows_of(few_shot.analyse({"made": data})).loc["five_step_difference"]
    assert set(rows.index) == {("made,over=scratch", "maml"), ("made,over=pretrained", "maml")}
    worse, alike = (rows.loc[f"made,over={m}", "maml"] for m in ("scratch", "pretrained"))
    assert worse.estimate == pytest.approx(0.75)
    assert worse.p_value == pytest.approx(
        stats.ttest_1samp(0.75 + 0.01 * noise, 0).pvalue, rel=1e-6
    )
    assert alike.estimate == 0.0
    assert np.isnan(alike.p_value)


def test_performance_is_relative_to_the_mean_answer_of_all_tasks():
    """A task that hardly varies must not decide what is 90 %."""
    data = family({"maml": QUICK}, mean_error=1.0)
    data["mean_error"][:, 0] = 1e-6
    shown = few_shot.performance(data).sel(learner="maml").isel(step=0, seed=0)
    assert shown.values == pytest.approx(1 - 1.0 / 0.75, abs=1e-3)
    answers = family({"maml": QUICK}, kind="classification", mean_error=0.8)
    assert few_shot.performance(answers).isel(step=5).mean().item() == pytest.approx(0.95, abs=1e-3)
    assert few_shot.trivial_performance(answers) == pytest.approx(0.2)


def test_networks_have_lines_of_their_own():
    curves = {"maml": QUICK, "scratch": SLOW, "maml,agent": SLOW}
    drawn = few_shot.draw(few_shot.analyse({"made": family(curves), "other": family(curves)}))
    lines = [line for line in drawn.axes[0].get_lines() if len(line.get_xdata()) == len(QUICK)]
    styles = {(line.get_color(), line.get_linestyle()) for line in lines}
    assert len(styles) == 3
    assert np.allclose(sorted(line.get_ydata()[5] for line in lines)[-1], 0.95, atol=1e-3)
