"""Handwritten digits as tasks that are learned one after another: permuted, or split by class.

The 1,797 images of 8 x 8 pixels are those that scikit-learn ships (Alpaydin & Kaynak 1998,
10.24432/C50P49).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from neurosim import NeurosimError
from neurosim.tasks.examples import Task, TaskSequence, split_rows, static

N_CLASSES = 10
BRIGHTEST = 16  # of a pixel


@dataclass(frozen=True)
class DigitParameters:
    """How digits become tasks.

    Attributes
    ----------
    n_tasks : int
        Number of permutations; or number of groups of classes, which has to divide 10.
    test_fraction : float
        Fraction of the images that are only tested.
    """

    n_tasks: int = 5
    test_fraction: float = 0.2


@cache
def _digits() -> tuple[np.ndarray, np.ndarray]:
    """Images (image, pixel) from 0 to 1, and their classes (image,)."""
    from sklearn.datasets import load_digits  # takes a second to import

    found = load_digits()
    return found.data.astype(np.float32) / BRIGHTEST, found.target.astype(np.int64)


def permuted_digits(parameters: DigitParameters, rng: np.random.Generator) -> TaskSequence:
    """All digits with their pixels in another order in each task, the first one too.

    The same images are tested in all tasks (permuted MNIST of Goodfellow et al. 2013,
    10.48550/arXiv.1312.6211).
    """
    images, classes = _digits()
    train, test = split_rows(classes.size, parameters.test_fraction, rng)
    tasks = []
    for number in range(parameters.n_tasks):
        seen = images[:, rng.permutation(images.shape[1])]
        parts = (static(seen[rows], classes[rows]) for rows in (train, test))
        tasks.append(Task(f"permutation {number}", *parts))
    return TaskSequence("permuted_digits", "classification", N_CLASSES, tuple(tasks))


def split_digits(parameters: DigitParameters, rng: np.random.Generator) -> TaskSequence:
    """A few classes a task, one output for all of them: the task is not told (class-incremental).

    Raises
    ------
    NeurosimError
        If the classes cannot be shared out evenly.
    """
    n = parameters.n_tasks
    if n < 1 or N_CLASSES % n:
        raise NeurosimError(
            f"split_digits: n_tasks: expected a number that divides {N_CLASSES}, found {n}"
        )
    images, classes = _digits()
    rows = split_rows(classes.size, parameters.test_fraction, rng)
    tasks = []
    for group in np.arange(N_CLASSES).reshape(n, -1):
        chosen = (part[np.isin(classes[part], group)] for part in rows)
        parts = (static(images[part], classes[part]) for part in chosen)
        tasks.append(Task("digits " + " ".join(map(str, group)), *parts))
    return TaskSequence("split_digits", "classification", N_CLASSES, tuple(tasks))
