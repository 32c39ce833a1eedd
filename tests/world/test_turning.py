"""Turn commands, the head that they move, and the eyes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim.world.eye import EyeParameters, move_eye
from neurosim.world.movement import Movement, TurnParameters, head_scan
from neurosim.world.plant import Plant, delayed, smoothed
from neurosim.world.turning import draw_turns, turning

STEP = 0.004
TURNS = TurnParameters(0.8, 1.2, 0.2, 75.0, 0.4, 0.35)
STILL = Movement(50.0, 0.5, 1.0, 0.15, 0.0, 0.2, TURNS)


@pytest.mark.parametrize("state", ["run", "rem", "nrem"])
def test_turns_come_at_their_rate_and_do_not_overlap(rng, state):
    start, length, amplitude = draw_turns(4000.0, state, TURNS, rng)
    assert start.size / 4000 == pytest.approx(TURNS.rate(state), rel=0.06)
    assert np.all(np.diff(start) >= length[:-1] - 1e-9)
    assert np.median(np.abs(np.rad2deg(amplitude))) == pytest.approx(75.0, rel=0.06)
    assert np.mean(amplitude < 0) == pytest.approx(0.5, abs=0.06)


def test_neglect_of_a_side_is_of_wake_alone(rng):
    one_sided = replace(TURNS, run_clockwise_fraction=1.0)
    assert np.all(draw_turns(500.0, "run", one_sided, rng)[2] < 0)
    asleep = draw_turns(500.0, "rem", one_sided, rng)[2]
    assert 0.4 < np.mean(asleep < 0) < 0.6


def test_the_velocity_of_turns_adds_up_to_their_amplitudes(rng):
    seed = 3
    velocity = turning(250_000, STEP, STILL, "rem", np.random.default_rng(seed))
    planted = np.random.default_rng(seed)
    planted.normal(size=250_000)  # the slow turning, of SD zero
    planted.normal()
    _, _, amplitude = draw_turns(1000.0, "rem", TURNS, planted)
    turned = np.cumsum(velocity) * STEP
    assert turned[-1] == pytest.approx(amplitude.sum(), abs=amplitude.max())
    assert np.abs(velocity).sum() * STEP == pytest.approx(np.abs(amplitude).sum(), rel=0.01)


def test_without_fast_turns_the_slow_ones_remain(rng):
    slow = replace(STILL, turns=None, turn_sd_deg_s=60.0)
    velocity = np.rad2deg(turning(200_000, STEP, slow, "rem", rng))
    assert velocity.std() == pytest.approx(60.0, rel=0.05)


@given(delay=st.floats(0.0, 0.1), constant=st.floats(0.004, 0.1))
def test_the_plant_lags_by_its_delay_and_time_constant(delay, constant):
    """The mean time of an impulse's response is delay + time constant; its area is kept."""
    impulse = np.zeros(1000)
    impulse[10] = 1.0
    response = Plant(delay, constant).follow(impulse, STEP)
    assert response.sum() == pytest.approx(1.0, abs=1e-3)
    lag = (response @ np.arange(1000) - 10) * STEP
    assert lag == pytest.approx(round(delay / STEP) * STEP + constant, abs=STEP)


def test_delays_and_smoothing_begin_at_rest():
    signal = np.full(50, 3.0)
    np.testing.assert_allclose(smoothed(delayed(signal, 0.1, STEP), 0.05, STEP), signal)
    assert delayed(np.zeros(0), 0.1, STEP).size == 0
    assert smoothed(np.zeros(0), 0.1, STEP).size == 0
    np.testing.assert_array_equal(delayed(np.arange(3.0), 1.0, STEP), np.zeros(3))


def test_the_eye_follows_the_command_returns_and_stays_in_its_range():
    parameters = EyeParameters(
        gain=0.3, delay_s=0.02, time_constant_s=0.3, vor_gain=0.9, limit_deg=25.0
    )
    command = np.zeros(2000)
    command[100:200] = np.deg2rad(200.0)
    still = np.zeros(2000)
    eye = np.rad2deg(move_eye(command, still, parameters, STEP))
    assert not eye[:105].any()
    assert 10 < eye[205] < 25  # turned the way that the command goes
    assert abs(eye[-1]) < 0.1
    assert np.abs(move_eye(50 * command, still, parameters, STEP)).max() <= np.deg2rad(25.0)
    np.testing.assert_allclose(
        move_eye(-command, still, parameters, STEP), -move_eye(command, still, parameters, STEP)
    )
    awake = move_eye(still, command, parameters, STEP)  # the reflex goes against the head
    assert np.rad2deg(awake[205]) < -10


def test_head_scans_are_small_and_smooth(rng):
    scan = head_scan(200_000, 0.5, 2.0, 0.02, rng)
    assert 0.4 < scan.std() < 0.52
    assert np.rad2deg(np.abs(np.diff(scan)).mean() / 0.02) < 60
    assert head_scan(0, 0.5, 2.0, 0.02, rng).size == 0
