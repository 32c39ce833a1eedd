"""Pearson's correlation with Fisher's interval, over all pairs or within groups of them."""

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, ndtri

from neurosim import NeurosimError
from neurosim.stats.intervals import LEVEL, Estimate


@dataclass(frozen=True)
class Correlation:
    """How two numbers go together.

    Attributes
    ----------
    r : Estimate
        Pearson's correlation, with Fisher's interval.
    p_value : float
        Two-sided, of no correlation.
    """

    r: Estimate
    p_value: float


def correlate(x: np.ndarray, y: np.ndarray, group: np.ndarray | None = None) -> Correlation:
    r"""Correlate two numbers over units.

    .. math:: \tanh(\operatorname{artanh} r \pm 1.96 / \sqrt{m - 3})

    is Fisher's interval (1921), and the p value that of Student's t with m - 2 degrees of freedom
    (that of a beta distribution of :math:`r^2`), where m is the number of units. With groups
    (models, say), their means are taken off first, so that a difference between groups is no
    correlation; m is then smaller by the number of groups less one (a partial correlation).

    Parameters
    ----------
    x, y : array (unit,)
        Units with a NaN are left out.
    group : array (unit,), optional
        Name or number of each unit's group.

    Returns
    -------
    Correlation
        NaN where m is below 3 or a number does not vary; no interval where m is below 4.

    Raises
    ------
    NeurosimError
        If arrays differ in length.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    groups = np.zeros(x.shape, int) if group is None else np.asarray(group)
    if x.ndim != 1 or x.shape != y.shape or x.shape != groups.shape:
        raise NeurosimError(
            "correlation: expected as many values (unit,) of both numbers, and a group of each, "
            f"found shapes {x.shape}, {y.shape} and {groups.shape}"
        )
    both = np.isfinite(x) & np.isfinite(y)
    x, y, groups = x[both], y[both], groups[both]
    nothing = Correlation(Estimate(np.nan, np.nan, np.nan, x.size), np.nan)
    names, number = np.unique(groups, return_inverse=True)
    m = x.size - max(len(names) - 1, 0)
    if m < 3:
        return nothing
    x, y = _residual(x, number), _residual(y, number)
    length = np.sqrt((x @ x) * (y @ y))
    if length == 0:
        return nothing
    r = float(np.clip(x @ y / length, -1, 1))
    p_value = float(betainc((m - 2) / 2, 0.5, 1 - r**2))
    if m < 4:
        return Correlation(Estimate(r, np.nan, np.nan, x.size), p_value)
    with np.errstate(divide="ignore"):  # a correlation of one has an interval of no width
        low, high = np.tanh(np.arctanh(r) + np.array([-1, 1]) * _half(m))
    return Correlation(Estimate(r, float(low), float(high), x.size), p_value)


def _half(m: int) -> float:
    """Half width of the interval of artanh r."""
    return float(ndtri(0.5 + LEVEL / 2)) / (m - 3) ** 0.5


def _residual(values: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Values less the mean of their group; rounding beside the values' size is none."""
    mean = np.bincount(number, values) / np.bincount(number)
    rest = values - mean[number]
    return np.where(np.abs(rest) <= 1e-12 * np.abs(values).max(), 0.0, rest)
