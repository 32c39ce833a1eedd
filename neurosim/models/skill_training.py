"""Training of networks on skills that need a memory: copying and recall.

Half of the sequences have their full length from the start: with an input that reaches the memory,
and slots that nothing finds until they are written, no curriculum of lengths was needed.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from neurosim.progress import progress
from neurosim.tasks.skills import SKILLS

CLIP = 1.0  # largest norm of the gradient; with 10 one training in three fails for good
N_POINTS = 20  # of the learning curve


@dataclass(frozen=True)
class SkillTraining:
    """Budget of a training.

    Attributes
    ----------
    n_updates : int
    batch_size : int
    learning_rate : float
        Of Adam, at first; it falls to nothing along a line.
    full_share : float
        Of the updates at full length; the others are at any length up to it.
    """

    n_updates: int
    batch_size: int = 16
    learning_rate: float = 0.01
    full_share: float = 0.5


@dataclass(frozen=True)
class Curve:
    """What a network can do along its training.

    Attributes
    ----------
    share : array (point,)
        Of the updates done.
    bits : array (point,)
        Share of bits that are right on fresh episodes.
    """

    share: np.ndarray
    bits: np.ndarray


def train_skill(
    network: nn.Module,
    skill: str,
    length: int,
    given: SkillTraining,
    rng: np.random.Generator,
    n_test: int = 100,
) -> Curve:
    """Train a network on a skill.

    Parameters
    ----------
    network : nn.Module
        ``network(x (batch, step, channel))`` gives logits (batch, step, bit).
    skill : str
        Of `neurosim.tasks.skills.SKILLS`.
    length : int
        Of the sequences.
    given : SkillTraining
    rng : numpy.random.Generator
        Draws the episodes.
    n_test : int
        Episodes of each point of the curve.

    Returns
    -------
    Curve
    """
    optimiser = torch.optim.Adam(network.parameters(), lr=given.learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.01, given.n_updates)
    share = np.arange(1, N_POINTS + 1) / N_POINTS
    stops, bits = np.ceil(share * given.n_updates), np.empty(N_POINTS)
    testing = rng.spawn(1)[0]
    for update in progress(range(1, given.n_updates + 1), f"learn to {skill} {length}"):
        is_full = rng.random() < given.full_share
        now = length if is_full else int(rng.integers(1, length + 1))
        loss = _loss(network, skill, now, given, rng)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimiser.step()
        schedule.step()
        if update in stops:
            bits[stops == update] = score_skill(network, skill, length, n_test, testing)[0]
    return Curve(share, bits)


def _loss(
    network: nn.Module, skill: str, length: int, given: SkillTraining, rng: np.random.Generator
) -> Tensor:
    """Mean cross entropy of the bits that are asked for."""
    x, y, asked = SKILLS[skill](length, given.batch_size, rng)
    logits = network(torch.from_numpy(x))[:, asked]
    return F.binary_cross_entropy_with_logits(logits, torch.from_numpy(y[:, asked]))


@torch.no_grad()
def score_skill(
    network: nn.Module,
    skill: str,
    length: int,
    n_episodes: int,
    rng: np.random.Generator,
    **options: bool,
) -> tuple[float, float]:
    """Test on fresh episodes.

    Parameters
    ----------
    network, skill, length
        As in `train_skill`.
    n_episodes : int
    rng : numpy.random.Generator
    **options : bool
        Passed to the network: ``reads=False`` for a lesion.

    Returns
    -------
    bits, sequences : float
        Share of bits that are right, and of episodes in which all are.
    """
    x, y, asked = SKILLS[skill](length, n_episodes, rng)
    right = (network(torch.from_numpy(x), **options)[:, asked] > 0).numpy() == (y[:, asked] > 0.5)
    return float(right.mean()), float(right.all(axis=(1, 2)).mean())
