"""Gain x need against brute force, and what comes of it."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim.agents.imagination import (
    Imagination,
    ImaginationParameters,
    gain_of,
    need_of,
    returns_of,
    write_sequence,
)
from neurosim.agents.memory import Experience
from neurosim.agents.policies import greedy, softmax
from neurosim.agents.replay import Values, writes_in
from neurosim.agents.sequences import sequences_in
from neurosim.agents.world_model import WorldModel

POLICIES = {"greedy": greedy(0.1), "softmax": softmax(3.0)}
VALUE = st.sampled_from([-1.0, -0.3, 0.0, 0.2, 0.9]) | st.floats(-2, 2)
N, ACTIONS = 8, 3


def chances(name, row):
    """Probabilities of one state's actions, one by one."""
    if name == "softmax":
        odds = [np.exp(3.0 * v) for v in row]
        return [o / sum(odds) for o in odds]
    best = [v == max(row) for v in row]
    return [0.9 * b / sum(best) + 0.1 / len(row) for b in best]


@pytest.mark.parametrize("name", POLICIES)
@given(st.lists(st.tuples(VALUE, VALUE, VALUE, VALUE), min_size=1, max_size=4), st.data())
def test_gain_is_what_the_new_policy_earns_above_the_old(name, rows, data):
    n = len(rows)
    action = data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    change = data.draw(st.lists(VALUE, min_size=n, max_size=n))
    before = np.array(rows)
    found = gain_of(before, np.array(action), np.array(change), POLICIES[name])
    assert np.array_equal(before, np.array(rows))
    for row, a, by, gain in zip(rows, action, change, found, strict=True):
        new = list(row)
        new[a] += by
        earned = [
            sum(p * v for p, v in zip(chances(name, r), new, strict=True)) for r in (new, row)
        ]
        assert gain == pytest.approx(earned[0] - earned[1], abs=1e-12)
        assert name == "softmax" or gain >= -1e-12  # the best by the new values is never worse


def random_model(seed, known=0.9, restart=True):
    """A maze of N states, the last of which ends episodes with a reward."""
    rng = np.random.default_rng(seed)
    model = WorldModel(N, ACTIONS)
    for state in range(N - 1):
        for action in range(ACTIONS):
            if rng.random() < known:
                following = int(rng.integers(N))
                ends = following == N - 1
                model.learn(Experience(state, action, float(ends), following, ends))
    if restart:
        model.learn_restart(N - 1, int(rng.integers(N - 1)))
    return model


@given(st.integers(0, 10**6), st.floats(0.3, 0.9), st.sampled_from(sorted(POLICIES)), st.booleans())
def test_need_is_the_discounted_number_of_visits_to_come(seed, discount, name, restart):
    model = random_model(seed, restart=restart)
    rng = np.random.default_rng(seed)
    policy = POLICIES[name](rng.normal(size=(N, ACTIONS)).round(1))
    here = int(rng.integers(N))
    moves = np.zeros((N, N))
    for state in range(N):
        for action in range(ACTIONS):
            after = model.restarts.get(state, int(model.next_state[state, action]))
            moves[state, after] += policy[state, action]
    expected, there = np.zeros(N), np.eye(N)[here]
    for k in range(250):
        expected += discount**k * there
        there = there @ moves
    found = need_of(model, policy, discount, here)
    assert found == pytest.approx(expected, abs=1e-9)
    assert found.sum() == pytest.approx(1 / (1 - discount))


def corridor(n):
    """One walk along a corridor to a reward at its end; on is action 0."""
    return [Experience(s, 0, float(s == n - 1), s + 1, s == n - 1) for s in range(n)]


@given(
    st.lists(st.floats(-2, 2), min_size=1, max_size=6), st.booleans(), st.floats(0.1, 1.0), VALUE
)
def test_returns_are_discounted_sums_of_rewards_and_the_value_after_them(
    rewards, ends, discount, after
):
    n = len(rewards)
    steps = [Experience(s, 1, r, s + 1, ends and s == n - 1) for s, r in enumerate(rewards)]
    table = np.full((n + 1, 2), -5.0)
    table[n, 0] = after
    values = Values(table.copy(), 0.5, discount)
    expected = [
        sum(discount ** (k - row) * rewards[k] for k in range(row, n))
        + (0.0 if ends else discount ** (n - row) * after)
        for row in range(n)
    ]
    assert returns_of(values, steps) == pytest.approx(expected, abs=1e-9)
    write_sequence(values, steps)
    assert values.table[:n, 1] == pytest.approx((np.array(expected) - 5.0) / 2, abs=1e-9)
    assert np.array_equal(values.table[:, 0], table[:, 0])
    assert np.array_equal(values.table[n], table[n])


def after_walk(n, rng, gain_floor=0.0, discount=0.9):
    """An agent that has walked to a reward once."""
    model = WorldModel(n + 1, 2)
    values = Values(np.zeros((n + 1, 2)), 1.0, discount)
    replay = Imagination(model, greedy(0.1), ImaginationParameters(gain_floor), rng)
    for step in corridor(n):
        model.learn(step)
        replay.observe(step, values.write(step))
    model.learn_restart(n, 0)
    return model, values, replay


