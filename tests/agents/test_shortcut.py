"""A wall that opens: the gap is shut before, open after, and paths through it are counted."""

from types import SimpleNamespace

import numpy as np
import pytest

from neurosim.agents import shortcut
from neurosim.agents.learning import Agent, LearningParameters
from neurosim.agents.memory import Experience
from neurosim.agents.shortcut import GAP, meet_shortcut

PARAMETERS = LearningParameters()


@pytest.fixture
def watched(monkeypatch):
    """Worlds, states that were entered, and how far replay went, of an agent that is watched."""
    seen = SimpleNamespace(steps=[], worlds=[], planned=[])

    class Watched(Agent):
        def take_step(self, state):
            step = super().take_step(state)
            seen.steps.append(step)
            seen.worlds.append(self.world)
            return step

        def replay(self, here, n_writes):
            seen.planned.append(n_writes)
            return super().replay(here, n_writes)

    monkeypatch.setattr(shortcut, "Agent", Watched)
    return seen


def gap_of(world):
    return int(np.flatnonzero((world.position == GAP).all(axis=1))[0])


@pytest.mark.parametrize("policy", ["none", "uniform"])
def test_the_gap_cannot_be_entered_before_the_wall_opens(policy, watched, rng):
    run = meet_shortcut(policy, PARAMETERS, (1500, 2000), rng)
    assert len(watched.steps) == 3500
    closed, opened = watched.worlds[0], watched.worlds[-1]
    gap = gap_of(closed)
    entered = [step.following for step in watched.steps]
    assert gap not in entered[:1500]
    assert all(world is closed for world in watched.worlds[:1500])
    assert all(world is opened for world in watched.worlds[1500:])
    ways = [world.best_length(world.start[0]) for world in (closed, opened)]
    assert ways == [16, 10]
    if gap not in entered[1500:]:
        assert run.steps_to_find == np.inf
    else:
        found = entered[1500:].index(gap) + 1
        assert run.steps_to_find > found
    assert set(watched.planned) == {PARAMETERS.n_writes}


def test_without_replay_the_gap_is_found_and_nothing_was_planned(watched, rng):
    """An agent that learns slowly explores: it walks through before it has learned the long way."""
    run = meet_shortcut("none", PARAMETERS, (500, 4000), rng)
    gap = gap_of(watched.worlds[0])
    steps = watched.steps[500:]
    ends = [t + 1 for t, step in enumerate(steps) if step.ends]
    episodes = [steps[a:b] for a, b in zip([0, *ends], ends, strict=False)]
    through = [any(s.following == gap for s in episode) for episode in episodes]
    assert run.steps_to_find == ends[through.index(True)]
    assert run.late_length == np.mean([len(episode) for episode in episodes[-10:]])
    assert run.n_replays_before == 0


def test_no_episode_no_length(rng):
    run = meet_shortcut("none", PARAMETERS, (0, 5), rng)
    assert np.isnan(run.late_length)
    assert run.steps_to_find == np.inf


class Scripted:
    """An agent that walks and replays what it is told, an episode a line."""

    MOVES = ((0, 1), (1, 0), (0, -1), (-1, 0))

    def __init__(self, world, policy, parameters, rng):
        self.world = world
        self.model = SimpleNamespace(learn_restart=lambda terminal, start: None)
        self.episodes = iter(self.script)
        self.ways = iter(())

    def moved(self, state, letter):
        action = "NESW".index(letter)
        following = int(self.world.next_state[state, action])
        reward, ends = float(self.world.reward[following]), bool(self.world.terminal[following])
        return Experience(state, action, reward, following, ends)

    def replay(self, here, n_writes):
        line = next(self.episodes, None)
        if line is None:
            return []
        done = []
        for order, way, first in line["replays"]:
            steps, state = [], here
            for letter in way:
                steps.append(self.moved(state, letter))
                state = steps[-1].following
            steps = steps[first:]
            done += [(step,) for step in (steps if order == "forward" else steps[::-1])]
        self.ways = iter(line["way"])
        return done

    def take_step(self, state):
        return self.moved(state, next(self.ways))


LONG, DIRECT = "WWWNNNNNEEEEEEEE", "EEEEENNNNN"
DETOUR = "EEEEWEWEENNNNN"  # through the gap, 14 steps: more than 1.25 times 10


def met(monkeypatch, *episodes):
    """Run one long episode before the opening and the given ones after it."""
    script = [{"replays": [], "way": LONG}, *episodes]
    agent = type("Agent", (Scripted,), {"script": script})
    monkeypatch.setattr(shortcut, "Agent", agent)
    n_steps = len(LONG), sum(len(line["way"]) for line in episodes)
    return meet_shortcut("scripted", PARAMETERS, n_steps, np.random.default_rng(0))


def episode(way, *replays):
    return {"way": way, "replays": [(order, path, first) for order, path, first in replays]}


@pytest.mark.parametrize("order", ["forward", "reverse"])
def test_replays_through_the_gap_count_until_the_shortcut_was_taken(order, monkeypatch):
    whole, late_part = (order, DIRECT, 0), (order, DIRECT, 4)
    run = met(
        monkeypatch,
        episode(LONG, whole, (order, LONG, 0)),  # one path through the gap, one around
        episode(LONG, whole, late_part),
        episode(DIRECT, whole),
        episode(DIRECT, whole),  # the shortcut was taken
    )
    assert run.n_replays_before == 4
    assert run.steps_to_find == 2 * 16 + 10
    assert run.late_length == pytest.approx((16 + 16 + 10 + 10) / 4)


@pytest.mark.parametrize("order", ["forward", "reverse"])
def test_a_detour_through_the_gap_finds_it_but_does_not_take_the_shortcut(order, monkeypatch):
    whole = order, DIRECT, 0
    run = met(
        monkeypatch,
        episode(DETOUR),
        episode(LONG, whole, (order, DIRECT, 5)),
        episode(DIRECT),
    )
    assert run.steps_to_find == len(DETOUR)
    assert run.n_replays_before == 1  # the way up through the gap was walked, the whole path never


def test_paths_need_three_states_before_the_gap(monkeypatch):
    """The gap is entered with the seventh of these steps."""
    run = met(
        monkeypatch,
        episode(LONG, ("forward", DIRECT, 6)),
        episode(LONG, ("forward", DIRECT, 5)),
    )
    assert run.n_replays_before == 0
    again = met(monkeypatch, episode(LONG, ("forward", DIRECT[:8], 0), ("forward", DIRECT, 4)))
    assert again.n_replays_before == 2
    assert run.steps_to_find == np.inf
