r"""Functions of Gaussian inputs as tasks: sine and cosine of the mean, shifted hyperbolic tangents.

Task 0 is :math:`\sin \bar x` in every output, task 1 :math:`\cos(\bar x) / 2`, task
:math:`k \ge 2` is :math:`\tanh(x_j / 2 + k)` in output :math:`j`. They share their inputs and
contradict one another: unless the task is shown, part of the error cannot be reduced.
"""

from dataclasses import dataclass

import numpy as np

from neurosim import NeurosimError
from neurosim.tasks.examples import Examples, Task, TaskSequence

QUADRATURE = 40  # nodes an axis; the functions are smooth
NAMES = ("sine", "cosine")


@dataclass(frozen=True)
class FunctionParameters:
    """How functions become tasks.

    Attributes
    ----------
    n_tasks : int
    n_features : int
        Inputs, and as many outputs.
    n_train, n_test : int
        Examples a task.
    cue : bool
        Whether the number of the task, one-hot, follows the inputs.
    feedback : int
        Steps of an example; with 0 it is one input. With more it is a run of inputs of one task,
        and the outcome of the step before follows the inputs (zeros at the first step), so that
        memory of the run can replace the cue.
    """

    n_tasks: int = 4
    n_features: int = 64
    n_train: int = 50
    n_test: int = 200
    cue: bool = False
    feedback: int = 0

    def __post_init__(self) -> None:
        """Hold the numbers to what they can be."""
        for name in ("n_tasks", "n_features", "n_train", "n_test"):
            if getattr(self, name) < 1:
                raise NeurosimError(
                    f"functions: {name}: expected at least 1, found {getattr(self, name)}"
                )


def outcome(task: int, mean: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Output of a task, from the mean of the inputs and the input of the same number."""
    if task == 0:
        return np.broadcast_to(np.sin(mean), x.shape)
    if task == 1:
        return np.broadcast_to(0.5 * np.cos(mean), x.shape)
    return np.tanh(0.5 * x + task)


def functions(parameters: FunctionParameters, rng: np.random.Generator) -> TaskSequence:
    """Functions of independent inputs in each task, for training and test alike."""
    tasks = tuple(
        Task(
            NAMES[number] if number < len(NAMES) else f"tanh {number}",
            *(_drawn(number, n, parameters, rng) for n in (parameters.n_train, parameters.n_test)),
        )
        for number in range(parameters.n_tasks)
    )
    floor = np.zeros(parameters.n_tasks)
    if not parameters.cue:  # one answer of a run tells which task it is
        floor = irreducible_error(parameters.n_tasks, parameters.n_features)
        floor = floor / max(parameters.feedback, 1)
    return TaskSequence("functions", "regression", parameters.n_features, tasks, {"error": floor})


def _drawn(task: int, n: int, parameters: FunctionParameters, rng: np.random.Generator) -> Examples:
    """Draw examples of a task."""
    shape = n, max(parameters.feedback, 1), parameters.n_features
    x = rng.standard_normal(shape, dtype=np.float32)
    y = outcome(task, x.mean(axis=2, keepdims=True), x).astype(np.float32)
    shown = [x]
    if parameters.feedback:
        shown.append(np.concatenate([np.zeros_like(y[:, :1]), y[:, :-1]], axis=1))
    if parameters.cue:
        one_hot = np.eye(parameters.n_tasks, dtype=np.float32)[task]
        shown.append(np.broadcast_to(one_hot, (*shape[:2], parameters.n_tasks)))
    return Examples(np.concatenate(shown, axis=2), y)


def irreducible_error(n_tasks: int, n_features: int = 64) -> np.ndarray:
    r"""Error of the best predictor that is not told which of equally frequent tasks it is in.

    It answers the mean over tasks, :math:`\bar f(x)`; on task :math:`k` its mean squared error is
    :math:`E[(f_k - \bar f)^2]`, over :math:`x_j` and the mean of all inputs, which are jointly
    Gaussian: by Gauss-Hermite quadrature.

    Parameters
    ----------
    n_tasks : int
        Tasks learned so far.
    n_features : int

    Returns
    -------
    array (task,)
    """
    node, weight = np.polynomial.hermite_e.hermegauss(QUADRATURE)
    weight = weight / weight.sum()
    x, rest = np.meshgrid(node, node, indexing="ij")
    mean = (x + np.sqrt(n_features - 1) * rest) / n_features
    values = np.stack([outcome(task, mean, x) for task in range(n_tasks)])
    squared = (values - values.mean(axis=0)) ** 2
    return np.einsum("kij,i,j->k", squared, weight, weight)
