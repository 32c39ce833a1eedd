"""Virtual paths of every kind against their parameters."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim.cells.maps import PlaceGrid
from neurosim.cells.paths import (
    STEP,
    accelerated,
    diffuse_in_arena,
    diffuse_on_graph,
    draw_stretches,
    hover_and_jump,
)
from neurosim.cells.virtual import (
    PathParameters,
    VirtualEnvironment,
    decision_factor,
    reward_factor,
)
from neurosim.world.graph import linear_track, loop_track, w_track, y_track

PATHS = PathParameters(
    min_span_m=1.0,
    acceleration_factor=4.0,
    hold_s=0.0167,
    jump_s=0.0112,
    diffusion_sd_m=0.08,
    fragment_s=0.005,
    reward_discount=1.0,
    reward_step_m=0.25,
    decision_gain=1.0,
    decision_radius_m=0.15,
)
LINEAR = VirtualEnvironment(PlaceGrid("linear", linear_track(2.0)), 0.5, rewarded=(0, 1))
W = VirtualEnvironment(PlaceGrid("w", w_track(0.8, 0.4)), 0.5, rewarded=(0, 3, 5))
LOOP = VirtualEnvironment(PlaceGrid("loop", loop_track(3.0)), 0.5, rewarded=(0,))
ARENA = VirtualEnvironment(PlaceGrid("arena", side=1.0), 0.2)


@pytest.mark.parametrize("environment", [LINEAR, W, LOOP], ids=lambda e: e.grid.name)
@given(seed=st.integers(0, 500))
def test_stretches_lie_on_their_route_and_are_long_enough(environment, seed):
    rng = np.random.default_rng(seed)
    reverse = rng.random(20) < 0.5
    drawn = draw_stretches(environment, reverse, PATHS, rng)
    length = np.array([route.length for route in environment.routes])[drawn.route]
    low, high = np.minimum(drawn.start, drawn.stop), np.maximum(drawn.start, drawn.stop)
    assert np.all(low >= 0)
    assert np.all(high <= length + 1e-9)
    assert np.all(high - low >= np.minimum(1.0, length) - 1e-9)
    np.testing.assert_array_equal(drawn.start > drawn.stop, reverse)


@pytest.mark.parametrize("environment", [LINEAR, W, LOOP], ids=lambda e: e.grid.name)
@given(seed=st.integers(0, 500), reverse=st.booleans())
def test_places_move_continuously_at_one_speed_along_or_against_the_map(environment, seed, reverse):
    rng = np.random.default_rng(seed)
    drawn = draw_stretches(environment, np.array([reverse]), PATHS, rng)
    n = 400
    place, outbound = drawn.at(environment, np.zeros(n, dtype=int), np.linspace(0, 1, n))
    graph = environment.grid.graph
    step = np.array([graph.distance(place[[i]], place[[i + 1]])[0, 0] for i in range(n - 1)])
    span = abs(drawn.stop[0] - drawn.start[0])
    corner = graph.edge_of(place[1:]) != graph.edge_of(place[:-1])
    np.testing.assert_allclose(step[~corner], span / (n - 1), rtol=1e-6)
    same_edge = ~corner
    along = np.diff(place)[same_edge] > 0
    np.testing.assert_array_equal(along == outbound[1:][same_edge], not reverse)


@given(seed=st.integers(0, 500))
def test_lines_in_an_arena_stay_inside(seed):
    rng = np.random.default_rng(seed)
    drawn = draw_stretches(ARENA, np.zeros(5, dtype=bool), PATHS, rng)
    event = np.repeat(np.arange(5), 50)
    place, _ = drawn.at(ARENA, event, np.tile(np.linspace(0, 1, 50), 5))
    assert place.min() >= 0
    assert place.max() <= 1
    length = np.hypot(*(place[49::50] - place[::50]).T)
    np.testing.assert_allclose(length, drawn.stop)
    assert length.min() >= 0.5


def test_routes_join_the_wells_between_which_the_animal_runs():
    assert len(LINEAR.routes) == 2
    assert len(W.routes) == 6
    assert len(LOOP.routes) == 1
    alternating = replace(W, alternates=True).routes
    assert len(alternating) == 4
    for route in alternating:  # from the centre well, whose edge comes first, or to it
        assert 0 in (route.edge[0], route.edge[-1])


def test_stretches_on_a_linear_track_are_uniform_over_routes_lengths_and_places(rng):
    drawn = draw_stretches(LINEAR, np.zeros(20_000, dtype=bool), PATHS, rng)
    span = drawn.stop - drawn.start
    assert np.mean(drawn.route) == pytest.approx(0.5, abs=0.015)
    assert span.mean() == pytest.approx(1.5, abs=0.01)
    assert np.mean(drawn.start / (2.0 - span)) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("environment", [LINEAR, W, LOOP], ids=lambda e: e.grid.name)
def test_starts_of_reverse_paths_are_discounted_by_their_steps_from_a_reward(environment, rng):
    """Starts with a discount against those without: the ratio of densities is discount ** steps."""
    discounted = replace(PATHS, reward_discount=0.7, min_span_m=0.3)
    reverse = np.ones(60_000, dtype=bool)
    histograms = []
    bins = np.arange(0, 0.8, 0.1)
    for parameters in (replace(discounted, reward_discount=1.0), discounted):
        drawn = draw_stretches(environment, reverse, parameters, rng)
        start, _ = drawn.at(environment, np.arange(60_000), np.zeros(60_000))
        away = environment.grid.graph.distance(start, environment.reward_position).min(axis=1)
        histograms.append(np.histogram(away, bins)[0])
    ratio = histograms[1] / histograms[0]
    enough = histograms[0] > 300
    assert enough.sum() >= 4
    slope = np.polyfit(bins[:-1][enough] / 0.25, np.log(ratio[enough]), 1)[0]
    assert np.exp(slope) == pytest.approx(0.7, abs=0.04)


def test_forward_paths_do_not_respond_to_reward(rng):
    forward = np.zeros(500, dtype=bool)
    drawn = [
        draw_stretches(LINEAR, forward, parameters, np.random.default_rng(4))
        for parameters in (PATHS, replace(PATHS, reward_discount=0.5))
    ]
    np.testing.assert_array_equal(drawn[0].start, drawn[1].start)


def test_firing_is_discounted_by_the_steps_from_the_reward_at_which_a_path_starts():
    parameters = replace(PATHS, reward_discount=0.8)
    place = np.array([1.9, 1.5, 1.0, 0.0])
    factor = reward_factor(LINEAR, place, np.full(4, 1.9), parameters)
    np.testing.assert_allclose(factor, 0.8 ** (np.array([0.1, 0.5, 1.0, 2.0]) / 0.25))
    none = replace(LINEAR, rewarded=())
    np.testing.assert_array_equal(reward_factor(none, place, place, parameters), 1.0)


def test_firing_near_decision_points_has_the_gain_along_every_arm():
    parameters = replace(PATHS, decision_gain=1.5)
    y = VirtualEnvironment(PlaceGrid("y", y_track(1.0)), 0.5)
    place = np.array([0.5, 0.86, 1.0 - 1e-9, 1.14, 1.16, 2.1, 2.5])
    expected = [1.0, 1.5, 1.5, 1.5, 1.0, 1.5, 1.0]
    np.testing.assert_array_equal(decision_factor(y, place, parameters), expected)
    np.testing.assert_array_equal(decision_factor(LINEAR, place, parameters), 1.0)


@given(st.floats(0.1, 10))
def test_speed_of_accelerating_paths_rises_linearly_by_the_factor(factor):
    u = np.linspace(0, 1, 1001)
    x = accelerated(u, factor)
    assert x[0] == 0
    assert x[-1] == pytest.approx(1.0)
    speed = np.diff(x) / np.diff(u)
    middle = (u[1:] + u[:-1]) / 2
    np.testing.assert_allclose(speed, 2 * (1 + (factor - 1) * middle) / (1 + factor), rtol=1e-6)


def test_holds_and_jumps_have_the_mean_durations_asked_for_and_jumps_one_speed(rng):
    """Durations are read off the progress itself, in samples of 1 ms."""
    durations = np.full(40, 4.0)
    n = np.full(40, 4000)
    progress = hover_and_jump(durations, n, PATHS.hold_s, PATHS.jump_s, rng).reshape(40, 4000)
    assert progress.min() >= 0
    assert progress.max() <= 1
    steps = np.diff(progress, axis=1)
    assert steps.min() >= 0
    holds, jumps = [], []
    for row in steps:
        moving = row > 0
        runs = np.split(moving, np.flatnonzero(np.diff(moving)) + 1)
        # A step holds still only if the whole millisecond does: moves seem longer by one step.
        holds += [(run.size + 1) * STEP for run in runs[1:-1] if not run[0]]
        jumps += [(run.size - 1) * STEP for run in runs[1:-1] if run[0]]
        full = row[1:-1][(row[:-2] > 0) & (row[2:] > 0)]  # no edge of a jump within
        fast = np.median(full)  # holds shorter than a sample make a step smaller, none larger
        assert np.all(full <= fast * (1 + 1e-6))
        assert np.mean(full > fast * (1 - 1e-6)) > 0.95
    assert np.mean(holds) == pytest.approx(0.0167, rel=0.05)
    assert np.mean(jumps) == pytest.approx(0.0112, rel=0.05)
    assert np.std(holds) / np.mean(holds) == pytest.approx(0.5, abs=0.05)


def test_an_event_too_short_to_jump_moves_all_the_time():
    (done,) = [
        hover_and_jump(
            np.array([0.004]), np.array([4]), 5.0, PATHS.jump_s, np.random.default_rng(0)
        )
    ]
    np.testing.assert_allclose(done, [0.125, 0.375, 0.625, 0.875])


def test_diffusion_in_the_open_has_the_mean_squared_displacement_of_brownian_motion(rng):
    graph = linear_track(200.0)
    start = np.full(4000, 100.0)
    sd = 0.08 * np.sqrt(STEP / 0.02)
    places = diffuse_on_graph(graph, start, sd, 201, rng)
    for step in (20, 100, 200):
        moved = places[step] - start
        assert moved.mean() == pytest.approx(0.0, abs=4 * 0.08 * np.sqrt(step / 20 / 4000))
        assert np.mean(moved**2) == pytest.approx(0.08**2 * step / 20, rel=0.08)


@pytest.mark.parametrize("graph", [linear_track(0.3), y_track(0.2), loop_track(0.5)])
def test_long_diffusion_covers_a_track_evenly(graph, rng):
    """Reflection at ends and a fair choice where paths part keep the uniform distribution."""
    start = np.full(4000, 0.05)
    places = diffuse_on_graph(graph, start, 0.08, 150, rng)
    assert places.min() >= 0
    assert places.max() <= graph.length
    counts, _ = np.histogram(places[-1], 6, (0, graph.length))
    expected = 4000 / 6
    assert np.sum((counts - expected) ** 2 / expected) < 25  # chi-square of 5 degrees: p < .001


def test_diffusion_on_a_loop_passes_nodes_without_noticing(rng):
    """On a loop far longer than the walk, unrolled displacements are Brownian: no reflection."""
    graph = loop_track(40.0, n_edges=400)  # a node every 10 cm
    start = np.full(3000, 20.03)
    places = diffuse_on_graph(graph, start, 0.018, 101, rng)
    moved = places[-1] - start
    assert np.mean(moved**2) == pytest.approx(0.018**2 * 100, rel=0.1)
    by_lag = np.diff(places, axis=0)
    assert abs(np.corrcoef(by_lag[:-1].ravel(), by_lag[1:].ravel())[0, 1]) < 0.01


def test_diffusion_in_an_arena_stays_inside_and_moves_along_both_axes(rng):
    far = diffuse_in_arena(100.0, np.full((4000, 2), 50.0), 0.02, 101, rng)
    moved = far[-1] - 50.0
    np.testing.assert_allclose(np.mean(moved**2, axis=0), 0.02**2 * 100, rtol=0.1)
    inside = diffuse_in_arena(0.5, np.full((500, 2), 0.1), 0.1, 200, rng)
    assert inside.min() >= 0
    assert inside.max() <= 0.5
