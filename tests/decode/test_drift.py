"""Drift and turns of headings, and cells that are shifted apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim.decode.drift import angular_steps, drift_speed, find_turns, shifted_trains

WIDTH = 0.1


def turned(steps: list[float], start: float = 350.0) -> np.ndarray:
    """Headings in rad on the circle from steps in deg; a NaN step loses one bin."""
    total = np.concatenate([[start], start + np.cumsum(np.nan_to_num(steps))])
    heading = np.deg2rad(np.mod(total, 360.0))
    heading[1:][np.isnan(steps)] = np.nan
    return heading


def turns_of(heading: np.ndarray, interval=None, min_speed=60.0, min_angle=30.0) -> list[tuple]:
    interval = np.zeros(heading.size, dtype=int) if interval is None else interval
    turns = find_turns(heading, interval, WIDTH, min_speed, min_angle)
    return [
        (int(first), int(last), round(float(amplitude), 3))
        for first, last, amplitude in zip(
            turns["first"].values, turns["last"].values, turns["amplitude"].values, strict=True
        )
    ]


def brute_force_turns(steps: np.ndarray, min_step: float, min_angle: float) -> list[tuple]:
    """Walk along the steps and join fast ones of the same sign."""
    found, first, total = [], None, 0.0
    for k, step in enumerate([*steps, np.nan]):
        fast = np.isfinite(step) and abs(step) >= min_step
        if first is not None and not (fast and step * total > 0):
            if abs(total) >= min_angle:
                found.append((first, k, round(total, 3)))
            first, total = None, 0.0
        if fast:
            first = k if first is None else first
            total += step
    return found


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([0, 20, 20, 0], [(1, 3, 40.0)]),
        ([0, -20, -20, 0], [(1, 3, -40.0)]),
        ([0, 20, 9, 0], []),
        ([20, 20, -20, -20], [(0, 2, 40.0), (2, 4, -40.0)]),
        ([20, 3, 20, 20], [(2, 4, 40.0)]),
        ([5] * 30, []),
        ([20] * 20, [(0, 20, 400.0)]),
        ([0, 0, 0], []),
    ],
    ids=str,
)
def test_turns_are_stretches_of_fast_rotation_in_one_direction(steps, expected):
    assert turns_of(turned(steps)) == expected


def test_no_turn_crosses_epochs():
    heading = turned([20] * 6)
    interval = np.array([0, 0, 0, 1, 1, 1, 1])
    assert turns_of(heading, interval) == [(0, 2, 40.0), (3, 6, 60.0)]


def test_a_silent_bin_ends_a_turn():
    assert turns_of(turned([20, 20, np.nan, 20, 20, 20])) == [(0, 2, 40.0), (4, 6, 40.0)]


@given(
    st.lists(st.sampled_from([-50.0, -20.0, -3.0, 0.0, 3.0, 20.0, 50.0, np.nan]), max_size=25),
    st.floats(0.0, 360.0),
)
def test_turns_equal_brute_force(steps, start):
    heading = turned(steps, start)
    known = np.isfinite(heading)
    usable = [
        step if known[k] and known[k + 1] else np.nan for k, step in enumerate(np.nan_to_num(steps))
    ]
    assert turns_of(heading) == brute_force_turns(np.array(usable), 6.0, 30.0)


@pytest.mark.parametrize("heading", [np.empty(0), np.array([1.0]), np.full(5, np.nan)])
def test_without_steps_there_is_no_turn(heading):
    assert turns_of(heading) == []


@given(st.floats(-1700.0, 1700.0), st.floats(0.0, 6.28), st.sampled_from([0.02, 0.05, 0.1]))
def test_the_drift_of_a_constant_rotation_is_its_speed_across_the_wrap(speed, start, width):
    heading = np.mod(start + np.deg2rad(speed) * width * np.arange(100), 2 * np.pi)
    interval = np.repeat([0, 1], 50)
    heading[50:] += 1.0  # a jump between epochs is no drift
    assert drift_speed(np.mod(heading, 2 * np.pi), interval, width) == pytest.approx(
        abs(speed), abs=1e-6
    )


def test_silent_bins_are_left_out_of_the_drift():
    heading = np.deg2rad(np.mod(10.0 * np.arange(50), 360))
    heading[[5, 20, 21]] = np.nan
    assert drift_speed(heading, np.zeros(50, dtype=int), 0.1) == pytest.approx(100.0)
    steps = angular_steps(heading, np.zeros(50, dtype=int))
    assert np.isnan(steps).sum() == 5


def test_without_two_bins_in_a_row_there_is_no_drift():
    heading = np.array([0.0, np.nan, 1.0, np.nan])
    assert np.isnan(drift_speed(heading, np.zeros(4, dtype=int), WIDTH))


@given(st.integers(0, 2**31), st.integers(1, 5))
def test_shifted_trains_keep_numbers_and_distances_in_a_circle(seed, n_units):
    rng = np.random.default_rng(seed)
    intervals = np.array([[1.0, 3.0], [3.0, 3.5], [7.0, 11.0]])
    times = np.sort(rng.uniform(0, 12, 80))
    unit = rng.integers(0, n_units, times.size)
    trains = shifted_trains(times, unit, intervals, n_units, rng)
    assert all(np.all(np.diff(moved) >= 0) for moved in trains)

    def joined(t: np.ndarray) -> np.ndarray:
        """Time along the epochs joined end to end; NaN outside."""
        out = np.full(t.size, np.nan)
        for (start, stop), before in zip(intervals, (0.0, 2.0, 2.5), strict=True):
            inside = (t >= start) & (t < stop)
            out[inside] = t[inside] - start + before
        return out

    assert np.isfinite(joined(np.concatenate(trains))).all()
    for k, moved in enumerate(trains):
        before = joined(times[unit == k])
        before, after = np.sort(before[np.isfinite(before)]), np.sort(joined(moved))
        assert before.size == after.size
        if before.size > 1:
            gaps = [np.sort(np.diff(np.append(x, x[0] + 6.5))) for x in (before, after)]
            np.testing.assert_allclose(*gaps, atol=1e-9)


def test_units_are_shifted_apart(rng):
    times = np.repeat(np.arange(1.0, 90.0), 6)
    unit = np.tile(np.arange(6), 89)
    trains = shifted_trains(times, unit, np.array([[0.0, 100.0]]), 6, rng)
    phase = [np.mod(moved, 1.0).mean() for moved in trains]
    assert np.ptp(phase) > 0.2


def test_without_epochs_nothing_is_left(rng):
    (moved,) = shifted_trains(np.ones(3), np.zeros(3, int), np.empty((0, 2)), 1, rng)
    assert moved.size == 0
