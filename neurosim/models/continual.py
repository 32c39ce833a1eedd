"""Learners of one task after another, and what each does against forgetting.

All are trained alike, batch by batch, and differ in what is added to the loss of the batch.
"""

import numpy as np
import torch
from torch import Tensor, nn

from neurosim import NeurosimError
from neurosim.agents.reservoir import annealed
from neurosim.models.consolidation import Consolidation
from neurosim.models.continual_methods import IMAGINATION, LearnerParameters, Method
from neurosim.models.meta_rehearsal import MetaRehearsal
from neurosim.models.replay_buffer import Imagine, ReplayBuffer
from neurosim.models.task_losses import Batch, distances, losses
from neurosim.tasks.examples import TaskSequence


class Learner:
    """A network that is trained on one task after another.

    Parameters
    ----------
    network : nn.Module
        ``network(x (batch, step, feature))`` gives (batch, step, output).
    sequence : TaskSequence
    method : Method
    parameters : LearnerParameters
    rng : numpy.random.Generator
        Learners that are given equal ones see the same batches, whatever else they draw.
    imagine : callable, optional
        Makes up examples from remembered ones, for imagination.
    """

    def __init__(
        self,
        network: nn.Module,
        sequence: TaskSequence,
        method: Method,
        parameters: LearnerParameters,
        rng: np.random.Generator,
        imagine: Imagine | None = None,
    ) -> None:
        if method.replay == IMAGINATION and imagine is None:
            raise NeurosimError(
                f"sequence {sequence.name!r}: expected a function that imagines examples, found "
                "none; leave out the methods that replay imagination"
            )
        self.network, self.method, self.given = network, method, parameters
        self.kind, self._imagine = sequence.kind, imagine
        # what one method draws more of must not change what others see
        self._order, self._chance, meta_chance = rng.spawn(3)
        self._tasks = [Batch.of(task.train) for task in sequence.tasks]
        self._optimiser = torch.optim.Adam(
            network.parameters(), lr=parameters.learning_rate, fused=True
        )
        size, order = parameters.memory_size, method.replay
        order = "uniform" if order in (None, IMAGINATION) else order
        self.buffer = ReplayBuffer(
            size, self._tasks[0], sequence.n_outputs, parameters.alpha, order
        )
        self._held = Consolidation(network, method.consolidation)
        self._meta = MetaRehearsal(network, self.kind, self._tasks, parameters.meta, meta_chance)
        self._n_updates = 0
        per_epoch = [-(-len(task.x) // parameters.batch_size) for task in self._tasks]
        self._n_all = parameters.n_epochs * sum(per_epoch)

    def learn(self, number: int) -> None:
        """Train on a task."""
        task = self._tasks[number]
        pool = Batch.joined(self._tasks[: number + 1]) if self.method.joint else task
        if self.method.meta:
            self._meta.adapt(number)
        size = self.given.batch_size
        for _ in range(self.given.n_epochs):
            rows = self._order.permutation(len(task.x))
            for first in range(0, rows.size, size):
                index = rows[first : first + size]
                if self.method.joint:  # as many examples as a learner that replays
                    n = index.size + self.given.replay_size
                    index = self._chance.integers(len(pool.x), size=n)
                self._update(pool.rows(index), number, index)
        if self.method.consolidation:
            n = min(self.given.n_fisher, len(task.x))
            some = task.rows(self._chance.choice(len(task.x), n, replace=False))
            self._held.add(some, self.kind, self._chance)

    def _update(self, current: Batch, number: int, index: np.ndarray) -> None:
        """Make an update on a batch of the current task, and on what is remembered."""
        loss, answer = self._loss(current, number)
        if self.method.meta and self._n_updates % self.given.meta.every == 0:
            loss = loss + self._meta.loss(number, self.buffer)
        if self.method.consolidation:
            loss = loss + self._held.penalty()
        self._optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), self.given.clip)
        self._optimiser.step()
        self._n_updates += 1
        if self._remembers:
            self.buffer.keep(current, answer, number, index, self._chance)

    @property
    def _remembers(self) -> bool:
        return not self.method.joint and self.method.replay is not None

    def _loss(self, current: Batch, number: int) -> tuple[Tensor, Tensor]:
        """Loss of the batch with what is replayed, and the answers to the batch."""
        given = self.given
        beta = annealed(given.beta, self._n_updates / self._n_all)
        parts, replayed = [current], None
        if number == 0 and not self.method.replay_first:
            pass
        elif self.method.replay == IMAGINATION:
            replayed = self.buffer.imagined(given.replay_size, self._imagine, self._chance)
        elif self.method.replay is not None:
            replayed = self.buffer.next(given.replay_size, beta, self._chance)
        if replayed is None or len(replayed.batch.x) == 0:
            output = self.network(current.x)
            return losses(output, current.y, self.kind).mean(), output
        parts.append(replayed.batch)
        if self.method.answers:  # a second draw, as published
            again = self.buffer.next(given.replay_size, beta, self._chance)
            parts.append(again.batch)
        output = self.network(torch.cat([p.x for p in parts]))  # all in one pass
        each = output.split([len(p.x) for p in parts])
        lost = losses(each[1], replayed.batch.y, self.kind)
        self.buffer.slots.update(replayed.slot, lost.detach().numpy())
        loss = losses(each[0], current.y, self.kind).mean()
        loss = loss + given.replay_weight * weighted_mean(lost, replayed.weight)
        if self.method.answers:
            apart = distances(each[2], self.buffer.answers(again.slot), again.batch.y, self.kind)
            loss = loss + self.method.answers * weighted_mean(apart, again.weight)
        return loss, each[0]


def weighted_mean(each: Tensor, weight: Tensor) -> Tensor:
    """Mean by weights that need not sum to 1: their size must not change the mix of old and new."""
    return (weight * each).sum() / weight.sum()
