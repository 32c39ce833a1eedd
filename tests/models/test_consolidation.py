"""Elastic weight consolidation against the Fisher information of models where it is known."""

import numpy as np
import pytest
import torch
from torch import nn

from neurosim.models.consolidation import Consolidation, fisher
from neurosim.models.plain_networks import PlainLSTM
from neurosim.models.task_losses import Batch

N = 3000


class Linear(nn.Module):
    def __init__(self, n_inputs, n_outputs):
        super().__init__()
        self.layer = nn.Linear(n_inputs, n_outputs)
        with torch.no_grad():
            self.layer.bias.zero_()
            self.layer.weight.copy_(torch.linspace(-1, 1, n_inputs * n_outputs).view(n_outputs, -1))

    def forward(self, x):
        return self.layer(x)


def inputs(n=N, n_steps=1, n_features=2):
    x = np.random.default_rng(0).normal(size=(n, n_steps, n_features)) * [1.0, 3.0]
    return torch.from_numpy(x.astype(np.float32))


def test_of_a_linear_regression_it_is_the_mean_square_of_the_inputs(rng):
    """Curvature of the mean of three squared errors: 2 E[x x'] / 3, whatever the targets."""
    x = inputs()
    found = fisher(Linear(2, 3), Batch(x, torch.full((N, 1, 3), 7.0)), "regression", rng)
    expected = x.square().mean(dim=(0, 1)) * 2 / 3
    assert found["layer.weight"].numpy() == pytest.approx(expected.expand(3, 2).numpy(), rel=0.15)
    assert found["layer.bias"].numpy() == pytest.approx(2 / 3, rel=0.15)


def test_of_a_logistic_regression_it_is_weighted_by_how_open_the_answer_is(rng):
    """F = E[x^2 p (1 - p)] for each class."""
    x, network = inputs(), Linear(2, 3)
    found = fisher(network, Batch(x, torch.zeros(N, 1, dtype=torch.int64)), "classification", rng)
    p = network(x).softmax(dim=-1)[:, 0].detach()
    expected = (p * (1 - p))[:, :, None] * x[:, 0, None, :] ** 2
    assert found["layer.weight"].numpy() == pytest.approx(expected.mean(dim=0).numpy(), rel=0.15)


@pytest.mark.parametrize("kind", ["regression", "classification"])
def test_examples_count_one_by_one(kind):
    """Squares of each example's gradients, not of their mean: against a loop over examples."""
    network, x = PlainLSTM(2, 3, width=4), inputs(n=5, n_steps=4)
    y = torch.zeros(5, 4, 3) if kind == "regression" else torch.zeros(5, 4, dtype=torch.int64)
    found = fisher(network, Batch(x, y), kind, np.random.default_rng(1))
    total = {name: torch.zeros_like(p) for name, p in network.named_parameters()}
    drawn = np.random.default_rng(1)
    with torch.no_grad():
        output = network(x)
    if kind == "regression":
        noise = torch.from_numpy(drawn.standard_normal(output.shape, dtype=np.float32))
    else:
        level = torch.from_numpy(drawn.random((5, 4, 1), dtype=np.float32))
    for row in range(5):
        mine = network(x[row : row + 1])[0]
        if kind == "regression":
            loss = (mine - (output + 0.5**0.5 * noise)[row]).square().mean() * 12**0.5
        else:
            share = output[row].softmax(dim=-1).cumsum(dim=-1)
            answer = (share < level[row]).sum(dim=-1)
            loss = nn.functional.cross_entropy(mine, answer) * 4**0.5
        network.zero_grad()
        loss.backward()
        for name, p in network.named_parameters():
            total[name] += p.grad.square() / 5
    for name, value in found.items():
        assert torch.allclose(value, total[name], rtol=1e-3, atol=1e-7)


def test_steps_at_which_nothing_is_asked_hold_nothing():
    y = torch.zeros(50, 3, dtype=torch.int64)
    y[:, 1:] = -1
    one = fisher(Linear(2, 3), Batch(inputs(50, 3), y), "classification", np.random.default_rng(0))
    changed = inputs(50, 3).clone()
    changed[:, 1:] = 100.0
    two = fisher(Linear(2, 3), Batch(changed, y), "classification", np.random.default_rng(0))
    assert torch.allclose(one["layer.weight"], two["layer.weight"], rtol=1e-4)


def test_the_penalty_pulls_each_weight_to_where_it_was_by_what_it_mattered(rng):
    """Two tasks: the gradient is lambda (F1 (w - w1) + F2 (w - w2))."""
    network, batch = Linear(2, 3), Batch(inputs(200), torch.zeros(200, 1, 3))
    held = Consolidation(network, strength=5.0)
    assert held.penalty() == 0.0
    weight, expected = network.layer.weight, torch.zeros(3, 2)
    parts = []
    for seed in (1, 2):
        found = fisher(network, batch, "regression", np.random.default_rng(seed))
        parts.append((found["layer.weight"], weight.detach().clone()))
        held.add(batch, "regression", np.random.default_rng(seed))
        with torch.no_grad():
            weight += 0.5 * seed
    for importance, then in parts:
        expected += 5.0 * importance * (weight - then).detach()
    held.penalty().backward()
    assert weight.grad.numpy() == pytest.approx(expected.numpy(), rel=1e-4)
