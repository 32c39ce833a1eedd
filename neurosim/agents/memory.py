"""What an agent keeps of its experience, and the orders in which a movie of it is replayed.

A kept library would be preferred for the prioritised memory; of the two that are, one (cpprb) draws
from a generator that cannot be seeded and the other (torchrl) has no build for the torch in use, so
a test compares this one with the first where it is installed.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np


class Experience(NamedTuple):
    """One step of an agent.

    Attributes
    ----------
    state, action : int
    reward : float
    following : int
        State after it.
    ends : bool
        Whether the episode ended.
    """

    state: int
    action: int
    reward: float
    following: int
    ends: bool


class Episodes:
    """Experience, episode by episode, as it came.

    Parameters
    ----------
    size : int
        Experiences kept; whole episodes are forgotten, the oldest first. The last that ended is
        kept however long it is.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._episodes: list[list[Experience]] = [[]]
        self._n_kept = 0

    def add(self, experience: Experience) -> None:
        """Keep a step; one that ends an episode closes it."""
        self._episodes[-1].append(experience)
        self._n_kept += 1
        if experience.ends:
            self._episodes.append([])
        while self._n_kept > self._size and len(self._episodes) > 2:
            self._n_kept -= len(self._episodes.pop(0))

    def movie(self, rng: np.random.Generator, reverse: bool) -> Iterator[Experience]:
        """Replay experience without end: an episode drawn among those kept, then another.

        Nothing is replayed before an episode has ended: a movie has an end.
        """
        while len(self._episodes) > 1:
            chosen = list(self._episodes[int(rng.integers(len(self._episodes) - 1))])
            yield from reversed(chosen) if reverse else chosen


class Priorities:
    r"""Slots drawn in proportion to a power of their priority.

    Schaul, Quan, Antonoglou & Silver 2016 (10.48550/arXiv.1511.05952): :math:`P(i) \propto
    p_i^\alpha`, with weights :math:`(N P(i))^{-\beta}`, the largest of which is 1. New experience
    has the largest priority so far.

    Parameters
    ----------
    size : int
        Slots.
    alpha : float
        0 for uniform replay.
    """

    FLOOR = 1e-4  # added to every priority, so that all can be drawn

    def __init__(self, size: int, alpha: float = 0.6) -> None:
        self._alpha = alpha
        self._power = np.zeros(size)
        self._largest = 1.0
        self._n_added = 0

    def __len__(self) -> int:
        return min(self._n_added, self._power.size)

    def draw(self, n: int, beta: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw indices (drawn,) and their weights (drawn,)."""
        total = self._power[: len(self)].cumsum()
        index = np.searchsorted(total, rng.random(n) * total[-1], side="right")
        index = np.minimum(index, len(self) - 1)
        share = self._power[: len(self)] / total[-1]
        weight = (share[index] / share.min()) ** -beta
        return index, weight

    def update(self, index: np.ndarray, error: np.ndarray) -> None:
        """Give experience the sizes of its errors as priorities."""
        power = (np.abs(error) + self.FLOOR) ** self._alpha
        self._power[index] = power
        self._largest = max(self._largest, float(np.max(power)))


class PrioritisedMemory(Priorities):
    """Slots in a ring: the oldest experience is overwritten."""

    def add(self) -> int:
        """Make room for one experience and give its index."""
        index = self._n_added % self._power.size
        self._power[index] = self._largest
        self._n_added += 1
        return index
