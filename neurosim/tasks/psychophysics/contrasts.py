"""Strengths of two stimuli of which one is the stronger: in one modality, or over both.

In both modalities the contrasts have opposite signs and do not cancel, so that one modality alone
misleads; tasks of one modality are shown the same. The published list of contrasts within a
modality lacks -0.2; signs are drawn with equal chances here, so that the list is symmetric.

A limit of the published design: an observer who knows the list gets 5 of 6 right from one
modality, by the size of its contrast.
"""

from itertools import permutations

import numpy as np

from neurosim.tasks.psychophysics.catalogue import Task
from neurosim.tasks.psychophysics.scene import N_MODALITIES, draw_modality, draw_sign

BASE = (1.0, 1.2)
WITHIN = (0.1, 0.15, 0.2, 0.25)  # of a modality, where both modalities are shown
PAIRS = np.array(list(permutations(WITHIN, 2)))


def draw_strengths(
    task: Task,
    first_stronger: np.ndarray,
    single: tuple[float, ...],
    between: tuple[float, ...],
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw strengths such that the first or the second stimulus is the stronger.

    Parameters
    ----------
    task : Task
        Where its stimuli are shown, and which modality counts.
    first_stronger : (trial,) array of bool
        Whether the first stimulus is the stronger, where it counts: in the one modality that is
        shown or that the task names, or in the sum over both.
    single : tuple of float
        Contrasts where one modality is shown.
    between : tuple of float
        Contrasts between modalities where both are shown.
    rng : numpy.random.Generator

    Returns
    -------
    (trial, stimulus, modality) array
        ``base + c`` of the first and ``base - c`` of the second stimulus; 0 where not shown.
    """
    n = len(first_stronger)
    base = np.repeat(rng.uniform(*BASE, n)[:, None], N_MODALITIES, axis=1)
    if task.in_both:
        apart = rng.choice(between, n) * draw_sign(n, rng)
        base += apart[:, None] * np.array([1, -1])
        contrast = rng.choice(PAIRS, n) * np.array([1, -1])
        counts = contrast.sum(axis=1) if task.multi else contrast[:, task.modality]
    else:
        counts = rng.choice(single, n)
        contrast = np.repeat(counts[:, None], N_MODALITIES, axis=1)
    contrast = np.where((counts > 0) == first_stronger, 1, -1)[:, None] * contrast
    strength = np.stack([base + contrast, base - contrast], axis=1)
    return strength * draw_modality(n, task.in_both, rng)[:, None, :]
