"""The memory study from its configuration: networks and methods by name, sequences and families."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
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
from neurosim.models.few_shot_study import FewShotParameters, compare_few_shot
from neurosim.models.memory_agent import AgentParameters, MemoryAgent
from neurosim.models.memory_sensitivity import OF_MEMORY
from neurosim.models.plain_networks import Factory, Perceptron, PlainLSTM, same_size
from neurosim.tasks.continual import build_family, build_sequence
from neurosim.tasks.imagined import stitch
from neurosim.tasks.transfer import average_error, forgetting

WITH_PLACES = ("remapping_mazes",)  # kinds whose remembered runs can be joined to imagined ones
RECURRENT = {
    f"{name},recurrent": replace(BASELINES[name], network="recurrent")
    for name in ("fine_tuning", "er", "joint")
}
OF_SEED = {  # seed 002's agent, and a plain network of its size, with replay and without
    f"{name}{suffix}": Method(
        network=name, replay_first=False, lesion=name == "seed_agent", **options
    )
    for name in ("seed_agent", "seed_plain")
    for suffix, options in (
        ("", {"replay": "prioritised"}),
        (",no_replay", {}),
        (",meta", {"replay": "prioritised", "meta": True}),
    )
}
METHODS: dict[str, Method] = {
    **BASELINES,
    **RECURRENT,
    **ORDERED,
    **ablations(),
    "agent,joint": Method(network="agent", joint=True),
    **OF_SEED,
}


def networks_of(memory: Mapping) -> dict[str, Factory]:
    """Give the networks that methods call by name.

    Parameters
    ----------
    memory : Mapping
        Keys ``agent`` and ``seed_agent`` of the configuration.

    Returns
    -------
    dict of str to callable
        ``agent``; ``controller``, which is the agent without its memory; ``plain`` and
        ``recurrent``, with as many weights as the agent; ``seed_agent`` and ``seed_plain``.
    """
    agent, seed = (AgentParameters.from_mapping(memory[n]) for n in ("agent", "seed_agent"))
    whole, seed_agent = (partial(MemoryAgent, parameters=given) for given in (agent, seed))
    return {
        "agent": whole,
        "controller": partial(MemoryAgent, parameters=replace(agent, memory=None)),
        "plain": same_size(Perceptron, whole),
        "recurrent": same_size(PlainLSTM, whole),
        "seed_agent": seed_agent,
        "seed_plain": same_size(Perceptron, seed_agent),
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
    Dataset (learner, seed, time, task)
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
    Dataset (learner, seed, task, step)
        From `neurosim.models.few_shot_study.compare_few_shot`.
    """
    return compare_few_shot(
        build_family(kind, options),
        {name: networks[name] for name in chosen},
        FewShotParameters.from_mapping(few_shot),
        n_seeds,
        seed,
    )


def vary_sequence(
    tasks: Mapping, networks: Mapping, varied: str, values: Sequence[float], seed: int
) -> xr.Dataset:
    """Let an agent learn a sequence of tasks with each value of one of its constants.

    Parameters
    ----------
    tasks : Mapping
        ``kind``, ``options``, ``methods`` (the first is looked at), ``learner`` and ``n_seeds`` as
        in `learn_in_turn`.
    networks : Mapping
        Keys of the configuration, as in `networks_of`.
    varied : str
        Of `neurosim.models.memory_sensitivity.VARIED`.
    values : sequence of float
    seed : int

    Returns
    -------
    Dataset (value, seed)
        ``average_error`` and ``forgetting``.
    """
    found = []
    for value in values:
        agent, learner = networks["agent"], tasks["learner"]
        if varied in OF_MEMORY:
            typed = int(value) if varied == "n_slots" else float(value)
            agent = agent | {"memory": agent["memory"] | {varied: typed}}
        else:
            learner = learner | {varied: value}
        data = learn_in_turn(
            **{**tasks, "learner": learner},
            networks=networks_of({**networks, "agent": agent}),
            seed=seed,
        )
        error = data["error"].sel({"learner": tasks["methods"][0]}).values
        found.append([average_error(error), forgetting(error)])
    about = {"average_error": "error after all tasks", "forgetting": "forgetting"}
    return xr.Dataset(
        {
            name: (("value", "seed"), each, {"units": "1", "long_name": about[name]})
            for name, each in zip(about, np.array(found).swapaxes(0, 1), strict=True)
        }
    )
