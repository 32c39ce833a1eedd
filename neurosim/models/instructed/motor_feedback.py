"""What a task must have been told, inferred from motor feedback alone.

All weights of a sensorimotor network stay as they are; what it is told is learned from the errors
of its responses (Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5).
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from neurosim import NeurosimError
from neurosim.errors import choices
from neurosim.models.instructed.evaluation import N_AT_ONCE, respond
from neurosim.models.instructed.information import TaskInformation
from neurosim.models.instructed.sensorimotor import (
    N_INFORMATION,
    SensorimotorNetwork,
    task_loss,
)
from neurosim.tasks.psychophysics.catalogue import find_task
from neurosim.tasks.psychophysics.judging import judge
from neurosim.tasks.psychophysics.source import NUMBERS, TrialSource
from neurosim.tasks.psychophysics.trials import Trials

HARD = ("DMC", "DNMC")  # tasks for which less is asked
STARTS = ("told", "origin")
N_JUDGED = 64  # last trials over which an embedding must reach the criterion


@dataclass(frozen=True)
class FeedbackParameters:
    """How embeddings are inferred.

    Attributes
    ----------
    n_embeddings : int
        Of each task, each from another start.
    n_trials : int
        Of a batch, for each embedding.
    n_batches : int
        At most; an embedding that has reached the criterion is left as it is.
    learning_rate : float
        At the first batch.
    falls_to : float
        Part of the learning rate that is left at the last batch; it falls exponentially.
    starts_at : {"told", "origin"}
        Embeddings start near the mean of what the network was told in training, or near 0 as in
        the public code (the text is silent). Only what matters for the task is learned, the rest
        stays: a network that is told near its mean (whose length is many times the spread between
        tasks) leaves states that a writer knows; near 0, others that it never saw.
    start : float
        Largest distance from there of each number.
    criterion, criterion_of_hard : float
        Performance over the last `N_JUDGED` trials at which an embedding is taken; the second for
        the tasks in `HARD`.
    n_test : int
        Fresh trials that an embedding is judged by in the end.
    """

    n_embeddings: int = 25
    n_trials: int = 64
    n_batches: int = 800
    learning_rate: float = 0.05
    falls_to: float = 0.8
    starts_at: str = "told"
    start: float = 0.1
    criterion: float = 0.9
    criterion_of_hard: float = 0.85
    n_test: int = 64

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be used."""
        for key in (
            "n_embeddings",
            "n_trials",
            "n_batches",
            "learning_rate",
            "falls_to",
            "start",
            "n_test",
        ):
            if not getattr(self, key) > 0:
                raise NeurosimError(
                    f"motor feedback: {key}: expected more than 0, found {getattr(self, key)}"
                )

        if self.starts_at not in STARTS:
            raise NeurosimError(
                f"motor feedback: starts_at: expected one of {choices(STARTS)}, found "
                f"{self.starts_at!r}"
            )

    def criterion_for(self, task: str) -> float:
        """Performance at which an embedding of a task is taken."""
        return self.criterion_of_hard if task in HARD else self.criterion

    @property
    def n_recent(self) -> int:
        """Batches over which the criterion must be reached."""
        return -(-N_JUDGED // self.n_trials)


class Embeddings(NamedTuple):
    """What was inferred for one task.

    Attributes
    ----------
    embedding : (embedding, information) float32 array
        In place of the information on the task.
    performance : (embedding,) array
        Part of fresh trials done right with it.
    n_batches : (embedding,) array
        Batches until the criterion; infinite if it was not reached.
    """

    embedding: np.ndarray
    performance: np.ndarray
    n_batches: np.ndarray


@torch.no_grad()
def centre_of(
    information: TaskInformation, tasks: Sequence[str], parameters: FeedbackParameters
) -> np.ndarray:
    """Give what embeddings start from (information,): a mean over tasks as told, or the origin."""
    if parameters.starts_at == "origin":
        return np.zeros(N_INFORMATION, np.float32)
    return np.mean([information.of_task(NUMBERS[task]).numpy() for task in tasks], axis=0)


def infer_embeddings(
    network: SensorimotorNetwork,
    task: str,
    source: TrialSource,
    parameters: FeedbackParameters,
    rng: np.random.Generator,
    centre: np.ndarray | None = None,
) -> Embeddings:
    """Infer what a task must have been told, several times over.

    Each embedding sees trials of its own.

    Parameters
    ----------
    network : SensorimotorNetwork
        Stays as it is.
    task : str
    source : TrialSource
    parameters : FeedbackParameters
    rng : numpy.random.Generator
    centre : (information,) array, optional
        Around which embeddings start; the origin if not given. See `centre_of`.

    Returns
    -------
    Embeddings

    Raises
    ------
    NeurosimError
        If the task is unknown, or needs thresholds that the source lacks.
    """
    criterion = parameters.criterion_for(find_task(task).name)
    frozen = deepcopy(network).requires_grad_(False)
    n, shape = parameters.n_embeddings, (parameters.n_embeddings, N_INFORMATION)
    first = rng.uniform(-parameters.start, parameters.start, shape)
    first += 0 if centre is None else centre
    embedding = torch.from_numpy(first.astype(np.float32)).requires_grad_()
    optimiser = torch.optim.Adam([embedding], lr=parameters.learning_rate)
    factor = parameters.falls_to ** (1 / parameters.n_batches)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimiser, factor)
    found, reached = embedding.detach().clone(), np.full(n, np.inf)
    recent = np.full((parameters.n_recent, n), -np.inf)  # no mean of fewer batches counts
    for batch in range(parameters.n_batches):
        learning = np.flatnonzero(np.isinf(reached))
        optimiser.zero_grad()
        trials = source.draw(task, len(learning) * parameters.n_trials, rng)
        right = _find_errors(frozen, embedding, learning, trials)
        recent[batch % len(recent), learning] = right
        taken = learning[recent.mean(axis=0)[learning] >= criterion]
        reached[taken] = batch
        if not np.isinf(reached).any():
            break
        optimiser.step()
        schedule.step()
        learning = np.flatnonzero(np.isinf(reached))
        found[learning] = embedding.detach()[learning]  # Adam still moves those that are taken
    return Embeddings(found.numpy(), _test(frozen, found, task, source, parameters, rng), reached)


