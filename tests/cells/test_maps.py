"""Places as states, and how alike two maps are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.cells.maps import ARENA_BIN, TRACK_BIN, PlaceGrid, map_similarity
from neurosim.cells.place import PlaceCellParameters, Resemblance, draw_place_maps
from neurosim.world.graph import linear_track, loop_track, w_track, y_track

LINEAR = PlaceGrid("linear", linear_track(2.0))
ARENA = PlaceGrid("arena", side=1.0)
GRIDS = (LINEAR, PlaceGrid("w", w_track(0.8, 0.4)), PlaceGrid("loop", loop_track(3.0)), ARENA)
PARAMETERS = PlaceCellParameters(
    n_cells=400,
    peak_rate_median_hz=12.0,
    peak_rate_log_sd=0.5,
    field_sd_m=0.15,
    arena_field_sd_m=0.12,
    mean_fields=1.5,
    field_number_shape=2.0,
    bidirectional_fraction=0.3,
    background_rate_hz=0.2,
    precession_deg=300.0,
)


@pytest.mark.parametrize("grid", GRIDS[:3], ids=lambda grid: grid.name)
@given(fraction=st.floats(0, 1))
def test_a_place_on_a_track_lies_in_the_bin_around_it(grid, fraction):
    place = np.array([fraction * grid.graph.length])
    (found,) = grid.bins(place)
    assert abs(grid.centres[found] - place[0]) <= 0.51 * TRACK_BIN * 1.05
    assert grid.graph.edge_of(grid.centres[found : found + 1])[0] in (
        grid.graph.edge_of(place)[0],
        grid.graph.edge_of(place - 1e-6)[0],
    )


@given(x=st.floats(0, 1), y=st.floats(0, 1))
def test_a_place_in_an_arena_lies_in_the_bin_around_it(x, y):
    (found,) = ARENA.bins(np.array([[x, y]]))
    assert np.abs(ARENA.centres[found] - [x, y]).max() <= 0.5 * ARENA_BIN + 1e-9


def test_every_bin_is_its_own_and_the_states_of_all_environments_follow_each_other(rng):
    maps = draw_place_maps(PARAMETERS, GRIDS, rng)
    found = []
    for index, grid in enumerate(GRIDS):
        ways = (True,) if grid.graph is None else (True, False)
        for outbound in ways:
            n = len(grid.centres)
            np.testing.assert_array_equal(grid.bins(grid.centres), np.arange(n))
            found.append(maps.states(index, grid.centres, np.full(n, outbound)))
    found.append(np.array([maps.mean_state(index) for index in range(len(GRIDS))]))
    np.testing.assert_array_equal(np.concatenate(found), np.arange(len(maps.rate)))
    for index in range(len(GRIDS)):
        np.testing.assert_allclose(
            maps.rate[maps.mean_state(index)], maps.map_of(index).mean(axis=0), rtol=1e-4
        )
    assert maps.index("loop") == 2
    with pytest.raises(NeurosimError, match="maze"):
        maps.index("maze")


def test_leading_away_is_the_sign_of_the_change_of_the_distance():
    grid = PlaceGrid("y", y_track(1.0))
    place = np.array([1.5])  # in the middle of the second arm
    away = grid.leads_away(place)[:, 0]
    # Edges: 0 to 1 m up to the middle, then one arm out, then the other arm out.
    assert np.all(away[:100] == -1)
    assert np.all(away[100:149] == -1)
    assert np.all(away[151:] == 1)


def test_shifted_states_stay_on_their_edge_and_in_their_direction(rng):
    maps = draw_place_maps(PARAMETERS, GRIDS, rng)
    inside = maps.states(0, np.array([1.0, 1.0, 0.05]), np.array([True, False, True]))
    moved = maps.shifted(inside, np.array([0.1, -0.2, -0.3]))
    expected = maps.states(0, np.array([1.1, 0.8, 0.0]), np.array([True, False, True]))
    np.testing.assert_array_equal(moved, expected)
    at = maps.states(3, np.array([[0.5, 0.5]]), np.array([True]))
    to = maps.states(3, np.array([[0.6, 0.5]]), np.array([True]))
    np.testing.assert_array_equal(maps.shifted(at, np.array([0.1])), to)
    mean = np.array([maps.mean_state(1)])
    np.testing.assert_array_equal(maps.shifted(mean, np.array([0.5])), mean)


@pytest.mark.parametrize("index", range(len(GRIDS)), ids=lambda index: GRIDS[index].name)
def test_shifts_of_every_state_are_those_of_its_edge_or_row(rng, index):
    maps, grid = draw_place_maps(PARAMETERS, GRIDS, rng), GRIDS[index]
    bins = np.repeat(np.arange(len(grid.centres)), 5)
    shift = rng.normal(0, 0.3, bins.size)
    for outbound in (True, False):
        way = np.full(bins.size, outbound)
        found = maps.shifted(maps.states(index, grid.centres[bins], way), shift)
        if grid.graph is None:
            place = grid.centres[bins].copy()
            step = ARENA_BIN
            place[:, 0] = np.clip(place[:, 0] + step * np.rint(shift / step), 0.01, 0.99)
        else:
            edge = grid.graph.edge_of(grid.centres[bins])
            start, length = grid.graph.edge_start[edge], grid.graph.edge_length[edge]
            step = length / np.rint(length / TRACK_BIN)
            moved = grid.centres[bins] + step * np.rint(shift / step)
            place = np.clip(moved, start + 0.5 * step, start + length - 0.5 * step)
        np.testing.assert_array_equal(found, maps.states(index, place, way))


def test_similarity_is_the_mean_correlation_of_population_vectors(rng):
    a, b = rng.random((30, 12)), rng.random((30, 12))
    brute = np.mean([np.corrcoef(x, y)[0, 1] for x, y in zip(a, b, strict=True)])
    assert map_similarity(a, b) == pytest.approx(brute)
    assert map_similarity(a, a) == pytest.approx(1.0)
    assert map_similarity(a, -a) == pytest.approx(-1.0)
    a[3] = 1.0  # no variation over cells: the bin says nothing
    brute = np.mean([np.corrcoef(a[i], b[i])[0, 1] for i in range(30) if i != 3])
    assert map_similarity(a, b) == pytest.approx(brute)
    assert np.isnan(map_similarity(np.ones((2, 3)), b[:2, :3]))
    with pytest.raises(NeurosimError, match=r"\(30, 12\)"):
        map_similarity(a, b[:10])


@given(seed=st.integers(0, 1000))
def test_the_order_of_cells_and_the_scale_of_rates_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    a, b, order = rng.random((8, 6)), rng.random((8, 6)), rng.permutation(6)
    whole = map_similarity(a, b)
    assert map_similarity(3 * a[:, order], b[:, order]) == pytest.approx(whole)
    assert map_similarity(b, a) == pytest.approx(whole)


@pytest.mark.parametrize("shared", [0.0, 0.5, 1.0])
def test_similarity_of_maps_grows_with_the_cells_that_they_share(rng, shared):
    other = PlaceGrid("other", linear_track(2.0))
    maps = draw_place_maps(
        PARAMETERS, (LINEAR, other), rng, {"other": Resemblance("linear", shared)}
    )
    same = np.all(maps.map_of(0) == maps.map_of(1), axis=0)
    assert same.mean() == pytest.approx(shared)
    assert map_similarity(maps.map_of(0), maps.map_of(1)) == pytest.approx(shared, abs=0.1)


def test_a_map_can_resemble_only_an_earlier_one_of_its_kind(rng):
    for grids, other in (((LINEAR, ARENA), "linear"), ((LINEAR, GRIDS[1]), "arena")):
        with pytest.raises(NeurosimError) as error:
            draw_place_maps(PARAMETERS, grids, rng, {grids[1].name: Resemblance(other, 0.5)})
        assert "similar_to" in str(error.value)
        assert other in str(error.value)
