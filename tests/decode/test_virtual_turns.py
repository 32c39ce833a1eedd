"""Virtual turns: kernels, velocities, lags and what follows events, against planted ones."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from planted_turns import STEP, planted_turns

from neurosim import MissingData, NeurosimError
from neurosim.decode.bins import make_bins
from neurosim.decode.heading import HeadingSpikes, HeadingTuning, fit_heading_tuning
from neurosim.decode.turn_relations import rem_bins
from neurosim.decode.virtual_turns import (
    TurnRelation,
    angular_velocity,
    epoch_rows,
    fine_heading,
    lagged_correlation,
    moved_to_next_epoch,
    paired,
    peak_lag,
    rate_difference,
    triggered_average,
    turns_after,
    unwrapped,
    value_at,
)

HOW = TurnRelation(bin_s=0.01, smoothing_s=0.05, max_lag_s=0.3, window_s=0.5)
TUNING = HeadingTuning(
    bin_s=0.1, n_bins=120, smoothing_bins=3.0, rate_floor_hz=0.1, min_mean_vector=0.3
)
TWO = np.array([[1.0, 3.0], [5.0, 8.0]])


def measured_lag(planted, how=HOW) -> float:
    """Lag in s from the recording alone, with the preferences of the turn cells."""
    spikes = HeadingSpikes.of(planted.recording)
    curves = fit_heading_tuning(spikes, TUNING)
    bins = rem_bins(planted.recording, how)
    heading = fine_heading(spikes, curves, bins, how)
    rate = rate_difference(planted.recording, planted.units, planted.preferred, bins, how)
    pairs = paired(rate, angular_velocity(heading, bins), bins, 0)
    return peak_lag(lagged_correlation(pairs, how.n_lags), how.lags)


@pytest.mark.parametrize("lag", [0.0, 0.02, 0.045, 0.06])
def test_a_planted_lag_is_recovered_within_ten_milliseconds(hand_made, lag):
    """Awake the cells lead the head by another time, which must not matter."""
    rng = np.random.default_rng(round(1000 * lag))
    planted = planted_turns(hand_made, rng, lag=lag, lead=0.03)
    assert measured_lag(planted) == pytest.approx(lag, abs=0.01)


def test_the_fine_heading_is_the_planted_one(hand_made, rng):
    planted = planted_turns(hand_made, rng, rem=(40.0,))
    spikes = HeadingSpikes.of(planted.recording)
    bins = rem_bins(planted.recording, HOW)
    heading = fine_heading(spikes, fit_heading_tuning(spikes, TUNING), bins, HOW)
    truth = planted.heading[np.round(bins.centre / STEP).astype(int)]
    error = np.angle(np.exp(1j * (heading - truth)))
    assert np.rad2deg(np.median(np.abs(error))) < 8
    assert np.rad2deg(abs(error.mean())) < 3


def test_the_kernel_weighs_spikes_by_their_distance(rng):
    """Local log likelihoods with the Gaussian's own value at each spike's bin."""
    n, rate = 400, np.array([5.0, 20.0])
    angles = np.array([0.5, 2.5])
    curves = xr.Dataset(
        {
            "rate": (("heading", "unit"), np.stack([rate, rate[::-1]])),
            "occupancy": ("heading", np.ones(2)),
        },
        {"heading": angles},
    )
    times = np.sort(rng.uniform(0, n * HOW.bin_s, 120))
    unit = rng.integers(0, 2, times.size)
    spikes = HeadingSpikes(None, np.arange(2), times, unit)
    bins = make_bins(np.array([[0.0, n * HOW.bin_s]]), HOW.bin_s)
    found = fine_heading(spikes, curves, bins, HOW)
    middle = 200
    centre_of_spike = (np.floor(times / HOW.bin_s) + 0.5) * HOW.bin_s
    weight = np.exp(-0.5 * ((centre_of_spike - bins.centre[middle]) / HOW.smoothing_s) ** 2)
    log_value = np.array([(weight * np.log(r[unit])).sum() for r in (rate, rate[::-1])])
    probability = np.exp(log_value - log_value.max())
    expected = np.angle((probability * np.exp(1j * angles)).sum())
    assert found[middle] == pytest.approx(expected, abs=1e-2)


@given(st.floats(-20.0, 20.0), st.floats(0.0, 6.28))
def test_the_angular_velocity_lies_at_the_middle_of_its_bin(speed, start):
    """A heading that accelerates: only the central difference is right at the centre."""
    bins = make_bins(TWO, 0.01)
    heading = np.mod(start + speed * bins.centre + 0.5 * bins.centre**2, 2 * np.pi)
    velocity = angular_velocity(heading, bins)
    known = np.isfinite(velocity)
    np.testing.assert_allclose(velocity[known], (speed + bins.centre)[known], atol=1e-6)
    ends = [row for rows in epoch_rows(bins) for row in (rows.start, rows.stop - 1)]
    np.testing.assert_array_equal(np.flatnonzero(~known), ends)


def test_smoothing_does_not_cross_epochs():
    bins = make_bins(np.array([[0.0, 1.0], [1.0, 2.0]]), HOW.bin_s)
    values = np.where(bins.interval == 0, 0.0, 7.0)
    np.testing.assert_allclose(HOW.smooth(values, bins), values, atol=1e-5)


def brute_force_correlation(pairs, n_lags: int) -> list[float]:
    means = [np.nanmean(np.concatenate(column)) for column in zip(*pairs, strict=True)]
    found = []
    for lag in range(-n_lags, n_lags + 1):
        xy = xx = yy = 0.0
        for x, y in pairs:
            for t in range(len(x)):
                if not 0 <= t + lag < len(y):
                    continue
                a, b = np.nan_to_num(x[t] - means[0]), np.nan_to_num(y[t + lag] - means[1])
                xy, xx, yy = xy + a * b, xx + a * a, yy + b * b
        found.append(xy / np.sqrt(xx * yy))
    return found


def test_the_correlation_equals_brute_force(rng):
    pairs = [(rng.normal(size=n), rng.normal(size=n)) for n in (20, 33)]
    pairs[0][1][4] = np.nan
    np.testing.assert_allclose(lagged_correlation(pairs, 6), brute_force_correlation(pairs, 6))


@given(st.integers(-5, 5))
def test_a_signal_that_comes_later_has_its_peak_there(lag):
    rng = np.random.default_rng(3)
    x = np.convolve(rng.normal(size=300), np.hanning(9), "same")
    found = lagged_correlation([(x, np.roll(x, lag))], 10)
    assert peak_lag(found, np.arange(-10, 11)) == pytest.approx(lag, abs=0.1)


@given(st.floats(-6.0, 6.0))
def test_the_top_of_a_parabola_is_found_between_samples(top):
    lags = np.arange(-10, 11)
    assert peak_lag(1 - 0.001 * (lags - top) ** 2, lags) == pytest.approx(top, abs=1e-6)


def test_a_correlation_without_a_peak_has_no_lag():
    lags = np.arange(-10, 11)
    assert np.isnan(peak_lag(lags.astype(float), lags))
    assert np.isnan(peak_lag(np.full(21, np.nan), lags))


def test_epochs_are_paired_with_the_next_in_a_circle():
    bins = make_bins(np.array([[0.0, 0.3], [1.0, 1.2], [2.0, 2.4]]), 0.1)
    first = np.arange(9.0)
    pairs = paired(first, 10 * first, bins, 1)
    expected = [([0, 1], [30, 40]), ([3, 4], [50, 60]), ([5, 6, 7], [0, 10, 20])]
    for pair, (a, b) in zip(pairs, expected, strict=True):
        np.testing.assert_array_equal(pair[0], a)
        np.testing.assert_array_equal(pair[1], b)
    with pytest.raises(MissingData, match="two epochs"):
        paired(first[:3], first[:3], bins.take(slice(0, 3)), 1)


def test_rotation_goes_round_and_round():
    bins = make_bins(TWO, 0.01)
    total = 30.0 * bins.centre
    rotation = unwrapped(np.mod(total, 2 * np.pi), bins)
    for rows in epoch_rows(bins):
        np.testing.assert_allclose(rotation[rows], total[rows] - total[rows.start], atol=1e-6)


def test_values_are_read_within_the_epoch_of_the_first_time():
    bins = make_bins(TWO, 0.01)
    found = value_at(bins.centre, bins, np.array([[1.2, 1.7], [2.9, 5.1], [6.0, 6.5], [4.0, 4.1]]))
    np.testing.assert_allclose(found[0], [1.2, 1.7])
    np.testing.assert_allclose(found[1], [2.9, np.nan])
    np.testing.assert_allclose(found[2], [6.0, 6.5])
    assert np.isnan(found[3]).all()


def test_turns_after_events_are_those_in_the_commanded_direction():
    bins = make_bins(TWO, 0.01)
    rotation = unwrapped(np.mod(np.deg2rad(100.0) * bins.centre, 2 * np.pi), bins)
    times, direction = np.array([1.5, 6.0, 2.9, np.nan]), np.array([1, -1, 1, 1])
    found = turns_after(rotation, bins, times, direction, 0.5)
    np.testing.assert_allclose(found, [50.0, -50.0, np.nan, np.nan], atol=1e-6)


def test_silence_takes_the_events_whose_window_touches_it_and_no_others():
    """0.4 s of silence, 1 s into an epoch of a minute that turns at 100 deg/s."""
    bins = make_bins(np.array([[0.0, 60.0]]), 0.01)
    heading = np.mod(np.deg2rad(100.0) * bins.centre, 2 * np.pi)
    heading[(bins.centre > 1.0) & (bins.centre < 1.4)] = np.nan
    rotation = unwrapped(heading, bins)
    assert np.isnan(rotation).sum() == 40
    times = np.array([0.2, 0.45, 0.7, 1.2, 1.45, 30.0, 59.0])  # each window is 0.5 s long
    silent = (times + 0.5 > 1.0) & (times < 1.4)
    found = turns_after(rotation, bins, times, np.ones(times.size), 0.5)
    np.testing.assert_array_equal(np.isnan(found), silent)
    np.testing.assert_allclose(found[~silent], 50.0, atol=1e-6)
    across = turns_after(rotation, bins, np.array([0.9]), np.ones(1), 0.6)
    assert np.isnan(across).all()  # both ends are known, what is between is not


def test_the_average_is_that_around_the_events():
    bins = make_bins(TWO, 0.01)
    velocity = np.deg2rad(bins.centre)
    lags = np.array([-0.1, 0.0, 0.2])
    found = triggered_average(velocity, bins, np.array([1.5, 6.5]), np.array([1, 1]), lags)
    np.testing.assert_allclose(found, [3.9, 4.0, 4.2], atol=1e-6)
    opposed = triggered_average(velocity, bins, np.array([1.5, 6.5]), np.array([1, -1]), lags)
    np.testing.assert_allclose(opposed, [-2.5] * 3, atol=1e-6)


def test_events_move_to_the_next_epoch():
    bins = make_bins(TWO, 0.01)
    moved = moved_to_next_epoch(np.array([1.5, 7.5, 5.2, 0.5]), bins)
    np.testing.assert_allclose(moved, [5.5, np.nan, 1.2, np.nan])
    with pytest.raises(MissingData, match="two epochs"):
        moved_to_next_epoch(np.array([1.5]), make_bins(TWO[:1], 0.01))


@pytest.mark.parametrize(
    ("name", "value"), [("bin_s", 0.0), ("window_s", -1.0), ("max_lag_s", 0.02)]
)
def test_steps_that_can_show_no_lag_are_refused(name, value):
    given_values = vars(HOW) | {name: value}
    with pytest.raises(NeurosimError, match=name):
        TurnRelation(**given_values)
