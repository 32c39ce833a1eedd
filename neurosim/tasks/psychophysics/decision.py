"""Decision tasks: respond in the stronger, or the weaker, of two directions shown together."""

from typing import NamedTuple

import numpy as np

from neurosim import NeurosimError
from neurosim.tasks.psychophysics.catalogue import Task
from neurosim.tasks.psychophysics.contrasts import draw_strengths
from neurosim.tasks.psychophysics.scene import (
    Scene,
    draw_half,
    draw_modality,
    draw_pair,
    draw_sign,
    in_modalities,
)

CONTRASTS = (0.1, 0.15, 0.175)
BETWEEN = (0.125, 0.15, 0.175, 0.2)


class Thresholds(NamedTuple):
    """Pairs of noise and contrast on either side of a trained model's threshold.

    Attributes
    ----------
    above, below : (pair, 2) array
        SD of the noise and contrast (positive) at which the model is, or is not, sure enough.
    """

    above: np.ndarray
    below: np.ndarray


def draw_decision(task: Task, n: int, rng: np.random.Generator) -> Scene:
    """Draw trials with two directions of different strength, the same in all modalities shown.

    Returns
    -------
    Scene
        A response is always due.
    """
    pair = draw_pair(n, rng)
    first = draw_sign(n, rng) > 0
    strength = draw_strengths(task, first, CONTRASTS, BETWEEN, rng)
    response = pair[np.arange(n), (first == task.anti).astype(int)]
    return Scene(in_modalities(pair), strength, response)


def find_thresholds(
    noise: np.ndarray, contrast: np.ndarray, correct: np.ndarray, criterion: float = 0.95
) -> Thresholds:
    """Part pairs of noise and contrast by a trained model's performance at them.

    Parameters
    ----------
    noise, contrast : (level,) array
        Levels that were tested.
    correct : (noise, contrast) array
        Part of the decisions that were correct.
    criterion : float
        At least this is above threshold.

    Raises
    ------
    NeurosimError
        If all pairs are on one side.
    """
    pairs = np.stack(np.meshgrid(noise, contrast, indexing="ij"), axis=-1)
    sure = np.asarray(correct) >= criterion
    if sure.all() or not sure.any():
        raise NeurosimError(
            f"thresholds of confidence: expected noise and contrasts on both sides of {criterion} "
            f"correct, found {np.min(correct)} to {np.max(correct)}; test a wider range of them"
        )
    return Thresholds(pairs[sure], pairs[~sure])


def draw_confidence(
    task: Task, n: int, rng: np.random.Generator, thresholds: Thresholds | None
) -> Scene:
    """Draw decisions of which half are below the threshold, where no response is due.

    Raises
    ------
    NeurosimError
        If there are no thresholds.
    """
    if thresholds is None:
        raise NeurosimError(
            f"task {task.name}: expected thresholds of noise and contrast, found none; "
            "train a network on the other tasks and find them"
        )
    pair = draw_pair(n, rng)
    sure = draw_half(n, rng)
    above, below = (rng.choice(np.asarray(side), n) for side in thresholds)
    noise, contrast = np.where(sure[:, None], above, below).T
    first = draw_sign(n, rng)
    by_stimulus = 1 + (first * contrast)[:, None] * np.array([1, -1])
    strength = in_modalities(by_stimulus) * draw_modality(n, False, rng)[:, None, :]
    chosen = pair[np.arange(n), ((first > 0) == task.anti).astype(int)]
    return Scene(in_modalities(pair), strength, np.where(sure, chosen, np.nan), noise=noise)
