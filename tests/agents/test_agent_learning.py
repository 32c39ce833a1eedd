"""Tabular agents learn mazes, the sooner the better they replay."""

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.agents.learning import POLICIES, Agent, LearningParameters, criterion, learn
from neurosim.tasks.worlds import grid, two_way_track, world_of

SHORT = LearningParameters(n_episodes=10, max_steps=4000)
N_SEEDS = 5
REPLAYING = [name for name in POLICIES if name not in ("none", "td_lambda")]


def learned(policy, parameters=SHORT, maze="linear", seed=0):
    return learn(world_of(maze), policy, parameters, np.random.default_rng(seed))


@pytest.mark.parametrize("policy", POLICIES)
def test_the_same_generator_gives_the_same_life(policy):
    one, same, other = (learned(policy, seed=seed) for seed in (1, 1, 2))
    assert one.length.tolist() == same.length.tolist()
    assert np.array_equal(one.values, same.values)
    assert one.n_writes == same.n_writes
    assert one.length.tolist() != other.length.tolist()


def test_before_the_first_reward_all_policies_act_alike():
    """Agents are compared in pairs: replay draws from a generator of its own."""
    for seed in range(3):
        assert len({int(learned(policy, seed=seed).length[0]) for policy in POLICIES}) == 1


@pytest.mark.parametrize("policy", [name for name in POLICIES if name != "td_lambda"])
def test_agents_never_write_more_than_they_may_after_a_step(policy, rng):
    given = LearningParameters(n_writes=3, learning_rate=0.5)
    agent = Agent(world_of("linear"), policy, given, rng)
    state, before, most = 0, 0, 0
    for _ in range(600):
        step = agent.take_step(state)
        state = 0 if step.ends else step.following
        most = max(most, agent.n_writes - before)
        assert agent.n_writes - before <= 3
        before = agent.n_writes
    assert most == (3 if policy in REPLAYING else 0)


def test_writes_along_a_trace_are_counted(rng):
    agent = Agent(world_of("linear"), "td_lambda", LearningParameters(epsilon=0.0), rng)
    for written in range(4):  # nothing is known: every action is among the best
        agent.take_step(written)
        assert agent.n_writes == sum(range(written + 1))


@pytest.mark.parametrize("policy", REPLAYING)
def test_without_writes_replay_changes_nothing(policy):
    given = LearningParameters(n_writes=0, n_episodes=5, max_steps=3000)
    assert learned(policy, given).length.tolist() == learned("none", given).length.tolist()


def test_without_writes_prioritised_replay_changes_nothing():
    given = LearningParameters(n_writes=0, n_episodes=5, max_steps=3000)
    assert learned("prioritised", given).length.tolist() == learned("none", given).length.tolist()


def test_replay_makes_learning_faster_and_imagination_most(rng):
    """Pair by pair, on the same seeds."""
    steps = {
        policy: np.array([learned(policy, seed=s).steps_to_criterion for s in range(N_SEEDS)])
        for policy in ("none", "movie_forward", "movie_reverse", "uniform", "imagination")
    }
    for policy in ("movie_forward", "movie_reverse", "uniform", "imagination"):
        assert (steps[policy] < steps["none"]).all()
    assert steps["imagination"].mean() < steps["uniform"].mean()
    assert steps["movie_reverse"].mean() < steps["movie_forward"].mean()


def test_imagination_writes_less_than_it_may():
    """It ends when nothing is to be gained; uniform replay goes on for ever."""
    parameters = LearningParameters(max_steps=4000)
    found = {policy: learned(policy, parameters) for policy in ("imagination", "uniform")}
    assert found["uniform"].n_writes == 5 * found["uniform"].length.sum()
    assert found["imagination"].n_writes < 0.2 * 5 * found["imagination"].length.sum()


@pytest.mark.parametrize("policy", REPLAYING)
def test_values_never_exceed_the_discounted_reward(policy):
    """At a learning rate of 1 in a deterministic maze a value is at most the best return."""
    world = world_of("dyna")
    one = learn(world, policy, SHORT, np.random.default_rng(3))
    goal = np.flatnonzero(world.terminal)[0]
    left = world.distance[world.next_state, goal]
    bound = np.where(world.terminal[:, None], 0.0, SHORT.discount**left)
    assert (one.values <= bound + 1e-12).all()
    assert one.values.max() == 1.0


def test_the_criterion_is_met_after_so_many_near_optimal_episodes_in_a_row():
    given = LearningParameters(n_episodes=40, slack=1.4, n_in_a_row=4)
    for policy in ("uniform", "imagination"):
        one = learned(policy, given, seed=4)
        near = one.length <= np.ceil(1.4 * 14)
        met = next(n for n in range(4, near.size + 1) if near[n - 4 : n].all())
        assert one.reached
        assert one.steps_to_criterion == one.length[:met].sum()
        assert one.length.size == max(met, 40)
        assert one.length.min() >= 14


