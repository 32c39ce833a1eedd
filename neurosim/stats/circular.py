"""Directions of units or events: their mean, and whether they gather, anywhere or at one place."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from neurosim.stats.intervals import LEVEL, Estimate


@dataclass(frozen=True)
class Directions:
    """What directions have in common.

    Attributes
    ----------
    mean : Estimate
        Mean direction, rad in [-pi, pi), with an interval that may run beyond that range.
    resultant : float
        Length of the mean vector: 1 where all agree, 0 where they cancel.
    rayleigh_p : float
        Of no common direction, against any.
    v_p : float
        Of no common direction, against the expected one; one-sided.
    """

    mean: Estimate
    resultant: float
    rayleigh_p: float
    v_p: float


def summarise_directions(angles: np.ndarray, expected: float) -> Directions:
    r"""Mean of directions, and tests of whether they gather.

    With the mean vector :math:`R e^{i \theta}` of n directions and
    :math:`z = n R^2`, Rayleigh's test has (Zar 2010, Biostatistical Analysis, eq. 27.4)

    .. math:: p = \exp(\sqrt{1 + 4 n + 4 (n^2 - n z)} - (1 + 2 n))

    and the V test of an expected direction :math:`\mu` the normal deviate
    :math:`\sqrt{2 n} R \cos(\theta - \mu)`. The interval of the mean is
    :math:`\theta \pm \arcsin(1.96 s)`, :math:`s^2 = (1 - R_2) / (2 n R^2)`, with :math:`R_2` the
    length of the mean of doubled directions about :math:`\theta` (Fisher 1993,
    doi:10.1017/CBO9780511564345), for large n; NaN where 1.96 s is above 1.

    Parameters
    ----------
    angles : array (unit,)
        rad; NaN is left out.
    expected : float
        rad.

    Returns
    -------
    Directions
        NaN where there is none.
    """
    angles = np.asarray(angles, dtype=float)
    angles = angles[np.isfinite(angles)]
    n = angles.size
    if n == 0:
        return Directions(Estimate(np.nan, np.nan, np.nan, 0), np.nan, np.nan, np.nan)
    vector = np.exp(1j * angles).mean()
    length, mean = min(float(np.abs(vector)), 1.0), float(np.angle(vector))
    doubled = float(np.cos(2 * (angles - mean)).mean())
    spread = float(ndtri(0.5 + LEVEL / 2)) * np.sqrt((1 - doubled) / (2 * n)) / max(length, 1e-300)
    half = float(np.arcsin(spread)) if n > 1 and spread <= 1 else np.nan
    mean = float(turned(mean, 0.0))
    rayleigh = np.exp(np.sqrt(1 + 4 * n + 4 * n**2 * (1 - length**2)) - (1 + 2 * n))
    deviate = np.sqrt(2 * n) * length * np.cos(mean - expected)
    return Directions(
        Estimate(mean, mean - half, mean + half, n),
        length,
        min(float(rayleigh), 1.0),
        float(ndtr(-deviate)),
    )


def turned(to: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Turn from one direction to another, rad in [-pi, pi).

    >>> float(turned(0.5, 1.0))
    -0.5
    """
    return np.mod(to - start + np.pi, 2 * np.pi) - np.pi
