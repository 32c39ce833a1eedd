"""What a task must have been told is found in networks whose answer is known."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from planted_talk import ANTI, PRO, SOURCE, planted_network

from neurosim import NeurosimError
from neurosim.models.instructed import motor_feedback
from neurosim.models.instructed.evaluation import respond
from neurosim.models.instructed.motor_feedback import (
    FeedbackParameters,
    centre_of,
    infer_embeddings,
)
from neurosim.models.instructed.sensorimotor import SensorimotorNetwork, task_loss
from neurosim.tasks.psychophysics.source import NUMBERS

SMALL = FeedbackParameters(n_embeddings=3, n_trials=16, n_batches=60)


def infer(network, task=PRO, parameters=SMALL, seed=0):
    return infer_embeddings(network, task, SOURCE, parameters, np.random.default_rng(seed))


def small_network():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        return SensorimotorNetwork(12)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("task", "meaning"), [(PRO, 1), (ANTI, -1)])
def test_the_number_that_counts_is_found_and_no_other_moves(sign, task, meaning):
    found = infer(planted_network(sign).sensorimotor, task)
    assert (found.embedding[:, 0] * sign * meaning > 0.3).all()
    assert (np.abs(found.embedding[:, 1:]) <= SMALL.start).all()
    assert (found.performance > 0.8).all()
    assert np.isfinite(found.n_batches).all()


def test_the_network_stays_as_it_is():
    network = small_network()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    infer(network, parameters=replace(SMALL, n_batches=2))
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
    assert all(weight.requires_grad and weight.grad is None for weight in network.parameters())


def test_the_same_seed_finds_the_same():
    network = planted_network().sensorimotor
    first, again, other = (infer(network, seed=seed) for seed in (0, 0, 1))
    assert all(np.array_equal(*pair) for pair in zip(first, again, strict=True))
    assert not np.array_equal(first.embedding, other.embedding)


def test_embeddings_are_left_alone_once_they_are_good_enough():
    network = planted_network().sensorimotor
    parameters = replace(SMALL, falls_to=1)
    long = infer(network, parameters=parameters)
    n_first = int(np.sort(long.n_batches)[0]) + 1
    short = infer(network, parameters=replace(parameters, n_batches=n_first))
    done = np.isfinite(short.n_batches)
    later = long.n_batches > n_first
    assert done.any()
    assert later.any()
    np.testing.assert_array_equal(short.embedding[done], long.embedding[done])
    assert (short.embedding[later] != long.embedding[later]).any(axis=1).all()


def test_what_cannot_be_learned_is_said():
    network = small_network()
    found = infer(network, parameters=replace(SMALL, n_batches=3))
    assert np.isinf(found.n_batches).all()
    assert (found.performance < 0.5).all()


def test_less_is_asked_of_hard_tasks():
    assert FeedbackParameters().criterion_for("DMC") == FeedbackParameters().criterion_for("DNMC")
    assert FeedbackParameters().criterion_for("DMC") < FeedbackParameters().criterion_for("DMS")


def test_a_criterion_takes_as_many_trials_as_are_asked_for():
    few = replace(SMALL, criterion=0)  # reached by any
    found = infer(small_network(), parameters=few)
    np.testing.assert_array_equal(found.n_batches, motor_feedback.N_JUDGED / SMALL.n_trials - 1)


class Imitated:
    """Trials in which a network is asked to do what it does with an embedding."""

    def __init__(self, network, embedding):
        self.network, self.embedding = network, embedding

    def draw(self, task, n_trials, rng):
        trials = SOURCE.draw(task, n_trials, rng)
        output, _ = respond(self.network, trials.inputs, self.embedding)
        return trials._replace(target=output)


def test_an_embedding_is_recovered_from_what_a_real_network_does_with_it():
    network, rng = small_network(), np.random.default_rng(3)
    planted = torch.from_numpy(rng.normal(size=64).astype(np.float32))
    source = Imitated(network, planted)
    parameters = replace(SMALL, n_batches=150, falls_to=0.1)
    found = infer_embeddings(network, PRO, source, parameters, rng).embedding
    trials = source.draw(PRO, 128, rng)

    def distance(embedding):
        output, _ = respond(network, trials.inputs, torch.as_tensor(embedding))
        return np.mean((output - trials.target) ** 2)

    untold = distance(np.zeros(64, np.float32))
    assert max(distance(embedding) for embedding in found) < 0.1 * untold


def test_gradients_do_not_depend_on_how_many_pass_at_once(monkeypatch):
    network, trials = small_network(), SOURCE.draw(PRO, 12, np.random.default_rng(3))
    rows, gradients = np.array([0, 2, 3]), []
    for n_at_once in (1, 8, 1000):
        monkeypatch.setattr(motor_feedback, "N_AT_ONCE", n_at_once)
        embedding = torch.full((5, 64), 0.3, requires_grad=True)
        motor_feedback._find_errors(network, embedding, rows, trials)
        gradients.append(embedding.grad.numpy())
    told = torch.full((1, 64), 0.3, requires_grad=True)
    of_last = slice(8, 12)
    output, _ = network(torch.from_numpy(trials.inputs[of_last]), told.expand(4, -1))
    arrays = (torch.from_numpy(each[of_last]) for each in (trials.target, trials.mask))
    task_loss(output, *arrays).backward()
    for gradient in gradients:
        np.testing.assert_allclose(gradient[3], told.grad.numpy()[0], rtol=1e-4, atol=1e-9)
        np.testing.assert_allclose(gradient, gradients[0], rtol=1e-4, atol=1e-9)
        np.testing.assert_array_equal(gradient[[1, 4]], 0)


def test_embeddings_start_around_the_centre():
    centre = np.arange(64)
    once = replace(SMALL, n_batches=1, learning_rate=1e-9, n_embeddings=200)
    found = infer_embeddings(
        small_network(), PRO, SOURCE, once, np.random.default_rng(0), centre
    ).embedding
    assert (np.abs(found - centre) <= SMALL.start + 1e-5).all()
    np.testing.assert_allclose(found.mean(axis=0), centre, atol=5 * SMALL.start / np.sqrt(3 * 200))


def test_the_centre_is_the_mean_over_tasks_of_what_is_told():
    network = planted_network(voices=True)
    with torch.no_grad():
        told = network.information(torch.arange(1000)).numpy().reshape(50, 20, 64)[:, :15]
    means = [told[NUMBERS[task]].mean(axis=0) for task in (PRO, ANTI)]
    found = centre_of(network.information, [PRO, ANTI], SMALL)
    np.testing.assert_allclose(found, np.mean(means, axis=0), atol=1e-5)
    origin = centre_of(network.information, [PRO, ANTI], replace(SMALL, starts_at="origin"))
    np.testing.assert_array_equal(origin, np.zeros(64))


def test_unknown_starts_are_refused():
    with pytest.raises(NeurosimError, match=r"starts_at.*'here'"):
        replace(SMALL, starts_at="here")


@pytest.mark.parametrize("key", ["n_embeddings", "n_trials", "n_batches", "learning_rate", "start"])
def test_numbers_that_cannot_be_used_are_refused(key):
    with pytest.raises(NeurosimError, match=key):
        replace(SMALL, **{key: 0})


def test_unknown_tasks_are_refused():
    with pytest.raises(NeurosimError, match="Stand"):
        infer(small_network(), "Stand")
