"""Orders of states that a transition matrix can be put in: what sequenceness is compared with."""

from functools import lru_cache
from itertools import permutations

import numpy as np

from neurosim import NeurosimError

MAX_LISTED = 8  # states whose orders are listed, all of them; of more, orders are drawn
MAX_DRAWS = 4  # times as many orders as are wanted


def chain_transitions(chains: list[list[int]], n_states: int) -> np.ndarray:
    """Transition matrix (state, state) of chains of states: 1 from each state to the next.

    Examples
    --------
    >>> chain_transitions([[2, 0, 1]], 3).astype(int).tolist()
    [[0, 1, 0], [0, 0, 0], [1, 0, 0]]
    """
    matrix = np.zeros((n_states, n_states))
    for chain in chains:
        matrix[chain[:-1], chain[1:]] = 1.0
    return matrix


def distinct_orders(transitions: np.ndarray, n_orders: int, rng: np.random.Generator) -> np.ndarray:
    """Draw orders of the states under which the transitions are all different ones.

    The true transitions are left out, and so are those against them: sequenceness one way is the
    other's the other way. What is left has one order of each pair that differs in direction, drawn
    at random. If states are exchangeable under the null hypothesis, the rank of the true
    sequenceness among those of the orders is uniform.

    Parameters
    ----------
    transitions : array (state, state)
    n_orders : int
        Wanted.
    rng : numpy.random.Generator

    Returns
    -------
    array (order, state) of int
        Fewer than wanted where there are no more: 2 of one chain of three states. Of more than
        eight states they are drawn, and those drawn twice are left out.

    Raises
    ------
    NeurosimError
        If the matrix is not square.
    """
    transitions = np.asarray(transitions, dtype=float)
    n_states = len(transitions)
    if transitions.shape != (n_states, n_states):
        raise NeurosimError(f"transitions: expected a square matrix, found {transitions.shape}")
    if n_states <= MAX_LISTED:
        groups = _order_groups(transitions.tobytes(), n_states)[1:]
        chosen = rng.permutation(len(groups))[:n_orders]
        return groups[chosen, rng.integers(groups.shape[1], size=chosen.size)]
    orders = rng.permuted(np.tile(np.arange(n_states), (MAX_DRAWS * n_orders, 1)), axis=1)
    orders[0] = np.arange(n_states)  # to be known, and left out
    _, first, group = np.unique(_names(transitions, orders), return_index=True, return_inverse=True)
    return orders[np.sort(np.delete(first, group[0]))[:n_orders]]


@lru_cache(maxsize=32)
def _order_groups(matrix: bytes, n_states: int) -> np.ndarray:
    """All orders (group, member, state): those of a group give the same transitions, either way.

    The first group holds the order as it is. Groups are as large as one another.
    """
    transitions = np.frombuffer(matrix).reshape(n_states, n_states)
    orders = np.array(list(permutations(range(n_states))), dtype=np.int8).reshape(-1, n_states)
    _, group = np.unique(_names(transitions, orders), return_inverse=True)
    others = np.where(group == group[0], -1, group)
    by_group = orders[np.argsort(others, kind="stable")].astype(int)
    return by_group.reshape(group.max() + 1, -1, n_states)


def _names(transitions: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """A name (order,) of bytes for the transitions under each order, the same for both ways."""
    _, values = np.unique(transitions, return_inverse=True)  # one number a size of transition
    values = values.reshape(transitions.shape)
    kind = np.uint8 if values.max() < 256 else np.uint32
    values = values.astype(kind)
    either = [
        np.ascontiguousarray(one[orders[:, :, None], orders[:, None, :]]).reshape(len(orders), -1)
        for one in (values, values.T)
    ]
    names = [one.view(f"S{one.shape[1] * one.itemsize}").ravel() for one in either]
    return np.where(names[0] < names[1], *names)
