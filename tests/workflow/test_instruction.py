"""What the instruction study's configuration says of networks agrees with the library."""

from copy import deepcopy

import pytest
import yaml
from running import PROJECT
from snakemake.utils import update_config

from neurosim import NeurosimError
from neurosim.models.instructed import network
from neurosim.models.instructed.language_sources import SOURCES
from neurosim.models.instructed.network import NetworkName
from neurosim.tasks.psychophysics.catalogue import TASKS, held_out_tasks
from workflow.configuration import check_configuration
from workflow.instruction import (
    LANGUAGE,
    OWN,
    RULES,
    VARIANTS,
    Trained,
    conversation,
    in_files,
    input_trainings,
    instruction_problems,
    language_model,
    of_files,
    speakers,
    trainings,
    with_confidence,
)

CONFIG = yaml.safe_load((PROJECT / "config" / "config.yaml").read_text())
GIVEN = CONFIG["instruction"]


def test_networks_are_those_of_the_library():
    assert RULES == network.RULE_NETWORKS
    assert (*network.RULE_NETWORKS, "bownet", *network.BLANK) == OWN
    assert set(LANGUAGE) == set(SOURCES)
    assert tuple(VARIANTS) == network.VARIANTS


@pytest.mark.parametrize("base", [*OWN, *LANGUAGE])
@pytest.mark.parametrize("variant", list(VARIANTS))
def test_the_configuration_refuses_the_variants_that_the_library_refuses(base, variant):
    name = f"{base},{variant}"
    try:
        NetworkName.parse(name)
        suits = True
    except NeurosimError:
        suits = False
    runs = {"main": GIVEN["runs"]["main"] | {"networks": [name]}}
    problems = instruction_problems({"instruction": GIVEN | {"runs": runs}})
    assert bool(problems) == (not suits)


def test_a_training_is_listed_once_however_many_runs_have_it():
    one = {"networks": ["bownet"], "hold_outs": ["set_1", "set_10"], "n_seeds": 2}
    given = GIVEN | {"runs": {"a": one, "b": one | {"n_seeds": 1}, "c": None}}
    found = trainings(given)
    assert len(found) == len(set(found))
    assert {t for t in found if t.hold_out == "set_1"} == {
        Trained("bownet", "set_1", number) for number in (0, 1)
    }


def test_the_first_training_instructs_and_others_listen():
    given = GIVEN | {"communication": {"hold_outs": ["none", "set_1", "set_10"], "n_partners": 2}}
    found = conversation(given, "bownet", "none")
    assert found["instructors"] == [Trained("bownet", "none", 0)]
    assert found["partners"] == [
        Trained("bownet", hold_out, number)
        for hold_out in ("none", "set_1", "set_10")
        for number in (1, 2)
    ]
    found = conversation(given, "bownet", "set_1")
    assert found["instructors"] == [Trained("bownet", "set_1", 0)]
    assert {each.hold_out for each in found["partners"]} == {"none", "set_1"}
    assert speakers(GIVEN) == GIVEN["communication"]["networks"]


def test_partners_are_in_no_other_table():
    assert {each.number for each in trainings(GIVEN)} == {0}


def test_input_weights_are_learned_by_networks_that_are_trained():
    found = input_trainings(GIVEN)
    assert found
    assert {t.network for t in found} <= set(GIVEN["input_learning"]["networks"])


@pytest.mark.parametrize("name", ["bownet", "sbertnet,tuned", "bownet,mlp,shuffled"])
def test_names_in_files_have_no_comma_and_come_back(name):
    assert "," not in in_files(name)
    assert of_files(in_files(name)) == name


def test_language_models_are_known_by_the_name_before_the_variants():
    given = GIVEN | {"language_models": {"mine": {"model": "some/model", "pooling": "cls"}}}
    assert language_model("sbertnet,tuned", given) == "sbertnet"
    assert language_model("mine,mlp", given) == "mine"
    assert language_model("bownet,shuffled", given) is None
    runs = {"main": GIVEN["runs"]["main"] | {"networks": ["mine", "mine,tuned"]}}
    assert instruction_problems({"instruction": given | {"runs": runs}}) == []
    taken = GIVEN | {"language_models": {"bownet": given["language_models"]["mine"]}}
    assert "taken" in instruction_problems({"instruction": taken})[0]


def test_thresholds_are_needed_where_there_are_confidence_tasks():
    assert with_confidence({"tasks": None})
    assert with_confidence({"tasks": ["DM", "ConDM"]})
    assert not with_confidence({"tasks": ["Go", "DM"]})


def test_the_overlay_of_medium_holds_out_every_task_once():
    """And changes nothing else, so that what is trained already is not trained again."""
    config: dict = {}
    for name in ("config", "medium"):
        update_config(config, yaml.safe_load((PROJECT / "config" / f"{name}.yaml").read_text()))
    medium = deepcopy(config)
    overlay = yaml.safe_load((PROJECT / "config" / "all_sets.yaml").read_text())
    update_config(config, overlay)
    check_configuration(config, ["config/all_sets.yaml"])
    more = config["instruction"]["runs"].pop("all_sets")
    left_out = [task for name in more["hold_outs"] for task in held_out_tasks(name)]
    assert sorted(left_out) == sorted(TASKS)
    assert set(more["networks"]) <= set(medium["instruction"]["runs"]["main"]["networks"])
    assert config == medium


def test_published_sizes_are_as_published():
    paper = yaml.safe_load((PROJECT / "config" / "paper.yaml").read_text())["instruction"]
    assert (paper["n_units"], paper["n_steps"], paper["tasks"]) == (256, 150, None)
    training = paper["training"]
    assert training["n_updates"] == 35 * 2400
    assert training["n_tasks"] * training["n_each"] == 64
    assert training["falls_to"] == pytest.approx(0.95**35, abs=0.001)
