"""Losses and scores of examples against loops over them."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from neurosim import NeurosimError
from neurosim.models.task_losses import (
    Batch,
    can_be_lesioned,
    check_kind,
    distances,
    losses,
    score,
)
from neurosim.tasks.examples import NOT_ASKED, Examples

CLASSES = 3


class Given(nn.Module):
    """Gives its inputs; nothing but zeros where nothing is read."""

    def forward(self, x, *, reads=True):
        return x if reads else torch.zeros_like(x)


def drawn(kind, n=4, n_steps=5, seed=0):
    """Outputs and what is asked; the last example of a classification is asked nothing."""
    rng = np.random.default_rng(seed)
    output = rng.normal(size=(n, n_steps, CLASSES)).astype(np.float32)
    if kind == "regression":
        return output, rng.normal(size=output.shape).astype(np.float32)
    y = rng.integers(NOT_ASKED, CLASSES, (n, n_steps))
    y[-1] = NOT_ASKED
    return output, y


@given(st.integers(0, 200))
def test_the_loss_of_a_class_is_its_surprise_where_it_is_asked_for(seed):
    output, y = drawn("classification", seed=seed)
    expected = []
    for row, asked in zip(output, y, strict=True):
        bits = [
            np.log(np.exp(o).sum()) - o[t]
            for o, t in zip(row, asked, strict=True)
            if t != NOT_ASKED
        ]
        expected.append(np.mean(bits) if bits else 0.0)
    found = losses(torch.from_numpy(output), torch.from_numpy(y), "classification")
    assert found.numpy() == pytest.approx(np.array(expected), rel=1e-4, abs=1e-5)
    assert found[-1] == 0


def test_the_loss_of_a_value_is_its_squared_error():
    output, y = drawn("regression")
    found = losses(torch.from_numpy(output), torch.from_numpy(y), "regression")
    assert found.numpy() == pytest.approx(((output - y) ** 2).mean(axis=(1, 2)), rel=1e-5)


@pytest.mark.parametrize("kind", ["regression", "classification"])
def test_outputs_are_far_apart_only_where_something_is_asked(kind):
    output, y = drawn(kind)
    away = output + 2.0
    wanted = 0.0 if kind == "classification" else 4.0
    if kind == "classification":
        away[y == NOT_ASKED] += 100.0
    found = distances(*map(torch.from_numpy, (away, output, y)), kind).numpy()
    assert found[:-1] == pytest.approx(4.0, rel=1e-4)
    assert found[-1] == pytest.approx(wanted, abs=1e-4)


def test_accuracy_counts_asked_steps_alone_and_choices_apart():
    output, y = drawn("classification", n=30)
    choice = np.zeros(y.shape, bool)
    choice[:, 2] = True
    found = score(Given(), Batch.of(Examples(output, y, choice)), "classification")
    asked = [(i, s) for i in range(30) for s in range(5) if y[i, s] != NOT_ASKED]
    right = {at: output[at].argmax() == y[at] for at in asked}
    assert found.accuracy == pytest.approx(np.mean(list(right.values())))
    assert found.error == pytest.approx(1 - found.accuracy)
    assert found.chosen == pytest.approx(np.mean([r for (_, s), r in right.items() if s == 2]))


def test_a_lesioned_network_reads_nothing():
    output, y = drawn("regression")
    batch = Batch.of(Examples(output, y))
    assert score(Given(), batch, "regression").error == pytest.approx(((output - y) ** 2).mean())
    lesioned = score(Given(), batch, "regression", lesion=True)
    assert lesioned.error == pytest.approx((y**2).mean())
    assert np.isnan(lesioned.accuracy)
    assert can_be_lesioned(Given())
    assert not can_be_lesioned(nn.Linear(2, 2))


def test_other_kinds_are_refused():
    with pytest.raises(NeurosimError, match="'classification', 'regression', found 'ranking'"):
        check_kind("ranking")
