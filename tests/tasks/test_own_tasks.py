"""A user's own data: read as they are, or refused in one line."""

import numpy as np
import pytest

from neurosim import NeurosimError
from neurosim.tasks.own_tasks import OwnParameters, own_sequence

N = 12


def arrays(**changes):
    """Make arrays of two tasks of runs; None leaves one out."""
    rng = np.random.default_rng(0)
    given = {
        "x": rng.random((N, 3, 4)),
        "y": rng.integers(0, 5, (N, 3)),
        "task": np.array(["second", "first"])[np.arange(N) % 2],
        "is_test": np.arange(N) >= 8,
        "choice": np.arange(N * 3).reshape(N, 3) % 2,
    }
    return {name: values for name, values in (given | changes).items() if values is not None}


def read(tmp_path, seed=0, **changes):
    np.savez(tmp_path / "own.npz", **arrays(**changes))
    return own_sequence(OwnParameters(tmp_path / "own.npz"), np.random.default_rng(seed))


def test_tasks_of_one_file_come_in_the_order_of_their_first_examples(tmp_path):
    sequence, given = read(tmp_path), arrays()
    assert [task.name for task in sequence.tasks] == ["second", "first"]
    assert (sequence.kind, sequence.n_outputs, sequence.n_features) == ("classification", 5, 4)
    for name, task in zip(("second", "first"), sequence.tasks, strict=True):
        for part, is_test in ((task.train, False), (task.test, True)):
            rows = (given["task"] == name) & (given["is_test"] == is_test)
            np.testing.assert_array_equal(part.x, given["x"][rows].astype(np.float32))
            np.testing.assert_array_equal(part.y, given["y"][rows])
            np.testing.assert_array_equal(part.choice, given["choice"][rows] == 1)


def test_without_a_split_some_of_each_task_are_drawn(tmp_path):
    sequence = read(tmp_path, is_test=None, choice=None)
    tested = []
    for task in sequence.tasks:
        assert (task.train.size, task.test.size) == (5, 1)
        assert task.train.choice is None
        tested.append(task.test.x)
        assert not np.isin(task.test.x, task.train.x).any()
    others = [read(tmp_path, seed, is_test=None).tasks[0].test.x.tobytes() for seed in range(8)]
    assert len(set(others)) > 1


@pytest.mark.parametrize("steps", [(), (3,)])
@pytest.mark.parametrize("kind", ["regression", "classification"])
def test_a_folder_of_tasks_with_and_without_steps(tmp_path, kind, steps):
    rng = np.random.default_rng(0)
    given = {}
    for name in ("b_later", "a_sooner"):
        x = rng.random((10, *steps, 4))
        values = kind == "regression"
        y = rng.random((10, *steps, 2)) if values else rng.integers(0, 6, (10, *steps))
        given[name] = x, y
        np.savez(tmp_path / f"{name}.npz", x=x, y=y)
    sequence = own_sequence(OwnParameters(tmp_path, name="mine"), rng)
    assert sequence.name == "mine"
    assert [task.name for task in sequence.tasks] == ["a_sooner", "b_later"]
    assert sequence.kind == kind
    assert sequence.n_outputs == (2 if kind == "regression" else 1 + max(
        y.max() for _, y in given.values()))  # fmt: skip
    for task in sequence.tasks:
        x, y = given[task.name]
        found = np.concatenate([task.train.x, task.test.x])
        answers = np.concatenate([task.train.y, task.test.y])
        assert found.shape == (10, *(steps or (1,)), 4)
        order, expected = np.argsort(found[:, 0, 0]), np.argsort(x.reshape(10, -1)[:, 0])
        np.testing.assert_allclose(found[order].reshape(x.shape), x[expected], rtol=1e-6)
        np.testing.assert_allclose(answers[order].reshape(y.shape), y[expected], rtol=1e-6)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"x": None}, r"expected an array 'x', found 'choice', 'is_test', 'task', 'y'"),
        ({"task": None}, r"expected an array 'task' \(example,\), found none"),
        ({"x": np.full((N, 3, 4), np.nan)}, r"'x': expected finite numbers, found 144 that"),
        ({"x": np.ones(N)}, r"'x': expected a shape .*, found \(12,\)"),
        ({"x": np.full((N, 3, 4), "a")}, r"'x': expected numbers, found <U1"),
        ({"y": np.full((N, 3), "left")}, r"'y': expected numbers.*classes as whole numbers"),
        ({"y": np.zeros((N, 3, 2), int)}, r"'y': expected classes.*\(12, 3\).*\(12, 3, 2\)"),
        ({"y": np.zeros((N, 3))}, r"'y': expected values.*\(12, 3, 'outputs'\).*\(12, 3\)"),
        ({"y": np.full((N, 3), -2)}, r"'y': expected classes from 0, or -1.*found -2"),
        ({"task": np.zeros(N - 1, int)}, r"'task': expected .* shape \(12,\), found .* \(11,\)"),
        ({"is_test": np.full(N, 2)}, r"'is_test': expected 0 and 1 in a shape \(12,\)"),
        ({"choice": np.zeros(N)}, r"'choice': expected 0 and 1 in a shape \(12, 3\)"),
        ({"is_test": np.zeros(N)}, r"task 'second': expected examples to be tested, found none"),
        ({"is_test": np.ones(N)}, r"task 'second': expected examples to learn from, found none"),
        ({"y": np.full((N, 3), -1)}, r"at which anything is asked among 6"),
    ],
)  # fmt: skip
def test_arrays_that_cannot_be_are_refused_in_one_line(tmp_path, changes, said):
    with pytest.raises(NeurosimError, match=said) as refused:
        read(tmp_path, **changes)
    assert str(refused.value).startswith(str(tmp_path / "own.npz"))
    assert "\n" not in str(refused.value)


def test_files_that_cannot_be_are_refused(tmp_path):
    rng = np.random.default_rng(0)
    with pytest.raises(NeurosimError, match="no such file"):
        own_sequence(OwnParameters(tmp_path / "none.npz"), rng)
    with pytest.raises(NeurosimError, match=r"folder with an \.npz a task, found none there"):
        own_sequence(OwnParameters(tmp_path), rng)
    (tmp_path / "broken.npz").write_bytes(b"no archive")
    with pytest.raises(NeurosimError, match=r"expected an \.npz of plain arrays"):
        own_sequence(OwnParameters(tmp_path / "broken.npz"), rng)
    with pytest.raises(NeurosimError, match="test_fraction: expected 0 to 1, found 1"):
        OwnParameters(tmp_path, test_fraction=1)


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ({"x": np.ones((4, 5)), "y": np.zeros(4, int)}, r"'x': .*\(example, 1, 3\) as in a.npz"),
        ({"x": np.ones((4, 3)), "y": np.ones((4, 2))}, r"'y': expected int64 .* as in a.npz"),
        ({"x": np.ones((4, 2, 3)), "y": np.zeros((4, 2), int)}, r"fill up shorter examples"),
    ],
)
def test_tasks_that_differ_in_form_are_refused(tmp_path, second, said):
    np.savez(tmp_path / "a.npz", x=np.ones((4, 3)), y=np.zeros(4, int))
    np.savez(tmp_path / "b.npz", **second)
    with pytest.raises(NeurosimError, match=said) as refused:
        own_sequence(OwnParameters(tmp_path), np.random.default_rng(0))
    assert str(refused.value).startswith(str(tmp_path / "b.npz"))
