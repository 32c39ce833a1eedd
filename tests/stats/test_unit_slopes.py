"""Slopes of units: scipy's regression, and planted units that flip, keep or have no slope."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from neurosim import NeurosimError
from neurosim.stats.unit_slopes import compare_slopes, fit_slopes

CONTRASTS = np.tile([-0.175, -0.15, -0.1, 0.1, 0.15, 0.175], 20)


def planted(rng, gain):
    """Activity (trial, unit) at a base of 0.5 with a gain for contrast of each unit."""
    return 0.5 + CONTRASTS[:, None] * gain + rng.normal(0, 0.1, (CONTRASTS.size, gain.size))


@given(st.integers(0, 2**32 - 1), st.integers(3, 30))
def test_slopes_are_those_of_scipy(seed, n):
    rng = np.random.default_rng(seed)
    variable, activity = rng.normal(size=n), rng.normal(size=(n, 3))
    found = fit_slopes(activity, variable)
    for unit in range(3):
        expected = stats.linregress(variable, activity[:, unit])
        assert found.slope[unit] == pytest.approx(expected.slope)
        assert found.correlation[unit] == pytest.approx(expected.rvalue)
        assert found.p_value[unit] == pytest.approx(expected.pvalue, abs=1e-9)


def test_planted_flips_are_told_from_kept_slopes(rng):
    gain = np.repeat([2.0, -2.0, 2.0, 0.0], 10)
    changed = gain * np.repeat([-1, -1, 1, 1], 10)
    change = compare_slopes(*(fit_slopes(planted(rng, g), CONTRASTS) for g in (gain, changed)))
    assert change.tuned.tolist() == [True] * 30 + [False] * 10
    assert change.flipped.tolist() == [True] * 20 + [False] * 20
    assert change.share_flipped.value == pytest.approx(2 / 3)
    assert change.share_flipped.n == 30
    assert (change.sign.n_above, change.sign.n) == (20, 30)
    assert change.sign.p_value == pytest.approx(stats.binomtest(20, 30).pvalue)


def test_a_network_that_flips_has_slopes_that_are_opposite(rng):
    gain = rng.normal(0, 2, 60)
    fits = {sign: fit_slopes(planted(rng, sign * gain), CONTRASTS) for sign in (1, -1)}
    again = fit_slopes(planted(rng, gain), CONTRASTS)
    assert compare_slopes(fits[1], fits[-1]).correlation.r.high < -0.8
    assert compare_slopes(fits[1], again).correlation.r.low > 0.8
    assert not compare_slopes(fits[1], again).flipped.any()


def test_units_without_slopes_are_not_tuned(rng):
    quiet = [fit_slopes(planted(rng, np.zeros(200)), CONTRASTS) for _ in range(2)]
    change = compare_slopes(*quiet)
    assert change.tuned.sum() == 0
    assert compare_slopes(quiet[0], quiet[0]).tuned.sum() == 0  # 10 if p were not corrected
    assert np.isnan([change.share_flipped.value, change.sign.p_value]).all()
    assert change.correlation.r.low < 0 < change.correlation.r.high
    rejected = int((quiet[0].p_value < 0.05).sum())
    assert stats.binomtest(rejected, 200, 0.05).pvalue > 1e-3


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_units_that_do_not_vary_have_no_slope(rng, kind):
    activity = planted(rng, np.array([2.0, 2.0, 2.0])).astype(kind)
    activity[:, 1], activity[:, 2] = 0.0, 0.1
    found = fit_slopes(activity, CONTRASTS)
    assert np.isfinite([found.slope[0], found.p_value[0]]).all()
    for values in (found.slope, found.correlation, found.p_value):
        assert np.isnan(values[1:]).all()
    assert compare_slopes(found, found).tuned.tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("activity", "variable", "message"),
    [
        (np.zeros(3), np.arange(3), "activity [(]trial, unit[)]"),
        (np.zeros((3, 2)), np.arange(2), "found shapes"),
        (np.zeros((2, 2)), np.arange(2), "three trials"),
        (np.full((3, 2), np.nan), np.arange(3), "finite"),
        (np.zeros((3, 2)), np.full(3, 0.1), "values that differ"),
    ],
)
def test_trials_that_cannot_be_used_are_refused(activity, variable, message):
    with pytest.raises(NeurosimError, match=message):
        fit_slopes(activity, variable)


def test_other_units_are_refused(rng):
    fits = [fit_slopes(rng.normal(size=(9, n)), np.arange(9)) for n in (2, 3)]
    with pytest.raises(NeurosimError, match="same units"):
        compare_slopes(*fits)
