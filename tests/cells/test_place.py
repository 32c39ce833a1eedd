"""Place cells as drawn, and the rates of their fields."""

from dataclasses import replace

import numpy as np
import pytest

from neurosim.cells.place import PlaceCellParameters, draw_place_cells
from neurosim.world.graph import linear_track
from neurosim.world.track import Arena

PARAMETERS = PlaceCellParameters(
    n_cells=4000,
    peak_rate_median_hz=12.0,
    peak_rate_log_sd=0.5,
    field_sd_m=0.15,
    arena_field_sd_m=0.12,
    bidirectional_fraction=0.3,
    background_rate_hz=0.2,
)


@pytest.fixture
def cells(rng):
    return draw_place_cells(PARAMETERS, linear_track(2.0), Arena(1.0), rng)


def test_peak_rates_and_centres_have_the_distributions_asked_for(cells):
    peaks = cells.peak.max(axis=0)
    assert np.median(peaks) == pytest.approx(12.0, rel=0.05)
    assert np.log(peaks).std() == pytest.approx(0.5, rel=0.05)
    assert np.median(cells.arena_peak) == pytest.approx(12.0, rel=0.05)
    quarters, _ = np.histogram(cells.centre, 4, (0, 2.0))
    assert quarters.sum() == 4000
    assert quarters.min() > 900


def test_the_fraction_of_bidirectional_cells_is_the_one_asked_for(cells):
    fields = (cells.peak > 0).sum(axis=0)
    assert set(fields) == {1, 2}
    assert np.mean(fields == 2) == pytest.approx(0.3, abs=0.03)
    both = fields == 2
    np.testing.assert_array_equal(cells.peak[0, both], cells.peak[1, both])
    assert np.mean(cells.peak[0, ~both] > 0) == pytest.approx(0.5, abs=0.04)


def test_maps_of_the_environments_are_unrelated(cells):
    assert abs(np.corrcoef(cells.centre, cells.arena_centre[:, 0])[0, 1]) < 0.06
    assert abs(np.corrcoef(cells.peak.max(axis=0), cells.arena_peak)[0, 1]) < 0.06


def test_the_rate_is_highest_at_the_centre_in_the_preferred_direction_only(cells):
    one_way = np.flatnonzero((cells.peak > 0).sum(axis=0) == 1)[:50]
    prefers_outbound = cells.peak[0, one_way] > 0
    at_centre = cells.track_rate(cells.centre[one_way], prefers_outbound, one_way)
    np.testing.assert_allclose(at_centre, 0.2 + cells.peak.max(axis=0)[one_way])
    other_way = cells.track_rate(cells.centre[one_way], ~prefers_outbound, one_way)
    np.testing.assert_allclose(other_way, 0.2)
    one_sd = cells.track_rate(cells.centre[one_way] + 0.15, prefers_outbound, one_way)
    np.testing.assert_allclose(one_sd - 0.2, np.exp(-0.5) * (at_centre - 0.2))


def test_the_field_in_the_arena_is_round(cells):
    index = np.zeros(8, dtype=int)
    angle = np.arange(8) * np.pi / 4
    ring = cells.arena_centre[0] + 0.12 * np.column_stack([np.cos(angle), np.sin(angle)])
    expected = 0.2 + cells.arena_peak[0] * np.exp(-0.5)
    np.testing.assert_allclose(cells.arena_rate(ring, index), expected)


def test_no_rate_exceeds_the_highest(cells, rng):
    cell = rng.integers(0, 4000, 5000)
    outbound = rng.random(5000) < 0.5
    track = cells.track_rate(rng.uniform(0, 2, 5000), outbound, cell)
    arena = cells.arena_rate(rng.uniform(0, 1, (5000, 2)), cell)
    assert np.all(np.maximum(track, arena) <= cells.max_rate[cell] + 1e-9)


def test_the_mean_rate_is_that_of_a_walk_over_both_directions(cells):
    x = np.linspace(0, 2.0, 2001)
    for cell in range(5):
        index = np.full(x.size, cell)
        both = [cells.track_rate(x, np.full(x.size, way), index).mean() for way in (True, False)]
        assert cells.mean_track_rate(2.0)[cell] == pytest.approx(np.mean(both), rel=0.02)


def test_the_truth_names_what_was_drawn(rng):
    few = draw_place_cells(replace(PARAMETERS, n_cells=3), linear_track(2.0), Arena(1.0), rng)
    truth = few.dataset()
    np.testing.assert_array_equal(truth["field_centre"].values, few.centre)
    np.testing.assert_array_equal(truth["peak_rate"].values, few.peak)
    assert truth.attrs["field_sd_m"] == 0.15
