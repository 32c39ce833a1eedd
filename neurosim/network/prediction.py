"""What the efference copy predicts, and how the prediction error adapts its gains.

The error does not depend on the ring: see `neurosim.network.compass` for how both go together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from neurosim.network.constants import CompassParameters
from neurosim.world.plant import Plant, delayed, smoothed

CHUNK = 100_000  # samples that are learned from at once; bounds the memory


@dataclass(frozen=True)
class Prediction:
    """Gains of the efference copy.

    Attributes
    ----------
    left, right : float
        Of the two colliculi.
    bias : float
        rad s-1.
    """

    left: float = 1.0
    right: float = 1.0
    bias: float = 0.0


@dataclass(frozen=True)
class Wiring:
    """What of the circuit is there; experiments take parts away.

    Attributes
    ----------
    efference : bool
        The colliculi drive the ring and the prediction.
    feedback : bool
        Vestibular and visual feedback correct the ring, awake.
    gated : bool
        The error is gated off in REM and NREM. Else the head, which lies still, is what is
        sensed there.
    learning : bool
        The error adapts the gains.
    """

    efference: bool = True
    feedback: bool = True
    gated: bool = True
    learning: bool = True


@dataclass(frozen=True)
class Signals:
    """What reaches the compass in one stretch of time after another (sample,).

    Attributes
    ----------
    left, right : array (sample,)
        Efference copy of the two colliculi, rad s-1, before its gains.
    expected_left, expected_right : array (sample,)
        The same after the model of the head: what will be sensed.
    sensed_velocity, sensed_heading : array (sample,)
        Vestibular (rad s-1) and visual (rad).
    noise : array (sample,)
        The ring's own angular velocity, rad s-1.
    awake : array (sample,) of bool
    """

    left: np.ndarray
    right: np.ndarray
    expected_left: np.ndarray
    expected_right: np.ndarray
    sensed_velocity: np.ndarray
    sensed_heading: np.ndarray
    noise: np.ndarray
    awake: np.ndarray


def efference_copy(
    drive: np.ndarray, parameters: CompassParameters
) -> tuple[np.ndarray, np.ndarray]:
    """Signal of one colliculus (sample,) at the ring, and what it predicts will be sensed."""
    step = parameters.step_s
    arrived = delayed(drive, parameters.transmission_delay_s, step)
    arrived = smoothed(arrived, parameters.synapse_s, step)
    plant = Plant(parameters.prediction_delay_s, parameters.plant_time_constant_s)
    return arrived, plant.follow(arrived, step)


def calibrate(signals: Signals, samples: np.ndarray) -> Prediction:
    """Gains that predict the sensed turns best (least squares) in some samples of wake.

    Parameters
    ----------
    signals : Signals
    samples : array (sample,) of int or bool
    """
    expected = [signals.expected_left[samples], signals.expected_right[samples]]
    design = np.column_stack([-expected[0], expected[1], np.ones(expected[0].size)])
    solution = np.linalg.lstsq(design, signals.sensed_velocity[samples], rcond=None)[0]
    return Prediction(*(float(value) for value in solution))


@dataclass(frozen=True)
class Adaptation:
    """What the efference copy says while the prediction error adapts its gains (sample,).

    Attributes
    ----------
    copy : array (sample,)
        Angular velocity that the efference copy turns the ring with, rad s-1.
    error : array (sample,)
        Sensed minus predicted angular velocity, rad s-1; zero where it is gated off.
    gain : array (sample,)
        Mean of the two sides' gains.
    last : tuple of Prediction
        Gains at the end of each span.
    """

    copy: np.ndarray
    error: np.ndarray
    gain: np.ndarray
    last: tuple[Prediction, ...]


def adapt(
    signals: Signals,
    spans: np.ndarray,
    predictions: Sequence[Prediction],
    parameters: CompassParameters,
    wiring: Wiring | None = None,
) -> Adaptation:
    """Predict what will be sensed, and learn from the error, through spans of time.

    The error does not depend on the ring, so the gains can be learned before it runs. Within a
    span they are carried on, asleep as awake.

    Parameters
    ----------
    signals : Signals
    spans : array (span, 2) of int
        First and last + 1 sample of each; together they cover the samples once.
    predictions : sequence of Prediction (span,)
        Gains at the beginning of each.
    parameters : CompassParameters
    wiring : Wiring
    """
    wiring = Wiring() if wiring is None else wiring
    n = signals.left.size
    copy, error, gain = (np.zeros(n) for _ in range(3))
    senses = (signals.awake | (not wiring.gated)) & wiring.feedback
    rate = parameters.learning_rate_hz * parameters.step_s * (wiring.learning and wiring.efference)
    last = []
    for (first, stop), prediction in zip(spans, predictions, strict=True):
        now = prediction if wiring.efference else Prediction(0.0, 0.0, 0.0)
        gates = first + np.flatnonzero(np.diff(senses[first:stop])) + 1
        cuts = np.unique(np.concatenate([np.arange(first, stop, CHUNK), gates, [stop]]))
        for low, high in pairwise(cuts.tolist()):
            rows = slice(low, high)
            gains = np.array([[now.left, now.right, now.bias]])
            if senses[low]:
                expected = signals.expected_left[rows], signals.expected_right[rows]
                sensed = signals.sensed_velocity[rows]
                error[rows], gains, now = _least_mean_squares(*expected, sensed, now, rate)
            copy[rows] = gains[:, 1] * signals.right[rows] - gains[:, 0] * signals.left[rows]
            copy[rows] += gains[:, 2]
            gain[rows] = 0.5 * (gains[:, 0] + gains[:, 1])
        last.append(now)
    return Adaptation(copy, error, gain, tuple(last))


def _least_mean_squares(
    left: np.ndarray, right: np.ndarray, sensed: np.ndarray, prediction: Prediction, rate: float
) -> tuple[np.ndarray, np.ndarray, Prediction]:
    """Errors (sample,), the gains before each of them (sample, 3), and those after the last."""
    if rate == 0:
        predicted = prediction.right * right - prediction.left * left + prediction.bias
        gains = np.array([[prediction.left, prediction.right, prediction.bias]])
        return sensed - predicted, gains, prediction
    g_left, g_right, bias = prediction.left, prediction.right, prediction.bias
    errors, gains = [], []
    for x_left, x_right, felt in zip(left.tolist(), right.tolist(), sensed.tolist(), strict=True):
        gains.append((g_left, g_right, bias))
        error = felt - (g_right * x_right - g_left * x_left + bias)
        errors.append(error)
        step = rate * error
        g_left -= step * x_left
        g_right += step * x_right
        bias += step
    return np.array(errors), np.array(gains), Prediction(g_left, g_right, bias)
