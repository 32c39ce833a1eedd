"""A first map, from what is in a file: what can be told by types, names and labels."""

from collections.abc import Mapping

import numpy as np

from neurosim.importing.contents import Contents, FoundIntervals, FoundSeries
from neurosim.importing.labels import MEANINGS, Meaning, is_wake, meaning_of, region_of, side_of
from neurosim.importing.mapping import (
    HeadDirectionMap,
    ImportMap,
    IntervalsMap,
    PositionMap,
    UnitsMap,
)

NAME_COLUMNS = ("unit_name", "name", "cluster_name")
SIDE_COLUMNS = ("hemisphere", "side")


def guess_map(contents: Contents) -> ImportMap:
    """Guess what of a file is what; what is not clear is left out."""
    positions, headings = contents.of_kind("position"), contents.of_kind("head direction")
    position = _only(positions)
    flat = any(_width(each) == 1 for each in positions if each.path == position)
    rewards = contents.of_kind("rewards")
    return ImportMap(
        units=_guess_units(contents.unit_columns),
        position=PositionMap(position, (0,) if flat else (0, 1)),
        head_direction=HeadDirectionMap(_only(headings)),
        epochs=_guess_epochs(contents.intervals),
        rewards=_only(rewards),
    )


def _only(series: list[FoundSeries]) -> str | None:
    """The one series that can be meant; those whose type says so come first."""
    likely = [each for each in series if each.certain] or series
    return likely[0].path if len(likely) == 1 else None


def _width(series: FoundSeries) -> int:
    return series.shape[1] if len(series.shape) > 1 else 1


def _guess_units(columns: Mapping[str, np.ndarray]) -> UnitsMap:
    """The region's column is the one with the most units in known regions."""
    known = {
        name: sum(region_of(v) is not None for v in values) for name, values in columns.items()
    }
    best = max(known, key=known.get, default=None)
    sides = next((name for name in SIDE_COLUMNS if name in columns), None)
    if best is None or not known[best]:
        return UnitsMap(name_column=next((n for n in NAME_COLUMNS if n in columns), None))
    regions = {value: region_of(value) for value in np.unique(columns[best]).tolist()}
    if sides is None and any(side_of(value) for value in regions):
        sides = best
    values = [] if sides is None else np.unique(columns[sides]).tolist()
    return UnitsMap(
        region_column=best,
        regions=regions,
        hemisphere_column=sides,
        hemispheres={value: side_of(value) or None for value in values},
        name_column=next((n for n in NAME_COLUMNS if n in columns and n != best), None),
    )


def _guess_epochs(tables: tuple[FoundIntervals, ...]) -> tuple[IntervalsMap, ...]:
    """The label's column is the one that says most; tables that say where an animal ran win."""
    found = [guessed for table in tables for guessed in _by_field(table) or [_guess_table(table)]]
    meanings = [m for table in found if table for m in table.values.values()]
    if any(meaning.state == "run" for meaning in meanings):  # then the rest of wakefulness is rest
        found = [table and _with_wake(table) for table in found]
    kept = [table for table in found if table and any(m.fields for m in table.values.values())]
    kept.sort(key=lambda table: sum(m.environment is not None for m in table.values.values()))
    return tuple(kept)


def _by_field(table: FoundIntervals) -> list[IntervalsMap]:
    """One map a column, where the columns are called as ours and hold what ours do."""
    found = []
    for name in set(MEANINGS) & set(table.columns):
        labels = np.unique(table.columns[name]).tolist()
        values = {label: Meaning(**{name: label}) for label in labels if label in MEANINGS[name]}
        if values:
            found.append(IntervalsMap(table.path, name, values))
    return sorted(found, key=lambda each: list(MEANINGS).index(each.column))


def _guess_table(table: FoundIntervals) -> IntervalsMap | None:
    best, most = None, 0.0
    for column in (*table.columns, None):
        labels = table.labels(column)
        values = {label: meaning_of(label) for label in np.unique(labels).tolist()}
        said = sum(len(values[label].fields) + is_wake(label) for label in labels.tolist())
        if said > most:
            best, most = IntervalsMap(table.path, column, values), said
    return best


def _with_wake(table: IntervalsMap) -> IntervalsMap:
    values = {
        label: Meaning(state="rest") if is_wake(label) else meaning
        for label, meaning in table.values.items()
    }
    return IntervalsMap(table.intervals, table.column, values)
