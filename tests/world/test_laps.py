"""Laps found on hand-made tracks, and the time they take."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim.world.graph import linear_track
from neurosim.world.laps import LapTimes, find_laps, lap_times

LENGTH = 2.0  # m; its end zones are 0.2 m long
TRACK = linear_track(LENGTH)
STEP = 0.01  # s


def walk(*corners: float, speed: float = 0.5) -> np.ndarray:
    """Positions on a 10 ms clock between corners (m) at a constant speed (m/s)."""
    legs = [
        np.linspace(a, b, max(2, round(abs(b - a) / speed / STEP) + 1))[:-1]
        for a, b in pairwise(corners)
    ]
    return np.concatenate([*legs, corners[-1:]])


def laps_of(position: np.ndarray) -> list[tuple[float, float]]:
    """Where each lap begins and ends, rounded to cm."""
    lap = find_laps(position, TRACK)
    return [
        tuple(np.round(position[np.flatnonzero(lap == number)[[0, -1]]], 2).tolist())
        for number in range(lap.max() + 1)
    ]


def timed(position: np.ndarray) -> LapTimes:
    time = 100.0 + np.arange(position.size) * STEP
    return lap_times(time, position, find_laps(position, TRACK), LENGTH)


def median_speed(
    laps: LapTimes, start: Sequence[float], stop: Sequence[float], direction: Sequence[str]
) -> np.ndarray:
    return laps.median_speed(np.array(start), np.array(stop), np.array(direction, dtype=object))


@pytest.mark.parametrize(
    ("corners", "n_laps"),
    [
        ((0.0, 2.0), 1),
        ((0.0, 2.0, 0.0), 2),
        ((0.0, 1.0, 0.0), 0),
        ((0.0, 1.79, 0.0), 0),
        ((0.0, 1.79, 0.0, 2.0), 1),
        ((0.0, 1.81, 0.0), 2),
        ((0.5, 1.5, 0.5), 0),
        ((1.0, 2.0, 0.0, 1.0), 1),
        ((0.0, 1.5, 0.5, 2.0), 1),
        ((0.0, 0.1), 0),
    ],
    ids=str,
)
def test_a_lap_goes_from_one_end_zone_to_the_other(corners, n_laps):
    laps = laps_of(walk(*corners))
    assert len(laps) == n_laps
    for begin, end in laps:
        assert {begin < 0.3, end < 0.3} == {True, False}
        assert abs(end - begin) == pytest.approx(1.6, abs=0.02)


def test_laps_are_numbered_in_order_and_not_counted_within_end_zones():
    position = walk(0.0, 2.0, 1.9, 2.0, 0.0)
    lap = find_laps(position, TRACK)
    assert lap.dtype == np.int32
    assert lap.max() == 1
    assert np.all(lap[position < 0.19] == -1)
    assert np.all(lap[position > 1.81] == -1)
    assert np.all(np.diff(lap[lap >= 0]) >= 0)


def test_a_traversal_with_lost_tracking_is_no_lap():
    position = walk(0.0, 2.0, 0.0, 2.0)
    position[np.flatnonzero(position > 1.0)[3]] = np.nan
    laps = laps_of(position)
    assert len(laps) == 2
    assert laps[0][0] > laps[0][1]


@pytest.mark.parametrize("position", [np.full(5, np.nan), np.empty(0), np.full(9, 1.0)])
def test_where_no_end_zone_is_visited_there_is_no_lap(position):
    lap = find_laps(position, TRACK)
    assert lap.shape == position.shape
    assert np.all(lap == -1)


@given(st.lists(st.integers(0, 200).map(lambda cm: cm / 100), min_size=2, max_size=12))
def test_laps_agree_with_a_walk_that_remembers_the_last_end_zone(corners):
    position = walk(*corners)
    last, expected = None, []
    for x in position:
        zone = "start" if x < 0.2 - 1e-9 else "end" if x > 1.8 + 1e-9 else None
        if zone and last and zone != last:
            expected.append(zone)
        last = zone or last
    lap = find_laps(position, TRACK)
    reached = [
        "end" if position[lap == number][-1] > 1.0 else "start" for number in range(lap.max() + 1)
    ]
    assert reached == expected


@pytest.mark.parametrize("speed", [0.25, 0.5, 1.3])
@pytest.mark.parametrize("direction", ["outbound", "inbound", "both"])
def test_median_speed_of_constant_speed_laps_is_that_speed(speed, direction):
    laps = timed(walk(*[0.0, 2.0] * 4, speed=speed))
    found = median_speed(laps, [0.3, 1.7, 0.5], [1.6, 0.4, 0.6], [direction] * 3)
    np.testing.assert_allclose(found, speed, rtol=0.01)


def test_median_speed_belongs_to_the_running_direction():
    slow_out, fast_back = walk(0.0, 2.0, speed=0.4)[:-1], walk(2.0, 0.0, speed=0.8)[:-1]
    laps = timed(np.concatenate([slow_out, fast_back] * 3))
    assert laps.outbound.tolist() == [True, False] * 3
    found = median_speed(laps, [0.4] * 2, [1.4] * 2, ["outbound", "inbound"])
    np.testing.assert_allclose(found, [0.4, 0.8], rtol=0.01)
    swapped = median_speed(laps, [1.4] * 2, [0.4] * 2, ["outbound", "inbound"])
    np.testing.assert_allclose(swapped, found)


def test_the_median_is_over_laps():
    one_way = [walk(0.0, 2.0, speed=speed)[:-1] for speed in (0.2, 0.5, 0.9)]
    back = walk(2.0, 0.0, speed=0.5)[:-1]
    laps = timed(np.concatenate([one_way[0], back, one_way[1], back, one_way[2], back]))
    assert median_speed(laps, [0.4], [1.6], ["outbound"])[0] == pytest.approx(0.5, rel=0.01)


def test_speed_varies_along_the_track():
    laps = timed(np.concatenate([walk(0.0, 1.0, speed=0.25)[:-1], walk(1.0, 2.0, speed=0.75)]))
    found = median_speed(laps, [0.3, 1.1, 0.4], [0.9, 1.7, 1.6], ["outbound"] * 3)
    np.testing.assert_allclose(found, [0.25, 0.75, 1.2 / (0.6 / 0.25 + 0.6 / 0.75)], rtol=0.02)


def test_stretches_are_clipped_to_between_the_end_zones():
    laps = timed(walk(0.0, 2.0))
    whole = median_speed(laps, [0.0], [2.0], ["outbound"])
    assert whole[0] == pytest.approx(0.5, rel=0.01)


def test_where_there_is_no_stretch_or_no_lap_the_speed_is_nan():
    laps = timed(walk(0.0, 2.0))
    found = median_speed(
        laps,
        [0.5, 0.0, 1.85, 0.5, np.nan],
        [0.5, 0.1, 1.95, 1.0, 1.0],
        ["outbound", "outbound", "outbound", "inbound", "outbound"],
    )
    assert np.isnan(found).all()


def test_a_crossing_is_the_first_one():
    laps = timed(walk(0.0, 1.5, 0.5, 2.0))
    assert laps.crossing.shape[0] == 1
    assert np.all(np.diff(laps.crossing[0]) >= 0)
    at = np.interp(1.0, laps.points, laps.crossing[0])
    assert at == pytest.approx(0.8 / 0.5, abs=0.05)  # from 0.2 m, where the lap begins
