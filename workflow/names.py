"""Names that become parts of file names, and paths that the user gives."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

RESULTS = "results"


def name_problems(config: Mapping[str, Any]) -> list[str]:
    """Find names that would share a file, here or where upper and lower case are the same."""
    simulation, reverse, memory = config["simulation"], config["reverse"], config["memory"]
    recordings = list(config["recordings"])
    cohort = [name for name, animal in simulation["cohort"]["animals"].items() if animal]
    tracks = [name for name, track in reverse["tracks"].items() if track]
    sequences = [name for name, given in memory["sequences"].items() if given]
    together = {
        "simulation.subjects, simulation.cohort.animals, recordings": [
            *simulation["subjects"],
            *cohort,
            *recordings,
        ],
        "reverse.tracks, recordings": [*tracks, *recordings],
        "memory.sequences, memory.own": [*sequences, *memory["own"]],
    }
    return [problem for key, names in together.items() for problem in _shared(key, names)]


def _shared(key: str, names: Sequence[str]) -> list[str]:
    seen: dict[str, str] = {}
    for name in names:
        if name.lower() in seen:
            other = seen[name.lower()]
            return [
                f"{key}: expected names of which no two are the same in lower case, found "
                f"{other!r} and {name!r}, which would share files; choose another"
            ]
        seen[name.lower()] = name
    return []


def path_problems(key: str, path: str) -> list[str]:
    """Find paths that a rule would make itself, or that Snakemake reads as a pattern."""
    if set("{}*?") & set(path):
        return [f"{key}: expected a path without braces, * or ?, found {path!r}; rename the file"]
    if Path(path).resolve().is_relative_to(Path(RESULTS).resolve()):
        return [
            f"{key}: expected a path outside {RESULTS!r}, which holds what rules make and may "
            f"make anew, found {path!r}; move the file"
        ]
    return []
