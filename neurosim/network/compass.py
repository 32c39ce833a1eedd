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

from dataclasses import dataclass

import numpy as np

from neurosim.network.constants import CompassParameters
from neurosim.network.prediction import Adaptation, Prediction, Signals, Wiring
from neurosim.network.ring import heading_of


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
