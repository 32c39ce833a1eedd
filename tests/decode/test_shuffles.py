"""Shuffles from moments against shuffles of whole posteriors, and their false positives."""

from itertools import permutations, product

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from neurosim.decode.shuffles import (
    SHUFFLES,
    event_significance,
    is_significant,
    rotated_moments,
    shuffle_p_values,
    weighted_correlation,
)
from neurosim.decode.trajectories import posterior_moments

POSITIONS = (np.arange(12) + 0.5) * 0.1
SEEDS = st.integers(0, 10_000)


def direct_correlation(posterior: np.ndarray, times: np.ndarray, positions: np.ndarray) -> float:
    """Correlation of position and time over every (bin, position), weighted by the posterior."""
    t = np.repeat(times, positions.size)
    covariance = np.cov(t, np.tile(positions, times.size), aweights=posterior.ravel() + 1e-300)
    return covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])


def posteriors(rng: np.random.Generator, n_time: int, n: int) -> np.ndarray:
    return rng.dirichlet(np.full(n, 0.5), n_time)


def bumps(rng: np.random.Generator, n_time: int) -> np.ndarray:
    """The same bump at a random place in each bin: exchangeable in time and around the track."""
    bump = np.exp(-0.5 * ((POSITIONS - 0.6) / 0.15) ** 2)
    bump /= bump.sum()
    return np.array([np.roll(bump, shift) for shift in rng.integers(0, 12, n_time)])


def diagonal(n_time: int = 12) -> np.ndarray:
    centre = np.linspace(0.1, 1.1, n_time)
    posterior = np.exp(-0.5 * ((POSITIONS - centre[:, None]) / 0.1) ** 2)
    return posterior / posterior.sum(axis=1, keepdims=True)


@given(SEEDS, st.integers(3, 12))
def test_shuffled_bins_have_the_correlation_of_the_shuffled_posterior(seed, n_time):
    rng = np.random.default_rng(seed)
    posterior, times = posteriors(rng, n_time, 12), np.sort(rng.uniform(0, 0.2, n_time))
    order = rng.permuted(np.tile(np.arange(n_time), (5, 1)), axis=1)
    mean, square = posterior_moments(posterior, POSITIONS)
    from_moments = weighted_correlation(mean[order], square[order], times)
    directly = [direct_correlation(posterior[row], times, POSITIONS) for row in order]
    np.testing.assert_allclose(from_moments, directly, atol=1e-9)


@given(SEEDS, st.integers(3, 12))
def test_rotated_columns_have_the_correlation_of_the_rotated_posterior(seed, n_time):
    rng = np.random.default_rng(seed)
    posterior, times = posteriors(rng, n_time, 12), np.sort(rng.uniform(0, 0.2, n_time))
    mean, square = rotated_moments(posterior, POSITIONS)
    rotation, rows = rng.integers(0, 12, (5, n_time)), np.arange(n_time)
    from_moments = weighted_correlation(mean[rows, rotation], square[rows, rotation], times)
    directly = [
        direct_correlation(
            np.array([np.roll(column, -k) for column, k in zip(posterior, shifts, strict=True)]),
            times,
            POSITIONS,
        )
        for shifts in rotation
    ]
    np.testing.assert_allclose(from_moments, directly, atol=1e-9)


def test_every_rotation_occurs_once(rng):
    posterior = posteriors(rng, 3, 12)
    mean, _ = rotated_moments(posterior, POSITIONS)
    rolled = [[np.roll(column, k) @ POSITIONS for k in range(12)] for column in posterior]
    np.testing.assert_allclose(np.sort(mean, axis=1), np.sort(rolled, axis=1))


def test_p_values_are_those_of_every_shuffle_that_there_is(rng):
    n, times = 4000, np.array([0.0, 0.01, 0.02, 0.04])
    positions = POSITIONS[:5]
    posterior = posteriors(rng, 4, 5)
    observed = abs(direct_correlation(posterior, times, positions)) - 1e-9
    null = {
        "time_bin": [posterior[list(order)] for order in permutations(range(4))],
        "column_cycle": [
            np.array([np.roll(column, k) for column, k in zip(posterior, shifts, strict=True)])
            for shifts in product(range(5), repeat=4)
        ],
    }
    found = shuffle_p_values(posterior, times, positions, n, rng)
    assert found.keys() == set(SHUFFLES) == null.keys()
    for name, shuffled in null.items():
        exact = np.mean(
            [abs(direct_correlation(p, times, positions)) >= observed for p in shuffled]
        )
        assert found[name] == pytest.approx(exact, abs=4 * np.sqrt(0.25 / n) + 1 / n), name


