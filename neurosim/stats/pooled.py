"""The Kolmogorov-Smirnov statistic of pooled bins, with a p value that blocks give it.

Bins of one block depend on each other: the usual p value counts each as a replicate, and is
small on data without any effect. So D and its location are described, and tested by exchanging
whole blocks within animals.
"""

from dataclasses import dataclass

import numpy as np

from neurosim import NeurosimError
from neurosim.stats.permutation import relabellings

CHUNK = 64  # relabellings at a time


@dataclass(frozen=True)
class PooledKS:
    """Largest distance between the pooled distributions of two conditions.

    Attributes
    ----------
    statistic : float
        D, the largest distance of the cumulative distributions.
    location : float
        Value at which they are that far apart.
    sign : int
        1 where the treated distribution lies above the other there (smaller values), else -1.
    p_value : float
        By exchanging blocks within animals.
    pooled_p_value : float
        As if bins were independent: to show what is wrong with it, for no other use.
    n_bins, n_blocks, n_relabellings : int
    """

    statistic: float
    location: float
    sign: int
    p_value: float
    pooled_p_value: float
    n_bins: int
    n_blocks: int
    n_relabellings: int


def pooled_ks(
    value: np.ndarray,
    block: np.ndarray,
    animal: np.ndarray,
    treated: np.ndarray,
    limit: int,
    rng: np.random.Generator,
) -> PooledKS:
    """Compare the pooled bins of two conditions.

    Parameters
    ----------
    value : array (bin,)
    block : array (bin,) of int
        Block of each bin.
    animal, treated : array (block,)
        Animal and condition (bool) of each block.
    limit : int
        Exact up to so many relabellings, else by so many random ones.
    rng : numpy.random.Generator

    Raises
    ------
    NeurosimError
        If a block holds no bin.
    """
    n_blocks = len(treated)
    sizes = np.bincount(block, minlength=n_blocks).astype(np.float32)
    if sizes.size != n_blocks or (sizes == 0).any():
        raise NeurosimError(
            f"pooled bins: expected bins in each of {n_blocks} blocks, found some in "
            f"{np.count_nonzero(sizes)}; leave empty blocks out"
        )
    grid = np.unique(value)
    # Bins of each block up to each value of the grid.
    counts = np.zeros((n_blocks, grid.size), dtype=np.float32)  # whole numbers up to 2**24
    np.add.at(counts, (block, np.searchsorted(grid, value)), 1.0)
    counts = counts.cumsum(axis=1)
    labels, _ = relabellings(animal, treated, limit, rng)
    gap = _gaps(treated[None].astype(bool), counts, sizes)[0]
    at = int(np.argmax(np.abs(gap)))
    statistic = float(np.abs(gap[at]))
    null = np.concatenate(
        [
            np.abs(_gaps(labels[k : k + CHUNK], counts, sizes)).max(axis=1)
            for k in range(0, len(labels), CHUNK)
        ]
    )
    return PooledKS(
        statistic=statistic,
        location=float(grid[at]),
        sign=1 if gap[at] > 0 else -1,
        p_value=float(np.mean(null >= statistic - 1e-6)),
        pooled_p_value=_pooled_p(statistic, sizes[treated].sum(), sizes[~treated].sum()),
        n_bins=value.size,
        n_blocks=n_blocks,
        n_relabellings=len(labels),
    )


def _gaps(labels: np.ndarray, counts: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Cumulative distribution of the treated less that of the others (relabelling, value)."""
    treated = labels.astype(np.float32)
    others = 1 - treated
    return (
        treated @ counts / (treated @ sizes)[:, None] - others @ counts / (others @ sizes)[:, None]
    )


def _pooled_p(statistic: float, n: float, m: float) -> float:
    """Asymptotic two-sided p value of D for two samples of independent values."""
    from scipy.special import kolmogorov

    return float(kolmogorov(np.sqrt(n * m / (n + m)) * statistic))
