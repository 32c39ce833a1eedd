"""How much hangs on the choices of the agent: sharpness, number of slots, power of priorities."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.errors import choices
from neurosim.models.memory_agent import AgentParameters, MemoryAgent
from neurosim.models.plain_networks import new_network
from neurosim.models.skill_study import SkillParameters
from neurosim.models.skill_training import score_skill, train_skill
from neurosim.progress import progress
from neurosim.seeds import generator
from neurosim.tasks.skills import N_BITS, N_FLAGS

OF_MEMORY = ("n_slots", "sharpness")
VARIED = (*OF_MEMORY, "alpha")


def with_value(agent: AgentParameters, varied: str, value: float) -> AgentParameters:
    """Give an agent whose memory has another value of one of `OF_MEMORY`."""
    typed = int(value) if varied == "n_slots" else float(value)
    return replace(agent, memory=replace(agent.memory, **{varied: typed}))


def vary_skill(
    given: SkillParameters, varied: str, values: Sequence[float], n_seeds: int, seed: int
) -> xr.DataArray:
    """Train agents on a skill with each value.

    Parameters
    ----------
    given : SkillParameters
    varied : str
        Of `VARIED`; where the memory has no such choice all is NaN.
    values : sequence of float
    n_seeds, seed : int

    Returns
    -------
    DataArray (value, seed)
        Share of bits that are right at the trained length.

    Raises
    ------
    NeurosimError
        If nothing of that name can be varied.
    """
    if varied not in VARIED:
        raise NeurosimError(f"sensitivity: expected one of {choices(VARIED)}, found {varied!r}")
    bits = np.full((len(values), n_seeds), np.nan)
    if varied in OF_MEMORY:
        for row, value in enumerate(progress(values, f"vary {varied}")):
            agent = with_value(given.agent, varied, value)
            for number in range(n_seeds):
                bits[row, number] = _bits(replace(given, agent=agent), number, seed)
    about = {"units": "1", "long_name": f"share of bits that are right, {given.skill}"}
    return xr.DataArray(bits, dims=("value", "seed"), attrs=about)


def _bits(given: SkillParameters, number: int, seed: int) -> float:
    rng = partial(generator, seed, "train_skill", given.skill, given.length, number)
    build = partial(MemoryAgent, parameters=given.agent)
    network = new_network(build, N_BITS + N_FLAGS, N_BITS, rng("weights"))
    train_skill(network, given.skill, given.length, given.training, rng("agent"))
    return score_skill(network, given.skill, given.length, given.n_test, rng("test"))[0]
