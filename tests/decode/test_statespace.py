"""State-space decoder: all paths enumerated, segments and chunks, precision, traps."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.decode import stepping
from neurosim.decode.bayes import log_likelihood
from neurosim.decode.state_model import StateSpace, make_state_space, sticky_transition
from neurosim.decode.statespace import (
    as_source,
    decode,
    filter_chunks,
    poisson_source,
    smooth_chunks,
)
from neurosim.decode.transitions import DenseKernel, grid_kernel, make_movement, track_kernel

SEEDS = st.integers(0, 10_000)
UNEVEN = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.25, 0.05, 0.7]])


def small_model(seed: int, n_maps: int = 1) -> StateSpace:
    """Three dynamics, three positions, nothing symmetric, one bin unvisited where two maps."""
    rng = np.random.default_rng(seed)
    visited = np.ones((n_maps, 3), bool)
    if n_maps > 1:
        visited[1, 2] = False
    movement = make_movement(DenseKernel(rng.random((3, 3)) + 0.05), visited, 0.2)
    initial = rng.random((3, n_maps, 3))
    return make_state_space(movement, UNEVEN, initial=initial)


def all_paths(
    initial: np.ndarray, matrix: np.ndarray, likelihood: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Filter and smoother (bin, state) and evidence, by summing over every path."""

    def weigh(n_bins: int) -> tuple[np.ndarray, float]:
        marginal = np.zeros((n_bins, initial.size))
        for path in product(np.flatnonzero(initial + matrix.sum(axis=0) > 0), repeat=n_bins):
            weight = initial[path[0]] * likelihood[0, path[0]]
            for t in range(1, n_bins):
                weight *= matrix[path[t - 1], path[t]] * likelihood[t, path[t]]
            for t, state in enumerate(path):
                marginal[t, state] += weight
        total = marginal[0].sum()
        return marginal / total, total

    n_bins = len(likelihood)
    filtered = np.array([weigh(t + 1)[0][t] for t in range(n_bins)])
    smoothed, evidence = weigh(n_bins)
    return filtered, smoothed, float(np.log(evidence))


@pytest.mark.parametrize("n_maps", [1, 2])
def test_filter_smoother_and_evidence_are_the_sum_over_all_paths(n_maps: int):
    rng = np.random.default_rng(n_maps)
    model = small_model(3, n_maps)
    n_bins = 4 if n_maps == 1 else 3
    log_values = rng.normal(0, 1.5, (n_bins, n_maps * 3))
    visited = model.movement.visited.ravel()
    likelihood = np.tile(np.where(visited, np.exp(log_values), 0.0), (1, 3))
    filtered, smoothed, evidence = all_paths(model.initial.ravel(), model.matrix(), likelihood)
    for chunk in (1, 2, n_bins):
        causal = list(
            filter_chunks(as_source(log_values), n_bins, model, chunk=chunk, dtype=np.float64)
        )
        np.testing.assert_allclose(causal[-1].joint[-1].ravel(), filtered[-1], atol=1e-12)
        for part in filter_chunks(
            as_source(log_values), n_bins, model, chunk=chunk, dtype=np.float64
        ):
            joint = part.joint.reshape(part.stop - part.start, -1)
            np.testing.assert_allclose(joint, filtered[part.start : part.stop], atol=1e-12)
        for part in smooth_chunks(
            as_source(log_values), n_bins, model, chunk=chunk, dtype=np.float64
        ):
            joint = part.joint.reshape(part.stop - part.start, -1)
            np.testing.assert_allclose(joint, smoothed[part.start : part.stop], atol=1e-12)
        found = decode(log_values, model, chunk=chunk, dtype=np.float64)
        assert found.log_evidence == pytest.approx(evidence, abs=1e-10)


