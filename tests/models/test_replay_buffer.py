"""A replay buffer: examples stay whole, and are told by their tasks."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neurosim.models.replay_buffer import ReplayBuffer
from neurosim.models.task_losses import Batch


def examples(numbers):
    """Examples that are told by their numbers."""
    number = torch.as_tensor(numbers)
    x = number[:, None, None].float().expand(-1, 2, 3).clone()
    return Batch(x, number[:, None].expand(-1, 2).clone()), x[..., :1] + 0.5


def filled(sizes, size=20, seed=0, order="uniform"):
    """One task after another, each example shown twice."""
    rng, first = np.random.default_rng(seed), 0
    buffer = ReplayBuffer(size, examples([0])[0], 1, order=order)
    for task, n in enumerate(sizes):
        numbers = np.tile(np.arange(first, first + n), 2)
        if n:
            buffer.keep(*examples(numbers), task, numbers - first, rng)
        first += n
    return buffer


def numbers_of(batch):
    return batch.x[:, 0, 0].long().tolist()


@given(st.lists(st.integers(0, 15), min_size=1, max_size=5), st.integers(1, 30), st.integers(0, 99))
def test_inputs_answers_and_tasks_of_an_example_stay_together(sizes, size, seed):
    buffer = filled(sizes, size, seed)
    slot = np.arange(len(buffer))
    batch, answer = buffer.at(slot), buffer.answers(slot)
    assert len(buffer) == min(size, 2 * sum(sizes))
    assert torch.equal(batch.x[:, 0, 0].long(), batch.y[:, 0])
    assert torch.equal(batch.x[:, 0, 0] + 0.5, answer[:, 0, 0])
    ends = np.cumsum(sizes)
    for task in buffer.tasks():
        numbers = numbers_of(buffer.at(buffer.of_task(task)))
        assert numbers
        assert len(set(numbers)) == len(numbers)  # shown twice, asked for once
        assert all(ends[task] - sizes[task] <= number < ends[task] for number in numbers)
    of_all = [n for task in buffer.tasks() for n in numbers_of(buffer.at(buffer.of_task(task)))]
    assert sorted(of_all) == sorted(set(numbers_of(batch)))


def test_what_is_replayed_is_what_its_slots_keep(rng):
    buffer = filled([8, 8], order="prioritised")
    buffer.slots.update(np.arange(20), np.linspace(0.1, 3.0, 20))
    replayed = buffer.next(30, 0.5, rng)
    assert numbers_of(replayed.batch) == numbers_of(buffer.at(replayed.slot))
    assert replayed.weight.dtype == torch.float32
    assert replayed.weight.max() <= 1
    assert replayed.weight.min() > 0


def test_imagined_examples_are_made_of_remembered_ones_and_their_tasks(rng):
    buffer = filled([8, 8], size=16)
    seen = {}

    def imagine(x, y, rng, task):
        seen.update(x=x.copy(), task=task)
        return x[:3] + 100, y[:3]

    made = buffer.imagined(10, imagine, rng)
    assert seen["x"].shape == (10, 2, 3)
    assert (seen["task"] == (seen["x"][:, 0, 0] >= 8)).all()
    assert made.batch.x.numpy() == pytest.approx(seen["x"][:3] + 100)
    assert made.slot.size == 0  # nothing that has a priority was replayed
    assert len(made.weight) == 3


def test_nothing_is_replayed_or_imagined_from_nothing(rng):
    buffer = filled([0])
    assert len(buffer.next(5, 1.0, rng).batch.x) == 0
    assert len(buffer.imagined(5, lambda *_: 1 / 0, rng).batch.x) == 0
    assert buffer.tasks().size == 0
