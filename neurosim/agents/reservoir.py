r"""A memory in which all that was ever experienced is equally likely to be.

Reservoir sampling (Vitter 1985, 10.1145/3147.3165): the :math:`n`-th example takes a slot drawn
from :math:`0 \dots n-1` and is dropped where there is no such slot, so that each of the :math:`n`
so far is kept with probability size :math:`/ n`. Old tasks fade, but are never pushed out by one
new one. What is kept elsewhere (inputs, targets) is told by the slot.
"""

import numpy as np

from neurosim import NeurosimError
from neurosim.agents.memory import Priorities
from neurosim.errors import choices

ORDERS = ("uniform", "prioritised", "movie_forward", "movie_reverse")
DROPPED = -1


class Reservoir(Priorities):
    """Slots of a reservoir, and the orders in which they are replayed.

    Parameters
    ----------
    size : int
        Examples kept.
    alpha : float
        Power of the priorities; only the order ``prioritised`` has them.
    order : {"uniform", "prioritised", "movie_forward", "movie_reverse"}
        Movies go through all that is kept in the order of experience, or against it, and then
        begin anew.
    """

    def __init__(self, size: int, alpha: float = 0.6, order: str = "uniform") -> None:
        if order not in ORDERS:
            raise NeurosimError(
                f"order of replay: expected one of {choices(ORDERS)}, found {order!r}"
            )
        if size < 1:
            raise NeurosimError(f"size of the memory: expected 1 or more, found {size}")
        super().__init__(size, alpha if order == "prioritised" else 0.0)
        self.order = order
        self._arrival = np.full(size, DROPPED)
        self._shown: int | None = None  # arrival of the frame that a movie showed last

    @property
    def arrival(self) -> np.ndarray:
        """When (slot,) what is kept came, counted in examples."""
        return self._arrival[: len(self)]

    def add(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Show the memory some examples.

        Returns
        -------
        array (n,) of int
            Slot of each; `DROPPED` where it is not kept, or was overwritten by a later one of them.
        """
        number = self._n_added + np.arange(n)
        size = self._power.size
        slot = (rng.random(n) * (number + 1)).astype(int)
        slot = np.where(number < size, number, slot)
        kept = np.flatnonzero(slot < size)[::-1]
        last = kept[np.unique(slot[kept], return_index=True)[1]]  # the last to take a slot has it
        given = np.full(n, DROPPED)
        given[last] = slot[last]
        self._arrival[slot[last]] = number[last]
        self._power[slot[last]] = self._largest
        self._n_added += n
        return given

    def next(self, n: int, beta: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Give what is replayed next: slots (n,) and their weights (n,); none from an empty one."""
        if len(self) == 0:
            return np.zeros(0, int), np.zeros(0)
        if self.order.startswith("movie"):
            return self._frames(n), np.ones(n)
        return self.draw(n, beta, rng)

    def update(self, index: np.ndarray, error: np.ndarray) -> None:
        """Give what was replayed the sizes of its errors as priorities."""
        if self.order == "prioritised" and index.size:
            super().update(index, error)

    def _frames(self, n: int) -> np.ndarray:
        """Go on with the movie from the frame that was shown last, or from where it was."""
        order = np.argsort(self.arrival)
        arrival = self.arrival[order]
        if self.order == "movie_reverse":
            order, arrival = order[::-1], -arrival[::-1]
        first = 0
        if self._shown is not None:
            shown = -self._shown if self.order == "movie_reverse" else self._shown
            first = int(np.searchsorted(arrival, shown, side="right"))
        slots = order[(first + np.arange(n)) % order.size]
        self._shown = int(self._arrival[slots[-1]]) if n else self._shown
        return slots


def annealed(ends: tuple[float, float], done: float) -> float:
    """Go from one value to another in a straight line as `done` goes from 0 to 1."""
    return ends[0] + (ends[1] - ends[0]) * min(1.0, max(0.0, done))
