"""Comparison tasks: respond to one of two successive directions, if it is the stronger (weaker)."""

import numpy as np

from neurosim.tasks.psychophysics.catalogue import Task
from neurosim.tasks.psychophysics.contrasts import draw_strengths
from neurosim.tasks.psychophysics.scene import Scene, draw_half, draw_pair, in_modalities

CONTRASTS = (0.1, 0.15, 0.2)
BETWEEN = (0.125, 0.15, 0.175, 0.225)


def draw_comparison(task: Task, n: int, rng: np.random.Generator) -> Scene:
    """Draw trials of which half call for a response to the stimulus that the task names.

    Returns
    -------
    Scene
    """
    pair = draw_pair(n, rng)
    due = draw_half(n, rng)
    first_stronger = due ^ task.anti ^ task.second
    strength = draw_strengths(task, first_stronger, CONTRASTS, BETWEEN, rng)
    return Scene(in_modalities(pair), strength, np.where(due, pair[:, int(task.second)], np.nan))
