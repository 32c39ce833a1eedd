"""Preferred directions: planted cosines and turns, on trials of the tasks themselves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.api import OLS, add_constant

from neurosim import NeurosimError
from neurosim.stats.circular import turned
from neurosim.stats.preferred_directions import (
    compare_directions,
    contrast_direction,
    fit_directions,
)
from neurosim.tasks.psychophysics.trials import draw_trials

N_UNITS = 40


def tuned_activity(rng, direction, preferred, strength=1.0, noise=0.3):
    """Rectified bumps of units (trial, unit) that prefer directions."""
    drive = np.asarray(strength)[..., None] * np.cos(direction[:, None] - preferred)
    noisy = drive + rng.normal(0, noise, (direction.size, preferred.size))
    return np.maximum(0.0, noisy + 0.2)


@given(st.integers(0, 2**32 - 1), st.integers(5, 40))
def test_the_fit_and_its_test_are_those_of_statsmodels(seed, n):
    rng = np.random.default_rng(seed)
    direction, strength = rng.uniform(-np.pi, np.pi, n), rng.uniform(0.5, 1.5, n)
    activity = rng.normal(size=(n, 2))
    found = fit_directions(activity, direction, strength)
    cosines = strength * np.array([np.cos(direction), np.sin(direction)])
    for unit in range(2):
        fit = OLS(activity[:, unit], add_constant(cosines.T, has_constant="add")).fit()
        assert found.direction[unit] == pytest.approx(np.arctan2(*fit.params[:0:-1]))
        assert found.depth[unit] == pytest.approx(np.hypot(*fit.params[1:]))
        assert found.p_value[unit] == pytest.approx(fit.f_pvalue, abs=1e-9)


@pytest.mark.parametrize("turn", [0.0, np.pi / 2, np.pi])
def test_a_planted_turn_is_found(rng, turn):
    preferred = rng.uniform(-np.pi, np.pi, N_UNITS)
    fits = []
    for away in (0.0, turn):
        direction = rng.uniform(0, 2 * np.pi, 200)
        fits.append(fit_directions(tuned_activity(rng, direction, preferred + away), direction))
    assert np.abs(turned(fits[0].direction, preferred)).max() < 0.3
    shift = compare_directions(*fits)
    assert shift.tuned.all()
    assert turned(shift.directions.mean.value, turn) == pytest.approx(0, abs=0.05)
    assert shift.directions.resultant > 0.95
    assert (shift.directions.v_p < 1e-6) == (turn == np.pi)
    assert shift.share_near.value == float(turn == np.pi)
    assert compare_directions(*fits, expected=turn).share_near.value == 1.0


def test_units_without_tuning_are_left_out(rng):
    preferred = rng.uniform(-np.pi, np.pi, N_UNITS)
    fits = []
    for _ in range(2):
        direction = rng.uniform(0, 2 * np.pi, 200)
        activity = tuned_activity(rng, direction, preferred)
        activity[:, 10:] = rng.normal(size=(200, 30))
        activity[:, 0] = 0.0  # a silent unit
        fits.append(fit_directions(activity, direction))
    shift = compare_directions(*fits)
    assert np.flatnonzero(shift.tuned).tolist() == list(range(1, 10))
    assert shift.directions.mean.n == shift.share_near.n == 9
    assert np.isnan([shift.shift[0], fits[0].depth[0], fits[0].p_value[0]]).all()
    rejected = int((fits[0].p_value[10:] < 0.05).sum())
    assert stats.binomtest(rejected, 30, 0.05).pvalue > 1e-3


def test_a_unit_that_integrates_the_other_way_is_turned_by_pi(rng):
    """Stimuli in any directions: the response of DM follows their contrast, that of AntiDM not."""
    preferred = rng.uniform(-np.pi, np.pi, N_UNITS)
    fits = []
    for task in ("DMMod1", "AntiDMMod1"):
        trials = draw_trials(task, 300, rng)
        contrast = contrast_direction(
            trials.shown.direction[:, :, 0], trials.shown.strength[:, :, 0]
        )
        fits.append(fit_directions(tuned_activity(rng, trials.direction, preferred), *contrast))
    shift = compare_directions(*fits)
    assert shift.tuned.all()
    assert shift.share_near.value == 1.0
    assert shift.directions.v_p < 1e-6


def test_the_contrast_of_two_stimuli_points_to_the_stronger():
    direction = np.array([[0.0, np.pi], [0.0, np.pi], [0.0, np.pi / 2], [1.0, 2.0]])
    strength = np.array([[1.1, 0.9], [0.9, 1.1], [1.0, 0.8], [1.0, 1.0]])
    angle, length = contrast_direction(direction, strength)
    assert np.exp(1j * angle[:3]) == pytest.approx(np.exp(1j * np.array([0, np.pi, -np.pi / 4])))
    assert length == pytest.approx([0.2, 0.2, 0.1 * np.sqrt(2), 0])


def test_a_perfect_cosine_is_tuned():
    direction = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    found = fit_directions(3 + 2 * np.cos(direction[:, None] - 1.0), direction)
    assert (found.direction[0], found.depth[0]) == pytest.approx((1.0, 2.0))
    assert found.p_value[0] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("activity", "direction", "strength", "message"),
    [
        (np.zeros((5, 2)), np.zeros(4), None, "found shapes"),
        (np.zeros((5, 2)), np.arange(5.0), np.ones(4), "strength"),
        (np.zeros((5, 2)), np.full(5, np.nan), None, "finite"),
        (np.zeros((5, 2)), np.zeros(5), None, "on a line"),
        (np.zeros((5, 2)), np.array([0, np.pi, 0, np.pi, 0]), None, "on a line"),
        (np.zeros((3, 2)), np.arange(3.0), None, "four trials"),
    ],
)
def test_trials_that_cannot_be_used_are_refused(activity, direction, strength, message):
    with pytest.raises(NeurosimError, match=message):
        fit_directions(activity, direction, strength)
    with pytest.raises(NeurosimError, match="trial, stimulus"):
        contrast_direction(np.zeros((3, 2)), np.zeros((3, 1)))
