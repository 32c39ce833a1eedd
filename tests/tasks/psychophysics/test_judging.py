"""Judging: right outputs are right, and wrong ones are wrong in each way."""

import numpy as np
import pytest
from psychophysics_trials import drawn

from neurosim import NeurosimError
from neurosim.tasks.psychophysics.catalogue import TASKS
from neurosim.tasks.psychophysics.encoding import bumps
from neurosim.tasks.psychophysics.judging import judge

BOTH = ("COMP1", "DNMC")  # tasks of which half the trials call for a response


def looped(output, trials):
    """The rules, trial by trial, at 150 steps."""
    right = []
    for k, direction in enumerate(trials.direction):
        ok = all(output[k, : trials.epochs[k, -1], 0] > 0.5)
        if np.isnan(direction):
            ok = ok and not (output[k, 144:149] >= 0.15).any()
        else:
            last = output[k, -1, 1:]
            vector = (last * np.exp(1j * 2 * np.pi * np.arange(32) / 32)).sum()
            away = abs(np.angle(vector * np.exp(-1j * direction)))
            ok = ok and last.max() > 0.6 and away < np.pi / 5
        right.append(bool(ok))
    return np.array(right)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("n_steps", [30, 52, 150])
def test_the_target_is_right(task, n_steps):
    trials = drawn(task, n=6, n_steps=n_steps)
    assert judge(trials.target, trials).all()


@pytest.mark.parametrize("task", BOTH)
def test_withholding_always_is_right_where_no_response_is_due(task):
    trials = drawn(task)
    output = trials.target.copy()
    output[..., 1:] = 0.05
    np.testing.assert_array_equal(judge(output, trials), np.isnan(trials.direction))


@pytest.mark.parametrize("task", ["Go", *BOTH])
def test_a_lapse_of_fixation_at_any_step_before_the_response_is_wrong(task):
    trials = drawn(task, n=8)
    for step in (0, 10, trials.epochs[:, -1].min() - 1):
        output = trials.target.copy()
        output[3, step, 0] = 0.5
        np.testing.assert_array_equal(judge(output, trials), np.arange(8) != 3)


@pytest.mark.parametrize(("off", "right"), [(0.19, True), (-0.19, True), (0.21, False), (1, False)])
def test_a_response_must_be_near_the_right_direction(off, right):
    trials = drawn("Go", n=30)
    output = trials.target.copy()
    output[:, -1, 1:] = 0.05 + bumps((trials.direction + off * np.pi) % (2 * np.pi))
    assert (judge(output, trials) == right).all()


def test_a_response_must_peak():
    trials = drawn("Go", n=30)
    for height, right in ((0.7, True), (0.5, False)):
        output = trials.target.copy()
        last = output[:, -1, 1:]
        output[:, -1, 1:] = last * (height / last.max(axis=1, keepdims=True))
        assert (judge(output, trials) == right).all()


def test_a_response_that_is_not_due_is_wrong_and_no_other_trial_suffers():
    trials = drawn("COMP1", n=20, n_steps=150)
    none = np.flatnonzero(np.isnan(trials.direction))[2]
    for step, right in ((143, True), (144, False), (148, False), (149, True)):
        output = trials.target.copy()
        output[none, step, 7] = 0.2
        np.testing.assert_array_equal(judge(output, trials), (np.arange(20) != none) | right)


def test_verdicts_are_those_of_a_loop_on_random_outputs():
    rng = np.random.default_rng(0)
    for task in ("Go", "AntiDur2", "DMS"):
        trials = drawn(task, n=200, n_steps=150)
        spread = rng.uniform(0, 0.2, (200, 1, 1))
        output = trials.target + spread * rng.standard_normal(trials.target.shape)
        verdicts = judge(output, trials)
        np.testing.assert_array_equal(verdicts, looped(output, trials))
        assert 0.02 < verdicts.mean() < 0.98


def test_outputs_of_another_shape_are_told():
    trials = drawn("Go", n=2)
    with pytest.raises(NeurosimError, match=r"expected shape \(2, 52, 33\).*found \(2, 51, 33\)"):
        judge(trials.target[:, 1:], trials)
