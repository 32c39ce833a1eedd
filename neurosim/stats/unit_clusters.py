"""Functional clusters: units that vary in the same tasks.

A unit's task variance is the variance of its activity over the trials of a task, mean over time;
units are clustered by their variances in all tasks, and the number of clusters is the one of the
largest silhouette (Yang et al. 2019, doi:10.1038/s41593-018-0310-2). Any set of points has some
best number of clusters, so the silhouette stands beside that of units whose variances are
shuffled over tasks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurosim import NeurosimError

SILENT = 1e-3  # summed variance below which a unit is left out, as published
STARTS = 10  # of k-means


def task_variance(activity: np.ndarray) -> np.ndarray:
    """Variance over the trials of a task, mean over steps.

    Trials without input noise show what depends on the stimuli alone, as published.

    Parameters
    ----------
    activity : array (trial, step, unit)
        Of one task.

    Returns
    -------
    array (unit,)

    Raises
    ------
    NeurosimError
        If there are fewer than two trials, no step, or values are not finite.
    """
    activity = np.asarray(activity)
    if activity.ndim != 3 or len(activity) < 2 or not activity.shape[1]:
        raise NeurosimError(
            "task variance: expected activity (trial, step, unit) of two trials or more, found "
            f"shape {activity.shape}"
        )
    if not np.isfinite(activity).all():
        raise NeurosimError("task variance: expected finite activity, found other values")
    return activity.var(axis=0, dtype=float).mean(axis=0)


@dataclass(frozen=True)
class UnitClusters:
    """Clusters of units.

    Attributes
    ----------
    variance : array (unit, task)
        Divided by the unit's largest; NaN for silent units.
    label : array (unit,) of int
        Cluster of each unit, the largest cluster first; -1 for silent units.
    n_clusters : int
    silhouette : float
        Mean over units that are not silent, -1 to 1.
    silhouettes : dict of int to float
        By number of clusters.
    null : array (shuffle,)
        Largest silhouette of units shuffled over tasks.
    """

    variance: np.ndarray
    label: np.ndarray
    n_clusters: int
    silhouette: float
    silhouettes: dict[int, float]
    null: np.ndarray

    @property
    def ratio(self) -> float:
        """Silhouette over the mean of shuffled units."""
        return self.silhouette / float(self.null.mean())

    @property
    def p_value(self) -> float:
        """Share of shuffles, this one included, that cluster as well: (1 + as many) / (1 + all)."""
        return (1 + int((self.null >= self.silhouette).sum())) / (1 + self.null.size)


def cluster_units(
    variance: np.ndarray,
    rng: np.random.Generator,
    n_clusters: Sequence[int] = range(2, 31),
    n_shuffles: int = 19,
    silent: float = SILENT,
) -> UnitClusters:
    """Cluster units by the tasks in which they vary, and compare with shuffled units.

    Parameters
    ----------
    variance : array (unit, task)
        Of `task_variance`.
    rng : numpy.random.Generator
    n_clusters : sequence of int
        Numbers that are tried.
    n_shuffles : int
        Each shuffles every unit's variances over tasks, and tries all numbers again.
    silent : float
        Units whose summed variance is smaller are left out.

    Returns
    -------
    UnitClusters

    Raises
    ------
    NeurosimError
        If variances are not finite and at least 0, there are too few units or tasks, or a number
        cannot be used.
    """
    variance = np.asarray(variance, dtype=float)
    if variance.ndim != 2 or variance.shape[1] < 2:
        raise NeurosimError(
            "unit clusters: expected variances (unit, task) of two tasks or more, found shape "
            f"{variance.shape}"
        )
    if not (np.isfinite(variance).all() and (variance >= 0).all()):
        raise NeurosimError("unit clusters: expected variances from 0 up, found others")
    if n_shuffles < 1:
        raise NeurosimError(f"unit clusters: n_shuffles: expected at least 1, found {n_shuffles}")
    active = (variance.sum(axis=1) >= silent) & (variance.max(axis=1) > 0)
    shares = variance[active] / variance[active].max(axis=1, keepdims=True)
    numbers = sorted(set(n_clusters))
    if not numbers or numbers[0] < 2 or numbers[-1] >= len(shares):
        raise NeurosimError(
            f"unit clusters: n_clusters: expected numbers from 2 to less than the {len(shares)} "
            f"units that are not silent, found {numbers}"
        )
    silhouettes, labels = _try(shares, numbers, rng)
    chosen = max(silhouettes, key=silhouettes.get)
    null = [
        max(_try(rng.permuted(shares, axis=1), numbers, rng)[0].values()) for _ in range(n_shuffles)
    ]
    spread = np.full(variance.shape, np.nan)
    spread[active] = shares
    label = np.full(len(variance), -1)
    label[active] = _by_size(labels[chosen])
    return UnitClusters(spread, label, chosen, silhouettes[chosen], silhouettes, np.array(null))


def _try(
    shares: np.ndarray, numbers: Sequence[int], rng: np.random.Generator
) -> tuple[dict[int, float], dict[int, np.ndarray]]:
    """Silhouette and labels (unit,) of k-means by number of clusters."""
    from sklearn.cluster import KMeans  # takes half a second to import
    from sklearn.metrics import pairwise_distances, silhouette_score

    distance = pairwise_distances(shares)
    np.fill_diagonal(distance, 0.0)
    silhouettes, labels = {}, {}
    for k in numbers:
        seed = int(rng.integers(2**31))
        labels[k] = KMeans(k, n_init=STARTS, random_state=seed).fit_predict(shares)
        told_apart = 1 < len(np.unique(labels[k])) < len(shares)
        silhouettes[k] = (
            float(silhouette_score(distance, labels[k], metric="precomputed"))
            if told_apart
            else -1.0
        )
    return silhouettes, labels


def _by_size(label: np.ndarray) -> np.ndarray:
    """Number clusters from the largest to the smallest, those of one size by their first unit."""
    names, first, size = np.unique(label, return_index=True, return_counts=True)
    rank = np.empty(len(names), dtype=int)
    rank[np.lexsort((first, -size))] = np.arange(len(names))
    return rank[np.searchsorted(names, label)]
