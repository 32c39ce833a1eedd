"""Tables of the committed results: estimate, interval, what was planted or published, verdict."""

import csv
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from analysis.page import format_number, format_unit, kind_of
from analysis.words import VERDICTS
from neurosim.stats.references import load_references
from neurosim.stats.summary import Row, read_csv

ROOT = Path(__file__).parents[3]
RESULTS = ROOT / "docs" / "results"
PUBLISHED = ROOT / "config" / "references.csv"
MOST = 40  # rows of a table that a person reads
HEADER = ("quantity", "condition", "estimator", "estimate (95 % interval)", "beside", "verdict")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(escaped(cell) for cell in line)} |" for line in lines)


def escaped(cell: str) -> str:
    """Escape what would end a cell or start markup in it."""
    return cell.replace("|", r"\|").replace("<", r"\<").replace("*", r"\*")


def verdicts(
    name: str,
    quantity: str = "*",
    condition: str = "*",
    estimator: str = "*",
    *,
    verdict: str = "*",
    most: int = MOST,
) -> str:
    """Show rows of ``docs/results/{name}.csv`` whose columns have the patterns given.

    A pattern may name several, parted by ``|``. Where no table of that name is committed, the page
    says so. More than `most` rows are an error: a person would not read them.
    """
    path = RESULTS / f"{name}.csv"
    if not path.exists():
        return f"*No table of `{name}` at medium scale is committed yet: run the study to get it.*"
    rows = chosen(name, quantity, condition, estimator, verdict)
    if len(rows) > most:
        raise ValueError(f"{path.name}: expected at most {most} rows, found {len(rows)}")
    columns = [i for i in range(len(HEADER)) if i != 2 or any(row.estimator for row in rows)]
    cells = [[_cells(row)[i] for i in columns] for row in rows]
    found = table([HEADER[i] for i in columns], cells)
    link = f"{{download}}`{path.name} <{_up(path)}>`"
    return f"{found}\n\nFrom {link}, with its configuration beside it.\n"


def chosen(name: str, *patterns: str) -> list[Row]:
    """Choose rows of a committed table by patterns of quantity, condition, estimator, verdict.

    Raises
    ------
    ValueError
        If there is none.
    """
    path = RESULTS / f"{name}.csv"
    rows = [row for row in read_csv(path) if all(map(_fits, _names(row), patterns))]
    if not rows:
        raise ValueError(f"{path.name}: expected rows that fit {patterns}, found none")
    return rows


def _up(path: Path) -> str:
    """Path of a file of the repository as a page of the site names it, from the site's root."""
    return f"/../../{path.relative_to(ROOT)}"


def _names(row: Row) -> tuple[str, ...]:
    return row.quantity, row.condition, row.estimator, row.verdict


def _fits(value: str, pattern: str) -> bool:
    return any(fnmatchcase(value, part) for part in pattern.split("|"))


def _cells(row: Row) -> tuple[str, ...]:
    estimate = format_number(row.estimate)
    unit = "" if row.unit == "1" else f" {format_unit(row.unit)}"
    if math.isfinite(row.ci_low) and estimate:
        estimate += f" ({format_number(row.ci_low)} to {format_number(row.ci_high)})"
    return (
        row.quantity.replace("_", " "),
        row.condition.replace(",", ", ").replace("_", " "),
        row.estimator.replace("_", " "),
        f"{estimate}{unit}" if estimate else row.test,
        _beside(row),
        badge(row.verdict),
    )


def badge(verdict: str) -> str:
    """Mark a verdict with its kind, which the style colours; nothing where nothing decides."""
    return "" if verdict == "no reference" else f"[{verdict}]{{.{kind_of(verdict)}}}"


def _beside(row: Row) -> str:
    """Word the planted and the published value."""
    parts = []
    if math.isfinite(row.truth):
        parts.append(f"planted {format_number(row.truth)}")
    if math.isfinite(row.reference):
        published = format_number(row.reference)
        if math.isfinite(row.reference_low) and math.isfinite(row.reference_high):
            published = f"{format_number(row.reference_low)} to {format_number(row.reference_high)}"
        parts.append(f"published {published} ({row.reference_id})")
    elif row.reference_text:
        parts.append(f"published: {row.reference_text} ({row.reference_id})")
    return "; ".join(parts)


def tally(*names: str) -> str:
    """Count the verdicts of some committed tables in one line."""
    count: Counter[str] = Counter()
    for name in names:
        path = RESULTS / f"{name}.csv"
        if path.exists():
            count.update(_kind(row.verdict) for row in read_csv(path))
    order = [verdict for verdict in VERDICTS if count[verdict]]
    total = sum(count.values())
    return f"{total} rows: " + ", ".join(f"{count[verdict]} {verdict}" for verdict in order) + "."


def _kind(verdict: str) -> str:
    """Put claims that hold under a condition together."""
    return "holds only when ..." if verdict.startswith("holds ") else verdict


def mutations() -> str:
    """Count what became of mutated inputs, from the committed table."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    outcomes: dict[str, None] = {}
    with open(RESULTS / "fuzz.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            count = counts.setdefault((row["input"], row["kind"]), Counter())
            count[row["outcome"]] += int(row["count"])
            outcomes[row["outcome"]] = None
    rows = [[*key, *(str(count[o] or "") for o in outcomes)] for key, count in counts.items()]
    return table(("input", "mutated", *outcomes), rows)


def published(*ids: str) -> str:
    """Show rows of the table of published values."""
    known = load_references(PUBLISHED)
    rows = [
        (i, known[i].quantity, format_number(known[i].value) or known[i].text, known[i].source,
         known[i].trust)
        for i in ids
    ]  # fmt: skip
    return table(("id", "quantity", "value", "source", "trust"), rows)
