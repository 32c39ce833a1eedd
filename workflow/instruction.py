"""What the instruction study trains, and what only several of its keys make impossible."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from neurosim import NeurosimError
from neurosim.tasks.psychophysics.catalogue import TASKS, held_out_tasks
from workflow.names import path_problems

RULES = ("simplenet", "structurenet")
OWN = (*RULES, "bownet", "blank_words", "blank_encoder")  # networks that need no language model
LANGUAGE = (
    *("gptnet", "gptnet_xl", "bertnet", "sbertnet", "sbertnet_published", "sbertnet_l"),
    "clipnet_s",
)
LARGE = {"gptnet_xl": 16000, "sbertnet_l": 6000}  # MB
VARIANTS = {"plus": RULES, "mlp": (*OWN[2:], *LANGUAGE), "shuffled": None, "tuned": LANGUAGE}


class Trained(NamedTuple):
    """A network that is trained: its name, what is held out, and the number of the training."""

    network: str
    hold_out: str
    number: int


def in_files(network: str) -> str:
    """Name a network in file names: ``sbertnet+tuned`` for ``sbertnet,tuned``.

    Snakemake tells a job on a cluster its wildcards in a list parted by commas.
    """
    return network.replace(",", "+")


def of_files(name: str) -> str:
    """Turn a network's name in file names into its name; see `in_files`."""
    return name.replace("+", ",")


def trainings(instruction: Mapping[str, Any]) -> list[Trained]:
    """List the trainings that are measured, each once; partners are trained only to listen."""
    runs = [run for run in instruction["runs"].values() if run]
    found = [
        Trained(network, hold_out, number)
        for run in runs
        for hold_out in run["hold_outs"]
        for network in run["networks"]
        for number in range(run["n_seeds"])
    ]
    return list(dict.fromkeys(found))


def speakers(instruction: Mapping[str, Any]) -> list[str]:
    """Name the networks that write instructions for others of their kind."""
    return list(instruction["communication"]["networks"])


def conversation(
    instruction: Mapping[str, Any], network: str, hold_out: str
) -> dict[str, list[Trained]]:
    """List the trainings of a network that talk: an instructor, and its partners.

    The first of a hold-out instructs; others, which began with other weights, listen: those that
    trained on all tasks, and those that lack the instructor's (or any, if it lacks none).
    """
    given = instruction["communication"]
    lacking = given["hold_outs"] if hold_out == "none" else ["none", hold_out]
    partners = [Trained(network, h, n) for h in lacking for n in range(1, 1 + given["n_partners"])]
    return {"instructors": [Trained(network, hold_out, 0)], "partners": partners}


def input_trainings(instruction: Mapping[str, Any]) -> list[Trained]:
    """List the trainings whose networks learn held-out tasks by their input weights alone."""
    given = instruction["input_learning"]
    return [
        each
        for each in trainings(instruction)
        if each.network in given["networks"] and each.hold_out in given["hold_outs"]
    ]


def language_model(network: str, instruction: Mapping[str, Any]) -> str | None:
    """Name the network whose language model a network is told by, if there is one."""
    base = network.split(",")[0]
    return base if base in (*LANGUAGE, *instruction["language_models"]) else None


def memory_of_language(language: str) -> int:
    """Memory that loading a language model takes, MB: its weights, twice, and what reads them."""
    return LARGE.get(language, 4000)


def memory_of_training(network: str) -> int:
    """Memory that a training takes, MB."""
    base, *variants = network.split(",")
    return memory_of_language(base) if "tuned" in variants else 3000


def with_confidence(instruction: Mapping[str, Any]) -> bool:
    """Whether the study has tasks that need thresholds."""
    return any(TASKS[name].confidence for name in instruction["tasks"] or TASKS)


def instruction_problems(config: Mapping[str, Any]) -> list[str]:
    """Find unknown tasks, networks and hold-outs, and batches that cannot be filled."""
    given = config["instruction"]
    unknown = [name for name in given["tasks"] or () if name not in TASKS]
    if unknown:
        return [f"instruction.tasks: expected names of psychophysical tasks, found {unknown[0]!r}"]
    problems = path_problems("instruction.instructions", given["instructions"])
    if not Path(given["instructions"]).is_file():
        problems.append(
            f"instruction.instructions: expected a table at {given['instructions']!r}, found none"
        )
    for name, run in given["runs"].items():
        if run:
            problems += _run_problems(f"instruction.runs.{name}", run, given)
    for key in ("input_learning", "communication"):
        problems += _run_problems(f"instruction.{key}", given[key], given)
    if "none" not in given["communication"]["hold_outs"]:
        problems.append(
            "instruction.communication.hold_outs: expected 'none' among them, for those that "
            f"trained on all tasks, found {given['communication']['hold_outs']}"
        )
    problems += [
        f"instruction.communication.networks: expected networks that are told in words and were "
        f"not changed, found {network!r}"
        for network in given["communication"]["networks"]
        if network not in ("bownet", *LANGUAGE, *given["language_models"])
    ]
    problems += [
        f"instruction.language_models.{name}: the name is taken; choose another"
        for name in given["language_models"]
        if name in (*OWN, *LANGUAGE)
    ]
    if with_confidence(given) and "DM" not in (given["tasks"] or TASKS):
        problems.append(
            "instruction.tasks: expected DM, whose decisions give the thresholds of the "
            "confidence tasks, found none"
        )
    return problems


def _run_problems(key: str, run: Mapping[str, Any], given: Mapping[str, Any]) -> list[str]:
    problems = [
        problem
        for network in run["networks"]
        for problem in _network_problems(f"{key}.networks", network, given["language_models"])
    ]
    tasks, n_tasks = given["tasks"] or TASKS, given["training"]["n_tasks"]
    for hold_out in run["hold_outs"]:
        try:
            left_out = held_out_tasks(hold_out)
        except NeurosimError as error:
            problems.append(f"{key}.hold_outs: {error}")
            continue
        n_trained = sum(name not in left_out for name in tasks)
        if n_trained < n_tasks:
            problems.append(
                f"{key}.hold_outs: expected at least {n_tasks} tasks to train with (training."
                f"n_tasks), found {n_trained} beside {hold_out!r}"
            )
        if hold_out != "none" and n_trained == len(tasks):
            problems.append(
                f"{key}.hold_outs: expected a hold-out with tasks of instruction.tasks, found "
                f"{hold_out!r}"
            )
    return problems


def _network_problems(key: str, network: str, own: Mapping[str, Any]) -> list[str]:
    base, *variants = network.split(",")
    known = (*OWN, *LANGUAGE, *own)
    if base not in known:
        return [f"{key}: expected one of {', '.join(known)}, found {base!r}"]
    problems = []
    for variant in variants:
        like = "sbertnet" if base in own else base  # the user's own are language models
        if variant not in VARIANTS:
            problems.append(f"{key}: expected one of {', '.join(VARIANTS)}, found {variant!r}")
        elif VARIANTS[variant] is not None and like not in VARIANTS[variant]:
            problems.append(
                f"{key}: expected a network that {variant!r} suits "
                f"({', '.join(VARIANTS[variant])}), found {network!r}"
            )
    return problems
