"""95 % intervals over subjects, seeds or events."""

from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr, stdtrit

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
    """Mean of fractions over units with Student's t interval, cut at 0 and 1.

    Where all units have the same fraction (all right, say) their spread says nothing, and the
    interval is NaN.
    """
    mean = mean_interval(values)
    if mean.low == mean.high:
        return Estimate(mean.value, np.nan, np.nan, mean.n)
    low, high = np.clip([mean.low, mean.high], 0.0, 1.0)
    return Estimate(mean.value, float(low), float(high), mean.n)


def geometric_interval(values: np.ndarray) -> Estimate:
    """Geometric mean over units with Student's t interval on the logarithms, for ratios."""
    logs = mean_interval(np.log(np.asarray(values, dtype=float)))
    value, low, high = np.exp([logs.value, logs.low, logs.high])
    return Estimate(float(value), float(low), float(high), logs.n)


def proportion_interval(successes: np.ndarray) -> Estimate:
    """Fraction of the events of one recording, with Wilson's score interval (10.2307/2276774).

    Parameters
    ----------
    successes : array (event,) of bool
    """
    from statsmodels.stats.proportion import proportion_confint  # takes two seconds to import

    n = len(successes)
    if n == 0:
        return Estimate(np.nan, np.nan, np.nan, 0)
    count = int(np.sum(successes))
    low, high = proportion_confint(count, n, alpha=1 - LEVEL, method="wilson")
    low, high = np.clip([low, high], 0.0, 1.0).round(12)  # -1e-17 is no fraction
    return Estimate(count / n, float(low), float(high), n)


def median_interval(values: np.ndarray) -> Estimate:
    """Median of the events of one recording, with its distribution-free interval.

    The interval runs between two order statistics whose ranks come from the binomial
    distribution (David & Nagaraja 2003, 10.1002/0471722162), so it needs no random numbers and
    covers at least 95 % whatever the distribution. It is NaN below six events.

    Parameters
    ----------
    values : array (event,)
        NaN is left out.
    """
    values = np.sort(np.asarray(values, dtype=float))
    values = values[np.isfinite(values)]
    if values.size == 0:
        return Estimate(np.nan, np.nan, np.nan, 0)
    ranks = np.arange(values.size + 1)
    below = bdtr(ranks, values.size, 0.5)  # P(at most k of n events lie below the median)
    lower = int(np.searchsorted(below, (1 - LEVEL) / 2, side="right")) - 1
    median = float(np.median(values))
    if lower < 0:
        return Estimate(median, np.nan, np.nan, values.size)
    return Estimate(median, float(values[lower]), float(values[-1 - lower]), values.size)
