"""A wall that opens: is the shortcut found, and replayed before it is first walked?"""

from dataclasses import dataclass, replace

import numpy as np

from neurosim.agents.learning import Agent, LearningParameters
from neurosim.agents.sequences import sequences_in
from neurosim.tasks.worlds import WALL_BOTH_OPEN, World, grid

GAP = (8.0, -3.0)  # where the wall opens
N_BEFORE = 3  # states of a path on this side of the gap; beyond it little needs to be learned
DIRECT = 1.25  # times the shortest way: an episode that takes the shortcut at once


@dataclass(frozen=True)
class ShortcutRun:
    """What an agent made of a wall that opened.

    Attributes
    ----------
    steps_to_find : float
        Steps from the opening until the end of the first episode that led through the gap;
        infinite if none did.
    n_replays_before : int
        Replayed paths that lead up to the gap and into it, and that no episode had followed,
        before the first that took the shortcut from its start to the goal at once.
    late_length : float
        Mean steps of the last ten episodes.
    """

    steps_to_find: float
    n_replays_before: int
    late_length: float


def meet_shortcut(
    policy: str,
    parameters: LearningParameters,
    n_steps: tuple[int, int],
    rng: np.random.Generator,
) -> ShortcutRun:
    """Let an agent learn the way around a wall, open the wall, and watch.

    Parameters
    ----------
    policy : str
        Of `neurosim.agents.learning.POLICIES`.
    parameters : LearningParameters
        ``n_writes`` are those before each episode: agents replay between episodes only.
    n_steps : (int, int)
        Before and after the wall opens.
    rng : numpy.random.Generator

    Returns
    -------
    ShortcutRun
    """
    opened = grid("shortcut_open", WALL_BOTH_OPEN)
    gap = int(np.flatnonzero((opened.position == GAP).all(axis=1))[0])
    agent = Agent(_closed(opened, gap), policy, replace(parameters, n_writes=0), rng)
    _run(agent, n_steps[0], parameters.n_writes, gap)
    agent.world = opened
    return _run(agent, n_steps[1], parameters.n_writes, gap)


def _closed(opened: World, gap: int) -> World:
    """Give the maze before, with the same states: the gap is there and cannot be entered."""
    moves = opened.next_state.copy()
    state, action = np.nonzero(moves == gap)
    moves[state, action] = state
    return replace(opened, name="shortcut_closed", next_state=moves)


def _run(agent: Agent, n_steps: int, n_writes: int, gap: int) -> ShortcutRun:
    """Run episodes and replay before each."""
    steps, found, replays, taken = 0, np.inf, 0, False
    shortest = agent.world.best_length(agent.world.start[0])
    walked: list[tuple[int, ...]] = []
    while steps < n_steps:
        states = [agent.world.start[0]]
        planned = sequences_in(agent.replay(states[0], n_writes), N_BEFORE)
        if not taken:
            paths = [path if way == "forward" else path[::-1] for way, path in planned]
            replays += sum(gap in path[N_BEFORE:] and _is_new(path, walked) for path in paths)
        ends = False
        while not ends and steps + len(states) <= n_steps:
            step = agent.take_step(states[-1])
            states.append(step.following)
            ends = step.ends
        steps += len(states) - 1
        if ends:
            walked.append(tuple(states))
            found = min(found, steps) if gap in states else found
            taken = taken or (gap in states and len(states) - 1 <= DIRECT * shortest)
    late = [len(path) - 1 for path in walked[-10:]]
    return ShortcutRun(float(found), replays, float(np.mean(late)) if late else np.nan)


def _is_new(path: tuple[int, ...], walked: list[tuple[int, ...]]) -> bool:
    """Whether no episode had followed a path, step by step."""
    size = len(path)
    return not any(
        path == lap[first : first + size] for lap in walked for first in range(len(lap) - size + 1)
    )
