"""Published values, and what can be said of an estimate beside one."""

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from neurosim import NeurosimError
from neurosim.stats.intervals import Estimate

DECIDING_TRUST = ("primary", "abstract", "secondary")
TRUST = (*DECIDING_TRUST, "recalled", "recalled-weak", "seed-claim")
COLUMNS = (
    "id", "topic", "quantity", "value", "low", "high", "unit", "n_or_note",
    "species", "region", "brain_state", "source", "doi", "trust",
)  # fmt: skip
TOLERANCE = 0.20  # around a single published value
RECOVERY_TOLERANCE = 0.10  # around a planted value
UNDECIDED = "no reference"  # verdict where no published number decides


@dataclass(frozen=True)
class Reference:
    """A published number.

    Attributes
    ----------
    id : str
        Row of ``config/references.csv``.
    value, low, high : float
        The number and its range; NaN where there is none.
    text : str
        The value as published, where it is not a number.
    trust : str
        How far the row was checked.
    unit, quantity, source, doi, note : str
    """

    id: str
    value: float
    low: float
    high: float
    text: str
    trust: str
    unit: str
    quantity: str
    source: str
    doi: str
    note: str

    def in_unit(self, factor: float, unit: str) -> "Reference":
        """Express the number in another unit: 0.01 and ``m`` for one in cm."""
        return replace(
            self,
            value=self.value * factor,
            low=self.low * factor,
            high=self.high * factor,
            unit=unit,
        )

    @property
    def decides(self) -> bool:
        """Whether agreement with it means anything."""
        if self.id.startswith("G"):  # the published paper in translation
            return "garbled" not in self.note
        return self.trust in DECIDING_TRUST

    @property
    def range(self) -> tuple[float, float]:
        """The published range, else 20 % around the single value."""
        if np.isfinite(self.low) and np.isfinite(self.high):
            return self.low, self.high
        return tuple(sorted((self.value * (1 - TOLERANCE), self.value * (1 + TOLERANCE))))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def load_references(path: Path) -> dict[str, Reference]:
    """Read the table of published values.

    Raises
    ------
    NeurosimError
        If a column is missing, an id stands twice or a trust is unknown.
    """
    if not Path(path).exists():
        raise NeurosimError(f"{path}: no such file; expected the table of published values")
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = sorted(set(COLUMNS) - set(reader.fieldnames or ()))
        if missing:
            raise NeurosimError(f"{path}: expected a column {missing[0]!r}, found none")
        references: dict[str, Reference] = {}
        for row in reader:
            if row["id"] in references:
                raise NeurosimError(f"{path}: id {row['id']!r} stands twice; ids are unique")
            if row["trust"] not in TRUST:
                raise NeurosimError(
                    f"{path}: {row['id']}: trust {row['trust']!r} is not one of {', '.join(TRUST)}"
                )
            value = _number(row["value"])
            references[row["id"]] = Reference(
                id=row["id"],
                value=value,
                low=_number(row["low"]),
                high=_number(row["high"]),
                text="" if np.isfinite(value) else row["value"],
                trust=row["trust"],
                unit=row["unit"],
                quantity=row["quantity"],
                source=row["source"],
                doi=row["doi"],
                note=row["n_or_note"],
            )
    return references


def verdict(estimate: Estimate, origin: str, truth: float, reference: Reference | None) -> str:
    """Say what an estimate shows.

    Planted and recovered rows: ``recovers`` if the estimate lies within 10 % of the truth,
    ``does not recover`` if it does not and its 95 % interval misses the truth, ``inconclusive``
    if the interval is too wide to tell. The others, beside a reference that may decide:
    ``agrees`` if the interval lies inside the published range (or within 20 % of a single
    value), ``differs`` if they are disjoint, else ``inconclusive``.
    """
    if not np.isfinite(estimate.value):
        return "not run"
    if origin in ("planted", "recovered"):
        if abs(estimate.value - truth) <= RECOVERY_TOLERANCE * abs(truth):
            return "recovers"
        return "inconclusive" if estimate.low <= truth <= estimate.high else "does not recover"
    if reference is None or not reference.decides or not np.isfinite(reference.range).all():
        return UNDECIDED
    bottom, top = reference.range
    if not (np.isfinite(estimate.low) and np.isfinite(estimate.high)):
        return "inconclusive"
    if bottom <= estimate.low and estimate.high <= top:
        return "agrees"
    return "differs" if estimate.high < bottom or estimate.low > top else "inconclusive"


def decides_on(trust: str, reference_id: str, verdict: str) -> bool:
    """Whether the published number of a row decides on it.

    A number that was published of something else stands beside a row without deciding.
    """
    return verdict != UNDECIDED and (trust in DECIDING_TRUST or reference_id.startswith("G"))
