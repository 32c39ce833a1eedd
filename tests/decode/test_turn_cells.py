"""Turn cells: found where they are, at the level that is asked for, and not where they are not."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d
from statsmodels.stats.multitest import multipletests

from neurosim import MissingData, NeurosimError
from neurosim.decode.bins import count_spikes
from neurosim.decode.turn_cells import (
    SPEED_EDGES,
    find_turn_cells,
    normal_intervals,
    turn_cells,
    turning_in_arenas,
)
from neurosim.decode.turn_tests import (
    TurnCellTest,
    benjamini_hochberg,
    direction_test,
    shift_test,
    without_trend,
)
from neurosim.recording import open_truth
from neurosim.world.movement import ornstein_uhlenbeck

WIDTH = 0.02
TEST = TurnCellTest(
    bin_s=WIDTH,
    smoothing_s=0.04,
    window_s=0.5,
    min_shift_s=5.0,
    trend_s=5.0,
    alpha=0.05,
    turn_speed_deg_s=50.0,
)
SECONDS = 300.0


def turns(rng, seconds: float = SECONDS) -> np.ndarray:
    """Angular velocity (bin,) in deg/s."""
    return ornstein_uhlenbeck(round(seconds / WIDTH), 140.0, 0.2, WIDTH, rng)


def spikes(rate: np.ndarray, rng) -> np.ndarray:
    """Poisson counts (bin, unit) at rates in Hz."""
    return rng.poisson(rate * WIDTH).astype(np.float32)


def steady(velocity, n_units, rng):
    return np.full((velocity.size, n_units), 6.0)


def drifting(velocity, n_units, rng):
    slow = [ornstein_uhlenbeck(velocity.size, 1.0, 60.0, WIDTH, rng) for _ in range(n_units)]
    return 6.0 * np.exp(np.stack(slow, axis=1))


def following_speed(velocity, n_units, rng):
    return np.repeat(2 + 0.1 * np.minimum(np.abs(velocity), 400.0)[:, None], n_units, axis=1)


def shifted_p_values(rate, velocity, rng):
    counts = spikes(rate(velocity, 50, rng), rng)
    return shift_test(counts, without_trend(velocity, TEST), TEST).p_value


def turning(velocity, gains, lag=0):
    """Rates of cells that prefer clockwise turns, `lag` bins before them."""
    drive = np.clip(-np.roll(velocity, -lag), 0, 400.0)
    return 5.0 + np.asarray(gains) * drive[:, None]


@pytest.mark.parametrize("rate", [steady, drifting, following_speed])
def test_units_that_know_no_direction_are_taken_for_turn_cells_at_the_nominal_rate(rate, rng):
    p_values = []
    for _ in range(12):
        velocity = turns(rng)
        counts = spikes(rate(velocity, 50, rng), rng)
        p_values.append(find_turn_cells(counts, velocity, TEST)["p_value"].values)
    false = np.mean(np.ravel(p_values) <= 0.05)
    # The 50 units that follow speed share the turns of their walk, so 600 are no 600 draws.
    assert false < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 600) + (0.04 if rate is following_speed else 0)


@pytest.mark.parametrize("rate", [steady, drifting])
def test_the_shift_test_alone_keeps_its_level_for_units_without_modulation(rate, rng):
    p_values = []
    for _ in range(12):
        velocity = turns(rng)
        p_values.append(shifted_p_values(rate, velocity, rng))
    for level in (0.05, 0.3):
        expected = pytest.approx(level, abs=4 * np.sqrt(level * (1 - level) / 600))
        assert np.mean(np.ravel(p_values) <= level) == expected


def test_units_that_follow_the_speed_of_turns_fail_the_shift_test_but_not_that_of_direction(rng):
    shifted, directed = [], []
    for _ in range(12):
        velocity = turns(rng)
        counts = spikes(following_speed(velocity, 30, rng), rng)
        drive = without_trend(velocity, TEST)
        shifted.append(np.mean(shift_test(counts, drive, TEST).p_value <= 0.05))
        directed.append(np.mean(direction_test(counts, drive, TEST) <= 0.05))
    assert np.mean(shifted) > 0.15
    assert np.mean(directed) < 0.11


def test_a_slow_bias_of_turning_is_no_modulation(rng):
    p_values = []
    for _ in range(8):
        velocity = turns(rng) + ornstein_uhlenbeck(15_000, 30.0, 60.0, WIDTH, rng)
        p_values.append(shifted_p_values(drifting, velocity, rng))
    assert np.mean(np.ravel(p_values) <= 0.05) < 0.085


def test_turn_cells_are_found_with_their_sign_lag_and_gain(rng):
    velocity = turns(rng)
    clockwise = turning(velocity, np.full(10, 0.05))
    other = turning(-velocity, np.full(10, 0.05))
    leading = turning(velocity, np.full(10, 0.05), lag=5)
    counts = spikes(np.hstack([clockwise, other, leading, steady(velocity, 30, rng)]), rng)
    found = find_turn_cells(counts, velocity, TEST)
    preferred = found["preferred_turn"].values
    assert preferred[:30].tolist() == [-1] * 10 + [1] * 10 + [-1] * 10
    assert np.count_nonzero(preferred[30:]) <= 3
    lag = found["peak_lag"].values
    assert np.median(lag[:20]) == pytest.approx(0.0, abs=WIDTH)
    assert np.median(lag[20:30]) == pytest.approx(0.1, abs=WIDTH)
    assert np.median(found["gain"].values[:30]) == pytest.approx(0.05, rel=0.15)
    assert (found["turn_index"].values[:10] > 0).all()
    assert (found["turn_index"].values[10:20] < 0).all()


def test_depth_index_and_tuning_are_rates_in_turns(rng):
    velocity = turns(rng, 2000.0)
    rate = turning(velocity, [0.1])
    found = find_turn_cells(spikes(rate, rng), velocity, TEST).isel(unit=0)
    fast = gaussian_filter1d(velocity, TEST.smoothing_s / WIDTH)
    for speed, tuned in zip(found["speed"].values, found["turn_tuning"].values, strict=True):
        if abs(speed) <= 200:
            here = np.abs(fast - speed) < 25
            assert tuned == pytest.approx(rate[here].mean(), abs=1.2)
    clockwise, other = rate[fast < -50].mean(), rate[fast > 50].mean()
    rest = rate[np.abs(fast) <= 50].mean()
    index, depth = found["turn_index"].item(), found["modulation_depth"].item()
    assert index == pytest.approx((clockwise - other) / (clockwise + other), abs=0.02)
    assert depth == pytest.approx((clockwise - rest) / (clockwise + rest), abs=0.02)
    assert found.sizes["speed"] == SPEED_EDGES.size - 1


def test_the_cross_correlation_equals_brute_force(rng):
    velocity = turns(rng, 250.0)
    counts = spikes(turning(velocity, [0.05, 0.0]), rng)
    drive = without_trend(velocity, TEST)
    shifted = shift_test(counts, drive, TEST)
    brute = [[counts[:, u] @ np.roll(drive, -lag) for u in range(2)] for lag in range(-25, 26)]
    np.testing.assert_allclose(shifted.cross.T, brute, rtol=1e-4, atol=0.5)
    null = []
    for shift in range(275, velocity.size - 274, 25):
        near = [counts[:, 1] @ np.roll(drive, -shift - lag) for lag in range(-25, 26)]
        null.append(np.abs(near).max())
    rate = np.mean(np.array(null) >= np.abs(np.array(brute)[:, 1]).max())
    assert shifted.p_value[1] == pytest.approx(rate, abs=0.07)


def test_the_p_value_is_no_smaller_than_the_shifts_that_do_not_overlap(rng):
    velocity = turns(rng)
    shifted = shift_test(spikes(turning(velocity, [0.3]), rng), without_trend(velocity, TEST), TEST)
    n_windows = (velocity.size - 2 * 275 + 1) / 51
    assert shifted.p_value[0] == pytest.approx(1 / (1 + n_windows))


def test_a_silent_unit_is_no_turn_cell(rng):
    velocity = turns(rng)
    found = find_turn_cells(np.zeros((velocity.size, 2), np.float32), velocity, TEST)
    assert found["p_value"].values.tolist() == [1.0, 1.0]
    assert found["preferred_turn"].values.tolist() == [0, 0]
    assert np.isnan(found["modulation_depth"].values).all()


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=40))
def test_adjusted_p_values_equal_those_of_scipy_and_statsmodels(p_values):
    adjusted = benjamini_hochberg(np.array(p_values))
    np.testing.assert_allclose(adjusted, scipy.stats.false_discovery_control(p_values), atol=1e-12)
    rejected = multipletests(p_values, 0.05, method="fdr_bh")[0]
    assert ((adjusted <= 0.05) == rejected).all()


def test_too_little_time_is_said(rng):
    velocity = turns(rng, 25.0)
    with pytest.raises(MissingData, match=r"expected at least 3\d s in an open arena, found 25 s"):
        shift_test(np.ones((velocity.size, 1)), without_trend(velocity, TEST), TEST)


def test_counts_of_other_bins_are_refused(rng):
    with pytest.raises(NeurosimError, match="expected counts in the 15000 bins"):
        find_turn_cells(np.ones((10, 1)), turns(rng), TEST)


def arena_epochs(*parts):
    """Epochs of (start, stop, state, environment, inactivation)."""
    start, stop, state, environment, inactivation = zip(*parts, strict=True)
    return {
        "start": start,
        "stop": stop,
        "state": state,
        "phase": ("run",) * len(parts),
        "environment": environment,
        "inactivation": inactivation,
    }


RUNS = arena_epochs(
    (0.0, 40.0, "run", "arena", "none"),
    (40.0, 60.0, "rem", "none", "none"),
    (60.0, 100.0, "run", "arena", "ttx_left"),
    (100.0, 120.0, "run", "arena", "none"),
)


def test_velocity_is_that_of_the_head_in_the_arena_and_of_the_normal_brain(hand_made):
    recording = hand_made(
        duration=120.0, epochs=RUNS, regions=("SC",), spikes=one_spike(), heading=lambda t: -2.0 * t
    )
    assert normal_intervals(recording, "run").tolist() == [[0.0, 40.0], [100.0, 120.0]]
    turning = turning_in_arenas(recording, WIDTH)
    np.testing.assert_allclose(turning.velocity[5:-5], np.rad2deg(-2.0), rtol=1e-3)
    assert turning.bins.size == pytest.approx(3000, abs=2)


def one_spike():
    return np.array([1.0]), np.array([0])


def test_lost_frames_are_bridged_when_short_and_left_out_when_long(hand_made):
    def heading(t):
        lost = (abs(t - 10) < 0.1) | (abs(t - 30) < 2.0)
        return np.where(lost, np.nan, 1.0 * t)

    recording = hand_made(
        duration=120.0, epochs=RUNS, regions=("SC",), spikes=one_spike(), heading=heading
    )
    turning = turning_in_arenas(recording, WIDTH)
    assert turning.bins.size == pytest.approx(3000 - 200, abs=5)
    np.testing.assert_allclose(turning.velocity[5:-5], np.rad2deg(1.0), rtol=1e-3)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"regions": ("ADN",)}, "expected units in SC, found none"),
        ({"heading": None}, "head_direction"),
        ({"epochs": None}, "open arena"),
    ],
)
def test_what_a_recording_lacks_is_said(hand_made, wanted, words):
    given_ = {"regions": ("SC",), "heading": lambda t: t, "epochs": RUNS, "spikes": one_spike()}
    recording = hand_made(duration=120.0, **given_ | wanted)
    with pytest.raises(MissingData, match=words):
        turn_cells(recording, TEST)


def test_turn_cells_of_the_small_recording_are_those_that_were_planted(recording, recording_path):
    found = turn_cells(recording, TEST)
    truth = open_truth(recording_path, "cells/SC")
    planted = dict(zip(truth["unit_index"].values, truth["preferred_turn"].values, strict=True))
    expected = np.array([planted[unit] for unit in found["unit_index"].values])
    assert np.mean(found["preferred_turn"].values == expected) > 0.8
    cells = expected != 0
    assert (found["preferred_turn"].values[cells] == expected[cells]).all()


def test_spikes_are_counted_in_the_bins_of_the_velocity(recording):
    turning = turning_in_arenas(recording, WIDTH)
    units = recording.units_in("SC")
    times, unit = recording.spikes_of(units)
    counts = count_spikes(times, unit, turning.bins, units.size)
    start, stop = normal_intervals(recording, "run")[0]
    assert counts.sum() == pytest.approx(np.sum((times >= start) & (times < stop)), abs=5)
