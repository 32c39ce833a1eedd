"""Nights of replay into a slow learner that has to find the way alone."""

from dataclasses import replace

import numpy as np
import pytest

from neurosim.agents.learning import POLICIES, LearningParameters
from neurosim.agents.slow_store import NightParameters, performance_alone
from neurosim.tasks.worlds import world_of

NIGHTS = NightParameters(n_nights=3, n_episodes=3, n_writes=300, n_tests=6)
LEARNING = LearningParameters(n_writes=0)
REPLAYING = [name for name in POLICIES if name not in ("none", "td_lambda")]


def performance(policy, nights=NIGHTS, seed=0, maze="linear"):
    rng = np.random.default_rng(seed)
    return performance_alone(world_of(maze), policy, LEARNING, nights, rng)


@pytest.mark.parametrize("policy", POLICIES)
def test_performance_is_a_fraction_of_the_best(policy):
    nights = replace(NIGHTS, n_nights=2, n_tests=3)
    found = performance(policy, nights)
    assert found.shape == (2,)
    assert (found >= 0).all()
    assert (found <= 1).all()
    assert np.array_equal(found, performance(policy, nights))


def test_reverse_movies_at_night_teach_the_way_and_no_replay_does_not():
    reverse, none = (
        np.mean([performance(policy, seed=seed) for seed in range(3)], axis=0)
        for policy in ("movie_reverse", "none")
    )
    assert reverse.min() > 0.6
    assert none.max() < 0.3


def test_a_slow_learner_learns_over_nights():
    """A movie in forward order brings a reward one place back a time: one night is not enough."""
    nights = replace(NIGHTS, n_nights=8, n_writes=500)
    found = np.mean([performance("movie_forward", nights, seed) for seed in range(3)], axis=0)
    assert found[0] < 0.3
    assert found[-1] > 0.6


@pytest.mark.parametrize("policy", REPLAYING)
def test_every_kind_of_replay_reaches_the_slow_learner(policy):
    nights = replace(NIGHTS, n_writes=2000)
    assert performance(policy, nights).max() > 1.5 * performance("none", nights).max()


@pytest.mark.parametrize("policy", REPLAYING)
def test_nothing_is_moved_in_nights_without_writes(policy):
    nights = replace(NIGHTS, n_writes=0)
    assert np.array_equal(performance(policy, nights), performance("none", nights))


def test_tests_that_last_too_long_count_nothing():
    nights = replace(NIGHTS, max_length=13)  # the goal is 14 steps away
    assert not performance("movie_reverse", nights).any()


def test_a_learner_that_is_as_fast_as_the_store_is_optimal_but_for_its_exploring():
    """Steps back and forth, drawn at random one time in ten, cost about a fifth at most."""
    nights = replace(NIGHTS, learning_rate=1.0)
    assert performance("movie_reverse", nights, 1).min() > 0.75
    greedy_learning = LearningParameters(n_writes=0, epsilon=0.0)
    rng = np.random.default_rng(2)
    found = performance_alone(world_of("linear"), "movie_reverse", greedy_learning, nights, rng)
    assert (found == 1.0).all()
