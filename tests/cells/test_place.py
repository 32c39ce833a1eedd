"""Place fields as drawn: their numbers, rates, directions and phases."""

from dataclasses import replace

import numpy as np
import pytest
from test_maps import ARENA, LINEAR, PARAMETERS

from neurosim.cells.maps import PlaceGrid
from neurosim.cells.place import CENTRE_PHASE, draw_place_maps, place_cells_dataset
from neurosim.files import flag_names
from neurosim.world.graph import w_track

MANY = replace(PARAMETERS, n_cells=2000, mean_fields=1.5)
ONE_FIELD = replace(PARAMETERS, n_cells=50, mean_fields=1.0, bidirectional_fraction=0.0)


@pytest.fixture(scope="module")
def many():
    return draw_place_maps(MANY, (LINEAR, ARENA), np.random.default_rng(3))


def test_peak_rates_and_centres_have_the_distributions_asked_for(many):
    for environment in (0, 1):
        here = many.fields.environment == environment
        peaks = many.fields.peak[:, here].max(axis=0)
        assert np.median(peaks) == pytest.approx(12.0, rel=0.05)
        assert np.log(peaks).std() == pytest.approx(0.5, rel=0.05)
        quarters, _ = np.histogram(many.fields.place[here, 1], 4, (0, (2.0, 1.0)[environment]))
        assert quarters.min() > 0.9 * here.sum() / 4


def test_cells_have_at_least_one_field_and_as_many_as_asked_for_with_a_gamma_poisson_spread(many):
    numbers = np.bincount(many.fields.cell[many.fields.environment == 0])
    assert numbers.min() == 1
    assert numbers.mean() == pytest.approx(1.5, rel=0.05)
    extra, shape = 0.5, 2.0
    assert (numbers - 1).var() == pytest.approx(extra + extra**2 / shape, rel=0.15)


def test_the_fraction_of_bidirectional_cells_is_the_one_asked_for(many):
    here = np.flatnonzero(many.fields.environment == 0)
    directions = (many.fields.peak[:, here] > 0).sum(axis=0)
    by_cell = {int(c): int(d) for c, d in zip(many.fields.cell[here], directions, strict=True)}
    assert np.mean(np.array(list(by_cell.values())) == 2) == pytest.approx(0.3, abs=0.03)
    assert all(
        by_cell[int(c)] == d for c, d in zip(many.fields.cell[here], directions, strict=True)
    )


def test_maps_of_the_environments_are_unrelated(many):
    rate = [many.map_of(environment).mean(axis=0) for environment in (0, 1)]
    assert abs(np.corrcoef(rate)[0, 1]) < 0.06


def test_a_table_holds_the_gaussians_of_all_fields_by_distance_along_the_graph(rng):
    grid = PlaceGrid("w", w_track(0.8, 0.4))
    maps = draw_place_maps(replace(PARAMETERS, n_cells=12), (grid,), rng)
    fields, n = maps.fields, len(grid.centres)
    brute = np.full((2, n, 12), 0.2)
    for field, cell in enumerate(fields.cell):
        for b, centre in enumerate(grid.centres):
            away = grid.graph.distance(np.array([centre]), fields.place[[field], 0])[0, 0]
            brute[:, b, cell] += fields.peak[:, field] * np.exp(-0.5 * (away / 0.15) ** 2)
    np.testing.assert_allclose(maps.rate[: 2 * n], brute.reshape(2 * n, 12), rtol=1e-5)


def test_the_field_in_the_arena_is_round(rng):
    maps = draw_place_maps(replace(ONE_FIELD, n_cells=1), (ARENA,), rng)
    away = np.hypot(*(ARENA.centres - maps.fields.place[0]).T)
    expected = 0.2 + maps.fields.peak[0, 0] * np.exp(-0.5 * (away / 0.12) ** 2)
    np.testing.assert_allclose(maps.map_of(0)[:, 0], expected, rtol=1e-5)


def test_the_phase_falls_by_the_precession_over_three_sds_in_either_running_direction(rng):
    maps = draw_place_maps(ONE_FIELD, (LINEAR,), rng)
    n = len(LINEAR.centres)
    for field, cell in enumerate(maps.fields.cell):
        centre = maps.fields.place[field, 0]
        if not 0.3 < centre < 1.7:
            continue
        direction = int(maps.fields.peak[1, field] > 0)
        phase = maps.phase[direction * n : (direction + 1) * n, cell]
        ends = np.interp(centre + np.array([-0.225, 0.0, 0.225]), LINEAR.centres, phase)
        entry, middle, exit_ = ends if direction == 0 else ends[::-1]
        assert entry - exit_ == pytest.approx(np.deg2rad(300), rel=1e-3)
        assert middle == pytest.approx(CENTRE_PHASE, abs=1e-3)


def test_the_truth_names_what_was_drawn(many):
    truth = place_cells_dataset(many, ("none", "linear", "arena"))
    np.testing.assert_array_equal(truth["field_cell"].values, many.fields.cell)
    np.testing.assert_array_equal(truth["field_peak_rate"].values, many.fields.peak)
    place = flag_names(truth["field_environment"])
    centre = truth["field_centre"].values
    np.testing.assert_array_equal(np.isnan(centre), place == "arena")
    on_track = place == "linear"
    np.testing.assert_array_equal(truth["field_position"].values[on_track, 0], centre[on_track])
    assert np.all(truth["field_position"].values[on_track, 1] == 0)
    np.testing.assert_array_equal(truth["field_sd"].values, [0.15, 0.12])
    similarity = truth["map_similarity"].values
    np.testing.assert_allclose(np.diag(similarity), 1.0)
    assert np.isnan(similarity[0, 1])
