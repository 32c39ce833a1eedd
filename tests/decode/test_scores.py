"""Scores of many events at once against loops over one event, one line, one bin at a time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.decode.scores import (
    Layout,
    LineGrid,
    correlation_scores,
    event_scores,
    feature_basis,
    line_scores,
)

POSITIONS = (np.arange(14) + 0.5) * 0.1
GRID = LineGrid(half_width_m=0.2, n_ends=4)
SEEDS = st.integers(0, 10_000)
LENGTHS = st.lists(st.integers(0, 7), min_size=1, max_size=5)


def direct_correlation(posterior: np.ndarray, times: np.ndarray, positions: np.ndarray) -> float:
    """Correlation of position and time over every (bin, position), weighted by the posterior."""
    t = np.repeat(times, positions.size)
    covariance = np.cov(t, np.tile(positions, times.size), aweights=posterior.ravel() + 1e-300)
    return covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])


def direct_line_score(posterior: np.ndarray, heard: np.ndarray, grid: LineGrid) -> float:
    """Best mean mass within the band, a line, a bin and a position at a time."""
    centres = np.linspace(POSITIONS[0], POSITIONS[-1], 2 * grid.n_ends - 1)
    best = 0.0
    for start in range(grid.n_ends):
        for stop in range(grid.n_ends):
            masses = []
            for k in np.flatnonzero(heard):
                along = k / max(len(posterior) - 1, 1)
                centre = centres[round(2 * start + 2 * (stop - start) * along)]
                near = np.abs(POSITIONS - centre) <= grid.half_width_m + 1e-9
                masses.append(posterior[k][near].sum())
            best = max(best, float(np.mean(masses)))
    return best


def random_events(seed: int, lengths: list[int], shape: tuple[int, ...] = (2, 3)) -> tuple:
    """Posteriors (shuffle, template, bin, position) and heard bins (shuffle, bin)."""
    rng = np.random.default_rng(seed)
    layout = Layout(np.concatenate([[0], np.cumsum(lengths)]))
    posterior = rng.dirichlet(np.full(POSITIONS.size, 0.3), (*shape, layout.n_bins))
    return posterior, rng.random((shape[0], layout.n_bins)) < 0.7, layout


@given(SEEDS, LENGTHS)
def test_correlations_are_those_of_each_event_alone(seed, lengths):
    posterior, heard, layout = random_events(seed, lengths)
    features = posterior @ feature_basis(POSITIONS, None)[:, 1:]
    found = correlation_scores(features, heard, layout)
    assert found.shape == (2, 3, len(lengths))
    for s, t, e in np.ndindex(found.shape):
        rows = np.arange(layout.edges[e], layout.edges[e + 1])
        rows = rows[heard[s, rows]]
        expected = 0.0
        if rows.size > 1:
            expected = abs(direct_correlation(posterior[s, t, rows], rows * 1.0, POSITIONS))
        assert found[s, t, e] == pytest.approx(expected, abs=1e-5)


@given(SEEDS, LENGTHS)
def test_line_scores_are_those_of_every_line_alone(seed, lengths):
    posterior, heard, layout = random_events(seed, lengths)
    features = posterior @ feature_basis(POSITIONS, GRID)[:, 1:]
    found = line_scores(features, heard, layout, GRID)
    for s, t, e in np.ndindex(found.shape):
        rows = slice(layout.edges[e], layout.edges[e + 1])
        expected = 0.0
        if heard[s, rows].any():
            expected = direct_line_score(posterior[s, t, rows], heard[s, rows], GRID)
        assert found[s, t, e] == pytest.approx(expected, abs=1e-5)


@given(SEEDS)
def test_reversed_time_and_a_mirrored_track_change_no_correlation(seed):
    posterior, heard, layout = random_events(seed, [6], shape=(1, 1))
    basis = feature_basis(POSITIONS, None)[:, 1:]
    score = correlation_scores(posterior @ basis, heard, layout)
    backwards = correlation_scores(posterior[:, :, ::-1] @ basis, heard[:, ::-1], layout)
    mirrored = correlation_scores(posterior[..., ::-1] @ basis, heard, layout)
    np.testing.assert_allclose(backwards, score, atol=1e-5)
    np.testing.assert_allclose(mirrored, score, atol=1e-5)


@pytest.mark.parametrize("speed", [1, -1])
def test_a_sharp_sequence_scores_one(speed):
    layout = Layout(np.array([0, 14]))
    posterior = np.eye(14)[::speed][None, None]
    features = posterior @ feature_basis(POSITIONS, LineGrid(0.1, 14))[:, 1:]
    scores = event_scores(features, np.ones((1, 14), bool), layout, LineGrid(0.1, 14))
    np.testing.assert_allclose(scores.ravel(), 1, atol=1e-5)


def test_without_a_grid_there_is_no_line_score():
    posterior, heard, layout = random_events(0, [4])
    features = posterior @ feature_basis(POSITIONS, None)[:, 1:]
    assert event_scores(features, heard, layout, None).shape == (1, 2, 3, 1)


def test_bands_are_cut_at_the_ends_of_the_track():
    assert LineGrid(0.1, 2).bands(POSITIONS[:5]).tolist() == [[0, 2], [1, 4], [3, 5]]


@pytest.mark.parametrize(("values", "name"), [((0.0, 5), "half_width_m"), ((0.1, 1), "n_ends")])
def test_impossible_grids_are_named(values, name):
    with pytest.raises(NeurosimError, match=name):
        LineGrid(*values)
