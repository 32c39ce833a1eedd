"""What only several keys of the memory study together make impossible, and what follows from it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workflow.names import path_problems

OPTIONS = {  # keys of each kind of sequence
    "functions": ("n_tasks", "n_features", "n_train", "n_test", "cue", "feedback"),
    "permuted_digits": ("n_tasks", "test_fraction"),
    "split_digits": ("n_tasks", "test_fraction"),
    "remapping_mazes": (
        *("n_mazes", "shared_fraction", "n_train", "n_test"),
        *("arm_m", "spacing_m", "place_m", "bin_s", "linger"),
    ),
}
OF_ALL = ("kind", "methods", "n_seeds", "learner")
FAMILY_OPTIONS = {
    "functions": ("n_features", "n_support", "n_query"),
    "mazes": ("n_support", "n_query", "maze"),
}
OF_FAMILIES = ("kind", "networks")
N_DIGITS = 10
N_HEADS = 4  # of a Transformer


def sequence_names(memory: Mapping[str, Any]) -> list[str]:
    """Names of all sequences of tasks, the user's own among them."""
    return [name for name, given in memory["sequences"].items() if given] + list(memory["own"])


def families_of(memory: Mapping[str, Any]) -> list[str]:
    """Names of all families of tasks."""
    return [name for name, given in memory["few_shot"]["families"].items() if given]


def skills_of(memory: Mapping[str, Any]) -> list[str]:
    """Names of all skills."""
    return [name for name, given in memory["skills"]["tasks"].items() if given]


def sequence_parameters(memory: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What a sequence is, and the methods and budget that it is learned with.

    Parameters
    ----------
    memory : Mapping
        The section of the configuration.
    name : str

    Returns
    -------
    dict
        ``kind``, ``options``, ``methods``, ``learner``, ``n_seeds``.
    """
    if name in memory["own"]:
        given: Mapping[str, Any] = {"kind": "user"}
        options = {"path": memory["own"][name], "name": name}
    else:
        given = memory["sequences"][name]
        options = {key: value for key, value in given.items() if key not in OF_ALL}
    return {
        "kind": given["kind"],
        "options": options,
        "methods": given.get("methods", memory["methods"]),
        "learner": memory["learner"] | given.get("learner", {}),
        "n_seeds": given.get("n_seeds", memory["n_seeds"]),
    }


def varied_tasks(memory: Mapping[str, Any]) -> dict[str, Any]:
    """What the sequence is that constants of the agent are varied on, and how it is learned."""
    given = memory["sensitivity"]
    tasks = sequence_parameters(memory, given["sequence"])
    return tasks | {
        "methods": [given["method"]],
        "learner": tasks["learner"] | {"n_epochs": given["n_epochs"]},
        "n_seeds": given["n_seeds"],
    }


def own_files(own: Mapping[str, str], name: str) -> list[str]:
    """List the files of a user's own sequence."""
    if name not in own:
        return []
    path = Path(own[name])
    return sorted(map(str, path.glob("*.npz"))) if path.is_dir() else [str(path)]


def memory_problems(config: Mapping[str, Any]) -> list[str]:
    """Find agents, sequences and families of tasks that do not go together."""
    memory = config["memory"]
    problems = []
    for name in ("agent", "seed_agent"):
        agent = memory[name]
        if agent["controller"] == "transformer" and agent["width"] % N_HEADS:
            problems.append(
                f"memory.{name}.width: expected a multiple of {N_HEADS} for the controller "
                f"'transformer', found {agent['width']}"
            )
    for name, given in memory["sequences"].items():
        if given:
            problems += _sequence_problems(f"memory.sequences.{name}", given, memory)
    for name, given in memory["few_shot"]["families"].items():
        if given:
            problems += _unknown_options(
                f"memory.few_shot.families.{name}", given, FAMILY_OPTIONS, OF_FAMILIES
            )
    return problems + _sensitivity_problems(memory) + _own_problems(memory)


def _sequence_problems(key: str, given: Mapping[str, Any], memory: Mapping[str, Any]) -> list[str]:
    problems = _unknown_options(key, given, OPTIONS, OF_ALL)
    if given["kind"] == "split_digits" and N_DIGITS % given.get("n_tasks", 1):
        problems.append(
            f"{key}.n_tasks: expected a number that divides {N_DIGITS}, found {given['n_tasks']}"
        )
    methods = given.get("methods", memory["methods"])
    if given["kind"] != "remapping_mazes" and "er,imagination" in methods:
        problems.append(
            f"{key}.methods: expected methods that need no places for the kind "
            f"{given['kind']!r}, found 'er,imagination', which joins runs through them"
        )
    return problems


def _unknown_options(
    key: str,
    given: Mapping[str, Any],
    options: Mapping[str, tuple[str, ...]],
    shared: tuple[str, ...],
) -> list[str]:
    """Hold a sequence or a family to the keys of its kind."""
    own = options[given["kind"]]
    unknown = sorted(set(given) - set(own) - set(shared))
    if not unknown:
        return []
    allowed = ", ".join(sorted((*own, *shared)))
    return [
        f"{key}.{unknown[0]}: the kind {given['kind']!r} has no such key; allowed are {allowed}"
    ]


def _sensitivity_problems(memory: Mapping[str, Any]) -> list[str]:
    """Find what is varied and not there, and chosen values that are not among the varied ones."""
    given, problems = memory["sensitivity"], []
    sequences = [name for name, sequence in memory["sequences"].items() if sequence]
    if given["sequence"] not in sequences:
        problems.append(
            f"memory.sensitivity.sequence: expected one of {', '.join(map(repr, sequences))}, "
            f"found {given['sequence']!r}"
        )
    chosen = memory["agent"]["memory"] | {"alpha": memory["learner"]["alpha"]}
    for name, values in given["values"].items():
        if chosen[name] not in values:
            problems.append(
                f"memory.sensitivity.values.{name}: expected the value {chosen[name]} of the "
                f"configuration among them, found {values}"
            )
    return problems


def _own_problems(memory: Mapping[str, Any]) -> list[str]:
    """Find names that are taken, and data that are not there."""
    problems = []
    for name, path in memory["own"].items():
        problems += path_problems(f"memory.own.{name}", path)
        if memory["sequences"].get(name):
            problems.append(f"memory.own.{name}: the name is taken by a sequence; choose another")
        if not Path(path).exists():
            problems.append(
                f"memory.own.{name}: expected an .npz or a folder of them at {path!r}, found none"
            )
    return problems
