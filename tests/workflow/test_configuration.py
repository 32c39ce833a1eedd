"""The configuration: every wrong key gets one clear line, and files and schema stay in step."""

import copy
import re
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from running import PROJECT, snakemake

from benchmarks.project import copy_project
from neurosim import NeurosimError
from neurosim.decode.nulls import DIMENSION
from neurosim.decode.shuffles import SHUFFLES
from neurosim.world import track
from workflow.configuration import MEASURES, SCHEMA, SHUFFLED, WELLS, check_configuration

LINEAR = {"kind": "linear", "length_m": 2.0, "duration_s": 60.0}
ARENA = {"kind": "arena", "side_m": 1.0, "duration_s": 60.0}
DEFAULT = yaml.safe_load((PROJECT / "config" / "config.yaml").read_text())


def changed(path: str, value: object) -> dict:
    config = copy.deepcopy(DEFAULT)
    here = config
    names = path.split(".")
    last = names[-1]
    for name, following in pairwise(names):
        here = here[one_of(here, following) if name == "*" else name]
    here[next(iter(here)) if last == "*" else last] = value
    return config


def one_of(named: dict, following: str) -> str:
    """A star stands for any of the names that the user gives; one that has the key, if any has."""
    having = [name for name, part in named.items() if isinstance(part, dict) and following in part]
    return next(iter(having or named), following)


DEFAULT_TASKS = [  # with a confidence task, and without the one that gives its thresholds
    *(name for name in DEFAULT["instruction"]["tasks"] if name != "DM"),
    "ConDM",
]
NAMED = (  # what follows is a name that the user gives
    "simulation.environments.",
    "simulation.cohort.animals.",
    "replay.calibration.spikes.",
    "replay.calibration.kinematics.tables.",
    "replay.calibration.dynamics.tables.",
    "replay.calibration.significance.tables.",
    "emergent.tracks.",
    "emergent.designs.",
    "reverse.tracks.",
    "reverse.mazes.",
    "memory.sequences.",
    "memory.few_shot.families.",
    "memory.skills.tasks.",
    "instruction.runs.",
    "instruction.language_models.",
)


def keys(mapping: dict, prefix: str = "", named: tuple[str, ...] = NAMED) -> set[str]:
    found = set()
    for name, value in mapping.items():
        name = "*" if prefix in named else name
        found.add(prefix + name)
        if isinstance(value, dict):
            found |= keys(value, f"{prefix}{name}.", named)
    return found


def properties(schema: dict) -> dict:
    named = schema.get("additionalProperties")
    named = {"*": named} if isinstance(named, dict) and "properties" in named else {}
    return schema.get("properties", {}) | named


def schema_keys(schema: dict, prefix: str = "") -> set[str]:
    found = set()
    for name, value in properties(schema).items():
        found.add(prefix + name)
        found |= schema_keys(value, f"{prefix}{name}.")
    return found


def objects(schema: dict):
    yield schema
    for value in properties(schema).values():
        yield from objects(value)


def test_default_configuration_is_valid():
    check_configuration(DEFAULT, ["config.yaml"])


def test_default_configuration_and_schema_have_the_same_keys():
    schema = yaml.safe_load(SCHEMA.read_text())
    of_users = "instruction.language_models."  # empty until the user names some
    assert keys(DEFAULT) == {key for key in schema_keys(schema) if not key.startswith(of_users)}


@pytest.mark.parametrize("scale", ["test", "medium"])
def test_other_scales_only_override_keys_of_the_default(scale):
    overrides = yaml.safe_load((PROJECT / "config" / f"{scale}.yaml").read_text())
    assert keys(overrides) <= keys(DEFAULT)


def test_schema_describes_every_key_and_allows_no_others():
    schema = yaml.safe_load(SCHEMA.read_text())
    for part in objects(schema):
        assert part.get("description")
        if "object" in part.get("type", ""):
            assert "additionalProperties" in part


def test_quantities_with_units_say_so_in_their_names():
    numbers = {key.split(".")[-1] for key in keys(DEFAULT) if re.search(r"rate|speed|length", key)}
    unitless = {
        "learning_rate",
        "language_rate",
        "sample_rate",
        "rate",
        "rates",
        "calibrated",
        "length",
        "lengths",
    }
    with_unit = re.compile(r"_(hz|m|s|m_s|deg|deg_s)$|rate_log_sd$|_deg_s$")
    values = {name for name in numbers - unitless if not isinstance(_value_of(name), dict)}
    assert all(with_unit.search(name) for name in values), values


