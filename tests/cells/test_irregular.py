"""Spikes that are not Poisson: what each option does to rates, intervals and counts."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim.cells.irregular import (
    Spiking,
    add_bursts,
    contaminate,
    delete_refractory,
    draw_drift,
    draw_gain,
    irregular_spikes,
    make_irregular,
)

RATES = np.array([2.0, 8.0, 20.0])
HOUR = np.array([[0.0, 3600.0]])
SPIKES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 2)), max_size=40)


def constant(times: np.ndarray, cells: np.ndarray) -> np.ndarray:
    return RATES[cells]


def spikes(rng, **options) -> tuple[np.ndarray, np.ndarray]:
    return irregular_spikes(constant, RATES, HOUR, Spiking(**options), rng)


def arrays(drawn: list[tuple[float, int]]) -> tuple[np.ndarray, np.ndarray]:
    drawn = sorted(drawn)
    return np.array([t for t, _ in drawn]), np.array([c for _, c in drawn], dtype=int)


@given(SPIKES)
def test_without_options_spikes_stay_as_they_are(drawn):
    times, cells = arrays(drawn)
    same = make_irregular(times, cells, 3, Spiking(), np.random.default_rng(0))
    np.testing.assert_array_equal(same[0], times)
    np.testing.assert_array_equal(same[1], cells)


@given(SPIKES, st.sampled_from([0.0, 0.01, 0.1, 0.4]))
def test_refractoriness_keeps_what_a_loop_over_spikes_keeps(drawn, refractory):
    times, cells = arrays(drawn)
    kept, last = [], {}
    for index, (time, cell) in enumerate(zip(times, cells, strict=True)):
        if cell not in last or time - last[cell] >= refractory:
            kept.append(index)
            last[cell] = time
    found = delete_refractory(times, cells, refractory)
    np.testing.assert_array_equal(found[0], times[kept])
    np.testing.assert_array_equal(found[1], cells[kept])


def test_no_interval_is_shorter_than_the_refractory_time_and_the_loss_is_that_of_a_dead_time(rng):
    times, cells = spikes(rng, refractory_s=0.01)
    for cell, rate in enumerate(RATES):
        own = times[cells == cell]
        assert np.diff(own).min() >= 0.01
        assert own.size / 3600 == pytest.approx(rate / (1 + rate * 0.01), rel=0.04)


def test_bursts_keep_the_rate_and_have_the_intervals_and_numbers_asked_for(rng):
    options = Spiking(burst_probability=0.4, burst_interval_s=0.006)
    times = 5.0 * np.arange(20_000)  # so far apart that bursts do not meet
    burst, _ = add_bursts(times, np.zeros(times.size, dtype=int), options, rng)
    assert burst.size == pytest.approx(20_000, rel=0.03)
    gaps = np.diff(burst)
    within = gaps[gaps < 0.03]
    assert within.mean() == pytest.approx(0.006, rel=0.02)
    assert within.std() / within.mean() == pytest.approx(0.25, rel=0.05)
    assert within.size / burst.size == pytest.approx(0.4, abs=0.02)


def test_bursty_trains_have_the_rate_and_a_larger_coefficient_of_variation(rng):
    plain, bursty = spikes(rng), spikes(rng, burst_probability=0.4)
    for cell, rate in enumerate(RATES):
        intervals = [np.diff(t[c == cell]) for t, c in (plain, bursty)]
        variation = [gaps.std() / gaps.mean() for gaps in intervals]
        assert variation[0] == pytest.approx(1.0, abs=0.06)
        assert variation[1] > 1.2
        assert np.mean(bursty[1] == cell) == pytest.approx(rate / RATES.sum(), rel=0.1)
    assert bursty[0].size == pytest.approx(plain[0].size, rel=0.03)


def test_a_common_gain_keeps_the_mean_rate_and_makes_counts_of_all_cells_vary_together(rng):
    times, cells = spikes(rng, gain_sd=0.5, gain_time_constant_s=2.0)
    counts = np.stack([np.histogram(times[cells == c], 3600, (0, 3600))[0] for c in range(3)])
    np.testing.assert_allclose(counts.mean(axis=1), RATES, rtol=0.08)
    # Var(count) = mean + mean^2 (exp(sd^2 rho) - 1), averaged over lags within the second
    lag = np.abs(np.subtract.outer(np.arange(200), np.arange(200))) / 200
    extra = np.mean(np.exp(0.25 * np.exp(-lag / 2.0)) - 1)
    fano = counts.var(axis=1) / counts.mean(axis=1)
    np.testing.assert_allclose(fano, 1 + RATES * extra, rtol=0.2)
    assert np.corrcoef(counts[1], counts[2])[0, 1] > 0.5
    plain_times, plain_cells = spikes(rng)
    plain = np.histogram(plain_times[plain_cells == 2], 3600, (0, 3600))[0]
    assert plain.var() / plain.mean() == pytest.approx(1.0, abs=0.1)


def test_the_gain_is_log_normal_with_mean_one(rng):
    gain = draw_gain(20_000.0, Spiking(gain_sd=0.4, gain_time_constant_s=0.5), rng)
    assert np.log(gain.values).std() == pytest.approx(0.4, rel=0.05)
    assert gain.values.mean() == pytest.approx(1.0, abs=0.02)
    assert gain.at(np.array([0.0, 1e9])).tolist() == [gain.values[0], gain.values[-1]]
    assert draw_gain(10.0, Spiking(), rng) is None


def test_contamination_gives_each_unit_its_fraction_from_one_other_unit_and_keeps_counts(rng):
    """Each unit fires in a second of its own, so a spike's time tells where it comes from."""
    n = np.array([400, 3000, 1000, 2000])
    cells = np.repeat(np.arange(4), n)
    times = cells + rng.uniform(0.1, 0.9, cells.size)
    order = np.argsort(times)
    mixed, label = contaminate(times[order], cells[order], 4, 0.2, rng)
    assert np.all(np.diff(mixed) >= 0)
    np.testing.assert_array_equal(np.bincount(label), n)
    for cell in range(4):
        source = np.floor(mixed[label == cell]).astype(int)
        foreign = source[source != cell]
        assert np.unique(foreign).size == 1
        assert foreign.size / n[cell] == pytest.approx(0.2, abs=4 * np.sqrt(0.16 / n[cell]))


