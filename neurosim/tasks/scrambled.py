"""Experience in a scrambled order: what is seen, and what can be inferred from a rule.

Liu, Dolan, Kurth-Nelson & Behrens 2019 (10.1016/j.cell.2019.06.012) taught a rule and then showed
new objects out of order; replay that follows the inferred order is imagination, replay that
follows the seen one a movie. Their first study kept neighbouring objects together as pairs, so
every transition that is inferred has been seen: transitions cannot tell the two apart, only runs of
three can. Their second study broke the pairs up.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from neurosim import NeurosimError

Order = Sequence[Sequence[int]]
MAX_DRAWS = 10_000


def shown_in_pairs(inferred: Order, rng: np.random.Generator) -> list[list[int]]:
    """Show every pair of neighbours by itself, the pairs in random order (first study).

    Parameters
    ----------
    inferred : sequence of sequence of int
        The true sequences.
    rng : numpy.random.Generator

    Returns
    -------
    list of list of int
        What is seen, a run a list.
    """
    pairs = [list(pair) for chain in inferred for pair in pairwise(chain)]
    return [pairs[index] for index in rng.permutation(len(pairs))]


def shown_without_pairs(inferred: Order, rng: np.random.Generator) -> list[list[int]]:
    """Show the objects in orders that keep no transition, either way (second study).

    Parameters
    ----------
    inferred : sequence of sequence of int
        The true sequences.
    rng : numpy.random.Generator

    Returns
    -------
    list of list of int
        As many sequences, of the same lengths.

    Raises
    ------
    NeurosimError
        If no order of the objects avoids all transitions.
    """
    objects = np.array([item for chain in inferred for item in chain])
    cuts = np.cumsum([len(chain) for chain in inferred])[:-1]
    for _ in range(MAX_DRAWS):
        seen = [part.tolist() for part in np.split(rng.permutation(objects), cuts)]
        if not shared_runs(seen, inferred) and not shared_runs(seen, [c[::-1] for c in inferred]):
            return seen
    raise NeurosimError(
        f"sequences {[list(chain) for chain in inferred]}: expected an order that keeps no "
        f"transition, found none in {MAX_DRAWS} draws; give longer sequences or more of them"
    )


def shared_runs(seen: Order, inferred: Order, length: int = 2) -> float:
    """Fraction of the runs of an inferred order that were seen as well.

    Parameters
    ----------
    seen, inferred : sequence of sequence of int
    length : int
        Of the runs: 2 for transitions.

    Returns
    -------
    float
        1 where seen and inferred order cannot be told apart by runs of the length, 0 where every
        run tells them apart.
    """
    known = set(_runs(seen, length))
    wanted = _runs(inferred, length)
    return sum(run in known for run in wanted) / len(wanted)


def _runs(order: Order, length: int) -> list[tuple[int, ...]]:
    return [
        tuple(chain[first : first + length])
        for chain in order
        for first in range(len(chain) - length + 1)
    ]
