"""The field's slopes: other libraries, loops, and the biases that they are reported for."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import linregress

from neurosim.decode.slopes import (
    BAND,
    DecodedBins,
    Slope,
    line_fit,
    map_regression,
    posterior_regression,
    rank_order,
    step_size,
)

LENGTH, WIDTH, N = 2.0, 0.005, 40
POSITIONS = (np.arange(N) + 0.5) * LENGTH / N
SEEDS = st.integers(0, 10_000)


def random_bins(rng, sizes):
    event = np.repeat(np.arange(len(sizes)), sizes)
    time = np.concatenate([(np.arange(n) + 0.5) * WIDTH for n in sizes])
    posterior = rng.dirichlet(np.full(N, 0.1), event.size)
    heard = rng.random(event.size) < 0.7
    return DecodedBins(posterior, heard, time, event, len(sizes), POSITIONS, WIDTH)


def moving_bins(paths, spread=0.1, flat=0.0):
    """Posteriors around paths, mixed with a flat one."""
    path = np.concatenate(paths)
    event = np.repeat(np.arange(len(paths)), [p.size for p in paths])
    time = np.concatenate([(np.arange(p.size) + 0.5) * WIDTH for p in paths])
    posterior = np.exp(-0.5 * ((POSITIONS - path[:, None]) / spread) ** 2)
    posterior /= posterior.sum(axis=1, keepdims=True)
    posterior = (1 - flat) * posterior + flat / N
    heard = np.ones(path.size, bool)
    return DecodedBins(posterior, heard, time, event, len(paths), POSITIONS, WIDTH)


def durations(bins):
    return np.bincount(bins.event, minlength=bins.n_events) * WIDTH


@given(SEEDS)
def test_posterior_regression_is_weighted_least_squares(seed):
    rng = np.random.default_rng(seed)
    bins = random_bins(rng, [9, 17, 12])
    slope, correlation = posterior_regression(bins, durations(bins))
    for event in range(3):
        rows = np.flatnonzero((bins.event == event) & bins.heard)
        if rows.size < 2:
            assert np.isnan(slope.velocity[event])
            continue
        t, x = np.repeat(bins.time[rows], N), np.tile(POSITIONS, rows.size)
        weights = bins.posterior[rows].ravel() + 1e-300
        fit = sm.WLS(x, sm.add_constant(t), weights=weights).fit()
        assert slope.velocity[event] == pytest.approx(fit.params[1], rel=1e-6, abs=1e-6)
        ends = np.clip(fit.params @ [[1, 1], [0, durations(bins)[event]]], *POSITIONS[[0, -1]])
        assert [slope.start[event], slope.stop[event]] == pytest.approx(ends.tolist())
        cov = np.cov(t, x, aweights=weights)
        expected = cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1])
        assert correlation[event] == pytest.approx(expected, abs=1e-6)
        if rows.size < 3:
            assert np.isnan(slope.standard_error[event])
            continue
        per_bin = fit.bse[1] * np.sqrt(fit.df_resid / (rows.size - 2))
        assert slope.standard_error[event] == pytest.approx(per_bin, rel=1e-6)
        r = correlation[event]
        assert slope.velocity[event] / slope.standard_error[event] == pytest.approx(
            r * np.sqrt((rows.size - 2) / (1 - r**2)), rel=1e-6
        )


@given(SEEDS)
def test_map_regression_equals_scipy(seed):
    rng = np.random.default_rng(seed)
    bins = random_bins(rng, [15, 11])
    slope = map_regression(bins, durations(bins))
    for event in range(2):
        rows = np.flatnonzero((bins.event == event) & bins.heard)
        if rows.size < 2:
            continue
        peak = POSITIONS[bins.posterior[rows].argmax(axis=1)]
        expected = linregress(bins.time[rows], peak)
        assert slope.velocity[event] == pytest.approx(expected.slope, rel=1e-6, abs=1e-6)
        if rows.size > 2:
            assert slope.standard_error[event] == pytest.approx(expected.stderr, rel=1e-6, abs=1e-5)


@given(SEEDS)
def test_rank_order_is_a_regression_over_spikes(seed):
    rng = np.random.default_rng(seed)
    bins = random_bins(rng, [14])
    centre = rng.uniform(0, LENGTH, 12)
    rate = (20 * np.exp(-0.5 * ((POSITIONS[:, None] - centre) / 0.15) ** 2))[None] + 0.1
    counts = rng.poisson(0.3, (14, 12)) * bins.heard[:, None]
    found = rank_order(counts, bins, rate, durations(bins))
    row, unit = np.nonzero(counts)
    number = counts[row, unit]
    t = np.repeat(bins.time[row], number)
    x = np.repeat(POSITIONS[rate[0].argmax(axis=0)][unit], number)
    if np.unique(t).size < 2:
        assert np.isnan(found.velocity[0])
        return
    expected = linregress(t, x)
    assert found.velocity[0] == pytest.approx(expected.slope, rel=1e-6, abs=1e-6)
    if t.size > 2:
        assert found.freedom[0] == t.size - 2
        assert found.standard_error[0] == pytest.approx(expected.stderr, rel=1e-6, abs=1e-5)


def test_rank_order_takes_the_map_that_correlates_more(rng):
    bins = random_bins(rng, [20])
    path = POSITIONS[::2]
    shape = np.exp(-0.5 * ((POSITIONS[:, None] - path) / 0.15) ** 2)
    scrambled = shape[:, rng.permutation(path.size)]
    counts = np.eye(20)
    bins = DecodedBins(
        bins.posterior, np.ones(20, bool), bins.time, bins.event, 1, POSITIONS, WIDTH
    )
    rate = 20 * np.stack([scrambled, shape]) + 0.1
    noisy = path + rng.normal(0, 0.1, path.size)  # a perfect line has no standard error
    rate[1] = 20 * np.exp(-0.5 * ((POSITIONS[:, None] - noisy) / 0.15) ** 2) + 0.1
    expected = linregress(bins.time, POSITIONS[rate[1].argmax(axis=0)])
    found = rank_order(counts, bins, rate, durations(bins))
    assert found.velocity[0] == pytest.approx(expected.slope)
    assert found.standard_error[0] == pytest.approx(expected.stderr)


def test_step_size_is_the_mean_distance_of_successive_peaks():
    bins = moving_bins([POSITIONS[[3, 7, 5, 30]]], spread=0.02)
    expected = np.mean(np.abs(np.diff(POSITIONS[[3, 7, 5, 30]]))) / WIDTH
    assert step_size(bins).velocity[0] == pytest.approx(expected)


def test_step_size_does_not_step_over_silence():
    bins = moving_bins([POSITIONS[[3, 7, 5, 30]]], spread=0.02)
    heard = np.array([True, True, False, True])
    quiet = DecodedBins(bins.posterior, heard, bins.time, bins.event, 1, POSITIONS, WIDTH)
    assert step_size(quiet).velocity[0] == pytest.approx((POSITIONS[7] - POSITIONS[3]) / WIDTH)


@pytest.mark.parametrize("speed", [-16.0, -8.0, 8.0, 16.0])
def test_line_fit_finds_a_clear_line(speed):
    n = round(1.2 / abs(speed) / WIDTH)
    path = (0.4 if speed > 0 else 1.6) + speed * (np.arange(n) + 0.5) * WIDTH
    slope = line_fit(moving_bins([path, path]), (0.5, 50.0))
    assert slope.velocity == pytest.approx([speed, speed], rel=0.1)
    assert slope.start == pytest.approx([path[0], path[0]], abs=0.15)
    assert slope.stop == pytest.approx([path[-1], path[-1]], abs=0.15)


def test_line_fit_has_the_best_score_of_random_lines(rng):
    """Davidson's score by a loop: mass within the band, the median where the line is outside."""
    bins = moving_bins([0.3 + 9.0 * (np.arange(24) + 0.5) * WIDTH], flat=0.3)
    step, half = LENGTH / N, round(BAND * N / LENGTH)

    def score(velocity, start):
        total = 0.0
        for k in range(24):
            column = int(np.floor((start + velocity * bins.time[k]) / step))
            inside = 0 <= column < N
            near = slice(max(column - half, 0), column + half + 1)
            row = bins.posterior[k]
            total += row[near].sum() if inside else np.median(row)
        return total

    slope = line_fit(bins, (0.5, 50.0))
    best = score(slope.velocity[0], slope.start[0])
    for velocity, start in zip(rng.uniform(-50, 50, 300), rng.uniform(0, 2, 300), strict=True):
        assert score(velocity, start) <= best + 0.5  # half a bin: the grid of lines is finite


