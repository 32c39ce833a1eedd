"""One run of the CA3 network, among others that run side by side."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from neurosim import NeurosimError
from neurosim.network.ca3_constants import Constants


@dataclass(frozen=True)
class Trial:
    """One run of a network.

    Attributes
    ----------
    constants : Constants
        Those of the network, or what a state or an experiment makes of them.
    gain : float
        On the recurrent weights.
    current_pa : float
        Into every pyramidal cell.
    depression : bool
        Whether recurrent synapses depress for a short term.
    """

    constants: Constants
    gain: float
    current_pa: float = 0.0
    depression: bool = False


def per_trial(trials: Sequence[Trial], value: Callable[[Trial], float]) -> np.ndarray:
    """One number a trial (trial,)."""
    return np.array([value(trial) for trial in trials], dtype=float)


def kernel_height(trials: Sequence[Trial], synapse: str) -> np.ndarray:
    """What makes the double exponential of a synapse peak at decay / (decay - rise) (trial,).

    Raises
    ------
    NeurosimError
        If it does not rise faster than it decays.
    """
    rise = per_trial(trials, lambda t: t.constants[f"{synapse}_rise_ms"])
    decay = per_trial(trials, lambda t: t.constants[f"{synapse}_decay_ms"])
    if not np.all((rise > 0) & (decay > rise)):
        raise NeurosimError(
            f"constants of the CA3 network: {synapse}_rise_ms: expected more than 0 and less than "
            f"{synapse}_decay_ms ({decay.min():g}), found {rise.max():g}"
        )
    peak = decay * rise / (decay - rise) * np.log(decay / rise)
    height = np.exp(-peak / decay) - np.exp(-peak / rise)
    return decay / (decay - rise) / height


def step_over_capacity(trials: Sequence[Trial], cell: str, step_ms: float) -> np.ndarray:
    """Step over capacitance (trial,): makes a conductance in nS a fraction a step."""
    return per_trial(
        trials,
        lambda t: step_ms / (t.constants[f"{cell}_membrane_ms"] * t.constants[f"{cell}_leak_ns"]),
    )
