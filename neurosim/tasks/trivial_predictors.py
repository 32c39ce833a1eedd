"""Predictors that look at nothing: every learner has to beat them."""

import numpy as np

from neurosim import NeurosimError
from neurosim.errors import choices
from neurosim.tasks.examples import NOT_ASKED, Examples, TaskSequence

TRIVIAL = ("zero", "mean", "task_mean")


def trivial_error(sequence: TaskSequence, predictor: str) -> np.ndarray:
    """Error of a predictor on each task before any of them and after each.

    Parameters
    ----------
    sequence : TaskSequence
    predictor : {"zero", "mean", "task_mean"}
        ``zero`` answers zero, or guesses among all classes. ``mean`` answers the mean of the
        training targets so far, or their most frequent class. ``task_mean`` does so for the very
        task that is tested, once it was learned: it is told the task, which a learner need not be.

    Returns
    -------
    array (time, task)
        Mean squared error; in classification the share of wrong answers.

    Raises
    ------
    NeurosimError
        If there is no such predictor.
    """
    if predictor not in TRIVIAL:
        raise NeurosimError(
            f"trivial predictor: expected one of {choices(TRIVIAL)}, found {predictor!r}"
        )
    n = len(sequence.tasks)
    error = np.empty((n + 1, n))
    for time in range(n + 1):
        for number, task in enumerate(sequence.tasks):
            learned = sequence.tasks[:time]
            if predictor == "task_mean":
                learned = learned[number : number + 1]
            known = [] if predictor == "zero" else [t.train for t in learned]
            error[time, number] = _error(known, task.test, sequence)
    return error


def _error(known: list[Examples], test: Examples, sequence: TaskSequence) -> float:
    """Error of the mean of what is known; of zero, or a guess, where nothing is."""
    if sequence.kind == "regression":
        seen = [part.y.reshape(-1, sequence.n_outputs) for part in known]
        answer = np.concatenate(seen).mean(axis=0, dtype=float) if seen else 0.0
        return float(np.square(test.y - answer).mean())
    asked = test.y[test.y != NOT_ASKED]
    if not known:
        return 1.0 - 1.0 / sequence.n_outputs
    seen = np.concatenate([part.y[part.y != NOT_ASKED] for part in known])
    return float((asked != np.bincount(seen).argmax()).mean())