def test_flat_posteriors_pull_the_regression_to_zero_in_proportion():
    path = 0.4 + 10.0 * (np.arange(24) + 0.5) * WIDTH
    clear = moving_bins([path])
    blurred = moving_bins([path], flat=0.75)
    d = durations(clear)
    one = posterior_regression(clear, d)[0].velocity[0]
    two = posterior_regression(blurred, d)[0].velocity[0]
    assert one == pytest.approx(10.0, rel=0.02)
    assert two == pytest.approx(0.25 * one)
    assert map_regression(blurred, d).velocity[0] == pytest.approx(10.0, rel=0.05)


@given(SEEDS)
def test_mirrored_time_flips_every_signed_slope(seed):
    rng = np.random.default_rng(seed)
    bins = random_bins(rng, [16])
    counts = rng.poisson(0.3, (16, 10))
    rate = 0.2 + rng.gamma(1.0, 5.0, (2, N, 10))
    back = DecodedBins(
        bins.posterior[::-1], bins.heard[::-1], bins.time, bins.event, 1, POSITIONS, WIDTH
    )
    d = durations(bins)
    pairs = [
        (posterior_regression(bins, d)[0], posterior_regression(back, d)[0]),
        (map_regression(bins, d), map_regression(back, d)),
        (rank_order(counts, bins, rate, d), rank_order(counts[::-1], back, rate, d)),
    ]
    for forth, reverse in pairs:
        np.testing.assert_allclose(reverse.velocity, -forth.velocity, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(
            reverse.speed_interval(), forth.speed_interval(), rtol=1e-6, atol=1e-5
        )
    assert step_size(back).velocity == pytest.approx(step_size(bins).velocity, nan_ok=True)


def test_events_without_two_heard_bins_have_no_slope():
    bins = random_bins(np.random.default_rng(0), [6, 1])
    silent = DecodedBins(
        bins.posterior, np.zeros(7, bool), bins.time, bins.event, 2, POSITIONS, WIDTH
    )
    d = durations(bins)
    assert np.isnan(posterior_regression(silent, d)[0].velocity).all()
    assert np.isnan(map_regression(silent, d).velocity).all()
    assert np.isnan(step_size(silent).velocity).all()
    assert np.isnan(line_fit(silent, (0.5, 50.0)).velocity).all()


FINE = np.linspace(0.0, 4.0, 401)
N_NOISY, N_NOISY_BINS, SPEED = 1200, 12, 20.0


@pytest.fixture(scope="module")
def noisy_lines():
    """Deltas about lines with Gaussian noise: what a regression assumes."""
    rng = np.random.default_rng(5)
    time = np.tile((np.arange(N_NOISY_BINS) + 0.5) * WIDTH, N_NOISY)
    event = np.repeat(np.arange(N_NOISY), N_NOISY_BINS)
    way = rng.choice([-1, 1], N_NOISY)[event]
    middle = 0.5 * N_NOISY_BINS * WIDTH
    place = 2.0 + way * SPEED * (time - middle) + rng.normal(0, 0.15, time.size)
    column = np.abs(FINE - place[:, None]).argmin(axis=1)
    posterior = np.zeros((time.size, FINE.size), np.float32)
    posterior[np.arange(time.size), column] = 1.0
    heard = np.ones(time.size, bool)
    return DecodedBins(posterior, heard, time, event, N_NOISY, FINE, WIDTH)


@pytest.mark.parametrize("probability", [0.5, 0.9])
def test_intervals_cover_where_the_assumptions_of_a_regression_hold(noisy_lines, probability):
    d = durations(noisy_lines)
    identity = 20.0 * np.eye(FINE.size)[None]  # a unit a position
    slopes = [
        map_regression(noisy_lines, d),
        posterior_regression(noisy_lines, d)[0],
        rank_order(noisy_lines.posterior, noisy_lines, identity, d),
    ]
    for slope in slopes:
        low, high = slope.speed_interval(probability).T
        covered = np.mean((low <= SPEED) & (high >= SPEED))
        sd = np.sqrt(probability * (1 - probability) / N_NOISY)
        assert covered == pytest.approx(probability, abs=3.5 * sd)
        np.testing.assert_allclose(slope.standard_error, slopes[0].standard_error, rtol=1e-4)


@given(SEEDS)
def test_intervals_hold_the_speed_and_grow_with_what_they_must_cover(seed):
    rng = np.random.default_rng(seed)
    bins = random_bins(rng, [3, 9, 14])
    slope = map_regression(bins, durations(bins))
    narrow, wide = slope.speed_interval(0.5), slope.speed_interval(0.9)
    known = bins.sums(np.ones(bins.time.size))[0] > 2
    np.testing.assert_array_equal(np.isfinite(wide), np.column_stack([known, known]))
    speed = np.abs(slope.velocity[known])
    assert np.all((wide[known, 0] >= 0) & (wide[known, 0] <= narrow[known, 0]))
    assert np.all((narrow[known, 0] <= speed) & (speed <= narrow[known, 1]))
    assert np.all(narrow[known, 1] <= wide[known, 1])


def test_a_blurred_posterior_widens_the_interval_of_its_regression():
    path = 0.4 + 10.0 * (np.arange(24) + 0.5) * WIDTH
    d = durations(moving_bins([path]))
    errors = [
        posterior_regression(moving_bins([path], flat=flat), d)[0].standard_error[0]
        for flat in (0.0, 0.2, 0.5)
    ]
    assert errors[0] < errors[1] < errors[2]


def test_only_regressions_have_a_textbook_interval():
    bins = moving_bins([0.4 + 10.0 * (np.arange(24) + 0.5) * WIDTH])
    for slope in (line_fit(bins, (0.5, 50.0)), step_size(bins)):
        assert np.isfinite(slope.velocity).all()
        assert np.isnan(slope.speed_interval()).all()


def test_the_interval_by_hand():
    one = np.array([-5.0])
    slope = Slope(one, one, one, np.array([2.0]), np.array([3.0]))
    assert slope.speed_interval(0.9)[0] == pytest.approx([5 - 2 * 2.35336343, 5 + 2 * 2.35336343])
    assert slope.speed_interval(0.95)[0] == pytest.approx([0.0, 5 + 2 * 3.18244631])
