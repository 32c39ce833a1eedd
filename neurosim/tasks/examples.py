"""Examples of tasks that are learned one after another: all in one form, steps of features.

A static example has one step, so that one learner runs every sequence of tasks.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import TypeVar

import numpy as np

from neurosim import NeurosimError
from neurosim.errors import choices

P = TypeVar("P")

NOT_ASKED = -1  # class of a step at which nothing is asked


@dataclass(frozen=True)
class Examples:
    """What is shown and what is asked.

    Attributes
    ----------
    x : array (example, step, feature) of float32
        Zero at steps that only fill up a shorter example.
    y : array (example, step, output) of float32, or array (example, step) of int64
        Values of a regression, or classes, `NOT_ASKED` where nothing is asked.
    choice : array (example, step) of bool, optional
        Steps whose answer is not in what is shown there but in what was shown before.
    """

    x: np.ndarray
    y: np.ndarray
    choice: np.ndarray | None = None

    @property
    def size(self) -> int:
        """Number of examples."""
        return len(self.x)

    def take(self, rows: np.ndarray) -> "Examples":
        """Give the examples of some rows (example,) of int."""
        return Examples(
            self.x[rows], self.y[rows], None if self.choice is None else self.choice[rows]
        )


@dataclass(frozen=True)
class Task:
    """A task: what it is learned from and what it is tested on.

    Attributes
    ----------
    name : str
    train, test : Examples
        Independent of each other; support and query where it is learned from few examples.
    """

    name: str
    train: Examples
    test: Examples


@dataclass(frozen=True)
class TaskSequence:
    """Tasks of the same features and outputs, in the order in which they are learned.

    Attributes
    ----------
    name : str
    kind : {"regression", "classification"}
    n_outputs : int
        Values of an output, or number of classes.
    tasks : tuple of Task
    best : Mapping of str to array (task,)
        What a predictor that knows the law of all tasks, but not which of them it is in unless
        that is shown, scores on each task, by measure, where that is known: ``error``,
        ``accuracy``, ``choice_accuracy``; ``step_accuracy`` from what is shown at the step alone.
    """

    name: str
    kind: str
    n_outputs: int
    tasks: tuple[Task, ...]
    best: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def n_features(self) -> int:
        """Features of a step."""
        return self.tasks[0].train.x.shape[-1]


def split_rows(
    n: int, test_fraction: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw which rows are learned from and which are tested: two arrays (row,) of int, sorted."""
    order = rng.permutation(n)
    n_test = round(test_fraction * n)
    return np.sort(order[n_test:]), np.sort(order[:n_test])


def static(x: np.ndarray, y: np.ndarray) -> Examples:
    """Make examples of one step from x (example, feature) and y (example,) or (example, output)."""
    asked = y[:, None].astype(np.int64 if y.ndim == 1 else np.float32)
    return Examples(x[:, None].astype(np.float32), asked)


def made(parameters: type[P], options: Mapping[str, object], what: str) -> P:
    """Make parameters from options as the configuration gives them.

    Raises
    ------
    NeurosimError
        If an option is unknown, or one without a default is missing.
    """
    allowed = {option.name: option for option in fields(parameters)}
    for name in options:
        if name not in allowed:
            raise NeurosimError(
                f"{what}: expected options among {choices(allowed)}, found {name!r}"
            )
    for name, option in allowed.items():
        if name not in options and option.default is option.default_factory is MISSING:
            raise NeurosimError(f"{what}: expected an option {name!r}, found none; add it")
    return parameters(**options)
