"""Predictors that look at nothing, on worked examples."""

import numpy as np
import pytest

from neurosim import NeurosimError
from neurosim.tasks.examples import NOT_ASKED, Examples, Task, TaskSequence
from neurosim.tasks.trivial_predictors import trivial_error

X = np.zeros((1, 1, 1), np.float32)


def sequence_of(kind, *targets):
    """Tasks with the same targets in training and test."""
    tasks = tuple(Task(str(i), Examples(X, y), Examples(X, y)) for i, y in enumerate(targets))
    return TaskSequence("worked", kind, 1 if kind == "regression" else 4, tasks)


@pytest.fixture
def values():
    """Targets 0 and 2, then four times 4."""
    return sequence_of(
        "regression",
        np.array([[[0.0]], [[2.0]]], np.float32),
        np.array([[[4.0], [4.0]], [[4.0], [4.0]]], np.float32),
    )


def test_means_of_values(values):
    assert trivial_error(values, "zero").tolist() == [[2.0, 16.0]] * 3
    mean = 18 / 6
    expected = [[2.0, 16.0], [1.0, 9.0], [(mean**2 + (mean - 2) ** 2) / 2, (4 - mean) ** 2]]
    assert trivial_error(values, "mean") == pytest.approx(np.array(expected))
    assert trivial_error(values, "task_mean").tolist() == [[2.0, 16.0], [1.0, 16.0], [1.0, 0.0]]


def test_most_frequent_classes_of_the_steps_that_are_asked():
    one = np.array([[0, 0, 1, NOT_ASKED]])
    other = np.array([[1, 1, 3, NOT_ASKED], [1, NOT_ASKED, NOT_ASKED, NOT_ASKED]])
    classes = sequence_of("classification", one, other)
    third, quarter = pytest.approx(1 / 3), pytest.approx(3 / 4)
    assert trivial_error(classes, "zero").tolist() == [[quarter] * 2] * 3
    assert trivial_error(classes, "mean").tolist() == [
        [quarter, quarter],
        [third, 1.0],
        [pytest.approx(2 / 3), pytest.approx(1 / 4)],  # class 1: four of seven answers
    ]
    assert trivial_error(classes, "task_mean")[2].tolist() == [third, pytest.approx(1 / 4)]


def test_unknown_predictors_are_refused(values):
    with pytest.raises(NeurosimError, match="'mean', 'task_mean', 'zero', found 'oracle'"):
        trivial_error(values, "oracle")
