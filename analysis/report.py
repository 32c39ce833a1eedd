"""The report: one HTML file that opens from disk, with no network."""

import base64
import csv
import importlib.metadata
import json
import platform
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, select_autoescape

from neurosim import __version__
from neurosim.stats.references import Reference, load_references
from neurosim.stats.summary import Row

PACKAGES = ("numpy", "scipy", "xarray", "netCDF4", "torch", "statsmodels", "snakemake")
STUDIES = {
    "replay": "Replay: which way, how fast, and how wrong is each estimator?",
    "heading": "Heading: does the inner compass turn in REM?",
    "reverse": "Reverse models: when does inferring causes beat predicting outcomes?",
}
CAPTIONS = {
    "position": "Position decoded from bins that the fields were not fitted on.",
    "compression": (
        "Compression by state and estimator. The likelihood along trajectories and the slope of "
        "the posterior-weighted regression see the same events."
    ),
    "direction": "Candidate events by what was planted and what was decoded.",
    "significance": (
        "Events that pass the time-bin and the column-cycle shuffle of the weighted correlation."
    ),
    "heading_error": "Heading decoded in the arena from bins that the tuning was not fitted on.",
    "rem_heading": "The virtual heading in REM beside the planted one, and its drift.",
    "similarity": "Similarity of generated and true chains of held-out laps and events.",
}


@dataclass(frozen=True)
class Image:
    """A figure inside the page.

    Attributes
    ----------
    name : str
        Stem of the file.
    data : str
        ``data:`` address with the whole image.
    caption : str
    """

    name: str
    data: str
    caption: str


@dataclass(frozen=True)
class Timing:
    """How long a rule took, from Snakemake's benchmark files.

    Attributes
    ----------
    rule : str
    n_jobs : int
    total, longest : float
        s.
    memory : float
        Largest resident memory, MB.
    """

    rule: str
    n_jobs: int
    total: float
    longest: float
    memory: float


def embed(path: Path) -> Image:
    """Read a figure into a ``data:`` address."""
    kind = {".svg": "image/svg+xml", ".png": "image/png"}[path.suffix]
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    return Image(path.stem, f"data:{kind};base64,{data}", CAPTIONS.get(path.stem, ""))


def read_timings(folder: Path) -> list[Timing]:
    """Read how long the jobs of each rule took (``{rule}.tsv`` or ``{rule}/{job}.tsv``)."""
    jobs: dict[str, list[tuple[float, float]]] = {}
    for path in sorted(Path(folder).rglob("*.tsv")):
        rule = path.relative_to(folder).parts[0].removesuffix(".tsv")
        with open(path, newline="", encoding="utf-8") as file:
            for record in csv.DictReader(file, delimiter="\t"):
                jobs.setdefault(rule, []).append(
                    (float(record["s"]), _number(record.get("max_rss", "")))
                )
    timings = [
        Timing(
            rule,
            len(records),
            sum(seconds for seconds, _ in records),
            max(seconds for seconds, _ in records),
            max(memory for _, memory in records),
        )
        for rule, records in jobs.items()
    ]
    return sorted(timings, key=lambda timing: -timing.total)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def versions() -> dict[str, str]:
    """Versions of what the numbers depend on."""
    found = {"neurosim": __version__, "Python": platform.python_version()}
    for package in PACKAGES:
        found[package] = importlib.metadata.version(package)
    return found | {"platform": f"{sys.platform} {platform.machine()}"}


def format_number(value: float) -> str:
    """Format a number with three significant digits; nothing for NaN."""
    return "" if not np.isfinite(value) else f"{value:.3g}"


def render_report(
    *,
    rows: Sequence[Row],
    references: Path,
    figures: Sequence[Path],
    events: Sequence[Path],
    questions: Mapping[str, Sequence[str]],
    config: Mapping[str, Any],
    benchmarks: Path,
) -> str:
    """Render the report.

    Parameters
    ----------
    rows : sequence of Row
        The summary.
    references : Path
        Table of published values.
    figures : sequence of Path
        One a question, named after it.
    events : sequence of Path
        Pages of the event browser.
    questions : Mapping of study to sequence of str
        The questions of each study, which name its figures.
    config : Mapping
        The configuration of the run.
    benchmarks : Path
        Folder of Snakemake's benchmark files.

    Returns
    -------
    str
        HTML.
    """
    published = load_references(references)
    environment = Environment(
        loader=PackageLoader("analysis", "templates"),
        autoescape=select_autoescape(["html", "j2"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = format_number
    return environment.get_template("report.html.j2").render(
        version=__version__,
        studies=[
            (study, title, [r for r in rows if r.study == study])
            for study, title in STUDIES.items()
        ],
        verdicts=Counter(row.verdict for row in rows),
        differing=[row for row in rows if row.verdict in ("differs", "does not recover")],
        figures={image.name: image for image in map(embed, figures)},
        questions=questions,
        events=[embed(path) for path in events],
        used=_used_references(rows, published),
        config=json.dumps(config, indent=2),
        versions=versions(),
        timings=read_timings(benchmarks),
        n_rows=len(rows),
    )


def _used_references(rows: Sequence[Row], published: Mapping[str, Reference]) -> list[Reference]:
    return [published[i] for i in sorted({row.reference_id for row in rows if row.reference_id})]
