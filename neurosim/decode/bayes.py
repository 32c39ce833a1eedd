r"""Memoryless Bayesian decoding (Zhang et al. 1998, 10.1152/jn.1998.79.2.1017).

With independent Poisson units of rate :math:`f_i(x)` and counts :math:`n_i` in a bin of width
:math:`\tau`,

.. math:: \log P(n \mid x) = \sum_i n_i \log f_i(x) \tau - \tau \sum_i f_i(x) + const,

one matrix product for all bins; no array of (time, position, unit) is ever made.
"""

import numpy as np

from neurosim import NeurosimError


def log_likelihood(
    counts: np.ndarray, rate: np.ndarray, width: float, visited: np.ndarray | None = None
) -> np.ndarray:
    """Log likelihood of the counts in every state, up to a constant of each bin.

    Parameters
    ----------
    counts : array (bin, unit)
        Spikes.
    rate : array (state, unit)
        Hz, positive.
    width : float
        Duration of a bin, s.
    visited : array (state,) of bool, optional
        States with data behind their rates. The others get minus infinity: a state that was
        never visited can be no estimate.

    Returns
    -------
    array (bin, state)

    Raises
    ------
    NeurosimError
        If a rate is not positive (its logarithm would spoil every bin) or no state was visited.
    """
    if not np.all(rate > 0):
        raise NeurosimError(
            f"rate: expected positive rates, found {np.min(rate)}; floor the rates first"
        )
    if visited is not None and not np.any(visited):
        raise NeurosimError("occupancy: expected time spent in at least one state, found none")
    expected = rate * width
    kind = np.result_type(counts.dtype, np.float32)  # integer counts must not round the logarithms
    values = counts.astype(kind) @ np.log(expected).T.astype(kind) - expected.sum(axis=1)
    if visited is not None:
        values[:, ~visited] = -np.inf
    return values


def normalise(log_values: np.ndarray) -> np.ndarray:
    """Turn log likelihoods into posteriors under a flat prior.

    Parameters
    ----------
    log_values : array (..., state)

    Returns
    -------
    array (..., state)
        Sums to one over the last axis. The maximum is subtracted first, so nothing underflows
        to all zeros.
    """
    weights = np.exp(log_values - log_values.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights


def circular_mean(posterior: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Mean direction (bin,) in rad, from 0 to 2 pi, of posteriors (bin, heading)."""
    return np.mod(np.angle(posterior @ np.exp(1j * angles)), 2 * np.pi)


def circular_difference(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Signed difference a - b of angles in rad, from -pi to pi."""
    return np.mod(a - b + np.pi, 2 * np.pi) - np.pi
