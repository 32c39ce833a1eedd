"""A skill learned with a memory, tested also with its reads cut, beside an LSTM at equal time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
import xarray as xr
from torch import nn

from neurosim.models.memory_agent import AgentParameters, MemoryAgent
from neurosim.models.plain_networks import PlainLSTM, n_weights, new_network, same_size
from neurosim.models.skill_training import SkillTraining, score_skill, train_skill
from neurosim.seeds import generator
from neurosim.tasks.skills import N_BITS, N_FLAGS, SKILLS

NETWORKS = ("memory", "memory,reads_zero", "lstm")


@dataclass(frozen=True)
class SkillParameters:
    """A skill, and what learns it.

    Attributes
    ----------
    skill : str
        Of `neurosim.tasks.skills.SKILLS`.
    length : int
        Of the sequences in training.
    tested_lengths : tuple of int
        Of those in the final test; `length` among them.
    n_test : int
        Fresh episodes of the final test.
    agent : AgentParameters
        With a memory.
    training : SkillTraining
    lstm_updates : int
        Updates that the LSTM makes in the time in which the agent makes its own.
    """

    skill: str
    length: int
    tested_lengths: tuple[int, ...]
    n_test: int
    agent: AgentParameters
    training: SkillTraining
    lstm_updates: int

    @classmethod
    def from_mapping(cls, given: Mapping, budget: Mapping, agent: Mapping) -> "SkillParameters":
        """Build from the keys of the configuration: the skill, what all share, and the agent."""
        shape = dict(agent["memory"]) | {"n_slots": given["n_slots"]}
        lengths = {max(1, given["length"] // 2), given["length"], 2 * given["length"]}
        return cls(
            given["skill"],
            given["length"],
            tuple(sorted(lengths)),
            budget["n_test"],
            AgentParameters.from_mapping({**agent, "memory": shape}),
            SkillTraining(given["n_updates"], budget["batch_size"], budget["learning_rate"]),
            given["lstm_updates"],
        )


def compare_on_skill(
    given: SkillParameters, n_seeds: int, seed: int
) -> tuple[xr.Dataset, xr.Dataset]:
    """Train an agent with memory and an LSTM of like size, and test both on fresh episodes.

    Parameters
    ----------
    given : SkillParameters
    n_seeds : int
        Trainings of each.
    seed : int
        Of the run.

    Returns
    -------
    results : Dataset (network, seed, length)
        ``bits`` and ``sequences``, shares that are right; ``learning`` (network, seed, point);
        ``n_updates`` and ``n_weights`` (network). The networks are the agent, the same agent with
        what it reads set to zero, and the LSTM.
    trace : Dataset (step, ...)
        An episode of the first agent: its input, target and output, and its memory.
    """
    found = [_trained(given, number, seed) for number in range(n_seeds)]
    scores = np.stack([training.scores for training in found], axis=2)
    curves = np.stack([training.curves for training in found], axis=1)
    first = found[0]
    trace = memory_trace(
        first.agent, given, generator(seed, "train_skill", given.skill, given.length, "trace")
    )
    return _dataset(given, scores, curves, first), trace


class Trained(NamedTuple):
    """One training of each network.

    Attributes
    ----------
    agent : MemoryAgent
    lstm : PlainLSTM
    scores : array (score, network, length)
        Shares of bits and of episodes.
    curves : array (network, point)
        Share of bits along training; NaN for the lesion, which was not trained.
    share : array (point,)
        Of the training.
    """

    agent: MemoryAgent
    lstm: PlainLSTM
    scores: np.ndarray
    curves: np.ndarray
    share: np.ndarray


def _trained(given: SkillParameters, number: int, seed: int) -> Trained:
    rng = partial(generator, seed, "train_skill", given.skill, given.length, number)
    agent, lstm = skill_networks(given, rng("weights"))
    task = given.skill, given.length
    plain = replace(given.training, n_updates=given.lstm_updates)
    curve = train_skill(agent, *task, given.training, rng("agent"))
    alone = train_skill(lstm, *task, plain, rng("lstm"))

    def tested(network: nn.Module, **options: bool) -> list[tuple[float, float]]:
        return [
            score_skill(network, given.skill, length, given.n_test, rng("test"), **options)
            for length in given.tested_lengths
        ]

    scores = np.array([tested(agent), tested(agent, reads=False), tested(lstm)])
    curves = np.stack([curve.bits, np.full_like(curve.bits, np.nan), alone.bits])
    return Trained(agent, lstm, np.moveaxis(scores, -1, 0), curves, curve.share)


def skill_networks(
    given: SkillParameters, rng: np.random.Generator
) -> tuple[MemoryAgent, PlainLSTM]:
    """Build the agent, and an LSTM that has about as many weights."""
    agent = partial(MemoryAgent, parameters=given.agent)
    factories = agent, same_size(PlainLSTM, agent)
    return tuple(new_network(factory, N_BITS + N_FLAGS, N_BITS, rng) for factory in factories)


def memory_trace(
    agent: MemoryAgent, given: SkillParameters, rng: np.random.Generator
) -> xr.Dataset:
    """One episode, step by step, with what was written and read where."""
    x, y, asked = SKILLS[given.skill](given.length, 1, rng)
    with torch.no_grad():
        output = torch.sigmoid(agent(torch.from_numpy(x)))[0].numpy()
    trace = agent.trace(torch.from_numpy(x))
    data = {
        "input": (("step", "channel"), x[0], "input; bits, then flags"),
        "target": (("step", "bit"), np.where(asked[:, None], y[0], np.nan), "what is asked for"),
        "output": (("step", "bit"), output, "probability of a 1"),
        "written": (("step", "slot"), trace.written[0].numpy(), "weight of the write"),
        "read": (("step", "head", "slot"), trace.read[0].numpy(), "weight of the read"),
        "use": (("step", "slot"), trace.use[0].numpy(), "how much of a slot is taken"),
        "slots": (("step", "slot", "width"), trace.slots[0].numpy(), "contents"),
    }
    return xr.Dataset(
        {k: (dims, v, {"units": "1", "long_name": text}) for k, (dims, v, text) in data.items()},
        attrs={"skill": given.skill, "trained_length": given.length},
    )


def _dataset(
    given: SkillParameters, scores: np.ndarray, curves: np.ndarray, first: Trained
) -> xr.Dataset:
    by_length = ("network", "seed", "length")
    updates = [given.training.n_updates] * 2 + [given.lstm_updates]
    sizes = [n_weights(first.agent)] * 2 + [n_weights(first.lstm)]
    data = {
        "bits": (by_length, scores[0], "share of bits that are right"),
        "sequences": (by_length, scores[1], "share of episodes whose bits are all right"),
        "learning": (
            ("network", "seed", "point"),
            curves,
            "share of bits that are right along training",
        ),
        "n_updates": (("network",), np.array(updates), "updates"),
        "n_weights": (("network",), np.array(sizes), "trained weights"),
    }
    coords = {
        "network": list(NETWORKS),
        "seed": ("seed", np.arange(scores.shape[2]), {"long_name": "training"}),
        "length": (
            "length",
            np.array(given.tested_lengths),
            {"units": "1", "long_name": "length of the sequence"},
        ),
        "point": ("point", first.share, {"units": "1", "long_name": "share of the training"}),
    }
    return xr.Dataset(
        {k: (dims, v, {"units": "1", "long_name": text}) for k, (dims, v, text) in data.items()},
        coords,
        {"skill": given.skill, "trained_length": given.length},
    )
