"""Track-pair log odds against a loop, and what they say of detectors good and bad."""

import numpy as np
import pytest

from neurosim import NeurosimError
from neurosim.decode.bayes import log_likelihood, normalise
from neurosim.decode.log_odds import log_odds_difference, track_log_odds
from neurosim.decode.templates import EventCounts, Templates

WIDTH, N = 0.02, 30
POSITIONS = (np.arange(20) + 0.5) * 0.1


def two_tracks(rng: np.random.Generator) -> Templates:
    """One map a track, with independent fields and rates."""
    centre = rng.uniform(0, 2, (2, 1, N))
    peak = rng.lognormal(2.5, 0.7, (2, 1, N))
    rate = 0.2 + peak * np.exp(-0.5 * ((POSITIONS[:, None] - centre) / 0.15) ** 2)
    return Templates(rate, np.ones((2, 20), bool), POSITIONS)


def planted(templates: Templates, track: np.ndarray, rng: np.random.Generator) -> EventCounts:
    """One run along a track an event."""
    along = np.linspace(0, 19, 10).astype(int)
    rates = templates.rate[np.repeat(track, 10), np.tile(along, track.size)]
    counts = rng.poisson(2 * WIDTH * rates).astype(np.float32)
    return EventCounts(counts, np.repeat(np.arange(track.size), 10), track.size, WIDTH)


def brute_log_odds(counts: np.ndarray, rate: np.ndarray) -> float:
    posterior = normalise(
        log_likelihood(counts[counts.any(axis=1)].astype(float), rate.reshape(40, N), WIDTH)
    )
    return float(np.log(posterior[:, :20].sum() / posterior[:, 20:].sum()))


@pytest.mark.parametrize("label", ["track", "cell"])
def test_z_scores_are_those_of_a_loop(label, rng):
    templates = two_tracks(rng)
    events = planted(templates, np.array([0, 1, 1]), rng)
    found = track_log_odds(events, templates, 30, np.random.default_rng(4), label)
    again = np.random.default_rng(4)
    shuffled = np.empty((30, 3))
    for row in shuffled:
        rate = templates.rate.copy()
        if label == "track":
            swap = again.random(N) < 0.5
            rate[:, :, swap] = rate[::-1][:, :, swap]
        else:
            rate[1] = rate[1][:, again.permutation(N)]
        row[:] = [brute_log_odds(events.take(e, e + 1).counts, rate) for e in range(3)]
    observed = [brute_log_odds(events.take(e, e + 1).counts, templates.rate) for e in range(3)]
    expected = (observed - shuffled.mean(axis=0)) / shuffled.std(axis=0, ddof=1)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def test_the_track_that_is_replayed_has_the_odds(rng):
    templates, track = two_tracks(rng), rng.integers(0, 2, 200)
    z = track_log_odds(planted(templates, track, rng), templates, 100, rng)
    assert (z[track == 0] > 0).mean() > 0.9
    assert (z[track == 1] < 0).mean() > 0.9


def test_exchanged_tracks_change_the_sign(rng):
    templates = two_tracks(rng)
    events = planted(templates, rng.integers(0, 2, 20), rng)
    z = track_log_odds(events, templates, 50, np.random.default_rng(1))
    mirrored = templates.replaced(templates.rate[::-1])
    opposite = track_log_odds(events, mirrored, 50, np.random.default_rng(1))
    np.testing.assert_allclose(opposite, -z, rtol=1e-3, atol=1e-3)


def test_the_difference_tells_detection_from_chance(rng):
    templates, track = two_tracks(rng), rng.integers(0, 2, 400)
    z = track_log_odds(planted(templates, track, rng), templates, 50, rng)
    right = log_odds_difference(z, track == 0, track == 1)
    assert right.difference > 10 * right.standard_error
    guess = rng.permutation(track)
    chance = log_odds_difference(z, guess == 0, guess == 1)
    assert abs(chance.difference) < 4 * chance.standard_error
    assert right.n_first + right.n_second == 400


def test_events_of_both_tracks_are_left_out():
    z = np.array([1.0, 2.0, -1.0, -3.0, 9.0, np.nan])
    first = np.array([True, True, False, False, True, True])
    second = np.array([False, False, True, True, True, False])
    found = log_odds_difference(z, first, second)
    assert (found.n_first, found.n_second, found.n_both) == (2, 2, 1)
    assert found.difference == pytest.approx(3.5)
    assert found.standard_error == pytest.approx(np.sqrt(0.5 / 2 + 2.0 / 2))
    assert np.isnan(log_odds_difference(z, first, ~first & False).difference)


def test_events_without_spikes_have_no_odds(rng):
    templates = two_tracks(rng)
    counts = np.zeros((4, N), np.float32)
    counts[0, 0] = 2
    z = track_log_odds(EventCounts(counts, np.array([0, 0, 1, 1]), 3, WIDTH), templates, 20, rng)
    assert np.isfinite(z).tolist() == [True, False, False]


def test_what_cannot_be_compared_is_named(rng):
    templates = two_tracks(rng)
    events = planted(templates, np.array([0]), rng)
    one = Templates(templates.rate[:1], templates.visited[:1], POSITIONS)
    with pytest.raises(NeurosimError, match="even number of maps"):
        track_log_odds(events, one, 20, rng)
    with pytest.raises(NeurosimError, match="'side'"):
        track_log_odds(events, templates, 20, rng, "side")