@drawn(st.lists(st.integers(5, 12), max_size=20), st.integers(1, 4), st.sampled_from([1.0, 1.5]))
def test_the_criterion_is_the_end_of_the_first_run_of_good_episodes(lengths, n_in_a_row, slack):
    parameters = LearningParameters(slack=slack, n_in_a_row=n_in_a_row)
    expected, run, steps = np.inf, 0, 0
    for length in lengths:
        steps += length
        run = run + 1 if length <= np.ceil(slack * 5) else 0
        if run == n_in_a_row:
            expected = steps
            break
    assert criterion(np.array(lengths, dtype=int), 5, parameters) == expected


def test_an_agent_that_does_not_make_it_is_stopped():
    one = learned("none", LearningParameters(max_steps=100))
    assert not one.reached
    assert one.steps_to_criterion == one.n_steps == 100
    assert one.length.sum() <= 100


def test_on_two_lanes_laps_lead_there_and_back():
    world = two_way_track(6)
    agent = Agent(world, "uniform", LearningParameters(), np.random.default_rng(0))
    for number in range(6):
        agent.run_episode(number, 10_000)
    assert agent.model.restarts == {5: 11, 6: 0}
    assert agent.values.table[[4, 7]].max(axis=1).tolist() == [1.0, 1.0]


def test_an_agent_with_a_bonus_tries_what_it_did_not_try_for_long():
    """Where nothing is ever found actions in a state take turns; chance alone does not do that."""
    world = grid("room", "S...\n....\n....\n##.#\nG...")
    world = world.with_rewards({int(np.flatnonzero(world.terminal)[0]): 0.0})
    uneven = {}
    for bonus in (0.0, 0.1):
        given = LearningParameters(bonus=bonus, epsilon=0.0)
        agent = Agent(world, "none", given, np.random.default_rng(1))
        state, tried = 0, np.zeros((world.n_states, world.n_actions))
        for _ in range(400):
            step = agent.take_step(state)
            tried[step.state, step.action] += 1
            state = 0 if step.ends else step.following
        uneven[bonus] = np.ptp(tried, axis=1).max()
    assert uneven[0.1] <= 1 < uneven[0.0]


def test_an_unknown_policy_is_refused_with_those_there_are(rng):
    with pytest.raises(NeurosimError, match=r"imagination.*'dreams'"):
        Agent(world_of("dyna"), "dreams", SHORT, rng)


class Watkins:
    """Q(lambda) with replacing traces, state by state (Sutton & Barto 1998, figure 7.14)."""

    def __init__(self, n_actions, alpha, gamma, decay):
        self.q, self.e = {}, {}
        self.n_actions, self.alpha, self.gamma, self.decay = n_actions, alpha, gamma, decay

    def best(self, s):
        return max(self.q.get((s, a), 0.0) for a in range(self.n_actions))

    def learn(self, episode):
        """Steps of an episode: traces end with it, and before an action that is not the best."""
        self.e = {}
        for t, step in enumerate(episode):
            pair = step.state, step.action
            later = 0.0 if step.ends else self.gamma * self.best(step.following)
            delta = step.reward + later - self.q.get(pair, 0.0)
            for action in range(self.n_actions):
                self.e.pop((step.state, action), None)
            self.e[pair] = 1.0
            for each, trace in self.e.items():
                self.q[each] = self.q.get(each, 0.0) + self.alpha * delta * trace
            if t + 1 < len(episode):
                after = episode[t + 1]
                chosen = self.q.get((after.state, after.action), 0.0)
                keep = chosen == self.best(after.state)
                self.e = {p: self.gamma * self.decay * v * keep for p, v in self.e.items()}


@pytest.mark.parametrize("maze", ["linear", "dyna"])
def test_td_lambda_is_that_of_watkins(maze, rng):
    given = LearningParameters(learning_rate=0.5, epsilon=0.3, trace=0.8)
    world = world_of(maze)
    agent = Agent(world, "td_lambda", given, rng)
    reference = Watkins(world.n_actions, 0.5, given.discount, 0.8)
    for _ in range(5):
        state, episode = world.start[0], []
        while not episode or not episode[-1].ends:
            episode.append(agent.take_step(state))
            state = episode[-1].following
        reference.learn(episode)
        expected = np.zeros_like(agent.values.table)
        for pair, value in reference.q.items():
            expected[pair] = value
        assert np.allclose(agent.values.table, expected, atol=1e-12)
    assert (expected > 0).sum() > world.best_length(world.start[0])
