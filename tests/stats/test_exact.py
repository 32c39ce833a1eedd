"""The sign-flip test against scipy and by hand; how few animals or seeds bound it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from neurosim import NeurosimError
from neurosim.stats.exact import MAX_EXACT, sign_flip_test, sign_test, smallest_exact_p

WHOLE = st.lists(st.integers(-99, 99), min_size=1, max_size=9)  # their sums tie exactly
NUMBERS = st.lists(st.floats(-1e3, 1e3).map(lambda x: round(x, 2)), min_size=1, max_size=9)


@pytest.mark.parametrize(("n", "floor"), [(4, 0.125), (5, 0.0625), (6, 0.03125), (10, 2 / 1024)])
def test_few_units_cannot_be_significant_however_large_the_effect(n, floor):
    found = sign_flip_test(1e6 + np.arange(n))
    assert (found.p_value, found.smallest_p, found.n, found.exact) == (floor, floor, n, True)
    wilcoxon = stats.wilcoxon(1e6 + np.arange(n), method="exact").pvalue
    sign = stats.binomtest(n, n).pvalue
    assert smallest_exact_p(n) == pytest.approx(wilcoxon)
    assert smallest_exact_p(n) == pytest.approx(sign)


@given(WHOLE)
def test_all_patterns_are_those_of_scipy(values):
    values = np.array(values)
    found = sign_flip_test(values)
    if values.size > 1:
        expected = stats.permutation_test(
            (values,), np.sum, permutation_type="samples", n_resamples=np.inf
        )
        assert found.p_value == pytest.approx(expected.pvalue)
    assert found.smallest_p <= found.p_value <= 1.0


@given(NUMBERS, st.floats(0.01, 100.0), st.integers(0, 2**31))
def test_neither_order_nor_unit_nor_direction_matters(values, scale, seed):
    values = np.array(values)
    found = sign_flip_test(values).p_value
    changed = -scale * np.random.default_rng(seed).permutation(values)
    assert sign_flip_test(changed).p_value == pytest.approx(found)


def test_three_differences_by_hand():
    # sums of +-1 +-2 +-3: 6, 4, 2, 0 and their mirrors
    assert sign_flip_test(np.array([1.0, 2.0, 3.0])).p_value == 2 / 8
    assert sign_flip_test(np.array([-1.0, 2.0, 3.0])).p_value == 4 / 8
    assert sign_flip_test(np.array([1.0, 2.0, -3.0])).p_value == 1.0


def test_zeros_count_as_units_that_cannot_decide():
    assert sign_flip_test(np.array([1.0, 1.0, 0.0])).p_value == 0.5
    assert sign_flip_test(np.zeros(4)).p_value == 1.0


def test_missing_units_are_left_out():
    found = sign_flip_test(np.array([1.0, np.nan, 2.0]))
    assert (found.p_value, found.n) == (0.5, 2)
    nothing = sign_flip_test(np.array([np.nan]))
    assert np.isnan(nothing.p_value)
    assert nothing.n == 0


def test_null_differences_are_rejected_no_more_often_than_the_level(rng):
    p = np.array([sign_flip_test(d).p_value for d in rng.normal(size=(2000, 8))])
    for level in (0.05, 0.1, 0.25):
        expected = np.floor(level * 128) / 128  # p is a multiple of 1 / 128
        sd = np.sqrt(expected * (1 - expected) / p.size)
        assert np.mean(p <= level) == pytest.approx(expected, abs=3.5 * sd)


def test_many_units_are_drawn_and_agree_with_the_normal_limit(rng):
    values = rng.normal(0.3, 1.0, 60)
    found = sign_flip_test(values, rng)
    z = values.sum() / np.sqrt(np.sum(values**2))
    assert not found.exact
    assert found.smallest_p == 1 / 10_000
    assert found.p_value == pytest.approx(2 * stats.norm.sf(abs(z)), abs=0.02)
    assert sign_flip_test(np.full(60, 1.0), rng).p_value == found.smallest_p


def test_many_units_need_a_generator_and_none_have_no_floor():
    with pytest.raises(NeurosimError, match=f"17 units.*up to {MAX_EXACT}"):
        sign_flip_test(np.ones(17))
    with pytest.raises(NeurosimError, match=r"at least one unit .* found 0"):
        smallest_exact_p(0)


@given(st.lists(st.sampled_from([-1.0, 0.0, 0.3, 2.0, np.nan]), max_size=25))
def test_the_sign_test_equals_that_of_scipy(values):
    found = sign_test(values)
    above, below = np.sum(np.array(values) > 0), np.sum(np.array(values) < 0)
    assert (found.n_above, found.n) == (above, above + below)
    if found.n:
        assert found.p_value == pytest.approx(stats.binomtest(int(above), found.n).pvalue)
    else:
        assert np.isnan(found.p_value)
