"""Intervals against scipy, and their coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from neurosim.stats.intervals import (
    fraction_interval,
    geometric_interval,
    mean_interval,
    median_interval,
    proportion_interval,
)

NUMBERS = st.lists(st.floats(-1e3, 1e3).map(lambda x: round(x, 3)), min_size=2, max_size=30)
POSITIVE = st.lists(st.floats(0.01, 100.0), min_size=2, max_size=30)
INTERVALS = [mean_interval, fraction_interval, geometric_interval]


@given(NUMBERS)
def test_the_interval_of_a_mean_is_students(values):
    found = mean_interval(np.array(values))
    assert found.n == len(values)
    assert found.value == pytest.approx(np.mean(values), abs=1e-9)
    if np.std(values) > 1e-9:
        low, high = stats.t.interval(
            0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values)
        )
        assert (found.low, found.high) == pytest.approx((low, high), abs=1e-6)


def test_the_interval_of_three_subjects_by_hand():
    found = mean_interval(np.array([1.0, 2.0, 3.0]))
    half = 4.302653 / np.sqrt(3)
    assert (found.value, found.low, found.high) == pytest.approx((2, 2 - half, 2 + half), abs=1e-5)


@given(POSITIVE)
def test_the_geometric_interval_is_that_of_the_logarithms(values):
    found, logs = geometric_interval(np.array(values)), mean_interval(np.log(values))
    assert found.value == pytest.approx(stats.gmean(values))
    assert np.log([found.low, found.high]) == pytest.approx([logs.low, logs.high], abs=1e-9)
    inverse = geometric_interval(1 / np.array(values))
    assert (inverse.low, inverse.high) == pytest.approx((1 / found.high, 1 / found.low))


def test_fractions_stay_between_zero_and_one():
    wide = fraction_interval(np.array([0.1, 0.9]))
    assert (wide.low, wide.high) == (0.0, 1.0)
    narrow = fraction_interval(np.array([0.5, 0.52, 0.48]))
    same = mean_interval(np.array([0.5, 0.52, 0.48]))
    assert (narrow.low, narrow.high) == (same.low, same.high)


@pytest.mark.parametrize("interval", INTERVALS)
def test_missing_values_are_left_out_and_few_units_have_no_interval(interval):
    three = interval(np.array([0.5, np.nan, 0.6, 0.7]))
    assert three.n == 3
    assert np.isfinite([three.value, three.low, three.high]).all()
    one = interval(np.array([np.nan, 0.5]))
    assert (one.value, one.n) == (pytest.approx(0.5), 1)
    assert np.isnan([one.low, one.high]).all()
    for nothing in (np.array([]), np.array([np.nan, np.nan])):
        none = interval(nothing)
        assert none.n == 0
        assert np.isnan([none.value, none.low, none.high]).all()


@pytest.mark.parametrize(
    ("interval", "draw"),
    [
        (mean_interval, lambda rng: rng.normal(0, 3, 5)),
        (geometric_interval, lambda rng: np.exp(rng.normal(0, 1, 6))),
    ],
)
def test_intervals_cover_the_truth_as_often_as_they_say(rng, interval, draw):
    truth = 1.0 if interval is geometric_interval else 0.0
    found = [interval(draw(rng)) for _ in range(1000)]
    covered = sum(estimate.low <= truth <= estimate.high for estimate in found)
    assert stats.binomtest(covered, 1000, 0.95).pvalue > 1e-3


@pytest.mark.parametrize("n", [6, 20, 61])
def test_the_interval_of_a_median_covers_at_least_as_often_as_it_says(rng, n):
    found = [median_interval(rng.exponential(1.0, n)) for _ in range(1000)]
    covered = sum(estimate.low <= np.log(2) <= estimate.high for estimate in found)
    assert stats.binomtest(covered, 1000, 0.95, alternative="less").pvalue > 1e-3


@pytest.mark.parametrize("n", range(6, 40))
def test_the_interval_of_a_median_uses_the_innermost_ranks_that_suffice(n):
    found = median_interval(np.arange(n, dtype=float))
    rank = int(found.low)
    assert found.high == n - 1 - rank
    assert 2 * stats.binom.cdf(rank, n, 0.5) <= 0.05
    assert 2 * stats.binom.cdf(rank + 1, n, 0.5) > 0.05


def test_five_events_give_a_median_without_an_interval():
    found = median_interval(np.array([3.0, 1.0, np.nan, 2.0, 5.0, 4.0]))
    assert (found.value, found.n) == (3.0, 5)
    assert np.isnan([found.low, found.high]).all()


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_the_interval_of_a_proportion_is_wilsons(successes):
    found = proportion_interval(np.array(successes))
    expected = stats.binomtest(sum(successes), len(successes)).proportion_ci(method="wilson")
    assert found.value == pytest.approx(np.mean(successes))
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_no_event_has_no_proportion():
    assert np.isnan(proportion_interval(np.array([], dtype=bool)).value)


@pytest.mark.parametrize("interval", INTERVALS)
def test_estimates_are_plain_numbers(interval):
    found = interval(np.array([0.2, 0.4, 0.9], dtype=np.float32))
    assert {type(found.value), type(found.low), type(found.high)} == {float}
    assert type(found.n) is int