@given(SPIKES, st.floats(0, 1), st.integers(1, 4))
def test_contamination_never_changes_a_count(drawn, fraction, n_cells):
    times, cells = arrays(drawn)
    cells = np.minimum(cells, n_cells - 1)
    _, label = contaminate(times, cells, n_cells, fraction, np.random.default_rng(1))
    np.testing.assert_array_equal(np.bincount(label, minlength=4), np.bincount(cells, minlength=4))


def test_drift_is_a_random_walk_that_ends_with_the_sd_asked_for(rng):
    drift = draw_drift(1000.0, 4000, Spiking(drift_sd_m=0.1), rng)
    cell = np.arange(4000)
    assert np.all(drift.at(np.zeros(4000), cell) == 0)
    for time in (250.0, 1000.0):
        sd = drift.at(np.full(4000, time), cell).std()
        assert sd == pytest.approx(0.1 * np.sqrt(time / 1000), rel=0.05)
    assert draw_drift(1000.0, 3, Spiking(), rng) is None


def test_spikes_that_leave_the_bounds_are_dropped(rng):
    times, cells = np.linspace(0.0, 0.9999, 200), np.zeros(200, dtype=int)
    options = Spiking(burst_probability=0.9, burst_interval_s=0.1)
    free, _ = make_irregular(times, cells, 1, options, np.random.default_rng(2))
    held, _ = make_irregular(times, cells, 1, options, np.random.default_rng(2), (0.0, 1.0))
    assert free.max() > 1.0
    np.testing.assert_array_equal(held, free[free < 1.0])


@pytest.mark.parametrize(
    "options",
    [
        Spiking(),
        Spiking(refractory_s=0.003, burst_probability=0.3, contamination_fraction=0.1),
        Spiking(gain_sd=0.4),
    ],
)
def test_the_same_seed_gives_the_same_spikes(options):
    drawn = [
        irregular_spikes(constant, RATES, HOUR, options, np.random.default_rng(5)) for _ in range(2)
    ]
    np.testing.assert_array_equal(drawn[0][0], drawn[1][0])
    np.testing.assert_array_equal(drawn[0][1], drawn[1][1])
    other = irregular_spikes(constant, RATES, HOUR, replace(options), np.random.default_rng(6))
    assert other[0].size != drawn[0][0].size
