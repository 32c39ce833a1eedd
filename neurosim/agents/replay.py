"""Replay policies of tabular agents: what an offline learner replays between the agent's steps.

All policies write into the same table of action values with the same rule and the same number of
writes a step. A policy is told of every step (`observe`) and asked to replay (`replay`).
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from neurosim.agents.memory import Episodes, Experience, PrioritisedMemory
from neurosim.agents.world_model import WorldModel


@dataclass
class Values:
    """Action values and how they are written.

    Attributes
    ----------
    table : array (state, action)
    learning_rate, discount : float
    """

    table: np.ndarray
    learning_rate: float
    discount: float

    def error(self, step: Experience) -> float:
        """Temporal difference error of one step of Q-learning (Watkins & Dayan 1992)."""
        later = 0.0 if step.ends else self.discount * self.table[step.following].max()
        return step.reward + later - self.table[step.state, step.action]

    def write(self, step: Experience, weight: float = 1.0) -> float:
        """Write one value and give its error before."""
        error = self.error(step)
        self.table[step.state, step.action] += weight * self.learning_rate * error
        return float(error)


Replayed = list[tuple[Experience, ...]]  # backups in order; each wrote the values of its steps


def writes_in(backups: Replayed) -> int:
    """Number of values that backups wrote."""
    return sum(map(len, backups))


class NoReplay:
    """Learning from what happens alone."""

    def observe(self, step: Experience, error: float) -> None:
        """See the module."""

    def replay(self, values: Values, here: int, n_writes: int) -> Replayed:
        """See the module."""
        return []


class MovieReplay(NoReplay):
    """Whole episodes in the order in which they came, or from their end.

    Parameters
    ----------
    rng : numpy.random.Generator
    reverse : bool
    size : int
        Experiences kept.
    """

    def __init__(self, rng: np.random.Generator, reverse: bool, size: int) -> None:
        self._rng, self._reverse = rng, reverse
        self._episodes = Episodes(size)
        self._movie: Iterator[Experience] | None = None

    def observe(self, step: Experience, error: float) -> None:
        """Keep a step."""
        self._episodes.add(step)
        if step.ends and self._movie is None:
            self._movie = self._episodes.movie(self._rng, self._reverse)

    def replay(self, values: Values, here: int, n_writes: int) -> Replayed:
        """Go on with the movie."""
        if self._movie is None:
            return []
        steps = list(islice(self._movie, n_writes))
        for step in steps:
            values.write(step)
        return [(step,) for step in steps]


class DrawnReplay(NoReplay):
    """Single steps, drawn uniformly or by their errors.

    Parameters
    ----------
    rng : numpy.random.Generator
    size : int
        Experiences kept.
    alpha : float
        Power of the priorities; 0 for uniform.
    beta : (float, float)
        Power of the weights at first and after `anneal_steps` replays.
    anneal_steps : int
    """

    def __init__(
        self,
        rng: np.random.Generator,
        size: int,
        alpha: float = 0.0,
        beta: tuple[float, float] = (0.4, 1.0),
        anneal_steps: int = 5000,
    ) -> None:
        self._rng, self._alpha, self._beta, self._anneal = rng, alpha, beta, anneal_steps
        self._memory = PrioritisedMemory(size, alpha)
        self._steps: list[Experience] = []
        self._n_replays = 0

    def observe(self, step: Experience, error: float) -> None:
        """Keep a step with the largest priority."""
        index = self._memory.add()
        self._steps[index : index + 1] = [step]

    def replay(self, values: Values, here: int, n_writes: int) -> Replayed:
        """Draw steps and write them, each weighted for how often it is drawn."""
        if not self._steps or n_writes == 0:
            return []
        first, last = self._beta
        beta = first + (last - first) * min(1.0, self._n_replays / self._anneal)
        index, weight = self._memory.draw(n_writes, beta, self._rng)
        steps = [self._steps[i] for i in index.tolist()]
        weights = weight if self._alpha else np.ones(n_writes)
        errors = [values.write(s, w) for s, w in zip(steps, weights.tolist(), strict=True)]
        if self._alpha:
            self._memory.update(index, np.array(errors))
        self._n_replays += 1
        return [(step,) for step in steps]


class PrioritisedSweeping(NoReplay):
    """Backups of a learned model in the order of their errors, then of what leads there.

    Moore & Atkeson 1993 (10.1007/BF00993104), as in Sutton & Barto 2018, section 8.4.

    Parameters
    ----------
    model : WorldModel
    threshold : float
        Errors below it are not worth a backup.
    """

    def __init__(self, model: WorldModel, threshold: float = 1e-5) -> None:
        self._model, self._threshold = model, threshold
        self._queue: list[tuple[float, int, int]] = []
        self._priority: dict[tuple[int, int], float] = {}
        self._observed: dict[tuple[int, int], None] = {}  # in the order in which they came

    def observe(self, step: Experience, error: float) -> None:
        """Note the step, to be queued under the values that are replayed into."""
        self._observed[step.state, step.action] = None

    def replay(self, values: Values, here: int, n_writes: int) -> Replayed:
        """Write the values with the largest errors."""
        done: Replayed = []
        for state, action in self._observed:
            self._push(state, action, abs(values.error(self._model.step(state, action))))
            self._push_predecessors(values, state)
        self._observed.clear()
        while self._queue and len(done) < n_writes:
            negative, state, action = heapq.heappop(self._queue)
            if self._priority.get((state, action)) != -negative:
                continue  # pushed again since
            del self._priority[state, action]
            step = self._model.step(state, action)
            error = values.write(step)
            done.append((step,))
            self._push(state, action, abs(values.error(step)))
            if error:
                self._push_predecessors(values, state)
        return done

    def _push_predecessors(self, values: Values, state: int) -> None:
        for before, action in sorted(self._model.predecessors[state]):
            self._push(before, action, abs(values.error(self._model.step(before, action))))

    def _push(self, state: int, action: int, priority: float) -> None:
        if priority > max(self._threshold, self._priority.get((state, action), 0.0)):
            self._priority[state, action] = priority
            heapq.heappush(self._queue, (-priority, state, action))
