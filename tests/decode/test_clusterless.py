"""Clusterless decoding: the double loop, sorted decoding as a limit, blocks, traps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.decode import clusterless
from neurosim.decode.bayes import log_likelihood, normalise
from neurosim.decode.clusterless import clusterless_log_likelihood, fit_marks, log_intensity
from neurosim.decode.transitions import gaussian_weights

N = 12
X = (np.arange(N) + 0.5) * 0.1
KERNEL = gaussian_weights(X[:, None] - X, 0.01)
SEEDS = st.integers(0, 10_000)


def double_loop(
    encoding: np.ndarray,
    state: np.ndarray,
    occupancy: np.ndarray,
    marks: np.ndarray,
    bandwidth: np.ndarray,
) -> np.ndarray:
    """Intensity (spike, state) as it is written, spike by spike."""
    spent = sum(occupancy[y] * KERNEL[y] for y in range(N))
    total = np.zeros((len(marks), N))
    for s, mark in enumerate(marks):
        for i, known in enumerate(encoding):
            weight = np.exp(-0.5 * np.sum(((mark - known) / bandwidth) ** 2))
            total[s] += weight * KERNEL[state[i]] / spent
    return total


@given(SEEDS)
@settings(max_examples=20)
def test_intensity_is_the_double_loop(seed: int):
    rng = np.random.default_rng(seed)
    encoding, marks = rng.normal(50, 20, (30, 3)), rng.normal(50, 20, (7, 3))
    state, occupancy = rng.integers(0, N, 30), rng.uniform(0.5, 3, N)
    bandwidth = np.array([15.0, 20.0, 30.0])
    model = fit_marks(encoding, state, occupancy, KERNEL, bandwidth, floor=0.0)
    expected = double_loop(encoding, state, occupancy, marks, bandwidth)
    np.testing.assert_allclose(np.exp(log_intensity(model, marks)), expected, rtol=2e-4)
    floored = fit_marks(encoding, state, occupancy, KERNEL, bandwidth, floor=0.01)
    expected += 0.01 * expected.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(np.exp(log_intensity(floored, marks)), expected, rtol=2e-4)


def test_marks_that_tell_cells_apart_decode_as_sorted_spikes(rng: np.random.Generator):
    n_cells, width = 6, 0.02
    true = 1 + 20 * np.exp(-0.5 * ((X[:, None] - rng.uniform(0, 1.2, n_cells)) / 0.15) ** 2)
    occupancy = rng.uniform(20, 40, N)
    spikes = rng.poisson(true * occupancy[:, None])
    cell, state = (
        np.repeat(np.tile(np.arange(n_cells), N), spikes.ravel()),
        np.repeat(np.repeat(np.arange(N), n_cells), spikes.ravel()),
    )
    home = np.arange(n_cells)[:, None] * np.array([1000.0, -1000.0])
    model = fit_marks(home[cell], state, occupancy, KERNEL, 20.0, floor=0.0)
    rate = (spikes.T @ KERNEL / (occupancy @ KERNEL)).T
    counts = rng.poisson(0.3, (40, n_cells))
    bins, fired = np.nonzero(counts)
    number = counts[bins, fired]
    found = clusterless_log_likelihood(
        [model], [home[np.repeat(fired, number)]], [np.repeat(bins, number)], 40, width
    )
    np.testing.assert_allclose(
        normalise(found), normalise(log_likelihood(counts.astype(float), rate, width)), atol=1e-4
    )
    np.testing.assert_allclose(model.ground, rate.sum(axis=1), rtol=1e-6)


def example(rng: np.random.Generator, n_spikes: int = 60):
    """Model of one electrode; marks and bins of spikes to decode."""
    state = rng.integers(0, N, 80)
    encoding = np.column_stack([state * 10.0, -state * 5.0]) + rng.normal(0, 8, (80, 2))
    model = fit_marks(encoding, state, np.full(N, 2.0), KERNEL, 10.0)
    marks = rng.normal([60, -30], [30, 15], (n_spikes, 2))
    return model, marks, np.sort(rng.integers(0, 20, n_spikes))


def test_blocks_change_nothing(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch):
    model, marks, bins = example(rng)
    whole = clusterless_log_likelihood([model], [marks], [bins], 20, 0.02)
    monkeypatch.setattr(clusterless, "BLOCK_VALUES", 100)
    parts = clusterless_log_likelihood([model], [marks], [bins], 20, 0.02)
    np.testing.assert_allclose(whole, parts, atol=1e-4)


def test_electrodes_add_up_and_every_spike_counts(rng: np.random.Generator):
    first, second = example(rng), example(rng)
    both = clusterless_log_likelihood(*zip(first, second, strict=True), 20, 0.02)
    single = [
        clusterless_log_likelihood([model], [marks], [bins], 20, 0.02)
        for model, marks, bins in (first, second)
    ]
    np.testing.assert_allclose(both, single[0] + single[1], atol=1e-4)
    model, marks, bins = first
    ground = -0.02 * model.ground
    found = single[0].sum(axis=0) - 20 * ground
    np.testing.assert_allclose(found, log_intensity(model, marks).sum(axis=0), rtol=1e-3)
    outside = np.where(np.arange(bins.size) < 0, 0, -1)
    silent = clusterless_log_likelihood([model], [marks], [outside], 20, 0.02)
    np.testing.assert_allclose(silent, np.tile(ground, (20, 1)), rtol=1e-5)


def test_a_mark_never_met_before_is_still_finite(rng: np.random.Generator):
    model, *_ = example(rng)
    values = log_intensity(model, np.array([[1e4, 1e4]]))
    assert np.all(np.isfinite(values))


def test_places_never_visited_are_masked(rng: np.random.Generator):
    occupancy = np.full(N, 2.0)
    occupancy[4] = 0.0
    state = rng.choice(np.delete(np.arange(N), 4), 50)
    model = fit_marks(rng.normal(0, 1, (50, 2)), state, occupancy, KERNEL, 1.0)
    found = clusterless_log_likelihood(
        [model], [rng.normal(0, 1, (3, 2))], [np.array([0, 0, 2])], 4, 0.02
    )
    assert np.all(found[:, 4] == -np.inf)
    assert np.all(np.isfinite(np.delete(found, 4, axis=1)))
    assert normalise(found)[:, 4].max() == 0


def test_input_is_checked(rng: np.random.Generator):
    model, marks, bins = example(rng)
    fit = {"occupancy": np.full(N, 1.0), "kernel": KERNEL, "bandwidth": 1.0}
    with pytest.raises(NeurosimError, match="at least one encoding spike"):
        fit_marks(np.empty((0, 2)), np.empty(0, int), **fit)
    with pytest.raises(NeurosimError, match="found none in spike 1"):
        fit_marks(np.array([[1.0], [np.nan]]), np.array([0, 1]), **fit)
    with pytest.raises(NeurosimError, match="expected 0 to 11, found 12 to 12"):
        fit_marks(np.ones((1, 1)), np.array([12]), **fit)
    with pytest.raises(NeurosimError, match="found spike 0 in state 3 without any"):
        fit_marks(np.ones((1, 1)), np.array([3]), np.where(np.arange(N) == 3, 0, 1.0), KERNEL, 1.0)
    with pytest.raises(NeurosimError, match="bandwidth: expected more than 0"):
        fit_marks(np.ones((1, 1)), np.array([3]), np.ones(N), KERNEL, 0.0)
    with pytest.raises(NeurosimError, match="sort the spikes by time"):
        clusterless_log_likelihood([model], [marks], [bins[::-1]], 20, 0.02)
    with pytest.raises(NeurosimError, match="found none in spike 0"):
        log_intensity(model, np.full((1, 2), np.inf))
    with pytest.raises(NeurosimError, match="as many models as marks"):
        clusterless_log_likelihood([model], [], [], 20, 0.02)
