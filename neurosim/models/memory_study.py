"""The memory study from its configuration: networks and methods by name, sequences and families."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import xarray as xr

from neurosim import NeurosimError
from neurosim.errors import choices
from neurosim.models.continual_methods import (
    BASELINES,
    ORDERED,
    LearnerParameters,
    Method,
    ablations,
)
from neurosim.models.continual_study import compare_methods
from neurosim.models.external_memory import MemoryParameters
from neurosim.models.few_shot_study import FewShotParameters, compare_few_shot
from neurosim.models.memory_agent import AgentParameters, MemoryAgent
from neurosim.models.plain_networks import Factory, Perceptron, PlainLSTM, same_size
from neurosim.tasks.continual import build_family, build_sequence
from neurosim.tasks.examples import made
from neurosim.tasks.imagined import stitch

WITH_PLACES = ("remapping_mazes",)  # kinds whose remembered runs can be joined to imagined ones
RECURRENT = {
    f"{name},recurrent": replace(BASELINES[name], network="recurrent")
    for name in ("fine_tuning", "er", "joint")
}
OF_SEED = {  # seed 002's agent, and a plain network of its size, with replay and without
    f"{name}{suffix}": Method(network=name, replay=replay, lesion=name == "seed_agent")
    for name in ("seed_agent", "seed_plain")
    for suffix, replay in (("", "prioritised"), (",no_replay", None))
}
METHODS: dict[str, Method] = {
    **BASELINES,
    **RECURRENT,
    **ORDERED,
    **ablations(),
    "agent,joint": Method(network="agent", joint=True),
    **OF_SEED,
}


def agent_parameters(given: Mapping) -> AgentParameters:
    """Build an agent from its keys of the configuration; without `memory` it is a controller."""
    options = dict(given)
    if options.get("memory") is not None:
        options["memory"] = made(MemoryParameters, options["memory"], "agent.memory")
    return made(AgentParameters, options, "agent")


def networks_of(memory: Mapping) -> dict[str, Factory]:
    """Give the networks that methods call by name.

    Parameters
    ----------
    memory : Mapping
        Keys ``agent``, ``plain_width`` and ``seed_agent`` of the configuration.

    Returns
    -------
    dict of str to callable
        ``agent``; ``controller``, which is the agent without its memory; ``plain`` and
        ``recurrent``; ``seed_agent``, and ``seed_plain`` with as many parameters.
    """
    agent, seed = (agent_parameters(memory[name]) for name in ("agent", "seed_agent"))
    seed_agent = partial(MemoryAgent, parameters=seed)
    return {
        "agent": partial(MemoryAgent, parameters=agent),
        "controller": partial(MemoryAgent, parameters=replace(agent, memory=None)),
        "plain": partial(Perceptron, width=memory["plain_width"]),
        "recurrent": partial(PlainLSTM, width=memory["plain_width"]),
        "seed_agent": seed_agent,
        "seed_plain": same_size(seed_agent),
    }


def methods_of(names: Sequence[str]) -> dict[str, Method]:
    """Look methods up.

    Raises
    ------
    NeurosimError
        If there is no such method.
    """
    for name in names:
        if name not in METHODS:
            raise NeurosimError(
                f"memory: methods: expected some of {choices(METHODS)}, found {name!r}"
            )
    return {name: METHODS[name] for name in names}


def learn_in_turn(
    kind: str,
    options: Mapping,
    methods: Sequence[str],
    learner: Mapping,
    networks: Mapping[str, Factory],
    n_seeds: int,
    seed: int,
) -> xr.Dataset:
    """Let methods learn a sequence of tasks, and test all tasks at all times.

    Parameters
    ----------
    kind, options
        As in `neurosim.tasks.continual.build_sequence`.
    methods : sequence of str
        Of `METHODS`.
    learner : Mapping
        Of `neurosim.models.continual_methods.LearnerParameters`.
    networks : Mapping of str to callable
        From `networks_of`.
    n_seeds, seed : int

    Returns
    -------
    Dataset (method, seed, time, task)
        From `neurosim.models.continual_study.compare_methods`.
    """
    return compare_methods(
        partial(build_sequence, kind, options),
        networks,
        methods_of(methods),
        LearnerParameters.from_mapping(learner),
        n_seeds,
        seed,
        imagine=stitch if kind in WITH_PLACES else None,
    )


def learn_to_learn(
    kind: str,
    options: Mapping,
    chosen: Sequence[str],
    few_shot: Mapping,
    networks: Mapping[str, Factory],
    n_seeds: int,
    seed: int,
) -> xr.Dataset:
    """Meta-train networks on a family of tasks and let them adapt to unseen ones.

    Parameters
    ----------
    kind, options
        As in `neurosim.tasks.continual.build_family`.
    chosen : sequence of str
        Networks; methods of the first one go without its name.
    few_shot : Mapping
        Of `neurosim.models.few_shot_study.FewShotParameters`.
    networks : Mapping of str to callable
        From `networks_of`.
    n_seeds, seed : int

    Returns
    -------
    Dataset (method, seed, task, step)
        From `neurosim.models.few_shot_study.compare_few_shot`.
    """
    return compare_few_shot(
        build_family(kind, options),
        {name: networks[name] for name in chosen},
        FewShotParameters.from_mapping(few_shot),
        n_seeds,
        seed,
    )
