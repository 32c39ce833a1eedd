"""What the memory study's configuration says of sequences agrees with the library."""

from dataclasses import fields

import numpy as np
import pytest
import yaml
from running import PROJECT

from neurosim.models.memory_agent import CausalTransformer
from neurosim.models.memory_study import METHODS, WITH_PLACES, networks_of
from neurosim.tasks.continual import FAMILIES, SEQUENCES
from neurosim.tasks.digit_tasks import N_CLASSES
from workflow.configuration import SCHEMA, check_configuration
from workflow.memory import (
    FAMILY_OPTIONS,
    N_DIGITS,
    N_HEADS,
    OPTIONS,
    families_of,
    own_files,
    sequence_names,
    sequence_parameters,
    skills_of,
    varied_tasks,
)

MEMORY = yaml.safe_load((PROJECT / "config" / "config.yaml").read_text())["memory"]
PROPERTIES = yaml.safe_load(SCHEMA.read_text())["properties"]["memory"]["properties"]
OF_ONE = PROPERTIES["sequences"]["additionalProperties"]["properties"]


def test_methods_of_the_schema_are_those_of_the_library():
    names = PROPERTIES["methods"]["items"]["enum"]
    assert set(names) == set(METHODS)
    assert len(names) == len(METHODS)


def test_kinds_of_sequences_and_families_are_those_of_the_library():
    assert set(OF_ONE["kind"]["enum"]) == set(OPTIONS) == set(SEQUENCES) - {"user"}
    families = PROPERTIES["few_shot"]["properties"]["families"]["additionalProperties"]
    assert set(families["properties"]["kind"]["enum"]) == set(FAMILY_OPTIONS) == set(FAMILIES)
    assert set(families["properties"]["networks"]["items"]["enum"]) <= set(networks_of(MEMORY))
    assert WITH_PLACES == ("remapping_mazes",)
    assert (N_DIGITS, N_HEADS) == (N_CLASSES, CausalTransformer.N_HEADS)


@pytest.mark.parametrize(
    ("options", "registry"), [(OPTIONS, SEQUENCES), (FAMILY_OPTIONS, FAMILIES)]
)
def test_options_of_each_kind_are_options_of_the_library(options, registry):
    for kind, names in options.items():
        known = {option.name for option in fields(registry[kind][0])}
        assert set(names) <= known, kind
        assert known - set(names) <= {"cells"}, kind  # which the simulation has its own of


def test_a_sequence_has_what_it_says_and_else_what_all_have():
    given = sequence_parameters(MEMORY, "permuted_digits")
    assert given["kind"] == "permuted_digits"
    assert given["options"] == {"n_tasks": 5, "test_fraction": 0.2}
    assert given["n_seeds"] == MEMORY["n_seeds"]
    own = MEMORY["sequences"]["permuted_digits"]["learner"]
    assert given["learner"] == MEMORY["learner"] | own
    without = dict(MEMORY["sequences"]["functions_cued"])
    del without["methods"]
    given = sequence_parameters(
        MEMORY | {"sequences": {"functions_cued": without}}, "functions_cued"
    )
    assert given["methods"] == MEMORY["methods"]


def test_what_is_null_is_left_out():
    without = MEMORY | {"sequences": MEMORY["sequences"] | {"split_digits": None}}
    assert "split_digits" in sequence_names(MEMORY)
    assert "split_digits" not in sequence_names(without)
    assert families_of(MEMORY) == ["functions", "mazes"]
    assert "copy_10" in skills_of(MEMORY)


def test_constants_are_varied_on_one_method_with_a_budget_of_its_own():
    tasks, given = varied_tasks(MEMORY), MEMORY["sensitivity"]
    assert tasks["methods"] == [given["method"]]
    assert (tasks["learner"]["n_epochs"], tasks["n_seeds"]) == (given["n_epochs"], given["n_seeds"])
    of_sequence = sequence_parameters(MEMORY, given["sequence"])
    assert tasks["options"] == of_sequence["options"]


def test_own_tasks_are_a_file_or_a_folder_of_them(tmp_path):
    for name in ("b", "a"):
        np.savez(tmp_path / f"{name}.npz", x=np.zeros((2, 3)), y=np.array([0, 1]))
    (tmp_path / "notes.txt").write_text("nothing")
    own = {"mine": str(tmp_path), "one": str(tmp_path / "a.npz")}
    memory = MEMORY | {"own": own}
    assert own_files(own, "mine") == [str(tmp_path / "a.npz"), str(tmp_path / "b.npz")]
    assert own_files(own, "one") == [str(tmp_path / "a.npz")]
    assert own_files(own, "split_digits") == []
    assert sequence_names(memory)[-2:] == ["mine", "one"]
    given = sequence_parameters(memory, "mine")
    assert (given["kind"], given["options"]["path"]) == ("user", str(tmp_path))
    config = yaml.safe_load((PROJECT / "config" / "config.yaml").read_text())
    check_configuration(config | {"memory": memory}, ["config.yaml"])
