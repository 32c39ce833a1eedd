"""Check the configuration: one clear line for what is wrong, naming file, key and remedy."""

import difflib
import math
import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError

from neurosim import NeurosimError
from workflow.imagination import imagination_problems
from workflow.instruction import instruction_problems
from workflow.memory import memory_problems
from workflow.names import name_problems, path_problems
from workflow.networks import network_problems
from workflow.plain_values import number_problems, text_problems
from workflow.reverse import reverse_problems

SCHEMA = Path(__file__).parent / "schemas" / "config.schema.yaml"


def check_configuration(config: Mapping[str, Any], files: Sequence[str]) -> None:
    """Hold a configuration to its schema and to what no schema can say.

    Parameters
    ----------
    config : Mapping
        The merged configuration.
    files : sequence of str
        The files that it was merged from, for the message.

    Raises
    ------
    NeurosimError
        For the first error, with the number of others.
    """
    schema = _schema()
    errors = sorted(
        Draft202012Validator(schema).iter_errors(config),
        key=lambda error: list(error.absolute_path),
    )
    problems = number_problems(config) or text_problems(config)
    problems = problems or [_worded(error) for error in errors]
    problems = problems or _inconsistencies(config)
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        names = " + ".join(os.path.relpath(file) for file in files)
        raise NeurosimError(f"{names}: {problems[0]}{more}")


