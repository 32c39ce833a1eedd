"""Packets measured directly, from planted ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim.network.packets import (
    RouteCells,
    cells_on_route,
    crossing_speed,
    events_above,
    measure_packet,
    monotone,
    unrolled,
    wrapped,
)
from neurosim.world.graph import make_track

TIME = np.arange(0, 0.4, 0.005)


@settings(max_examples=40, deadline=None)
@given(
    speed=st.floats(1.0, 20.0),
    rest=st.floats(0.0, 0.2),
    start=st.floats(-2.0, 2.0),
    sign=st.sampled_from([-1, 1]),
)
def test_crossing_speed_is_that_of_the_movement(speed, rest, start, sign):
    path = start + sign * speed * np.clip(TIME - rest, 0, 0.15)
    found, net = crossing_speed(TIME, path)
    assert found == pytest.approx(speed, rel=0.02)
    assert net == pytest.approx(path[-1] - path[0])


def test_crossing_speed_stands_noise_and_gaps(rng):
    path = 5.0 * TIME + rng.normal(0, 0.05, TIME.size)
    path[rng.permutation(TIME.size)[:20]] = np.nan
    found, net = crossing_speed(TIME, path)
    assert found == pytest.approx(5.0, rel=0.15)
    assert net == pytest.approx(2.0, rel=0.1)


def test_a_path_that_stays_has_no_speed():
    assert np.isnan(crossing_speed(TIME, np.full(TIME.size, 1.0))[0])
    assert np.isnan(crossing_speed(TIME, np.full(TIME.size, np.nan))).all()


def test_a_monotone_path_follows_the_way_that_most_of_the_path_leads():
    assert np.all(np.diff(monotone(np.array([3.0, 2.0, 2.5, 1.0]))) <= 0)
    assert np.all(np.diff(monotone(np.array([0.0, 2.0, 1.5, 3.0]))) >= 0)


def packet_spikes(rng, speed, start, kind, n=300, length=3.0):
    """Cells of one map with fields along a track, and the spikes of a packet."""
    centre = np.sort(rng.uniform(0, length, n))
    cells = RouteCells(centre, np.full(n, kind))
    times = np.sort(rng.uniform(0, 0.3, 1500))
    place = np.clip(start + speed * times + rng.normal(0, 0.1, times.size), 0, length)
    return times, np.abs(place[:, None] - centre).argmin(axis=1), cells


@pytest.mark.parametrize(("speed", "start"), [(6.0, 0.5), (-6.0, 2.5)])
@pytest.mark.parametrize("kind", [0, 1])
def test_a_planted_packet_is_found(rng, speed, start, kind):
    times, spikes, cells = packet_spikes(rng, speed, start, kind)
    packet = measure_packet(times, spikes, cells, np.arange(0, 0.3001, 0.005))
    assert packet.map == ("outbound", "inbound")[kind]
    assert packet.direction == ("forward" if (speed > 0) == (kind == 0) else "reverse")
    assert packet.speed == pytest.approx(6.0, rel=0.1)
    assert packet.net == pytest.approx(speed * 0.3, rel=0.1)


@pytest.mark.parametrize("speed", [10.0, -10.0])
def test_a_packet_may_run_around_a_loop_more_than_once(rng, speed):
    n, length = 300, 3.0
    centre = rng.permutation(np.linspace(0, length, n, endpoint=False))
    time = np.sort(rng.uniform(0, 0.55, 3000))
    place = 2.0 + speed * np.clip(time - 0.05, 0, None) + rng.normal(0, 0.1, time.size)
    away = np.abs(wrapped(place[:, None] - centre, length))
    around = RouteCells(centre, np.zeros(n, int), circumference=length)
    packet = measure_packet(time, away.argmin(axis=1), around, np.arange(0, 0.5501, 0.005))
    assert packet.direction == ("forward" if speed > 0 else "reverse")
    assert packet.speed == pytest.approx(10.0, rel=0.05)
    assert packet.net == pytest.approx(speed * 0.5, rel=0.05)
    known = packet.position[np.isfinite(packet.position)]
    assert known.min() >= 0
    assert known.max() < length


def test_a_path_is_rolled_out_on_a_loop_alone():
    turns = np.array([0.1, 2.9, np.nan, 2.5, 0.2])
    np.testing.assert_allclose(unrolled(turns, 3.0), [0.1, -0.1, np.nan, -0.5, 0.2])
    np.testing.assert_array_equal(unrolled(turns, None), turns)


def test_a_packet_of_both_maps_has_no_direction(rng):
    times, spikes, cells = packet_spikes(rng, 6.0, 0.5, 0)
    mixed = RouteCells(cells.centre, rng.integers(2, size=cells.map.size))
    packet = measure_packet(times, spikes, mixed, np.arange(0, 0.3001, 0.005))
    assert (packet.map, packet.direction) == ("both", "unresolved")


def test_no_spike_is_no_packet():
    cells = RouteCells(np.array([1.0]), np.array([0]))
    packet = measure_packet(np.zeros(0), np.zeros(0, int), cells, np.arange(0, 0.1, 0.005))
    assert packet.direction == "unresolved"
    assert np.isnan(packet.speed)
    assert np.isnan(packet.position).all()


def test_fields_are_laid_along_a_route_of_a_branching_track():
    graph = make_track("w", arm=0.8, spacing=0.4)
    route = graph.route(graph.wells[0], graph.wells[1])
    assert graph.circumference(route) is None
    along = np.array([0.1, 0.7, 1.5])
    place, outbound = graph.along(route, along)
    peak = np.where(outbound, [[10.0] * 3, [0.0] * 3], [[0.0] * 3, [10.0] * 3])
    cell = np.array([0, 1, 2, 3, 3])  # the last one has two fields
    places, peaks = np.append(place, place[:2]), np.hstack([peak, peak[:, :2]])
    found = cells_on_route(graph, route, cell, places, peaks, 6)
    assert found.centre[:3] == pytest.approx(along)
    assert found.map[:3].tolist() == [0, 0, 0]
    assert np.isnan(found.centre[3:]).all()
    back = cells_on_route(graph, route, cell, places, peaks[::-1], 6)
    assert back.map[:3].tolist() == [1, 1, 1]


def test_events_are_long_enough_stretches_above_a_threshold():
    rate = np.array([0, 3, 3, 0, 3, 0, 3, 3, 3])
    assert events_above(rate, 2, 2).tolist() == [[1, 3], [6, 9]]
    assert events_above(np.zeros(5), 2, 1).shape == (0, 2)
