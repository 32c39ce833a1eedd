r"""Is sequenceness directed? A test that needs no exchangeable states, only an arrow of time.

Permuting states asks whether the transitions are stronger than others. Where states lie side by
side, as segments of a track do, they are so without any sequence: what hovers or diffuses goes to
neighbours. But that looks the same backward in time. So stretches of time are turned round, each
with a probability of a half, and the difference of forward and backward sequenceness is ranked
among those of the turned data. Turning a stretch transposes its lagged products, hence with

.. math:: d(l) = \langle F - B, \; C^{-1} \sum_k P_k(l) \rangle

(:math:`P_k` the products of stretch k, :math:`C` the covariance at no lag, F and B the weights of
the second level) no data has to be turned.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from neurosim import MissingData, NeurosimError
from neurosim.decode.lag_moments import RCOND
from neurosim.decode.sequenceness import rank_threshold, transition_weights
from neurosim.decode.tdlm import Tdlm

MIN_STRETCHES = 6  # of fewer, no rank among all ways to turn them is below .05


def reversal_test(
    courses: Sequence[np.ndarray],
    transitions: np.ndarray,
    method: Tdlm,
    rng: np.random.Generator,
    stretch_s: float = 2.0,
) -> xr.Dataset:
    """Test the difference of forward and backward sequenceness by turning stretches of time round.

    Parameters
    ----------
    courses : sequence of array (time, state)
        Without a gap. They are not filtered, whatever the form.
    transitions : array (state, state)
    method : Tdlm
        Lags, number of permutations and level.
    rng : numpy.random.Generator
    stretch_s : float
        Of the stretches that are turned, s: longer than what is replayed, so that they do not
        depend on one another.

    Returns
    -------
    Dataset (lag)
        ``difference`` (lag), positive where forward; ``reversal_threshold`` of its greatest size
        over lags, ``reversal_p_value``, ``reversal_lag`` s, where it is greatest, and
        ``n_stretches``.

    Raises
    ------
    NeurosimError
        If stretches are not longer than the lags.
    MissingData
        If there are fewer than six stretches.
    """
    length = method.bins(stretch_s)
    if length <= method.n_lags:
        raise NeurosimError(
            f"stretch_s: expected more than the longest lag, {method.max_lag_s} s, found "
            f"{stretch_s}"
        )
    stretches = [
        one[: len(one) // length * length].reshape(-1, length, one.shape[1]) for one in courses
    ]
    blocks = np.concatenate(stretches).astype(float) if stretches else np.zeros((0, length, 0))
    if len(blocks) < MIN_STRETCHES:
        raise MissingData(
            f"time courses: expected at least {MIN_STRETCHES} stretches of {stretch_s} s, found "
            f"{len(blocks)}"
        )
    as_is, turned = _contributions(blocks, transitions, method)
    turns = rng.integers(2, size=(method.n_permutations, len(blocks))).astype(float)
    found = as_is.sum(axis=0)
    chance = np.abs(found + turns @ (turned - as_is)).max(axis=1)
    size = np.abs(found)
    p_value = (1 + (chance >= size.max() * (1 - 1e-9)).sum()) / (1 + chance.size)
    one, seconds = {"units": "1"}, {"units": "s"}
    return xr.Dataset(
        {
            "difference": (
                "lag",
                found,
                one | {"long_name": "forward less backward sequenceness, lags one by one"},
            ),
            "reversal_threshold": (
                (),
                float(rank_threshold(chance, method.alpha)),
                one | {"long_name": f"greatest over lags, time turned round, p = {method.alpha:g}"},
            ),
            "reversal_p_value": (
                (),
                p_value,
                one | {"long_name": "p value over all lags, stretches of time turned round"},
            ),
            "reversal_lag": (
                (),
                method.lags[size.argmax()],
                seconds | {"long_name": "lag of the greatest difference"},
            ),
            "n_stretches": ((), len(blocks), one | {"long_name": "stretches of time"}),
        },
        coords={"lag": ("lag", method.lags, seconds | {"long_name": "lag"})},
    )


def _contributions(
    blocks: np.ndarray, transitions: np.ndarray, method: Tdlm
) -> tuple[np.ndarray, np.ndarray]:
    """What each stretch adds to the difference (stretch, lag), as it is and turned round."""
    n_samples = blocks.shape[0] * blocks.shape[1]
    about = blocks - blocks.mean(axis=(0, 1))
    flat = about.reshape(n_samples, -1)
    inverse = np.linalg.pinv(flat.T @ flat, rcond=RCOND, hermitian=True)
    forward, backward = transition_weights(transitions)
    weights = inverse @ (forward - backward)  # of a product of past and present
    both = np.stack([weights, weights.T])
    found = np.empty((2, len(blocks), method.n_lags))
    for lag in range(1, method.n_lags + 1):
        products = about[:, :-lag].transpose(0, 2, 1) @ about[:, lag:]
        found[:, :, lag - 1] = np.tensordot(both, products, axes=([1, 2], [1, 2]))
    return found[0], found[1]
