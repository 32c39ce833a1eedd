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