def test_p_values_are_uniform_under_the_null(rng):
    n_events, times = 400, np.arange(12) * 0.005
    p_values = np.array(
        [
            list(shuffle_p_values(bumps(rng, 12), times, POSITIONS, 199, rng).values())
            for _ in range(n_events)
        ]
    )
    assert p_values.min() > 0
    assert p_values.max() <= 1
    for column, name in enumerate(SHUFFLES):
        positives = int((p_values[:, column] <= 0.05).sum())
        assert stats.binomtest(positives, n_events, 0.05).pvalue > 1e-3, (name, positives)
        assert stats.kstest(p_values[:, column], "uniform").pvalue > 1e-3, name


@pytest.mark.parametrize("direction", [1, -1])
def test_a_sequence_is_as_significant_as_the_shuffles_allow_either_way(rng, direction):
    p_values = shuffle_p_values(diagonal()[::direction], np.arange(12) * 0.005, POSITIONS, 499, rng)
    assert p_values == dict.fromkeys(SHUFFLES, 1 / 500)


def test_an_event_that_does_not_move_is_not_significant(rng):
    still = np.tile(bumps(rng, 1), (12, 1))
    p_values = shuffle_p_values(still, np.arange(12) * 0.005, POSITIONS, 199, rng)
    assert p_values["time_bin"] == 1.0
    assert p_values["column_cycle"] == 1.0


@pytest.mark.parametrize("n_time", [0, 1, 2])
def test_fewer_than_three_bins_cannot_be_tested(rng, n_time):
    p_values = shuffle_p_values(posteriors(rng, n_time, 12), np.arange(n_time), POSITIONS, 99, rng)
    assert np.isnan(list(p_values.values())).all()


def test_the_same_generator_gives_the_same_p_values():
    posterior, times = posteriors(np.random.default_rng(1), 8, 12), np.arange(8.0)
    first, again = (
        shuffle_p_values(posterior, times, POSITIONS, 99, np.random.default_rng(5))
        for _ in range(2)
    )
    assert first == again


def test_events_are_tested_one_by_one_on_their_heard_bins(rng):
    there_and_back = np.stack([diagonal(), diagonal()[::-1]], axis=1).reshape(24, 12)
    posterior = np.concatenate([there_and_back, bumps(rng, 1).repeat(4, axis=0), diagonal(2)])
    way_back_is_silent = np.concatenate([np.tile([0, 1], 12), np.zeros(6)])
    events = xr.Dataset(
        {
            "posterior": (("bin", "position"), posterior.astype(np.float32)),
            "bin_silent": ("bin", way_back_is_silent.astype(np.int8)),
            "bin_event": ("bin", np.repeat([0, 1, 3], [24, 4, 2])),
            "bin_time": ("bin", np.arange(30) * 0.005),
            "velocity": ("event", np.zeros(4)),
        },
        coords={"position": POSITIONS},
    )
    p_value = event_significance(events, 499, rng, "rat1")["p_value"]
    assert p_value.dims == ("event", "shuffle")
    assert p_value["shuffle"].values.tolist() == list(SHUFFLES)
    np.testing.assert_allclose(p_value.values[0], 1 / 500)
    assert np.all(p_value.values[1] > 0.5)
    assert np.isnan(p_value.values[2:]).all()  # one without bins, one with two


def test_an_event_is_significant_if_it_passes_every_shuffle():
    p_values = np.array([[0.01, 0.01], [0.01, 0.2], [0.05, 0.05], [np.nan, np.nan], [0.01, np.nan]])
    assert is_significant(p_values, 0.05).tolist() == [True, False, True, False, False]
    assert is_significant(np.empty((0, 2)), 0.05).tolist() == []