def _value_of(name: str, mapping: dict = DEFAULT) -> object:
    for key, value in mapping.items():
        if key == name:
            return value
        if isinstance(value, dict):
            found = _value_of(name, value)
            if found is not None:
                return found
    return None


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (
            "replay.calibration.kinematics.tables.bursty.spikes",
            "bursti",
            ["tables.bursty.spikes", "bursty", "'bursti'"],
        ),
        (
            "replay.calibration.dynamics.tables.bursty.spikes",
            "bursti",
            ["dynamics.tables.bursty.spikes", "bursty", "'bursti'"],
        ),
        ("replay.dynamics.min_span_m", 2.0, ["min_span_m", "less than", "2.0"]),
        ("replay.dynamics.walk_m", [], ["replay.dynamics.walk_m", "at least 1"]),
        (
            "replay.calibration.significance.tables.bursty.spikes",
            "bursti",
            ["significance.tables.bursty.spikes", "bursty", "'bursti'"],
        ),
        (
            "replay.significance.shuffles",
            ["time_bin", "cell_identity", "column_cycle"],
            ["significance.shuffles", "dimension", "leave a shuffle out"],
        ),
        ("replay.significance.shuffles", ["time_bins"], ["shuffles.0", "time_bin", "time_bins"]),
        (
            "replay.calibration.significance.detectors",
            ["time_bin+rotation"],
            ["significance.detectors", "place_field_rotation", "'rotation'"],
        ),
        (
            "replay.calibration.significance.tables",
            {"bin5ms": {"n_cells": 80, "bin_s": 0.005}},
            ["significance.tables", "n_cells", "calibrated to false"],
        ),
        ("replay.calibration.papers.kinds.forward", 0.5, ["papers.kinds", "sum to 1", "1.2"]),
        ("replay.calibration.papers.kinds.sideways", 0.5, ["papers.kinds", "sideways"]),
        ("replay.calibration.papers.n_shuffles", 10, ["papers.n_shuffles", "at least 19", "10"]),
        (
            "replay.calibration.papers.compression_median",
            400.0,
            ["papers.compression_median", "1.0 and 100.0", "400"],
        ),
        ("replay.trajectories.slowest_ratio", 200.0, ["slowest_ratio", "100", "200"]),
        ("seeed", 1, ["seeed", "seed"]),
        ("seed", -1, ["seed", "at least 0", "-1"]),
        ("simulation.place_cells.n_cell", 3, ["simulation.place_cells", "n_cell", "n_cells"]),
        ("simulation.place_cells.n_cells", 0, ["simulation.place_cells.n_cells", "at least 1"]),
        ("simulation.place_cells.n_cells", 2.5, ["n_cells", "integer", "2.5"]),
        ("simulation.session.rest_s", -5.0, ["simulation.session.rest_s", "at least 1", "s."]),
        ("simulation.session.rem_bout_s", 0.0, ["rem_bout_s", "at least 1"]),
        ("simulation.session.rest_s", "1e-3", ["rest_s", "number", "'1e-3'", "0.001"]),
        ("simulation.subjects", [], ["simulation.subjects", "at least 1"]),
        ("simulation.subjects", ["rat1", "rat1"], ["simulation.subjects", "rat1"]),
        ("simulation.subjects", ["../x"], ["simulation.subjects.0", "../x"]),
        ("simulation.events.dream", {}, ["simulation.events", "dream"]),
        ("simulation.events.rest.kinds.empty", 0.5, ["rest.kinds", "1", "1.2"]),
        ("simulation.paths.fragment_s", 0.0, ["paths.fragment_s", "0.001"]),
        ("simulation.paths.min_span_m", 5.0, ["min_span_m", "2.0 m", "5.0"]),
        ("replay.significance.alpha", 1.5, ["replay.significance.alpha", "less than 1"]),
        ("replay.candidates.states", ["dreaming"], ["replay.candidates.states.0", "dreaming"]),
        ("replay.candidates.ripple_z", -1.0, ["ripple_z", "at least 0", "-1"]),
        ("replay.candidates.ripple_z", 30.0, ["ripple_z", "at most 20", "30"]),
        ("replay.candidates.min_duration_s", 2.0, ["min_duration_s", "max_duration_s"]),
        ("replay.wake.bins_s", [], ["replay.wake.bins_s", "at least 1"]),
        ("simulation.session.rest_s", float("inf"), ["session.rest_s", "finite", "inf"]),
        ("simulation.environments.w.duration_s", 0.5, ["environments.w.duration_s", "at least 1"]),
        ("simulation.environments.w.kind", "zigzag", ["environments.w.kind", "linear", "zigzag"]),
        ("simulation.environments.none", LINEAR, ["simulation.environments", "'none'"]),
        ("simulation.environments.my track", LINEAR, ["simulation.environments", "'my track'"]),
        ("simulation.environments.w", 3, ["environments.w", "object or null", "3"]),
        ("simulation.environments.w.lenght_m", 2.0, ["environments.w", "lenght_m", "length_m"]),
        ("simulation.environments.w.length_m", 2.0, ["environments.w.length_m", "arm_m"]),
        ("simulation.environments.w", {"kind": "w", "duration_s": 9.0}, ["w:", "'arm_m'", "add"]),
        ("simulation.environments.w.rewarded_wells", [3], ["rewarded_wells", "0 to 2", "3"]),
        ("simulation.environments.arena", None, ["simulation.environments", "'arena'", "heading"]),
        ("simulation.environments", {"a": ARENA}, ["simulation.environments", "'linear'"]),
        (
            "simulation.environments.linear_b.similar_to",
            "w",
            ["linear_b.similar_to", "before", "'w'"],
        ),
        ("simulation.environments.linear_b.length_m", 3.0, ["similar_to", "length_m", "2.0"]),
        ("simulation.environments.linear_b.similar_to", "x", ["similar_to", "'x'", "before"]),
        ("simulation.environments.linear.shared_fraction", 0.5, ["linear:", "similar_to"]),
        ("simulation.environments.linear.error_fraction", 0.5, ["error_fraction", "'linear'"]),
        ("replay.wake.bins_s", [0.25, float("nan")], ["replay.wake.bins_s.1", "finite", "nan"]),
        ("replay.wake.n_folds", 10**12, ["replay.wake.n_folds", "1e+09 in size", "1e+12"]),
        ("simulation.compass.step_s", 1e-300, ["compass.step_s", "1e-12 to", "1e-300"]),
        ("seed", 2**63, ["seed", "at most", str(2**63)]),
        ("replay.trajectories.bin_s", 0.02, ["replay.trajectories.bin_s", "third", "0.02"]),
        ("replay.significance.alpha", 0.001, ["n_shuffles", "at least 999", "0.001"]),
        ("heading.bin_s", 0.123, ["heading.bin_s", "heading.decoding.bins_s"]),
        ("reverse.tracks.w_track.environment", "x", ["w_track.environment", "'linear_b'", "'x'"]),
        ("reverse.tracks.emergent_w.design", "x", ["emergent_w.design", "'w_symmetric'", "'x'"]),
        ("reverse.sleep.gap", "x", ["reverse.sleep.gap", "'linear_track'", "'x'"]),
        ("reverse.similar", ["linear", "x"], ["reverse.similar", "'linear_b'", "'x'"]),
        ("reverse.mazes.ring.kind", "spiral", ["mazes.ring.kind", "one of", "spiral"]),
        ("reverse.sources", ["true_paths"], ["reverse.sources", "'replay_decoded'"]),
        ("reverse.choices", ["x"], ["reverse.choices", "'decision'", "'x'"]),
        ("reverse.discounts.mazes", ["x"], ["reverse.discounts.mazes", "'decision'", "'x'"]),
        ("reverse.discounts.values", [0.5, 0.9], ["reverse.discounts.values", "contains"]),
        ("reverse.model.width", 33, ["reverse.model.width", "n_heads"]),
        ("imagination.laps.n_practice", 99, ["imagination.laps.n_laps", "more than", "99", "100"]),
        ("imagination.track_sequences.max_lag_s", 0.005, ["max_lag_s", "two bins"]),
        ("imagination.learning.policies", ["none"], ["imagination.learning.policies"]),
        ("imagination.shortcut.bonuses", [], ["imagination.shortcut.bonuses"]),
        ("memory.methods", ["fine_tuning", "replay"], ["memory.methods.1", "'der++'", "'replay'"]),
        ("memory.agent.memory.order", "time", ["memory.agent.memory.order", "links", "'time'"]),
        (
            "memory.sequences.functions_cued.linger",
            0.5,
            ["functions_cued.linger", "cue", "feedback"],
        ),
        ("memory.sequences.split_digits.n_tasks", 3, ["split_digits.n_tasks", "divides 10", "3"]),
        (
            "memory.sequences.functions_cued.methods",
            ["er,imagination"],
            ["functions_cued.methods", "places", "'er,imagination'"],
        ),
        ("memory.few_shot.families.functions.maze", {}, ["families.functions.maze", "n_support"]),
        ("memory.few_shot.n_steps", 3, ["few_shot.n_steps", "at least 5", "3"]),
        ("memory.sensitivity.sequence", "x", ["sensitivity.sequence", "'remapping_mazes'", "'x'"]),
        ("memory.sensitivity.values.n_slots", [8, 16], ["values.n_slots", "32", "[8, 16]"]),
        ("memory.own", {"mine": "nowhere.npz"}, ["memory.own.mine", ".npz", "nowhere.npz"]),
        ("memory.own", {"split_digits": "."}, ["memory.own.split_digits", "taken"]),
        ("instruction.tasks", ["Go", "Stop"], ["instruction.tasks", "psychophysical", "'Stop'"]),
        ("instruction.tasks", DEFAULT_TASKS, ["instruction.tasks", "expected DM", "thresholds"]),
        ("instruction.runs.main.networks", ["clevernet"], ["runs.main.networks", "'clevernet'"]),
        (
            "instruction.runs.main.networks",
            ["bownet,plus"],
            ["runs.main.networks", "'plus' suits", "simplenet", "'bownet,plus'"],
        ),
        ("instruction.runs.main.networks", ["bownet,loud"], ["expected one of plus", "'loud'"]),
        ("instruction.runs.main.hold_outs", ["set_11"], ["runs.main.hold_outs", "'set_11'"]),
        (
            "instruction.runs.main.hold_outs",
            ["family_matching"],
            ["runs.main.hold_outs", "with tasks of instruction.tasks", "'family_matching'"],
        ),
        ("instruction.training.n_tasks", 20, ["runs.main.hold_outs", "at least 20", "n_tasks"]),
        (
            "instruction.communication.hold_outs",
            ["set_10"],
            ["communication.hold_outs", "'none' among them", "set_10"],
        ),
        (
            "instruction.communication.networks",
            ["simplenet"],
            ["communication.networks", "told in words", "'simplenet'"],
        ),
        ("memory.learner.beta", [0.4], ["memory.learner.beta", "at least 2"]),
        ("recordings", {"mine": "nowhere.nc"}, ["recordings.mine", "nowhere.nc", "import"]),
        ("recordings", {"rat1": "x.nc"}, ["recordings.rat1", "taken"]),
        ("recordings", {"a/b": "x.nc"}, ["recordings", "a/b"]),
        ("recordings", None, ["recordings", "object", "None"]),
        ("simulation", {}, ["simulation", "subjects"]),
        (
            "heading.internal_model.constants",
            [{"name": "compass.sinapse_s", "low": 0.1, "high": 0.2}],
            ["heading.internal_model.constants", "a number", "compass.sinapse_s"],
        ),
        (
            "heading.internal_model.constants",
            [{"name": "compass.synapse_s", "low": 0.2, "high": 0.1}],
            ["compass.synapse_s", "low below high", "0.2 and 0.1"],
        ),
    ],
)
def test_a_wrong_key_gets_one_line_that_names_file_key_and_remedy(path, value, words):
    with pytest.raises(NeurosimError) as raised:
        check_configuration(changed(path, value), ["config/config.yaml", "mine.yaml"])
    message = str(raised.value)
    assert "\n" not in message
    assert message.startswith("config/config.yaml + mine.yaml: ")
    for word in words:
        assert word in message


