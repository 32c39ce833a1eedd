"""A toy study whose network learned a few Go tasks."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from neurosim.models.instructed.experiment import Experiment
from neurosim.models.instructed.trained import network_from_dataset
from neurosim.models.instructed.training_runs import train_network
from neurosim.tasks.psychophysics.decision import Thresholds
from neurosim.tasks.psychophysics.instructions import read_instructions

INSTRUCTIONS = Path(__file__).parents[1] / "config" / "instructions.csv"
GO = ["Go", "AntiGo", "GoMod1", "AntiGoMod1"]
TOY = {
    "tasks": GO,
    "n_units": 64,
    "n_steps": 30,
    "training": {
        "n_updates": 300, "n_tasks": 3, "n_each": 16, "learning_rate": 0.01, "falls_to": 0.1,
    },
}  # fmt: skip
NOISE = (0.0, 0.02)  # little, so that a toy learns within seconds


@cache
def instructions():
    """Read the project's own instructions."""
    return read_instructions(INSTRUCTIONS)


@cache
def experiment():
    """Give an experiment of Go tasks, with thresholds for the tasks that need some."""
    found = Experiment.from_mapping(TOY, seed=3)
    levels = np.array([[0.1, 0.2]]), np.array([[0.4, 0.05]])
    source = replace(found.source, noise=NOISE)
    return replace(found, source=source.with_thresholds(Thresholds(*levels)))


@cache
def learned():
    """Train a network that is told the structure of its tasks; AntiGo is held out."""
    return network_from_dataset(
        train_network("structurenet", "set_10", 0, experiment(), instructions())
    )
