"""What a condition in an instruction costs: tasks told by "if ... then" beside plain imperatives.

The deficit is the mean performance of conditional tasks less that of imperative ones, beside the
same for random splits of the tasks into groups of those sizes (Riveland & Pouget 2024,
doi:10.1038/s41593-024-01607-5). The published test takes splits for independent samples, which
they are not: they split the same tasks. The share of splits that differ as much stands beside it.
"""

from dataclasses import dataclass

import numpy as np

from neurosim import NeurosimError
from neurosim.stats.differences import Difference, compare_means, mean_over_seeds

N_SPLITS = 50  # as published


@dataclass(frozen=True)
class ConditionalDeficit:
    """Performance in conditional tasks less that in imperative ones.

    Attributes
    ----------
    over_tasks : Difference
        Between tasks, each the mean over seeds: Welch's t test.
    by_seed : array (seed,)
        Deficit of each initialisation; NaN where it has no task of a kind.
    null : array (split, seed)
        The same for random splits.
    against_null : Difference
        Of seeds against splits, as published; needs two seeds.
    p_value : float
        Share of splits, the given one included, whose difference is as far from zero.
    """

    over_tasks: Difference
    by_seed: np.ndarray
    null: np.ndarray
    against_null: Difference
    p_value: float


def measure_deficit(
    performance: np.ndarray,
    conditional: np.ndarray,
    rng: np.random.Generator,
    n_splits: int = N_SPLITS,
) -> ConditionalDeficit:
    """Measure the deficit of conditional tasks beside random splits.

    Parameters
    ----------
    performance : array (task,) or (seed, task)
        Share correct; NaN for tasks that were not run. Tasks of no seed are left out.
    conditional : array (task,) of bool
    rng : numpy.random.Generator
    n_splits : int

    Returns
    -------
    ConditionalDeficit

    Raises
    ------
    NeurosimError
        If arrays do not match, or fewer than two tasks of a kind were run.
    """
    if n_splits < 1:
        raise NeurosimError(f"conditional deficit: n_splits: expected at least 1, found {n_splits}")
    values, kind = _checked(performance, conditional)
    splits = np.array([rng.permutation(kind) for _ in range(n_splits)])
    by_seed, null = _deficits(values, kind[None])[0], _deficits(values, splits)
    mean = mean_over_seeds(values)
    found, others = (_deficits(mean[None], s)[:, 0] for s in (kind[None], splits))
    as_far = np.abs(others) >= np.abs(found) * (1 - 1e-9)
    return ConditionalDeficit(
        over_tasks=compare_means(mean[kind], mean[~kind]),
        by_seed=by_seed,
        null=null,
        against_null=compare_means(by_seed, null),
        p_value=(1 + int(as_far.sum())) / (1 + n_splits),
    )


def compare_deficits(first: np.ndarray, second: np.ndarray, conditional: np.ndarray) -> Difference:
    """Compare the deficits of two models over the same tasks.

    The first model's lead over the second is taken task by task, and that of conditional tasks
    compared with that of imperative ones: what task it is drops out.

    Parameters
    ----------
    first, second : array (task,) or (seed, task)
        Performance of two models; tasks that one of them lacks are left out.
    conditional : array (task,) of bool

    Returns
    -------
    Difference
        The first model's deficit less the second's: below zero where conditions cost the first
        more.

    Raises
    ------
    NeurosimError
        As of `measure_deficit`.
    """
    means = [mean_over_seeds(values) for values in (first, second)]
    if means[0].shape != means[1].shape:
        raise NeurosimError(
            "conditional deficit: expected the same tasks of both models, found "
            f"{means[0].size} and {means[1].size}"
        )
    lead, kind = _checked(means[0] - means[1], conditional)
    return compare_means(lead[0, kind], lead[0, ~kind])


def _checked(performance: np.ndarray, conditional: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Performance (seed, task) and kind (task,) of the tasks that were run."""
    values, kind = np.atleast_2d(np.asarray(performance, dtype=float)), np.asarray(conditional)
    if values.ndim != 2 or kind.dtype != bool or kind.shape != values.shape[1:]:
        raise NeurosimError(
            "conditional deficit: expected performance (seed, task) and a bool of each task, found "
            f"shapes {values.shape} and {kind.shape} of {kind.dtype}"
        )
    if np.isinf(values).any():
        raise NeurosimError("conditional deficit: expected performance from 0 to 1, found inf")
    run = np.isfinite(values).any(axis=0)
    values, kind = values[:, run], kind[run]
    if min(kind.sum(), (~kind).sum()) < 2:
        raise NeurosimError(
            "conditional deficit: expected two tasks of either kind or more, found "
            f"{kind.sum()} conditional and {(~kind).sum()} imperative ones that were run"
        )
    return values, kind


def _deficits(values: np.ndarray, splits: np.ndarray) -> np.ndarray:
    """Difference of means (split, seed) of performance (seed, task) under splits (split, task)."""
    made = np.isfinite(values)
    filled = np.where(made, values, 0.0)
    means = []
    for group in (splits, ~splits):
        n = group.astype(float) @ made.T
        means.append(np.where(n > 0, group @ filled.T / np.maximum(n, 1), np.nan))
    return means[0] - means[1]
