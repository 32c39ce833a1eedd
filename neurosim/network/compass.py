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
from dataclasses import dataclass, replace

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
    """

    heading: np.ndarray
    prediction_error: np.ndarray
    gain: np.ndarray


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


def run_compass(
    signals: Signals,
    stretches: np.ndarray,
    start: np.ndarray,
    parameters: CompassParameters,
    prediction: Prediction | Sequence[Prediction],
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
    prediction : Prediction or sequence of Prediction (stretch,)
        Gains at the beginning of each; one for all, or one for each.
    wiring : Wiring
        The whole circuit by default.
    """
    wiring = Wiring() if wiring is None else wiring
    given = [prediction] * start.size if isinstance(prediction, Prediction) else prediction
    gains = np.array([[each.left, each.right, each.bias] for each in given]).reshape(-1, 3)
    if not wiring.efference:
        gains = np.zeros_like(gains)
        wiring = replace(wiring, learning=False)
    order = np.argsort(stretches[:, 0] - stretches[:, 1], kind="stable")  # longest first
    state = _State(signals, stretches[order], start[order], parameters, gains[order], wiring)
    lengths = stretches[order, 1] - stretches[order, 0]
    steps = np.arange(int(lengths.max(initial=0)))
    going_on = np.searchsorted(-lengths, -steps, side="left")  # stretches that are longer
    for k, n in zip(steps.tolist(), going_on.tolist(), strict=True):
        state.advance(k, n)
    return state.course(lengths)


class _State:
    """The rings of all stretches at one time; rows are stretches, longest first."""

    def __init__(
        self,
        signals: Signals,
        stretches: np.ndarray,
        start: np.ndarray,
        parameters: CompassParameters,
        gains: np.ndarray,
        wiring: Wiring,
    ) -> None:
        self.parameters, self.wiring = parameters, wiring
        self.ring = parameters.ring
        lengths = stretches[:, 1] - stretches[:, 0]
        index = stretches[:, 0] + np.arange(int(lengths.max(initial=0)))[:, None]
        self.index = np.minimum(index, signals.left.size - 1)  # (step, stretch)
        awake = signals.awake[stretches[:, 0]]
        self.senses = ((awake | (not wiring.gated)) & wiring.feedback).astype(float)
        self.sees = (awake & wiring.feedback).astype(float)
        self.felt = self.senses * parameters.vestibular_gain
        left, right = signals.left[self.index], signals.right[self.index]
        self.arrived = np.stack([-left, right, np.ones_like(left)], axis=-1)
        left, right = signals.expected_left[self.index], signals.expected_right[self.index]
        self.expected = np.stack([-left, right, np.ones_like(left)], axis=-1)
        self.sensed = signals.sensed_velocity[self.index]
        self.seen = signals.sensed_heading[self.index]
        self.noise = signals.noise[self.index]
        self.gains = gains
        self.membrane = self.ring.packet(start)
        self.lag = round((parameters.visual_delay_s + parameters.lead_s) / parameters.step_s)
        self.heading, self.error, self.gain = (np.zeros(index.shape) for _ in range(3))

    def advance(self, k: int, n: int) -> None:
        """Take step k of the first n stretches: the others are over."""
        parameters, dt = self.parameters, self.parameters.step_s
        moments = self.ring.moments(self.membrane[:n])
        self.heading[k, :n] = heading_of(moments)
        gains, expected = self.gains[:n], self.expected[k, :n]
        copy = np.einsum("ij,ij->i", gains, self.arrived[k, :n])
        error = self.sensed[k, :n] - np.einsum("ij,ij->i", gains, expected)
        error *= self.senses[:n]
        self.error[k, :n], self.gain[k, :n] = error, 0.5 * (gains[:, 0] + gains[:, 1])
        velocity = copy + self.felt[:n] * error + self.noise[k, :n]
        if k >= self.lag:
            behind = self.seen[k, :n] - self.heading[k - self.lag, :n]
            velocity += parameters.visual_gain_hz * self.sees[:n] * np.sin(behind)
        if self.wiring.learning:
            gains += (parameters.learning_rate_hz * dt) * error[:, None] * expected
        self.ring.step(self.membrane[:n], moments, velocity, dt)

    def course(self, lengths: np.ndarray) -> Course:
        """Put the stretches back into their place in time."""
        within = np.arange(self.index.shape[0])[:, None] < lengths
        place = self.index[within]

        def flat(values: np.ndarray) -> np.ndarray:
            out = np.zeros(place.size)
            out[place] = values[within]
            return out

        return Course(np.unwrap(flat(self.heading)), flat(self.error), flat(self.gain))
