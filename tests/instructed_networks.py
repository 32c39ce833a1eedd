"""Small instructed networks and an experiment for the tests of what they represent."""

from dataclasses import replace

import numpy as np
from psychophysics_trials import THRESHOLDS

from neurosim.models.instructed.experiment import Experiment
from neurosim.models.instructed.information import RULES, Wordings, structure_features
from neurosim.models.instructed.network import build_network
from neurosim.tasks.psychophysics.catalogue import TASKS

SETTINGS = {"tasks": [], "n_units": 12, "n_steps": 30, "training": {"n_updates": 5}}
WORDS = Wordings(3, 1)


def experiment(tasks=(), noise=(0.1, 0.15), **settings):
    made = Experiment.from_mapping({**SETTINGS, "tasks": list(tasks), **settings}, 1)
    return replace(made, source=replace(made.source, noise=noise, thresholds=THRESHOLDS))


def ruled(n_units=12, seed=0):
    rng = np.random.default_rng(seed)
    return build_network("structurenet", structure_features(rng), RULES, n_units, rng)


def worded(name="bownet", n_features=10, n_units=12, seed=0):
    """A network whose tellings are random, three of each task to train with."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(len(TASKS) * WORDS.total, n_features))
    return build_network(name, features, WORDS, n_units, rng)
