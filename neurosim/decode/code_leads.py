r"""Does one code lead another? Cross-lagged regression of one kind of states on another.

The followers now are regressed on all leaders a time :math:`\tau` before, or after where it is
negative, and the coefficients from each leader to each follower are projected on which belongs to
which, as transitions are in `neurosim.decode.tdlm` (10.7554/eLife.66917):

.. math::
    f(t) &= \beta(\tau) \, l(t - \tau) + c(\tau) + e(t) \\
    \beta_{lf}(\tau) &= s(\tau) \, M_{lf} + m(\tau) + \epsilon

Leaders explain followers at either sign. Followers that explained leaders at negative lags would be
on another scale, since the kinds differ in number and in how often they are active. There is no lag
of zero: the noise that decoders share outweighs all else at it, and it says nothing of a lead.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.decode.lag_moments import RCOND, lag_moments
from neurosim.decode.sequenceness import rank_threshold
from neurosim.decode.tdlm import Tdlm, filtered


def code_lead(
    leaders: Sequence[np.ndarray],
    followers: Sequence[np.ndarray],
    membership: np.ndarray,
    method: Tdlm,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Estimate by how much one code leads another, and test it.

    Parameters
    ----------
    leaders : sequence of array (time, leader)
        Stretches without a gap, such as codes of the position within a sequence.
    followers : sequence of array (time, follower)
        The same stretches, such as codes of the objects.
    membership : array (leader, follower) of bool
        Which belongs to which.
    method : Tdlm
        Lags up to `max_lag_s`, both ways. Time courses are filtered as in its form; lags are
        regressed one by one in all forms.
    rng : numpy.random.Generator
        Draws followers in other orders, which have other leaders.

    Returns
    -------
    Dataset
        ``sequenceness`` (code_lag) over signed lags, ``lead`` s, the lag at which it is greatest,
        ``threshold`` of the greatest value, ``p_value``, and ``n_permutations``.

    Raises
    ------
    NeurosimError
        If all followers have the same leaders, or numbers do not fit.
    MissingData
        If no stretch is longer than the lags.
    """
    member = np.asarray(membership, dtype=float)
    n_leaders, n_followers = leaders[0].shape[1], followers[0].shape[1]
    if member.shape != (n_leaders, n_followers):
        raise NeurosimError(
            f"membership: expected {n_leaders} leaders by {n_followers} followers, found "
            f"{member.shape}"
        )
    if (member == member[:, :1]).all():
        raise NeurosimError(
            "membership: expected followers with different leaders, found all alike; no order of "
            "them could be told from another"
        )
    lags = np.arange(-method.n_lags, method.n_lags + 1)
    lags = lags[lags != 0]
    signed = _signed_coefficients(leaders, followers, lags, method)
    weights = (member - member.mean()) / ((member - member.mean()) ** 2).sum()
    permuted = weights[:, _other_orders(member, method.n_permutations, rng)]  # (leader, order, ...)
    found = np.einsum("tlf,lf->t", signed, weights)
    chance = np.einsum("tlf,lof->ot", signed, permuted, optimize=True).max(axis=1)
    one, seconds = {"units": "1"}, {"units": "s"}
    p_value = (1 + (chance >= found.max()).sum()) / (1 + chance.size)
    return xr.Dataset(
        {
            "sequenceness": (
                "code_lag",
                found,
                one | {"long_name": "cross-lagged sequenceness from the leading code"},
            ),
            "lead": (
                (),
                method.bin_s * lags[found.argmax()],
                seconds | {"long_name": "time by which the code leads"},
            ),
            "threshold": (
                (),
                float(rank_threshold(chance, method.alpha)),
                one | {"long_name": f"greatest over lags by chance, p = {method.alpha:g}"},
            ),
            "p_value": ((), p_value, one | {"long_name": "p value over all lags"}),
            "n_permutations": ((), chance.size, one | {"long_name": "orders of the followers"}),
        },
        coords={
            "code_lag": (
                "code_lag",
                method.bin_s * lags,
                seconds | {"long_name": "lag of the led code behind the leading one"},
            )
        },
    )


def _signed_coefficients(
    leaders: Sequence[np.ndarray],
    followers: Sequence[np.ndarray],
    lags: np.ndarray,
    method: Tdlm,
) -> np.ndarray:
    """Coefficients (lag, leader, follower) at lags (lag,) of either sign, samples."""
    both = [np.concatenate(pair, axis=1) for pair in zip(leaders, followers, strict=True)]
    covariance = lag_moments(filtered(both, method), method.n_lags).covariance
    n = leaders[0].shape[1]
    before, after = np.maximum(lags, 0), np.maximum(-lags, 0)  # lags of leaders, of followers
    gram = covariance[before, before, :n, :n]
    inverse = np.linalg.pinv(gram, rcond=RCOND, hermitian=True)
    return inverse @ covariance[before, after, :n, n:]


def _other_orders(member: np.ndarray, n_orders: int, rng: np.random.Generator) -> np.ndarray:
    """Orders (order, follower) that give other memberships than the true one and one another."""
    n_followers = member.shape[1]
    orders = rng.permuted(np.tile(np.arange(n_followers), (4 * n_orders + 1, 1)), axis=1)
    orders[0] = np.arange(n_followers)
    names = member[:, orders].transpose(1, 0, 2).reshape(len(orders), -1)
    _, first, group = np.unique(names, axis=0, return_index=True, return_inverse=True)
    return orders[np.sort(np.delete(first, group[0]))[:n_orders]]
