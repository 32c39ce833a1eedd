"""Two tasks that contradict each other but for a cue, and learners of them."""

import numpy as np
import torch

from neurosim.models.continual import Learner
from neurosim.models.continual_methods import BASELINES, ORDERED, LearnerParameters, Method
from neurosim.models.plain_networks import Perceptron, new_network
from neurosim.tasks.examples import Examples, Task, TaskSequence

SMALL = LearnerParameters(n_epochs=4, batch_size=8, memory_size=30, replay_size=6, n_fisher=10)
TRAINED = {**BASELINES, **ORDERED, "meta": Method(replay="uniform", meta=True)}


def opposed(n=40, n_tasks=2, seed=0):
    """Tasks with a cue: the sign of a number in the first, the other way round in the second."""
    rng = np.random.default_rng(seed)
    tasks = []
    for number in range(n_tasks):
        parts = []
        for _ in range(2):
            x = rng.normal(size=(n, 1, 3)).astype(np.float32)
            x[..., 1:] = np.eye(2, dtype=np.float32)[number % 2]
            y = (x[..., 0] > 0) if number % 2 == 0 else (x[..., 0] <= 0)
            parts.append(Examples(x, y.astype(np.int64)))
        tasks.append(Task(f"task {number}", *parts))
    return TaskSequence("opposed", "classification", 2, tuple(tasks))


def swapped(x, y, rng, task):
    return x[::-1].copy(), y[::-1].copy()


def learner_of(method, sequence=None, given=SMALL, factory=Perceptron, seed=0):
    sequence = sequence or opposed()
    network = new_network(factory, 3, sequence.n_outputs, np.random.default_rng(seed))
    return Learner(network, sequence, method, given, np.random.default_rng(seed + 1), swapped)


def weights_of(learner):
    return torch.cat([p.detach().flatten() for p in learner.network.parameters()])