@given(st.integers(4, 12), st.integers(1, 20))
def test_after_a_walk_to_a_reward_replay_goes_back_from_it_and_is_then_over(n, budget):
    """Only next to what was learned is anything to gain."""
    _, values, replay = after_walk(n, np.random.default_rng(0))
    done = []
    while more := replay.replay(values, n, budget):
        assert writes_in(more) <= budget
        done += more
    assert [[step.state for step in backup] for backup in done] == [
        [s] for s in range(n - 2, -1, -1)
    ]
    assert sequences_in(done, 3) == [("reverse", tuple(range(n - 1, -1, -1)))]
    assert values.table[:n, 0] == pytest.approx(0.9 ** np.arange(n - 1, -1, -1.0))
    assert not values.table[:, 1].any()


def test_a_slow_learner_is_led_back_to_the_start_however_long_the_way(rng):
    """One write a place is all that gain asks for: values fall tenfold from place to place."""
    n = 16
    model, _, _ = after_walk(n, rng)
    slow = Values(np.zeros((n + 1, 2)), 0.1, 0.9)
    Imagination(model, greedy(0.1), ImaginationParameters(), rng).replay(slow, 0, 1000)
    assert (slow.table[:n, 0] > slow.table[:n, 1]).all()


def test_replay_with_a_threshold_stops_where_need_is_small(rng):
    """From the reward the agent needs the start first; states ahead are needed less."""
    _, values, replay = after_walk(10, rng)
    replay._parameters = ImaginationParameters(threshold=0.2)
    far = replay.replay(values, 10, 1000)
    _, values, replay = after_walk(10, rng)
    assert len(far) < len(replay.replay(values, 10, 1000)) == 9


def test_with_a_gain_floor_an_agent_replays_the_way_ahead_of_it(rng):
    """All is learned, need alone is left: it falls with the distance ahead."""
    _, values, replay = after_walk(8, rng, gain_floor=1e-10)
    replay.replay(values, 8, 7)
    before = values.table.copy()
    done = replay.replay_backups(values, 0, 8)
    assert done[0][-1].state == 0
    assert [backup[-1].state for backup in done] == list(range(8))
    assert sequences_in(done, 3) == [("forward", tuple(range(9)))]
    assert values.table == pytest.approx(before)


def best_single(model, values, need, policy):
    """Largest gain x need among known steps, by trying each of them."""
    worth = {}
    for state, action in np.argwhere(model.known).tolist():
        step = model.step(state, action)
        row = values.table[state]
        new = row.copy()
        new[action] += values.learning_rate * values.error(step)
        gain = float(((policy(new) - policy(row)) * new).sum())
        worth[step] = max(gain, 0.0) * need[state]
    return worth


@pytest.mark.parametrize("name", POLICIES)
@given(st.integers(0, 10**6))
def test_the_first_step_replayed_is_worth_most(name, seed):
    rng = np.random.default_rng(seed)
    model = random_model(seed)
    values = Values(rng.normal(size=(N, ACTIONS)), 0.7, 0.8)
    replay = Imagination(model, POLICIES[name], ImaginationParameters(), rng)
    here = int(rng.integers(N))
    need = need_of(model, POLICIES[name](values.table), 0.8, here)
    worth = best_single(model, values, need, POLICIES[name])
    done = replay.replay(values, here, 1)
    if done:
        assert worth[done[0][0]] == pytest.approx(max(worth.values()), rel=1e-6)
    else:
        assert max(worth.values(), default=0.0) < 1e-9


@pytest.mark.parametrize(("name", "floor"), [("softmax", 0.0), ("softmax", 1e-3), ("greedy", 1e-3)])
def test_longer_sequences_keep_to_the_budget_and_visit_no_state_twice(name, floor):
    longest = 4
    parameters = ImaginationParameters(gain_floor=floor, longest=longest)
    lengths = set()
    for seed in range(25):
        rng = np.random.default_rng(seed)
        model, values = random_model(seed), Values(np.zeros((N, ACTIONS)), 0.5, 0.9)
        replay = Imagination(model, POLICIES[name], parameters, rng)
        for budget in (1, 2, 5, 13):
            before = values.table.copy()
            done = replay.replay(values, int(rng.integers(N)), budget)
            assert writes_in(done) <= budget
            assert (values.table != before).sum() <= budget
            for backup in done:
                states = [step.state for step in backup]
                assert len(set(states)) == len(states) <= longest
                assert all(a.following == b.state for a, b in pairwise(backup))
                assert not any(step.ends for step in backup[:-1])
                assert all(step == model.step(step.state, step.action) for step in backup)
                lengths.add(len(backup))
    assert len(lengths) > 1  # longer ones do come up


def test_so_many_backups_may_write_more_values(rng):
    _, values, replay = after_walk(8, rng, gain_floor=1e-10)
    done = replay.replay_backups(values, 0, 20)
    assert len(done) == 20
    assert writes_in(done) > 20


def test_nothing_known_nothing_imagined(rng):
    replay = Imagination(WorldModel(4, 2), greedy(0.1), ImaginationParameters(1e-10), rng)
    assert replay.replay(Values(np.zeros((4, 2)), 1.0, 0.9), 0, 10) == []
