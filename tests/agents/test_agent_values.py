"""Q-learning in replay: what is written, in which order, and that it ends at the optimum."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim.agents.memory import Experience
from neurosim.agents.replay import (
    DrawnReplay,
    MovieReplay,
    NoReplay,
    PrioritisedSweeping,
    Values,
    writes_in,
)
from neurosim.agents.world_model import WorldModel
from neurosim.tasks.worlds import WORLDS, world_of

FAR = 10**6  # writes, more than are ever needed
RESIDUAL = 1e-9


def steps_of(world):
    """Every step that can be taken in a maze."""
    return [
        Experience(s, a, float(world.reward[n]), int(n), bool(world.terminal[n]))
        for s, row in enumerate(world.next_state)
        for a, n in enumerate(row)
        if not world.terminal[s]
    ]


def random_steps(seed, n_states=7, n_actions=3):
    """A known step for most states and actions; one state ends episodes."""
    rng = np.random.default_rng(seed)
    following = rng.integers(n_states, size=(n_states, n_actions))
    reward = rng.normal(size=n_states)
    return [
        Experience(s, a, float(reward[f]), int(f), bool(f == n_states - 1))
        for s, row in enumerate(following[:-1])
        for a, f in enumerate(row)
        if rng.random() < 0.8
    ]


def optimum(steps, shape, discount, n_sweeps=1000):
    """Value iteration; 0 for what is not known."""
    table = np.zeros(shape)
    for _ in range(n_sweeps):
        best = table.max(axis=1)
        for s in steps:
            later = 0.0 if s.ends else discount * best[s.following]
            table[s.state, s.action] = s.reward + later
    return table


def empty(shape, learning_rate=1.0, discount=0.9):
    return Values(np.zeros(shape), learning_rate, discount)


@pytest.mark.parametrize("ends", [False, True])
def test_a_write_is_that_of_q_learning(ends):
    table = np.array([[1.0, -2.0], [0.5, 3.0]])
    values = Values(table.copy(), 0.25, 0.8)
    step = Experience(0, 1, 1.5, 1, ends)
    error = 1.5 + (0.0 if ends else 0.8 * 3.0) + 2.0
    assert values.error(step) == pytest.approx(error)
    assert values.write(step, weight=0.5) == pytest.approx(error)
    assert values.table == pytest.approx(np.array([[1.0, -2.0 + 0.5 * 0.25 * error], [0.5, 3.0]]))


@pytest.mark.parametrize("name", WORLDS)
def test_sweeping_back_from_a_reward_writes_each_value_once_and_ends_at_the_optimum(name):
    """At a learning rate of 1, from the first reward in a maze that is otherwise known."""
    world = world_of(name)
    steps, shape = steps_of(world), world.next_state.shape
    model, values = WorldModel(*shape), empty(shape, discount=0.95)
    for step in steps:
        model.learn(step)
    for step in (s for s in steps if s.ends):
        sweeping = PrioritisedSweeping(model)
        sweeping.observe(step, values.write(step))
        done = sweeping.replay(values, 0, FAR)
    best = optimum(steps, shape, 0.95, 200)
    assert np.allclose(values.table, best, atol=1e-12)
    assert sweeping.replay(values, 0, FAR) == []
    written = [(b[0].state, b[0].action) for b in done]
    assert len(set(written)) == len(written)


@given(st.integers(0, 10**6), st.floats(0.5, 0.95), st.integers(1, 4))
def test_sweeping_in_any_maze_keeps_to_its_budget_and_ends_at_the_optimum(seed, discount, budget):
    """Optimal for what is known so far; steps come one by one, rewards may be punishments."""
    steps, shape = random_steps(seed), (7, 3)
    model, values = WorldModel(*shape), empty(shape, discount=discount)
    sweeping = PrioritisedSweeping(model, threshold=RESIDUAL)
    for step in steps:
        model.learn(step)
        sweeping.observe(step, values.write(step))
        before = values.table.copy()
        done = sweeping.replay(values, step.following, budget)
        assert writes_in(done) <= budget
        assert (values.table != before).sum() <= budget
        while sweeping.replay(values, step.following, FAR):
            pass
    assert np.allclose(values.table, optimum(steps, shape, discount), atol=1e-6)


def test_sweeping_ends_at_the_optimum_at_a_low_learning_rate():
    steps, shape = random_steps(1), (7, 3)
    model, values = WorldModel(*shape), empty(shape, learning_rate=0.5)
    sweeping = PrioritisedSweeping(model, threshold=RESIDUAL)
    for step in steps:
        model.learn(step)
        sweeping.observe(step, values.write(step))
        sweeping.replay(values, step.following, FAR)
    assert np.allclose(values.table, optimum(steps, shape, 0.9), atol=1e-6)


def test_sweeping_begins_where_the_error_is_largest():
    """Two ways lead to a state; the one that was thought worse is corrected first."""
    shape = (4, 1)
    model, values = WorldModel(*shape), empty(shape)
    into = [Experience(s, 0, 0.0, 2, False) for s in (0, 1)]
    last = Experience(2, 0, 1.0, 3, True)
    for step in (*into, last):
        model.learn(step)
    values.table[0], values.table[1] = 0.5, -0.5
    sweeping = PrioritisedSweeping(model)
    sweeping.observe(last, values.write(last))
    assert sweeping.replay(values, 2, 1) == [(into[1],)]
    assert sweeping.replay(values, 2, 1) == [(into[0],)]


@pytest.mark.parametrize("alpha", [0.0, 0.6])
def test_drawn_replay_of_all_steps_ends_at_the_optimum(alpha, rng):
    steps, shape = random_steps(4), (7, 3)
    values = empty(shape)
    replay = DrawnReplay(rng, 100, alpha=alpha)
    for step in steps:
        replay.observe(step, 0.0)
    for _ in range(600):
        done = replay.replay(values, 0, 10)
        assert writes_in(done) == 10
    best = optimum(steps, shape, 0.9)
    assert np.abs(best).max() > 0.5
    assert np.allclose(values.table, best, atol=1e-3)


def test_prioritised_replay_comes_back_to_errors(rng):
    """Of many steps one is worth learning; drawn by error it is drawn more often than by chance."""
    steps = [Experience(s, 0, 5.0 * (s == 3), 20, True) for s in range(20)]
    often = {}
    for alpha in (0.0, 1.0):
        replay = DrawnReplay(rng, 100, alpha=alpha)
        values = empty((21, 1), learning_rate=0.01)
        for step in steps:
            replay.observe(step, 0.0)
        done = [b[0].state for _ in range(100) for b in replay.replay(values, 0, 5)]
        often[alpha] = done[250:].count(3) / 250
    assert often[0.0] < 0.2
    assert often[1.0] > 0.8


def test_drawn_replay_forgets_the_oldest(rng):
    replay = DrawnReplay(rng, 3)
    for state in range(5):
        replay.observe(Experience(state, 0, 0.0, 5, True), 0.0)
    done = replay.replay(empty((6, 1)), 0, 200)
    assert {backup[0].state for backup in done} == {2, 3, 4}


def test_a_movie_goes_on_where_the_budget_ended(rng):
    steps = [Experience(s, 0, float(s == 3), s + 1, s == 3) for s in range(4)]
    for reverse, order in ((False, [0, 1, 2, 3]), (True, [3, 2, 1, 0])):
        replay, values = MovieReplay(rng, reverse, 100), empty((5, 1))
        assert replay.replay(values, 0, 3) == []
        for step in steps:
            replay.observe(step, 0.0)
        states = [b[0].state for _ in range(8) for b in replay.replay(values, 0, 3)]
        assert states == order * 6
    assert values.table[:, 0] == pytest.approx([0.9**3, 0.9**2, 0.9, 1.0, 0.0])


@pytest.mark.parametrize("reverse", [False, True])
def test_one_reverse_movie_does_what_takes_as_many_forward_ones_as_steps(reverse, rng):
    n = 6
    replay, values = MovieReplay(rng, reverse, 100), empty((n + 1, 1))
    for s in range(n):
        replay.observe(Experience(s, 0, float(s == n - 1), s + 1, s == n - 1), 0.0)
    n_movies = 0
    while values.table[0, 0] == 0:
        replay.replay(values, 0, n)
        n_movies += 1
    assert n_movies == (1 if reverse else n)


def test_an_episode_longer_than_the_memory_does_not_stop_an_agent(rng):
    replay = MovieReplay(rng, False, 4)
    for n in (3, 6, 3):
        for s in range(n):
            replay.observe(Experience(s, 0, 0.0, s + 1, s == n - 1), 0.0)
            replay.replay(empty((9, 1)), s, 2)


@pytest.mark.parametrize("replay", ["movie", "uniform", "sweeping", "none"])
def test_nothing_known_nothing_replayed(replay, rng):
    made = {
        "movie": MovieReplay(rng, True, 10),
        "uniform": DrawnReplay(rng, 10),
        "sweeping": PrioritisedSweeping(WorldModel(3, 2)),
        "none": NoReplay(),
    }[replay]
    values = empty((3, 2))
    assert made.replay(values, 0, 5) == []
    assert not values.table.any()
