"""Differences of means beside scipy's tests, with coverage of the effect's interval."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from neurosim import NeurosimError
from neurosim.stats.differences import compare_means, compare_pairs, mean_over_seeds

SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS, st.integers(2, 20), st.integers(2, 20), st.floats(0.1, 5))
def test_means_are_compared_as_by_scipy(seed, n, m, sd):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(1, sd, n), rng.normal(0, 1, m)
    found, expected = compare_means(x, y), stats.ttest_ind(x, y, equal_var=False)
    interval = expected.confidence_interval()
    assert (found.t, found.df) == pytest.approx((expected.statistic, expected.df))
    assert found.p_value == pytest.approx(expected.pvalue)
    assert found.difference.value == pytest.approx(x.mean() - y.mean())
    assert (found.difference.low, found.difference.high) == pytest.approx(
        (interval.low, interval.high)
    )
    assert found.difference.n == n + m
    swapped = compare_means(y, x)
    assert (swapped.t, swapped.effect.low) == pytest.approx((-found.t, -found.effect.high))


@given(SEEDS, st.integers(2, 20))
def test_pairs_are_compared_as_by_scipy(seed, n):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    y = x + rng.normal(0.3, 0.5, n)
    found, expected = compare_pairs(x, y), stats.ttest_rel(x, y)
    interval = expected.confidence_interval()
    assert (found.t, found.df, found.p_value) == pytest.approx(
        (expected.statistic, expected.df, expected.pvalue)
    )
    assert (found.difference.low, found.difference.high) == pytest.approx(
        (interval.low, interval.high)
    )


def test_the_size_of_an_effect_by_hand():
    x, y = np.array([3.0, 4, 5]), np.array([1.0, 2, 3])
    found = compare_means(x, y).effect
    assert found.value == pytest.approx(2 * 0.797885, abs=1e-5)  # J(4) = sqrt(2 / pi)
    ends = [
        stats.nct.cdf(2 * np.sqrt(1.5), 4, end * np.sqrt(1.5)) for end in (found.low, found.high)
    ]
    assert ends == pytest.approx([0.975, 0.025])
    paired = compare_pairs(np.array([1.0, 2, 3]), np.zeros(3)).effect
    assert paired.value == pytest.approx(2 / np.sqrt(np.pi))  # J(2) = 1 / sqrt(pi)
    assert stats.nct.cdf(2 * np.sqrt(3), 2, paired.low * np.sqrt(3)) == pytest.approx(0.975)


def test_effects_are_unbiased_and_their_intervals_cover(rng):
    found = [compare_means(rng.normal(1, 1, 5), rng.normal(0, 1, 5)).effect for _ in range(1000)]
    values = np.array([effect.value for effect in found])
    assert values.mean() == pytest.approx(1.0, abs=3 * values.std() / 1000**0.5)
    covered = sum(effect.low <= 1 <= effect.high for effect in found)
    assert stats.binomtest(covered, 1000, 0.95).pvalue > 1e-3
    paired = [compare_pairs(rng.normal(1, 1, 6), np.zeros(6)).effect for _ in range(1000)]
    covered = sum(effect.low <= 1 <= effect.high for effect in paired)
    assert stats.binomtest(covered, 1000, 0.95).pvalue > 1e-3


def test_pairs_see_a_difference_that_tasks_hide(rng):
    task = rng.uniform(0, 1, 50)
    first, second = (task + d + rng.normal(0, 0.02, (5, 50)) for d in (0.05, 0))
    assert compare_means(first, second).p_value > 0.01
    paired = compare_pairs(first, second)
    assert paired.p_value < 1e-9
    assert paired.difference.low < 0.05 < paired.difference.high
    assert paired.difference.n == 50


def test_runs_that_were_not_made_are_left_out():
    seeds = np.array([[0.5, np.nan, np.nan, 0.1], [0.7, 0.4, np.nan, 0.3]])
    assert mean_over_seeds(seeds) == pytest.approx([0.6, 0.4, np.nan, 0.2], nan_ok=True)
    found = compare_pairs(seeds, np.array([0.5, np.nan, 0.2, 0.0]))
    assert (found.difference.value, found.difference.n) == (pytest.approx(0.15), 2)
    assert compare_means(seeds, np.zeros(2)).difference.n == 7
    assert compare_means(np.array([1.0, np.nan, 2]), [0.0, 1]) == compare_means([1.0, 2], [0.0, 1])


@pytest.mark.parametrize("compare", [compare_means, compare_pairs])
def test_what_cannot_be_tested_has_a_difference_alone(compare):
    for x, y in (([0.3], [0.1]), ([0.1 + 0.2] * 3, [0.1] * 3)):
        found = compare(np.array(x), np.array(y))
        assert found.difference.value == pytest.approx(0.2)
        assert np.isnan([found.t, found.p_value, found.difference.low, found.effect.value]).all()
    assert np.isnan(compare(np.array([]), np.array([])).difference.value)


def test_units_that_do_not_match_are_refused():
    with pytest.raises(NeurosimError, match="same units"):
        compare_pairs(np.zeros(3), np.zeros(4))
    with pytest.raises(NeurosimError, match="expected shape"):
        mean_over_seeds(np.zeros((2, 2, 2)))
