"""Deep Q-networks side by side, with each replay policy."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from neurosim.agents.learning import LearningParameters, criterion
from neurosim.models.dqn import DqnParameters, train_dqn
from neurosim.progress import progress
from neurosim.seeds import generator
from neurosim.tasks.world_env import WorldEnv, place_code
from neurosim.tasks.worlds import world_of

FIELD_SD = 1.0  # steps
MEASURES = {
    "steps_to_criterion": "steps of the agent until the criterion",
    "reached": "1 where the criterion was met",
    "learning_area": "mean length of the first episodes over the shortest way, if all ended",
    "writes_per_step": "experiences replayed a step",
}


def compare_deep_policies(
    maze: str,
    policies: Sequence[str],
    n_steps: int,
    n_cells: int,
    n_agents: int,
    seed: int,
) -> xr.Dataset:
    """Train deep Q-networks on place-cell activity in a maze.

    Parameters
    ----------
    maze : str
        Of `neurosim.tasks.worlds.WORLDS`.
    policies : sequence of str
        See `neurosim.models.dqn.Learner`.
    n_steps : int
        Of each agent.
    n_cells : int
        Place cells that are observed.
    n_agents : int
    seed : int
        Of the run.

    Returns
    -------
    Dataset (writes, policy, agent, episode)
        As that of `neurosim.agents.studies.compare_policies`; ``writes`` is the size of a batch.
    """
    world, given, rules = world_of(maze), DqnParameters(), LearningParameters()
    best = world.best_length(world.start[0])
    found = {name: np.full((1, len(policies), n_agents), np.nan) for name in MEASURES}
    curve = np.full((1, len(policies), n_agents, rules.n_episodes), np.nan)
    for column, policy in enumerate(progress(policies, f"train in {maze}")):
        for agent in range(n_agents):
            rng = generator(seed, "train_dqn", maze, agent)
            env = WorldEnv(world, place_code(world, n_cells, FIELD_SD, rng))
            length, replays = train_dqn(env, policy, given, n_steps, rng)
            met = criterion(length, best, rules)
            first = length[: rules.n_episodes]
            area = float(first.mean() / best) if first.size == rules.n_episodes else np.nan
            values = min(met, n_steps), np.isfinite(met), area, replays
            for name, value in zip(MEASURES, values, strict=True):
                found[name][0, column, agent] = value
            curve[0, column, agent, : first.size] = first
    dims = ("writes", "policy", "agent")
    data = {
        name: (dims, found[name], {"units": "1", "long_name": text})
        for name, text in MEASURES.items()
    }
    about = {"units": "1", "long_name": "steps of an episode"}
    return xr.Dataset(
        data | {"episode_length": ((*dims, "episode"), curve, about)},
        coords={
            "writes": (
                "writes",
                [given.batch_size * given.n_updates],
                {"units": "1", "long_name": "experiences replayed after each step at most"},
            ),
            "policy": list(policies),
        },
        attrs={"shortest": best, "n_states": world.n_states},
    )
