"""Best observers of runs through mazes: they know every map, but not in which maze they are.

One hears the whole run (the forward algorithm of a hidden Markov model), the other only the spikes
of the step that is asked. The difference is what memory of the run is worth.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neurosim.tasks.examples import NOT_ASKED, Examples
from neurosim.tasks.maze_runs import Alternation


@dataclass(frozen=True)
class Observer:
    """Observer of runs.

    Attributes
    ----------
    runs : Alternation
    rate : array (maze, direction, place, cell)
        Hz.
    bin_s : float
        Time in which spikes are counted, s.
    linger : float
        Probability that spikes are counted in a place twice.
    """

    runs: Alternation
    rate: np.ndarray
    bin_s: float
    linger: float

    @cached_property
    def _following(self) -> np.ndarray:
        """Whether a place comes next (side, index, place) on the runs."""
        return np.eye(self.rate.shape[2])[self.runs.path[:, 1:]]

    def _likelihood(self, counts: np.ndarray) -> np.ndarray:
        """Likelihood (example, step, maze, side, index) of counts, up to a factor a step."""
        here = self.runs.path[:, :-1]
        expected = self.rate[:, self.runs.inbound[:-1].astype(int), here] * self.bin_s
        log = np.einsum(
            "esc,mkic->esmki", counts, np.log(np.maximum(expected, 1e-12)), optimize=True
        )
        log -= expected.sum(axis=-1)
        return np.exp(log - log.max(axis=(2, 3, 4), keepdims=True))

    @cached_property
    def _first(self) -> np.ndarray:
        """Probability that a run begins at an index."""
        index = np.arange(self.runs.path.shape[1] - 1)
        return (index < self.runs.n_starts) / self.runs.n_starts

    def remembering(self, x: np.ndarray) -> np.ndarray:
        """Probability of the next place (example, step, place), given the run so far.

        Parameters
        ----------
        x : array (example, step, cell)
            Square roots of spike counts.
        """
        likelihood = self._likelihood(np.square(x, dtype=float))
        first = np.broadcast_to(self._first, likelihood.shape[2:])
        arrived = np.broadcast_to(first, (len(x), *first.shape))
        stayed = np.zeros_like(arrived)
        found = []
        for step in range(x.shape[1]):
            arrived, stayed = arrived * likelihood[:, step], stayed * likelihood[:, step]
            here = arrived + stayed
            # Beyond the end of a run nothing is left; nothing is asked there either.
            total = np.maximum(here.sum(axis=(1, 2, 3), keepdims=True), 1e-300)
            found.append(np.einsum("emki,kip->ep", here / total, self._following, optimize=True))
            leaves = ((1 - self.linger) * arrived + stayed) / total
            stayed = self.linger * arrived / total
            arrived = np.zeros_like(leaves)
            arrived[..., 1:] = leaves[..., :-1]
        return np.stack(found, axis=1)

    def forgetful(self, x: np.ndarray) -> np.ndarray:
        """Probability of the next place (example, step, place), given this step's spikes alone."""
        visits = np.cumsum(self._first)
        here = self._likelihood(np.square(x, dtype=float)) * (visits / visits.sum())
        here /= here.sum(axis=(2, 3, 4), keepdims=True)
        return np.einsum("esmki,kip->esp", here, self._following, optimize=True)

    def scores(self, examples: Examples) -> dict[str, float]:
        """Accuracies of the most probable answers, as in `neurosim.tasks.examples.TaskSequence`."""
        asked, choice = examples.y != NOT_ASKED, examples.choice
        right = self.remembering(examples.x).argmax(axis=2) == examples.y
        alone = self.forgetful(examples.x).argmax(axis=2) == examples.y
        return {
            "accuracy": right[asked].mean(),
            "choice_accuracy": right[choice].mean(),
            "step_accuracy": alone[asked].mean(),
        }
