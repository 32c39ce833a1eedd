"""Tuning of single units to a number: slopes, and whether they change sign between two tasks.

What a unit's activity follows depends on the task it is told (Riveland & Pouget 2024,
doi:10.1038/s41593-024-01607-5, fig. 4): the distance between two directions with opposite signs in
DMS and DNMS, the contrast of two strengths in DM and AntiDM, or in COMP1 and COMP2.

Units of one network are not independent of each other: p values over units describe that network.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc

from neurosim import NeurosimError
from neurosim.stats.correlation import Correlation, correlate
from neurosim.stats.exact import SignTest, sign_test
from neurosim.stats.holm import correct_holm
from neurosim.stats.intervals import Estimate, proportion_interval

LEVEL = 0.05  # below which a unit counts as tuned, corrected for the number of units


@dataclass(frozen=True)
class Slopes:
    """How each unit's activity follows a number.

    Attributes
    ----------
    slope : array (unit,)
        Activity per unit of the number, of least squares.
    correlation : array (unit,)
        Pearson's; NaN for units that do not vary, as is the slope.
    p_value : array (unit,)
        Two-sided, of no slope; not corrected.
    """

    slope: np.ndarray
    correlation: np.ndarray
    p_value: np.ndarray


@dataclass(frozen=True)
class SlopeChange:
    """How slopes in one task compare with those in another.

    Attributes
    ----------
    tuned : array (unit,) of bool
        Units with a slope in both tasks, at `LEVEL` by Holm over units in each.
    flipped : array (unit,) of bool
        Tuned units whose slope changes sign.
    share_flipped : Estimate
        Share of tuned units, Wilson's interval over units.
    sign : SignTest
        Of as many units that change sign as keep it.
    correlation : Correlation
        Of both tasks' correlation coefficients over all units that vary in both: -1 where tuning
        is turned round, 1 where it stays.
    """

    tuned: np.ndarray
    flipped: np.ndarray
    share_flipped: Estimate
    sign: SignTest
    correlation: Correlation


def fit_slopes(activity: np.ndarray, variable: np.ndarray) -> Slopes:
    """Fit a line to the activity of each unit.

    Parameters
    ----------
    activity : array (trial, unit)
        At one step, or a mean over steps.
    variable : array (trial,)
        Distance between the stimuli (rad), or their contrast.

    Raises
    ------
    NeurosimError
        If arrays do not match, are not finite, there are fewer than three trials, or the variable
        is the same in all.
    """
    activity, variable = checked_activity(activity, variable, "variable")
    x = variable - variable.mean()
    if np.abs(x).max() <= 1e-12 * np.abs(variable).max():
        raise NeurosimError("slopes: variable: expected values that differ, found one throughout")
    y = activity - activity.mean(axis=0)
    varies = np.abs(y).max(axis=0) > 1e-7 * np.abs(activity).max(axis=0)  # float32 rounding
    product = x @ y
    squares = np.where(varies, (x @ x) * (y**2).sum(axis=0), 1.0)
    r = np.where(varies, np.clip(product / np.sqrt(squares), -1, 1), np.nan)
    return Slopes(
        slope=np.where(varies, product / (x @ x), np.nan),
        correlation=r,
        p_value=betainc((len(x) - 2) / 2, 0.5, 1 - r**2),
    )


def compare_slopes(first: Slopes, second: Slopes, level: float = LEVEL) -> SlopeChange:
    """Compare the slopes of the same units in two tasks.

    Parameters
    ----------
    first, second : Slopes
    level : float
        Of the corrected p value below which a unit is tuned.

    Raises
    ------
    NeurosimError
        If there are not as many units in both.
    """
    tuned = tuned_in_both(first.p_value, second.p_value, level)
    flipped = tuned & (np.sign(first.slope) != np.sign(second.slope))
    return SlopeChange(
        tuned=tuned,
        flipped=flipped,
        share_flipped=proportion_interval(flipped[tuned]),
        sign=sign_test(np.where(flipped, 1.0, -1.0)[tuned]),
        correlation=correlate(first.correlation, second.correlation),
    )


def tuned_in_both(first: np.ndarray, second: np.ndarray, level: float) -> np.ndarray:
    """Units (unit,) with p values below a level in both tasks, by Holm over the units of each.

    Raises
    ------
    NeurosimError
        If there are not as many units in both.
    """
    if first.shape != second.shape:
        raise NeurosimError(
            f"tuning in two tasks: expected the same units, found {first.size} and {second.size}"
        )
    return np.logical_and.reduce([correct_holm(p) < level for p in (first, second)])


def checked_activity(
    activity: np.ndarray, of_trial: np.ndarray, name: str
) -> tuple[np.ndarray, np.ndarray]:
    """Give activity (trial, unit) and a number of each trial as finite floats.

    Raises
    ------
    NeurosimError
        If shapes do not match, values are not finite, or there are fewer than three trials.
    """
    activity, of_trial = np.asarray(activity, dtype=float), np.asarray(of_trial, dtype=float)
    if activity.ndim != 2 or of_trial.shape != activity.shape[:1]:
        raise NeurosimError(
            f"tuning: expected activity (trial, unit) and {name} (trial,), found shapes "
            f"{activity.shape} and {of_trial.shape}"
        )
    if len(activity) < 3:
        raise NeurosimError(f"tuning: expected three trials or more, found {len(activity)}")
    if not (np.isfinite(activity).all() and np.isfinite(of_trial).all()):
        raise NeurosimError(f"tuning: expected finite activity and {name}, found other values")
    return activity, of_trial
