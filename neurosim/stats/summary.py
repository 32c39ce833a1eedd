"""The summary: a row a number, in csv and netCDF."""

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.files import written_aside
from neurosim.stats.intervals import Estimate
from neurosim.stats.references import Reference, verdict

ORIGINS = ("planted", "recovered", "emergent", "learned", "measured")
NAN = float("nan")


@dataclass(frozen=True)
class Row:
    """One number of the summary.

    Attributes
    ----------
    study, quantity, condition, estimator : str
        What it is. Names of quantities are stable; `condition` joins its parts with commas.
    estimate, ci_low, ci_high : float
        The number and its 95 % interval.
    n : int
        Number of units behind it; `n_unit` says of what.
    n_unit, unit : str
        What was counted; the physical unit.
    origin : str
        planted, recovered, emergent, learned or measured.
    truth : float
        The planted value, where there is one.
    reference_id : str
        Row of the table of published values.
    reference, reference_low, reference_high : float
        The published number.
    reference_text : str
        The published value where it is no number.
    trust : str
        How far the reference was checked.
    test : str
        The test or the kind of interval.
    p_value : float
        Of that test, where there is one.
    verdict : str
        What follows from the numbers.
    """

    study: str
    quantity: str
    condition: str
    estimator: str
    estimate: float
    ci_low: float
    ci_high: float
    n: int
    n_unit: str
    unit: str
    origin: str
    truth: float
    reference_id: str
    reference: float
    reference_low: float
    reference_high: float
    reference_text: str
    trust: str
    test: str
    p_value: float
    verdict: str


COLUMNS = tuple(field.name for field in fields(Row))
_KIND = {field.name: field.type for field in fields(Row)}


def make_row(
    study: str,
    quantity: str,
    *,
    estimate: Estimate,
    origin: str,
    unit: str,
    n_unit: str,
    condition: str = "",
    estimator: str = "",
    truth: float = NAN,
    reference: Reference | None = None,
    test: str = "t interval",
    p_value: float = NAN,
    reason: str = "no data",
) -> Row:
    """Build a row, with the verdict that follows from its numbers.

    Where there is no estimate the row says ``not run``, and its `test` gives the reason.

    Raises
    ------
    NeurosimError
        If the origin is unknown.
    """
    if origin not in ORIGINS:
        raise NeurosimError(f"origin: expected one of {', '.join(ORIGINS)}, found {origin!r}")
    return Row(
        study=study,
        quantity=quantity,
        condition=condition,
        estimator=estimator,
        estimate=estimate.value,
        ci_low=estimate.low,
        ci_high=estimate.high,
        n=estimate.n,
        n_unit=n_unit,
        unit=unit,
        origin=origin,
        truth=float(truth),
        reference_id=reference.id if reference else "",
        reference=reference.value if reference else NAN,
        reference_low=reference.low if reference else NAN,
        reference_high=reference.high if reference else NAN,
        reference_text=reference.text if reference else "",
        trust=reference.trust if reference else "",
        test=test if math.isfinite(estimate.value) else f"not run: {reason}",
        p_value=float(p_value),
        verdict=verdict(estimate, origin, float(truth), reference),
    )


def rows_to_dataset(rows: Iterable[Row]) -> xr.Dataset:
    """Turn rows into a Dataset (row) with one variable a column."""
    rows = list(rows)
    variables = {}
    for name in COLUMNS:
        values = [getattr(row, name) for row in rows]
        kind = {float: float, int: np.int64}.get(_KIND[name], object)
        variables[name] = ("row", np.array(values, dtype=kind), {"long_name": name})
    return xr.Dataset(variables)


def dataset_to_rows(dataset: xr.Dataset) -> list[Row]:
    """Turn a Dataset (row) back into rows.

    Raises
    ------
    NeurosimError
        If a column is missing.
    """
    missing = [name for name in COLUMNS if name not in dataset]
    if missing:
        raise NeurosimError(f"summary: expected a variable {missing[0]!r}, found none")
    columns = [dataset[name].values.tolist() for name in COLUMNS]
    return [Row(*values) for values in zip(*columns, strict=True)]


def write_csv(rows: Iterable[Row], out: Path) -> None:
    """Write rows as csv; missing numbers and texts are empty cells."""
    with written_aside(out) as aside, open(aside, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([_cell(getattr(row, name)) for name in COLUMNS])


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else repr(float(value))
    return str(value)


def read_csv(path: Path) -> list[Row]:
    """Read rows written by `write_csv`.

    Raises
    ------
    NeurosimError
        If the file or a column is missing, or a cell is no number where one is expected.
    """
    if not Path(path).exists():
        raise NeurosimError(f"{path}: no such file; expected a summary")
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise NeurosimError(f"{path}: expected a column {missing[0]!r}, found none")
        return [_parsed(record, path, line) for line, record in enumerate(reader, start=2)]


def _parsed(record: Mapping[str, str], path: Path, line: int) -> Row:
    values = {}
    for name in COLUMNS:
        text, kind = record[name], _KIND[name]
        if text is None:
            raise NeurosimError(f"{path}: line {line}: {name!r}: expected a cell, found none")
        try:
            values[name] = text if kind is str else kind(text or ("nan" if kind is float else ""))
        except ValueError as error:
            raise NeurosimError(
                f"{path}: line {line}: {name!r}: expected a number, found {text!r}"
            ) from error
    return Row(**values)
