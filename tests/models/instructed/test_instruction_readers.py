"""Any text is read as the network's own instructions were."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from planted_talk import instructions, planted_network, texts

from neurosim import NeurosimError
from neurosim.models.instructed import readers
from neurosim.models.instructed.information import bag_of_words
from neurosim.models.instructed.readers import (
    bag_reader,
    remembered,
    require_reader,
    understand,
)


def test_known_instructions_are_read_as_in_training():
    np.testing.assert_array_equal(bag_reader(instructions())(texts()), bag_of_words(instructions()))


def test_neither_order_nor_marks_nor_unknown_words_are_seen():
    read = bag_reader(instructions())
    one, other = read(["Go toward the stimulus.", "the zyzzyva: toward stimulus, go"])
    np.testing.assert_array_equal(one, other)
    assert one.sum() == 4


def test_known_instructions_tell_what_their_numbers_tell():
    network = planted_network(voices=True)
    chosen = [3, 500, 999, 3]
    found = understand(network, [texts()[n] for n in chosen], bag_reader(instructions()))
    with torch.no_grad():
        torch.testing.assert_close(found, network.information(torch.tensor(chosen)))


def test_each_text_is_read_once():
    asked = []

    def features(those):
        asked.extend(those)
        return [[len(text), text.count("o")] for text in those]

    read = remembered(features)
    np.testing.assert_array_equal(read(["go", "back", "go"]), [[2, 1], [4, 0], [2, 1]])
    np.testing.assert_array_equal(read(["back", "now"]), [[4, 0], [3, 1]])
    assert asked == ["go", "back", "now"]


@pytest.mark.parametrize("wrong", [np.zeros(2), np.zeros((3, 194))])
def test_features_of_another_shape_are_refused(wrong):
    with pytest.raises(NeurosimError, match="2 texts: expected an array"):
        understand(planted_network(), ["go", "back"], lambda _: wrong)


def test_features_of_another_model_are_refused():
    with pytest.raises(NeurosimError, match="expected 194 features of a text, found 7"):
        understand(planted_network(), ["go"], lambda those: np.zeros((len(those), 7)))


@pytest.mark.parametrize(
    "name",
    ["simplenet", "structurenet,plus", "bownet,shuffled", "sbertnet,tuned", "blank_words"],
)
def test_only_networks_that_read_are_let_in(name):
    for read in (
        lambda: require_reader(planted_network(name=name)),
        lambda: readers.reader_of(name, instructions()),
    ):
        with pytest.raises(NeurosimError, match="told in new words"):
            read()


def test_bags_of_words_are_read_by_their_words():
    require_reader(planted_network(name="bownet,mlp"))
    read = readers.reader_of("bownet,mlp", instructions())
    np.testing.assert_array_equal(read(texts()[:9]), bag_of_words(instructions())[:9])


def test_language_networks_are_told_the_last_layer(monkeypatch):
    asked = []

    def find(name, own):
        asked.append((name, own))
        return SimpleNamespace(hidden=lambda those: np.arange(6.0).reshape(3, len(those), 1))

    monkeypatch.setattr(readers, "language_model_of", find)
    found = readers.reader_of("sbertnet,mlp", instructions(), {})(["go", "back"])
    np.testing.assert_array_equal(found, [[4], [5]])
    assert asked == [("sbertnet", {})]
