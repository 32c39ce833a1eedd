"""Trials of every task for the tests of psychophysics."""

import numpy as np

from neurosim.tasks.psychophysics.decision import Thresholds
from neurosim.tasks.psychophysics.timing import Timing
from neurosim.tasks.psychophysics.trials import draw_trials

THRESHOLDS = Thresholds(
    above=np.array([[0.1, 0.15], [0.15, 0.2]]), below=np.array([[0.3, 0.05], [0.4, 0.02]])
)


def drawn(task, n=40, n_steps=52, noise=(0.0, 0.0), seed=0):
    rng = np.random.default_rng(seed)
    return draw_trials(task, n, rng, Timing(n_steps), noise, THRESHOLDS)


def circular(a, b):
    """Distance between angles, rad."""
    return np.abs(np.angle(np.exp(1j * (a - b))))