def _find_errors(
    network: SensorimotorNetwork, embedding: Tensor, rows: np.ndarray, trials: Trials
) -> np.ndarray:
    """Add the gradient of each of some rows of embeddings; give their performance (row,).

    Trials are in the order of the rows, as many for each; a few rows pass at once, which bounds
    the memory it takes.
    """
    n_each = len(trials.inputs) // len(rows)
    n_rows = max(1, N_AT_ONCE // n_each)
    outputs = []
    for at in range(0, len(rows), n_rows):
        part = slice(at * n_each, (at + n_rows) * n_each)
        told = embedding[rows[at : at + n_rows]].repeat_interleave(n_each, dim=0)
        output, _ = network(torch.from_numpy(trials.inputs[part]), told)
        target, mask = (torch.from_numpy(a[part]) for a in (trials.target, trials.mask))
        # The loss is a mean over trials: weighted so that no row depends on how many there are.
        (len(output) / n_each * task_loss(output, target, mask)).backward()
        outputs.append(output.detach().numpy())
    return judge(np.concatenate(outputs), trials).reshape(len(rows), n_each).mean(axis=1)


def _test(
    network: SensorimotorNetwork,
    embedding: Tensor,
    task: str,
    source: TrialSource,
    parameters: FeedbackParameters,
    rng: np.random.Generator,
) -> np.ndarray:
    """Performance (embedding,) on fresh trials, the same for all."""
    trials = source.draw(task, parameters.n_test, rng)
    outputs = (respond(network, trials.inputs, one)[0] for one in embedding)
    return np.array([judge(output, trials).mean() for output in outputs])
