"""What networks are told: rules, structure, words, and the shuffled control."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from neurosim import NeurosimError
from neurosim.models.instructed import information as told
from neurosim.models.instructed.information import RULES, TaskInformation, Wordings
from neurosim.models.instructed.network import NetworkName, build_network, features_of
from neurosim.tasks.psychophysics.catalogue import TASKS
from neurosim.tasks.psychophysics.instructions import read_instructions, tokenise

INSTRUCTIONS = read_instructions(Path(__file__).parents[3] / "config" / "instructions.csv")
NAMES = list(TASKS)


def _rng(seed=0):
    return np.random.default_rng(seed)


def test_rules_are_orthogonal_and_of_length_one():
    rules = told.rule_features(_rng())
    assert rules.shape == (50, 64)
    np.testing.assert_allclose(rules @ rules.T, np.eye(50), atol=1e-12)


def test_structure_is_a_signed_sum_of_one_vector_an_axis():
    found = told.structure_features(_rng())
    places = np.array([task.structure for task in TASKS.values()])
    np.testing.assert_allclose(found @ found.T, places @ places.T, atol=1e-10)
    go, anti = (found[NAMES.index(name)] for name in ("GoMod1", "AntiGoMod1"))
    other = found[NAMES.index("GoMod2")] - found[NAMES.index("AntiGoMod2")]
    np.testing.assert_allclose(go - anti, other, atol=1e-12)


def test_a_bag_has_the_words_of_its_instruction():
    bag = told.bag_of_words(INSTRUCTIONS)
    texts = told.in_order(INSTRUCTIONS)
    assert bag.shape[0] == len(texts) == 1000
    assert [int(row.sum()) for row in bag] == [len(set(tokenise(text))) for text in texts]
    assert texts[0] == INSTRUCTIONS.train["Go"][0]
    assert texts[15] == INSTRUCTIONS.validation["Go"][0]
    assert texts[20] == INSTRUCTIONS.train[NAMES[1]][0]


def test_tellings_are_of_their_task_and_split():
    information = TaskInformation(np.zeros((1000, 3)), Wordings(15, 5), nn.Identity())
    task = np.repeat([0, 7, 49], 200)
    for split, inside in (("train", range(15)), ("validation", range(15, 20))):
        telling = information.tell(task, _rng(), split)
        np.testing.assert_array_equal(telling // 20, task)
        assert set(telling % 20) == set(inside)


def test_rules_and_words_leave_the_generator_in_the_same_state():
    states = []
    for features, wordings in ((np.zeros((50, 3)), RULES), (np.zeros((1000, 3)), Wordings(15, 5))):
        rng = _rng()
        TaskInformation(features, wordings, nn.Identity()).tell(np.arange(7), rng)
        states.append(rng.random())
    assert states[0] == states[1]


def test_a_rule_is_told_the_same_way_in_validation():
    information = TaskInformation(np.zeros((50, 3)), RULES, nn.Identity())
    assert information.tellings(4, "validation").tolist() == [4]
    assert information.tellings(4).tolist() == [4]


def test_information_of_a_task_is_the_mean_over_its_tellings():
    features = _rng().standard_normal((1000, 3)).astype(np.float32)
    information = TaskInformation(features, Wordings(15, 5), nn.Identity())
    np.testing.assert_allclose(
        information.of_task(2).numpy(), features[40:55].mean(axis=0), rtol=1e-5, atol=1e-6
    )


def test_shuffled_tasks_are_told_as_another_one_every_one_of_them():
    features = np.arange(1000)[:, None]
    shuffled = told.shuffled_over_tasks(features, Wordings(15, 5), _rng())
    source = shuffled[:, 0] // 20
    assert (source != np.arange(1000) // 20).all()
    assert sorted(source.tolist()) == sorted((np.arange(1000) // 20).tolist())
    np.testing.assert_array_equal(shuffled[:, 0] % 20, np.arange(1000) % 20)


@pytest.mark.parametrize(
    ("name", "encoder"),
    [
        ("simplenet", nn.Identity),
        ("structurenet,plus", nn.Sequential),
        ("bownet", nn.Linear),
        ("bownet,mlp", nn.Sequential),
    ],
)
def test_networks_are_built_by_name_and_share_their_first_weights(name, encoder):
    features, wordings = features_of(name, INSTRUCTIONS, None, _rng(1))
    network = build_network(name, features, wordings, 8, _rng(2))
    assert isinstance(network.information.encoder, encoder)
    telling = torch.from_numpy(network.information.tell(np.array([3, 30]), _rng()))
    assert network.information(telling).shape == (2, 64)
    other = build_network("simplenet", told.rule_features(_rng()), RULES, 8, _rng(2))
    for ours, theirs in zip(
        network.sensorimotor.parameters(), other.sensorimotor.parameters(), strict=True
    ):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("simplenet,mlp", "'plus' with rules"),
        ("bownet,plus", "'mlp' with words"),
        ("bownet,tuned", "'tuned' with a language model"),
        ("bownet,loud", "'loud'"),
    ],
)
def test_variants_that_do_not_suit_are_refused(name, words):
    with pytest.raises(NeurosimError, match=words):
        NetworkName.parse(name)


def test_a_language_network_needs_its_language_model():
    assert NetworkName.parse("sbertnet,shuffled").language_model == "sbertnet"
    with pytest.raises(NeurosimError, match="sbertnet"):
        features_of("sbertnet", INSTRUCTIONS, None, _rng())


def test_features_of_other_tellings_are_refused():
    with pytest.raises(NeurosimError, match="1000 together, found 7"):
        TaskInformation(np.zeros((7, 3)), Wordings(15, 5), nn.Identity())
