"""Head-direction cells, and the heading that they represent awake and asleep."""

import numpy as np
import pytest
from scipy.special import i0

from neurosim.cells.heading import HeadingParameters, draw_heading_cells, internal_heading
from neurosim.files import flag_names

PARAMETERS = HeadingParameters(
    n_cells=2000,
    peak_rate_median_hz=40.0,
    peak_rate_log_sd=0.4,
    concentration=5.7,
    background_rate_hz=1.0,
    rem_turn_sd_deg_s=115.0,
    nrem_turn_sd_deg_s=340.0,
    turn_time_constant_s=0.2,
)


@pytest.fixture
def cells(rng):
    return draw_heading_cells(PARAMETERS, rng)


@pytest.fixture
def internal(simulated, rng):
    return internal_heading(simulated["behaviour"], simulated["epochs"], PARAMETERS, rng)


def rows_in(simulated, state: str) -> list[np.ndarray]:
    epochs, time = simulated["epochs"], simulated["behaviour"]["time"].values
    bounds = np.column_stack([epochs["start"].values, epochs["stop"].values])
    return [
        np.flatnonzero((time >= start) & (time < stop))
        for start, stop in bounds[flag_names(epochs["state"]) == state]
    ]


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


@pytest.mark.parametrize("state", ["run", "rest"])
def test_awake_the_internal_heading_is_the_head_direction(simulated, internal, state):
    head = simulated["behaviour"]["head_direction"].values
    for rows in rows_in(simulated, state):
        off = internal["heading"].values[rows] - head[rows]
        np.testing.assert_allclose(np.cos(off), 1.0, atol=1e-6)


@pytest.mark.parametrize(("state", "sd"), [("rem", 115.0), ("nrem", 340.0)])
def test_asleep_the_internal_heading_turns_with_the_planted_sd(simulated, internal, state, sd):
    velocity = internal["angular_velocity"].values
    turning = np.rad2deg(np.concatenate([velocity[rows] for rows in rows_in(simulated, state)]))
    assert turning.std() == pytest.approx(sd, rel=0.15)


@pytest.mark.parametrize("state", ["run", "rest", "rem", "nrem"])
def test_the_angular_velocity_is_the_slope_of_the_heading(simulated, internal, state):
    heading, velocity = internal["heading"].values, internal["angular_velocity"].values
    for rows in rows_in(simulated, state):
        turned = np.diff(heading[rows])
        assert np.abs(turned).max() < np.pi  # continuous: no wrap within an epoch
        slope = (heading[rows][2:] - heading[rows][:-2]) / 0.04
        assert np.corrcoef(slope, velocity[rows][1:-1])[0, 1] > 0.95
        assert np.std(slope) == pytest.approx(np.std(velocity[rows][1:-1]), rel=0.1)
