"""Sequenceness from the coefficients of `neurosim.decode.tdlm`, and its test (second level).

All weights of the projection on a transition matrix are known at once: an order of the states
permutes them, so that the sequenceness under all orders and at all lags is one product.
"""

from collections.abc import Mapping, Sequence
from math import ceil

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.decode.state_orders import distinct_orders
from neurosim.decode.tdlm import Tdlm, state_coefficients

DIRECTIONS = ("forward", "backward", "difference")


def transition_weights(transitions: np.ndarray, form: str = "standard") -> np.ndarray:
    """Weights by which coefficients add up to sequenceness (second level).

    Parameters
    ----------
    transitions : array (state, state)
        Not negative; from the state in the row to that in the column.
    form : str
        With ``multi_step`` those of the transitions two steps long, beside one step.

    Returns
    -------
    array (2, state, state)
        Forward and backward.

    Raises
    ------
    NeurosimError
        If the matrix is not square or has a negative entry; or if forward, backward, self and
        constant cannot be told apart, as where every state leads to every other.
    """
    matrix = np.asarray(transitions, dtype=float)
    n_states = len(matrix)
    if matrix.shape != (n_states, n_states) or (matrix < 0).any():
        raise NeurosimError(
            f"transitions: expected a square matrix without negative entries, found {matrix}"
        )
    parts = [matrix, matrix.T]
    if form == "multi_step":
        parts = [matrix @ matrix, (matrix @ matrix).T, *parts]
    parts += [np.eye(n_states), np.ones((n_states, n_states))]
    design = np.stack([part.ravel() for part in parts], axis=1)
    if np.linalg.matrix_rank(design) < len(parts):
        raise NeurosimError(
            f"transitions: expected forward and backward ones that differ from one another, from "
            f"staying and from a constant (form {form!r}), found {matrix.tolist()}; give more "
            "states, or chains of three or more for 'multi_step'"
        )
    return np.linalg.pinv(design)[:2].reshape(2, n_states, n_states)


def projected(
    coefficients: np.ndarray, weights: np.ndarray, orders: np.ndarray | None = None
) -> np.ndarray:
    """Sequenceness of coefficients (lag, state, state), under each order of the states.

    Parameters
    ----------
    coefficients : array (lag, state, state)
    weights : array (2, state, state)
        From `transition_weights`.
    orders : array (order, state) of int, optional
        By default the states as they are, one order.

    Returns
    -------
    array (order, 3, lag)
        Forward, backward, and forward less backward.
    """
    n_lags, n_states, _ = coefficients.shape
    if orders is None:
        orders = np.arange(n_states)[None]
    permuted = weights[:, orders[:, :, None], orders[:, None, :]]
    flat = permuted.reshape(-1, n_states**2) @ coefficients.reshape(n_lags, -1).T
    forward, backward = flat.reshape(2, len(orders), n_lags)
    return np.stack([forward, backward, forward - backward], axis=1)


def sequenceness(
    courses: Sequence[np.ndarray],
    transitions: Mapping[str, np.ndarray],
    method: Tdlm,
    rng: np.random.Generator,
) -> xr.Dataset:
    r"""Measure sequenceness of time courses along orders of their states, and test it.

    Orders are measured one by one: the transitions of one are part of the constant of another. The
    difference of the directions is free of that.

    Parameters
    ----------
    courses : sequence of array (time, state)
        Stretches without a gap.
    transitions : Mapping of name to array (state, state)
        An order each.
    method : Tdlm
    rng : numpy.random.Generator
        Draws the orders that the true ones are compared with.

    Returns
    -------
    Dataset (order, direction, lag)
        ``direction`` is forward, backward and their difference.

        - ``sequenceness`` (order, direction, lag).
        - ``threshold`` (order, direction): the :math:`\lceil (1 - \alpha)(k + 1) \rceil`-th of
          the greatest values over lags under k permutations; NaN where k is too small for one.
        - ``p_value`` (order, direction): :math:`(1 + n) / (1 + k)` where n of k reach the true one.
        - ``peak_lag`` (order, direction), s: where it is greatest; the difference in absolute
          value.
        - ``n_permutations`` (order).

    Raises
    ------
    MissingData
        If no stretch is longer than the lags.
    NeurosimError
        If transitions have another number of states than the courses, or see
        `transition_weights`.
    """
    coefficients = state_coefficients(courses, method)
    return sequenceness_of(coefficients, transitions, method, rng)


def sequenceness_of(
    coefficients: np.ndarray,
    transitions: Mapping[str, np.ndarray],
    method: Tdlm,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Do the second half of `sequenceness`, from coefficients (lag, state, state)."""
    tests = [_tested(coefficients, matrix, method, rng) for matrix in transitions.values()]
    values, thresholds, p_values, peaks, numbers = (
        np.stack(part) for part in zip(*tests, strict=True)
    )
    one, per_order = {"units": "1"}, ("order", "direction")
    return xr.Dataset(
        {
            "sequenceness": (
                (*per_order, "lag"),
                values,
                one | {"long_name": "sequenceness"},
            ),
            "threshold": (
                per_order,
                thresholds,
                one
                | {"long_name": f"greatest sequenceness over lags by chance, p {method.alpha:g}"},
            ),
            "p_value": (per_order, p_values, one | {"long_name": "p value over all lags"}),
            "peak_lag": (
                per_order,
                method.lags[peaks],
                {"units": "s", "long_name": "lag of the greatest sequenceness"},
            ),
            "n_permutations": ("order", numbers, one | {"long_name": "permutations of the states"}),
        },
        coords={
            "order": list(transitions),
            "direction": list(DIRECTIONS),
            "lag": ("lag", method.lags, {"units": "s", "long_name": "lag"}),
        },
        attrs={"form": method.form, "alpha": method.alpha},
    )


def _tested(
    coefficients: np.ndarray, matrix: np.ndarray, method: Tdlm, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:
    """Sequenceness (direction, lag) of one order; threshold, p value and peak (direction,)."""
    n_states = coefficients.shape[1]
    if np.shape(matrix) != (n_states, n_states):
        raise NeurosimError(
            f"transitions: expected {n_states} states, as many as time courses, found "
            f"{np.shape(matrix)}"
        )
    weights = transition_weights(matrix, method.form)
    orders = distinct_orders(matrix, method.n_permutations, rng)
    found = projected(coefficients, weights)[0]
    two_sided = np.array([False, False, True])[:, None]
    sized = np.where(two_sided, np.abs(found), found)
    chance = projected(coefficients, weights, orders)
    chance = np.where(two_sided, np.abs(chance), chance).max(axis=2)
    p_values = (1 + (chance >= sized.max(axis=1)).sum(axis=0)) / (1 + len(orders))
    return found, rank_threshold(chance, method.alpha), p_values, sized.argmax(axis=1), len(orders)


def rank_threshold(chance: np.ndarray, alpha: float) -> np.ndarray:
    r"""Value (...) that is exceeded with a probability of at most alpha, from values by chance.

    Of k values (permutation, ...) the :math:`\lceil (1 - \alpha)(k + 1) \rceil`-th: an exact
    test, where a percentile of the k values is passed too often. NaN where that is more than k.

    Examples
    --------
    >>> float(rank_threshold(np.arange(1.0, 20.0), 0.05))
    19.0
    """
    n = len(chance)
    rank = ceil((1 - alpha) * (n + 1) - 1e-9)
    if rank > n:
        return np.full(chance.shape[1:], np.nan)
    return np.partition(chance, rank - 1, axis=0)[rank - 1]
