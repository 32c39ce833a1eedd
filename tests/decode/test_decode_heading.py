"""Decoded headings, their drift and their turns."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import MissingData
from neurosim.decode.heading import (
    angular_steps,
    decode_heading,
    decode_sleep_heading,
    decode_wake_heading,
    drift_speed,
    find_turns,
    fit_heading_tuning,
    heading_counts,
)
from neurosim.decode.tuning import heading_bins, heading_tuning
from neurosim.recording import open_truth

TUNING = {"n_bins": 60, "smoothing_bins": 1.5, "rate_floor_hz": 0.1}
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


def test_awake_the_heading_is_decoded(recording):
    decoded = decode_wake_heading(recording, width=WIDTH, n_folds=5, tuning=TUNING)
    assert decoded.sizes["time"] == pytest.approx(900, abs=2)
    assert np.nanmedian(decoded["error"].values) < 8
    assert np.nanmax(decoded["error"].values) <= 180
    start, stop = recording.intervals(environment="arena")[0]
    assert np.all((decoded["time"].values > start) & (decoded["time"].values < stop))


def test_spikes_without_a_heading_decode_at_chance(hand_made, rng):
    """Few spikes of many cells: a decoder that saw its own test bins would know the heading."""
    times = np.sort(rng.uniform(0, 40, 4000))
    recording = hand_made(
        duration=40.0,
        spikes=(times, rng.integers(0, 80, times.size)),
        regions=("ADN",) * 80,
        heading=lambda t: 1.1 * t,
        epochs={
            "start": (0.0,),
            "stop": (40.0,),
            "state": ("run",),
            "phase": ("run",),
            "environment": ("arena",),
        },
    )
    decoded = decode_wake_heading(recording, width=WIDTH, n_folds=10, tuning=TUNING)
    assert np.nanmean(decoded["error"].values) == pytest.approx(90, abs=15)


def test_silent_bins_are_flagged_and_keep_their_count(recording):
    decoded = decode_wake_heading(recording, width=0.002, n_folds=2, tuning=TUNING)
    silent = decoded["n_spikes"].values == 0
    assert 0.2 < silent.mean() < 0.95
    np.testing.assert_array_equal(np.isnan(decoded["estimate"].values), silent)
    np.testing.assert_array_equal(np.isnan(decoded["error"].values), silent)


def test_chunked_equals_unchunked(recording):
    _, counts, _ = heading_counts(recording, WIDTH, "run")
    curves = fit_heading_tuning(recording, width=WIDTH, tuning=TUNING)
    whole = decode_heading(counts, curves, WIDTH)
    chunks = [decode_heading(part, curves, WIDTH) for part in np.array_split(counts, 13)]
    np.testing.assert_allclose(np.concatenate(chunks), whole, atol=1e-5)


@pytest.mark.parametrize("state", ["rem", "nrem"])
def test_asleep_the_planted_heading_is_decoded(recording, recording_path, state):
    curves = fit_heading_tuning(recording, width=WIDTH, tuning=TUNING)
    decoded = decode_sleep_heading(recording, curves, width=0.05, state=state)
    truth = open_truth(recording_path, "heading")
    clock = truth["time"].values
    planted = truth["heading"].values[np.searchsorted(clock, decoded["time"].values) - 1]
    error = np.abs(np.angle(np.exp(1j * (decoded["estimate"].values - planted))))
    assert np.rad2deg(np.nanmedian(error)) < 12
    assert decoded["interval"].values.max() + 1 == len(recording.intervals(state=state))
    assert decoded.attrs["state"] == state


def test_headings_without_data_behind_them_are_never_the_estimate(rng):
    heading = rng.uniform(0, np.pi, 2000)
    rate = 1 + 30 * np.exp(5 * (np.cos(heading[:, None] - np.linspace(0, np.pi, 8)) - 1))
    counts = rng.poisson(rate * WIDTH)
    curves = heading_tuning(
        counts, heading, WIDTH, n_bins=40, smoothing_bins=1.0, rate_floor_hz=0.1
    )
    estimate = decode_heading(rng.poisson(1.0, (500, 8)).astype(float), curves, WIDTH)
    spread = 2 * np.pi / 40
    off = np.mod(estimate[np.isfinite(estimate)] + spread, 2 * np.pi)
    assert off.max() <= np.pi + 2 * spread
    assert heading_bins(40).size == 40


def test_only_open_arenas_count_awake_even_where_tracking_was_lost_on_the_track(hand_made):
    def along(time: np.ndarray) -> np.ndarray:
        return np.where((time > 4) & (time < 6), np.nan, 0.1 * time)

    recording = hand_made(track_position=along, heading=lambda t: t)
    with pytest.raises(MissingData, match="run"):
        heading_counts(recording, WIDTH, "run")


def test_states_that_were_not_visited_and_regions_not_recorded_are_missing(hand_made):
    asleep = hand_made(heading=lambda t: t)
    with pytest.raises(MissingData, match="'rem'"):
        heading_counts(asleep, WIDTH, "rem")
    with pytest.raises(MissingData, match="ADN"):
        heading_counts(hand_made(regions=("CA1",) * 3), WIDTH, "nrem")
