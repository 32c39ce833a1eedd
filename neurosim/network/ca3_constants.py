"""Constants of the CA3 network: read from a table that cites the source of each.

The table (``config/ca3_constants.csv``) was committed before anything was compared with a published
replay; its notes name the rows that came later. None is a speed, a direction or a rate of replay.
Potentials stand above rest, so that each constant can be varied by a factor.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neurosim import NeurosimError

COLUMNS = ("name", "value", "unit", "group", "source", "doi", "note")


@dataclass(frozen=True)
class Constant:
    """One constant.

    Attributes
    ----------
    name : str
    value : float
    unit, group, source, doi, note : str
    """

    name: str
    value: float
    unit: str
    group: str
    source: str
    doi: str
    note: str


class Constants(Mapping[str, float]):
    """Constants of a network by name.

    Parameters
    ----------
    values : Mapping of str to float

    Examples
    --------
    >>> constants = Constants({"pc_leak_ns": 4.3})
    >>> constants.scaled("pc_leak_ns", 0.5)["pc_leak_ns"]
    2.15
    """

    def __init__(self, values: Mapping[str, float]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> float:
        if name not in self._values:
            raise NeurosimError(
                f"constants of the CA3 network: expected a row {name!r}, found none; add it"
            )
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def replaced(self, **values: float) -> "Constants":
        """Copy with other values of some constants, which must be there."""
        for name in values:
            self[name]
        return Constants(self._values | values)

    def scaled(self, name: str, factor: float) -> "Constants":
        """Copy in which one constant is multiplied by a factor."""
        return self.replaced(**{name: self[name] * factor})


def without_adaptation(constants: Constants) -> Constants:
    """Constants of pyramidal cells that do not adapt."""
    return constants.replaced(pc_adaptation_pa=0.0, pc_subthreshold_ns=0.0)


def read_constants(path: Path) -> tuple[Constant, ...]:
    """Read the table of constants.

    Parameters
    ----------
    path : Path
        CSV with the columns of `COLUMNS`.

    Returns
    -------
    tuple of Constant
        In the order of the table.

    Raises
    ------
    NeurosimError
        If a column is missing, a value is no finite number, a name stands twice, or a row has no
        source.
    """
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise NeurosimError(
                f"{path}: expected the columns {', '.join(COLUMNS)}, "
                f"found {', '.join(reader.fieldnames or ()) or 'none'}"
            )
        rows = [_constant(path, number, row) for number, row in enumerate(reader, start=2)]
    names = [row.name for row in rows]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise NeurosimError(f"{path}: expected one row a constant, found {twice[0]!r} twice")
    return tuple(rows)


def _constant(path: Path, line: int, row: Mapping[str, str]) -> Constant:
    where = f"{path}, line {line}"
    try:
        value = float(row["value"])
    except (TypeError, ValueError):
        value = np.nan
    if not np.isfinite(value):
        raise NeurosimError(f"{where}: value: expected a number, found {row['value']!r}")
    if not row["name"] or not row["source"]:
        raise NeurosimError(f"{where}: expected a name and a source, found an empty cell")
    return Constant(**{**{column: row[column] or "" for column in COLUMNS}, "value": value})


def constants_of(table: tuple[Constant, ...]) -> Constants:
    """Values of a table by name."""
    return Constants({row.name: row.value for row in table})
