"""The data contract, from the constants that hold files to it."""

import re

from verdict_tables import table

from analysis.words import ORIGINS, TRUST, VERDICTS
from neurosim import contract
from neurosim.stats.summary import Row

WORDS = {"origins": ORIGINS, "verdicts": VERDICTS, "trust": TRUST}


def groups() -> str:
    """Show the groups of a recording: variables, dimensions, and whether they are needed."""
    rows = []
    for group, variables in contract.REQUIRED.items():
        rows += [_row(group, name, dims, "always") for name, dims in variables.items()]
        rows += [
            _row(group, name, dims, "where known")
            for name, dims in contract.OPTIONAL.get(group, {}).items()
        ]
    for group, variables in contract.OPTIONAL_GROUPS.items():
        needed = [_row(group, n, dims, "if the group is there") for n, dims in variables.items()]
        others = {n: d for n, d in contract.OPTIONAL.get(group, {}).items() if n not in variables}
        rows += needed + [_row(group, n, dims, "where known") for n, dims in others.items()]
    return table(("group", "variable", "dimensions", "there"), rows)


def _row(group: str, name: str, dims: tuple[str, ...], there: str) -> tuple[str, ...]:
    return f"`/{group}`", f"`{name}`", ", ".join(dims), there


def names() -> str:
    """Show the names that states, phases, inactivations and regions can have."""
    allowed = {
        "state": contract.STATES,
        "phase": contract.PHASES,
        "inactivation": contract.INACTIVATIONS,
        "region": contract.REGIONS,
    }
    rows = [(f"`{name}`", ", ".join(f"`{one}`" for one in ones)) for name, ones in allowed.items()]
    return table(("flag", "one of"), rows)


def columns() -> str:
    """Show the columns of the summary, from the docstring of a row."""
    section = (Row.__doc__ or "").split("----------\n")[1]
    found = re.findall(r"^    (\S.*?) : (.*)\n((?:        .*\n)*)", section, re.MULTILINE)
    rows = [
        (", ".join(f"`{one}`" for one in listed.split(", ")), kind, " ".join(about.split()))
        for listed, kind, about in found
    ]
    return table(("column", "type", "meaning"), rows)


def words(kind: str) -> str:
    """Show what origins, verdicts or degrees of trust mean."""
    return table((kind.rstrip("s"), "meaning"), [(f"`{k}`", v) for k, v in WORDS[kind].items()])
