"""Two pieces against one: brute force, and events that bend or do not."""

from itertools import product

import numpy as np
import pytest
from scipy.special import logsumexp
from test_kinematics import BIN, LENGTH, make_track

from neurosim.cells.paths import accelerated
from neurosim.decode.kinematics import Track
from neurosim.decode.piecewise import KNOTS, MIN_BINS, compare_pieces


def plant(track, rng, path, gain=3.0):
    """Counts (bin, unit) along a path (bin,) m, on the outbound map."""
    place = np.clip((path / track.step).astype(int), 0, track.rate.shape[1] - 1)
    return rng.poisson(gain * track.rate[0, place] * BIN)


def compare(track, events):
    event = np.repeat(np.arange(len(events)), [len(e) for e in events])
    return compare_pieces(np.concatenate(events), event, track, BIN)


def brute_force(counts, track):
    """Log Bayes factor by loops over every place, knot and map."""
    n_bins, n = len(counts), track.rate.shape[1]

    def at(place, direction):
        low = min(int(place), n - 2)
        rate = track.rate[direction]
        mix = np.array([1 - (place - low), place - low])
        return mix @ np.log(rate[low : low + 2]), mix @ rate[low : low + 2].sum(axis=1) * BIN

    def line(first, last, a, b, d):
        terms, expected = 0.0, 0.0
        for k in range(first, last):
            logs, rate = at(a + (b - a) * (k - first + 0.5) / (last - first), d)
            terms += counts[k] @ logs
            expected += rate
        return terms, expected

    whole = {key: line(0, n_bins, *key) for key in product(range(n), range(n), (0, 1))}
    total = counts.sum()
    gain = total / max(whole.values(), key=lambda v: v[0] - total * np.log(v[1]))[1]
    one = logsumexp([t - gain * e for t, e in whole.values()]) - 2 * np.log(n)
    knots = sorted({min(max(round(part * n_bins), 2), n_bins - 2) for part in KNOTS})
    two = []
    for knot, d, k in product(knots, (0, 1), range(n)):
        left = [t - gain * e for t, e in (line(0, knot, a, k, d) for a in range(n))]
        right = [t - gain * e for t, e in (line(knot, n_bins, k, b, d) for b in range(n))]
        two.append(logsumexp(left) + logsumexp(right))
    return logsumexp(two) - 3 * np.log(n) - np.log(len(knots)) - one


@pytest.mark.parametrize("seed", range(3))
def test_bayes_factor_equals_loops_over_places(seed):
    rng = np.random.default_rng(seed)
    track = make_track(rng, 5, 6)
    counts = rng.poisson(0.4, (8, 5))
    found = compare(track, [counts]).log_bayes_factor[0]
    assert found == pytest.approx(brute_force(counts, track), abs=2e-3)


def test_constant_speed_does_not_ask_for_two_pieces(rng):
    track = make_track(rng, 80)
    path = 0.2 + 1.6 * (np.arange(30) + 0.5) / 30
    found = compare(track, [plant(track, rng, path) for _ in range(60)])
    assert np.mean(found.log_bayes_factor > np.log(10)) < 0.05
    assert np.median(found.log_bayes_factor) < 0


def test_there_and_back_asks_for_two_pieces_and_both_velocities_are_read(rng):
    track = make_track(rng, 80)
    half = 0.3 + 1.2 * (np.arange(15) + 0.5) / 15
    path = np.concatenate([half, half[::-1]])
    found = compare(track, [plant(track, rng, path) for _ in range(40)])
    assert np.mean(found.log_bayes_factor > np.log(10)) > 0.9
    velocity = np.median(found.velocity, axis=0)
    assert velocity == pytest.approx([1.2 / 0.075, -1.2 / 0.075], rel=0.15)
    assert np.median(found.knot) == pytest.approx(0.5)


def test_acceleration_is_told_from_constant_speed(rng):
    track = make_track(rng, 120)
    done = accelerated((np.arange(60) + 0.5) / 60, 8.0)
    found = compare(track, [plant(track, rng, 0.1 + 1.8 * done) for _ in range(40)])
    assert np.mean(found.log_bayes_factor > np.log(10)) > 0.8
    assert np.median(found.velocity[:, 1] / found.velocity[:, 0]) > 1.5


def test_time_reversal_swaps_the_pieces(rng):
    track = make_track(rng, 60)
    done = accelerated((np.arange(24) + 0.5) / 24, 6.0)
    counts = plant(track, rng, 0.1 + 1.8 * done)
    forth, back = compare(track, [counts]), compare(track, [counts[::-1]])
    assert back.log_bayes_factor == pytest.approx(forth.log_bayes_factor, abs=1e-2)
    np.testing.assert_allclose(back.velocity[0], -forth.velocity[0][::-1], rtol=1e-6)
    np.testing.assert_allclose(back.place[0], forth.place[0][::-1])


def test_short_and_silent_events():
    track = make_track(np.random.default_rng(0), 10, 20)
    short = np.ones((MIN_BINS - 1, 10))
    silent = np.zeros((12, 10))
    found = compare(track, [short, silent])
    assert np.isnan(found.log_bayes_factor[0])
    assert found.log_bayes_factor[1] == pytest.approx(0.0, abs=1e-3)


def test_where_the_animal_never_was_no_piece_passes(rng):
    track = make_track(rng, 40)
    visited = track.visited.copy()
    visited[:, 24:26] = False
    closed = Track(track.rate, visited, LENGTH)
    path = 0.2 + 1.6 * (np.arange(30) + 0.5) / 30
    found = compare(closed, [plant(track, rng, path)])
    assert np.isfinite(found.log_bayes_factor).all()
