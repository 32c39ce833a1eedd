"""Sequences of tasks that are learned one after another, and families of tasks, by name.

To add one: a class of its options, a function that builds it, a line here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim import NeurosimError
from neurosim.errors import choices
from neurosim.tasks.digit_tasks import DigitParameters, permuted_digits, split_digits
from neurosim.tasks.examples import Examples, Task, TaskSequence, made
from neurosim.tasks.function_family import FunctionFamily, draw_function_task
from neurosim.tasks.function_tasks import FunctionParameters, functions
from neurosim.tasks.maze_runs import MazeParameters
from neurosim.tasks.maze_tasks import MazeFamily, draw_maze_task, remapping_mazes
from neurosim.tasks.own_tasks import OwnParameters, own_sequence

__all__ = [
    "FAMILIES",
    "SEQUENCES",
    "Examples",
    "Task",
    "TaskFamily",
    "TaskSequence",
    "build_family",
    "build_sequence",
]

SEQUENCES: dict[str, tuple[type, Callable[[Any, np.random.Generator], TaskSequence]]] = {
    "functions": (FunctionParameters, functions),
    "permuted_digits": (DigitParameters, permuted_digits),
    "split_digits": (DigitParameters, split_digits),
    "remapping_mazes": (MazeParameters, remapping_mazes),
    "user": (OwnParameters, own_sequence),
}
FAMILIES: dict[str, tuple[type, Callable[[np.random.Generator, Any], Task], str]] = {
    "functions": (FunctionFamily, draw_function_task, "regression"),
    "mazes": (MazeFamily, draw_maze_task, "classification"),
}


@dataclass(frozen=True)
class TaskFamily:
    """Tasks without end, to be learned from few examples.

    Attributes
    ----------
    name : str
    kind : {"regression", "classification"}
    n_features, n_outputs : int
        As of a `TaskSequence`.
    draw : callable
        ``draw(rng)`` gives a new `Task`: ``train`` is its support and ``test`` its query.
    """

    name: str
    kind: str
    n_features: int
    n_outputs: int
    draw: Callable[[np.random.Generator], Task]


def build_sequence(
    kind: str, options: Mapping[str, object], rng: np.random.Generator
) -> TaskSequence:
    """Build a sequence of tasks.

    Parameters
    ----------
    kind : str
        One of `SEQUENCES`.
    options : Mapping
        Attributes of the kind's parameters; those left out have their defaults.
    rng : numpy.random.Generator

    Raises
    ------
    NeurosimError
        If the kind or an option is unknown, or a value cannot be used.
    """
    if kind not in SEQUENCES:
        raise NeurosimError(
            f"sequence of tasks: expected a kind among {choices(SEQUENCES)}, found {kind!r}"
        )
    parameters, builder = SEQUENCES[kind]
    return builder(made(parameters, options, f"sequence {kind!r}"), rng)


def build_family(kind: str, options: Mapping[str, object]) -> TaskFamily:
    """Build a family of tasks, out of `FAMILIES`; options and errors as in `build_sequence`."""
    if kind not in FAMILIES:
        raise NeurosimError(
            f"family of tasks: expected a kind among {choices(FAMILIES)}, found {kind!r}"
        )
    parameters, draw, answers = FAMILIES[kind]
    family = made(parameters, options, f"family {kind!r}")
    return TaskFamily(
        kind, answers, family.n_features, family.n_outputs, lambda rng: draw(rng, family)
    )