def plain_filter_smoother(
    model: StateSpace, log_values: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Textbook filter and smoother with one matrix over all states, in double precision."""
    matrix = model.matrix()
    visited = model.movement.visited.ravel()
    likelihood = np.tile(np.where(visited, np.exp(log_values), 0.0), (1, len(model.states)))
    filtered = np.empty(likelihood.shape)
    predicted, evidence = model.initial.ravel(), 0.0
    for t, row in enumerate(likelihood):
        joint = predicted * row
        evidence += np.log(joint.sum())
        filtered[t] = joint / joint.sum()
        predicted = filtered[t] @ matrix
    smoothed = filtered.copy()
    for t in range(len(filtered) - 2, -1, -1):
        ahead = filtered[t] @ matrix
        ratio = np.divide(smoothed[t + 1], ahead, out=np.zeros_like(ahead), where=ahead > 0)
        smoothed[t] = filtered[t] * (matrix @ ratio)
    return filtered, smoothed, evidence


def track_model(n: int = 20, n_maps: int = 1, stay: float = 0.9) -> StateSpace:
    x = (np.arange(n) + 0.5) * 2 / n
    visited = np.ones((n_maps, n), bool)
    visited[-1, 3] = False
    movement = make_movement(track_kernel(np.abs(x[:, None] - x), 0.02), visited, 0.02)
    return make_state_space(movement, sticky_transition(3, stay))


def grid_model() -> StateSpace:
    x, y = np.arange(5) * 0.04, np.arange(4) * 0.04
    visited = np.ones(20, bool)
    visited[[0, 7]] = False
    return make_state_space(
        make_movement(grid_kernel(x, y, 0.002), visited), sticky_transition(3, 0.95)
    )


@pytest.mark.parametrize(
    "model", [track_model(), track_model(n_maps=2), grid_model()], ids=["track", "maps", "grid"]
)
def test_structure_changes_nothing(model: StateSpace, rng: np.random.Generator):
    log_values = rng.normal(0, 2, (50, model.shape[1] * model.shape[2]))
    filtered, smoothed, evidence = plain_filter_smoother(model, log_values)
    shape = (50, *model.shape)
    for smooth, expected in ((False, filtered), (True, smoothed)):
        found = decode(log_values, model, smooth=smooth, dtype=np.float64)
        expected = expected.reshape(shape)
        np.testing.assert_allclose(found.position, expected.sum(axis=1), atol=1e-10)
        np.testing.assert_allclose(found.state, expected.sum(axis=(2, 3)), atol=1e-10)
        assert found.log_evidence == pytest.approx(evidence, abs=1e-8)
        assert np.all(found.position[:, ~model.movement.visited] == 0)


@given(SEEDS, st.sampled_from([60, 97, 128]), st.integers(1, 200))
@settings(max_examples=25)
def test_segments_and_chunks_change_nothing(seed: int, n_bins: int, chunk: int):
    rng = np.random.default_rng(seed)
    model = track_model(10, stay=0.8)
    log_values = rng.normal(0, rng.choice([0.0, 0.5, 3.0]), (n_bins, 10))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stepping, "MAX_SEGMENTS", 1)
        whole = {smooth: decode(log_values, model, smooth=smooth) for smooth in (True, False)}
        patch.setattr(stepping, "MAX_SEGMENTS", 8)
        patch.setattr(stepping, "SEGMENT", 9)
        patch.setattr(stepping, "PIECE", 4)
        for smooth, expected in whole.items():
            found = decode(log_values, model, smooth=smooth, chunk=chunk)
            np.testing.assert_allclose(found.position, expected.position, atol=1e-5)
            np.testing.assert_allclose(found.state, expected.state, atol=1e-5)
            assert found.log_evidence == pytest.approx(expected.log_evidence, abs=1e-3)


def test_segments_that_never_forget_are_still_exact(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
):
    """Where every state is kept for ever, the segments run again until the first has spoken."""
    movement = make_movement(DenseKernel(np.eye(5)))
    model = make_state_space(movement, np.ones((1, 1)), states=("stationary",))
    log_values = rng.normal(0, 0.05, (120, 5))
    monkeypatch.setattr(stepping, "SEGMENT", 15)
    found = decode(log_values, model, smooth=False, dtype=np.float64)
    expected = np.exp(np.cumsum(log_values, axis=0))
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found.position[:, 0], expected, atol=1e-12)


def test_float32_agrees_with_float64(rng: np.random.Generator):
    x = (np.arange(40) + 0.5) * 2 / 40
    rate = 0.1 + 20 * np.exp(-0.5 * ((x[:, None] - rng.uniform(0, 2, 30)) / 0.15) ** 2)
    path = np.clip(1 + np.cumsum(rng.normal(0, 0.02, 3000)), 0, 2)
    counts = rng.poisson(rate[(path / 2 * 39.9).astype(int)] * 0.002)
    log_values = log_likelihood(counts.astype(float), rate, 0.002)
    model = make_state_space(
        make_movement(track_kernel(np.abs(x[:, None] - x), 6e-4)), sticky_transition(3, 0.98)
    )
    single, double = (decode(log_values, model, dtype=kind) for kind in (np.float32, np.float64))
    np.testing.assert_allclose(single.position, double.position, atol=1e-4)
    np.testing.assert_allclose(single.state, double.state, atol=1e-4)
    assert single.log_evidence == pytest.approx(double.log_evidence, rel=1e-6)


def test_spikes_beyond_single_precision_are_decoded_in_double(rng: np.random.Generator):
    """Bins 100 nats apart in position, in a model that can only walk."""
    movement = make_movement(track_kernel(np.abs(np.arange(8.0)[:, None] - np.arange(8)), 0.1))
    model = make_state_space(movement, np.ones((1, 1)), states=("continuous",))
    log_values = np.full((6, 8), -60.0)
    log_values[np.arange(6), [0, 7, 0, 7, 0, 7]] = 0.0
    filtered, smoothed, evidence = plain_filter_smoother(model, log_values)
    found = decode(log_values, model, chunk=4)
    np.testing.assert_allclose(found.position[:, 0], smoothed, atol=1e-6)
    assert found.log_evidence == pytest.approx(evidence, rel=1e-9)
    causal = decode(log_values, model, chunk=4, smooth=False)
    np.testing.assert_allclose(causal.position[:, 0], filtered, atol=1e-6)


def test_spikes_that_no_path_explains_are_named():
    movement = make_movement(DenseKernel(np.eye(2)))
    model = make_state_space(movement, np.ones((1, 1)), states=("stationary",))
    log_values = np.array([[0.0, -np.inf], [0.0, 0.0], [-np.inf, 0.0]])
    with pytest.raises(NeurosimError, match="bin 2: its spikes are impossible"):
        decode(log_values, model)


def test_silent_bins_spread_the_posterior_and_no_more(rng: np.random.Generator):
    """Without spikes and with equal summed rates only the model moves."""
    model = track_model(12)
    found = decode(np.zeros((30, 12)), model, dtype=np.float64, smooth=False)
    expected = model.initial.ravel()
    for row in range(30):
        np.testing.assert_allclose(
            found.position[row, 0], expected.reshape(3, -1).sum(axis=0), atol=1e-12
        )
        expected = expected @ model.matrix()
    assert found.log_evidence == pytest.approx(0.0, abs=1e-9)


def test_last_bin_of_every_chunk_counts(rng: np.random.Generator):
    """A spike in the last bin of a chunk moves the evidence as it does in one piece."""
    rate = 0.5 + 30 * np.eye(6)
    counts = np.zeros((20, 6))
    counts[[4, 9, 14, 19], [1, 2, 3, 4]] = 1
    model = track_model(6)
    source = poisson_source(lambda start, stop: counts[start:stop], rate, 0.02)
    whole = decode(source, model, n_bins=20)
    parts = list(filter_chunks(source, 20, model, chunk=5))
    streamed = sum(part.log_predictive.sum() for part in parts)
    assert [(part.start, part.stop) for part in parts] == [(0, 5), (5, 10), (10, 15), (15, 20)]
    assert streamed == pytest.approx(whole.log_evidence, abs=1e-5)
    quiet = counts.copy()
    quiet[19] = 0
    other = decode(poisson_source(lambda a, b: quiet[a:b], rate, 0.02), model, n_bins=20)
    assert abs(other.log_evidence - whole.log_evidence) > 0.5


@given(SEEDS)
@settings(max_examples=20)
def test_order_of_cells_changes_nothing(seed: int):
    rng = np.random.default_rng(seed)
    rate, counts = rng.uniform(0.5, 30, (15, 8)), rng.poisson(0.1, (40, 8))
    order, model = rng.permutation(8), track_model(15)
    first, second = (
        decode(poisson_source(lambda a, b, c=c: c[a:b], r, 0.02), model, n_bins=40)
        for c, r in ((counts, rate), (counts[:, order], rate[:, order]))
    )
    np.testing.assert_allclose(first.position, second.position, atol=2e-5)


@given(SEEDS)
@settings(max_examples=20)
def test_reversed_time_gives_the_reversed_smoother(seed: int):
    """With a symmetric transition and a stationary start time has no direction."""
    rng = np.random.default_rng(seed)
    weights = np.ones((6, 6)) + 5 * np.eye(6)
    movement = make_movement(DenseKernel(weights / weights.sum(axis=1)))
    model = make_state_space(movement, np.array([[1.0]]), states=("continuous",))
    log_values = rng.normal(0, 2, (15, 6))
    forward = decode(log_values, model, dtype=np.float64)
    backward = decode(log_values[::-1], model, dtype=np.float64)
    np.testing.assert_allclose(forward.position, backward.position[::-1], atol=1e-10)
    assert forward.log_evidence == pytest.approx(backward.log_evidence, abs=1e-10)


def test_states_are_told_apart(rng: np.random.Generator):
    """Resting, running and jumping about each win in their own stretch."""
    n = 60
    x = (np.arange(n) + 0.5) * 2 / n
    rate = 0.1 + 40 * np.exp(-0.5 * ((x[:, None] - x[::2]) / 0.1) ** 2)
    path = np.concatenate([np.full(100, 10), np.arange(100) * 6 // 10, rng.integers(0, n, 100)])
    counts = rng.poisson(rate[path] * 0.01)
    model = make_state_space(
        make_movement(track_kernel(np.abs(x[:, None] - x), 0.002)), sticky_transition(3, 0.98)
    )
    source = poisson_source(lambda a, b: counts[a:b], rate, 0.01)
    state = decode(source, model, n_bins=300).state
    for number in range(3):
        assert np.mean(state[100 * number : 100 * number + 100, number]) > 0.8


def test_models_are_checked():
    movement = make_movement(track_kernel(np.abs(np.arange(4.0)[:, None] - np.arange(4)), 1.0))
    with pytest.raises(NeurosimError, match="rows of probabilities that sum to 1"):
        make_state_space(movement, np.full((3, 3), 0.5))
    with pytest.raises(NeurosimError, match=r"expected shape \(3, 3\)"):
        make_state_space(movement, np.eye(2))
    with pytest.raises(NeurosimError, match="moves: expected 1 x 1 out of"):
        make_state_space(movement, np.eye(1), states=("leap",))
    with pytest.raises(NeurosimError, match="initial: expected shape"):
        make_state_space(movement, np.eye(3), initial=np.ones(4))
    model = make_state_space(movement, np.eye(3))
    with pytest.raises(NeurosimError, match="at least one time bin"):
        decode(np.empty((0, 4)), model)
    values = np.zeros((3, 4))
    values[1] = np.nan
    with pytest.raises(NeurosimError, match="found none in bin 1"):
        decode(values, model)
    with pytest.raises(NeurosimError, match="floor the rates"):
        poisson_source(lambda a, b: values[a:b], np.zeros((4, 4)), 0.1)
