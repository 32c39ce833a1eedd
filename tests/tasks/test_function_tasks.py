"""Functions as tasks: what they are, and the error that cannot be reduced."""

import numpy as np
import pytest

from neurosim import NeurosimError
from neurosim.tasks.function_family import APART, SHAPES, FunctionFamily, draw_constants
from neurosim.tasks.function_family import draw_function_task as draw
from neurosim.tasks.function_tasks import FunctionParameters, functions, irreducible_error

RULES = (
    lambda x: np.sin(x.mean(axis=-1, keepdims=True)) + 0 * x,
    lambda x: np.cos(x.mean(axis=-1, keepdims=True)) * 0.5 + 0 * x,
    lambda x: np.tanh(x * 0.5 + 2),
    lambda x: np.tanh(x * 0.5 + 3),
)  # as the tutorial writes them


@pytest.mark.parametrize("feedback", [0, 4])
def test_outcomes_are_those_of_the_rules(feedback):
    given = FunctionParameters(n_features=8, n_train=5, n_test=7, feedback=feedback, cue=True)
    for rule, task in zip(RULES, functions(given, np.random.default_rng(0)).tasks, strict=True):
        for part, n in ((task.train, 5), (task.test, 7)):
            assert part.x.shape[:2] == (n, max(feedback, 1))
            np.testing.assert_allclose(part.y, rule(part.x[..., :8]), atol=1e-6)


def test_train_and_test_and_tasks_have_inputs_of_their_own():
    tasks = functions(FunctionParameters(), np.random.default_rng(0)).tasks
    rows = np.concatenate([p.x.reshape(-1, 64) for t in tasks for p in (t.train, t.test)])
    assert len(np.unique(rows, axis=0)) == len(rows) == 4 * (50 + 200)


def test_cue_tells_the_task_and_feedback_the_outcome_before():
    given = FunctionParameters(n_features=6, n_train=3, feedback=3, cue=True)
    for number, task in enumerate(functions(given, np.random.default_rng(0)).tasks):
        x, y = task.train.x, task.train.y
        assert x.shape == (3, 3, 6 + 6 + 4)
        assert (x[:, 0, 6:12] == 0).all()
        np.testing.assert_array_equal(x[:, 1:, 6:12], y[:, :-1])
        np.testing.assert_array_equal(x[..., 12:], np.broadcast_to(np.eye(4)[number], (3, 3, 4)))


@pytest.mark.parametrize("n_tasks", [1, 2, 3, 4])
def test_irreducible_error_is_that_of_the_mean_over_tasks(n_tasks):
    x = np.random.default_rng(n_tasks).standard_normal((100_000, 8))
    y = np.stack([rule(x) for rule in RULES[:n_tasks]])
    squared = (y - y.mean(axis=0)) ** 2
    error = squared.mean(axis=2).std(axis=1) / np.sqrt(len(x))
    found = irreducible_error(n_tasks, 8)
    assert (np.abs(found - squared.mean(axis=(1, 2))) <= 4 * error + 1e-12).all()


@pytest.mark.parametrize("n_features", [1, 8, 64])
def test_irreducible_error_of_sine_and_cosine_in_closed_form(n_features):
    second = np.exp(-2 / n_features)  # E cos 2m, for a mean m of variance 1 / n_features
    expected = ((1 - second) / 2 + (1 + second) / 8) / 4  # E (sin m - cos m / 2)^2 / 4
    np.testing.assert_allclose(irreducible_error(2, n_features), expected, rtol=1e-9)


def test_the_error_that_is_stated_is_met_on_the_data_and_gone_with_a_cue():
    given = FunctionParameters(n_test=4000)
    sequence = functions(given, np.random.default_rng(0))
    errors = [
        np.mean((task.test.y - np.mean([rule(task.test.x) for rule in RULES], axis=0)) ** 2)
        for task in sequence.tasks
    ]
    np.testing.assert_allclose(errors, sequence.best["error"], rtol=0.03)
    cued = functions(FunctionParameters(cue=True), np.random.default_rng(0))
    assert (cued.best["error"] == 0).all()
    shown = functions(FunctionParameters(feedback=5), np.random.default_rng(0))
    np.testing.assert_allclose(shown.best["error"], sequence.best["error"] / 5)


def test_family_has_tasks_of_every_shape_and_none_of_the_sequence():
    rng = np.random.default_rng(0)
    for shape in SHAPES.values():
        drawn = np.array([draw_constants(shape, rng) for _ in range(2000)])
        low, high = np.array([shape.amplitude, shape.slope, shape.shift]).T
        assert ((drawn >= low) & (drawn <= high)).all()
        # The ranges are filled, and cover the tasks of the sequence that are left out.
        assert (np.ptp(drawn, axis=0) > 0.95 * (high - low)).all()
        for own in np.array(shape.own):
            assert ((own >= low) & (own <= high)).all()
            assert (np.abs(drawn - own) / (high - low)).max(axis=1).min() > APART
    assert {draw(rng).name.split("(")[0].split()[1] for _ in range(40)} == set(SHAPES)


def test_support_and_query_are_of_one_function_of_independent_inputs():
    task = draw(np.random.default_rng(3), FunctionFamily(n_features=5, n_support=4, n_query=6))
    amplitude, shape, rest = task.name.replace("(", " ").split(maxsplit=2)
    slope, _, shift = rest.strip(")").split()
    for part, n in ((task.train, 4), (task.test, 6)):
        assert part.x.shape == part.y.shape == (n, 1, 5)
        u = part.x.mean(axis=2, keepdims=True) if SHAPES[shape].of_mean else part.x
        expected = float(amplitude) * SHAPES[shape].function(float(slope) * u + float(shift))
        np.testing.assert_allclose(part.y, np.broadcast_to(expected, part.x.shape), atol=0.03)
    assert not np.isin(task.test.x, task.train.x).any()
    with pytest.raises(NeurosimError, match="n_support: expected at least 1, found 0"):
        FunctionFamily(n_support=0)
