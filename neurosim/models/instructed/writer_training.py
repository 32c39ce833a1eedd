"""How a writer learns: from an instructor's activity while it follows its own instructions.

Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from neurosim import NeurosimError
from neurosim.models.instructed.evaluation import respond
from neurosim.models.instructed.network import InstructedNetwork
from neurosim.models.instructed.vocabulary import NOTHING, Vocabulary
from neurosim.models.instructed.writer import DROPOUT, N_UNITS, Writer, summarise
from neurosim.progress import progress
from neurosim.tasks.psychophysics.source import NUMBERS, TrialSource

FORCED_AT_FIRST = 0.5  # part of the batches in which the wanted words are told; falls to 0


@dataclass(frozen=True)
class WriterParameters:
    """How a writer is built and trained.

    Attributes
    ----------
    n_units : int
    dropout : float
    n_epochs : int
    n_updates : int
        Of an epoch.
    n_trials : int
        Of each task, drawn anew in each epoch; batches are drawn from these.
    n_batch : int
        Trials of a batch.
    learning_rate : float
        In the first epoch.
    falls_by : float
        Factor on the learning rate from one epoch to the next.
    clip : float
        Largest gradient of a weight.
    """

    n_units: int = N_UNITS
    dropout: float = DROPOUT
    n_epochs: int = 80
    n_updates: int = 2400
    n_trials: int = 3072
    n_batch: int = 64
    learning_rate: float = 1e-4
    falls_by: float = 0.99
    clip: float = 0.5

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be used."""
        for key in ("n_units", "n_epochs", "n_updates", "n_trials", "n_batch", "learning_rate"):
            if not getattr(self, key) > 0:
                raise NeurosimError(
                    f"writer: {key}: expected more than 0, found {getattr(self, key)}"
                )


class Followed(NamedTuple):
    """Trials of an instructor that followed its instructions.

    Attributes
    ----------
    summary : (trial, number) float32 array
        Of its activity; see `writer.summarise`.
    telling : (trial,) array
    """

    summary: np.ndarray
    telling: np.ndarray


def follow(
    network: InstructedNetwork,
    tasks: Sequence[str],
    source: TrialSource,
    n_trials: int,
    rng: np.random.Generator,
) -> Followed:
    """Let an instructor do tasks as its own instructions tell it, `n_trials` of each task."""
    found = []
    for task in tasks:
        inputs = source.draw(task, n_trials, rng).inputs
        telling = network.information.tell(np.full(n_trials, NUMBERS[task]), rng)
        with torch.no_grad():
            information = network.information(torch.from_numpy(telling))
        found.append((summarise(respond(network.sensorimotor, inputs, information)[1]), telling))
    return Followed(*(np.concatenate(part) for part in zip(*found, strict=True)))


def train_writer(
    network: InstructedNetwork,
    texts: Sequence[str],
    tasks: Sequence[str],
    source: TrialSource,
    parameters: WriterParameters,
    rng: np.random.Generator,
) -> tuple[Writer, np.ndarray]:
    """Let a writer learn which instruction an instructor follows.

    Parameters
    ----------
    network : InstructedNetwork
        The instructor; stays as it is.
    texts : sequence of str (telling,)
        Wording of each of its tellings; all their words are the writer's.
    tasks : sequence of str
        Whose instructions are learned to be written.
    source : TrialSource
    parameters : WriterParameters
    rng : numpy.random.Generator

    Returns
    -------
    writer : Writer
    loss : (epoch,) array
        Mean cross-entropy of a token, nats.
    """
    with torch.random.fork_rng(devices=[]):  # first weights and dropout are drawn from it
        torch.manual_seed(int(rng.integers(2**63 - 1)))
        vocabulary = Vocabulary(texts)
        wanted = torch.from_numpy(vocabulary.encode(texts))
        n_summary = 2 * network.sensorimotor.n_units
        writer = Writer(vocabulary, n_summary, parameters.n_units, parameters.dropout)
        optimiser = torch.optim.Adam(writer.parameters(), lr=parameters.learning_rate, fused=True)
        schedule = torch.optim.lr_scheduler.ExponentialLR(optimiser, parameters.falls_by)
        losses = []
        for epoch in progress(range(parameters.n_epochs), "train a writer"):
            followed = follow(network, tasks, source, parameters.n_trials, rng)
            if epoch == 0:
                writer.standardise(followed.summary)
            forced = FORCED_AT_FIRST * (1 - epoch / parameters.n_epochs)
            losses.append(_learn(writer, followed, wanted, forced, optimiser, parameters, rng))
            schedule.step()
    return writer.eval(), np.array(losses)


def _learn(
    writer: Writer,
    followed: Followed,
    wanted: torch.Tensor,
    forced: float,
    optimiser: torch.optim.Optimizer,
    parameters: WriterParameters,
    rng: np.random.Generator,
) -> float:
    """Learn for an epoch from trials that an instructor did; give the mean loss."""
    writer.train()
    total = 0.0
    for _ in range(parameters.n_updates):
        rows = rng.integers(len(followed.telling), size=parameters.n_batch)
        texts = wanted[followed.telling[rows]]
        texts = texts[:, : int((texts != NOTHING).sum(dim=1).max())]
        scores = writer(torch.from_numpy(followed.summary[rows]), texts, told=rng.random() < forced)
        loss = nn.functional.cross_entropy(
            scores.flatten(0, 1), texts.flatten(), ignore_index=NOTHING
        )
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_value_(writer.parameters(), parameters.clip)
        optimiser.step()
        total += loss.item()
    return total / parameters.n_updates
