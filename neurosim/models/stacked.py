"""Many copies of a network at once: the same layers with parameters of their own each.

So the gradients of each example, or the steps of each task, are had without a loop over them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel


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

    with sdpa_kernel(SDPBackend.MATH):  # faster attention has no second derivative
        if len(x) == 1:
            own = {name: values[0] for name, values in parameters.items()}
            return one(own, x[0]).unsqueeze(0)
        with unrolled(network):
            return vmap(one)(parameters, x)


@contextmanager
def unrolled(network: nn.Module) -> Iterator[None]:
    """Let the recurrent layers of a network go step by step: vmap does not know them whole."""
    layers = [part for part in network.modules() if isinstance(part, nn.LSTM | nn.GRU)]
    for layer in layers:
        layer.forward = partial(recurrent_steps, layer)
    try:
        yield
    finally:
        for layer in layers:
            del layer.forward


def recurrent_steps(
    layer: nn.LSTM | nn.GRU, x: Tensor, state: tuple[Tensor, Tensor] | Tensor | None = None
) -> tuple[Tensor, tuple[Tensor, Tensor] | Tensor]:
    """Do what an LSTM or a GRU of one layer does, in operations that can be batched.

    Parameters
    ----------
    layer : nn.LSTM or nn.GRU
        ``batch_first``, one layer, one direction, with biases.
    x : Tensor (batch, step, feature)
    state : Tensor or pair of Tensor (1, batch, unit), optional

    Returns
    -------
    hidden : Tensor (batch, step, unit)
    state : Tensor or pair of Tensor
    """
    is_lstm = isinstance(layer, nn.LSTM)
    given = F.linear(x, layer.weight_ih_l0, layer.bias_ih_l0)
    empty = x.new_zeros(x.shape[0], layer.hidden_size)
    h, c = empty, empty
    if state is not None:
        h, c = (state[0][0], state[1][0]) if is_lstm else (state[0], empty)
    hidden = []
    for step in given.unbind(1):
        own = F.linear(h, layer.weight_hh_l0, layer.bias_hh_l0)
        if is_lstm:
            let_in, keep, new, let_out = (step + own).chunk(4, dim=-1)
            c = torch.sigmoid(keep) * c + torch.sigmoid(let_in) * torch.tanh(new)
            h = torch.sigmoid(let_out) * torch.tanh(c)
        else:
            (reset, keep, new), (own_reset, own_keep, own_new) = (
                part.chunk(3, dim=-1) for part in (step, own)
            )
            candidate = torch.tanh(new + torch.sigmoid(reset + own_reset) * own_new)
            h = torch.lerp(candidate, h, torch.sigmoid(keep + own_keep))
        hidden.append(h)
    last = h.unsqueeze(0)
    return torch.stack(hidden, dim=1), (last, c.unsqueeze(0)) if is_lstm else last
