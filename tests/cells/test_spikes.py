"""Thinning: Poisson counts and intervals against their closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from neurosim.cells.spikes import thin_poisson


def constant(rate: float):
    return lambda times, cells: np.full(times.shape, rate)


def counts_of(cells: np.ndarray, n: int) -> np.ndarray:
    return np.bincount(cells, minlength=n)


@pytest.mark.parametrize(("rate", "ceiling"), [(5.0, 5.0), (5.0, 20.0), (0.3, 1.0)])
def test_counts_of_a_constant_rate_are_poisson(rng, rate, ceiling):
    n, duration = 400, 40.0
    _, cells = thin_poisson(
        constant(rate), np.full(n, ceiling), np.array([[0.0, 25.0], [60.0, 75.0]]), rng
    )
    counts = counts_of(cells, n)
    expected = rate * duration
    assert abs(counts.mean() - expected) < 4 * np.sqrt(expected / n)
    dispersion = (n - 1) * counts.var(ddof=1) / expected
    assert 1e-4 < stats.chi2.cdf(dispersion, n - 1) < 1 - 1e-4


def test_counts_of_a_changing_rate_follow_its_integral(rng):
    n, duration = 400, 10.0

    def rate(times: np.ndarray, cells: np.ndarray) -> np.ndarray:
        return 10.0 * (1 + np.sin(2 * np.pi * times / duration))

    times, cells = thin_poisson(rate, np.full(n, 20.0), np.array([[0.0, duration]]), rng)
    counts = counts_of(cells, n)
    assert abs(counts.mean() - 100.0) < 4 * np.sqrt(100.0 / n)
    assert 1e-4 < stats.chi2.cdf((n - 1) * counts.var(ddof=1) / 100.0, n - 1) < 1 - 1e-4
    edges = np.linspace(0, duration, 11)
    integral = 10.0 * (edges - duration / (2 * np.pi) * np.cos(2 * np.pi * edges / duration))
    observed = np.histogram(times, edges)[0]
    assert stats.chisquare(observed, np.diff(integral) * times.size / 100.0).pvalue > 1e-3


def test_cells_have_rates_of_their_own(rng):
    rates = np.array([0.0, 1.0, 10.0, 50.0])
    _, cells = thin_poisson(
        lambda times, cells: rates[cells], np.maximum(rates, 1.0), np.array([[0.0, 200.0]]), rng
    )
    counts = counts_of(cells, 4)
    assert counts[0] == 0
    np.testing.assert_array_less(np.abs(counts - 200 * rates), 4 * np.sqrt(200 * rates) + 1e-9)


def test_interspike_intervals_of_a_constant_rate_are_exponential(rng):
    times, _ = thin_poisson(constant(8.0), np.array([32.0]), np.array([[0.0, 500.0]]), rng)
    assert stats.kstest(np.diff(times), stats.expon(scale=1 / 8.0).cdf).pvalue > 1e-3


def test_time_is_shared_over_intervals_in_proportion(rng):
    intervals = np.array([[0.0, 10.0], [20.0, 50.0], [90.0, 100.0]])
    times, _ = thin_poisson(constant(100.0), np.array([150.0]), intervals, rng)
    observed = np.diff(np.searchsorted(times, intervals), axis=1)[:, 0]
    assert observed.sum() == times.size
    assert stats.chisquare(observed, times.size * np.array([0.2, 0.6, 0.2])).pvalue > 1e-3


@given(
    st.lists(st.tuples(st.floats(0.0, 20.0), st.floats(0.001, 5.0)), max_size=6),
    st.integers(0, 4),
    st.integers(0, 10_000),
)
def test_spikes_are_sorted_and_inside_the_intervals(gaps, n_cells, seed):
    edges = np.cumsum(np.array(gaps).ravel())
    intervals = edges.reshape(-1, 2)
    times, cells = thin_poisson(
        constant(10.0), np.full(n_cells, 20.0), intervals, np.random.default_rng(seed)
    )
    assert times.shape == cells.shape
    assert np.all(np.diff(times) >= 0)
    assert np.all((cells >= 0) & (cells < n_cells))
    slack = 1e-9
    inside = (times[:, None] >= intervals[:, 0] - slack) & (
        times[:, None] < intervals[:, 1] + slack
    )
    assert np.all(inside.sum(axis=1) == 1)


@pytest.mark.parametrize("intervals", [np.empty((0, 2)), [[3.0, 3.0]], []])
def test_no_time_gives_no_spike(rng, intervals):
    times, cells = thin_poisson(constant(10.0), np.array([20.0]), np.array(intervals), rng)
    assert times.size == cells.size == 0


def test_a_modulation_is_asked_only_where_the_rate_leaves_room_and_multiplies_it(rng):
    """Counts by half-second: rate 4 or 8 Hz by cell, times 0.5 and 1.5 in turn."""
    rates, asked = np.array([4.0, 8.0]), []

    def modulation(times, cells):
        asked.append(times.size)
        return np.where(np.mod(times, 1.0) < 0.5, 0.5, 1.5)

    intervals = np.array([[0.0, 1000.0], [2000.0, 3000.0]])
    times, cells = thin_poisson(
        lambda t, c: rates[c], 2 * rates, intervals, rng, modulation, max_modulation=1.5
    )
    (n_asked,) = asked
    assert n_asked == pytest.approx(12 * 2000 * 1.5, rel=0.05)
    for cell in (0, 1):
        for half, factor in ((0, 0.5), (1, 1.5)):
            n = np.sum((cells == cell) & (np.floor(2 * np.mod(times, 1.0)) == half))
            assert n == pytest.approx(1000 * rates[cell] * factor, abs=4 * np.sqrt(12_000))
    assert not np.any((times > 1000) & (times < 2000))


@pytest.mark.parametrize("modulated", [False, True])
def test_a_ceiling_changes_no_spike_and_spares_the_rate_most_candidates(modulated):
    asked = []

    def ceiling(times: np.ndarray, cells: np.ndarray) -> np.ndarray:
        return np.where(np.mod(times, 1.0) < 0.1, 50.0, 2.0)

    def rate(times: np.ndarray, cells: np.ndarray) -> np.ndarray:
        asked.append(times.size)
        return ceiling(times, cells) * (0.2 + 0.4 * np.mod(cells, 3))

    def modulation(times: np.ndarray, cells: np.ndarray) -> np.ndarray:
        return 1 + np.sin(times)

    drawn = [
        thin_poisson(
            *(rate, np.full(9, 50.0), np.array([[0.0, 100.0]]), np.random.default_rng(5)),
            *((modulation, 2.0) if modulated else (None, 1.0)),
            given,
        )
        for given in (None, ceiling)
    ]
    for plain, spared in zip(*drawn, strict=True):
        np.testing.assert_array_equal(plain, spared)
    assert drawn[0][0].size > 1000
    assert asked[1] < 0.2 * asked[0]
