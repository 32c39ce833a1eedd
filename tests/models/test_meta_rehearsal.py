"""Meta-learning among remembered tasks: what is adapted to, and what is asked."""

from dataclasses import replace

import pytest
import torch
from opposed_tasks import SMALL, learner_of, opposed, weights_of

from neurosim.models.continual_methods import MetaParameters, Method
from neurosim.models.maml import InnerParameters, meta_loss
from neurosim.models.task_losses import Batch, losses


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
