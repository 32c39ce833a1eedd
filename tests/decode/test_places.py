"""Bins of places: along edges, on grids, and smoothing by distance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from neurosim.decode.places import ArenaBins, TrackBins, gaussian_kernel
from neurosim.world.graph import TRACKS, linear_track, loop_track, w_track, y_track

GRAPHS = {
    "linear": linear_track(2.0),
    "w": w_track(0.8, 0.4),
    "y": y_track(0.7),
    "loop": loop_track(2.4),
}
NAMES = st.sampled_from(list(GRAPHS))
ARENA = ArenaBins((0.0, -1.0), (1.5, 1.0), 0.1)


def test_every_kind_of_track_is_looked_at():
    assert set(GRAPHS) == set(TRACKS)


@given(NAMES, st.integers(5, 120))
def test_bins_lie_inside_their_edges_and_fill_them(name, n_bins):
    graph, bins = GRAPHS[name], TrackBins(GRAPHS[name], n_bins)
    np.testing.assert_array_equal(graph.edge_of(bins.centre), bins.edge)
    assert bins.size == bins.centre.size
    assert abs(bins.size - n_bins) <= graph.edge_length.size
    for edge, length in enumerate(graph.edge_length):
        own = bins.centre[bins.edge == edge] - graph.edge_start[edge]
        width = length / own.size
        np.testing.assert_allclose(own, (np.arange(own.size) + 0.5) * width)


@given(NAMES, st.integers(5, 120), st.integers(0, 10_000))
def test_the_bin_of_a_place_is_the_nearest_on_its_edge(name, n_bins, seed):
    graph, bins = GRAPHS[name], TrackBins(GRAPHS[name], n_bins)
    place = np.random.default_rng(seed).uniform(0, graph.length, 30)
    edge = graph.edge_of(place)
    away = np.abs(bins.centre - place[:, None])
    away[bins.edge != edge[:, None]] = np.inf
    found = bins.index(place, edge)
    assert np.all(away[np.arange(30), found] <= away.min(axis=1) + 1e-9)
    np.testing.assert_array_equal(bins.index(bins.centre, bins.edge), np.arange(bins.size))


def test_equal_widths_where_edges_are_multiples_of_one():
    bins = TrackBins(GRAPHS["w"], 80)
    assert np.bincount(bins.edge).tolist() == [20, 10, 20, 10, 20]
    assert bins.width == pytest.approx(0.04)


@given(NAMES, st.floats(0.3, 4.0))
def test_smoothing_conserves_a_constant(name, sd):
    kernel = TrackBins(GRAPHS[name], 60).kernel(sd)
    np.testing.assert_allclose(kernel.sum(axis=1), 1.0)
    assert kernel.min() >= 0


@pytest.mark.parametrize("sd", [0.7, 1.0, 1.5, 3.0])
def test_on_a_linear_track_smoothing_is_a_gaussian_filter_up_to_the_ends(sd, rng):
    values = rng.random(60)
    found = TrackBins(GRAPHS["linear"], 60).kernel(sd) @ values
    inner = slice(int(4 * sd) + 1, -int(4 * sd) - 1)
    np.testing.assert_allclose(found[inner], gaussian_filter1d(values, sd)[inner], rtol=1e-9)


def test_on_a_loop_smoothing_wraps_around(rng):
    values = rng.random(48)
    found = TrackBins(GRAPHS["loop"], 48).kernel(1.5) @ values
    expected = gaussian_filter1d(values, 1.5, mode="wrap")
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_without_smoothing_nothing_changes():
    np.testing.assert_array_equal(TrackBins(GRAPHS["w"], 40).kernel(0.0), np.eye(40))


def test_smoothing_crosses_the_junction_into_both_arms_and_skips_neighbours_in_number():
    bins = TrackBins(GRAPHS["w"], 80)
    kernel = bins.kernel(1.5)
    foot = np.flatnonzero(bins.edge == 0)[-1]  # the last bin before the paths part
    first = [np.flatnonzero(bins.edge == edge)[0] for edge in (1, 3)]
    assert kernel[foot, first[0]] == pytest.approx(kernel[foot, first[1]])
    assert kernel[foot, first[0]] == pytest.approx(kernel[foot, foot - 1])
    # The end of the left arm and the beginning of the right one are neighbours in number only.
    end = np.flatnonzero(bins.edge == 2)[-1]
    assert first[1] == end + 1
    assert kernel[end, first[1]] == 0


@given(st.integers(0, 10_000))
def test_the_grid_of_an_arena_counts_like_a_histogram(seed):
    rng = np.random.default_rng(seed)
    places = rng.uniform(ARENA.low, ARENA.high, (200, 2))
    found = np.bincount(ARENA.index(places), minlength=ARENA.size).reshape(ARENA.shape)
    ranges = list(zip(ARENA.low, ARENA.high, strict=True))
    expected, _, _ = np.histogram2d(*places.T, bins=ARENA.shape, range=ranges)
    np.testing.assert_array_equal(found, expected)


def test_bins_of_an_arena_are_found_at_their_middles_and_outside_the_nearest():
    assert ARENA.shape == (15, 20)
    np.testing.assert_array_equal(ARENA.index(ARENA.centres), np.arange(ARENA.size))
    outside = np.array([[-5.0, -5.0], [5.0, 5.0]])
    assert ARENA.index(outside).tolist() == [0, ARENA.size - 1]


@pytest.mark.parametrize("sd", [0.0, 0.8, 1.5])
def test_smoothing_an_arena_is_a_gaussian_filter_up_to_its_walls(sd, rng):
    values = rng.random((1, ARENA.size, 3))
    found = ARENA.smoothed(values, sd).reshape(*ARENA.shape, 3)
    margin = int(4 * sd + 0.5)
    inner = (slice(margin, ARENA.shape[0] - margin), slice(margin, ARENA.shape[1] - margin))
    for unit in range(3):
        grid = values[0, :, unit].reshape(ARENA.shape)
        expected = gaussian_filter(grid, sd) if sd else grid
        np.testing.assert_allclose(found[..., unit][inner], expected[inner], rtol=1e-9)
    assert found[inner].size > 0


def test_smoothing_an_arena_conserves_a_constant():
    np.testing.assert_allclose(ARENA.smoothed(np.full((1, ARENA.size, 2), 3.0), 1.5), 3.0)


@given(st.integers(2, 8), st.floats(0.1, 3.0), st.integers(0, 1000))
def test_the_kernel_is_the_formula(n, sd, seed):
    x = np.random.default_rng(seed).uniform(0, 20, n)
    distance = np.abs(x[:, None] - x)
    weights = np.exp(-(distance**2) / (2 * sd**2))
    weights[distance > int(4 * sd + 0.5) + 0.5] = 0
    expected = weights / weights.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(gaussian_kernel(distance, sd), expected)
