r"""Denovellis et al. 2021 (10.7554/eLife.64505): which dynamic, bin by bin, and how fast there.

What is known: a state-space model in bins of 2 ms with stationary, continuous (random walk,
variance 6 cm2 a bin: A027) and fragmented dynamics; a dynamic is kept with probability .98. A bin
belongs to a dynamic whose smoothed probability exceeds .8; to the mixture of two where only their
sum does and the third has less than .1 (the authors' published code). The speed in a dynamic is
that of the most probable position, smoothed. 42 % of classified ripples hold the
stationary-continuous mixture alone (A064), and the commonest speed is below 1 m/s (A026).

What is simplified: sorted spikes, where the paper used clusterless marks from CA1, CA2 and CA3 on
a W track; events are given instead of ripples; maps of both running directions, one of which an
event keeps, where the paper had one; the SD of the smoothing (2.5 ms) was not looked up.

All events of one length are rows of one forward-backward pass, in double precision:

.. math:: p(s_t \mid n_{1:T}) \propto p(s_t \mid n_{1:t}) \, b_t(s_t), \qquad
          b_t(s) = \sum_{s'} p(s' \mid s) \, p(n_{t+1} \mid s') \, b_{t+1}(s').
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from neurosim.decode.bayes import log_likelihood
from neurosim.decode.kinematics import Track
from neurosim.decode.published.events import FineEvents
from neurosim.decode.state_model import StateSpace, make_state_space, sticky_transition
from neurosim.decode.stepping import Stepper
from neurosim.decode.templates import EventCounts
from neurosim.decode.transitions import STATES, make_movement, track_kernel

BIN = 0.002  # s
STAY = 0.98
WALK_VARIANCE = 6e-4  # m2 a bin
THRESHOLD = 0.8
SMOOTHING = 0.0025  # s
MIXTURES = {
    "stationary-continuous": ("stationary", "continuous"),
    "fragmented-continuous": ("fragmented", "continuous"),
}
DYNAMICS = (*STATES, *MIXTURES)


@dataclass(frozen=True)
class Dynamics:
    """Dynamics of events.

    Attributes
    ----------
    n_bins : array (event, dynamic) of int
        Bins that belong to each of `DYNAMICS`.
    speed : array (event, dynamic)
        Mean speed of the most probable position in those bins, m s-1; NaN where there are none.
    """

    n_bins: np.ndarray
    speed: np.ndarray

    @property
    def is_classified(self) -> np.ndarray:
        """Whether any bin belongs to any dynamic (event,)."""
        return self.n_bins.any(axis=1)

    def has(self, dynamic: str) -> np.ndarray:
        """Whether an event (event,) has bins of a dynamic."""
        return self.n_bins[:, DYNAMICS.index(dynamic)] > 0

    def only(self, dynamic: str) -> np.ndarray:
        """Whether all classified bins of an event (event,) are of one dynamic."""
        return self.has(dynamic) & ((self.n_bins > 0).sum(axis=1) == 1)

    def main(self) -> np.ndarray:
        """Index (event,) of the dynamic with most bins; -1 where nothing is classified."""
        return np.where(self.is_classified, self.n_bins.argmax(axis=1), -1)


def dynamics_model(track: Track) -> StateSpace:
    """Make the paper's model of a straight track; an event keeps its map."""
    positions = (np.arange(track.rate.shape[1]) + 0.5) * track.step
    walk = track_kernel(np.abs(positions[:, None] - positions), WALK_VARIANCE)
    return make_state_space(
        make_movement(walk, track.visited), sticky_transition(len(STATES), STAY)
    )


