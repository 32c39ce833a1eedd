r"""Learning to learn: weights from which a few steps on a new task's examples get far.

Finn, Abbeel & Levine 2017 (10.48550/arXiv.1703.03400): from :math:`\theta`, each task's support
gives :math:`\theta' = \theta - \eta \nabla L_{support}(\theta)`, some steps of it; :math:`\theta`
follows the gradient of :math:`L_{query}(\theta')`. Second order goes through the inner gradients,
first order takes them as constants. All tasks are adapted at once, each with its own parameters.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from neurosim.models.stacked import outputs_of_each, stacked
from neurosim.models.task_losses import Batch, losses

Parameters = dict[str, Tensor]  # (task, ...) by name


@dataclass(frozen=True)
class InnerParameters:
    """Inner steps.

    Attributes
    ----------
    n_steps : int
    rate : float
        Of the plain gradient steps.
    first_order : bool
        Whether inner gradients are taken as constants.
    """

    n_steps: int = 5
    rate: float = 0.01
    first_order: bool = False


def piled(parts: list[Batch]) -> Batch:
    """Examples of several tasks (task, example, ...), as many of each."""
    return Batch(torch.stack([p.x for p in parts]), torch.stack([p.y for p in parts]))


def task_losses(network: nn.Module, parameters: Parameters, batch: Batch, kind: str) -> Tensor:
    """Mean loss (task,) of each task's parameters on its examples (task, example, ...)."""
    output = outputs_of_each(network, parameters, batch.x)
    each = losses(output.flatten(0, 1), batch.y.flatten(0, 1), kind)
    return each.reshape(len(batch.x), -1).mean(dim=1)


def inner_steps(
    network: nn.Module,
    parameters: Parameters,
    support: Batch,
    kind: str,
    given: InnerParameters,
) -> Iterator[Parameters]:
    """Adapt to all tasks at once, a step a time.

    Parameters
    ----------
    network : nn.Module
    parameters : dict of Tensor (task, ...)
        Where the steps begin.
    support : Batch (task, example, ...)
    kind : {"classification", "regression"}
    given : InnerParameters

    Yields
    ------
    dict of Tensor (task, ...)
        Parameters after each step. With ``first_order`` gradients still reach the first ones, as if
        each step had only shifted them.
    """
    for _ in range(given.n_steps):
        with torch.enable_grad():
            loss = task_losses(network, parameters, support, kind).sum()
            gradients = torch.autograd.grad(
                loss,
                list(parameters.values()),
                create_graph=not given.first_order,
                allow_unused=True,
            )
        parameters = {
            name: value if g is None else value - given.rate * g
            for (name, value), g in zip(parameters.items(), gradients, strict=True)
        }
        yield parameters


def adapted(network: nn.Module, support: Batch, kind: str, given: InnerParameters) -> Parameters:
    """Parameters (task, ...) after all inner steps from those of the network."""
    first = stacked(network, len(support.x))
    return [first, *inner_steps(network, first, support, kind, given)][-1]


def meta_loss(
    network: nn.Module, support: Batch, query: Batch, kind: str, given: InnerParameters
) -> Tensor:
    """Mean loss on the queries of the parameters that were adapted to the supports.

    Parameters
    ----------
    network : nn.Module
        Its own parameters get the gradient.
    support, query : Batch (task, example, ...)
    kind : {"classification", "regression"}
    given : InnerParameters
    """
    return task_losses(network, adapted(network, support, kind, given), query, kind).mean()


def adapt_in_place(network: nn.Module, support: Batch, kind: str, given: InnerParameters) -> None:
    """Let a network take the inner steps on a task's support (example, ...) for good."""
    found = adapted(network, piled([support]), kind, given)
    with torch.no_grad():
        for name, value in found.items():
            network.get_parameter(name).copy_(value[0])


def error_by_step(
    network: nn.Module, support: Batch, query: Batch, kind: str, given: InnerParameters
) -> np.ndarray:
    """Error (task, step) on queries after 0, 1, ... inner steps on the supports.

    The network stays as it is; the errors are those of the adapted parameters: squared, or 1 -
    accuracy.

    Parameters
    ----------
    network : nn.Module
    support, query : Batch (task, example, ...)
    kind : {"classification", "regression"}
    given : InnerParameters
        The order does not matter here.
    """
    first = {
        name: p.detach().requires_grad_() for name, p in stacked(network, len(query.x)).items()
    }
    path = [first, *inner_steps(network, first, support, kind, given)]
    return np.stack([_error(network, parameters, query, kind) for parameters in path], axis=1)


@torch.no_grad()
def _error(network: nn.Module, parameters: Parameters, query: Batch, kind: str) -> np.ndarray:
    """Error (task,) of each task's parameters."""
    output = outputs_of_each(network, parameters, query.x)
    if kind == "regression":
        return (output - query.y).square().flatten(1).mean(dim=1).double().numpy()
    asked = query.y >= 0
    wrong = (output.argmax(dim=-1) != query.y) & asked
    return (wrong.flatten(1).sum(dim=1) / asked.flatten(1).sum(dim=1)).double().numpy()
