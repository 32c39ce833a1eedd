"""Inner steps against networks that are trained one by one, and meta-gradients in closed form."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import nn

from neurosim.models.maml import (
    InnerParameters,
    adapt_in_place,
    error_by_step,
    meta_loss,
    piled,
)
from neurosim.models.meta_training import MetaTraining, TaskSet, best_rate, meta_train
from neurosim.models.plain_networks import Perceptron, PlainLSTM
from neurosim.models.task_losses import Batch, losses, score
from neurosim.tasks.continual import TaskFamily
from neurosim.tasks.examples import Examples, Task

N_TASKS = 3


def seeded(factory, *sizes):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return factory(*sizes)


def tasks_of(kind, n=6, n_steps=4, seed=0):
    """A batch a task; classes depend on the inputs, in each task in another way."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(N_TASKS):
        x = rng.normal(size=(n, n_steps, 3)).astype(np.float32)
        values = x @ rng.normal(size=(3, 2)).astype(np.float32)
        found.append(
            Batch(torch.from_numpy(x), torch.from_numpy(values))
            if kind == "regression"
            else Batch(torch.from_numpy(x), torch.from_numpy(values.argmax(axis=2)))
        )
    return found


@pytest.mark.parametrize("factory", [Perceptron, PlainLSTM])
@pytest.mark.parametrize("kind", ["regression", "classification"])
def test_the_errors_are_those_of_the_adapted_parameters(factory, kind):
    """Each task's network is trained on its own by plain gradient descent, and tested."""
    network = seeded(factory, 3, 2)
    before = deepcopy(network.state_dict())
    support, query = tasks_of(kind), tasks_of(kind, n=9)
    inner = InnerParameters(n_steps=4, rate=0.2)
    found = error_by_step(network, piled(support), piled(query), kind, inner)
    expected = np.empty((N_TASKS, 5))
    for row, (known, asked) in enumerate(zip(support, query, strict=True)):
        copy = deepcopy(network)
        descent = torch.optim.SGD(copy.parameters(), lr=0.2)
        for step in range(5):
            expected[row, step] = score(copy, asked, kind).error
            descent.zero_grad()
            losses(copy(known.x), known.y, kind).mean().backward()
            descent.step()
    assert found == pytest.approx(expected, rel=1e-3, abs=1e-4)
    assert np.abs(found[:, -1] - found[:, 0]).min() > 0.01  # so unadapted ones would be noticed
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


@pytest.mark.parametrize("first_order", [False, True])
def test_the_order_does_not_change_where_the_steps_lead(first_order):
    network, (known, *_) = seeded(PlainLSTM, 3, 2), tasks_of("regression")
    copy = deepcopy(network)
    descent = torch.optim.SGD(copy.parameters(), lr=0.1)
    for _ in range(3):
        descent.zero_grad()
        losses(copy(known.x), known.y, "regression").mean().backward()
        descent.step()
    adapt_in_place(network, known, "regression", InnerParameters(3, 0.1, first_order))
    for found, expected in zip(network.parameters(), copy.parameters(), strict=True):
        assert torch.allclose(found, expected, atol=1e-6)
        assert found.requires_grad
        assert found.is_leaf


class Slope(nn.Module):
    """y = w x."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.tensor(0.7, dtype=torch.float64))

    def forward(self, x):
        return self.w * x


@pytest.mark.parametrize("first_order", [False, True])
@pytest.mark.parametrize("n_steps", [0, 1, 3])
def test_meta_gradients_of_a_slope_are_those_of_the_formula(first_order, n_steps):
    """After each step w' - w* = (1 - 2 eta s)(w - w*), s the mean square of the support."""
    rng, eta = np.random.default_rng(0), 0.1
    x = rng.normal(size=(2, N_TASKS, 5, 1, 1))
    slopes = np.array([0.5, -1.0, 2.0])
    sets = [Batch(*map(torch.from_numpy, (part, part * slopes[:, None, None, None]))) for part in x]
    network = Slope()
    meta_loss(network, *sets, "regression", InnerParameters(n_steps, eta, first_order)).backward()
    squares = (x**2).mean(axis=(2, 3, 4))
    shrink = (1 - 2 * eta * squares[0]) ** n_steps
    away = shrink * (0.7 - slopes)
    expected = 2 * squares[1] * away * (1.0 if first_order else shrink)
    assert network.w.grad.item() == pytest.approx(expected.mean())


def lines(rng):
    """A family: y = a x with a slope of its own, in ten examples."""
    slope = rng.uniform(1.0, 2.0) * rng.choice([-1.0, 1.0])
    parts = []
    for _ in range(2):
        x = rng.normal(size=(10, 1, 1)).astype(np.float32)
        parts.append(Examples(x, np.float32(slope) * x))
    return Task(f"{slope:.2f}", *parts)


FAMILY = TaskFamily("lines", "regression", 1, 1, lines)


def narrow(n_inputs, n_outputs):
    return Perceptron(n_inputs, n_outputs, width=16)


@pytest.fixture(scope="module")
def sets():
    rng = np.random.default_rng(0)
    return [TaskSet.drawn(FAMILY, n, rng) for n in (60, 20)]


@pytest.mark.parametrize("first_order", [False, True])
def test_meta_training_makes_a_few_steps_go_far(sets, first_order):
    """Slopes of both signs: what is best without steps is to answer nothing.

    At larger rates than this the first order diverges: it does not see that steps overshoot.
    """
    train, unseen = sets
    inner = InnerParameters(3, 0.03, first_order)
    given = MetaTraining(n_updates=250, batch_size=8, learning_rate=5e-3, inner=inner)
    network = seeded(narrow, 1, 1)
    before = unseen.errors(network, inner).mean(axis=0)
    losses_ = meta_train(network, train, given, np.random.default_rng(1))
    after = unseen.errors(network, inner).mean(axis=0)
    assert losses_.shape == (250,)
    assert losses_[-20:].mean() < 0.3 * losses_[:5].mean()
    assert after[3] < 0.25 * before[3]
    assert after[0] > 5 * after[3]


def test_without_inner_steps_it_is_plain_training_of_all_tasks_mixed(sets):
    network = seeded(narrow, 1, 1)
    given = MetaTraining(n_updates=3, batch_size=60, inner=InnerParameters(n_steps=0))
    query = Batch(*(part.flatten(0, 1) for part in sets[0].query[:2]))
    expected = score(network, query, "regression").error
    found = meta_train(network, sets[0], given, np.random.default_rng(0))
    assert found[0] == pytest.approx(expected, rel=1e-5)


def test_the_best_rate_is_the_one_with_the_smallest_last_error(sets):
    network, inner = seeded(narrow, 1, 1), InnerParameters(5)
    rates = (1e-4, 0.1, 1e6)  # too slow, right, and far beyond: not a number
    assert best_rate(network, sets[1], inner, rates) == 0.1


@pytest.mark.parametrize("part", ["support", "query"])
def test_a_network_learns_from_both_parts_of_a_task(sets, part):
    """A meta-gradient changes when either is changed."""
    inner, network = InnerParameters(1, 0.1), seeded(narrow, 1, 1)
    parts = {"support": sets[1].support, "query": sets[1].query}
    first = meta_loss(network, **parts, kind="regression", given=inner).item()
    parts[part] = Batch(parts[part].x, -parts[part].y)
    assert meta_loss(network, **parts, kind="regression", given=inner).item() != first
