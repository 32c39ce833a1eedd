"""Training can be interrupted, touches nothing global, and learns."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from neurosim import NeurosimError
from neurosim.models.instructed.network import build_network, features_of
from neurosim.models.instructed.trained import network_from_dataset, network_to_dataset
from neurosim.models.instructed.training import Training, TrainingParameters, train
from neurosim.tasks.psychophysics.instructions import read_instructions
from neurosim.tasks.psychophysics.source import TrialSource
from neurosim.tasks.psychophysics.timing import Timing

INSTRUCTIONS = read_instructions(Path(__file__).parents[3] / "config" / "instructions.csv")
TASKS = ["Go", "AntiGo", "GoMod1"]
SOURCE = TrialSource(Timing(30))
BUDGET = TrainingParameters(n_updates=12, n_tasks=2, n_each=4)


def _training(budget=BUDGET, tasks=TASKS, seed=0, name="bownet"):
    features, wordings = features_of(name, INSTRUCTIONS, None, np.random.default_rng(1))
    network = build_network(name, features, wordings, 8, np.random.default_rng(2))
    return Training(network, tasks, budget, np.random.default_rng(seed), SOURCE)


def _weights(training):
    return torch.cat([weight.detach().flatten() for weight in training.network.parameters()])


class Killed(Exception):
    """Stands for the kill of a run."""


def test_a_killed_training_resumes_to_the_same_weights(tmp_path):
    undisturbed, checkpoint = _training(), tmp_path / "a.checkpoint"
    train(undisturbed, save_every=4)
    killed = _training()
    advance, calls = killed.advance, []

    def dies(n):
        calls.append(n)
        if len(calls) == 3:
            raise Killed
        advance(n)

    killed.advance = dies
    with pytest.raises(Killed):
        train(killed, checkpoint, save_every=4)
    resumed = _training()
    loss = train(resumed, checkpoint, save_every=4)
    assert loss.tolist() == undisturbed.loss.tolist()
    assert torch.equal(_weights(resumed), _weights(undisturbed))


def test_training_goes_on_until_the_network_is_good_or_the_limit_is_reached():
    budget = replace(BUDGET, n_updates=5, n_most=14)
    asked = []

    def after(n):
        asked.clear()

        def is_good(network):
            asked.append(training.update)
            return training.update >= n

        return is_good

    for good_after, n_done, stops in ((0, 5, [5]), (9, 9, [5, 9]), (99, 14, [5, 9, 13])):
        training = _training(budget)
        loss = train(training, save_every=4, is_good=after(good_after))
        assert (len(loss), asked) == (n_done, stops)
    assert len(train(_training(replace(BUDGET, n_updates=5)), is_good=after(99))) == 5


@pytest.mark.parametrize(
    "other",
    [
        {"budget": replace(BUDGET, learning_rate=0.1)},
        {"tasks": TASKS[::-1]},
        {"seed": 1},
        {"name": "simplenet"},
    ],
)
def test_a_checkpoint_of_another_training_is_left_alone(tmp_path, other):
    first = _training()
    first.advance(2)
    first.save(tmp_path / "a.checkpoint")
    assert _training().resume(tmp_path / "a.checkpoint")
    assert not _training(**other).resume(tmp_path / "a.checkpoint")


def test_a_checkpoint_that_was_cut_off_begins_anew(tmp_path):
    first, path = _training(), tmp_path / "a.checkpoint"
    first.advance(2)
    first.save(path)
    path.write_bytes(path.read_bytes()[:100])
    again = _training()
    assert not again.resume(path)
    assert again.update == 0


def test_training_leaves_torchs_global_generator_alone():
    state = torch.random.get_rng_state()
    train(_training(replace(BUDGET, n_updates=2)))
    assert torch.equal(torch.random.get_rng_state(), state)


def test_the_loss_falls():
    training = _training(replace(BUDGET, n_updates=60, n_tasks=3, n_each=8, learning_rate=0.01))
    loss = train(training)
    assert loss[-10:].mean() < 0.5 * loss[:5].mean()


def test_the_rate_falls_to_what_is_asked():
    training = _training()
    training.advance(99)
    assert training.update == BUDGET.n_updates
    rate = training._optimiser.param_groups[0]["lr"]
    assert rate == pytest.approx(BUDGET.learning_rate * BUDGET.falls_to)


def test_the_rate_rises_before_it_falls_also_from_a_checkpoint(tmp_path):
    budget = replace(BUDGET, rises_over=4)

    def rate(training):
        return training._optimiser.param_groups[0]["lr"]

    training, rates = _training(budget), []
    for _ in range(budget.n_updates):
        rates.append(rate(training))
        training.advance(1)
    fall = budget.falls_to ** (np.arange(budget.n_updates) / budget.n_updates)
    rise = np.minimum(1, 1 / 4 + np.arange(budget.n_updates) * 3 / 16)
    np.testing.assert_allclose(rates, budget.learning_rate * rise * fall)
    first, path = _training(budget), tmp_path / "checkpoint"
    first.advance(3)
    first.save(path)
    again = _training(budget)
    assert again.resume(path)
    again.advance(1)
    assert rate(again) == rates[4]


def test_a_network_is_the_same_after_it_was_kept():
    training = _training()
    training.advance(3)
    network = training.network.eval()
    again = network_from_dataset(network_to_dataset(network))
    assert again.name == "bownet"
    inputs, telling = torch.rand(2, 30, 65), torch.tensor([3, 500])
    torch.testing.assert_close(again(inputs, telling)[0], network(inputs, telling)[0])
    missing = network_to_dataset(network).drop_vars("sensorimotor.read_out.bias")
    with pytest.raises(NeurosimError, match=r"read_out\.bias"):
        network_from_dataset(missing)


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        ({"n_updates": 0}, "n_updates"),
        ({"n_updates": 1, "clip": 0.0}, "clip"),
        ({"n_updates": 1, "rises_over": -1}, "rises_over"),
    ],
)
def test_budgets_that_cannot_be_used_are_refused(budget, words):
    with pytest.raises(NeurosimError, match=words):
        TrainingParameters(**budget)


def test_a_batch_cannot_have_more_tasks_than_there_are():
    with pytest.raises(NeurosimError, match="at most the 1 tasks"):
        _training(tasks=["Go"])
