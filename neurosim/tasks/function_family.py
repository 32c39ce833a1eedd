r"""A family of functions to draw tasks from that are learned from few examples.

A task is :math:`a f(b u + c)` with random amplitude, slope and shift; :math:`f` is sine or cosine
of the mean of the inputs, or the hyperbolic tangent of each input, as in
`neurosim.tasks.function_tasks`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from neurosim import NeurosimError
from neurosim.tasks.examples import Task, static


@dataclass(frozen=True)
class Shape:
    """A function, and the ranges from which its constants are drawn uniformly.

    Attributes
    ----------
    function : callable
    of_mean : bool
        Whether it is of the mean of the inputs (whose SD is 1/8 for 64 inputs) or of each.
    amplitude, slope, shift : tuple of float
        Lowest and highest.
    own : tuple of (amplitude, slope, shift)
        Tasks of the sequence.
    """

    function: Callable[[np.ndarray], np.ndarray]
    of_mean: bool
    amplitude: tuple[float, float]
    slope: tuple[float, float]
    shift: tuple[float, float]
    own: tuple[tuple[float, float, float], ...]


SHAPES = {
    "sin": Shape(np.sin, True, (0.4, 1.6), (0.5, 8.0), (-np.pi, np.pi), ((1.0, 1.0, 0.0),)),
    "cos": Shape(np.cos, True, (0.4, 1.6), (0.5, 8.0), (-np.pi, np.pi), ((0.5, 1.0, 0.0),)),
    "tanh": Shape(
        np.tanh, False, (0.4, 1.6), (0.2, 1.5), (-3.5, 3.5), ((1.0, 0.5, 2.0), (1.0, 0.5, 3.0))
    ),
}
APART = 0.1  # part of a range; a task of the sequence and all within that of it are not drawn


@dataclass(frozen=True)
class FunctionFamily:
    """What a task of the family is.

    Attributes
    ----------
    n_features : int
        Inputs, and as many outputs.
    n_support, n_query : int
        Examples to learn from and to be tested on.
    """

    n_features: int = 64
    n_support: int = 10
    n_query: int = 50

    def __post_init__(self) -> None:
        """Hold the numbers to what they can be."""
        for name in ("n_features", "n_support", "n_query"):
            if getattr(self, name) < 1:
                raise NeurosimError(
                    f"family of functions: {name}: expected at least 1, found {getattr(self, name)}"
                )

    @property
    def n_outputs(self) -> int:
        """As many as inputs."""
        return self.n_features


def draw_function_task(rng: np.random.Generator, family: FunctionFamily | None = None) -> Task:
    """Draw a function that is none of the sequence's, with examples of it.

    Parameters
    ----------
    rng : numpy.random.Generator
    family : FunctionFamily, optional

    Returns
    -------
    Task
        ``train`` is its support and ``test`` its query.
    """
    family = family or FunctionFamily()
    name = str(rng.choice(list(SHAPES)))
    shape = SHAPES[name]
    amplitude, slope, shift = draw_constants(shape, rng)
    parts = []
    for n in (family.n_support, family.n_query):
        x = rng.standard_normal((n, family.n_features))
        u = x.mean(axis=1, keepdims=True) if shape.of_mean else x
        y = np.broadcast_to(amplitude * shape.function(slope * u + shift), x.shape)
        parts.append(static(x, y))
    return Task(f"{amplitude:.2f} {name}({slope:.2f} x {shift:+.2f})", *parts)


def draw_constants(shape: Shape, rng: np.random.Generator) -> tuple[float, float, float]:
    """Draw amplitude, slope and shift that differ in one of them from the sequence's tasks."""
    low, high = np.array([shape.amplitude, shape.slope, shape.shift]).T
    while True:
        drawn = rng.uniform(low, high)
        away = np.abs(drawn - np.array(shape.own)) / (high - low)
        if (away > APART).any(axis=1).all():
            return tuple(drawn.tolist())
