"""What `--show` prints: what was found, what is missing for which study, and a map to edit.

All but the map are comments, so that the whole is a map: ``--show > map.yaml``.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from neurosim import NeurosimError
from neurosim.contract import REGIONS
from neurosim.importing.angles import LENGTHS, LIKELY_SPAN
from neurosim.importing.contents import Contents, FoundSeries, counted
from neurosim.importing.epochs import Epoch, EpochColumns
from neurosim.importing.mapping import ImportMap, IntervalsMap

MAX_SHOWN = 12  # labels of a column
EXAMPLE = "#  - {start: 0, stop: 600, state: run, phase: run, environment: linear}"


def shown(
    contents: Contents,
    guessed: ImportMap,
    path: Path,
    epochs: Callable[[], EpochColumns],
    note: str = "",
) -> str:
    """Describe a file to people, as comments, and write the guessed map.

    Parameters
    ----------
    contents : Contents
    guessed : ImportMap
    path : Path
        The file.
    epochs : callable
        Gives the epochs that the guessed map makes, or raises NeurosimError.
    note : str
        What else there is to say.
    """
    use = f"python -m neurosim import {path.name} OUT.nc --map THIS_FILE"
    lines = [f"{path.name}: what was found; below it a map to edit, for:", f"  {use}", ""]
    lines += [note, ""] if note else []
    lines += [*_found(contents), "", *_missing(contents, guessed, epochs)]
    comments = [f"# {line}".rstrip() for line in lines]
    return "\n".join([*comments, "", *_map(contents, guessed)])


def _found(contents: Contents) -> Iterator[str]:
    if contents.arrays:
        yield "arrays"
        yield from (f"  {name}: {text}" for name, text in contents.arrays.items())
    yield f"units: {contents.n_units}, with {contents.n_spikes} spikes"
    for name, values in contents.unit_columns.items():
        if len(counted(values)) <= max(MAX_SHOWN, contents.n_units // 2):
            yield f"  {name}: {_counts(counted(values))}"
    titles = {"position": "position", "head direction": "head direction", "rewards": "rewards"}
    titles |= {
        "field potential": "field potential (not imported: phase and power are yours to give)"
    }
    for kind, title in titles.items():
        found = contents.of_kind(kind)
        yield f"{title}:" if found else f"{title}: none"
        yield from (f"  {_series(series)}" for series in found)
    others = [series.path for series in contents.of_kind("other")]
    if others:
        yield f"other series: {', '.join(others)}"
    yield "intervals:" if contents.intervals else "intervals: none"
    for table in contents.intervals:
        span = f"{table.start.min():g} to {table.stop.max():g} s"
        yield f"  {table.path}: {table.start.size}, {span}"
        for column, values in table.columns.items():
            yield f"    {column}: {_counts(counted(values))}"


def _counts(counts: dict[str, int]) -> str:
    first = [f"{name or repr('')} ({number})" for name, number in list(counts.items())[:MAX_SHOWN]]
    more = len(counts) - len(first)
    return ", ".join(first) + (f" and {more} more" if more > 0 else "")


def _series(series: FoundSeries) -> str:
    text = f"{series.path}: {series.shape}, {series.start:g} to {series.stop:g} s"
    if series.low == series.low:
        text += f", from {series.low:.4g} to {series.high:.4g} {series.unit or '(no unit)'}"
    if series.kind == "position":
        metres = LENGTHS.get(series.unit.strip().lower())
        if metres is None:
            text += ": needs a scale"
        elif (series.high - series.low) * metres > LIKELY_SPAN:
            text += ": looks like pixels or centimetres; give metres_per_unit if so"
    return text


def _missing(
    contents: Contents, guessed: ImportMap, epochs: Callable[[], EpochColumns]
) -> Iterator[str]:
    """What each study lacks, with the guessed map."""
    units = _units_by_region(contents, guessed)
    yield "units by region: " + ", ".join(f"{name} {units[name]}" for name in REGIONS)
    states: set[str] = set()
    places: set[str] = set()
    try:
        columns = epochs()
        states, places = set(columns.state.tolist()), set(columns.environment.tolist())
        yield f"states: {', '.join(sorted(states))}; environments: {', '.join(sorted(places))}"
    except NeurosimError as error:
        yield f"states: {str(error).split(': ', 1)[-1]}"
    position = guessed.position.series or _has(contents, "x", "y")
    heading = guessed.head_direction.series or _has(contents, "head_direction_rad")
    wanted = {
        "replay": {
            "units of CA1": units["CA1"],
            "position": position,
            "a run on a linear track": "linear" in places,
            "rest or nrem": states & {"rest", "nrem"},
        },
        "heading": {
            "units of ADN": units["ADN"],
            "units of SC (for turn commands)": units["SC"],
            "head direction": heading,
            "a run": "run" in states,
            "nrem and rem": {"nrem", "rem"} <= states,
        },
    }
    for study, needs in wanted.items():
        lacking = [name for name, there in needs.items() if not there]
        yield f"missing for the study {study}: {', '.join(lacking) or 'nothing'}"
    if contents.missing:
        yield f"missing arrays: {', '.join(contents.missing)}"


def _has(contents: Contents, *names: str) -> bool:
    return set(names) <= {series.path for series in contents.series}


def _units_by_region(contents: Contents, guessed: ImportMap) -> dict[str, int]:
    counts = dict.fromkeys(REGIONS, 0)
    column = guessed.units.region_column
    if column is not None:
        for value, number in counted(contents.unit_columns[column]).items():
            region = guessed.units.regions.get(value)
            if region is not None:
                counts[region] += number
    return counts


def _map(contents: Contents, guessed: ImportMap) -> Iterator[str]:
    """The guessed map as YAML."""
    units, position, heading = guessed.units, guessed.position, guessed.head_direction
    yield "units:"
    yield f"  region: {_text(units.region)}  # CA1, ADN or SC for all units; else by the column"
    yield f"  region_column: {_text(units.region_column)}"
    empty = "" if units.regions else " {}"
    yield f"  regions:{empty}  # CA1, ADN, SC, or null to leave those units out"
    yield from _pairs(units.regions, "    ")
    if not contents.arrays:
        yield f"  hemisphere_column: {_text(units.hemisphere_column)}"
        yield f"  hemispheres: {_inline(units.hemispheres)}  # left or right"
        yield f"  name_column: {_text(units.name_column)}"
    yield "position:"
    if not contents.arrays:
        yield f"  series: {_text(position.series)}{_alternatives(contents, 'position')}"
        yield f"  columns: {list(position.columns)}  # of the series: x and y"
    yield "  metres_per_unit: null  # 0.01 for cm; where the file does not say, or is wrong"
    yield "  track_length_m: null  # the track spans this, instead"
    yield "  unknown_scale: false  # lengths become parts of the track, instead"
    yield "head_direction:"
    if not contents.arrays:
        yield f"  series: {_text(heading.series)}{_alternatives(contents, 'head direction')}"
    yield f"  unit: {_text(heading.unit)}  # radians or degrees, where the file does not say"
    yield "  clockwise: false  # whether the angle grows clockwise"
    if contents.arrays:
        arrays = dict.fromkeys(contents.missing) | dict(guessed.arrays)
        yield f"arrays:{'' if arrays else ' {}'}  # documented name: name in the file"
        yield from _pairs(arrays, "  ")
        yield "epochs: []  # where the file has none:"
        yield EXAMPLE
        return
    yield f"rewards: {_text(guessed.rewards)}{_alternatives(contents, 'rewards')}"
    yield "# state: run, rest, nrem, rem; phase: pre, run, post; environment: linear, arena, none;"
    yield "# inactivation: saline, ttx_left, ttx_right, ttx_both; {} leaves those intervals out."
    yield "# Where tables overlap, later ones win. Or epochs one by one:"
    yield EXAMPLE
    yield "epochs:" if guessed.epochs else "epochs: []"
    for table in guessed.epochs:
        yield from _table(table)


def _table(table: IntervalsMap | Epoch) -> Iterator[str]:
    yield f"  - intervals: {_text(table.intervals)}"
    yield f"    column: {_text(table.column)}"
    yield "    values:"
    for label, meaning in table.values.items():
        yield f"      {_text(label)}: {_inline(meaning.fields)}"


def _alternatives(contents: Contents, kind: str) -> str:
    names = [series.path for series in contents.of_kind(kind)]
    return f"  # one of: {', '.join(names)}" if len(names) > 1 else ""


def _pairs(values: dict[str, str | None], indent: str) -> Iterator[str]:
    return (f"{indent}{_text(key)}: {_text(value)}" for key, value in values.items())


def _text(value: str | None) -> str:
    """A YAML scalar: quoted unless it is a plain word."""
    if value is None:
        return "null"
    plain = value.replace("_", "").replace("/", "").isalnum() and not value.isdecimal()
    return value if plain and value not in ("null",) else json.dumps(value, ensure_ascii=False)


def _inline(values: dict[str, str | None]) -> str:
    return "{" + ", ".join(f"{_text(k)}: {_text(v)}" for k, v in values.items()) + "}"
