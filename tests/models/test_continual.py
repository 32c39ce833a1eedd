"""Learners of one task after another: what enters their losses, and what they keep."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from neurosim import NeurosimError
from neurosim.models.continual import Learner, weighted_mean
from neurosim.models.continual_methods import (
    BASELINES,
    ORDERED,
    SEED_002,
    LearnerParameters,
    MetaParameters,
    Method,
    ablations,
)
from neurosim.models.maml import InnerParameters, meta_loss
from neurosim.models.plain_networks import Perceptron, PlainLSTM, new_network
from neurosim.models.task_losses import Batch, losses, score
from neurosim.tasks.examples import Examples, Task, TaskSequence

SMALL = LearnerParameters(n_epochs=4, batch_size=8, memory_size=30, replay_size=6, n_fisher=10)
TRAINED = {**BASELINES, **ORDERED, "meta": Method(replay="uniform", meta=True)}


def opposed(n=40, n_tasks=2, seed=0):
    """Tasks with a cue: the sign of a number in the first, the other way round in the second."""
    rng = np.random.default_rng(seed)
    tasks = []
    for number in range(n_tasks):
        parts = []
        for _ in range(2):
            x = rng.normal(size=(n, 1, 3)).astype(np.float32)
            x[..., 1:] = np.eye(2, dtype=np.float32)[number % 2]
            y = (x[..., 0] > 0) if number % 2 == 0 else (x[..., 0] <= 0)
            parts.append(Examples(x, y.astype(np.int64)))
        tasks.append(Task(f"task {number}", *parts))
    return TaskSequence("opposed", "classification", 2, tuple(tasks))


def swapped(x, y, rng, task):
    return x[::-1].copy(), y[::-1].copy()


def learner_of(method, sequence=None, given=SMALL, factory=Perceptron, seed=0):
    sequence = sequence or opposed()
    network = new_network(factory, 3, sequence.n_outputs, np.random.default_rng(seed))
    return Learner(network, sequence, method, given, np.random.default_rng(seed + 1), swapped)


def weights_of(learner):
    return torch.cat([p.detach().flatten() for p in learner.network.parameters()])


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
    loss, answer = learner._loss(task)
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
    learner._loss(Batch.of(opposed().tasks[1].train))
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


def test_a_learner_adapts_to_a_new_task_before_it_trains_on_it():
    """Without any training what is left are the inner steps."""
    inner = InnerParameters(3, 0.5, True)
    given = replace(SMALL, n_epochs=0, meta=MetaParameters(inner=inner, n_support=40))
    sequence = opposed()
    learner, plain = (learner_of(Method(meta=meta), sequence, given) for meta in (True, False))
    task = Batch.of(sequence.tasks[0].train)
    descent = torch.optim.SGD(plain.network.parameters(), lr=0.5)
    for _ in range(3):
        descent.zero_grad()
        losses(plain.network(task.x), task.y, plain.kind).mean().backward()
        descent.step()
    learner.learn(0)
    assert torch.allclose(weights_of(learner), weights_of(plain), atol=1e-5)


@pytest.fixture
def meta_calls(monkeypatch):
    """What the meta-gradients are of."""
    calls = []

    def spied(network, support, query, kind, given):
        calls.append((support, query))
        return meta_loss(network, support, query, kind, given)

    monkeypatch.setattr("neurosim.models.meta_rehearsal.meta_loss", spied)
    return calls


def test_meta_gradients_are_of_remembered_tasks_with_other_examples_to_ask(meta_calls):
    sequence = opposed(n_tasks=3)
    meta = MetaParameters(every=5, n_tasks=2, n_support=4, n_query=3)
    learner = learner_of(Method(replay="uniform", meta=True), sequence, replace(SMALL, meta=meta))
    origin = {
        float(value): (number, row)
        for number, task in enumerate(sequence.tasks)
        for row, value in enumerate(task.train.x[:, 0, 0])
    }
    for number in range(3):
        meta_calls.clear()
        learner.learn(number)
        assert len(meta_calls) == SMALL.n_epochs  # five updates an epoch
        tasks_asked = set()
        for support, query in meta_calls:
            assert support.x.shape[:2] == (min(number + 1, 2), 4)
            assert query.x.shape[:2] == (min(number + 1, 2), 3)
            for known, asked in zip(support.x[:, :, 0, 0], query.x[:, :, 0, 0], strict=True):
                known, asked = ({origin[v] for v in part.tolist()} for part in (known, asked))
                assert not known & asked
                (task,) = {task for task, _ in known | asked}
                tasks_asked.add(task)
        assert tasks_asked <= set(range(number + 1))
        assert number in tasks_asked
    assert len(tasks_asked) > 1


def test_without_replay_there_is_only_the_current_task_to_learn_to_learn(meta_calls):
    learner = learner_of(Method(meta=True), opposed())
    learner.learn(0)
    meta_calls.clear()
    learner.learn(1)
    assert meta_calls
    assert all(len(support.x) == 1 and (support.x[..., 2] == 1).all() for support, _ in meta_calls)


def test_a_task_with_a_single_example_is_learned_all_the_same(meta_calls):
    sequence = opposed(1)
    learner = learner_of(Method(replay="uniform", meta=True), sequence)
    learner.learn(0)
    learner.learn(1)
    assert not meta_calls
    assert torch.isfinite(weights_of(learner)).all()


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


def test_the_parts_of_the_agent_are_left_out_alone_and_together():
    found = ablations()
    assert len(found) == 8
    assert found["agent"] == Method("agent", "prioritised", meta=True, lesion=True)
    assert found["agent,no_memory"] == Method("controller", "prioritised", meta=True)
    assert found["agent,no_replay,no_meta"] == Method("agent")
    assert found["agent,no_memory,no_replay,no_meta"] == Method("controller")


def test_the_mix_of_the_seed_is_its_own():
    """Eight examples a time, .3 of the loss of each, next to one new one."""
    assert SEED_002.batch_size == 1
    assert SEED_002.replay_size == 8
    assert SEED_002.replay_weight == pytest.approx(2.4)


def test_parameters_come_from_nested_keys():
    given = {"n_epochs": 3, "beta": [0.5, 1], "meta": {"every": 4, "inner": {"rate": 0.2}}}
    found = LearnerParameters.from_mapping(given)
    assert (found.n_epochs, found.beta) == (3, (0.5, 1.0))
    assert found.meta == MetaParameters(InnerParameters(rate=0.2), every=4)
    assert LearnerParameters.from_mapping({}) == LearnerParameters()
    with pytest.raises(NeurosimError, match="meta: expected options among"):
        LearnerParameters.from_mapping({"meta": {"evry": 4}})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"replay": "dreams"}, "expected one of 'imagination', 'movie_forward'"),
        ({"answers": 0.5}, "expected 0 with replay None"),
        ({"answers": 0.5, "replay": "imagination"}, "only what was experienced"),
        ({"joint": True, "replay": "uniform"}, "expected no replay with all tasks at hand"),
    ],
)
def test_what_does_not_go_together_is_refused(options, message):
    with pytest.raises(NeurosimError, match=message):
        Method(**options)


def test_imagination_needs_someone_who_imagines():
    with pytest.raises(NeurosimError, match="'opposed': expected a function that imagines"):
        Learner(Perceptron(3, 2), opposed(), Method(replay="imagination"), SMALL, None)
