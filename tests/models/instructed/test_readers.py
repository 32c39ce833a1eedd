"""Any text is read as the network's own instructions were."""

import numpy as np
import pytest
import torch
from planted_talk import instructions, planted_network, texts

from neurosim import NeurosimError
from neurosim.models.instructed.information import (
    RULES,
    TaskInformation,
    bag_of_words,
    rule_features,
    rules_as_told,
)
from neurosim.models.instructed.network import InstructedNetwork
from neurosim.models.instructed.readers import (
    bag_reader,
    remembered,
    require_reader,
    understand,
)
from neurosim.models.instructed.sensorimotor import SensorimotorNetwork


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


def test_only_networks_that_read_are_let_in():
    require_reader(planted_network())
    rules = TaskInformation(rule_features(np.random.default_rng(0)), RULES, rules_as_told())
    network = InstructedNetwork("simplenet", rules, SensorimotorNetwork(2))
    for refused in (network, planted_network(name="bownet,shuffled")):
        with pytest.raises(NeurosimError, match="told in words"):
            require_reader(refused)
