"""The compass: turned by the colliculi, corrected by the senses, free in REM."""

from dataclasses import replace

import numpy as np
import pytest

from neurosim import NeurosimError
from neurosim.network import prediction
from neurosim.network.compass import run_compass
from neurosim.network.constants import CompassParameters
from neurosim.network.prediction import (
    Prediction,
    Signals,
    Wiring,
    adapt,
    calibrate,
    efference_copy,
)
from neurosim.world.movement import Movement, TurnParameters
from neurosim.world.plant import delayed
from neurosim.world.turning import turning
from tests.conftest import SHIPPED

PARAMETERS = replace(
    CompassParameters(**SHIPPED["compass"]),
    vestibular_noise_deg_s=0.0,
    awake_noise_deg_s=0.0,
    rem_noise_deg_s=0.0,
)
STEP = PARAMETERS.step_s
MOVEMENT = Movement(50.0, 0.5, 1.0, 0.15, 60.0, 0.2, TurnParameters(0.8, 1.0, 0.2, 75, 0.4, 0.35))
N = 15_000  # a minute


def signals_of(command: np.ndarray, awake: bool, left: float = 1.0, right: float = 1.0):
    """What reaches the compass when colliculi without noise carry a command, and the head."""
    tonic = 1.0  # rad/s on both sides
    drives = {
        "left": left * (tonic + np.maximum(-command, 0.0)),
        "right": right * (tonic + np.maximum(command, 0.0)),
    }
    copies = {side: efference_copy(drive, PARAMETERS) for side, drive in drives.items()}
    velocity = PARAMETERS.plant.follow(command, STEP) * awake
    head = np.cumsum(velocity) * STEP
    signals = Signals(
        copies["left"][0],
        copies["right"][0],
        copies["left"][1],
        copies["right"][1],
        delayed(velocity, PARAMETERS.vestibular_delay_s, STEP),
        delayed(head, PARAMETERS.visual_delay_s, STEP),
        np.zeros(command.size),
        np.full(command.size, awake),
    )
    return signals, head


def run(signals: Signals, wiring: Wiring | None = None, prediction: Prediction | None = None):
    whole = np.array([[0, signals.left.size]])
    prediction = Prediction() if prediction is None else prediction
    adaptation = adapt(signals, whole, [prediction], PARAMETERS, wiring)
    return run_compass(signals, whole, np.zeros(1), PARAMETERS, adaptation, wiring)


@pytest.fixture
def command(rng) -> np.ndarray:
    return turning(N, STEP, MOVEMENT, "run", rng)


