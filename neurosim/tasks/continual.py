"""Sequences of tasks that are learned one after another, by name."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from neurosim import NeurosimError
from neurosim.errors import choices
from neurosim.tasks.digit_tasks import DigitParameters, permuted_digits, split_digits
from neurosim.tasks.examples import Examples, Task, TaskSequence
from neurosim.tasks.function_tasks import FunctionParameters, functions
from neurosim.tasks.maze_tasks import MazeParameters, remapping_mazes

__all__ = ["SEQUENCES", "Examples", "Task", "TaskSequence", "build_sequence"]

Builder = Callable[[Any, np.random.Generator], TaskSequence]
SEQUENCES: dict[str, tuple[type, Builder]] = {
    "functions": (FunctionParameters, functions),
    "permuted_digits": (DigitParameters, permuted_digits),
    "split_digits": (DigitParameters, split_digits),
    "remapping_mazes": (MazeParameters, remapping_mazes),
}


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
    allowed = [field.name for field in dataclasses.fields(parameters)]
    for name in options:
        if name not in allowed:
            raise NeurosimError(
                f"sequence {kind!r}: expected options among {choices(allowed)}, found {name!r}"
            )
    return builder(parameters(**options), rng)
