"""Encoders of instructions whose weights are trained: tuned and blank language models."""

import numpy as np
import pytest
import torch
from tiny_language import SENTENCES, save_tiny

from neurosim import NeurosimError
from neurosim.models.instructed.blank_language import (
    BlankBagOfWords,
    BlankEncoder,
    draw_word_states,
)
from neurosim.models.instructed.language_sources import load_language_model
from neurosim.models.instructed.tuned_language import TunedLanguage

KINDS = ("bert", "roberta", "gpt2", "clip")
BATCH = torch.tensor([2, 0, 2, 2, 3, 0])


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {kind: save_tiny(kind, folder / kind) for kind in KINDS}


def tuned(folder, pooling="mean", n_tuned=2):
    model = load_language_model(folder, pooling)
    return model, TunedLanguage(model, SENTENCES, n_tuned)


def blank_bag(seed=0):
    words = np.random.default_rng(1).integers(0, 2, (4, 11))
    return BlankBagOfWords(words, np.random.default_rng(seed), 8)


def blank_encoder(seed=0):
    rng = np.random.default_rng(seed)
    return BlankEncoder(draw_word_states(SENTENCES, rng, 16), rng)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pooling", ["mean", "eos"])
@pytest.mark.parametrize("n_tuned", [1, 3, 4])
def test_untrained_tuned_layers_give_what_the_frozen_model_gives(tiny, kind, pooling, n_tuned):
    model, encoder = tuned(tiny[kind], pooling, n_tuned)
    expected = model.hidden(SENTENCES)[-1]
    np.testing.assert_allclose(encoder.features(), expected, atol=1e-5)
    np.testing.assert_allclose(encoder(BATCH).detach(), expected[BATCH], atol=1e-5)
    assert encoder.width == model.width


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_last_layers_learn_and_the_model_stays_as_it_is(tiny, kind):
    model, encoder = tuned(tiny[kind])
    before = model.hidden(SENTENCES)
    optimiser = torch.optim.Adam(encoder.parameters(), lr=0.01, fused=True)
    goal = torch.zeros(len(BATCH), encoder.width)
    losses = []
    for _ in range(5):
        loss = (encoder(BATCH) - goal).square().mean()
        optimiser.zero_grad()
        loss.backward()
        assert all(weight.grad is not None for weight in encoder.parameters())
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    np.testing.assert_array_equal(model.hidden(SENTENCES), before)
    per_layer = sum(weight.numel() for weight in encoder.layers[0].parameters())
    norm = sum(weight.numel() for weight in encoder.last_norm.parameters())
    assert sum(w.numel() for w in encoder.parameters()) == 2 * per_layer + norm
    assert (norm > 0) == (kind in ("gpt2", "clip"))


def test_training_mode_brings_no_dropout(tiny):
    for kind in KINDS:
        _, encoder = tuned(tiny[kind])
        outer = torch.nn.Sequential(encoder).train()
        before = torch.random.get_rng_state()
        assert torch.equal(outer(BATCH), outer(BATCH))
        assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("make", [blank_bag, blank_encoder])
def test_each_distinct_telling_is_read_once(make):
    encoder, read = make(), []
    encode = encoder.encode
    encoder.encode = lambda telling: read.append(telling.tolist()) or encode(telling)
    found = encoder(BATCH)
    assert read == [[0, 2, 3]]
    np.testing.assert_allclose(found.detach(), encoder.features()[BATCH], atol=1e-6)


def test_weights_are_kept_without_the_frozen_states(tiny):
    _, encoder = tuned(tiny["bert"])
    assert all(key.startswith("layers.") for key in encoder.state_dict())
    _, other = tuned(tiny["bert"])
    with torch.no_grad():
        for weight in encoder.parameters():
            weight.add_(0.1)
    other.load_state_dict(encoder.state_dict())
    np.testing.assert_array_equal(other.features(), encoder.features())


@pytest.mark.parametrize("make", [blank_bag, blank_encoder])
def test_blank_models_come_from_the_generator_alone(make):
    before = torch.random.get_rng_state()
    first, same, other = make(0).features(), make(0).features(), make(1).features()
    np.testing.assert_array_equal(first, same)
    assert np.abs(first - other).max() > 0.01
    assert torch.equal(before, torch.random.get_rng_state())
    make()(BATCH).sum().backward()


def test_blank_encoder_reads_order_and_no_padding():
    rng = np.random.default_rng(3)
    order = ["the first stimulus away", "away the first stimulus", SENTENCES[2]]
    states = draw_word_states(order, rng, 16)
    encoder = BlankEncoder(states, rng)
    found = encoder.features()
    assert np.abs(found[0] - found[1]).max() > 0.01
    encoder._states[0, 4:] = 7.0  # behind the end of the sentence
    np.testing.assert_allclose(encoder.features(), found, atol=1e-6)
    np.testing.assert_allclose(encoder(torch.tensor([0])).detach(), found[:1], atol=1e-5)


def test_word_states_are_the_words_and_places_normalised():
    states = draw_word_states(["go away", "away"], np.random.default_rng(0), 32)
    assert states.mask.tolist() == [[True, True], [True, False]]
    rng = np.random.default_rng(0)
    of_word, of_place = (rng.standard_normal((2, 32), dtype=np.float32) for _ in range(2))
    for row, column, word in ((0, 0, 1), (0, 1, 0), (1, 0, 0)):  # the vocabulary is sorted
        raw = of_word[word] + of_place[column]
        expected = (raw - raw.mean()) / raw.std()
        np.testing.assert_allclose(states.states[row, column], expected, atol=1e-4)
    assert not states.states[1, 1].any()


def test_blank_encoder_takes_the_embeddings_of_a_bert(tiny):
    model = load_language_model(tiny["bert"])
    states = model.token_states(SENTENCES, 0)
    encoder = BlankEncoder(states, np.random.default_rng(0))
    assert encoder.features().shape == (len(SENTENCES), model.width)
    assert sum(weight.requires_grad for weight in encoder.parameters()) == 12


def test_what_cannot_be_tuned_or_built_is_refused(tiny):
    model = load_language_model(tiny["gpt2"])
    for n_tuned in (0, 5):
        with pytest.raises(NeurosimError, match=f"expected 1 to 4, found {n_tuned}"):
            TunedLanguage(model, SENTENCES, n_tuned)
    model.transformer.config.model_type = "llama"
    with pytest.raises(NeurosimError, match=r"kinds 'bert'.*found 'llama'; use it frozen"):
        TunedLanguage(model, SENTENCES)
    rng = np.random.default_rng(0)
    with pytest.raises(NeurosimError, match="multiple of its 2 heads, found 129"):
        BlankEncoder(draw_word_states(SENTENCES, rng, 129), rng)
    with pytest.raises(NeurosimError, match="at least one word"):
        draw_word_states(["go", "?"], rng)
