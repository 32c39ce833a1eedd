"""What a network is told of its task: rules, words, or a language model's view of a sentence.

A *telling* is what is told in one trial: the number of a task for networks with rules, the number
of an instruction (task after task, wordings to train with before those to validate with) for
networks that are told in words. Each telling has frozen features; what is trained is how these
become the 64 dimensions that the sensorimotor network takes.

Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from neurosim import NeurosimError
from neurosim.models.instructed.sensorimotor import N_INFORMATION
from neurosim.tasks.psychophysics.catalogue import TASKS
from neurosim.tasks.psychophysics.instructions import (
    SPLITS,
    Instructions,
    find_vocabulary,
    tokenise,
)

N_RULE_UNITS = 128  # of the layer between rules and information
N_WORD_UNITS = 256  # of the layer between words and information


class Wordings(NamedTuple):
    """How many tellings each task has, to train with and to validate with."""

    train: int
    validation: int

    @property
    def total(self) -> int:
        """Tellings of a task."""
        return self.train + self.validation


RULES = Wordings(1, 0)


class TaskInformation(nn.Module):
    """Information on the task of a trial.

    Parameters
    ----------
    features : (telling, feature) array
        Of every telling, task after task.
    wordings : Wordings
    encoder : Module
        From features (trial, feature) to information (trial, information); trained.
    """

    def __init__(self, features: np.ndarray, wordings: Wordings, encoder: nn.Module) -> None:
        super().__init__()
        expected = wordings.total * len(TASKS)
        if len(features) != expected:
            raise NeurosimError(
                f"features of tellings: expected {wordings.total} for each of {len(TASKS)} tasks, "
                f"{expected} together, found {len(features)}"
            )
        self.wordings, self.encoder = wordings, encoder
        self.register_buffer("features", torch.from_numpy(np.asarray(features, np.float32)))

    def forward(self, telling: Tensor) -> Tensor:
        """Information (trial, information) of tellings (trial,)."""
        return self.encoder(self.features[telling])

    def tellings(self, task: int, split: str = "train") -> np.ndarray:
        """Numbers of the tellings of a task (telling,).

        A rule has no other wording to validate with: it is told as in training.
        """
        if split not in SPLITS:
            raise NeurosimError(f"tellings: split: expected one of {SPLITS}, found {split!r}")
        first = task * self.wordings.total
        if split == "train" or not self.wordings.validation:
            return np.arange(first, first + self.wordings.train)
        return np.arange(first + self.wordings.train, first + self.wordings.total)

    def tell(self, task: np.ndarray, rng: np.random.Generator, split: str = "train") -> np.ndarray:
        """Draw a telling (trial,) for the task (trial,) of each trial.

        However many wordings there are, as much is taken from the generator: networks that are
        told in other ways see the same trials.
        """
        known = self.tellings(0, split)
        drawn = (rng.random(len(task)) * len(known)).astype(int)
        return task * self.wordings.total + known[drawn]

    def of_task(self, task: int, split: str = "train") -> Tensor:
        """Mean information (information,) over the tellings of a task."""
        return self(torch.from_numpy(self.tellings(task, split))).mean(dim=0)


def orthogonal(n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw orthogonal vectors of length 1 (vector, information)."""
    from scipy.stats import ortho_group  # takes half a second to import

    return ortho_group.rvs(N_INFORMATION, random_state=rng)[:n]


def rule_features(rng: np.random.Generator) -> np.ndarray:
    """Orthogonal rules, one a task (telling, information): SIMPLENET."""
    return orthogonal(len(TASKS), rng)


def structure_features(rng: np.random.Generator) -> np.ndarray:
    """Signed sums of ten orthogonal vectors, one an axis of the task set: STRUCTURENET."""
    places = np.stack([task.structure for task in TASKS.values()])
    return places @ orthogonal(places.shape[1], rng)


def bag_of_words(instructions: Instructions) -> np.ndarray:
    """Which words an instruction has (telling, word), 0 or 1: BOWNET."""
    place = {word: number for number, word in enumerate(find_vocabulary(instructions))}
    texts = in_order(instructions)
    found = np.zeros((len(texts), len(place)), np.float32)
    for row, text in zip(found, texts, strict=True):
        row[[place[word] for word in tokenise(text)]] = 1
    return found


def in_order(instructions: Instructions) -> list[str]:
    """Instructions in the order of their tellings."""
    return [text for task in TASKS for split in SPLITS for text in instructions.of(split)[task]]


def wordings_of(instructions: Instructions) -> Wordings:
    """Count the tellings of a task in each split."""
    first = next(iter(TASKS))
    return Wordings(*(len(instructions.of(split)[first]) for split in SPLITS))


def rules_as_told() -> nn.Module:
    """Give rules to the sensorimotor network as they are."""
    return nn.Identity()


def rules_through_layers() -> nn.Module:
    """Give rules through two rectified layers: the PLUS variants."""
    return nn.Sequential(
        nn.Linear(N_INFORMATION, N_RULE_UNITS),
        nn.ReLU(),
        nn.Linear(N_RULE_UNITS, N_INFORMATION),
        nn.ReLU(),
    )


def linear(n_features: int) -> nn.Module:
    """Trained linear map to the information, as published."""
    return nn.Linear(n_features, N_INFORMATION)


def through_layer(n_features: int) -> nn.Module:
    """A rectified layer between features and information: the MLP variants."""
    return nn.Sequential(
        nn.Linear(n_features, N_WORD_UNITS), nn.ReLU(), nn.Linear(N_WORD_UNITS, N_INFORMATION)
    )


def shuffled_over_tasks(
    features: np.ndarray, wordings: Wordings, rng: np.random.Generator
) -> np.ndarray:
    """Give every task the features of another one (telling, feature): the control.

    No task keeps its own: a random cycle through all of them.
    """
    cycle = rng.permutation(len(TASKS))
    other = np.empty(len(TASKS), int)
    other[cycle] = np.roll(cycle, 1)
    by_task = features.reshape(len(TASKS), wordings.total, -1)
    return by_task[other].reshape(features.shape)
