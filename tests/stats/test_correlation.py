"""Correlations beside scipy's, and within groups."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from neurosim import NeurosimError
from neurosim.stats.correlation import correlate

SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS, st.integers(4, 30), st.floats(-3, 3))
def test_correlation_interval_and_p_value_are_those_of_scipy(seed, n, slope):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    y = slope * x + rng.normal(size=n)
    found, expected = correlate(x, y), stats.pearsonr(x, y)
    interval = expected.confidence_interval()
    assert found.r.value == pytest.approx(expected.statistic)
    assert found.p_value == pytest.approx(expected.pvalue, abs=1e-12)
    assert (found.r.low, found.r.high) == pytest.approx((interval.low, interval.high))
    assert found.r.n == n


@given(SEEDS, st.integers(2, 5))
def test_within_groups_it_is_the_partial_correlation(seed, n_groups):
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(n_groups), 6)
    x, y = rng.normal(size=(2, group.size)) + 3 * rng.normal(size=n_groups)[group]
    found = correlate(x, y, group)
    dummies = (group[:, None] == np.arange(n_groups)).astype(float)
    design = np.column_stack([dummies, x])
    weight, residual = np.linalg.lstsq(design, y, rcond=None)[:2]
    df = group.size - n_groups - 1
    error = np.sqrt(residual[0] / df * np.linalg.inv(design.T @ design)[-1, -1])
    t = weight[-1] / error
    assert found.r.value == pytest.approx(t / np.sqrt(t**2 + df))
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(t), df))


def test_groups_that_differ_are_no_correlation_within_them(rng):
    group = np.repeat(["rule", "language"], 50)
    x, y = rng.normal(size=(2, 100)) + 10 * (group == "rule")
    assert correlate(x, y).r.low > 0.9
    within = correlate(x, y, group)
    assert within.r.low < 0 < within.r.high


def test_one_group_is_none(rng):
    x, y = rng.normal(size=(2, 10))
    assert correlate(x, y) == correlate(x, y, np.zeros(10))


def test_the_interval_covers_as_often_as_it_says(rng):
    covered = 0
    for _ in range(400):
        x, e = rng.normal(size=(2, 20))
        found = correlate(x, 0.6 * x + 0.8 * e).r
        covered += found.low <= 0.6 <= found.high
    assert stats.binomtest(covered, 400, 0.95).pvalue > 1e-3


def test_missing_units_are_left_out_and_few_have_no_interval():
    x, y = np.array([1.0, 2, 3, np.nan, 9]), np.array([1.0, 3, 2, 5, np.nan])
    found = correlate(x, y)
    assert found.r.value == pytest.approx(0.5)
    assert found.r.n == 3
    assert np.isnan(found.r.low)
    assert found.p_value == pytest.approx(stats.pearsonr(x[:3], y[:3]).pvalue)
    for same in (correlate(np.full(9, 0.1), np.arange(9.0)), correlate(x[:2], y[:2])):
        assert np.isnan([same.r.value, same.p_value]).all()


def test_a_line_has_correlation_one():
    found = correlate(np.arange(5.0), 3 - 2 * np.arange(5.0))
    assert (found.r.value, found.p_value) == (pytest.approx(-1), pytest.approx(0, abs=1e-9))


def test_arrays_of_other_lengths_are_refused():
    with pytest.raises(NeurosimError, match="as many values"):
        correlate(np.zeros(3), np.zeros(4))
    with pytest.raises(NeurosimError, match="a group of each"):
        correlate(np.zeros(3), np.zeros(3), np.zeros(2))
