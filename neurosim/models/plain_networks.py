"""Networks without a memory of their own: what a memory must be better than."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

Factory = Callable[[int, int], nn.Module]  # gives a network for so many inputs and outputs


class Perceptron(nn.Module):
    """Two hidden layers, applied to each step alone.

    Parameters
    ----------
    n_inputs, n_outputs : int
    width : int
        Units of each hidden layer.
    """

    def __init__(self, n_inputs: int, n_outputs: int, width: int = 100) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(n_inputs, width),
            nn.ReLU(),
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Linear(width, n_outputs),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (batch, step, output) to inputs (batch, step, input)."""
        return self.layers(x)


class PlainLSTM(nn.Module):
    """An LSTM with a linear output.

    Parameters
    ----------
    n_inputs, n_outputs : int
    width : int
        Units.
    """

    def __init__(self, n_inputs: int, n_outputs: int, width: int = 100) -> None:
        super().__init__()
        self.recurrent = nn.LSTM(n_inputs, width, batch_first=True)
        self.output = nn.Linear(width, n_outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (batch, step, output) to inputs (batch, step, input), from an empty state."""
        return self.output(self.recurrent(x)[0])


def same_size(other: Factory) -> Factory:
    """Give a factory of `Perceptron` with about as many parameters as the networks of another.

    Parameters
    ----------
    other : callable
        ``other(n_inputs, n_outputs)``.
    """

    def factory(n_inputs: int, n_outputs: int) -> Perceptron:
        n_wanted = sum(p.numel() for p in other(n_inputs, n_outputs).parameters())
        # width^2 + (n_inputs + n_outputs + 2) width + n_outputs parameters
        half = (n_inputs + n_outputs + 2) / 2
        width = (half**2 + max(n_wanted - n_outputs, 1)) ** 0.5 - half
        return Perceptron(n_inputs, n_outputs, max(1, round(width)))

    return factory


def new_network(
    factory: Factory, n_inputs: int, n_outputs: int, rng: np.random.Generator
) -> nn.Module:
    """Build a network whose first weights are drawn from a generator, and nothing else is touched.

    Parameters
    ----------
    factory : callable
        ``factory(n_inputs, n_outputs)``.
    n_inputs, n_outputs : int
    rng : numpy.random.Generator
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**63 - 1)))
        return factory(n_inputs, n_outputs)
