"""Eye movements: the turn command reaches the eyes as well, asleep too."""

from dataclasses import dataclass

import numpy as np

from neurosim.world.plant import delayed


@dataclass(frozen=True)
class EyeParameters:
    """How the eyes follow turn commands.

    Attributes
    ----------
    gain : float
        Angular velocity of the eye in the head over the command's.
    delay_s : float
        From the command to the eye's movement.
    time_constant_s : float
        Of the eye's return to the middle.
    vor_gain : float
        Part of the head's movement that the eye makes up for, awake.
    limit_deg : float
        Farthest position to either side.
    """

    gain: float
    delay_s: float
    time_constant_s: float
    vor_gain: float
    limit_deg: float


def move_eye(
    command: np.ndarray, head_velocity: np.ndarray, parameters: EyeParameters, step: float
) -> np.ndarray:
    """Horizontal position (sample,) of the eye in the head, rad, positive counter-clockwise.

    A leaky integrator of the command, less what the vestibulo-ocular reflex makes up for.

    Parameters
    ----------
    command, head_velocity : array (sample,)
        rad s-1; the head's is zero in sleep.
    parameters : EyeParameters
    step : float
        s.
    """
    from scipy.signal import lfilter  # slow to import, and not needed for tracks alone

    velocity = parameters.gain * delayed(command, parameters.delay_s, step)
    velocity = velocity - parameters.vor_gain * head_velocity
    kept = np.exp(-step / parameters.time_constant_s)
    position = lfilter([step], [1.0, -kept], velocity)
    limit = np.deg2rad(parameters.limit_deg)
    return limit * np.tanh(position / limit)
