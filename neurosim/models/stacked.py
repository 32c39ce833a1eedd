"""Many copies of a network at once: the same layers with parameters of their own each.

So the gradients of each example, or the steps of each task, are had without a loop over them.
"""

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap


def stacked(network: nn.Module, n: int) -> dict[str, Tensor]:
    """Give `n` copies of all parameters (copy, ...), through which gradients reach the network."""
    return {name: p.expand(n, *p.shape) for name, p in network.named_parameters()}


def outputs_of_each(network: nn.Module, parameters: dict[str, Tensor], x: Tensor) -> Tensor:
    """Outputs (copy, batch, step, output) of each copy for inputs of its own.

    Parameters
    ----------
    network : nn.Module
    parameters : dict of Tensor (copy, ...)
        As `stacked` gives them.
    x : Tensor (copy, batch, step, feature)
    """

    def one(own: dict[str, Tensor], shown: Tensor) -> Tensor:
        return functional_call(network, own, (shown,))

    if any(isinstance(part, nn.RNNBase) for part in network.modules()):  # vmap knows none of them
        copies = zip(*(values.unbind() for values in parameters.values()), strict=True)
        return torch.stack(
            [
                one(dict(zip(parameters, own, strict=True)), s)
                for own, s in zip(copies, x, strict=True)
            ]
        )
    return vmap(one)(parameters, x)