@cache
def _schema() -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where built
    return yaml.load(SCHEMA.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 (safe)


def _worded(error: ValidationError) -> str:
    """Word a schema error: key, expected, received, what to do."""
    key = ".".join(str(part) for part in error.absolute_path) or "the configuration"
    if error.validator == "additionalProperties":
        return _unknown_key(error, key)
    if error.validator == "required":
        missing = next(name for name in error.validator_value if name not in error.instance)
        return f"{key}: expected a key {missing!r}, found none; add it"
    if error.validator == "type":
        return _wrong_type(error, key)
    unit = error.schema.get("description", "")
    hint = f" ({unit})" if unit else ""
    bounds = {
        "minimum": "at least",
        "exclusiveMinimum": "more than",
        "maximum": "at most",
        "exclusiveMaximum": "less than",
        "minItems": "entries: at least",
        "maxLength": "characters: at most",
        "enum": "one of",
        "pattern": "text like",
    }
    expected = bounds.get(str(error.validator), str(error.validator))
    return f"{key}: expected {expected} {error.validator_value}, found {error.instance!r}{hint}"


MEASURES = {  # keys of each kind of environment
    "linear": ("length_m",),
    "w": ("arm_m", "spacing_m"),
    "y": ("arm_m",),
    "loop": ("length_m",),
    "arena": ("side_m",),
}
WELLS = {"linear": 2, "w": 3, "y": 3, "loop": 1, "arena": 0}
OF_TRACKS = ("similar_to", "shared_fraction", "rewarded_wells")


def _environment_problems(given: Mapping[str, Mapping[str, Any] | None]) -> list[str]:
    """Find environments that lack a measure, resemble none, or are not enough for the analyses."""
    environments = {name: values for name, values in given.items() if values is not None}
    problems, earlier = [], {}
    for name, values in environments.items():
        key = f"simulation.environments.{name}"
        problems += _measure_problems(key, values) or _well_problems(key, values)
        problems += _likeness_problems(key, values, earlier)
        earlier[name] = values
    for kind, use in (
        ("linear", "the first one is the track that replay is planted and measured on"),
        ("arena", "headings that cover the circle are measured there"),
    ):
        if not any(values["kind"] == kind for values in environments.values()):
            problems.append(
                f"simulation.environments: expected one of the kind {kind!r}, found none; {use}"
            )
    return problems


def _measure_problems(key: str, values: Mapping[str, Any]) -> list[str]:
    """Hold an environment to the keys of its kind."""
    kind = values["kind"]
    own, options = set(MEASURES[kind]), {"kind", "duration_s"}
    options |= set() if kind == "arena" else set(OF_TRACKS)
    options |= {"error_fraction"} if kind == "w" else set()
    missing = sorted(own - set(values))
    if missing:
        return [f"{key}: expected a key {missing[0]!r} for the kind {kind!r}, found none; add it"]
    unknown = sorted(set(values) - own - options)
    if unknown:
        allowed = ", ".join(sorted(own | options))
        return [f"{key}.{unknown[0]}: the kind {kind!r} has no such key; allowed are {allowed}"]
    return []


def _well_problems(key: str, values: Mapping[str, Any]) -> list[str]:
    n = WELLS[values["kind"]]
    wrong = [well for well in values.get("rewarded_wells", []) if well >= n]
    if not wrong:
        return []
    return [f"{key}.rewarded_wells: expected wells from 0 to {n - 1}, found {wrong[0]}"]


def _likeness_problems(
    key: str, values: Mapping[str, Any], earlier: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """Only an earlier environment of the same kind and size can lend its map."""
    if ("similar_to" in values) != ("shared_fraction" in values):
        return [f"{key}: expected both 'similar_to' and 'shared_fraction' or neither"]
    if "similar_to" not in values:
        return []
    other = values["similar_to"]
    if other not in earlier:
        return [
            f"{key}.similar_to: expected an environment that is run before, found {other!r}; "
            f"before it are {', '.join(earlier) or 'none'}"
        ]
    for name in ("kind", *MEASURES[values["kind"]]):
        if earlier[other].get(name) != values.get(name):
            return [
                f"{key}.similar_to: expected an environment of the same kind and size, found "
                f"{other!r} with {name} {earlier[other].get(name)}"
            ]
    return []


def _unknown_key(error: ValidationError, key: str) -> str:
    allowed = sorted(error.schema.get("properties", {}))
    unknown = next(name for name in error.instance if name not in allowed)
    near = difflib.get_close_matches(str(unknown), allowed, n=1)
    advice = f"did you mean {near[0]!r}?" if near else f"allowed are {', '.join(allowed)}"
    return f"{key}: unknown key {unknown!r}; {advice}"


def _wrong_type(error: ValidationError, key: str) -> str:
    kind = error.validator_value
    kind = kind if isinstance(kind, str) else " or ".join(kind)
    article = "an" if kind[0] in "aio" else "a"
    text = f"{key}: expected {article} {kind}, found {error.instance!r}"
    if kind in ("number", "integer") and isinstance(error.instance, str):
        text += "; YAML reads 1e-3 and quoted numbers as text: write 0.001"
    return text


def _event_problems(simulation: Mapping[str, Any]) -> list[str]:
    """Find stretches longer than the track, and mixes of events that are no probabilities."""
    problems = []
    environments = simulation["environments"].values()
    length = next(e["length_m"] for e in environments if e and e["kind"] == "linear")
    span = simulation["paths"]["min_span_m"]
    if span > length:
        problems.append(
            f"simulation.paths.min_span_m: expected at most the length {length} m of the first "
            f"linear track, found {span}"
        )
    for state in ("rest", "nrem"):
        total = sum(simulation["events"][state]["kinds"].values())
        if abs(total - 1) > 1e-6:
            problems.append(
                f"simulation.events.{state}.kinds: expected probabilities that sum to 1, found a "
                f"sum of {total:g}; change `empty` to make up for it"
            )
    return problems


def _cohort_problems(simulation: Mapping[str, Any]) -> list[str]:
    """Find names used twice, constants the circuit refuses, and a fraction that leaves no REM."""
    problems = []
    for name, animal in simulation["cohort"]["animals"].items():
        key = f"simulation.cohort.animals.{name}"
        if animal and name in simulation["subjects"]:
            problems.append(f"{key}: the name is taken by a subject; choose another")
    colliculus = simulation["colliculus_cells"]
    if colliculus["contraversive_fraction"] <= 0.5:
        problems.append(
            "simulation.colliculus_cells.contraversive_fraction: expected more than 0.5, so that "
            f"the two sides differ, found {colliculus['contraversive_fraction']}"
        )
    recorded = [colliculus["n_left"], colliculus["n_right"]]
    animals = [a for a in simulation["cohort"]["animals"].values() if a]
    most = max(
        [round(n * colliculus["turn_cell_fraction"]) for n in recorded]
        + [animal["n_turn_cells"] for animal in animals]
    )
    if most > colliculus["n_population"]:
        problems.append(
            f"simulation.colliculus_cells.n_population: expected at least the {most} recorded turn "
            f"cells of a side, found {colliculus['n_population']}"
        )
    compass = simulation["compass"]
    sensed = compass["plant_delay_s"] + compass["vestibular_delay_s"]
    copied = compass["transmission_delay_s"] + compass["synapse_s"]
    if copied > sensed + 1e-12:
        problems.append(
            "simulation.compass.transmission_delay_s: expected, with synapse_s, at most "
            f"plant_delay_s + vestibular_delay_s ({sensed:g} s), found {copied:g} s; the "
            "prediction would come too late"
        )
    if 2 * compass["step_s"] > compass["unit_time_constant_s"]:
        problems.append(
            "simulation.compass.step_s: expected at most half of unit_time_constant_s "
            f"{compass['unit_time_constant_s']}, found {compass['step_s']}"
        )
    return problems


def _inconsistencies(config: Mapping[str, Any]) -> list[str]:
    """Find what only several keys together make impossible."""
    simulation = config["simulation"]
    problems = _environment_problems(simulation["environments"])
    if problems:
        return problems
    problems += _event_problems(simulation) + _cohort_problems(simulation)
    problems += _heading_problems(config) + network_problems(config)
    problems += _recording_problems(config) + _replay_problems(config["replay"])
    problems += reverse_problems(config) + imagination_problems(config) + memory_problems(config)
    problems += instruction_problems(config) + name_problems(config)
    widths = config["heading"]["decoding"]["bins_s"]
    if config["heading"]["bin_s"] not in widths:
        problems.append(
            f"heading.bin_s: expected one of heading.decoding.bins_s {widths}, "
            f"found {config['heading']['bin_s']}"
        )
    return problems


def _heading_problems(config: Mapping[str, Any]) -> list[str]:
    """Find constants to change that the simulation does not have."""
    problems = []
    for constant in config["heading"]["internal_model"]["constants"]:
        found: Any = config["simulation"]
        for name in constant["name"].split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
        if isinstance(found, bool) or not isinstance(found, int | float):
            problems.append(
                "heading.internal_model.constants: expected the place of a number below "
                f"'simulation', found {constant['name']!r}"
            )
        elif not constant["low"] < constant["high"]:
            problems.append(
                f"heading.internal_model.constants: {constant['name']}: expected low below high, "
                f"found {constant['low']} and {constant['high']}"
            )
    return problems


def _recording_problems(config: Mapping[str, Any]) -> list[str]:
    problems = []
    for name, path in config["recordings"].items():
        problems += path_problems(f"recordings.{name}", path)
        simulated = config["simulation"]
        if name in simulated["subjects"] or simulated["cohort"]["animals"].get(name):
            problems.append(
                f"recordings.{name}: the name is taken by a simulated subject; choose another"
            )
        if not Path(path).is_file():
            problems.append(
                f"recordings.{name}: expected a recording file at {path!r}, found none; make it "
                "with `python -m neurosim import`"
            )
    return problems


SHUFFLED = {  # the dimension along which each shuffle randomises
    "time_bin": "time",
    "pseudo_event": "time",
    "spike_train_shift": "time",
    "column_cycle": "position",
    "place_field_rotation": "position",
    "cell_identity": "identity",
}


def _significance_problems(replay: Mapping[str, Any]) -> list[str]:
    """Find detectors that nothing can calibrate, and a calibration without a table."""
    tested, calibration = replay["significance"], replay["calibration"]["significance"]
    key = "replay.calibration.significance"
    problems = []
    detectors = [(f"{key}.detectors", name.split("+")) for name in calibration["detectors"]]
    if tested["calibrated"]:
        detectors.append(("replay.significance.shuffles", tested["shuffles"]))
        if not any(set(table) == {"n_cells"} for table in calibration["tables"].values()):
            problems.append(
                f"{key}.tables: expected a table that differs in n_cells alone, found none; it "
                "gives the alpha of recordings, or set replay.significance.calibrated to false"
            )
    for where, shuffles in detectors:
        unknown = [name for name in shuffles if name not in SHUFFLED]
        if unknown:
            problems.append(
                f"{where}: expected some of {', '.join(SHUFFLED)}, found {unknown[0]!r}"
            )
        elif len({SHUFFLED[name] for name in shuffles}) == 3:
            problems.append(
                f"{where}: expected a dimension (time, position, identity) that no shuffle uses, "
                f"found none in {' + '.join(shuffles)}; null events need one: leave a shuffle out"
            )
    return problems


def _replay_problems(replay: Mapping[str, Any]) -> list[str]:
    problems = []
    if replay["candidates"]["min_duration_s"] >= replay["candidates"]["max_duration_s"]:
        problems.append(
            "replay.candidates.min_duration_s: expected less than max_duration_s "
            f"{replay['candidates']['max_duration_s']}, found "
            f"{replay['candidates']['min_duration_s']}"
        )
    shortest, bin_s = replay["candidates"]["min_duration_s"], replay["trajectories"]["bin_s"]
    if 3 * bin_s > shortest:
        problems.append(
            f"replay.trajectories.bin_s: expected at most a third of candidates.min_duration_s "
            f"({shortest} s), so that every event has three bins, found {bin_s}"
        )
    calibration = replay["calibration"]
    for part in ("kinematics", "dynamics", "significance"):
        for name, table in calibration[part]["tables"].items():
            spikes = table.get("spikes")
            if spikes is not None and spikes not in calibration["spikes"]:
                problems.append(
                    f"replay.calibration.{part}.tables.{name}.spikes: expected one of "
                    f"{', '.join(calibration['spikes'])}, found {spikes!r}"
                )
    span, length = replay["dynamics"]["min_span_m"], calibration["track_length_m"]
    if span >= length:
        problems.append(
            f"replay.dynamics.min_span_m: expected less than calibration.track_length_m {length}, "
            f"found {span}"
        )
    problems += _significance_problems(replay)
    trajectories = replay["trajectories"]
    if trajectories["slowest_ratio"] >= trajectories["fastest_ratio"]:
        problems.append(
            "replay.trajectories.slowest_ratio: expected less than fastest_ratio "
            f"{trajectories['fastest_ratio']}, found {trajectories['slowest_ratio']}"
        )
    alpha, n_shuffles = replay["significance"]["alpha"], replay["significance"]["n_shuffles"]
    if alpha * (n_shuffles + 1) < 1:
        problems.append(
            f"replay.significance.n_shuffles: expected at least {math.ceil(1 / alpha) - 1}, so "
            f"that a p value can reach alpha {alpha}, found {n_shuffles}"
        )
    return problems + _paper_problems(replay)


def _paper_problems(replay: Mapping[str, Any]) -> list[str]:
    """Find mixes that are no probabilities, speeds no track holds, and p values out of reach."""
    papers, key = replay["calibration"]["papers"], "replay.calibration.papers"
    problems = []
    total = sum(papers["kinds"].values())
    if abs(total - 1) > 1e-6:
        problems.append(
            f"{key}.kinds: expected shares that sum to 1, found a sum of {total:g}; change one of "
            "them to make up for it"
        )
    trajectories = replay["trajectories"]
    ratios = trajectories["slowest_ratio"], trajectories["fastest_ratio"]
    if not ratios[0] < papers["compression_median"] < ratios[1]:
        problems.append(
            f"{key}.compression_median: expected between the slowest and fastest ratio of "
            f"replay.trajectories {ratios[0]} and {ratios[1]}, found "
            f"{papers['compression_median']}"
        )
    alpha = replay["significance"]["alpha"]
    if alpha * (papers["n_shuffles"] + 1) < 1:
        problems.append(
            f"{key}.n_shuffles: expected at least {math.ceil(1 / alpha) - 1}, so that a p value "
            f"can reach alpha {alpha}, found {papers['n_shuffles']}"
        )
    return problems