@given(
    st.sampled_from(sorted(keys(DEFAULT))),
    st.sampled_from([None, "text", -1e9, [], {}, True, float("nan")]),
)
def test_no_value_gives_a_traceback_from_inside_a_library(path, value):
    with suppress(NeurosimError):
        check_configuration(changed(path, value), ["config.yaml"])


def test_an_environment_can_be_left_out():
    without = changed("simulation.environments.w", None)
    with pytest.raises(NeurosimError, match=r"reverse\.tracks\.w_track\.environment"):
        check_configuration(without, ["config.yaml"])
    without["reverse"]["tracks"]["w_track"] = None
    without["reverse"]["sleep"] = {"track": "linear_track", "gap": "linear_track"}
    check_configuration(without, ["config.yaml"])


def test_the_kinds_of_environments_are_those_of_the_library():
    assert {kind: tuple(own) for kind, own in track.MEASURES.items()} == MEASURES


def test_shuffles_and_their_dimensions_are_those_of_the_library():
    assert {name: DIMENSION[name] for name in SHUFFLES} == SHUFFLED
    for kind, n_wells in WELLS.items():
        place = track.make_environment(
            "here", {"kind": kind, "duration_s": 1.0} | dict.fromkeys(MEASURES[kind], 1.0)
        )
        assert len(place.graph.wells if kind != "arena" else ()) == n_wells


def test_snakemake_shows_the_line_and_no_traceback(tmp_path):
    folder = copy_project(tmp_path)
    run = snakemake(folder, "--dry-run", config={"simulation": {"place_cells": {"n_cells": 0}}})
    assert run.returncode != 0
    output = run.stdout + run.stderr
    assert "Traceback" not in output
    (line,) = [line for line in output.splitlines() if "n_cells" in line]
    assert "config/config.yaml" in line
    assert "overlay.yaml" in line


def test_schema_lies_beside_the_workflow():
    assert Path(SCHEMA).is_file()
