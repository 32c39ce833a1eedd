"""The writer is a GRU, its words are drawn by their probability, and it learns planted texts."""

import numpy as np
import pytest
import torch
from planted_talk import ANTI, PRO, SOURCE, TASKS, planted_network, texts

from neurosim import NeurosimError
from neurosim.models.instructed.vocabulary import MARKS, Vocabulary
from neurosim.models.instructed.writer import Writer, _draw, summarise
from neurosim.models.instructed.writer_training import WriterParameters, follow, train_writer
from neurosim.tasks.psychophysics.source import NUMBERS

TEXTS = ("Go there, now.", "Go back.", "Wait")
SMALL = WriterParameters(
    n_units=32, n_epochs=4, n_updates=50, n_trials=60, n_batch=32, learning_rate=0.01, falls_by=0.7
)


def make_writer(n_units=6, seed=0):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Writer(Vocabulary(TEXTS), 4, n_units).eval()


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_summary_is_mean_then_maximum():
    activity = np.array([[[0.0, 3.0], [2.0, 1.0], [1.0, 2.0]]])
    np.testing.assert_array_equal(summarise(activity), [[1, 2, 2, 3]])


def test_scores_are_those_of_a_gru():
    writer = make_writer()
    weights = {key: value.numpy().astype(float) for key, value in writer.state_dict().items()}
    summary = np.random.default_rng(1).normal(size=(2, 4))
    wanted = writer.vocabulary.encode(TEXTS[:2])
    with torch.no_grad():
        found = writer(torch.tensor(summary, dtype=torch.float32), torch.tensor(wanted), told=True)

    def linear(name, x):
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    state = np.maximum(linear("first", summary), 0)
    told = [np.full(2, writer.vocabulary.size), *np.maximum(wanted, Vocabulary.END).T[:-1]]
    for place, token in enumerate(told):
        drive = np.split(linear("driven", np.maximum(weights["words.weight"][token], 0)), 3, 1)
        back = np.split(linear("recurrent", state), 3, axis=1)
        reset, keep = (sigmoid(drive[k] + back[k]) for k in range(2))
        state = (1 - keep) * np.maximum(drive[2] + reset * back[2], 0) + keep * state
        np.testing.assert_allclose(found[:, place], linear("read_out", state), atol=1e-5)


def test_writing_goes_by_its_own_highest_scores():
    writer = make_writer(seed=4)
    summary = np.random.default_rng(2).normal(size=(6, 4)).astype(np.float32)
    written = writer.vocabulary.encode(writer.write(summary))
    with torch.no_grad():
        scores = writer(torch.from_numpy(summary), torch.from_numpy(written), told=True)
    scores[:, 0, torch.from_numpy(~writer.vocabulary.is_word)] = -torch.inf
    own = scores.argmax(dim=2).numpy()
    until = min(written.shape[1], writer.vocabulary.longest - 1)
    known = written[:, :until] >= 0
    np.testing.assert_array_equal(own[:, :until][known], written[:, :until][known])


def test_untold_scores_are_of_its_own_words():
    writer = make_writer(seed=4)
    summary = torch.from_numpy(np.random.default_rng(2).normal(size=(5, 4)).astype(np.float32))
    with torch.no_grad():
        own = writer(summary, torch.zeros(5, 4, dtype=torch.int64), told=False)
        again = writer(summary, own.argmax(dim=2), told=True)
    torch.testing.assert_close(own, again)


def test_every_text_starts_with_a_word_and_is_no_longer_than_known_ones():
    writer = make_writer()
    with torch.no_grad():
        writer.read_out.bias[: 1 + len(MARKS)] = 5.0  # it would rather end, or set a mark
    summary = np.zeros((40, 4), np.float32)
    for written in (writer.write(summary), writer.write(summary, np.random.default_rng(0))):
        assert all(text[0].isalpha() for text in written)
        numbers = writer.vocabulary.encode(written)
        assert numbers.shape[1] <= writer.vocabulary.longest


def test_words_are_drawn_by_their_probability():
    probability = np.array([0.5, 0.0, 0.3, 0.2])
    scores = torch.from_numpy(np.log(np.maximum(probability, 1e-300))).expand(20000, -1)
    drawn = np.bincount(_draw(scores, np.random.default_rng(0)), minlength=4) / 20000
    np.testing.assert_allclose(drawn, probability, atol=4 * np.sqrt(0.25 / 20000))
    assert drawn[1] == 0


def test_drawing_is_from_the_generator_given():
    writer, summary = make_writer(), np.zeros((30, 4), np.float32)
    first, again, other = (writer.write(summary, np.random.default_rng(s)) for s in (0, 0, 1))
    assert first == again
    assert first != other


def test_summaries_are_measured_by_those_of_training():
    writer = make_writer()
    summary = np.random.default_rng(0).normal(3, 2, (50, 4)).astype(np.float32)
    summary[:, 1] = 7  # a unit that never changes
    writer.standardise(summary)
    measured = (torch.from_numpy(summary) - writer.mean) / writer.spread
    np.testing.assert_allclose(measured.mean(dim=0), 0, atol=1e-5)
    np.testing.assert_allclose(measured.std(dim=0, correction=0), [1, 0, 1, 1], atol=1e-5)


@pytest.fixture(scope="module")
def trained():
    rng = np.random.default_rng(0)
    return train_writer(planted_network(voices=True), texts(), TASKS, SOURCE, SMALL, rng)


def test_it_learns_to_write_the_instructions_of_well_separated_tasks(trained):
    writer, loss = trained
    assert loss[-1] < loss[0] / 10
    network = planted_network(voices=True)
    followed = follow(network, TASKS, SOURCE, 100, np.random.default_rng(1))
    right = [
        text == texts()[telling]
        for text, telling in zip(writer.write(followed.summary), followed.telling, strict=True)
    ]
    assert np.mean(right) > 0.9


def test_the_same_seed_learns_the_same_weights_and_no_global_generator_is_touched(trained):
    network, rng = planted_network(voices=True), np.random.default_rng(0)
    before = torch.random.get_rng_state()
    writer, loss = train_writer(network, texts(), TASKS, SOURCE, SMALL, rng)
    assert torch.equal(before, torch.random.get_rng_state())
    np.testing.assert_array_equal(loss, trained[1])
    state = trained[0].state_dict()
    assert all(torch.equal(value, state[key]) for key, value in writer.state_dict().items())


def test_trials_of_an_instructor_are_those_of_its_tasks():
    followed = follow(planted_network(), [ANTI, PRO], SOURCE, 4, np.random.default_rng(1))
    assert followed.summary.shape == (8, 4 * 64)
    np.testing.assert_array_equal(
        followed.telling // 20, np.repeat([NUMBERS[ANTI], NUMBERS[PRO]], 4)
    )


@pytest.mark.parametrize("key", ["n_units", "n_epochs", "n_updates", "n_trials", "n_batch"])
def test_numbers_that_cannot_be_used_are_refused(key):
    with pytest.raises(NeurosimError, match=key):
        WriterParameters(**{key: 0})
