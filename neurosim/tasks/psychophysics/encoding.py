r"""Trials as a network meets them: inputs, the target of its outputs, and the weight of its errors.

A direction is a bump over 32 units whose preferred directions are evenly spaced,
:math:`0.8 \exp(-\frac12 (8 |\theta - \theta_i| / \pi)^2)`, with the circular distance
(Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5).
"""

import numpy as np

from neurosim.tasks.psychophysics.scene import N_MODALITIES, Scene
from neurosim.tasks.psychophysics.timing import Schedule, Timing

N_UNITS = 32  # of a modality, and of the response
N_INPUTS = 1 + N_MODALITIES * N_UNITS
N_OUTPUTS = 1 + N_UNITS
PREFERRED = 2 * np.pi * np.arange(N_UNITS) / N_UNITS  # rad
WIDTH, HEIGHT = 8, 0.8
FIXATING, RESTING = 0.85, 0.05  # targets of the fixation output, and of outputs at rest
LATE_WEIGHT = 5  # of errors in the response epoch, after its first steps
FIXATION_WEIGHT = 2  # times that, of errors of the fixation output


def bumps(direction: np.ndarray) -> np.ndarray:
    """Encode directions.

    Parameters
    ----------
    direction : (...) array
        rad in [0, 2 pi).

    Returns
    -------
    (..., unit) float32 array
    """
    apart = np.abs(direction[..., None] - PREFERRED)
    apart = np.minimum(apart, 2 * np.pi - apart)
    return (HEIGHT * np.exp(-0.5 * (WIDTH / np.pi * apart) ** 2)).astype(np.float32)


def population_vector(activity: np.ndarray) -> np.ndarray:
    """Decode directions from the angle of the sum of preferred directions, each times its unit.

    Parameters
    ----------
    activity : (..., unit) array

    Returns
    -------
    (...) array
        rad in (-pi, pi].
    """
    return np.arctan2(activity @ np.sin(PREFERRED), activity @ np.cos(PREFERRED))


def render_inputs(
    scene: Scene, schedule: Schedule, noise: np.ndarray, timing: Timing, rng: np.random.Generator
) -> np.ndarray:
    """Render the fixation input and the two modalities.

    Parameters
    ----------
    scene : Scene
    schedule : Schedule
    noise : (trial,) array
        SD of the noise, independent for each step and each unit but fixation.
    timing : Timing
    rng : numpy.random.Generator

    Returns
    -------
    (trial, step, unit) float32 array
        65 units: fixation, then 32 of each modality.
    """
    steps = np.arange(timing.n_steps)
    n = len(noise)
    inputs = np.empty((n, timing.n_steps, N_INPUTS), np.float32)
    inputs[..., 0] = steps < schedule.fixation_off[:, None]
    drawn = rng.standard_normal((n, timing.n_steps, N_MODALITIES, N_UNITS), dtype=np.float32)
    drawn *= noise.astype(np.float32)[:, None, None, None]
    shown = bumps(scene.direction) * scene.strength.astype(np.float32)[..., None]
    # A product over the two stimuli, which may overlap in time: (trial, modality, step, unit).
    at = (a.transpose(0, 2, 1)[:, :, None, :] for a in (schedule.onset, schedule.offset))
    onset, offset = at
    on = (steps[:, None] >= onset) & (steps[:, None] < offset)
    drawn += (on.astype(np.float32) @ shown.transpose(0, 2, 1, 3)).transpose(0, 2, 1, 3)
    inputs[..., 1:] = drawn.reshape(n, timing.n_steps, -1)
    return inputs


def render_target(response: np.ndarray, schedule: Schedule, timing: Timing) -> np.ndarray:
    """Render the target: fixate until the response epoch, then respond if that is due.

    Parameters
    ----------
    response : (trial,) array
        rad; NaN where none is due.
    schedule : Schedule
    timing : Timing

    Returns
    -------
    (trial, step, output) float32 array
        33 outputs: fixation, then 32 of the response.
    """
    responding = np.arange(timing.n_steps) >= schedule.epochs[:, -1, None]
    target = np.full((len(response), timing.n_steps, N_OUTPUTS), RESTING, np.float32)
    target[..., 0][~responding] = FIXATING
    due = ~np.isnan(response)
    bump = bumps(np.where(due, response, 0)) * due[:, None]
    target[..., 1:] += responding[..., None] * bump[:, None, :]
    return target


def render_mask(schedule: Schedule, timing: Timing) -> np.ndarray:
    """Render the weight of squared errors (trial, step, output), float32.

    1 until the response epoch, 0 in its first steps and 5 after, twice that of the fixation output.
    """
    into = np.arange(timing.n_steps) - schedule.epochs[:, -1, None]
    weight = np.where(into < 0, 1, np.where(into < timing.grace, 0, LATE_WEIGHT))
    mask = np.repeat(weight.astype(np.float32)[..., None], N_OUTPUTS, axis=2)
    mask[..., 0][into >= 0] *= FIXATION_WEIGHT
    return mask
