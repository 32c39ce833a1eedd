"""Networks without a memory of their own: what a memory must be better than."""

from bisect import bisect_left
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

WIDEST = 10_000  # units that are tried
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


def n_weights(network: nn.Module) -> int:
    """Number of trained weights."""
    return sum(p.numel() for p in network.parameters())


def same_size(kind: type[Perceptron] | type[PlainLSTM], other: Factory) -> Factory:
    """Give a factory of plain networks with as many weights as those of another, or hardly more.

    Parameters
    ----------
    kind : type
        ``kind(n_inputs, n_outputs, width)``; its width is the least that has as many.
    other : callable
        ``other(n_inputs, n_outputs)``.
    """

    def factory(n_inputs: int, n_outputs: int) -> nn.Module:
        with torch.device("meta"):  # counted, not built
            wanted = n_weights(other(n_inputs, n_outputs))
            widths = range(1, WIDEST)
            place = bisect_left(
                widths, wanted, key=lambda width: n_weights(kind(n_inputs, n_outputs, width))
            )
        return kind(n_inputs, n_outputs, widths[place])

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
