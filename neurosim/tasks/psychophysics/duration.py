"""Duration tasks: respond to one of two successive directions, if it is the longer (shorter).

A limit of the published sums over modalities: the modality that misleads differs by 15 steps at
most and the other one by more, so that an observer who knows it needs one modality only.
"""

import numpy as np

from neurosim.tasks.psychophysics.catalogue import Task
from neurosim.tasks.psychophysics.scene import (
    N_MODALITIES,
    N_STIMULI,
    STRENGTH,
    Scene,
    draw_half,
    draw_modality,
    draw_pair,
    in_modalities,
)
from neurosim.tasks.psychophysics.timing import Timing

LONG, SHORT, SHORTER_BY = (35, 50), 25, 8  # steps of 150
TOTAL_LONG, TOTAL_SHORTER_BY = (75, 100), (15, 25)  # summed over modalities
SMALLER_PART = 0.45  # of the long total; the other modality shows the rest
MISLEADS_BY = (10, 15)  # steps by which the short outlasts the long where the smaller part is


def draw_duration(task: Task, n: int, timing: Timing, rng: np.random.Generator) -> Scene:
    """Draw trials of which half call for a response to the stimulus that the task names.

    Where both modalities are shown and one counts, the other one shows the opposite order.

    Returns
    -------
    Scene
    """
    pair = draw_pair(n, rng)
    due = draw_half(n, rng)
    long_first = due ^ task.anti ^ task.second
    if task.multi:
        long_short = _draw_total(n, timing, rng)
    else:
        long_short = np.stack([_draw_lengths(n, timing, rng) for _ in range(N_MODALITIES)], axis=2)
        if task.modality is not None:
            other = 1 - task.modality
            long_short[:, :, other] = long_short[:, ::-1, other]
    duration = np.where(long_first[:, None, None], long_short, long_short[:, ::-1])
    shown = draw_modality(n, task.in_both, rng)[:, None, :]
    strength = rng.uniform(*STRENGTH, (n, N_STIMULI, N_MODALITIES)) * shown
    response = np.where(due, pair[:, int(task.second)], np.nan)
    return Scene(in_modalities(pair), strength, response, duration=duration * shown)


def _draw_lengths(n: int, timing: Timing, rng: np.random.Generator) -> np.ndarray:
    """A long and a short duration (trial, 2), steps."""
    long = timing.draw(LONG, n, rng)
    lowest = timing.scaled(SHORT) + 1
    highest = np.maximum(long - timing.scaled(SHORTER_BY), lowest)
    return np.stack([long, rng.integers(lowest, highest + 1)], axis=1)


def _draw_total(n: int, timing: Timing, rng: np.random.Generator) -> np.ndarray:
    """Durations that sum to a long and a short one (trial, 2, modality), steps.

    In the modality with the smaller part of the long one the short one lasts longer, so that
    only the sum tells.
    """
    total = timing.draw(TOTAL_LONG, n, rng)
    smaller = np.rint(SMALLER_PART * total).astype(int)
    misleading = smaller + timing.draw(MISLEADS_BY, n, rng)
    rest = np.maximum(total - timing.draw(TOTAL_SHORTER_BY, n, rng) - misleading, 1)
    parts = np.stack([[total - smaller, smaller], [rest, misleading]]).transpose(2, 0, 1)
    swapped = rng.integers(2, size=n).astype(bool)
    return np.where(swapped[:, None, None], parts[:, :, ::-1], parts)
