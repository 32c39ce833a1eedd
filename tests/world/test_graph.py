"""Tracks as graphs: distances against brute force, routes, coordinates."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.world.graph import TrackGraph, linear_track, loop_track, make_track, w_track, y_track

TRACKS = {
    "linear": linear_track(2.0),
    "w": w_track(0.8, 0.4),
    "y": y_track(0.7),
    "loop": loop_track(2.4),
}


def brute_force_distance(track, step=0.01):
    """Shortest ways over points every `step` m, joined to their neighbours, by Floyd-Warshall."""
    points, links = [], []
    node = {}
    for edge, (first, last) in enumerate(track.edge_node):
        n = round(track.edge_length[edge] / step)
        along = track.edge_start[edge] + np.linspace(0, track.edge_length[edge], n + 1)
        indices = []
        for k, x in enumerate(along):
            end = first if k == 0 else last if k == n else None
            if end is not None and end in node:
                indices.append(node[end])
                continue
            points.append(x if end is None else np.nan)
            indices.append(len(points) - 1)
            if end is not None:
                node[end] = indices[-1]
        links += [(a, b, track.edge_length[edge] / n) for a, b in pairwise(indices)]
    distance = np.full((len(points),) * 2, np.inf)
    np.fill_diagonal(distance, 0)
    for a, b, weight in links:
        distance[a, b] = distance[b, a] = weight
    for k in range(len(points)):
        distance = np.minimum(distance, distance[:, k, None] + distance[k])
    return np.array(points), distance


@pytest.mark.parametrize("name", TRACKS)
def test_distance_equals_the_shortest_way_over_points(name):
    track = TRACKS[name]
    points, expected = brute_force_distance(track, 0.05)
    inner = np.flatnonzero(np.isfinite(points))
    found = track.distance(points[inner], points[inner])
    np.testing.assert_allclose(found, expected[np.ix_(inner, inner)], atol=1e-9)


@given(st.sampled_from(list(TRACKS)), st.integers(0, 10_000))
def test_distance_is_a_metric(name, seed):
    track = TRACKS[name]
    x = np.random.default_rng(seed).uniform(0, track.length, 6)
    d = track.distance(x, x)
    np.testing.assert_allclose(d, d.T, atol=1e-9)
    np.testing.assert_allclose(np.diag(d), 0, atol=1e-12)
    assert all(d[i, k] <= d[i, j] + d[j, k] + 1e-9 for i, j, k in product(range(6), repeat=3))
    straight = np.linalg.norm(track.coordinates(x)[:, None] - track.coordinates(x), axis=2)
    assert np.all(d >= straight - 1e-9)


@pytest.mark.parametrize("name", TRACKS)
def test_routes_join_wells_without_jumps(name):
    track = TRACKS[name]
    wells = track.wells if len(track.wells) > 1 else track.wells * 2
    route = track.route(wells[0], wells[-1])
    travelled = np.linspace(0, route.length, 400)
    position, outbound = track.along(route, travelled)
    place = track.coordinates(position)
    steps = np.linalg.norm(np.diff(place, axis=0), axis=1)
    assert steps.max() < 1.01 * route.length / 399
    ends = track.node_position[[wells[0], wells[-1]]]
    np.testing.assert_allclose(place[[0, -1]], ends, atol=1e-9)
    inside = track.edge_of(position[1:]) == track.edge_of(position[:-1])
    forward = np.diff(position) > 0
    np.testing.assert_array_equal(forward[inside], outbound[1:][inside])


def test_there_and_back_take_the_same_edges_the_other_way():
    track = TRACKS["w"]
    there, back = track.route(3, 5), track.route(5, 3)
    np.testing.assert_array_equal(there.edge, back.edge[::-1])
    np.testing.assert_array_equal(there.outbound, ~back.outbound[::-1])


def test_paths_part_at_the_foot_of_the_centre_arm():
    np.testing.assert_array_equal(TRACKS["w"].decision_nodes, [1])
    np.testing.assert_array_equal(TRACKS["y"].decision_nodes, [1])
    assert TRACKS["linear"].decision_nodes.size == 0
    assert TRACKS["loop"].decision_nodes.size == 0


def test_a_loop_is_run_all_the_way_round():
    track = TRACKS["loop"]
    route = track.route(0, 0)
    assert route.length == pytest.approx(track.length)
    assert track.length == pytest.approx(2.4)
    assert route.outbound.all()


def test_unknown_track_names_the_known_ones():
    with pytest.raises(NeurosimError, match=r"linear.*found 'zigzag'"):
        make_track("zigzag")


def test_node_without_a_way_is_an_error():
    split = TrackGraph(np.array([[0, 0], [1, 0], [2, 0], [3, 0.0]]), np.array([[0, 1], [2, 3]]), ())
    with pytest.raises(NeurosimError, match="node 0 to 3"):
        split.route(0, 3)


@given(st.sampled_from(list(TRACKS)), st.integers(0, 10_000))
def test_separation_is_the_distance_of_partners(name, seed):
    track = TRACKS[name]
    a, b = np.random.default_rng(seed).uniform(0, track.length, (2, 8))
    np.testing.assert_allclose(track.separation(a, b), np.diag(track.distance(a, b)), atol=1e-12)


@pytest.mark.parametrize("name", TRACKS)
def test_every_node_has_a_track_position_at_its_place(name):
    """The end of an edge is the number at which another edge begins, elsewhere."""
    track = TRACKS[name]
    for node, place in enumerate(track.node_position):
        at = np.array([track.node_position_on_track(node)])
        np.testing.assert_allclose(track.coordinates(at)[0], place, atol=1e-9)
    wells = np.array([track.node_position_on_track(well) for well in track.wells])
    for i, a in enumerate(track.wells):
        for j, b in enumerate(track.wells):
            if i != j:
                length = track.route(a, b).length
                assert track.distance(wells, wells)[i, j] == pytest.approx(length)


@given(st.sampled_from(list(TRACKS)), st.integers(0, 10_000))
def test_a_path_rolls_out_to_its_length_whichever_way_its_edges_point(name, seed):
    track, rng = TRACKS[name], np.random.default_rng(seed)
    nodes = [int(rng.choice(track.wells))]
    position, outbound, travelled = [], [], 0.0
    for _ in range(4):
        others = [well for well in track.wells if well != nodes[-1]] or nodes[-1:]
        nodes.append(int(rng.choice(others)))
        route = track.route(nodes[-2], nodes[-1])
        x, out = track.along(route, np.arange(0, route.length, 0.013))
        position.append(x)
        outbound.append(out)
        travelled += route.length
    position, outbound = np.concatenate(position), np.concatenate(outbound)
    edge = track.edge_of(position)
    rolled, orientation = track.unroll(position, edge)
    steps = np.diff(rolled)
    assert np.all(np.abs(steps) <= 0.013 + 1e-9)
    assert np.abs(steps).sum() == pytest.approx(travelled, abs=4 * 0.013 * 2)
    moving = (np.abs(steps) > 1e-6) & (edge[1:] == edge[:-1])
    moving &= outbound[1:] == outbound[:-1]  # the walk turns between two samples
    along = steps * orientation[1:] > 0
    np.testing.assert_array_equal(along[moving], outbound[1:][moving])


def test_an_unrolled_linear_track_is_its_position_from_the_first(rng):
    position = rng.uniform(0, 2, 50)
    rolled, orientation = TRACKS["linear"].unroll(position, np.zeros(50, dtype=int))
    np.testing.assert_allclose(rolled, position - position[0], atol=1e-12)
    assert np.all(orientation == 1)


def test_a_path_with_a_lost_edge_between_is_still_rolled_out():
    track = TRACKS["w"]
    position = np.array([0.7, track.edge_start[2] + 0.1])
    rolled, orientation = track.unroll(position, np.array([0, 2]))
    assert rolled[1] == pytest.approx(track.distance(position[:1], position[1:])[0, 0])
    assert orientation.tolist() == [1, 1]
