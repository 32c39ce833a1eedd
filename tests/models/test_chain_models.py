"""Models of chains: what they see, what training weighs, and that it can be interrupted."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from neurosim import NeurosimError
from neurosim.models import chain_training
from neurosim.models.chain_training import (
    Training,
    TrainingParameters,
    load_model,
    step_weights,
    train,
)
from neurosim.models.chain_transformer import (
    MASK,
    ModelParameters,
    TaskSize,
    new_model,
    size_of_task,
)
from neurosim.tasks.chains import PAD, START, STOP, chains_of, task_of
from neurosim.tasks.event_graphs import laps_in_maze
from neurosim.tasks.mazes import hourglass
from neurosim.tasks.readers import generate

SMALL = ModelParameters(width=16, n_heads=2, n_layers=1)
SHORT = TrainingParameters(n_steps=20, batch_size=16, learning_rate=0.01)
SIZE = TaskSize(n_tokens=13, longest=7)
SOURCE = np.array([[5, 1, 0], [6, 0, 1]])
TOKENS = np.array([[START, 4, 5, 6], [START, 7, 8, 9]])


def model(kind="transformer", size=SIZE, parameters=SMALL, seed=0):
    return new_model(kind, size, parameters, np.random.default_rng(seed))


def laps(n=60, seed=0):
    return laps_in_maze(hourglass(2, 1, 0.6, 0.7, 2), n, np.random.default_rng(seed))


def test_a_token_never_sees_those_after_it():
    changed = TOKENS.copy()
    changed[:, 2:] = 3
    before, after = (model().predict(SOURCE, tokens) for tokens in (TOKENS, changed))
    assert np.allclose(before[:, :2], after[:, :2], atol=1e-5)
    finite = np.isfinite(before[:, 2:])
    assert not np.allclose(before[:, 2:][finite], after[:, 2:][finite], atol=1e-3)


@pytest.mark.parametrize("kind", ["transformer", "masked"])
def test_predictions_are_probabilities_and_the_last_one_can_be_had_alone(kind):
    found = model(kind).predict(SOURCE, TOKENS)
    assert found.shape == (2, 4, 13)
    assert np.allclose(np.exp2(found).sum(axis=2), 1.0)
    assert np.isneginf(found[..., [PAD, START]]).all()
    assert np.allclose(model(kind).follow(SOURCE, TOKENS)[:, 2:], found[:, -1, 2:], atol=1e-5)


def test_the_masked_model_fills_in_from_both_sides():
    target = np.array([[START, 4, 5, 6, STOP, PAD, PAD]])
    other = target.copy()
    other[0, 3] = 9  # what comes after the hidden step
    masked = model("masked")
    with torch.no_grad():
        found = []
        for tokens in (target, other):
            read = tokens[:, 1:].copy()
            read[0, 1] = MASK
            found.append(masked(torch.from_numpy(SOURCE[:1]), torch.from_numpy(read))[0, 1])
    assert not torch.allclose(*found, atol=1e-3)
    assert masked.fill(SOURCE[:1], target, np.array([1])).shape == (1,)


def test_what_is_read_fades_with_a_discount():
    faded = ModelParameters(width=16, n_heads=2, n_layers=1, discount=0.5)
    plain, discounted = model(), model(parameters=faded)
    assert discounted.faded[:3, 0].tolist() == [1.0, 0.5, 0.25]
    assert torch.equal(plain.token.weight, discounted.token.weight)
    first, second = (m.predict(SOURCE, TOKENS) for m in (plain, discounted))
    assert np.allclose(first[:, 0, 2:], second[:, 0, 2:])  # the START has not faded
    assert not np.allclose(first[:, 2, 2:], second[:, 2, 2:], atol=1e-3)


def test_spikes_are_read_bin_by_bin():
    counts = np.random.default_rng(0).poisson(2.0, (3, 4, 8)).astype(np.float32)
    reads = model(size=TaskSize(13, 7, n_cells=8))
    assert generate(reads, counts, 5).shape[0] == 3
    changed = counts.copy()
    changed[:, 3] += 5
    tokens = np.full((3, 1), START)
    before, after = (reads.follow(source, tokens)[:, 2:] for source in (counts, changed))
    assert not np.allclose(before, after)


def test_weights_fall_with_the_steps_from_the_reward():
    target = task_of(chains_of([[0, 1, 2], [0, 1]], ["a", "b"], 3), "reverse").target
    assert step_weights(target, 0.5, "reverse").tolist() == [[1, 0.5, 0.25], [1, 0.5, 0.5]]
    assert step_weights(target, 0.5, "forward").tolist() == [[0.25, 0.5, 1], [0.5, 1, 1]]
    assert (step_weights(target, 1.0, "forward") == 1).all()


def training(kind="transformer", discount=1.0, n_laps=60, seed=3):
    task = task_of(laps(n_laps), "reverse")
    parameters = TrainingParameters(20, 16, 0.01, discount)
    fresh = model(kind, size_of_task(task.source, task.target, 10))
    return Training(fresh, task, parameters, np.random.default_rng(seed))


@pytest.mark.parametrize("kind", ["transformer", "masked"])
def test_an_interrupted_training_ends_like_an_uninterrupted_one(kind, tmp_path):
    whole = training(kind)
    whole.advance(20)
    first = training(kind)
    first.advance(7)
    first.save(tmp_path / "model.pt")
    second = training(kind, seed=99)  # its generator is replaced by that of the checkpoint
    assert second.resume(tmp_path / "model.pt")
    assert second.step == 7
    second.advance(20)
    assert np.array_equal(whole.loss, second.loss)
    for name, weights in whole.model.state_dict().items():
        assert torch.equal(weights, second.model.state_dict()[name]), name


def test_training_learns_and_leaves_torch_alone():
    state = torch.random.get_rng_state()
    run = training()
    run.advance(20)
    assert torch.equal(state, torch.random.get_rng_state())
    assert run.loss[-3:].mean() < run.loss[:3].mean()


@pytest.mark.parametrize("change", [{"discount": 0.9}, {"n_laps": 40}, {"kind": "masked"}])
def test_a_checkpoint_of_another_training_is_not_taken_up(change, tmp_path):
    first = training()
    first.advance(5)
    first.save(tmp_path / "model.pt")
    other = training(**change)
    assert not other.resume(tmp_path / "model.pt")
    assert other.step == 0


def test_a_checkpoint_of_other_code_is_not_taken_up(tmp_path, monkeypatch):
    first = training()
    first.advance(5)
    first.save(tmp_path / "model.pt")
    assert training().resume(tmp_path / "model.pt")
    edited = tmp_path / "edited.py"
    edited.write_bytes(chain_training.SOURCES[0].read_bytes() + b"# edited")
    monkeypatch.setattr(chain_training, "SOURCES", (edited, *chain_training.SOURCES[1:]))
    assert not training().resume(tmp_path / "model.pt")


def test_a_checkpoint_that_was_cut_off_is_not_taken_up(tmp_path):
    path = tmp_path / "model.pt"
    first = training()
    first.advance(5)
    first.save(path)
    path.write_bytes(path.read_bytes()[:-2000])
    assert not training().resume(path)
    path.write_text("not a checkpoint")
    assert not training().resume(path)
    with pytest.raises(NeurosimError, match="checkpoint"):
        load_model(path)


def test_a_checkpoint_carries_its_configuration(tmp_path):
    run = training()
    run.advance(20)
    run.save(tmp_path / "model.pt")
    loaded = load_model(tmp_path / "model.pt")
    task = task_of(laps(), "reverse")
    assert loaded.parameters_used == SMALL
    found, expected = (m.predict(task.source, task.target[:, :-1]) for m in (loaded, run.model))
    assert np.array_equal(found, expected)


LONG = TrainingParameters(4000, 16, 0.001)
SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
from test_chain_models import *
task = task_of(laps(), "reverse")
fresh = model("transformer", size_of_task(task.source, task.target, 10))
train(fresh, task, LONG, np.random.default_rng(3), "reverse", Path({path!r}), save_every=20)
"""


def test_a_training_that_is_killed_leaves_a_checkpoint_to_go_on_from(tmp_path):
    path = tmp_path / "model.pt"
    code = SCRIPT.format(tests=str(Path(__file__).parent), path=str(path))
    process = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2])
    for _ in range(1200):
        if path.exists() or process.poll() is not None:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    task = task_of(laps(), "reverse")
    fresh = model("transformer", size_of_task(task.source, task.target, 10))
    run = Training(fresh, task, LONG, np.random.default_rng(3))
    assert run.resume(path)
    assert run.step >= 20
    assert run.step % 20 == 0


def test_a_finished_training_is_not_run_again(tmp_path):
    path = tmp_path / "model.pt"
    task = task_of(laps(), "reverse")
    size = size_of_task(task.source, task.target, 10)
    first = train(model(size=size), task, SHORT, np.random.default_rng(3), checkpoint=path)
    written = path.read_bytes()
    again = train(model(size=size), task, SHORT, np.random.default_rng(3), checkpoint=path)
    assert np.array_equal(first, again)
    assert path.read_bytes() == written
