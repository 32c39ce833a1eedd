"""Movements of the state-space decoder: against matrices written out, on lines, graphs, grids."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.decode.transitions import (
    BlockKernel,
    DenseKernel,
    gaussian_weights,
    grid_kernel,
    make_movement,
    track_kernel,
)
from neurosim.world.graph import w_track

SEEDS = st.integers(0, 10_000)
VARIANCE = 6e-4


def line(n: int, length: float = 2.0) -> np.ndarray:
    x = (np.arange(n) + 0.5) * length / n
    return np.abs(x[:, None] - x)


def w_distance(n: int) -> np.ndarray:
    track = w_track(1.0, 0.5)
    x = (np.arange(n) + 0.5) * track.length / n
    return track.distance(x, x)


@pytest.mark.parametrize("distance", [line(300), w_distance(350)], ids=["line", "w"])
def test_walk_by_blocks_is_the_walk(distance: np.ndarray, rng: np.random.Generator):
    kernel = track_kernel(distance, VARIANCE)
    assert isinstance(kernel, BlockKernel)
    weights = gaussian_weights(distance, VARIANCE)
    rows = rng.random((3, len(distance)))
    np.testing.assert_allclose(kernel.forward(rows), rows @ weights, rtol=1e-12)
    np.testing.assert_allclose(kernel.backward(rows), rows @ weights.T, rtol=1e-12)


def test_blocks_grow_linearly_with_positions():
    size = {n: track_kernel(line(n, n * 0.01), VARIANCE).into.size for n in (512, 1024, 2048)}
    assert size[1024] <= 2.1 * size[512]
    assert size[2048] <= 2.1 * size[1024]


def test_block_kernel_keeps_a_matrix_that_is_not_symmetric(rng: np.random.Generator):
    distance = line(300)
    weights = gaussian_weights(distance, VARIANCE) * rng.random(distance.shape)
    movement = make_movement(DenseKernel(weights))
    assert isinstance(movement.kernel, BlockKernel)
    rows = rng.random((2, 300))
    dense = weights / weights.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(movement.kernel.forward(rows), rows @ dense, rtol=1e-10)
    np.testing.assert_allclose(movement.kernel.backward(rows), rows @ dense.T, rtol=1e-10)


def test_walk_on_a_grid_is_the_walk_in_the_plane(rng: np.random.Generator):
    x, y = np.arange(7) * 0.04, np.arange(5) * 0.04
    plane = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
    distance = np.linalg.norm(plane[:, None] - plane, axis=2)
    kernel = grid_kernel(x, y, 0.003)
    rows = rng.random((4, 35))
    weights = np.exp(-0.5 * distance**2 / 0.003)
    np.testing.assert_allclose(kernel.forward(rows), rows @ weights, rtol=1e-7)
    np.testing.assert_allclose(kernel.backward(rows), rows @ weights.T, rtol=1e-7)


@given(SEEDS, st.sampled_from(["stationary", "continuous", "fragmented"]), st.booleans())
def test_rows_of_every_movement_sum_to_one_over_visited_bins(seed: int, name: str, grid: bool):
    rng = np.random.default_rng(seed)
    if grid:
        kernel = grid_kernel(np.arange(3) * 0.04, np.arange(4) * 0.04, 0.002)
    else:
        kernel = track_kernel(line(12, 0.3), 0.002)
    visited = rng.random((2, 12)) < 0.7
    visited[rng.integers(2), rng.integers(12)] = True
    matrix = make_movement(kernel, visited, 0.1).matrix(name)
    np.testing.assert_allclose(matrix.sum(axis=1), visited.ravel().astype(float), atol=1e-12)
    assert np.all(matrix[:, ~visited.ravel()] == 0)


def test_no_walk_between_arms_that_only_look_near():
    distance = w_distance(160)
    matrix = make_movement(track_kernel(distance, VARIANCE)).matrix("continuous")
    assert np.all(matrix[distance > 0.2] == 0)  # 8 SD along the track, whatever the numbering


@pytest.mark.parametrize("variance", [0.0, -1.0, np.nan])
def test_a_walk_needs_a_variance(variance: float):
    with pytest.raises(NeurosimError, match="expected a variance above 0"):
        track_kernel(line(5), variance)


def test_visited_bins_are_checked():
    kernel = track_kernel(line(5), 0.01)
    with pytest.raises(NeurosimError, match="at least one visited"):
        make_movement(kernel, np.zeros((2, 5), bool))
    with pytest.raises(NeurosimError, match="expected 5 positions, found 6"):
        make_movement(kernel, np.ones((1, 6), bool))
    with pytest.raises(NeurosimError, match="expected a probability"):
        make_movement(kernel, None, 1.5)
