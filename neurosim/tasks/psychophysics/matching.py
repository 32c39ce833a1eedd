"""Matching tasks: respond if two successive directions match (do not match).

The response is in the first direction where they match and in the second where they do not, as
published. Categories are the half circles [0, pi) and [pi, 2 pi).
"""

import numpy as np

from neurosim.tasks.psychophysics.catalogue import Task
from neurosim.tasks.psychophysics.scene import (
    APART,
    N_MODALITIES,
    N_STIMULI,
    STRENGTH,
    Scene,
    draw_angle,
    draw_apart,
    draw_half,
    draw_modality,
    in_modalities,
)


def draw_matching(task: Task, n: int, rng: np.random.Generator) -> Scene:
    """Draw trials of which half match, in a random modality.

    Returns
    -------
    Scene
    """
    match = draw_half(n, rng)
    first = draw_angle(n, rng)
    if task.category:
        upper = (first >= np.pi) == match
        second = rng.uniform(0, np.pi, n) + np.pi * upper
    else:
        second = np.where(match, first, draw_apart(first, APART, rng))
    shown = draw_modality(n, False, rng)[:, None, :]
    strength = rng.uniform(*STRENGTH, (n, N_STIMULI, N_MODALITIES)) * shown
    response = np.where(match != task.anti, second if task.anti else first, np.nan)
    return Scene(in_modalities(np.stack([first, second], axis=1)), strength, response)
