"""Learners of one task after another: what enters their losses, and what they keep."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from opposed_tasks import SMALL, TRAINED, learner_of, opposed, weights_of
from torch import nn

from neurosim import NeurosimError
from neurosim.models.continual import Learner, weighted_mean
from neurosim.models.continual_methods import Method
from neurosim.models.plain_networks import Perceptron, PlainLSTM, new_network
from neurosim.models.task_losses import Batch, losses, score
from neurosim.tasks.examples import Examples, Task, TaskSequence


def error_on(learner, sequence, number):
    return score(learner.network, Batch.of(sequence.tasks[number].test), sequence.kind).error


@pytest.mark.parametrize("name", TRAINED)
def test_the_same_generator_gives_the_same_weights_whatever_torch_drew_before(name):
    found = []
    for state in (5, 6):
        torch.manual_seed(state)
        before = torch.random.get_rng_state()
        learner = learner_of(TRAINED[name])
        learner.learn(0)
        learner.learn(1)
        assert torch.equal(torch.random.get_rng_state(), before)
        found.append(weights_of(learner))
    assert torch.equal(*found)
    other = learner_of(TRAINED[name], seed=3)
    other.learn(0)
    other.learn(1)
    assert not torch.equal(found[0], weights_of(other))


@pytest.mark.parametrize("name", [name for name in TRAINED if name != "joint"])
def test_all_learners_see_the_same_batches_of_a_task(name):
    """Their own examples come first in each pass."""
    seen = {}
    for method in (name, "fine_tuning"):
        learner = learner_of(TRAINED[method])
        seen[method] = []
        update = learner._update

        def spied(current, number, index, update=update, rows=seen[method]):
            rows.append(index.tolist())
            update(current, number, index)

        learner._update = spied
        learner.learn(0)
        learner.learn(1)
    assert seen[name] == seen["fine_tuning"]
    assert sorted(np.concatenate(seen[name][:5])) == list(range(40))


def test_fine_tuning_is_plain_training():
    """Against a loop with the losses of the batches alone."""
    sequence = opposed()
    learner = learner_of(Method(), sequence)
    network = new_network(Perceptron, 3, 2, np.random.default_rng(0))
    adam = torch.optim.Adam(network.parameters(), lr=SMALL.learning_rate, fused=True)
    order = np.random.default_rng(1).spawn(3)[0]
    for number in (0, 1):
        learner.learn(number)
        task = Batch.of(sequence.tasks[number].train)
        for _ in range(SMALL.n_epochs):
            for index in np.split(order.permutation(40), 5):
                batch = task.rows(index)
                adam.zero_grad()
                losses(network(batch.x), batch.y, sequence.kind).mean().backward()
                nn.utils.clip_grad_norm_(network.parameters(), SMALL.clip)
                adam.step()
    for found, expected in zip(learner.network.parameters(), network.parameters(), strict=True):
        assert torch.allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("factory", [Perceptron, PlainLSTM])
@pytest.mark.parametrize("order", ["uniform", "prioritised"])
@pytest.mark.parametrize("answers", [0.0, 0.7])
def test_the_loss_is_that_of_the_batch_the_replayed_and_their_answers(factory, order, answers):
    """One pass for all gives what a pass for each gives."""
    method = Method(replay=order, answers=answers)
    given = replace(SMALL, replay_weight=0.4)
    learner = learner_of(method, given=given, factory=factory)
    learner.learn(0)
    drawn, draw = [], learner.buffer.next

    def spied(*options):
        drawn.append(draw(*options))
        return drawn[-1]

    learner.buffer.next = spied
    task = Batch.of(opposed().tasks[1].train).rows(np.arange(5))
    loss, answer = learner._loss(task, 1)
    network = learner.network
    first = drawn[0]
    replayed = losses(network(first.batch.x), first.batch.y, learner.kind)
    expected = losses(network(task.x), task.y, learner.kind).mean()
    expected = expected + 0.4 * (first.weight * replayed).sum() / first.weight.sum()
    if answers:
        again = drawn[1]
        assert again.slot.tolist() != first.slot.tolist()
        apart = network(again.batch.x) - learner.buffer.answers(again.slot)
        apart = apart.square().mean(dim=(1, 2))
        expected = expected + answers * (again.weight * apart).sum() / again.weight.sum()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    assert torch.allclose(answer, network(task.x), atol=1e-6)


def test_answers_are_those_that_the_network_gave_when_it_was_shown_the_example():
    given = replace(SMALL, n_epochs=1, batch_size=40, memory_size=40)
    learner = learner_of(Method(replay="uniform"), given=given)
    untrained = new_network(Perceptron, 3, 2, np.random.default_rng(0))
    learner.learn(0)  # a single update
    slot = np.arange(40)
    shown = learner.buffer.at(slot).x
    assert torch.allclose(learner.buffer.answers(slot), untrained(shown), atol=1e-6)
    assert not torch.allclose(learner.buffer.answers(slot), learner.network(shown), atol=1e-4)


def test_weights_of_drawing_become_fair_over_the_whole_training():
    learner = learner_of(Method(replay="prioritised"))
    betas, draw = [], learner.buffer.next

    def spied(n, beta, rng):
        betas.append(beta)
        return draw(n, beta, rng)

    learner.buffer.next = spied
    learner.learn(0)
    learner.learn(1)
    assert betas == pytest.approx(np.linspace(0.4, 1.0, 41)[:-1])  # of 2 tasks, 4 passes, 5 batches


def test_what_was_replayed_has_its_loss_as_priority():
    learner = learner_of(Method(replay="prioritised"))
    learner.learn(0)
    seen = []
    learner.buffer.slots.update = lambda slot, error: seen.append((slot, error))
    learner._loss(Batch.of(opposed().tasks[1].train), 1)
    ((slot, error),) = seen
    batch = learner.buffer.at(slot)
    expected = losses(learner.network(batch.x), batch.y, learner.kind).detach().numpy()
    assert error == pytest.approx(expected, rel=1e-4)


def test_weights_of_any_size_leave_the_mix_of_old_and_new_as_it_is():
    each = torch.tensor([1.0, 2.0, 6.0])
    weight = torch.tensor([1.0, 1.0, 0.5])
    assert weighted_mean(each, weight).item() == pytest.approx(6 / 2.5)
    assert weighted_mean(each, 0.1 * weight).item() == pytest.approx(6 / 2.5)
    assert weighted_mean(each, torch.ones(3)) == each.mean()


@pytest.mark.parametrize("method", [Method(), Method(joint=True), Method(meta=True)])
def test_nothing_is_remembered_without_replay(method):
    learner = learner_of(method)
    learner.learn(0)
    learner.learn(1)
    assert len(learner.buffer) == 0


def test_replay_can_wait_for_the_second_task():
    """As in seed 002; meanwhile the first task is remembered."""
    learner, plain = learner_of(Method(replay="uniform", replay_first=False)), learner_of(Method())
    for each in (learner, plain):
        each.learn(0)
    assert torch.equal(weights_of(learner), weights_of(plain))
    assert len(learner.buffer) > 0
    for each in (learner, plain):
        each.learn(1)
    assert not torch.equal(weights_of(learner), weights_of(plain))


REMEMBER = [
    "er",
    "der++",
    "joint",
    "er,prioritised",
    "er,movie_forward",
    "er,movie_reverse",
    "meta",
]


@pytest.mark.parametrize("name", REMEMBER)
def test_what_was_learned_first_is_not_turned_round(name):
    """Fine-tuning is wrong on most of the first task after the second; these are not."""
    sequence = opposed(100)
    given = replace(SMALL, n_epochs=12, learning_rate=5e-3)
    errors = []
    for one in (TRAINED[name], Method()):
        learner = learner_of(one, sequence, given)
        learner.learn(0)
        assert error_on(learner, sequence, 0) < 0.1
        learner.learn(1)
        errors.append(error_on(learner, sequence, 0))
    assert errors[1] > 0.2
    assert errors[0] < 0.5 * errors[1]


class Slope(nn.Module):
    """y = w x."""

    def __init__(self, n_inputs, n_outputs):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        return self.w * x


@pytest.mark.parametrize("strength", [0.0, 1.0, 3.0])
def test_consolidation_finds_what_lies_between_two_quadratic_losses(strength):
    """With slopes a, then b, at lambda: (lambda a + b) / (lambda + 1), for inputs of one size."""
    x = np.ones((400, 1, 1), np.float32)
    parts = [Examples(x, slope * x) for slope in (1.0, -1.0)]
    tasks = tuple(Task("slope", part, part) for part in parts)
    sequence = TaskSequence("slopes", "regression", 1, tasks)
    given = replace(SMALL, n_epochs=60, batch_size=80, learning_rate=0.02, n_fisher=400)
    learner = learner_of(Method(consolidation=strength), sequence, given, Slope)
    learner.learn(0)
    assert learner.network.w.item() == pytest.approx(1.0, abs=0.02)
    learner.learn(1)
    between = (strength - 1) / (strength + 1)
    assert learner.network.w.item() == pytest.approx(between, abs=0.08)  # F is drawn


def test_all_tasks_so_far_are_trained_jointly_with_as_many_updates():
    sequence = opposed(n_tasks=3)
    learner, plain = learner_of(Method(joint=True), sequence), learner_of(Method(), sequence)
    sizes = []
    learner.network.register_forward_hook(lambda _, x, y: sizes.append(x[0]))
    for number in range(2):
        learner.learn(number)
        plain.learn(number)
    assert learner._n_updates == plain._n_updates == len(sizes)
    assert {len(x) for x in sizes} == {SMALL.batch_size + SMALL.replay_size}
    known = torch.from_numpy(np.concatenate([t.train.x for t in sequence.tasks[:2]])[:, 0, 0])
    assert torch.isin(torch.cat(sizes)[:, 0, 0], known).all()
    share = (torch.cat(sizes[len(sizes) // 2 :])[:, 0, 2] == 1).float().mean().item()
    assert share == pytest.approx(0.5, abs=0.1)


def test_the_imagined_is_replayed_in_place_of_the_remembered():
    calls = []

    def imagine(x, y, rng, task):
        calls.append(len(x))
        return x + 1000, y

    learner = learner_of(Method(replay="imagination"))
    learner._imagine = imagine
    seen = []
    learner.network.register_forward_hook(lambda _, x, y: seen.append((x[0][:, 0, 0] > 900).sum()))
    learner.learn(0)
    assert len(calls) == len(seen) - 1  # nothing is remembered in the first update
    assert [int(n) for n in seen[1:]] == calls == [SMALL.replay_size] * len(calls)


def test_imagination_needs_someone_who_imagines():
    with pytest.raises(NeurosimError, match="'opposed': expected a function that imagines"):
        Learner(Perceptron(3, 2), opposed(), Method(replay="imagination"), SMALL, None)
