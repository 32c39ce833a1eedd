"""Thresholds of the confidence tasks: where a trained network decides right often enough.

A SIMPLENET that never trained on the confidence tasks is tested on their stimuli at levels of
noise and contrast, told that it is a decision task (Riveland & Pouget 2024,
doi:10.1038/s41593-024-01607-5).
"""

import numpy as np
import xarray as xr

from neurosim.models.instructed.evaluation import told_right
from neurosim.models.instructed.network import InstructedNetwork
from neurosim.tasks.psychophysics.decision import Thresholds, find_thresholds
from neurosim.tasks.psychophysics.source import NUMBERS, TrialSource

NOISES = (0.1, 0.2, 0.3, 0.4, 0.5)
CONTRASTS = (0.025, 0.05, 0.1, 0.15, 0.2, 0.3)
CRITERION = 0.95


def measure_decisions(
    network: InstructedNetwork, source: TrialSource, n_trials: int, rng: np.random.Generator
) -> xr.DataArray:
    """Measure how often DM is done right at each noise and contrast.

    Parameters
    ----------
    network : InstructedNetwork
    source : TrialSource
    n_trials : int
        At each pair of levels.
    rng : numpy.random.Generator

    Returns
    -------
    DataArray (noise, contrast)
    """
    correct = np.empty((len(NOISES), len(CONTRASTS)))
    for row, noise in enumerate(NOISES):
        for column, contrast in enumerate(CONTRASTS):
            correct[row, column] = _correct(network, source, noise, contrast, n_trials, rng)
    about = {"units": "1", "long_name": "part of the decisions done right"}
    levels = {
        "noise": ("noise", list(NOISES), {"units": "1", "long_name": "SD of the input noise"}),
        "contrast": ("contrast", list(CONTRASTS), {"units": "1", "long_name": "contrast"}),
    }
    return xr.DataArray(correct, levels, ("noise", "contrast"), "correct", about)


def _correct(
    network: InstructedNetwork,
    source: TrialSource,
    noise: float,
    contrast: float,
    n_trials: int,
    rng: np.random.Generator,
) -> float:
    """Part of the decisions at one noise and contrast that are done right."""
    level = np.array([[noise, contrast]])
    trials = source.with_thresholds(Thresholds(level, level)).draw("ConDM", 2 * n_trials, rng)
    telling = network.information.tell(np.full(2 * n_trials, NUMBERS["DM"]), rng)
    due = ~np.isnan(trials.direction)  # in half of the trials no response would be right
    return float(told_right(network, trials, telling)[due].mean())


def part_levels(correct: xr.DataArray, criterion: float = CRITERION) -> Thresholds:
    """Part the pairs of noise and contrast into those at which the network is sure, and others.

    A network that is nowhere, or everywhere, that good is parted at its own median instead, the
    larger contrast and then the smaller noise being taken for the surer where it is equally good.

    Parameters
    ----------
    correct : DataArray (noise, contrast)
    criterion : float

    Returns
    -------
    Thresholds
    """
    noise, contrast = correct["noise"].values, correct["contrast"].values
    if not is_parted(correct, criterion):
        pairs = np.stack(np.meshgrid(noise, contrast, indexing="ij"), axis=-1).reshape(-1, 2)
        order = np.lexsort((-pairs[:, 0], pairs[:, 1], correct.values.ravel()))
        rank = np.empty(len(order), int)
        rank[order] = np.arange(len(order))
        return find_thresholds(noise, contrast, rank.reshape(correct.shape), len(order) // 2)
    return find_thresholds(noise, contrast, correct.values, criterion)


def is_parted(correct: xr.DataArray, criterion: float = CRITERION) -> bool:
    """Whether the network is that good at some pairs of noise and contrast, and not at others."""
    sure = correct.values >= criterion
    return bool(sure.any() and not sure.all())
