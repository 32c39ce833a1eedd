"""Trajectories by likelihood: brute force, invariances, and intervals that cover what they say."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln

from neurosim import NeurosimError
from neurosim.decode import kinematics
from neurosim.decode.kinematics import INTERVAL, SpeedPrior, Track, _Lines, fit_trajectories

LENGTH, BIN = 2.0, 0.005
PRIOR = SpeedPrior(0.5, 50.0)
SEEDS = st.integers(0, 10_000)


def make_track(rng, n_units=30, n_positions=50, directional=True):
    centre = rng.uniform(0, LENGTH, n_units)
    x = (np.arange(n_positions) + 0.5) * LENGTH / n_positions
    shape = np.exp(-0.5 * ((x[:, None] - centre) / 0.15) ** 2)
    peak = 30 * np.exp(rng.normal(0, 0.5, n_units)) * np.ones((2, n_units))
    if directional:
        peak[rng.integers(0, 2, n_units), np.arange(n_units)] = 0
    rate = 0.2 + peak[:, None] * shape
    return Track(rate, np.ones((2, n_positions), bool), LENGTH)


def replay(track, rng, velocity, middle, n_bins, outbound=True, gain=1.0):
    """Counts (bin, unit) of one event."""
    clock = (np.arange(n_bins) + 0.5 - n_bins / 2) * BIN
    place = np.clip((middle + velocity * clock) / track.step, 0, track.rate.shape[1] - 1e-9)
    return rng.poisson(gain * track.rate[0 if outbound else 1, place.astype(int)] * BIN)


def brute_force(counts, track, velocity, middle, direction):
    """Log likelihood of one trajectory; the gain is integrated out over 1/g."""
    n_bins, n_positions = len(counts), track.rate.shape[1]
    log_terms, expected = 0.0, 0.0
    for k in range(n_bins):
        x = middle + velocity * (k + 0.5 - n_bins / 2) * BIN
        place = min(max(x / track.step - 0.5, 0), n_positions - 1)
        low = min(int(place), n_positions - 2)
        share = place - low
        for weight, column in ((1 - share, low), (share, low + 1)):
            rate = track.rate[direction, column]
            log_terms += weight * (counts[k] * np.log(rate)).sum()
            expected += weight * rate.sum() * BIN
    # integral of g^(N-1) exp(-g expected) over g = gamma(N) / expected^N
    return log_terms - counts.sum() * np.log(expected)


@settings(max_examples=10)
@given(SEEDS, st.integers(2, 9))
def test_log_likelihood_equals_a_loop_over_trajectories(seed, n_bins):
    rng = np.random.default_rng(seed)
    track = make_track(rng, 5, 12)
    lines = _Lines(n_bins, BIN, track, PRIOR)
    counts = rng.poisson(0.5, (n_bins, 5))
    found = lines.log_likelihood(counts[None], np.log(track.rate).astype(np.float32))[0]
    speeds = PRIOR.speeds
    for _ in range(20):
        d, sign, s, m = (int(rng.integers(size)) for size in found.shape)
        fraction = (m + 0.5) / kinematics.N_MIDDLES
        middle = float(lines.middle(speeds[s], fraction))
        velocity = speeds[s] if sign else -speeds[s]
        expected = brute_force(counts, track, velocity, middle, d)
        assert found[d, sign, s, m] == pytest.approx(expected, rel=1e-4, abs=2e-3)


def test_the_gain_is_integrated_out(rng):
    """The closed form against an integral over gains on a fine grid."""
    track = make_track(rng, 6, 10)
    counts = replay(track, rng, 8.0, 1.0, 20, gain=30.0)
    assert counts.sum() > 3
    lines = _Lines(20, BIN, track, PRIOR)
    found = lines.log_likelihood(counts[None], np.log(track.rate).astype(np.float32))[0]
    n, log_gain = counts.sum(), np.linspace(-8, 6, 4001)
    for d, sign, s, m in product((0, 1), (0, 1), (5, 60), (20, 64)):
        expected = np.exp(lines.log_expected[d, sign, s, m])
        terms = found[d, sign, s, m] + n * np.log(expected)
        integrand = terms + n * log_gain - np.exp(log_gain) * expected
        top = integrand.max()
        integral = top + np.log(np.trapezoid(np.exp(integrand - top), log_gain))
        assert integral == pytest.approx(found[d, sign, s, m] + gammaln(n), abs=1e-3)


@given(SEEDS)
def test_a_common_factor_of_all_rates_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    track = make_track(rng)
    counts, event = replay(track, rng, 8.0, 1.0, 24), np.zeros(24, int)
    louder = Track(3.7 * track.rate, track.visited, LENGTH)
    one = fit_trajectories(counts, event, track, BIN, PRIOR)
    two = fit_trajectories(counts, event, louder, BIN, PRIOR)
    np.testing.assert_allclose(one.speed, two.speed, rtol=1e-3)
    np.testing.assert_allclose(one.forward, two.forward, atol=1e-3)


@given(SEEDS)
def test_time_reversal_flips_the_velocity(seed):
    rng = np.random.default_rng(seed)
    track = make_track(rng)
    counts, event = replay(track, rng, 9.0, 1.0, 30), np.zeros(30, int)
    forth = fit_trajectories(counts, event, track, BIN, PRIOR)
    back = fit_trajectories(counts[::-1], event, track, BIN, PRIOR)
    np.testing.assert_allclose(back.velocity, -forth.velocity, rtol=1e-3)
    np.testing.assert_allclose(back.middle, forth.middle, atol=0.01)
    np.testing.assert_allclose(back.forward, 1 - forth.forward, atol=1e-3)
    np.testing.assert_allclose(back.outbound, forth.outbound, atol=1e-3)
    np.testing.assert_allclose(back.speed, forth.speed, rtol=1e-3)


@given(SEEDS)
def test_order_of_units_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    track = make_track(rng)
    counts, event = replay(track, rng, -7.0, 1.0, 20), np.zeros(20, int)
    order = rng.permutation(track.rate.shape[2])
    shuffled = Track(track.rate[..., order], track.visited, LENGTH)
    one = fit_trajectories(counts, event, track, BIN, PRIOR)
    two = fit_trajectories(counts[:, order], event, shuffled, BIN, PRIOR)
    np.testing.assert_allclose(one.speed, two.speed, rtol=1e-3)


def test_events_do_not_know_of_each_other(rng, monkeypatch):
    track = make_track(rng)
    sizes = [12, 30, 12, 20, 12]
    parts = [replay(track, rng, 10.0, 1.0, n) for n in sizes]
    event = np.repeat(np.arange(5), sizes)
    together = fit_trajectories(np.concatenate(parts), event, track, BIN, PRIOR)
    monkeypatch.setattr(kinematics, "BATCH", 2)
    batched = fit_trajectories(np.concatenate(parts), event, track, BIN, PRIOR)
    np.testing.assert_allclose(batched.speed, together.speed, rtol=1e-5)
    for index, counts in enumerate(parts):
        alone = fit_trajectories(counts, np.zeros(len(counts), int), track, BIN, PRIOR)
        np.testing.assert_allclose(alone.speed[0], together.speed[index], rtol=1e-5)
        assert alone.log_evidence[0] == pytest.approx(together.log_evidence[index], abs=1e-3)


def test_silence_leaves_the_prior():
    """Without spikes nothing is known: quantiles of a log-uniform distribution."""
    track = make_track(np.random.default_rng(1))
    fit = fit_trajectories(np.zeros((20, 30)), np.zeros(20, int), track, BIN, PRIOR)
    np.testing.assert_allclose(fit.speed[0], 0.5 * 100 ** np.array(INTERVAL), rtol=0.02)
    assert fit.outbound[0] == pytest.approx(0.5)
    assert fit.forward[0] == pytest.approx(0.5)
    assert not fit.is_resolved(0.6)[0]


def test_a_precise_posterior_is_finer_than_the_grid(rng):
    """Thousands of spikes: the interval is a fraction of a grid step and near the truth."""
    track = make_track(rng, 200)
    counts = replay(track, rng, 4.0, 1.0, 100, gain=20.0)
    fit = fit_trajectories(counts, np.zeros(100, int), track, BIN, PRIOR)
    low, median, high = fit.speed[0]
    assert np.log(high / low) < kinematics.SPEED_STEP
    assert median == pytest.approx(4.0, rel=0.03)
    assert fit.velocity[0] == pytest.approx(median, rel=0.02)


def test_intervals_cover_what_they_say_when_the_truth_comes_from_the_prior():
    """Simulation-based calibration: quantiles of the posterior are uniform."""
    rng = np.random.default_rng(11)
    track = make_track(rng, 40)
    n, n_bins = 600, 24
    speed = 0.5 * 100 ** rng.random(n)
    reach = LENGTH + speed * n_bins * BIN
    middle = LENGTH / 2 + reach * (rng.random(n) - 0.5)
    up, outbound = rng.random(n) < 0.5, rng.random(n) < 0.5
    counts = [
        replay(track, rng, v if u else -v, m, n_bins, o)
        for v, u, m, o in zip(speed, up, middle, outbound, strict=True)
    ]
    event = np.repeat(np.arange(n), n_bins)
    fit = fit_trajectories(np.concatenate(counts), event, track, BIN, PRIOR)
    inside = (fit.speed[:, 0] <= speed) & (speed <= fit.speed[:, 2])
    assert inside.mean() == pytest.approx(0.9, abs=0.04)  # three standard errors
    assert (speed < fit.speed[:, 1]).mean() == pytest.approx(0.5, abs=0.065)
    right = (fit.forward > 0.5) == (up == outbound)
    stated = np.maximum(fit.forward, 1 - fit.forward).mean()
    assert right.mean() == pytest.approx(stated, abs=0.05)


@pytest.mark.parametrize("gain", [1.0, 3.0])
def test_full_traversals_are_read_without_bias(gain):
    rng = np.random.default_rng(5)
    track = make_track(rng, 60)
    n, n_bins, speed = 300, 40, 10.0
    counts = [replay(track, rng, speed, 1.0, n_bins, gain=gain) for _ in range(n)]
    event = np.repeat(np.arange(n), n_bins)
    fit = fit_trajectories(np.concatenate(counts), event, track, BIN, PRIOR)
    assert np.median(fit.velocity) == pytest.approx(speed, rel=0.03)
    inside = (fit.speed[:, 0] <= speed) & (speed <= fit.speed[:, 2])
    assert inside.mean() == pytest.approx(0.9, abs=0.06)
    assert np.mean(fit.forward > 0.5) > 0.99


def test_where_the_animal_never_was_no_trajectory_passes(rng):
    track = make_track(rng, 20)
    visited = track.visited.copy()
    visited[0, 22:28] = False
    closed = Track(track.rate, visited, LENGTH)
    counts = replay(track, rng, 8.0, 1.0, 36)
    lines = _Lines(36, BIN, closed, PRIOR)
    found = lines.log_likelihood(counts[None], np.log(track.rate).astype(np.float32))[0]
    assert np.isfinite(found[1]).all()
    clock = (np.arange(36) + 0.5 - 18) * BIN
    for s, m in product(range(0, PRIOR.speeds.size, 7), range(0, kinematics.N_MIDDLES, 5)):
        speed = PRIOR.speeds[s]
        middle = lines.middle(speed, (m + 0.5) / kinematics.N_MIDDLES)
        place = np.clip((middle + speed * clock) / closed.step - 0.5, 0, 49)
        passes = np.any((place > 21 + 1e-4) & (place < 28 - 1e-4))
        assert np.isneginf(found[0, 1, s, m]) == passes
    assert np.isfinite(fit_trajectories(counts, np.zeros(36, int), closed, BIN, PRIOR).speed).all()


def test_path_is_cut_at_the_ends_of_the_track(rng):
    track = make_track(rng, 80)
    counts = replay(track, rng, 20.0, 1.0, 40)  # four metres: it waits at both ends
    fit = fit_trajectories(counts, np.zeros(40, int), track, BIN, PRIOR)
    start, stop = fit.path(np.array([0.2]), LENGTH)
    assert start[0] == 0.0
    assert stop[0] == LENGTH


def test_no_events_give_no_rows():
    track = make_track(np.random.default_rng(0))
    fit = fit_trajectories(np.zeros((0, 30)), np.zeros(0, int), track, BIN, PRIOR)
    assert fit.speed.shape == (0, 3)


@pytest.mark.parametrize(("slowest", "fastest"), [(0.0, 1.0), (2.0, 1.0), (1.0, 1.0)])
def test_a_prior_without_a_range_is_an_error(slowest, fastest):
    with pytest.raises(NeurosimError, match="slowest < fastest"):
        SpeedPrior(slowest, fastest)
