r"""Measures of what a learner of one task after another keeps, loses and carries over.

Most are of the error :math:`e_{t,i}` of task :math:`i = 0 \dots n-1` at time :math:`t = 0 \dots n`:
time 0 is before any training, time :math:`t` after the training of task :math:`t - 1`, so that task
:math:`i` has just been learned at time :math:`i + 1`. Axes before the last two (methods, seeds) are
kept.
"""

import numpy as np

from neurosim import NeurosimError


def average_error(error: np.ndarray) -> np.ndarray:
    r"""Error of all tasks after the last: :math:`\frac 1 n \sum_i e_{n,i}`.

    Parameters
    ----------
    error : array (..., time, task)

    Raises
    ------
    NeurosimError
        If there is not one time more than there are tasks.
    """
    return checked(error)[..., -1, :].mean(axis=-1)


def forgetting(error: np.ndarray) -> np.ndarray:
    r"""Loss of the best that once was, over all tasks but the last.

    Chaudhry et al. 2018 (10.1007/978-3-030-01252-6_33) in errors: :math:`\frac 1 {n-1}
    \sum_{i<n-1} (e_{n,i} - \min_{i<t<n} e_{t,i})`. Negative where old tasks got better. NaN for a
    single task.

    Parameters
    ----------
    error : array (..., time, task)

    Raises
    ------
    NeurosimError
        If there is not one time more than there are tasks.
    """
    error = checked(error)
    n_tasks = error.shape[-1]
    lost = [error[..., -1, i] - error[..., i + 1 : -1, i].min(axis=-1) for i in range(n_tasks - 1)]
    return _mean(lost, error)


def backward_transfer(error: np.ndarray) -> np.ndarray:
    r"""How much better old tasks are at the end than when just learned.

    Lopez-Paz & Ranzato 2017 (10.48550/arXiv.1706.08840) in errors: :math:`\frac 1 {n-1}
    \sum_{i<n-1} (e_{i+1,i} - e_{n,i})`; negative is forgetting. NaN for a single task.

    Parameters
    ----------
    error : array (..., time, task)

    Raises
    ------
    NeurosimError
        If there is not one time more than there are tasks.
    """
    error = checked(error)
    gained = [error[..., i + 1, i] - error[..., -1, i] for i in range(error.shape[-1] - 1)]
    return _mean(gained, error)


def forward_transfer(error: np.ndarray) -> np.ndarray:
    r"""How much better a task is, before it is learned, for what was learned before.

    Lopez-Paz & Ranzato 2017 (10.48550/arXiv.1706.08840) in errors: :math:`\frac 1 {n-1}
    \sum_{i>0} (e_{0,i} - e_{i,i})`. NaN for a single task.

    Parameters
    ----------
    error : array (..., time, task)

    Raises
    ------
    NeurosimError
        If there is not one time more than there are tasks.
    """
    error = checked(error)
    gained = [error[..., 0, i] - error[..., i, i] for i in range(1, error.shape[-1])]
    return _mean(gained, error)


def gain(error: np.ndarray, n_steps: int) -> np.ndarray:
    r"""Share of the error that some steps on a new task take away: :math:`1 - e_k / e_0`.

    Parameters
    ----------
    error : array (..., step)
        Error after 0, 1, ... steps.
    n_steps : int
        :math:`k`.

    Returns
    -------
    array (...,)
        Negative where the steps do harm.
    """
    error = np.asarray(error, dtype=float)
    if not 0 <= n_steps < error.shape[-1]:
        raise NeurosimError(
            f"gain: expected a step from 0 to {error.shape[-1] - 1}, found {n_steps}"
        )
    return 1.0 - error[..., n_steps] / error[..., 0]


def steps_to_criterion(error: np.ndarray, criterion: float | np.ndarray) -> np.ndarray:
    """Steps on a new task until its error is as small as a criterion.

    Parameters
    ----------
    error : array (..., step)
        Error after 0, 1, ... steps.
    criterion : float or array (...,)

    Returns
    -------
    array (...,) of float
        Infinite where the criterion is not met.
    """
    met = np.asarray(error) <= np.asarray(criterion)[..., None]
    return np.where(met.any(axis=-1), met.argmax(axis=-1), np.inf)


def checked(error: np.ndarray) -> np.ndarray:
    """Give the errors as they are, if they are of all tasks at all times."""
    error = np.asarray(error, dtype=float)
    if error.ndim < 2 or error.shape[-2] != error.shape[-1] + 1 or error.shape[-1] == 0:
        raise NeurosimError(
            "error: expected (..., time, task) with one time more than there are tasks, "
            f"found {error.shape}; give the errors before any training first"
        )
    return error


def _mean(values: list[np.ndarray], error: np.ndarray) -> np.ndarray:
    if not values:
        return np.full(error.shape[:-2], np.nan)
    return np.mean(values, axis=0)