def denovellis_2021(events: FineEvents) -> Dynamics:
    """Decode dynamics and positions together, and read speeds by dynamic."""
    binned = events.binned(BIN)
    stepper = Stepper(dynamics_model(events.track), np.float64)
    n_bins = np.zeros((events.n_events, len(DYNAMICS)), int)
    speed = np.full(n_bins.shape, np.nan)
    first = np.searchsorted(binned.event, np.arange(binned.n_events + 1))
    lengths = np.diff(first)
    for length in np.unique(lengths[lengths > 1]).tolist():
        chosen = np.flatnonzero(lengths == length)
        rows = first[chosen, None] + np.arange(length)
        likelihood = _likelihood(binned, rows, events.track)
        state, position = smoothed(stepper, likelihood)
        n_bins[chosen], speed[chosen] = by_dynamic(state, events.positions[position])
    return Dynamics(n_bins, speed)


def _likelihood(binned: EventCounts, rows: np.ndarray, track: Track) -> np.ndarray:
    """Likelihood (bin, map, event, position) relative to each bin's largest."""
    values = log_likelihood(
        binned.counts[rows.ravel()].astype(float),
        track.rate.reshape(-1, track.rate.shape[2]),
        binned.width,
        track.visited.reshape(-1),
    )
    values = np.exp(values - values.max(axis=1, keepdims=True))
    return values.reshape(*rows.shape, *track.rate.shape[:2]).transpose(1, 2, 0, 3)


def smoothed(stepper: Stepper, likelihood: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Smooth events of one length.

    Parameters
    ----------
    stepper : Stepper
        Of a model whose states are `STATES`.
    likelihood : array (bin, map, event, position)

    Returns
    -------
    state : array (event, bin, state)
        Probability of each dynamic.
    position : array (event, bin) of int
        Most probable position bin, over dynamics and maps.
    """
    n_bins, n_maps, n_events, _ = likelihood.shape
    k = len(stepper.initial) // n_maps
    predicted = np.repeat(stepper.initial, n_events, axis=1)
    filtered = np.empty((n_bins, *predicted.shape))
    for step in range(n_bins):
        current = predicted * np.tile(likelihood[step], (k, 1, 1))
        current /= stepper.mass(current).sum(axis=0)[:, None]
        filtered[step] = current
        predicted = stepper.forward(current, stepper.mass(current))
    state = np.empty((n_events, n_bins, k))
    position = np.empty((n_events, n_bins), int)
    message = np.ones_like(predicted)
    for step in reversed(range(n_bins)):
        joint = filtered[step] * message
        joint /= stepper.mass(joint).sum(axis=0)[:, None]
        state[:, step] = stepper.mass(joint).reshape(k, n_maps, n_events).sum(axis=1).T
        position[:, step] = joint.sum(axis=0).argmax(axis=1)
        later = message * np.tile(likelihood[step], (k, 1, 1))
        later /= stepper.mass(later).sum(axis=0)[:, None]
        message = stepper.backward(later, stepper.mass(later))
    return state, position


def by_dynamic(state: np.ndarray, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count bins and average speeds by dynamic.

    Parameters
    ----------
    state : array (event, bin, state)
        Probability of each of `STATES`.
    position : array (event, bin)
        m.

    Returns
    -------
    n_bins : array (event, dynamic) of int
    speed : array (event, dynamic)
        m s-1.
    """
    belongs = [state[..., index] > THRESHOLD for index in range(len(STATES))]
    for parts in MIXTURES.values():
        both = [STATES.index(name) for name in parts]
        (third,) = set(range(len(STATES))) - set(both)
        belongs.append(
            (state[..., both].sum(axis=-1) > THRESHOLD)
            & ~belongs[both[0]]
            & ~belongs[both[1]]
            & (state[..., third] < (1 - THRESHOLD) / 2)
        )
    is_in = np.stack(belongs, axis=-1)
    velocity = np.gradient(position, BIN, axis=1)
    speed = np.abs(gaussian_filter1d(velocity, SMOOTHING / BIN, axis=1, mode="nearest"))
    number = is_in.sum(axis=1)
    total = (speed[..., None] * is_in).sum(axis=1)
    return number, np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0)
