"""What an agent replays at the ends of a track."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from neurosim import NeurosimError
from neurosim.agents.imagination import Imagination
from neurosim.agents.laps import DIRECTIONS, ENDS, WHEN, LapParameters, TrackAgent, run_laps

N_AGENTS = 3
PARAMETERS = LapParameters(n_laps=70)


def all_laps(changed_reward, parameters=PARAMETERS, n=N_AGENTS):
    return [run_laps(parameters, changed_reward, np.random.default_rng(s)) for s in range(n)]


@pytest.fixture(scope="module")
def baseline():
    return all_laps(None)


@pytest.fixture(scope="module")
def raised():
    return all_laps(4.0)


def numbers(laps, *names):
    return Counter(
        tuple(getattr(event, name) for name in names) for one in laps for event in one.events
    )


def test_forward_replay_comes_before_laps_and_reverse_replay_after_reward(baseline):
    n = numbers(baseline, "when", "direction")
    assert n["after_reward", "reverse"] > 3 * n["before_run", "reverse"]
    assert n["before_run", "forward"] > n["after_reward", "forward"]
    assert n["after_reward", "reverse"] > 20


def test_both_ends_are_alike_while_their_rewards_are(baseline):
    n = numbers(baseline, "end", "direction")
    for direction in DIRECTIONS:
        pair = [n[end, direction] for end in ENDS]
        assert max(pair) < 1.6 * min(pair)


def test_a_raised_reward_makes_more_reverse_replay_where_it_is(raised):
    """Sequences a lap, in laps that led to the raised reward and in those to the usual one."""
    n = numbers(raised, "when", "end", "changed", "direction")
    n_laps = sum(one.n_laps for one in raised)
    rate = [n["after_reward", "last", bool(c), "reverse"] / n_laps[c, 1] for c in (0, 1)]
    assert rate[1] > 1.6 * rate[0]


def test_a_removed_reward_makes_less():
    laps = all_laps(0.0)
    n = numbers(laps, "when", "end", "changed", "direction")
    n_laps = sum(one.n_laps for one in laps)
    removed = n["after_reward", "last", True, "reverse"] / n_laps[1, 1]
    usual = n["after_reward", "last", False, "reverse"] / n_laps[0, 1]
    assert removed < 0.5 * usual


@pytest.mark.parametrize("which", ["baseline", "raised"])
def test_laps_add_up_and_events_lie_within_them(which, request):
    for one in request.getfixturevalue(which):
        assert one.n_laps.sum(axis=0).tolist() == [25, 25]
        assert (one.n_laps[1].sum() > 0) == (which == "raised")
        assert all(20 <= event.lap < 70 for event in one.events)


def test_laps_are_counted_by_where_they_lead():
    given = LapParameters(n_laps=8, n_practice=3)  # the fourth lap leads back to the first place
    assert run_laps(given, None, np.random.default_rng(0)).n_laps.tolist() == [[3, 2], [0, 0]]


def test_an_agent_replays_from_where_it_is(monkeypatch, rng):
    """From the start of a lap, and from the end of its lane after the reward there."""
    seen = []

    def watched(self, values, here, n_backups):
        seen.append(here)
        return []

    monkeypatch.setattr(Imagination, "replay_backups", watched)
    agent = TrackAgent(PARAMETERS, rng)
    for lap in range(3):
        agent.run_lap(lap, agent.world)
    assert seen == [9, 19, 10, 0, 9]


def test_events_are_sequences_of_the_track_at_the_end_where_the_agent_is(raised):
    world = TrackAgent(PARAMETERS, np.random.default_rng(0)).world
    end_of_first_lap = {WHEN[0]: 0, WHEN[1]: 1}
    for one in raised:
        changed = {}
        for event in one.events:
            assert event.end == ENDS[(end_of_first_lap[event.when] + event.lap) % 2]
            assert changed.setdefault(event.lap, event.changed) == event.changed
            order = event.states if event.direction == "forward" else event.states[::-1]
            assert len(order) >= PARAMETERS.min_steps + 1
            assert all(b in world.next_state[a] for a, b in pairwise(order))


def test_nothing_is_replayed_before_a_reward_was_found(rng):
    """After the first reward the way back is not known: what was run will be needed again later."""
    agent = TrackAgent(PARAMETERS, rng)
    (first, _), (second, back) = (agent.run_lap(lap, agent.world) for lap in (0, 1))
    assert first == ("before_run", "first", [])
    assert second[:2] == ("before_run", "last")
    assert back[:2] == ("after_reward", "first")
    assert len(back[2]) == PARAMETERS.n_backups


def test_agents_run_better_with_practice_and_learn_what_both_rewards_are_worth(rng):
    """With little noise, values on the way are discounted rewards."""
    agent = TrackAgent(replace(PARAMETERS, reward_sd=1e-6), rng)
    for lap in range(30):
        agent.run_lap(lap, agent.world)
    n = PARAMETERS.n_places
    expected = PARAMETERS.discount ** np.arange(n - 2, -1, -1.0)
    assert agent.values.table[: n - 1, 0] == pytest.approx(expected, rel=1e-3)
    assert agent.values.table[n + 1 :, 0] == pytest.approx(expected[::-1], rel=1e-3)


def test_without_a_gain_floor_nothing_is_replayed_once_all_is_known(rng):
    """A certain reward, learned: what is replayed before a lap is need alone."""
    events = {}
    for floor in (0.0, 1e-10):
        given = LapParameters(reward_sd=0.0, gain_floor=floor, n_laps=50, n_practice=40)
        events[floor] = run_laps(given, None, np.random.default_rng(3)).events
    assert len(events[1e-10]) >= 10
    assert not [event for event in events[0.0] if event.direction == "forward"]


def test_the_same_generator_gives_the_same_events():
    short = LapParameters(n_laps=30)
    one, same, other = (run_laps(short, 4.0, np.random.default_rng(s)).events for s in (0, 0, 1))
    assert one == same != other


@pytest.mark.parametrize(
    ("policy", "way"), [("movie_forward", "forward"), ("movie_reverse", "reverse")]
)
def test_movies_run_one_way_whenever_they_are_replayed(policy, way):
    laps = all_laps(None, replace(PARAMETERS, policy=policy, n_laps=40), 1)
    n = numbers(laps, "when", "direction")
    both = {when: sum(n[when, direction] for direction in DIRECTIONS) for when in WHEN}
    assert all(n[when, way] > 0.9 * both[when] > 0 for when in WHEN)  # a few turn on the way


def test_single_steps_that_are_drawn_make_hardly_a_sequence(baseline):
    drawn = all_laps(None, replace(PARAMETERS, policy="uniform"), 1)
    assert len(drawn[0].events) < 0.2 * len(baseline[0].events)


def test_a_policy_that_is_not_known_is_refused():
    with pytest.raises(NeurosimError, match=r"replay policy: expected one of .*'dreams'"):
        all_laps(None, replace(PARAMETERS, policy="dreams"), 1)
