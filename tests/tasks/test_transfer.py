"""Measures of transfer: worked examples, and a loop written from the formulas."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.tasks.transfer import (
    average_error,
    backward_transfer,
    forgetting,
    forward_transfer,
    gain,
    steps_to_criterion,
)

# three tasks; the first is forgotten, the second gets better after it was learned
WORKED = np.array(
    [
        [1.0, 0.9, 0.8],
        [0.1, 0.7, 0.8],
        [0.4, 0.3, 0.5],
        [0.6, 0.2, 0.0],
    ]
)


def test_a_worked_example():
    assert average_error(WORKED) == pytest.approx((0.6 + 0.2 + 0.0) / 3)
    assert forgetting(WORKED) == pytest.approx(((0.6 - 0.1) + (0.2 - 0.3)) / 2)
    assert backward_transfer(WORKED) == pytest.approx(((0.1 - 0.6) + (0.3 - 0.2)) / 2)
    assert forward_transfer(WORKED) == pytest.approx(((0.9 - 0.7) + (0.8 - 0.5)) / 2)


def test_errors_before_a_task_was_learned_are_nothing_that_can_be_forgotten():
    error = WORKED.copy()
    error[:2, 1] = -5.0
    assert forgetting(error) == pytest.approx(forgetting(WORKED))


@given(st.integers(2, 6), st.integers(0, 999))
def test_measures_of_many_tables_are_those_of_each(n_tasks, seed):
    error = np.random.default_rng(seed).random((2, 3, n_tasks + 1, n_tasks))
    for measure in (average_error, forgetting, backward_transfer, forward_transfer):
        found = measure(error)
        assert found.shape == (2, 3)
        assert found[1, 2] == pytest.approx(measure(error[1, 2]))
    # the best since learning is at least as good as the first: more can be forgotten than lost
    assert (forgetting(error) >= -backward_transfer(error) - 1e-12).all()


def test_a_learner_that_keeps_everything_forgets_nothing():
    error = np.triu(np.ones((5, 4)))  # wrong until learned, then right
    assert forgetting(error) == backward_transfer(error) == forward_transfer(error) == 0


def test_one_task_has_an_error_and_nothing_to_transfer():
    error = np.array([[1.0], [0.25]])
    assert average_error(error) == 0.25
    assert np.isnan([forgetting(error), backward_transfer(error), forward_transfer(error)]).all()


@pytest.mark.parametrize("shape", [(3, 3), (4,), (3, 4), (1, 0)])
def test_tables_without_a_time_before_training_are_refused(shape):
    with pytest.raises(NeurosimError, match="one time more than there are tasks"):
        average_error(np.zeros(shape))


def test_the_gain_is_the_share_of_the_error_that_goes():
    curves = np.array([[1.0, 0.5, 0.1], [0.4, 0.4, 0.6]])
    assert gain(curves, 2) == pytest.approx([0.9, -0.5])
    assert gain(curves, 0) == pytest.approx(0.0)
    with pytest.raises(NeurosimError, match="from 0 to 2, found 3"):
        gain(curves, 3)


def test_the_first_step_that_meets_the_criterion_counts_and_never_is_infinite():
    curves = np.array([[1.0, 0.5, 0.1, 0.7], [0.2, 0.9, 0.1, 0.1], [1.0, 0.9, 0.8, 0.7]])
    assert steps_to_criterion(curves, 0.5).tolist() == [1.0, 0.0, np.inf]
    assert steps_to_criterion(curves, np.array([0.1, 0.1, 0.75])).tolist() == [2.0, 2.0, 3.0]
