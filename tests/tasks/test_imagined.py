"""Imagined runs: parts of remembered ones, joined where both make the same step."""

from itertools import groupby, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.tasks.imagined import stitch
from neurosim.tasks.maze_runs import Alternation, MazeParameters
from neurosim.tasks.maze_tasks import remapping_mazes


@st.composite
def memories(draw):
    """Draw runs through few places, of different lengths, each step shown by its own number."""
    n, longest = draw(st.integers(1, 6)), draw(st.integers(1, 7))
    y = np.full((n, longest), -1)
    for row in range(n):
        length = draw(st.integers(0, longest))
        y[row, :length] = draw(st.lists(st.integers(0, 2), min_size=length, max_size=length))
    x = np.where(y >= 0, 1 + np.arange(y.size).reshape(y.shape), 0)[..., None].astype(np.float32)
    return x, y


def steps_of_run(y):
    """From where each step of a run leads: the last other next place."""
    left, found = -1, []
    for before, here in zip([-1, *y[:-1]], y, strict=True):
        left = before if here != before else left
        found.append((int(left), int(here)))
    return found


@settings(max_examples=200, deadline=None)
@given(memories(), st.integers(0, 99))
def test_a_run_begins_as_its_own_and_ends_as_another(memory, seed):
    x, y = memory
    longest = y.shape[1]
    new_x, new_y = stitch(x, y, np.random.default_rng(seed))
    assert new_x.shape == x.shape
    assert new_x.dtype == x.dtype
    assert new_y.dtype == y.dtype
    for row in range(len(y)):
        # Shown numbers tell which run and step each imagined step was.
        shown = new_x[row, :, 0].astype(int) - 1
        n = int((shown >= 0).sum())
        assert (shown[n:] < 0).all()
        assert (new_y[row, n:] == -1).all()
        run, step = np.divmod(shown[:n], longest)
        np.testing.assert_array_equal(new_y[row, :n], y[run, step])
        own = int((run == row).sum())
        assert (run[:own] == row).all()
        np.testing.assert_array_equal(step[:own], np.arange(own))
        if own < n:
            (other,) = set(run[own:].tolist())
            end = np.arange(step[own], int((y[other] >= 0).sum()))
            np.testing.assert_array_equal(step[own:], end)
            common = steps_of_run(y[row])[own - 1]
            assert common == steps_of_run(y[other])[step[own] - 1]
            assert -1 not in common
        else:
            np.testing.assert_array_equal(new_y[row], y[row])


@settings(max_examples=100, deadline=None)
@given(memories(), st.integers(0, 99))
def test_every_run_that_can_be_joined_is(memory, seed):
    x, y = memory
    new_x, _ = stitch(x, y, np.random.default_rng(seed))
    lengths = (y >= 0).sum(axis=1)
    for row in range(len(y)):
        can = any(
            mine == theirs and -1 not in mine and there + 1 < lengths[other]
            and here + lengths[other] - there <= y.shape[1]
            for other in range(len(y))
            if other != row
            for here, mine in enumerate(steps_of_run(y[row]))
            for there, theirs in enumerate(steps_of_run(y[other]))
        )  # fmt: skip
        assert can == (new_x[row] != x[row]).any()


@pytest.fixture(scope="module", params=[0.0, 0.3])
def runs(request):
    maze = MazeParameters(n_mazes=1, linger=request.param)
    return remapping_mazes(maze, np.random.default_rng(0)).tasks[0].train


def test_imagined_runs_take_legal_steps_but_half_break_the_rule(runs):
    _, y = stitch(runs.x, runs.y, np.random.default_rng(0))
    paths = [path.tolist() for path in Alternation.on(MazeParameters().places).path]
    legal = {step for path in paths for step in pairwise(path)}
    broken = []
    for places in y:
        visits = [place for place, _ in groupby(places[places >= 0].tolist())]
        assert set(pairwise(visits)) <= legal
        (begins,) = [path for path in paths if visits[0] in path[:5]]
        broken.append(visits[-1] != begins[-1])
    assert 0.3 < np.mean(broken) < 0.7


def test_only_runs_of_one_group_are_joined(runs):
    x = runs.x.copy()
    group = np.arange(runs.size) % 3
    x[..., 0] = np.where(runs.y >= 0, group[:, None], 0)
    new_x, new_y = stitch(x, runs.y, np.random.default_rng(0), group)
    asked = new_y >= 0
    np.testing.assert_array_equal(new_x[..., 0], np.where(asked, group[:, None], 0))
    apart, _ = stitch(x, runs.y, np.random.default_rng(0), np.arange(runs.size))
    np.testing.assert_array_equal(apart, x)


def test_only_runs_through_places_can_be_joined():
    rng = np.random.default_rng(0)
    with pytest.raises(NeurosimError, match=r"whole numbers, found float32 of shape \(3, 1, 2\)"):
        stitch(np.zeros((3, 1, 2)), np.zeros((3, 1, 2), dtype=np.float32), rng)
