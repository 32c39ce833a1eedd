"""How an agent acts on its values."""

from collections.abc import Callable

import numpy as np

Policy = Callable[[np.ndarray], np.ndarray]  # values (..., action) to probabilities (..., action)


def greedy(epsilon: float) -> Policy:
    """Act on the best value, at random with probability epsilon; equal values share."""

    def act(values: np.ndarray) -> np.ndarray:
        best = values >= values.max(axis=-1, keepdims=True)
        share = best / best.sum(axis=-1, keepdims=True)
        return (1 - epsilon) * share + epsilon / values.shape[-1]

    return act


def softmax(inverse_temperature: float) -> Policy:
    """Act on values in proportion to their exponentials."""

    def act(values: np.ndarray) -> np.ndarray:
        power = inverse_temperature * (values - values.max(axis=-1, keepdims=True))
        weight = np.exp(power)
        return weight / weight.sum(axis=-1, keepdims=True)

    return act
