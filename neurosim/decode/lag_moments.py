r"""Regressions of time courses on their own past, at all lags from one pass over the data.

With :math:`x_a(t) = x(t - a)` every regression of :math:`x(t)` on past samples of itself follows
from the covariances :math:`C_{ab} = \langle x_a x_b^T \rangle` over the samples that have all
lags. They are cut out of the products :math:`\sum_t x(t) x(t - d)^T`, of which there is one a lag,
by taking off the ends, so no design matrix (time, lag, state) is ever made.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurosim import MissingData, NeurosimError

BLOCK = 8  # samples a row of the product has: wide enough for a fast product, with little waste
RCOND = 1e-10  # of the largest eigenvalue: courses that sum to one leave one at rounding error


@dataclass(frozen=True)
class LagMoments:
    """Covariances of time courses with their own past.

    Attributes
    ----------
    covariance : array (lag, lag, state, state)
        ``covariance[a, b]`` of the courses a and b samples ago, lags from 0.
    n_samples : int
        That have all lags.
    """

    covariance: np.ndarray
    n_samples: int

    def coefficients(self, lags: Sequence[int]) -> np.ndarray:
        """Regress all courses on all courses at several lags jointly, with an intercept.

        Parameters
        ----------
        lags : sequence of int
            Samples.

        Returns
        -------
        array (lag, state, state)
            From the state in the row to that in the column; the shortest coefficients where
            courses depend on one another.
        """
        return self.batched_coefficients(np.asarray(lags)[None])[0]

    def batched_coefficients(self, lags: np.ndarray) -> np.ndarray:
        """Fit one regression a row of lags (regression, lag), each as in `coefficients`.

        Returns
        -------
        array (regression, lag, state, state)
        """
        n_states = self.covariance.shape[2]
        n_fits, n_joint = lags.shape
        size = n_joint * n_states
        gram = self.covariance[lags[:, :, None], lags[:, None, :]]
        gram = gram.transpose(0, 1, 3, 2, 4).reshape(n_fits, size, size)
        target = self.covariance[lags, 0].reshape(n_fits, size, n_states)
        inverse = np.linalg.pinv(gram, rcond=RCOND, hermitian=True)
        return (inverse @ target).reshape(n_fits, n_joint, n_states, n_states)


def lag_moments(courses: Sequence[np.ndarray], n_lags: int) -> LagMoments:
    """Take covariances of time courses with their own past.

    Parameters
    ----------
    courses : sequence of array (time, state)
        Stretches without a gap; no sample is related to one of another stretch. Stretches of
        `n_lags` samples or fewer are left out.
    n_lags : int
        Longest lag, samples.

    Raises
    ------
    NeurosimError
        If a value is not finite.
    MissingData
        If no stretch is long enough.
    """
    long = [np.asarray(one, dtype=float) for one in courses if len(one) > n_lags]
    if not long:
        longest = max((len(one) for one in courses), default=0)
        raise MissingData(
            f"time courses: expected a stretch of more than {n_lags} samples, found {longest} at "
            "most; give longer stretches or shorter lags"
        )
    if not all(np.isfinite(one).all() for one in long):
        raise NeurosimError("time courses: expected finite values, found others; cut them out")
    n_samples = sum(len(one) - n_lags for one in long)
    centre = sum(one.sum(axis=0) for one in long) / sum(len(one) for one in long)
    sums, products = 0.0, 0.0
    for one in long:
        about = one - centre  # sums of squares about the mean lose no digits
        sums = sums + _lagged_sums(about, n_lags)
        products = products + _lagged_products(about, n_lags)
    mean = sums / n_samples
    covariance = products / n_samples - mean[:, None, :, None] * mean[None, :, None, :]
    return LagMoments(covariance, n_samples)


def _lagged_sums(x: np.ndarray, n_lags: int) -> np.ndarray:
    """Sums (lag, state) over the samples that have all lags, of the course each lag ago."""
    gained = np.cumsum(x[:n_lags][::-1], axis=0)
    lost = np.cumsum(x[::-1][:n_lags], axis=0)
    whole = x[n_lags:].sum(axis=0)
    return np.concatenate([whole[None], whole + gained - lost])


def _lagged_products(x: np.ndarray, n_lags: int) -> np.ndarray:
    """Sums (lag a, lag b, state, state) of x(t - a) x(t - b)^T over samples that have all lags."""
    n_time, n_states = x.shape
    whole = _products_by_difference(x, n_lags)
    padded = np.concatenate([np.zeros((n_lags, n_states)), x])
    found = np.empty((n_lags + 1, n_lags + 1, n_states, n_states))
    for difference in range(n_lags + 1):
        # The window of lag a gains products at its start and loses as many at its end.
        n_moves = n_lags - difference
        earlier = padded[n_lags - difference :][:n_time]
        products = (
            part[::-1][:n_moves, :, None] * before[::-1][:n_moves, None, :]
            for part, before in (
                (x[:n_lags], earlier[:n_lags]),
                (x[n_time - n_lags :], earlier[n_time - n_lags :]),
            )
        )
        gained, lost = (np.cumsum(product, axis=0) for product in products)
        a = np.arange(n_moves + 1)
        found[0, difference] = whole[difference]
        found[a[1:], a[1:] + difference] = whole[difference] + gained - lost
        found[a + difference, a] = found[a, a + difference].transpose(0, 2, 1)
    return found


def _products_by_difference(x: np.ndarray, n_lags: int) -> np.ndarray:
    """Sums (lag, state, state) of x(t) x(t - d)^T over the samples from `n_lags` on.

    A row of the product holds some samples, and all that come before them, so that the matrices
    are not as narrow as one sample's states.
    """
    n_states = x.shape[1]
    n_rows = -(-(len(x) - n_lags) // BLOCK)
    padded = np.zeros((n_lags + n_rows * BLOCK, n_states))
    padded[: len(x)] = x
    rows = padded[n_lags:].reshape(n_rows, BLOCK * n_states)
    width = (n_lags + BLOCK) * n_states
    windows = np.lib.stride_tricks.sliding_window_view(padded.ravel(), width)
    product = rows.T @ np.ascontiguousarray(windows[:: BLOCK * n_states])
    product = product.reshape(BLOCK, n_states, n_lags + BLOCK, n_states)
    sample, lag = np.arange(BLOCK)[:, None], np.arange(n_lags + 1)
    return product[sample, :, n_lags + sample - lag].sum(axis=0)
