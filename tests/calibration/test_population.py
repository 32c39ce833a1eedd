"""The calibration population: fields near those drawn, events with the spikes they should have."""

import numpy as np
import pytest

from neurosim.calibration.population import (
    Wake,
    draw_population,
    plant,
    straight_paths,
)
from neurosim.cells.place import PlaceCellParameters
from neurosim.decode.tuning import FieldParameters
from neurosim.world.behaviour import Movement

LENGTH = 2.0
CELLS = PlaceCellParameters(
    n_cells=40,
    peak_rate_median_hz=12.0,
    peak_rate_log_sd=0.5,
    field_sd_m=0.15,
    arena_field_sd_m=0.12,
    bidirectional_fraction=0.3,
    background_rate_hz=0.2,
)
WAKE = Wake(
    duration_s=400.0,
    bin_s=0.02,
    movement=Movement(50.0, 0.5, 1.5, 0.15, 140.0, 0.2),
    fields=FieldParameters(50, 1.5, 0.08, 0.25, 0.05),
)


@pytest.fixture(scope="module")
def population():
    return draw_population(CELLS, LENGTH, WAKE, np.random.default_rng(3))


def test_estimated_fields_are_near_those_drawn(population):
    error = population.rate - population.true_rate()
    assert np.abs(error).mean() < 0.3 * population.true_rate().mean()
    assert np.corrcoef(population.rate.ravel(), population.true_rate().ravel())[0, 1] > 0.95


def test_straight_paths_begin_and_end_where_told():
    paths = straight_paths(
        np.array([0.0, 2.0]), np.array([2.0, 1.0]), np.array([0.2, 0.1]), np.array([True, True]), 1
    )
    np.testing.assert_array_equal(paths.first, [0, 200])
    np.testing.assert_allclose(paths.position[[0, 199, 200, 299]], [0.005, 1.995, 1.995, 1.005])
    assert np.all(paths.bounds[1:, 0] > paths.bounds[:-1, 1])


@pytest.mark.parametrize("gain", [1.0, 3.0])
def test_planted_counts_follow_the_path(population, gain):
    n = 3000
    ones = np.ones(n)
    paths = straight_paths(0.4 * ones, 1.6 * ones, 0.12 * ones, ones.astype(bool), gain)
    bins, counts = plant(population, paths, 0.01, np.random.default_rng(5))
    assert bins.size == 12 * n
    along = 0.4 + 1.2 * (np.arange(120) + 0.5) / 120
    expected = gain * population.true_rate(along)[0].reshape(12, 10, -1).sum(axis=1) * 0.001
    found = counts.reshape(n, 12, -1).mean(axis=0)
    z = (found - expected) / np.sqrt(expected / n)
    assert abs(z.mean()) < 0.2
    assert z.std() == pytest.approx(1.0, abs=0.12)
