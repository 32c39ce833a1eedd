"""Meta-learning among the tasks that are remembered, while another is learned."""

import numpy as np
from torch import Tensor, nn

from neurosim.models.continual_methods import MetaParameters
from neurosim.models.maml import adapt_in_place, meta_loss, piled
from neurosim.models.replay_buffer import ReplayBuffer
from neurosim.models.task_losses import Batch


class MetaRehearsal:
    """Adapts a network to a new task, and keeps all tasks easy to come back to.

    Parameters
    ----------
    network : nn.Module
    kind : {"classification", "regression"}
    tasks : list of Batch
        Training examples of all tasks; only those of the current one are looked at.
    given : MetaParameters
    rng : numpy.random.Generator
    """

    def __init__(
        self,
        network: nn.Module,
        kind: str,
        tasks: list[Batch],
        given: MetaParameters,
        rng: np.random.Generator,
    ) -> None:
        self._network, self._kind, self._tasks = network, kind, tasks
        self._given, self._rng = given, rng

    def adapt(self, number: int) -> None:
        """Take inner steps on some examples of a new task for good, before training on it."""
        task = self._tasks[number]
        n = min(self._given.n_support, len(task.x))
        support = task.rows(self._rng.choice(len(task.x), n, replace=False))
        adapt_in_place(self._network, support, self._kind, self._given.inner)

    def loss(self, number: int, buffer: ReplayBuffer) -> Tensor | float:
        """Loss after adapting to remembered tasks, and to the current one, on other examples.

        Parameters
        ----------
        number : int
            The current task, all of whose examples are at hand.
        buffer : ReplayBuffer
            What is remembered of the others. Tasks with less than two examples are left out.

        Returns
        -------
        Tensor or float
            Zero where there is no task to adapt to.
        """
        given, rng = self._given, self._rng
        pools = {number: np.arange(len(self._tasks[number].x))}
        pools |= {int(old): buffer.of_task(old) for old in buffer.tasks() if old != number}
        able = [task for task, pool in pools.items() if pool.size > 1]
        supports, queries = [], []
        for row in rng.permutation(len(able))[: given.n_tasks]:
            pool = rng.permutation(pools[able[row]])
            source = self._tasks[number].rows if able[row] == number else buffer.at
            n_known = min(given.n_support, pool.size // 2)
            supports.append(source(_some(pool[:n_known], given.n_support, rng)))
            queries.append(source(_some(pool[n_known:], given.n_query, rng)))
        if not supports:
            return 0.0
        return given.weight * meta_loss(
            self._network, piled(supports), piled(queries), self._kind, given.inner
        )


def _some(pool: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw `n`, none twice if there are enough."""
    return rng.choice(pool, n, replace=pool.size < n)
