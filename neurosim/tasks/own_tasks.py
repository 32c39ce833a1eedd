"""A user's own data as tasks that are learned one after another.

Either one ``.npz`` of all tasks, or a folder with an ``.npz`` a task; those come in the order of
their file names, and are named after them. Names of the arrays (what is in brackets may be
missing):

=====================================  ==========================================================
``x`` (example, [step,] feature)       numbers: what is shown
``y`` (example[, step])                whole numbers: classes from 0, of a classification; -1 at
                                       steps where nothing is asked
``y`` (example, [step,] output)        floating-point numbers: values, of a regression
``task`` (example,)                    in one file of all tasks: number or name of the task; tasks
                                       come in the order of their first examples
[``is_test``] (example,)               1 for examples that are only tested, 0 for others; without
                                       it some of each task are drawn
[``choice``] (example, step)           1 at steps whose answer takes memory of the steps before:
                                       their accuracy is reported apart
=====================================  ==========================================================

Shorter examples are filled up with zeros in ``x`` and -1 in ``y``.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neurosim import NeurosimError
from neurosim.tasks.examples import NOT_ASKED, Examples, Task, TaskSequence, split_rows
from neurosim.tasks.own_arrays import OwnExamples, read_own_examples

Part = tuple[Examples, np.ndarray | None]  # examples, which of them are only tested


@dataclass(frozen=True)
class OwnParameters:
    """Where a user's data are and how they are split.

    Attributes
    ----------
    path : Path or str
        An ``.npz``, or a folder of them.
    name : str
        Of the sequence.
    test_fraction : float
        Fraction of each task's examples that is only tested, where ``is_test`` is not given.
    """

    path: Path | str
    name: str = "user"
    test_fraction: float = 0.2

    def __post_init__(self) -> None:
        """Hold the fraction to what it can be."""
        if not 0 < self.test_fraction < 1:
            raise NeurosimError(
                f"sequence 'user': test_fraction: expected 0 to 1, found {self.test_fraction}"
            )


def own_sequence(parameters: OwnParameters, rng: np.random.Generator) -> TaskSequence:
    """Read a user's tasks.

    Raises
    ------
    NeurosimError
        If a file or an array is missing, an array is not what is documented above, or tasks
        differ in their features or outputs.
    """
    path = Path(parameters.path)
    if path.is_dir():
        paths = sorted(path.glob("*.npz"))
        if not paths:
            raise NeurosimError(f"{path}: expected a folder with an .npz a task, found none there")
        found = {each: read_own_examples(each) for each in paths}
        _all_alike(found)
        parts = {each.stem: (own.examples, own.is_test) for each, own in found.items()}
    else:
        parts = _by_task(read_own_examples(path), path)
    tasks = tuple(
        _task(name, part, f"{path}: task {name!r}", parameters.test_fraction, rng)
        for name, part in parts.items()
    )
    return _sequence_of(parameters.name, tasks)


def _sequence_of(name: str, tasks: tuple[Task, ...]) -> TaskSequence:
    """Give tasks their kind and number of outputs."""
    answers = [part.y for task in tasks for part in (task.train, task.test)]
    if answers[0].dtype == np.int64:
        n_classes = 1 + max(int(y.max()) for y in answers)
        return TaskSequence(name, "classification", n_classes, tasks)
    return TaskSequence(name, "regression", answers[0].shape[-1], tasks)


def _all_alike(found: dict[Path, OwnExamples]) -> None:
    """Hold files to the features, and the kind and number of outputs, of the first."""
    (first, own), *others = found.items()
    for path, other in others:
        for name in ("x", "y"):
            wanted, values = getattr(own.examples, name), getattr(other.examples, name)
            if values.dtype != wanted.dtype or values.shape[1:] != wanted.shape[1:]:
                raise NeurosimError(
                    f"{path}: {name!r}: expected {wanted.dtype} of a shape (example, "
                    f"{', '.join(map(str, wanted.shape[1:]))}) as in {first.name}, found "
                    f"{values.dtype} of {values.shape}; fill up shorter examples"
                )


def _by_task(own: OwnExamples, path: Path) -> dict[str, Part]:
    """Sort the examples of one file by their tasks, in the order of the first ones."""
    if own.task is None:
        raise NeurosimError(
            f"{path}: expected an array 'task' (example,), found none; give it, or a folder with "
            "an .npz a task"
        )
    rows = {name: np.flatnonzero(own.task == name) for name in dict.fromkeys(own.task.tolist())}
    return {
        name: (own.examples.take(row), None if own.is_test is None else own.is_test[row])
        for name, row in rows.items()
    }


def _task(name: str, part: Part, what: str, test_fraction: float, rng: np.random.Generator) -> Task:
    """Split the examples of a task."""
    examples, is_test = part
    if is_test is None:
        train, test = split_rows(examples.size, test_fraction, rng)
    else:
        train, test = np.flatnonzero(~is_test), np.flatnonzero(is_test)
    for use, rows in (("to learn from", train), ("to be tested", test)):
        asked = examples.y[rows]
        if asked.dtype == np.int64:
            asked = asked[asked != NOT_ASKED]
        if asked.size == 0:
            raise NeurosimError(
                f"{what}: expected examples {use}, found none at which anything is asked among "
                f"{examples.size}"
            )
    return Task(name, examples.take(train), examples.take(test))
