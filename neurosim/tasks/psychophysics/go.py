"""Go tasks: respond in the direction that is shown, or opposite to it."""

import numpy as np

from neurosim.tasks.psychophysics.catalogue import Task
from neurosim.tasks.psychophysics.scene import (
    N_MODALITIES,
    STRENGTH,
    Scene,
    draw_angle,
    draw_apart,
    draw_modality,
)

MODALITIES_APART = (np.pi / 4, 3 * np.pi / 4)  # rad


def draw_go(task: Task, n: int, rng: np.random.Generator) -> Scene:
    """Draw trials with one direction in a random modality, or one in each of which one counts.

    Returns
    -------
    Scene
        A response is always due; the second stimulus is never shown.
    """
    angle = draw_angle(n, rng)
    direction = np.stack([angle, angle], axis=1)
    if task.in_both:
        direction[:, 1 - task.modality] = draw_apart(angle, MODALITIES_APART, rng)
    strength = rng.uniform(*STRENGTH, (n, N_MODALITIES)) * draw_modality(n, task.in_both, rng)
    response = (angle + np.pi * task.anti) % (2 * np.pi)
    nothing = np.zeros_like(strength)
    return Scene(
        np.stack([direction, nothing], axis=1), np.stack([strength, nothing], axis=1), response
    )
