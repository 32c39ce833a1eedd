"""What only several keys of the reverse study together make impossible."""

from collections.abc import Mapping
from typing import Any

from workflow.networks import designs_of

ENOUGH = 3  # mazes of a kind that are worth a job


def maze_groups(kinds: Mapping[str, str]) -> dict[str, list[str]]:
    """Group mazes by kind, those of rare kinds together: a maze takes less than a job's start.

    `kinds` are those of the mazes by name.
    """
    groups: dict[str, list[str]] = {}
    for name, kind in kinds.items():
        many = list(kinds.values()).count(kind) >= ENOUGH
        groups.setdefault(kind if many else "others", []).append(name)
    return groups


def reverse_problems(config: Mapping[str, Any]) -> list[str]:
    """Find tracks, mazes and sizes of the reverse study that do not go together."""
    given = config["reverse"]
    model = given["model"]
    problems = []
    if model["width"] % model["n_heads"]:
        problems.append(
            f"reverse.model.width: expected a multiple of n_heads {model['n_heads']}, "
            f"found {model['width']}"
        )
    return problems + _track_problems(config) + _maze_problems(given)


def _track_problems(config: Mapping[str, Any]) -> list[str]:
    """Find tracks that nothing is recorded on."""
    given, problems = config["reverse"], []
    environments = {
        name
        for name, values in config["simulation"]["environments"].items()
        if values and values["kind"] != "arena"
    }
    tracks = {name: track for name, track in given["tracks"].items() if track}
    known = {"environment": environments, "design": set(designs_of(config["emergent"]))}
    for name, track in tracks.items():
        for key, value in track.items():
            if value not in known[key]:
                problems.append(_expected(f"reverse.tracks.{name}.{key}", known[key], value))
    for key in ("track", "gap"):
        if given["sleep"][key] not in tracks:
            problems.append(_expected(f"reverse.sleep.{key}", tracks, given["sleep"][key]))
    for name in given["similar"]:
        if name not in environments:
            problems.append(_expected("reverse.similar", environments, name))
    return problems


def _maze_problems(given: Mapping[str, Any]) -> list[str]:
    """Find mazes that are asked for and not there."""
    mazes = {name for name, maze in given["mazes"].items() if maze}
    asked = {"choices": given["choices"], "discounts.mazes": given["discounts"]["mazes"]}
    return [
        _expected(f"reverse.{key}", mazes, name)
        for key, names in asked.items()
        for name in names
        if name not in mazes
    ]


def _expected(key: str, names: Any, found: str) -> str:
    return f"{key}: expected one of {', '.join(map(repr, sorted(names)))}, found {found!r}"
