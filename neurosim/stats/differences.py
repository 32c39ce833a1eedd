"""Differences between means with their size: unequal variances, or pairs.

Models are compared as published by t tests with unequal variance over all tasks and
initialisations (Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5). What task it is makes
most of the variance, so the same tasks are compared in pairs as well.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, nctdtrinc, stdtr, stdtrit

from neurosim import NeurosimError
from neurosim.stats.intervals import LEVEL, Estimate


@dataclass(frozen=True)
class Difference:
    """A difference of means.

    Attributes
    ----------
    difference : Estimate
        First less second, with its t interval.
    t, df : float
        Student's t and its degrees of freedom.
    p_value : float
        Two-sided.
    effect : Estimate
        The difference in SDs: Hedges' g, with an interval.
    """

    difference: Estimate
    t: float
    df: float
    p_value: float
    effect: Estimate


def compare_means(first: np.ndarray, second: np.ndarray) -> Difference:
    r"""Compare two means by the t test for unequal variances.

    Degrees of freedom are Welch's (1947, doi:10.1093/biomet/34.1-2.28). Hedges' g (1981,
    doi:10.3102/10769986006002107) is the difference over the pooled SD, times
    :math:`J(m) = \Gamma(m/2) / (\sqrt{m/2}\,\Gamma((m-1)/2))` with m = n_1 + n_2 - 2; its interval
    is that of the noncentral t distribution, which takes variances to be equal.

    Parameters
    ----------
    first, second : array (any)
        One value a unit; NaN is left out.

    Returns
    -------
    Difference
        NaN but for the difference with fewer than two values on a side, or without variance.
    """
    x, y = (_finite(values) for values in (first, second))
    n = x.size + y.size
    mean = float(x.mean() - y.mean()) if x.size and y.size else np.nan
    if min(x.size, y.size) < 2:
        return _without_test(mean, n)
    parts = np.array([x.var(ddof=1) / x.size, y.var(ddof=1) / y.size])
    if not _varies(parts.sum(), x, y):
        return _without_test(mean, n)
    error = float(np.sqrt(parts.sum()))
    df = float(parts.sum() ** 2 / (parts**2 / (np.array([x.size, y.size]) - 1)).sum())
    pooled = np.sqrt(((x.size - 1) * x.var(ddof=1) + (y.size - 1) * y.var(ddof=1)) / (n - 2))
    effect = _effect(mean / pooled, n - 2, np.sqrt(x.size * y.size / n), n)
    return _tested(mean, error, df, n, effect)


def compare_pairs(first: np.ndarray, second: np.ndarray) -> Difference:
    """Compare two means over the same units (tasks) by the paired t test.

    Parameters
    ----------
    first, second : array (unit,) or (seed, unit)
        Of seeds, a unit's mean over those that have it is taken. Units with a NaN on either side
        are left out.

    Returns
    -------
    Difference
        The effect is the mean difference over the SD of differences. NaN but for the difference
        with fewer than two units, or where all differ alike.

    Raises
    ------
    NeurosimError
        If there are not as many units on both sides.
    """
    x, y = (mean_over_seeds(values) for values in (first, second))
    if x.shape != y.shape:
        raise NeurosimError(
            f"paired difference: expected the same units, found {x.size} and {y.size}"
        )
    d = _finite(x - y)
    mean = float(d.mean()) if d.size else np.nan
    if d.size < 2 or not _varies(d.var(ddof=1), _finite(x), _finite(y)):
        return _without_test(mean, d.size)
    sd = d.std(ddof=1)
    effect = _effect(mean / sd, d.size - 1, np.sqrt(d.size), d.size)
    return _tested(mean, float(sd / np.sqrt(d.size)), d.size - 1, d.size, effect)


def mean_over_seeds(values: np.ndarray) -> np.ndarray:
    """Mean over seeds (unit,) of values (seed, unit), or values (unit,) as they are.

    A NaN is a run that was not made: the others are averaged.

    Raises
    ------
    NeurosimError
        If there are more or fewer dimensions.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim not in (1, 2):
        raise NeurosimError(
            f"values of models: expected shape (unit,) or (seed, unit), found {values.shape}"
        )
    if values.ndim == 1:
        return values
    made = np.isfinite(values)
    n = made.sum(axis=0)
    return np.where(n > 0, np.where(made, values, 0.0).sum(axis=0) / np.maximum(n, 1), np.nan)


def _finite(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values, dtype=float).ravel()
    return values[np.isfinite(values)]


def _varies(variance: float, *values: np.ndarray) -> bool:
    """Whether a variance is more than the rounding of values."""
    largest = max((float(np.abs(v).max(initial=0)) for v in values), default=0.0)
    return variance > (1e-12 * largest) ** 2


def _without_test(mean: float, n: int) -> Difference:
    nothing = Estimate(np.nan, np.nan, np.nan, n)
    return Difference(Estimate(mean, np.nan, np.nan, n), np.nan, np.nan, np.nan, nothing)


def _tested(mean: float, error: float, df: float, n: int, effect: Estimate) -> Difference:
    half = float(stdtrit(df, 0.5 + LEVEL / 2)) * error
    t = mean / error
    return Difference(
        Estimate(mean, mean - half, mean + half, n), t, df, 2 * float(stdtr(df, -abs(t))), effect
    )


def _effect(d: float, df: int, factor: float, n: int) -> Estimate:
    """Hedges' g of a difference in SDs, whose t is `factor` times as large."""
    small = np.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) / np.sqrt(df / 2) if df > 1 else np.nan
    tail = (1 - LEVEL) / 2
    low, high = (nctdtrinc(df, p, d * factor) / factor for p in (1 - tail, tail))
    return Estimate(float(d * small), float(low), float(high), n)
