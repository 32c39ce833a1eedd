r"""The inner compass: a ring attractor that the colliculi turn, and that the senses correct.

The difference of the two colliculi's spikes is an efference copy of the turn command:

.. math:: \hat\omega = g_R F_R - g_L F_L + b

with :math:`F` the summed spikes of a side, delayed and smoothed by a synapse, in rad/s. It turns
the ring at once, before the head has moved. The same signal, delayed by what the head and the
vestibular organ take, predicts what will be sensed; the difference is the prediction error

.. math:: e = \omega_\mathrm{sensed} - p, \qquad
    p = (\mathrm{plant} * \hat\omega)(t - \delta)

which corrects the ring and adapts the gains, :math:`\dot g = \eta\, e\, \partial p/\partial g`
(least mean squares, as in Widrow & Hoff 1960; a Smith predictor, as proposed for the cerebellum
by Miall et al. 1993, 10.1080/00222895.1993.9942050). Vision pulls the ring to the sensed heading,
compared with the ring's own heading of the moment that is seen. In REM and NREM nothing is sensed:
the error is gated off and the ring runs freely on the commands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from neurosim import NeurosimError
from neurosim.network.ring import Ring, heading_of
from neurosim.world.plant import Plant, delayed, smoothed


@dataclass(frozen=True)
class CompassParameters:
    """Constants of the ring, its input and its feedback.

    Attributes
    ----------
    n_units : int
        Units of the ring.
    packet_width_deg : float
        Full width of the packet at half of its height.
    unit_time_constant_s : float
        Time constant of the units.
    step_s : float
        Of the simulation.
    transmission_delay_s, synapse_s : float
        Delay, and time constant, from spikes of the colliculi to the ring's input.
    plant_delay_s, plant_time_constant_s : float
        From the command to the head's movement; see `neurosim.world.plant.Plant`.
    vestibular_delay_s, vestibular_noise_deg_s : float
        Delay and noise (SD; correlated over 0.1 s) of the sensed angular velocity.
    vestibular_gain : float
        Part of the prediction error that corrects the ring.
    visual_delay_s : float
        Delay of the seen heading.
    visual_gain_hz : float
        Rate at which vision corrects the ring.
    learning_rate_hz : float
        Rate at which the gains adapt under errors and predictions of 1 rad/s.
    awake_noise_deg_s, rem_noise_deg_s, nrem_noise_deg_s : float
        SD of the ring's own angular velocity, without any input, by state.
    noise_time_constant_s : float
        Its time constant.
    """

    n_units: int
    packet_width_deg: float
    unit_time_constant_s: float
    step_s: float
    transmission_delay_s: float
    synapse_s: float
    plant_delay_s: float
    plant_time_constant_s: float
    vestibular_delay_s: float
    vestibular_noise_deg_s: float
    vestibular_gain: float
    visual_delay_s: float
    visual_gain_hz: float
    learning_rate_hz: float
    awake_noise_deg_s: float
    rem_noise_deg_s: float
    nrem_noise_deg_s: float
    noise_time_constant_s: float

    def __post_init__(self) -> None:
        """Refuse a sense that is faster than the efference copy: nothing could be predicted.

        Raises
        ------
        NeurosimError
        """
        if self.prediction_delay_s < -1e-12:
            raise NeurosimError(
                "compass.transmission_delay_s: expected, with synapse_s, at most plant_delay_s + "
                f"vestibular_delay_s ({self.plant_delay_s + self.vestibular_delay_s:g} s), found "
                f"{self.transmission_delay_s + self.synapse_s:g} s; the prediction comes too late"
            )
        if not 2 * self.step_s <= self.unit_time_constant_s:
            raise NeurosimError(
                f"compass.step_s: expected at most half of unit_time_constant_s "
                f"{self.unit_time_constant_s}, found {self.step_s}"
            )

    @property
    def plant(self) -> Plant:
        """The head."""
        return Plant(self.plant_delay_s, self.plant_time_constant_s)

    @property
    def ring(self) -> Ring:
        """The ring."""
        return Ring(self.n_units, np.deg2rad(self.packet_width_deg), self.unit_time_constant_s)

    @property
    def prediction_delay_s(self) -> float:
        """By how much the sensed turn comes after the efference copy, beside the plant's lag."""
        sensed = self.plant_delay_s + self.vestibular_delay_s
        return sensed - self.transmission_delay_s - self.synapse_s

    @property
    def lead_s(self) -> float:
        """By how much the efference copy leads the head: nothing else sets the anticipation."""
        head = self.plant_delay_s + self.plant_time_constant_s
        return head - self.transmission_delay_s - self.synapse_s

    def noise_deg_s(self, state: str) -> float:
        """SD of the ring's own angular velocity in a state."""
        return {"rem": self.rem_noise_deg_s, "nrem": self.nrem_noise_deg_s}.get(
            state, self.awake_noise_deg_s
        )


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


