"""Copies of a network with parameters of their own, against a loop over them."""

from functools import partial

import pytest
import torch
from torch import nn
from torch.func import functional_call

from neurosim.models.external_memory import MemoryParameters
from neurosim.models.memory_agent import AgentParameters, MemoryAgent
from neurosim.models.plain_networks import Perceptron, PlainLSTM
from neurosim.models.stacked import outputs_of_each, recurrent_steps, stacked


class PlainGRU(nn.Module):
    def __init__(self, n_inputs, n_outputs):
        super().__init__()
        self.recurrent = nn.GRU(n_inputs, 7, batch_first=True)
        self.output = nn.Linear(7, n_outputs)

    def forward(self, x):
        return self.output(self.recurrent(x)[0])


class Attentive(nn.Module):
    def __init__(self, n_inputs, n_outputs):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(n_inputs, 1, 8, dropout=0.0, batch_first=True)
        self.output = nn.Linear(n_inputs, n_outputs)

    def forward(self, x):
        return self.output(self.layer(x))


def agent(n_inputs, n_outputs, order="steps"):
    memory = MemoryParameters(n_slots=5, width=3, order=order)
    return MemoryAgent(n_inputs, n_outputs, AgentParameters(width=4, memory=memory))


NETWORKS = [Perceptron, PlainLSTM, PlainGRU, Attentive, agent, partial(agent, order="links")]


def seeded(factory, *sizes):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return factory(*sizes)


def noise(*shape, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("factory", NETWORKS)
@pytest.mark.parametrize("n", [1, 3])
def test_each_copy_gives_what_a_network_with_its_parameters_gives(factory, n):
    network = seeded(factory, 4, 2)
    own = {
        name: values + 0.3 * noise(*values.shape, seed=number)
        for number, (name, values) in enumerate(stacked(network, n).items())
    }
    own = {name: values.detach().requires_grad_() for name, values in own.items()}
    x = noise(n, 5, 6, 4)
    found = outputs_of_each(network, own, x)
    one_by_one = torch.stack(
        [
            functional_call(network, {name: values[i] for name, values in own.items()}, (x[i],))
            for i in range(n)
        ]
    )
    assert torch.allclose(found, one_by_one, atol=1e-5)
    gradients = [
        torch.autograd.grad(output.square().sum(), list(own.values()), allow_unused=True)
        for output in (found, one_by_one)
    ]
    for a, b in zip(*gradients, strict=True):
        assert a is b is None or torch.allclose(a, b, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("factory", NETWORKS)
def test_gradients_of_gradients_reach_the_network(factory):
    """Against a difference of the first gradients along one direction."""
    network = seeded(factory, 4, 2).double()
    x = noise(2, 3, 4, 4).double()

    def size_of_gradient():
        each = stacked(network, 2)
        loss = outputs_of_each(network, each, x).square().mean()
        found = torch.autograd.grad(loss, list(each.values()), create_graph=True)
        return sum(g.square().sum() for g in found)

    weight = network.output.weight if hasattr(network, "output") else network.layers[0].weight
    (found,) = torch.autograd.grad(size_of_gradient(), weight)
    values, small = [], 1e-6
    for sign in (1, -1):
        with torch.no_grad():
            weight[0, 0] += sign * small
        values.append(size_of_gradient().item())
        with torch.no_grad():
            weight[0, 0] -= sign * small
    assert found[0, 0].item() == pytest.approx((values[0] - values[1]) / (2 * small), rel=1e-5)


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
@pytest.mark.parametrize("goes_on", [False, True])
def test_recurrent_layers_do_step_by_step_what_they_do_whole(kind, goes_on):
    layer = seeded(kind, 3, 5)
    layer.batch_first = True
    state = None
    if goes_on:
        h, c = noise(1, 2, 5), noise(1, 2, 5, seed=2)
        state = (h, c) if kind is nn.LSTM else h
    x = noise(2, 6, 3)
    hidden, after = layer(x, state)
    found, last = recurrent_steps(layer, x, state)
    assert torch.allclose(found, hidden, atol=1e-6)
    pairs = zip(last, after, strict=True) if kind is nn.LSTM else [(last, after)]
    assert all(torch.allclose(a, b, atol=1e-6) and a.shape == b.shape for a, b in pairs)


def test_recurrent_layers_are_whole_again_afterwards():
    network = seeded(PlainLSTM, 3, 2)
    x = noise(2, 4, 5, 3)
    outputs_of_each(network, stacked(network, 2), x)
    assert "forward" not in vars(network.recurrent)
    with pytest.raises(RuntimeError):
        outputs_of_each(network, stacked(network, 2), noise(2, 4, 5, 9))
    assert "forward" not in vars(network.recurrent)
