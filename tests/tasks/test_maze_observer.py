"""Best observers of runs, against every run that could have been."""

from itertools import product

import numpy as np
import pytest

from neurosim.tasks.examples import NOT_ASKED
from neurosim.tasks.maze_observer import Observer
from neurosim.tasks.maze_runs import Alternation, MazeParameters, draw_runs, place_rates
from neurosim.tasks.maze_tasks import remapping_mazes

CELLS = {"n_cells": 5}


def every_run(runs, linger):
    """All runs: probability, side and indices."""
    n_index = runs.path.shape[1] - 1
    for side, begins in product((0, 1), range(runs.n_starts)):
        for twice in product((0, 1), repeat=n_index - begins):
            p = np.prod([linger if again else 1 - linger for again in twice])
            if p > 0:
                index = np.repeat(np.arange(begins, n_index), np.array(twice) + 1)
                yield 0.5 * p / runs.n_starts, side, index


def poisson(counts, expected):
    return np.prod(np.exp(-expected) * expected**counts)  # factorials are the same for all


@pytest.mark.parametrize("linger", [0.0, 0.3])
def test_remembering_observer_weighs_every_run_that_could_have_been(linger):
    given = MazeParameters(
        arm_m=0.4, spacing_m=0.2, place_m=0.2, bin_s=0.1, linger=linger, cells=CELLS
    )
    runs = Alternation.on(given.places)
    rates = place_rates(given, 2, np.random.default_rng(0))
    part = draw_runs(runs, rates[1], 2, given, np.random.default_rng(1))
    observer = Observer(runs, rates, given.bin_s, linger)
    found = observer.remembering(part.x)
    alone = observer.forgetful(part.x)
    for row, x in enumerate(np.square(part.x, dtype=float)):
        for step in range(int((part.y[row] != NOT_ASKED).sum())):
            weight, single = np.zeros((2, runs.path.max() + 1))
            for maze in range(2):
                rate = rates[maze] * given.bin_s
                for p, side, index in every_run(runs, linger):
                    shown = [rate[int(runs.inbound[i]), runs.path[side, i]] for i in index]
                    if len(index) > step:
                        heard = zip(x[: step + 1], shown, strict=False)
                        weight[runs.path[side, index[step] + 1]] += p * np.prod(
                            [poisson(*each) for each in heard]
                        )
                    for i, expected in zip(index, shown, strict=True):
                        single[runs.path[side, i + 1]] += p * poisson(x[step], expected)
            np.testing.assert_allclose(found[row, step], weight / weight.sum(), atol=1e-9)
            np.testing.assert_allclose(alone[row, step], single / single.sum(), atol=1e-9)


def test_memory_is_worth_the_choice():
    given = MazeParameters(n_mazes=3, n_train=1, n_test=400)
    best = remapping_mazes(given, np.random.default_rng(0)).best
    assert (best["accuracy"] > best["step_accuracy"]).all()
    assert (best["choice_accuracy"] > 0.95).all()
    # A twelfth of the steps is a choice, half of which the forgetful one gets right.
    assert (best["step_accuracy"] < 1 - 0.5 / 12 + 0.01).all()


def test_forgetful_observer_chooses_at_chance():
    given = MazeParameters(bin_s=1.0)
    runs = Alternation.on(given.places)
    rates = place_rates(given, 1, np.random.default_rng(0))
    part = draw_runs(runs, rates[0], 500, given, np.random.default_rng(1))
    chosen = Observer(runs, rates, given.bin_s, 0.0).forgetful(part.x)[part.choice]
    sides = runs.path[:, runs.choice + 1]
    np.testing.assert_allclose(chosen[:, sides[0]], chosen[:, sides[1]], atol=1e-12)
    assert chosen[:, sides].sum(axis=1).mean() > 0.95  # it knows where it is


def test_observers_are_right_as_often_as_they_say():
    given = MazeParameters(bin_s=0.03, linger=0.2)
    runs = Alternation.on(given.places)
    rates = place_rates(given, 2, np.random.default_rng(0))
    parts = [draw_runs(runs, rate, 400, given, np.random.default_rng(1)) for rate in rates]
    observer = Observer(runs, rates, given.bin_s, given.linger)
    for answer in (observer.remembering, observer.forgetful):
        said, right = [], []
        for part in parts:
            asked = part.y != NOT_ASKED
            p = answer(part.x)[asked]
            said.append(p.max(axis=1))
            right.append(p.argmax(axis=1) == part.y[asked])
        said, right = np.concatenate(said), np.concatenate(right)
        assert 0.3 < right.mean() < 0.95
        assert said.mean() == pytest.approx(right.mean(), abs=0.02)
