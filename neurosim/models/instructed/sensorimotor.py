r"""The sensorimotor network: a GRU of rectified units, written plainly, with a sigmoid read-out.

With the input :math:`x_t` (stimuli and the task's information) and the activity :math:`h_t`,

.. math::

    r_t &= \sigma(W_r x_t + U_r h_{t-1} + b_r) \\
    z_t &= \sigma(W_z x_t + U_z h_{t-1} + b_z) \\
    n_t &= [W_n x_t + b_n + r_t \odot (U_n h_{t-1} + c_n)]_+ \\
    h_t &= (1 - z_t) \odot n_t + z_t \odot h_{t-1}

(Cho et al. 2014, doi:10.3115/v1/D14-1179; rectified, as Riveland & Pouget 2024,
doi:10.1038/s41593-024-01607-5). Before training recurrent weights are half an identity in each gate
and biases are standard normal, as in the published code.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from neurosim.tasks.psychophysics.encoding import N_INPUTS, N_OUTPUTS

N_INFORMATION = 64  # dimensions in which a task is told
FIRST_ACTIVITY = 0.1
OWN_WEIGHT = 0.5  # of a unit on itself, in each gate, before training
INPUT_GAIN = 3.0  # on the weights from inputs that torch draws; with 1, nothing is learned for long


class GRU(nn.Module):
    """A layer of gated units, its products over all steps taken at once.

    Parameters
    ----------
    n_stimulus, n_information, n_units : int
        Inputs that change with the step, inputs that stay for the whole trial, and units.
    activation : callable
        Of the candidate; rectified as published.
    """

    def __init__(
        self,
        n_stimulus: int,
        n_information: int,
        n_units: int,
        activation: Callable[[Tensor], Tensor] = torch.relu,
    ) -> None:
        super().__init__()
        self.n_units, self.activation = n_units, activation
        self.stimulus = nn.Linear(n_stimulus, 3 * n_units)
        self.information = nn.Linear(n_information, 3 * n_units, bias=False)
        self.recurrent = nn.Linear(n_units, 3 * n_units)
        with torch.no_grad():
            self.recurrent.weight.copy_(OWN_WEIGHT * torch.eye(n_units).repeat(3, 1))
            for weight in (self.stimulus.weight, self.information.weight):
                weight.mul_(INPUT_GAIN)
            for bias in (self.stimulus.bias, self.recurrent.bias):
                bias.normal_()

    def forward(self, stimulus: Tensor, information: Tensor, first: Tensor) -> Tensor:
        """Give the activity at every step.

        Parameters
        ----------
        stimulus : (trial, step, input) tensor
        information : (trial, information) tensor
        first : (trial, unit) tensor
            Activity before the first step.

        Returns
        -------
        (trial, step, unit) tensor
        """
        # Products over all steps at once; what stays for the trial is multiplied once a trial.
        driven = self.stimulus(stimulus.transpose(0, 1)) + self.information(information)
        weight, bias = self.recurrent.weight.t(), self.recurrent.bias
        n = self.n_units
        activity, states = first, []
        for drive in driven.unbind():
            back = torch.addmm(bias, activity, weight)
            gates = torch.sigmoid(drive[:, : 2 * n] + back[:, : 2 * n])
            reset, keep = gates[:, :n], gates[:, n:]
            candidate = self.activation(torch.addcmul(drive[:, 2 * n :], reset, back[:, 2 * n :]))
            activity = torch.lerp(candidate, activity, keep)
            states.append(activity)
        return torch.stack(states, dim=1)


class SensorimotorNetwork(nn.Module):
    """From stimuli and what the task is to a response.

    Parameters
    ----------
    n_units : int
    n_information : int
    """

    def __init__(self, n_units: int = 256, n_information: int = N_INFORMATION) -> None:
        super().__init__()
        self.n_units = n_units
        self.recurrent = GRU(N_INPUTS, n_information, n_units)
        self.read_out = nn.Linear(n_units, N_OUTPUTS)

    def forward(self, inputs: Tensor, information: Tensor) -> tuple[Tensor, Tensor]:
        """Respond to trials.

        Parameters
        ----------
        inputs : (trial, step, 65) tensor
        information : (trial, information) tensor

        Returns
        -------
        output : (trial, step, 33) tensor
            In 0 to 1: fixation, then the response.
        activity : (trial, step, unit) tensor
        """
        first = inputs.new_full((len(inputs), self.n_units), FIRST_ACTIVITY)
        activity = self.recurrent(inputs, information, first)
        return torch.sigmoid(self.read_out(activity)), activity

    def input_weights(self) -> list[nn.Parameter]:
        """Weights from the inputs to the recurrent units, for learning by these alone."""
        return [*self.recurrent.stimulus.parameters(), *self.recurrent.information.parameters()]


def task_loss(output: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Mean squared error (trial, step, output), each error weighted by its mask."""
    return torch.mean(mask * (output - target) ** 2)
