"""Agents side by side, many of each: Datasets with an agent a seed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from neurosim.agents.laps import DIRECTIONS, ENDS, WHEN, LapParameters, ReplayEvent, run_laps
from neurosim.agents.learning import Learned, LearningParameters, learn
from neurosim.agents.shortcut import meet_shortcut
from neurosim.agents.slow_store import NightParameters, performance_alone
from neurosim.progress import progress
from neurosim.seeds import generator
from neurosim.tasks.worlds import World, world_of

REWARDS = {"baseline": None, "raised": 4.0, "removed": 0.0}  # at the last place, in half the laps
CHANGED = ("same", "changed")


def compare_policies(
    maze: str,
    policies: Sequence[str],
    writes: Sequence[int],
    parameters: LearningParameters,
    n_agents: int,
    seed: int,
) -> xr.Dataset:
    """Let agents with each replay policy learn a maze; the same seeds make the same first steps.

    Parameters
    ----------
    maze : str
        Of `neurosim.tasks.worlds.WORLDS`.
    policies : sequence of str
        Of `neurosim.agents.learning.POLICIES`.
    writes : sequence of int
        Values that may be written in replay after each step.
    parameters : LearningParameters
    n_agents : int
        Of each kind.
    seed : int
        Of the run.

    Returns
    -------
    Dataset (writes, policy, agent, episode)
        ``steps_to_criterion``, ``reached``, ``learning_area`` (mean length of the first episodes
        over the shortest way), ``writes_per_step`` (writes, policy, agent); ``episode_length``
        (writes, policy, agent, episode), NaN after an agent was stopped.
    """
    world = world_of(maze)
    shape = len(writes), len(policies), n_agents
    names = ("steps_to_criterion", "reached", "learning_area", "writes_per_step")
    found = {name: np.full(shape, np.nan) for name in names}
    curve = np.full((*shape, parameters.n_episodes), np.nan)
    for row, n_writes in enumerate(writes):
        given = replace(parameters, n_writes=n_writes)
        for column, policy in enumerate(progress(policies, f"learn {maze}")):
            for agent in range(n_agents):
                one = learn(world, policy, given, generator(seed, "learn", maze, agent))
                at = row, column, agent
                for name, value in zip(names, _measures(one, world, given), strict=True):
                    found[name][at] = value
                length = one.length[: parameters.n_episodes]
                curve[at][: length.size] = length
    described = {
        "steps_to_criterion": "steps of the agent until the criterion",
        "reached": "1 where the criterion was met",
        "learning_area": "mean length of the first episodes over the shortest way, if all ended",
        "writes_per_step": "values written in replay, or along a trace, a step",
    }
    dims = ("writes", "policy", "agent")
    return xr.Dataset(
        {name: (dims, found[name], _about(text)) for name, text in described.items()}
        | {"episode_length": ((*dims, "episode"), curve, _about("steps of an episode"))},
        coords={
            "writes": ("writes", list(writes), _about("values written after each step at most")),
            "policy": list(policies),
        },
        attrs={"shortest": world.best_length(world.start[0]), "n_states": world.n_states},
    )


def _measures(one: Learned, world: World, given: LearningParameters) -> tuple[float, ...]:
    n = given.n_episodes
    best = world.best_length(world.start[0])
    area = float(one.length[:n].mean() / best) if one.length.size >= n else np.nan
    return one.steps_to_criterion, float(one.reached), area, one.n_writes / one.n_steps


def _about(long_name: str, units: str = "1") -> dict[str, str]:
    return {"units": units, "long_name": long_name}


def replay_at_ends(
    settings: Mapping[str, LapParameters], n_agents: int, seed: int
) -> tuple[xr.Dataset, dict[str, list[list[ReplayEvent]]]]:
    """What agents replay before laps and after reward, under several settings and rewards.

    Parameters
    ----------
    settings : Mapping of name to LapParameters
    n_agents : int
        For each setting and reward.
    seed : int
        Of the run.

    Returns
    -------
    counts : Dataset (setting, reward, agent, changed, when, end, direction)
        ``n_events``, and ``n_laps`` (setting, reward, agent, changed, end).
    events : dict of reward to list of list of ReplayEvent
        Of the first setting, an agent a list.
    """
    shape = len(settings), len(REWARDS), n_agents, len(CHANGED)
    counts = np.zeros((*shape, len(WHEN), len(ENDS), len(DIRECTIONS)), dtype=int)
    n_laps = np.zeros((*shape, len(ENDS)), dtype=int)
    listed: dict[str, list[list[ReplayEvent]]] = {reward: [] for reward in REWARDS}
    for row, (name, given) in enumerate(settings.items()):
        for column, (reward, value) in enumerate(progress(REWARDS.items(), f"replay, {name}")):
            for agent in range(n_agents):
                laps = run_laps(given, value, generator(seed, "run_laps", name, reward, agent))
                for event in laps.events:
                    at = row, column, agent, int(event.changed)
                    what = event.when, event.end, event.direction
                    kinds = zip((WHEN, ENDS, DIRECTIONS), what, strict=True)
                    counts[(*at, *(names.index(v) for names, v in kinds))] += 1
                n_laps[row, column, agent] = laps.n_laps
                if row == 0:
                    listed[reward].append(laps.events)
    dims = ("setting", "reward", "agent", "changed")
    data = xr.Dataset(
        {
            "n_events": ((*dims, "when", "end", "direction"), counts, _about("replayed sequences")),
            "n_laps": ((*dims, "end"), n_laps, _about("laps that led to an end")),
        },
        coords={
            "setting": list(settings),
            "reward": list(REWARDS),
            "changed": list(CHANGED),
            "when": list(WHEN),
            "end": list(ENDS),
            "direction": list(DIRECTIONS),
        },
    )
    return data, listed


def meet_shortcuts(
    policies: Sequence[str],
    bonuses: Sequence[float],
    parameters: LearningParameters,
    n_steps: tuple[int, int],
    n_agents: int,
    seed: int,
) -> xr.Dataset:
    """Let agents meet a wall that opens, with and without a bonus for exploring.

    Returns
    -------
    Dataset (policy, bonus, agent)
        ``steps_to_find``, infinite where it was not found; ``n_replays_before``;
        ``late_length``. See `neurosim.agents.shortcut.ShortcutRun`.
    """
    runs = [
        [
            [
                meet_shortcut(
                    policy,
                    replace(parameters, bonus=bonus),
                    n_steps,
                    generator(seed, "meet_shortcut", agent),
                )
                for agent in range(n_agents)
            ]
            for bonus in bonuses
        ]
        for policy in progress(policies, "meet a shortcut")
    ]
    described = {
        "steps_to_find": "steps from the opening to the end of the first episode through it",
        "n_replays_before": "new paths through it replayed before it was first taken at once",
        "late_length": "mean length of the last episodes",
    }
    dims = ("policy", "bonus", "agent")
    return xr.Dataset(
        {
            name: (
                dims,
                np.array([[[getattr(run, name) for run in b] for b in p] for p in runs], float),
                _about(text),
            )
            for name, text in described.items()
        },
        coords={"policy": list(policies), "bonus": ("bonus", list(bonuses), _about("bonus"))},
    )


def fill_slow_store(
    maze: str,
    policies: Sequence[str],
    learning: LearningParameters,
    nights: NightParameters,
    n_agents: int,
    seed: int,
) -> xr.Dataset:
    """Replay at night into a slow learner, and test it alone.

    Returns
    -------
    Dataset (policy, agent, night)
        ``performance``: fewest steps over those taken with the fast store removed.
    """
    world = world_of(maze)
    found = np.array(
        [
            [
                performance_alone(
                    world, policy, learning, nights, generator(seed, "slow_store", maze, agent)
                )
                for agent in range(n_agents)
            ]
            for policy in progress(policies, f"fill the slow store, {maze}")
        ]
    )
    about = _about("fewest steps over those taken by the slow learner alone")
    return xr.Dataset(
        {"performance": (("policy", "agent", "night"), found, about)},
        coords={"policy": list(policies)},
        attrs={"maze": maze},
    )
