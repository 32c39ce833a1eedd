"""Head-direction cells, tuned to one direction."""

import numpy as np
import pytest
from scipy.special import i0

from neurosim.cells.heading import HeadingParameters, draw_heading_cells

PARAMETERS = HeadingParameters(
    n_cells=2000,
    peak_rate_median_hz=40.0,
    peak_rate_log_sd=0.4,
    concentration=5.7,
    background_rate_hz=1.0,
)


@pytest.fixture
def cells(rng):
    return draw_heading_cells(PARAMETERS, rng)


def test_preferred_directions_cover_the_circle_and_peaks_are_log_normal(cells):
    share, _ = np.histogram(cells.preferred, 8, (0, 2 * np.pi))
    assert share.sum() == 2000
    assert share.min() > 190
    assert np.median(cells.peak) == pytest.approx(40.0, rel=0.05)
    assert np.log(cells.peak).std() == pytest.approx(0.4, rel=0.06)


def test_the_rate_peaks_at_the_preferred_heading_and_wraps_around(cells):
    cell = np.arange(2000)
    at_peak = cells.rate(cells.preferred, cell)
    np.testing.assert_allclose(at_peak, cells.max_rate)
    np.testing.assert_allclose(cells.rate(cells.preferred + 2 * np.pi, cell), at_peak)
    opposite = cells.rate(cells.preferred + np.pi, cell)
    np.testing.assert_allclose(opposite, 1.0 + cells.peak * np.exp(-2 * 5.7))
    grid = np.linspace(0, 2 * np.pi, 721)
    curve = cells.rate(grid, np.zeros(grid.size, dtype=int))
    assert abs(np.angle(np.exp(1j * (grid[curve.argmax()] - cells.preferred[0])))) < 0.01


def test_the_mean_rate_over_the_circle_has_its_closed_form(cells):
    grid = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    mean = cells.rate(grid, np.zeros(grid.size, dtype=int)).mean()
    assert mean == pytest.approx(1.0 + cells.peak[0] * np.exp(-5.7) * i0(5.7), rel=1e-6)
