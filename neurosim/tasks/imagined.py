"""Imagined runs: the beginning of one remembered run, and the end of another from there on.

Paths that could have happened but did not, such as hippocampal sequences through a maze that the
animal never ran (Gupta et al. 2010, 10.1016/j.neuron.2010.01.034). Whoever imagines does not know
the rule of the maze, only what may follow what: where a choice takes memory of the beginning, the
end of another run may break the rule.
"""

import numpy as np

from neurosim import NeurosimError
from neurosim.tasks.examples import NOT_ASKED


def stitch(
    x: np.ndarray, y: np.ndarray, rng: np.random.Generator, group: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Join each run to another that makes the same step from one place to the next.

    Parameters
    ----------
    x : array (example, step, feature)
        Remembered runs.
    y : array (example, step) of int
        The next place; -1 beyond the end of a run, which has no gaps.
    rng : numpy.random.Generator
        Draws among the other runs that can be joined, and among the places to do so.
    group : array (example,), optional
        Such as the maze; only runs of one group are joined.

    Returns
    -------
    x, y : array
        As given. An example goes as its own run up to a common step from place to place, and as
        the other run from there. One that no other run can be joined to stays as it is.

    Raises
    ------
    NeurosimError
        If the answers are no places.
    """
    if y.ndim != 2 or y.dtype.kind not in "iu":
        raise NeurosimError(
            f"imagined runs: expected places (example, step) as whole numbers, found {y.dtype} of "
            f"shape {y.shape}; only runs through places can be joined"
        )
    left, last = _last_places(y), (y != NOT_ASKED).sum(axis=1)
    new_x, new_y = x.copy(), y.copy()
    for row in range(len(y)):
        fits = (y == y[row, :, None, None]) & (left == left[row, :, None, None])
        fits &= (left != NOT_ASKED) & (y != NOT_ASKED)
        fits[:, row] = False
        if group is not None:
            fits &= (group == group[row])[:, None]
        step = np.arange(y.shape[1])
        n_joined = step[:, None, None] + last[:, None] - step
        fits &= n_joined <= y.shape[1]
        fits &= step + 1 < last[:, None]  # something has to come from the other run
        others = np.flatnonzero(fits.any(axis=(0, 2)))
        if others.size == 0:
            continue
        other = rng.choice(others)
        here, there = rng.choice(np.argwhere(fits[:, other]))
        n = last[other] - there - 1
        for new, old, nothing in ((new_x, x, 0), (new_y, y, NOT_ASKED)):
            new[row, here + 1 : here + 1 + n] = old[other, there + 1 : there + 1 + n]
            new[row, here + 1 + n :] = nothing
    return new_x, new_y


def _last_places(y: np.ndarray) -> np.ndarray:
    """Place (example, step) from which the step to the next one is made; -1 where not known.

    It is the last place that was the next one before; an animal that lingers is asked for the same
    next place again.
    """
    left = np.full_like(y, NOT_ASKED)
    for step in range(1, y.shape[1]):
        moved = y[:, step] != y[:, step - 1]
        left[:, step] = np.where(moved, y[:, step - 1], left[:, step - 1])
    return left
