r"""Laws of chains: Markov processes over states that show places, and what an optimal reader knows.

A chain begins in a state, goes from state to state and ends. The chain turned around follows a
law of the same kind: with :math:`v_i` the number of visits of state :math:`i` to be expected,

.. math:: start'_i = v_i\,stop_i,\quad step'_{ji} = v_i\,step_{ij} / v_j,\quad
          stop'_j = start_j / v_j

(Norris 1997, Markov Chains, section 1.9, for chains that end). So one exact predictor serves both
orders. Places need not tell the state: the predictor carries a belief over states.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from neurosim import NeurosimError

TOLERANCE = 1e-9


@dataclass(frozen=True)
class ChainLaw:
    """A law of chains.

    Attributes
    ----------
    start : array (state,)
        Probability that a chain begins here.
    step : array (state, next state)
        Probability that the next state follows.
    stop : array (state,)
        Probability that the chain ends here; with the steps it sums to 1.
    place : array (state,) of int
        The place that a state shows.
    context : array (state,) of int
        What does not change along a chain and may be told to a reader.
    reward : array (state,) of int
        Size of the reward, in tokens from 0 (none), if the chain in its true order ends here.
    is_turned : bool
        Whether the chain runs from its outcome back.
    n_places : int
        Number of places, those that no state shows among them; by default those that are shown.
    """

    start: np.ndarray
    step: np.ndarray
    stop: np.ndarray
    place: np.ndarray
    context: np.ndarray
    reward: np.ndarray
    is_turned: bool = False
    n_places: int = 0

    def __post_init__(self) -> None:
        """Hold the law to what a law is.

        Raises
        ------
        NeurosimError
            If probabilities do not sum to 1, or a state cannot be reached.
        """
        if not self.n_places:
            object.__setattr__(self, "n_places", int(self.place.max()) + 1)
        sums = self.step.sum(axis=1) + self.stop
        if abs(self.start.sum() - 1) > TOLERANCE or np.abs(sums - 1).max() > TOLERANCE:
            raise NeurosimError(
                "law of chains: expected probabilities of starts, and of steps and end of each "
                f"state, that sum to 1, found {self.start.sum():g} and {sums.min():g} to "
                f"{sums.max():g}"
            )
        if self.visits.min() <= 0:
            raise NeurosimError(
                "law of chains: expected every state to be reached, found that "
                f"{int((self.visits <= 0).sum())} are not; leave them out"
            )

    @cached_property
    def visits(self) -> np.ndarray:
        """Number of visits of each state (state,) to be expected in a chain."""
        return np.linalg.solve(np.eye(self.start.size) - self.step.T, self.start)

    @property
    def last(self) -> np.ndarray:
        """Probability that a chain ends in a state (state,)."""
        return self.visits * self.stop

    def turned(self) -> "ChainLaw":
        """Give the law of the chains turned around."""
        visits = self.visits
        return replace(
            self,
            start=self.last,
            step=self.step.T * (visits[None, :] / visits[:, None]),
            stop=self.start / visits,
            is_turned=not self.is_turned,
        )

    def endpoint_entropies(self) -> tuple[float, float]:
        """Entropies of the first and of the last place, given the context, bits."""
        return self._entropy(self.start), self._entropy(self.last)

    def _entropy(self, probability: np.ndarray) -> float:
        """Entropy of the place shown, given the context, under probabilities (state,), bits."""
        pairs = np.zeros((int(self.context.max()) + 1, self.n_places))
        np.add.at(pairs, (self.context, self.place), probability)
        return _bits(pairs) - _bits(pairs.sum(axis=1))


def _bits(probability: np.ndarray) -> float:
    """Entropy of a distribution, bits."""
    there = probability[probability > 0]
    return float((there * np.log2(1 / there)).sum())


def draw_chains(
    law: ChainLaw, n: int, rng: np.random.Generator, longest: int = 1000
) -> tuple[list[np.ndarray], np.ndarray]:
    """Draw chains from a law.

    Parameters
    ----------
    law : ChainLaw
    n : int
    rng : numpy.random.Generator
    longest : int
        States at which a chain is cut.

    Returns
    -------
    places : list of array (step,) of int
    last : array (chain,) of int
        State that each chain ends in; its context and reward are the chain's.
    """
    onward = np.cumsum(np.column_stack([law.step, law.stop]), axis=1)
    state = np.minimum(np.searchsorted(np.cumsum(law.start), rng.random(n)), law.start.size - 1)
    rows, running = [state], np.arange(n)
    for _ in range(longest - 1):
        drawn = (rng.random(running.size)[:, None] > onward[state[running]]).sum(axis=1)
        running = running[drawn < law.start.size]
        if running.size == 0:
            break
        drawn = drawn[drawn < law.start.size]
        state = state.copy()
        state[running] = drawn
        row = np.full(n, -1)
        row[running] = drawn
        rows.append(row)
    states = np.stack(rows, axis=1)
    return [law.place[row[row >= 0]] for row in states], state
