"""What a learner keeps of the examples it was trained on, and replays."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from neurosim.agents.reservoir import DROPPED, Reservoir
from neurosim.models.task_losses import Batch

Imagine = Callable[
    [np.ndarray, np.ndarray, np.random.Generator, np.ndarray], tuple[np.ndarray, np.ndarray]
]


class Replayed(NamedTuple):
    """What is replayed in an update.

    Attributes
    ----------
    batch : Batch
    slot : array (example,) of int
    weight : Tensor (example,)
        Of its loss: what is drawn more often weighs less.
    """

    batch: Batch
    slot: np.ndarray
    weight: Tensor


class ReplayBuffer:
    """Examples in the slots of a reservoir.

    Parameters
    ----------
    size : int
        Examples kept.
    like : Batch
        Gives the shape of examples.
    n_outputs : int
    alpha : float
        Power of the priorities.
    order : str
        Of `neurosim.agents.reservoir.ORDERS`.
    """

    def __init__(
        self, size: int, like: Batch, n_outputs: int, alpha: float = 0.6, order: str = "uniform"
    ) -> None:
        self.slots = Reservoir(size, alpha, order)
        self._x = like.x.new_zeros(size, *like.x.shape[1:])
        self._y = like.y.new_zeros(size, *like.y.shape[1:])
        self._answer = self._x.new_zeros(size, self._x.shape[1], n_outputs)
        self._task = np.full(size, DROPPED)
        self._example = np.full(size, DROPPED)

    def __len__(self) -> int:
        return len(self.slots)

    def keep(
        self,
        batch: Batch,
        answer: Tensor,
        task: int,
        example: np.ndarray,
        rng: np.random.Generator,
    ) -> None:
        """Show the buffer some examples.

        Parameters
        ----------
        batch : Batch
        answer : Tensor (example, step, output)
            What the network gave for them.
        task : int
            Number of their task.
        example : array (example,) of int
            Their numbers within the task: one that was shown twice may be kept twice.
        rng : numpy.random.Generator
        """
        slot = self.slots.add(len(batch.x), rng)
        kept = np.flatnonzero(slot != DROPPED)
        if kept.size == 0:
            return
        rows, to = torch.from_numpy(kept), torch.from_numpy(slot[kept])
        self._x[to], self._y[to] = batch.x[rows], batch.y[rows]
        self._answer[to] = answer.detach()[rows]
        self._task[slot[kept]], self._example[slot[kept]] = task, example[kept]

    def next(self, n: int, beta: float, rng: np.random.Generator) -> Replayed:
        """Replay some examples (none while nothing is kept).

        Parameters
        ----------
        n : int
        beta : float
            Power of the weights.
        rng : numpy.random.Generator
        """
        slot, weight = self.slots.next(n, beta, rng)
        return Replayed(self.at(slot), slot, torch.from_numpy(weight).float())

    def at(self, slot: np.ndarray) -> Batch:
        """Examples of some slots."""
        rows = torch.from_numpy(slot)
        return Batch(self._x[rows], self._y[rows])

    def answers(self, slot: np.ndarray) -> Tensor:
        """What the network gave (slot, step, output) when it was shown what some slots keep."""
        return self._answer[torch.from_numpy(slot)]

    def imagined(self, n: int, imagine: Imagine, rng: np.random.Generator) -> Replayed:
        """Replay what was made up from `n` remembered examples.

        Parameters
        ----------
        n : int
        imagine : callable
            ``imagine(x, y, rng, task)`` gives made-up examples from remembered ones, whose tasks it
            is told.
        rng : numpy.random.Generator
        """
        slot, _ = self.slots.next(n, 1.0, rng)
        if slot.size == 0:
            return Replayed(self.at(slot), slot, torch.zeros(0))
        given = self.at(slot)
        x, y = imagine(given.x.numpy(), given.y.numpy(), rng, self._task[slot])
        made = Batch(torch.from_numpy(x), torch.from_numpy(y))
        return Replayed(made, np.zeros(0, int), torch.ones(len(x)))

    def tasks(self) -> np.ndarray:
        """Numbers of the tasks of which something is kept."""
        return np.unique(self._task[: len(self)])

    def of_task(self, task: int) -> np.ndarray:
        """Slots of distinct examples of a task."""
        slots = np.flatnonzero(self._task[: len(self)] == task)
        return slots[np.unique(self._example[slots], return_index=True)[1]]
