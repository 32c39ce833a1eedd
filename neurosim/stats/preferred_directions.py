"""Tuning of single units to a direction, and how far it turns between two tasks.

A unit that drives the response prefers a direction in Go, and the opposite one in AntiGo (Riveland
& Pouget 2024, doi:10.1038/s41593-024-01607-5, fig. 4a). Two stimuli of unequal strength act as one
direction, that of their contrast, so that the sign of integration in DM and AntiDM is a turn as
well, for stimuli in any directions.

Units of one network are not independent of each other: p values over units describe that network.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc

from neurosim import NeurosimError
from neurosim.stats.circular import Directions, summarise_directions, turned
from neurosim.stats.intervals import Estimate, proportion_interval
from neurosim.stats.unit_slopes import LEVEL, checked_activity, tuned_in_both

NEAR = np.pi / 4  # rad from the expected turn


@dataclass(frozen=True)
class PreferredDirections:
    """Which direction each unit prefers.

    Attributes
    ----------
    direction : array (unit,)
        rad in [-pi, pi); NaN for units that do not vary.
    depth : array (unit,)
        Amplitude of the cosine, activity per unit of strength.
    p_value : array (unit,)
        Of no tuning; not corrected.
    """

    direction: np.ndarray
    depth: np.ndarray
    p_value: np.ndarray


@dataclass(frozen=True)
class DirectionShift:
    """How far preferred directions turn from one task to another.

    Attributes
    ----------
    tuned : array (unit,) of bool
        Units that are tuned in both, by Holm over units in each.
    shift : array (unit,)
        rad in [-pi, pi); NaN for units that do not vary.
    directions : Directions
        Of the shifts of tuned units: mean, Rayleigh and V test.
    share_near : Estimate
        Share of tuned units within `NEAR` of the expected shift (chance: 1/4), Wilson's interval.
    """

    tuned: np.ndarray
    shift: np.ndarray
    directions: Directions
    share_near: Estimate


def fit_directions(
    activity: np.ndarray, direction: np.ndarray, strength: np.ndarray | None = None
) -> PreferredDirections:
    r"""Fit a cosine of direction to the activity of each unit.

    .. math:: r = b_0 + s\,(b_1 \cos\theta + b_2 \sin\theta)

    by least squares; the preferred direction is the angle of :math:`(b_1, b_2)`, and the p value
    that of the F test of both.

    Parameters
    ----------
    activity : array (trial, unit)
        At one step, or a mean over steps.
    direction : array (trial,)
        Of the stimulus, rad.
    strength : array (trial,), optional
        Of the stimulus; 1 if not given.

    Raises
    ------
    NeurosimError
        If arrays do not match, are not finite, there are fewer than four trials, or directions do
        not leave the line.
    """
    activity, direction = checked_activity(activity, direction, "direction")
    if strength is None:
        strength = np.ones(direction.shape)
    activity, strength = checked_activity(activity, strength, "strength")
    design = strength[:, None] * np.stack([np.cos(direction), np.sin(direction)], axis=1)
    design -= design.mean(axis=0)
    n = len(activity)
    if n < 4 or np.linalg.matrix_rank(design) < 2:
        raise NeurosimError(
            "preferred directions: expected four trials or more, in directions around the circle, "
            f"found {n} trials on a line"
        )
    y = activity - activity.mean(axis=0)
    varies = np.abs(y).max(axis=0) > 1e-7 * np.abs(activity).max(axis=0)  # float32 rounding
    weight = np.linalg.lstsq(design, y, rcond=None)[0]
    unexplained = ((y - design @ weight) ** 2).sum(axis=0)
    explained = ((design @ weight) ** 2).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):  # a perfect cosine; a still unit
        f = (explained / 2) / (unexplained / (n - 3))
    return PreferredDirections(
        direction=np.where(varies, turned(np.arctan2(weight[1], weight[0]), 0.0), np.nan),
        depth=np.where(varies, np.hypot(*weight), np.nan),
        p_value=np.where(varies, fdtrc(2, n - 3, f), np.nan),
    )


def compare_directions(
    first: PreferredDirections,
    second: PreferredDirections,
    expected: float = np.pi,
    level: float = LEVEL,
) -> DirectionShift:
    """Compare the preferred directions of the same units in two tasks.

    Parameters
    ----------
    first, second : PreferredDirections
    expected : float
        Turn that the tasks demand, rad.
    level : float
        Of the corrected p value below which a unit is tuned.

    Raises
    ------
    NeurosimError
        If there are not as many units in both.
    """
    tuned = tuned_in_both(first.p_value, second.p_value, level)
    shift = turned(second.direction, first.direction)
    near = np.abs(turned(shift[tuned], expected)) <= NEAR
    return DirectionShift(
        tuned, shift, summarise_directions(shift[tuned], expected), proportion_interval(near)
    )


def contrast_direction(
    direction: np.ndarray, strength: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    r"""Direction and strength of the contrast between stimuli.

    :math:`\sum_k (s_k - \bar s) e^{i \theta_k}`: for two stimuli half the difference of strengths
    times the difference of their directions' vectors, which points to the stronger one.

    Parameters
    ----------
    direction : array (trial, stimulus)
        rad.
    strength : array (trial, stimulus)

    Returns
    -------
    direction, strength : array (trial,)
        rad, and in units of the strength given; for `fit_directions`.

    Raises
    ------
    NeurosimError
        If arrays do not match.
    """
    direction, strength = np.asarray(direction, dtype=float), np.asarray(strength, dtype=float)
    if direction.ndim != 2 or direction.shape != strength.shape:
        raise NeurosimError(
            "contrast: expected directions and strengths (trial, stimulus), found shapes "
            f"{direction.shape} and {strength.shape}"
        )
    away = strength - strength.mean(axis=1, keepdims=True)
    vector = (away * np.exp(1j * direction)).sum(axis=1)
    return np.angle(vector), np.abs(vector)