def off(heading: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.rad2deg(np.abs(np.angle(np.exp(1j * (heading - other)))))


def test_awake_the_compass_is_the_head_ahead_of_time(command):
    signals, head = signals_of(command, awake=True)
    heading = run(signals).heading
    errors = {lag: np.median(off(heading[:-50], np.roll(head, -lag)[:-50])) for lag in range(12)}
    best = min(errors, key=errors.get)
    assert best * STEP == pytest.approx(PARAMETERS.lead_s, abs=0.006)
    assert errors[best] < 0.5
    assert errors[0] > 1.0


def test_a_perfect_prediction_leaves_no_error_and_gains_that_stay(command):
    signals, _ = signals_of(command, awake=True)
    course = run(signals)
    rms = np.rad2deg(np.sqrt(np.mean(course.prediction_error**2)))
    assert rms < 0.1 * np.rad2deg(command.std())
    assert abs(course.gain[-1] - 1.0) < 0.03


def test_wake_sets_the_gains_that_predict(command):
    signals, _ = signals_of(command, awake=True, left=0.5, right=2.0)
    found = calibrate(signals, np.arange(N))
    assert found.left == pytest.approx(2.0, rel=0.1)
    assert found.right == pytest.approx(0.5, rel=0.1)


def test_a_wrong_gain_is_learned_awake_and_not_in_rem_while_the_error_is_gated(command):
    awake, asleep = (signals_of(command, awake=a)[0] for a in (True, False))
    wrong = Prediction(0.5, 0.5)
    assert run(awake, prediction=wrong).gain[-1] > 0.6
    gated = run(asleep, prediction=wrong)
    assert gated.gain[-1] == 0.5
    assert not gated.prediction_error.any()
    assert run(asleep, Wiring(gated=False)).gain[-1] < 0.9  # it unlearns: the head lay still


def test_in_rem_the_compass_integrates_the_commands(command):
    signals, _ = signals_of(command, awake=False)
    heading = run(signals).heading
    copied = delayed(np.cumsum(command) * STEP, PARAMETERS.transmission_delay_s, STEP)
    assert np.abs(np.rad2deg(heading[200:] - copied[200:])).max() < 15
    free = run(signals, Wiring(gated=False)).heading  # an error that is felt holds it still
    assert np.abs(np.diff(free)).sum() < 0.5 * np.abs(np.diff(heading)).sum()


@pytest.mark.parametrize(("left", "right", "sign"), [(1.0, 0.0, -1), (0.0, 1.0, 1), (0.0, 0.0, 0)])
def test_without_one_colliculus_the_compass_turns_in_rem_to_the_side_of_the_other(
    command, left, right, sign
):
    asleep, _ = signals_of(command, awake=False, left=left, right=right)
    turned = run(asleep).heading[-1]
    assert np.sign(round(turned, 6)) == sign
    awake, head = signals_of(command, awake=True, left=left, right=right)
    drift = run(awake, Wiring(learning=False)).heading[-1] - head[-1]
    assert abs(drift) < max(abs(turned) / 20, 0.5)  # feedback holds it


def test_each_part_of_the_circuit_makes_it_better(command):
    signals, head = signals_of(command, awake=True)
    errors = {
        name: np.median(off(run(signals, wiring).heading, np.roll(head, -6))[:-50])
        for name, wiring in {
            "whole": Wiring(),
            "no efference": Wiring(efference=False),
        }.items()
    }
    assert errors["no efference"] > 3 * errors["whole"]
    noisy = replace(signals, noise=np.full(N, 0.05))
    blind = run(noisy, Wiring(feedback=False)).heading
    assert off(blind, head)[-100:].mean() > 10 * off(run(noisy).heading, head)[-100:].mean()


def test_stretches_side_by_side_are_stretches_one_by_one(rng, command):
    signals, head = signals_of(command, awake=True)
    stretches = np.array([[0, 4000], [4000, 5000], [5000, N]])
    start = head[stretches[:, 0]]
    adaptation = adapt(signals, stretches, [Prediction()] * 3, PARAMETERS)
    together = run_compass(signals, stretches, start, PARAMETERS, adaptation)
    for k, (first, last) in enumerate(stretches):
        part = Signals(*(getattr(signals, name)[first:last] for name in vars(signals)))
        whole = np.array([[0, last - first]])
        adaptation = adapt(part, whole, [Prediction()], PARAMETERS)
        alone = run_compass(part, whole, start[[k]], PARAMETERS, adaptation)
        np.testing.assert_allclose(off(alone.heading, together.heading[first:last]), 0, atol=1e-6)
        np.testing.assert_allclose(alone.gain, together.gain[first:last], rtol=1e-9)


def test_gains_are_carried_from_one_stretch_to_the_next_within_a_day(command):
    awake, _ = signals_of(command, awake=True)
    half = np.array([[0, N // 2], [N // 2, N]])
    wrong = Prediction(0.5, 0.5)
    day = adapt(awake, np.array([[0, N]]), [wrong], PARAMETERS)
    days = adapt(awake, half, [wrong, wrong], PARAMETERS)
    np.testing.assert_array_equal(day.gain[: N // 2], days.gain[: N // 2])
    assert day.gain[N // 2] == pytest.approx(day.gain[N // 2 - 1], abs=1e-3)
    assert days.gain[N // 2] == 0.5
    asleep = replace(awake, awake=np.arange(N) < N // 2)
    gated = adapt(asleep, np.array([[0, N]]), [wrong], PARAMETERS)
    assert np.ptp(gated.gain[N // 2 :]) == 0  # kept as wake left them
    assert gated.gain[-1] == pytest.approx(day.gain[N // 2 - 1], abs=1e-3)
    assert not gated.error[N // 2 :].any()


def test_learning_is_the_gradient_of_the_squared_error(command):
    """Against the textbook update, written out with arrays."""
    signals, _ = signals_of(command[:500], awake=True)
    found = adapt(signals, np.array([[0, 500]]), [Prediction(0.7, 1.2, 0.1)], PARAMETERS)
    weights = np.array([0.7, 1.2, 0.1])
    for k in range(500):
        x = np.array([-signals.expected_left[k], signals.expected_right[k], 1.0])
        error = signals.sensed_velocity[k] - weights @ x
        assert found.error[k] == pytest.approx(error, abs=1e-9)
        weights += PARAMETERS.learning_rate_hz * STEP * error * x
    last = found.last[0]
    np.testing.assert_allclose([last.left, last.right, last.bias], weights)


def test_no_stretch_at_all_is_no_course():
    signals, _ = signals_of(np.zeros(0), awake=False)
    none = np.zeros((0, 2), int)
    adaptation = adapt(signals, none, [], PARAMETERS)
    course = run_compass(signals, none, np.zeros(0), PARAMETERS, adaptation)
    assert course.heading.size == 0


@pytest.mark.parametrize(
    ("change", "word"),
    [({"transmission_delay_s": 0.09}, "too late"), ({"step_s": 0.01}, "step_s")],
)
def test_constants_that_cannot_work_are_refused(change, word):
    with pytest.raises(NeurosimError, match=word):
        replace(PARAMETERS, **change)


def test_learning_in_chunks_is_learning_at_once(command, monkeypatch):
    signals, _ = signals_of(command, awake=True)
    whole, wrong = np.array([[0, N]]), [Prediction(0.7, 1.2, 0.1)]
    at_once = adapt(signals, whole, wrong, PARAMETERS)
    monkeypatch.setattr(prediction, "CHUNK", 777)
    in_chunks = adapt(signals, whole, wrong, PARAMETERS)
    for name in ("copy", "error", "gain"):
        np.testing.assert_array_equal(getattr(in_chunks, name), getattr(at_once, name))
    assert in_chunks.last == at_once.last
