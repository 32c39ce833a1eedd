"""Tuning curves: occupancy is time, rates are spikes over time, and the truth is recovered."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted_maps import planted_rates

from neurosim import MissingData
from neurosim.decode.heading import (
    HeadingSpikes,
    HeadingTuning,
    fit_heading_tuning,
    heading_at,
)
from neurosim.decode.places import TrackBins
from neurosim.decode.position import fit_place_fields
from neurosim.decode.tuning import (
    FieldParameters,
    count_dispersion,
    heading_bins,
    heading_tuning,
    rates_from_counts,
    state_of,
    track_run,
)
from neurosim.recording import open_truth
from neurosim.world.graph import linear_track

FIELDS = FieldParameters(
    n_bins=40, smoothing_bins=1.0, min_speed_m_s=0.08, speed_smoothing_s=0.2, rate_floor_hz=0.05
)
BINS = TrackBins(linear_track(2.0), 40)
HEADING = {"n_bins": 60, "smoothing_bins": 1.5, "rate_floor_hz": 0.1}
FIT = HeadingTuning(bin_s=0.05, min_mean_vector=0.3, **HEADING)


def to_and_fro(time: np.ndarray) -> np.ndarray:
    """Run from 0 to 2 m and back at 0.5 m/s for ever."""
    return 2.0 - np.abs(2.0 - np.mod(0.5 * time, 4.0))


def with_gap(time: np.ndarray) -> np.ndarray:
    """The same with no position between 31 and 47 s, when it would run inbound."""
    return np.where((time > 31.0) & (time < 47.0), np.nan, to_and_fro(time))


def circular_distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.abs(np.angle(np.exp(1j * (a - b))))


@pytest.fixture
def counted(rng) -> tuple[np.ndarray, np.ndarray]:
    """Counts (bin, unit) and decoder states (bin,) of which the fourth and the last are empty."""
    state = rng.integers(-1, 80, 3000)
    state[np.isin(state, [3, 79])] = -1
    return rng.poisson(0.3, (3000, 5)).astype(np.float32), state


def test_without_smoothing_a_rate_is_spikes_over_time(counted):
    counts, state = counted
    rate, occupancy = rates_from_counts(
        counts, state, 0.02, replace(FIELDS, smoothing_bins=0.0, rate_floor_hz=1e-9), BINS
    )
    for number in np.unique(state[state >= 0]):
        spikes, time = counts[state == number].sum(axis=0), np.sum(state == number) * 0.02
        place = divmod(number, 40)
        assert occupancy[place] == pytest.approx(time)
        np.testing.assert_allclose(rate[place], np.maximum(spikes / time, 1e-9))


def test_without_smoothing_a_heading_rate_is_spikes_over_time(rng):
    heading, counts = rng.uniform(0, 2 * np.pi, 4000), rng.poisson(0.5, (4000, 3))
    curves = heading_tuning(counts, heading, 0.1, n_bins=8, smoothing_bins=0.0, rate_floor_hz=1e-9)
    column = (heading // (np.pi / 4)).astype(int)
    for bin_ in range(8):
        expected = counts[column == bin_].sum(axis=0) / (np.sum(column == bin_) * 0.1)
        np.testing.assert_allclose(curves["rate"].values[bin_], expected)


@pytest.mark.parametrize("smoothing", [0.0, 1.5])
def test_occupancy_sums_to_the_time_and_is_zero_where_nobody_was(counted, smoothing):
    counts, state = counted
    rate, occupancy = rates_from_counts(
        counts, state, 0.02, replace(FIELDS, smoothing_bins=smoothing), BINS
    )
    assert occupancy.sum() == pytest.approx(np.sum(state >= 0) * 0.02)
    np.testing.assert_array_equal(np.argwhere(occupancy == 0), [[0, 3], [1, 39]])
    assert np.isfinite(rate).all()
    assert rate.min() >= 0.05


def test_smoothing_conserves_a_constant_rate_and_does_not_mix_directions(rng):
    state = np.repeat(np.arange(80), 50)
    counts = np.where(state[:, None] < 40, 1.0, 3.0) * np.ones((1, 2))
    rate, _ = rates_from_counts(counts, state, 0.1, replace(FIELDS, smoothing_bins=4.0), BINS)
    np.testing.assert_allclose(rate[0], 10.0)
    np.testing.assert_allclose(rate[1], 30.0)


@given(st.floats(0.0, 2.0), st.floats(-1.0, 1.0))
def test_states_are_direction_by_position_and_leave_the_slow_out(position, velocity):
    bin_ = BINS.index(np.array([position]), np.array([0]))
    state = state_of(bin_, np.array([velocity]), FIELDS.min_speed_m_s, BINS)[0]
    if abs(velocity) <= FIELDS.min_speed_m_s:
        assert state == -1
    else:
        direction, column = divmod(state, 40)
        assert direction == (0 if velocity > 0 else 1)
        assert column == min(int(position / 2.0 * 40), 39)


def test_place_fields_of_a_simulated_wake_are_those_planted(recording, recording_path):
    fields = fit_place_fields(recording, FIELDS, 0.02)
    truth = open_truth(recording_path, "cells/CA1")
    cell = np.argsort(truth["unit_index"].values)
    assert fields["unit_index"].values.tolist() == truth["unit_index"].values[cell].tolist()
    x = fields["position"].values
    planted = planted_rates(truth, "linear", x).swapaxes(0, 1)[..., cell]
    visited = fields["occupancy"].values > 0.3
    found, expected = fields["rate"].values[visited], planted[visited]
    slope = (found * expected).sum() / (expected**2).sum()
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.93
    assert slope == pytest.approx(1.0, abs=0.1)
    strong = planted.max(axis=1) > 8
    peaks = np.abs(x[found_peak(fields)] - x[planted.argmax(axis=1)])
    assert np.median(peaks[strong]) <= 0.1


def found_peak(fields) -> np.ndarray:
    return fields["rate"].values.argmax(axis=1)


def test_occupancy_of_a_run_is_the_time_spent_running_each_way(hand_made):
    fields = fit_place_fields(hand_made(duration=80.0, track_position=to_and_fro), FIELDS, 0.02)
    occupancy = fields["occupancy"]
    np.testing.assert_allclose(occupancy.sum("position"), [40.0, 40.0], atol=2.0)
    middle = occupancy.values[:, 4:-4]
    np.testing.assert_allclose(middle, 0.05 / 0.5 * 10, atol=0.1)


@pytest.mark.parametrize("arena_between", [False, True])
def test_time_without_a_position_on_the_track_is_no_occupancy(hand_made, arena_between):
    edges = np.array([0.0, 31.0, 47.0, 80.0] if arena_between else [0.0, 80.0])
    n = edges.size - 1
    epochs = {
        "start": edges[:-1],
        "stop": edges[1:],
        "state": ["run"] * n,
        "phase": ["run"] * n,
        "environment": ["linear", "arena", "linear"] if arena_between else ["linear"],
    }
    recording = hand_made(duration=80.0, track_position=with_gap, epochs=epochs)
    occupancy = fit_place_fields(recording, FIELDS, 0.02)["occupancy"]
    assert occupancy.sum() == pytest.approx(64.0, abs=3.0)


def test_a_recording_without_a_track_says_so(hand_made):
    with pytest.raises(MissingData, match="track_position"):
        track_run(hand_made(), 0.2)
    nowhere = hand_made(track_position=lambda t: np.full(t.size, np.nan))
    with pytest.raises(MissingData, match="track_position"):
        track_run(nowhere, 0.2)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_the_velocity_along_the_track_is_signed(hand_made, smoothing):
    run = track_run(hand_made(duration=20.0, track_position=to_and_fro), smoothing)
    position, edge, velocity = run.at(np.array([2.0, 6.0]))
    assert edge.tolist() == [0, 0]
    np.testing.assert_allclose(position, [1.0, 1.0], atol=1e-6)
    np.testing.assert_allclose(velocity, [0.5, -0.5], atol=1e-6)
    assert run.length == 2.0


def test_heading_tuning_of_a_simulated_wake_is_the_planted_one(recording, recording_path):
    curves = fit_heading_tuning(HeadingSpikes.of(recording), FIT)
    truth = open_truth(recording_path, "cells/ADN")
    cell = np.argsort(truth["unit_index"].values)
    heading = curves["heading"].values
    rate = curves["rate"].values
    found = np.angle(np.exp(1j * heading) @ rate)
    planted = truth["preferred_heading"].values[cell]
    assert np.rad2deg(circular_distance(found, planted)).max() < 10
    shape = np.exp(truth.attrs["concentration"] * (np.cos(heading[:, None] - planted) - 1))
    expected = 1.0 + truth["peak_rate"].values[cell] * shape
    assert np.corrcoef(rate.ravel(), expected.ravel())[0, 1] > 0.95
    assert (rate * expected).sum() / (expected**2).sum() == pytest.approx(1.0, abs=0.1)


def test_heading_occupancy_sums_to_the_time_in_the_arena(recording):
    curves = fit_heading_tuning(HeadingSpikes.of(recording), FIT)
    assert curves["occupancy"].sum() == pytest.approx(90.0, abs=0.2)


@pytest.mark.parametrize("smoothing", [0.0, 2.0])
@given(shift=st.integers(0, 59), turns=st.integers(-2, 2), seed=st.integers(0, 1000))
def test_heading_tuning_wraps_around(smoothing, shift, turns, seed):
    rng = np.random.default_rng(seed)
    heading = (rng.integers(0, 60, 400) + 0.5) * 2 * np.pi / 60
    counts = rng.poisson(1.0, (400, 2))
    options = HEADING | {"smoothing_bins": smoothing}
    curves = heading_tuning(counts, heading, 0.1, **options)
    offset = shift * 2 * np.pi / 60 + turns * 2 * np.pi
    turned = heading_tuning(counts, heading + offset, 0.1, **options)
    for name in ("rate", "occupancy"):
        rolled = np.roll(curves[name].values, shift, axis=0)
        np.testing.assert_allclose(turned[name].values, rolled, atol=1e-9)


def test_headings_that_are_unknown_are_left_out_and_unvisited_ones_have_no_occupancy(rng):
    heading = rng.uniform(0, np.pi, 500)
    heading[::10] = np.nan
    curves = heading_tuning(np.ones((500, 1)), heading, 0.1, **HEADING)
    assert curves["occupancy"].sum() == pytest.approx(45.0)
    np.testing.assert_array_equal(curves["occupancy"].values > 0, heading_bins(60) < np.pi)
    assert np.isfinite(curves["rate"].values).all()
    assert curves["rate"].values.min() >= 0.1


def test_the_heading_at_a_time_lies_between_the_samples(hand_made):
    recording = hand_made(heading=lambda t: 1.5 * t)
    times = np.array([0.0, 0.009, 0.011, 4.187, 4.193, 9.0])
    found = heading_at(recording, times)
    np.testing.assert_allclose(found, np.mod(1.5 * times, 2 * np.pi), atol=1e-5)


def test_the_heading_between_samples_takes_the_shorter_way(hand_made):
    recording = hand_made(heading=lambda t: np.where(t > 0.01, 6.2, 0.1))
    assert heading_at(recording, np.array([0.01])) == pytest.approx(
        (0.1 + 6.2 - 2 * np.pi) / 2, abs=1e-6
    )


def test_the_heading_is_not_known_where_tracking_was_lost(hand_made):
    recording = hand_made(heading=lambda t: np.where((t > 2) & (t < 3), np.nan, t))
    found = heading_at(recording, np.array([1.99, 2.01, 2.5, 3.02]))
    np.testing.assert_array_equal(np.isnan(found), [False, True, True, False])


def test_a_recording_without_headings_says_so(hand_made):
    with pytest.raises(MissingData, match="head_direction"):
        heading_at(hand_made(), np.array([1.0]))


@given(st.integers(0, 10_000))
def test_dispersion_is_variance_over_mean(seed):
    """One for Poisson counts; k where every spike comes as k; never below one."""
    rng = np.random.default_rng(seed)
    expected = rng.uniform(0.05, 0.5, (3000, 12))
    start = np.arange(3000) * 0.02
    counts = rng.poisson(expected)
    assert count_dispersion(counts, expected, start) == pytest.approx(1.0, abs=0.08)
    tripled = 3 * rng.poisson(expected / 3)
    assert count_dispersion(tripled, expected, start) == pytest.approx(3.0, rel=0.1)
    assert count_dispersion(expected, expected, start) == 1.0


def test_dispersion_without_anything_to_measure_is_one():
    assert count_dispersion(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0)) == 1.0
    assert count_dispersion(np.ones((4, 1)), np.full((4, 1), 1e-6), np.arange(4) * 0.02) == 1.0
