"""What agents keep: movies of whole episodes, prioritised drawing, and models of mazes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim.agents.memory import Episodes, Experience, PrioritisedMemory
from neurosim.agents.policies import greedy, softmax
from neurosim.agents.world_model import WorldModel

ALPHAS = [0.0, 0.6, 1.0]


def fill(lengths, size):
    """A memory of episodes, and the steps of each: every step is told by its number."""
    memory, episodes, number = Episodes(size), [], 0
    for length in lengths:
        steps = [
            Experience(number + i, 0, 0.0, number + i + 1, i == length - 1) for i in range(length)
        ]
        for step in steps:
            memory.add(step)
        episodes.append(steps)
        number += length
    return memory, episodes


def seen_in(movie, n):
    return [step for step, _ in zip(movie, range(n), strict=False)]


@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=12),
    st.integers(1, 30),
    st.booleans(),
    st.integers(0, 100),
)
def test_movies_play_whole_episodes_and_the_oldest_are_forgotten_whole(
    lengths, size, reverse, seed
):
    memory, episodes = fill(lengths, size)
    kept = [e for i, e in enumerate(episodes) if sum(map(len, episodes[i:])) <= size]
    kept = kept or episodes[-1:]  # the last is kept however long it is
    played = seen_in(memory.movie(np.random.default_rng(seed), reverse), 1500)
    wanted = {(e[-1] if reverse else e[0]): e[::-1] if reverse else e for e in kept}
    seen, at = set(), 0
    while at < len(played):
        episode = wanted[played[at]]  # nothing begins within an episode, nothing forgotten is seen
        assert played[at : at + len(episode)] == episode[: len(played) - at]
        seen.add(played[at])
        at += len(episode)
    assert seen == set(wanted)


def test_an_episode_is_not_played_before_it_has_ended(rng):
    memory, (episode,) = fill([3], 100)
    memory.add(Experience(99, 0, 0.0, 100, False))
    assert set(seen_in(memory.movie(rng, False), 50)) == set(episode)
    open_alone = Episodes(10)
    open_alone.add(Experience(0, 0, 0.0, 1, False))
    assert seen_in(open_alone.movie(rng, False), 5) == []


def prioritised(alpha, size=8, n_added=8, seed=0):
    """A memory with errors, some of them negative or zero, and those errors."""
    memory = PrioritisedMemory(size, alpha)
    errors = np.random.default_rng(seed).normal(0.0, 2.0, n_added)
    errors[1] = 0.0
    for _ in range(n_added):
        memory.add()
    memory.update(np.arange(n_added), errors)
    return memory, errors


def shares(errors, alpha):
    power = (np.abs(errors) + PrioritisedMemory.FLOOR) ** alpha
    return power / power.sum()


def assert_drawn_as(index, share):
    """Within five standard errors of a binomial."""
    n = index.size
    often = np.bincount(index, minlength=share.size)
    assert (np.abs(often - n * share) <= 5 * np.sqrt(n * share * (1 - share)) + 1).all()


@pytest.mark.parametrize("n_added", [5, 8])
@pytest.mark.parametrize("alpha", ALPHAS)
def test_experience_is_drawn_in_proportion_to_a_power_of_its_error(alpha, n_added, rng):
    memory, errors = prioritised(alpha, n_added=n_added)
    index, _ = memory.draw(40_000, 0.5, rng)
    assert_drawn_as(index, shares(errors, alpha))


@pytest.mark.parametrize("beta", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("alpha", ALPHAS)
def test_weights_make_up_for_what_is_drawn_too_often(alpha, beta, rng):
    memory, errors = prioritised(alpha)
    share = shares(errors, alpha)
    every = (errors.size * share) ** -beta
    index, weight = memory.draw(500, beta, rng)
    assert np.allclose(weight, every[index] / every.max())


def test_what_is_drawn_and_weighted_fully_has_the_mean_of_what_is_kept(rng):
    errors = np.array([0.5, -1.0, 3.0, -2.0, 0.7])
    memory = PrioritisedMemory(errors.size, 0.6)
    memory.update(np.array([memory.add() for _ in errors]), errors)
    index, weight = memory.draw(100_000, 1.0, rng)
    assert errors[index].mean() > errors.mean() + 0.1
    assert np.average(errors[index], weights=weight) == pytest.approx(errors.mean(), abs=0.04)


@pytest.mark.parametrize("alpha", [0.6, 1.0])
def test_another_library_draws_and_weighs_alike(alpha, rng):
    """Its generator cannot be seeded: weights by index, and frequencies with a safe margin."""
    cpprb = pytest.importorskip("cpprb")
    memory, errors = prioritised(alpha)
    other = cpprb.PrioritizedReplayBuffer(
        errors.size, {"x": {}}, alpha=alpha, eps=PrioritisedMemory.FLOOR
    )
    other.add(x=np.arange(errors.size), priorities=np.abs(errors))
    for beta in (0.4, 1.0):
        theirs = other.sample(40_000, beta=beta)
        index, weight = memory.draw(40_000, beta, rng)
        by_index = np.zeros((2, errors.size))
        by_index[0, theirs["indexes"]] = theirs["weights"]
        by_index[1, index] = weight
        drawn = (by_index > 0).all(axis=0)
        assert drawn.sum() >= errors.size - 1  # that of no error is hardly ever drawn
        assert np.ptp(np.log(by_index[0, drawn] / by_index[1, drawn])) < 1e-4
        assert_drawn_as(theirs["indexes"], shares(errors, alpha))
        assert_drawn_as(index, shares(errors, alpha))


def test_new_experience_has_the_largest_priority_and_takes_the_place_of_the_oldest(rng):
    memory = PrioritisedMemory(3, alpha=1.0)
    assert [memory.add() for _ in range(3)] == [0, 1, 2]
    memory.update(np.arange(3), np.array([5.0, 1.0, 2.0]))
    memory.update(np.array([0]), np.array([1.0]))  # the largest so far stays 5
    assert memory.add() == 0
    assert len(memory) == 3
    index, _ = memory.draw(20_000, 0.0, rng)
    assert_drawn_as(index, shares(np.array([5.0, 1.0, 2.0]), 1.0))


def test_a_model_keeps_the_last_outcome_of_what_was_tried():
    model = WorldModel(4, 2)
    assert model.next_state.tolist() == [[0, 0], [1, 1], [2, 2], [3, 3]]
    model.learn(Experience(0, 1, 0.0, 1, False))
    model.learn(Experience(1, 0, 2.0, 3, True))
    assert model.step(1, 0) == Experience(1, 0, 2.0, 3, True)
    assert model.predecessors == [set(), {(0, 1)}, set(), {(1, 0)}]
    model.learn(Experience(0, 1, 0.5, 2, False))  # the maze has changed
    assert model.step(0, 1) == Experience(0, 1, 0.5, 2, False)
    assert model.predecessors == [set(), set(), {(0, 1)}, {(1, 0)}]
    assert np.argwhere(model.known).tolist() == [[0, 1], [1, 0]]
    assert model.age(0).tolist() == [3, 0]
    assert model.age(1).tolist() == [1, 3]


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=5), st.floats(0, 1), st.floats(0.1, 10))
def test_policies_are_probabilities_and_prefer_the_best(values, epsilon, inverse_temperature):
    values = np.array(values)
    for policy in (greedy(epsilon), softmax(inverse_temperature)):
        chances = policy(values)
        assert chances.sum() == pytest.approx(1.0)
        assert chances.min() >= 0
        assert (chances[values == values.max()] >= chances.max() - 1e-12).all()
        assert np.allclose(policy(np.stack([values, values[::-1]]))[0], chances)
    best = values == values.max()
    assert greedy(epsilon)(values)[~best] == pytest.approx(epsilon / values.size)
    odds = softmax(inverse_temperature)(values)
    assert odds / odds[0] == pytest.approx(np.exp(inverse_temperature * (values - values[0])))
