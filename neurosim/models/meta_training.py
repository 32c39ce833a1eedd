"""Training on many tasks of a family, so that a new one is learned from few examples."""

from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import nn

from neurosim.models.maml import InnerParameters, error_by_step, meta_loss, piled
from neurosim.models.task_losses import Batch
from neurosim.tasks.continual import TaskFamily
from neurosim.tasks.examples import NOT_ASKED


@dataclass(frozen=True)
class MetaTraining:
    """Budget of meta-training.

    Attributes
    ----------
    n_tasks : int
        Tasks of the family that are trained on.
    n_updates : int
        Outer updates (Adam).
    batch_size : int
        Tasks an update.
    learning_rate : float
        Of the outer updates.
    clip : float
        Largest norm of the outer gradient.
    inner : InnerParameters
    """

    n_tasks: int = 400
    n_updates: int = 600
    batch_size: int = 8
    learning_rate: float = 1e-3
    clip: float = 10.0
    inner: InnerParameters = field(default_factory=lambda: InnerParameters(rate=0.1))


@dataclass(frozen=True)
class TaskSet:
    """Tasks of a family with equally many examples each.

    Attributes
    ----------
    support, query : Batch (task, example, ...)
    kind : {"classification", "regression"}
    """

    support: Batch
    query: Batch
    kind: str

    @classmethod
    def drawn(cls, family: TaskFamily, n: int, rng: np.random.Generator) -> "TaskSet":
        """Draw some tasks of a family."""
        tasks = [family.draw(rng) for _ in range(n)]
        support = piled([Batch.of(task.train) for task in tasks])
        return cls(support, piled([Batch.of(task.test) for task in tasks]), family.kind)

    def __len__(self) -> int:
        return len(self.support.x)

    def errors(self, network: nn.Module, given: InnerParameters) -> np.ndarray:
        """Error (task, step) on the queries after 0, 1, ... inner steps on the supports."""
        return error_by_step(network, self.support, self.query, self.kind, given)

    def mean_errors(self) -> np.ndarray:
        """Error (task,) on the queries of the mean answer, or most frequent class, of the support.

        What is learned without looking at the inputs.
        """
        known, asked = self.support.y.numpy(), self.query.y.numpy()
        if self.kind == "regression":
            answer = known.mean(axis=(1, 2), keepdims=True)
            return np.square(asked - answer).mean(axis=(1, 2, 3), dtype=float)
        most = [np.bincount(one[one != NOT_ASKED]).argmax() for one in known]
        wrong = asked != np.reshape(most, (-1, 1, 1))
        is_asked = asked != NOT_ASKED
        return (wrong & is_asked).sum(axis=(1, 2)) / is_asked.sum(axis=(1, 2))


def meta_train(
    network: nn.Module, tasks: TaskSet, given: MetaTraining, rng: np.random.Generator
) -> np.ndarray:
    """Train a network for what it is after the inner steps.

    Parameters
    ----------
    network : nn.Module
    tasks : TaskSet
    given : MetaTraining
        Without inner steps it is plain training on all tasks mixed.
    rng : numpy.random.Generator
        Draws the tasks of each update.

    Returns
    -------
    array (update,)
        Loss on the queries.
    """
    optimiser = torch.optim.Adam(network.parameters(), lr=given.learning_rate, fused=True)
    found = np.empty(given.n_updates)
    for update in range(given.n_updates):
        chosen = rng.choice(len(tasks), min(given.batch_size, len(tasks)), replace=False)
        support, query = tasks.support.rows(chosen), tasks.query.rows(chosen)
        loss = meta_loss(network, support, query, tasks.kind, given.inner)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), given.clip)
        optimiser.step()
        found[update] = loss.item()
    return found


def best_rate(
    network: nn.Module, tasks: TaskSet, given: InnerParameters, rates: tuple[float, ...]
) -> float:
    """Give the rate with which inner steps lead to the smallest error on some tasks."""
    errors = [tasks.errors(network, replace(given, rate=rate))[:, -1].mean() for rate in rates]
    return rates[int(np.argmin(np.where(np.isfinite(errors), errors, np.inf)))]
