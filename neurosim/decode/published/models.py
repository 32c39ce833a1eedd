"""Krause & Drugowitsch 2022 (10.1016/j.neuron.2021.11.014): the model that explains an event best.

What is known: the evidence of five models in bins of 3 ms, parameters integrated out: momentum
(velocity persists), diffusion, stationary, stationary with a Gaussian spread, random. Momentum and
diffusion are trajectories: they explain 89.7 % of ripples best (A068), momentum alone 84.9 %
(A068a).

What is simplified: velocity does not only persist, it is constant (`neurosim.decode.dynamics`,
directed), so that a path that turns is no trajectory here; the Gaussian spread is left out;
events of one dimension, with their gain integrated out where the paper scaled its rates.
"""

import numpy as np

from neurosim.decode.dynamic_models import DynamicsParameters
from neurosim.decode.dynamics import DynamicsEvidence, dynamics_evidence
from neurosim.decode.geometry import line_geometry
from neurosim.decode.published.events import FineEvents

BIN = 0.003  # s


def event_dynamics(events: FineEvents, bin_s: float) -> DynamicsEvidence:
    """Weigh the dynamics of events in bins of a width (s)."""
    binned, track = events.binned(bin_s), events.track
    rate = track.rate.reshape(-1, track.rate.shape[2])
    return dynamics_evidence(
        binned.counts @ np.log(rate).T,
        bin_s * rate.sum(axis=1),
        binned.counts.sum(axis=1),
        binned.event,
        line_geometry(events.positions),
        DynamicsParameters(bin_s=bin_s),
        track.visited,
    )


def krause_drugowitsch_2022(events: FineEvents) -> DynamicsEvidence:
    """Weigh the dynamics of events in the paper's bins."""
    return event_dynamics(events, BIN)


def directed_speed(evidence: DynamicsEvidence) -> np.ndarray:
    """Most probable speed (event,) of those best explained as directed, else NaN, m s-1."""
    size = np.abs(evidence.velocity).max(axis=1)
    likely = size[evidence.velocity_probability.argmax(axis=1)]
    return np.where(evidence.best() == evidence.dynamics.index("directed"), likely, np.nan)
