"""95 % intervals over subjects, seeds or events."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A number with its interval.

    Attributes
    ----------
    value, low, high : float
        Estimate and 95 % interval; the interval is NaN with fewer than two units.
    n : int
        Number of units that it rests on.
    """

    value: float
    low: float
    high: float
    n: int


def mean_interval(values: np.ndarray) -> Estimate:
    """Mean over units (subjects, seeds) with Student's t interval.

    Parameters
    ----------
    values : array (unit,)
        One number a unit; NaN units are left out.
    """
    values = np.asarray(values, dtype=float)
    values = values[np.isfinite(values)]
    if values.size == 0:
        return Estimate(np.nan, np.nan, np.nan, 0)
    mean = float(values.mean())
    if values.size == 1:
        return Estimate(mean, np.nan, np.nan, 1)
    half = stdtrit(values.size - 1, 0.5 + LEVEL / 2) * values.std(ddof=1) / values.size**0.5
    return Estimate(mean, mean - float(half), mean + float(half), values.size)


def fraction_interval(values: np.ndarray) -> Estimate:
    """Mean of fractions over units with Student's t interval, cut at 0 and 1."""
    mean = mean_interval(values)
    low, high = np.clip([mean.low, mean.high], 0.0, 1.0)
    return Estimate(mean.value, float(low), float(high), mean.n)


def geometric_interval(values: np.ndarray) -> Estimate:
    """Geometric mean over units with Student's t interval on the logarithms, for ratios."""
    logs = mean_interval(np.log(np.asarray(values, dtype=float)))
    value, low, high = np.exp([logs.value, logs.low, logs.high])
    return Estimate(float(value), float(low), float(high), logs.n)


def bootstrap_interval(
    values: np.ndarray,
    statistic: Callable[..., np.ndarray],
    rng: np.random.Generator,
    n_resamples: int = 2000,
) -> Estimate:
    """Percentile bootstrap over the observations of a single recording.

    Parameters
    ----------
    values : array (observation,)
        NaN is left out.
    statistic : callable
        Takes an array and an `axis`.
    rng : numpy.random.Generator
    n_resamples : int
    """
    values = np.asarray(values, dtype=float)
    values = values[np.isfinite(values)]
    if values.size == 0:
        return Estimate(np.nan, np.nan, np.nan, 0)
    point = float(statistic(values, axis=0))
    if values.size == 1:
        return Estimate(point, np.nan, np.nan, 1)
    draws = rng.integers(0, values.size, (n_resamples, values.size))
    low, high = np.quantile(statistic(values[draws], axis=1), [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    return Estimate(point, float(low), float(high), values.size)