@dataclass(frozen=True)
class Course:
    """What the compass did (sample,).

    Attributes
    ----------
    heading : array (sample,)
        Angle of the packet, rad, continuous.
    prediction_error : array (sample,)
        Sensed minus predicted angular velocity, rad s-1; zero where it is gated off.
    gain : array (sample,)
        Mean of the two sides' gains.
    last : tuple of Prediction
        Gains at the end of each span that they were carried through.
    """

    heading: np.ndarray
    prediction_error: np.ndarray
    gain: np.ndarray
    last: tuple[Prediction, ...] = ()


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
        cuts = first + np.flatnonzero(np.diff(senses[first:stop])) + 1
        for low, high in pairwise([first, *cuts.tolist(), stop]):
            rows = slice(low, high)
            if low == high:
                continue
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


def run_compass(
    signals: Signals,
    stretches: np.ndarray,
    start: np.ndarray,
    parameters: CompassParameters,
    adaptation: Adaptation,
    wiring: Wiring | None = None,
) -> Course:
    """Run the ring through stretches of time, all of them side by side.

    Parameters
    ----------
    signals : Signals
    stretches : array (stretch, 2) of int
        First and last + 1 sample of each; together they cover the samples once.
    start : array (stretch,)
        Heading at the beginning of each, rad.
    parameters : CompassParameters
    adaptation : Adaptation
        From `adapt`, with the same wiring.
    wiring : Wiring
        The whole circuit by default.
    """
    wiring = Wiring() if wiring is None else wiring
    order = np.argsort(stretches[:, 0] - stretches[:, 1], kind="stable")  # longest first
    state = _State(signals, stretches[order], start[order], parameters, adaptation, wiring)
    lengths = stretches[order, 1] - stretches[order, 0]
    steps = np.arange(int(lengths.max(initial=0)))
    going_on = np.searchsorted(-lengths, -steps, side="left")  # stretches that are longer
    for k, n in zip(steps.tolist(), going_on.tolist(), strict=True):
        state.advance(k, n)
    return Course(state.course(lengths), adaptation.error, adaptation.gain, adaptation.last)


class _State:
    """The rings of all stretches at one time; rows are stretches, longest first."""

    def __init__(
        self,
        signals: Signals,
        stretches: np.ndarray,
        start: np.ndarray,
        parameters: CompassParameters,
        adaptation: Adaptation,
        wiring: Wiring,
    ) -> None:
        self.parameters, self.ring = parameters, parameters.ring
        lengths = stretches[:, 1] - stretches[:, 0]
        index = stretches[:, 0] + np.arange(int(lengths.max(initial=0)))[:, None]
        self.index = np.minimum(index, signals.left.size - 1)  # (step, stretch)
        awake = signals.awake[stretches[:, 0]] if start.size else np.zeros(0, dtype=bool)
        self.sees = (awake & wiring.feedback) * parameters.visual_gain_hz
        corrected = adaptation.copy + parameters.vestibular_gain * adaptation.error
        self.velocity = (corrected + signals.noise)[self.index]
        self.seen = signals.sensed_heading[self.index]
        self.membrane = self.ring.packet(start)
        # What is seen now is where the ring was so long ago; without a copy it does not lead.
        lead = parameters.lead_s if wiring.efference else -parameters.vestibular_delay_s
        self.lag = round((parameters.visual_delay_s + lead) / parameters.step_s)
        self.heading = np.zeros(index.shape)

    def advance(self, k: int, n: int) -> None:
        """Take step k of the first n stretches: the others are over."""
        moments = self.ring.moments(self.membrane[:n])
        self.heading[k, :n] = heading_of(moments)
        velocity = self.velocity[k, :n]
        if k >= self.lag:
            behind = self.seen[k, :n] - self.heading[k - self.lag, :n]
            velocity = velocity + self.sees[:n] * np.sin(behind)
        self.ring.step(self.membrane[:n], moments, velocity, self.parameters.step_s)

    def course(self, lengths: np.ndarray) -> np.ndarray:
        """Put the headings of the stretches back into their place in time (sample,)."""
        within = np.arange(self.index.shape[0])[:, None] < lengths
        place = self.index[within]
        heading = np.zeros(place.size)
        heading[place] = self.heading[within]
        return np.unwrap(heading)
