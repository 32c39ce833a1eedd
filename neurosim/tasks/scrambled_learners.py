"""Two learners of scrambled experience: one keeps what it saw, the other applies a rule to it.

The rule says which place of what is shown belongs at which place of the hidden sequences (Liu et
al. 2019, 10.1016/j.cell.2019.06.012). It is learned from objects whose hidden sequences were told,
and carried over to new objects, of which only the scrambled order is seen. The *movie* learner
replays that order; the *imagination* learner what it infers.

Three objects (seen: water, vase, dog; inferred: dog, vase, water) are the smallest case of the
rule. They are too few for replay to tell the learners apart: any two orders of three objects share
a transition, one way or the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np

from neurosim import NeurosimError
from neurosim.tasks.scrambled import Order

WATER, VASE, DOG = range(3)
LEARNERS = ("seen", "inferred")


@dataclass(frozen=True)
class ScrambledTask:
    """Objects that are shown in a scrambled order, and what came before them.

    Attributes
    ----------
    seen : list of list of int
        Objects in the order shown.
    inferred : list of list of int
        Hidden sequences of the same objects. No learner is told.
    training : list of tuple of list
        Seen order and hidden sequences of other objects, scrambled by the same rule. They are
        told. Objects are numbered anew in each set.
    """

    seen: list[list[int]]
    inferred: list[list[int]]
    training: list[tuple[list[list[int]], list[list[int]]]]

    @property
    def n_objects(self) -> int:
        """Number of objects."""
        return 1 + max(chain(*self.inferred))


def make_task(
    hidden: Order, shown: Order, n_training: int, rng: np.random.Generator
) -> ScrambledTask:
    """Give the places of a scrambled order to objects, drawn anew for each set.

    Parameters
    ----------
    hidden : sequence of sequence of int
        Places, from 0, of the hidden sequences.
    shown : sequence of sequence of int
        The same places in the order shown, as of `neurosim.tasks.scrambled.shown_without_pairs`.
    n_training : int
        Sets of objects that the rule is learned from.
    rng : numpy.random.Generator

    Returns
    -------
    ScrambledTask
    """
    n_objects = 1 + max(chain(*hidden))

    def objects_at(object_at: np.ndarray, order: Order) -> list[list[int]]:
        return [object_at[list(places)].tolist() for places in order]

    sets = [rng.permutation(n_objects) for _ in range(n_training + 1)]
    orders = [(objects_at(one, shown), objects_at(one, hidden)) for one in sets]
    return ScrambledTask(*orders[0], orders[1:])


def learned_rule(training: Sequence[tuple[Order, Order]]) -> np.ndarray:
    """Learn which place seen goes to which place of the hidden sequences.

    Parameters
    ----------
    training : sequence of (Order, Order)
        Order seen and hidden sequences of each set of objects.

    Returns
    -------
    array (seen place, hidden place)
        Share of the sets in which the object of a place seen was at a hidden place; rows sum to
        one. Places are counted on from one chain to the next.

    Raises
    ------
    NeurosimError
        If there is no set, sets have different numbers of places, or an object was seen that has
        no hidden place.

    Examples
    --------
    >>> learned_rule([([[WATER, VASE, DOG]], [[DOG, VASE, WATER]])]).astype(int).tolist()
    [[0, 0, 1], [0, 1, 0], [1, 0, 0]]
    """
    sets = [(list(chain(*seen)), list(chain(*hidden))) for seen, hidden in training]
    sizes = {(len(seen), len(hidden)) for seen, hidden in sets}
    if len(sizes) != 1:
        raise NeurosimError(
            f"training: expected sets of one number of places, found {sorted(sizes) or 'no set'}"
        )
    rule = np.zeros(sizes.pop())
    for seen, hidden in sets:
        strange = set(seen) - set(hidden)
        if strange:
            raise NeurosimError(
                f"training: expected objects of the hidden sequences, found {sorted(strange)}"
            )
        rule[np.arange(len(seen)), [hidden.index(item) for item in seen]] += 1
    return rule / len(sets)


def movie_transitions(seen: Order, n_objects: int) -> np.ndarray:
    """Transition matrix (object, object) of a learner that keeps what it saw.

    Parameters
    ----------
    seen : sequence of sequence of int
        Objects in the order shown; a run may be shown many times.
    n_objects : int

    Returns
    -------
    array (object, object)
        Share of the transitions from the object in the row; a row of zeros where none was seen.
    """
    counts = np.zeros((n_objects, n_objects))
    for run in seen:
        for before, after in pairwise(run):
            counts[before, after] += 1
    total = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, total, out=counts, where=total > 0)


def believed_places(rule: np.ndarray, seen: Order, n_objects: int) -> np.ndarray:
    """Hidden place of each object, from where it was seen and the rule.

    Parameters
    ----------
    rule : array (seen place, hidden place)
        From `learned_rule`.
    seen : sequence of sequence of int
    n_objects : int

    Returns
    -------
    array (object, hidden place)
        Probability; the mean over the places of an object that was seen at several.

    Raises
    ------
    NeurosimError
        If the rule is about another number of places.
    """
    shown = np.array(list(chain(*seen)), dtype=int)
    if shown.size != len(rule):
        raise NeurosimError(
            f"seen: expected {len(rule)} places, as the rule was learned for, found {shown.size}"
        )
    belief = np.zeros((n_objects, rule.shape[1]))
    np.add.at(belief, shown, rule)
    times = np.bincount(shown, minlength=n_objects)[:, None]
    return np.divide(belief, times, out=belief, where=times > 0)


def imagined_transitions(belief: np.ndarray, lengths: Sequence[int]) -> np.ndarray:
    """Transition matrix (object, object) of a learner that infers the hidden order.

    Parameters
    ----------
    belief : array (object, hidden place)
        From `believed_places`.
    lengths : sequence of int
        Places of each hidden sequence.

    Returns
    -------
    array (object, object)
        Probability that one object is followed by the other, as both are at neighbouring places.

    Raises
    ------
    NeurosimError
        If the sequences have not as many places as are believed in.

    Examples
    --------
    >>> rule = learned_rule([([[WATER, VASE, DOG]], [[DOG, VASE, WATER]])])
    >>> belief = believed_places(rule, [[2, 0, 1]], 3)
    >>> imagined_transitions(belief, [3]).astype(int).tolist()
    [[0, 0, 1], [1, 0, 0], [0, 0, 0]]
    """
    ends = np.cumsum(lengths)
    if ends[-1] != belief.shape[1]:
        raise NeurosimError(
            f"lengths: expected {belief.shape[1]} hidden places, found {list(lengths)}"
        )
    before = np.setdiff1d(np.arange(ends[-1]), ends - 1)
    return belief[:, before] @ belief[:, before + 1].T


def learner_transitions(task: ScrambledTask) -> dict[str, np.ndarray]:
    """Transition matrix (object, object) of the movie learner (seen) and of imagination (inferred).

    Both are shown the same; the second has learned the rule from the training sets.
    """
    belief = believed_places(learned_rule(task.training), task.seen, task.n_objects)
    return {
        "seen": movie_transitions(task.seen, task.n_objects),
        "inferred": imagined_transitions(belief, [len(one) for one in task.inferred]),
    }


def replayed_chains(transitions: np.ndarray) -> list[list[int]]:
    """Follow the likeliest transitions, from each object that none leads to.

    Parameters
    ----------
    transitions : array (object, object)

    Returns
    -------
    list of list of int
        Chains of objects; an object that none leads to and that leads nowhere is none.

    Examples
    --------
    >>> replayed_chains(movie_transitions([[2, 0, 1], [4, 3]], 5))
    [[2, 0, 1], [4, 3]]
    """
    chains = []
    for first in np.flatnonzero((transitions.sum(axis=0) == 0) & (transitions.sum(axis=1) > 0)):
        found = [int(first)]
        while transitions[found[-1]].any():
            after = int(transitions[found[-1]].argmax())
            if after in found:
                break
            found.append(after)
        chains.append(found)
    return chains
