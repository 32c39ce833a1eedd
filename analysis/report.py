"""The report: one HTML file that opens from disk, with no network."""

import csv
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import yaml

from analysis.page import Entry, Image, embed, make_glyph, page_environment, versions
from analysis.words import ORIGINS, STUDIES, TRUST, VERDICTS
from neurosim import NeurosimError, __version__
from neurosim.stats.references import Reference, load_references
from neurosim.stats.summary import Row

ATTENTION = ("does not recover", "differs", "does not hold")
THIS_RULE = "make_report"
PEER_COLUMNS = ("workload", "tool", "version", "seconds", "peak_mib", "ratio", "bar", "agreement")


@dataclass(frozen=True)
class Study:
    """What the page shows of a study."""

    name: str
    title: str
    question: str
    entries: Sequence[Entry]
    images: Sequence[Image]


@dataclass(frozen=True)
class Link:
    """A page of a recording.

    Attributes
    ----------
    name : str
    address : str
        Relative to the report.
    description : str
        What the page says of itself in a line.
    """

    name: str
    address: str
    description: str


class _Description(HTMLParser):
    """The description that a page gives of itself."""

    text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "meta" and given.get("name") == "description":
            self.text = given.get("content") or ""


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
    share : float
        Of the time of all rules.
    """

    rule: str
    n_jobs: int
    total: float
    longest: float
    memory: float
    share: float


def read_timings(folder: Path) -> list[Timing]:
    """Read how long the jobs of each rule took (``{rule}.tsv`` or ``{rule}/{job}.tsv``).

    The report's own job is left out: its file, if there is one, is of an earlier page.
    """
    jobs: dict[str, list[tuple[float, float]]] = {}
    for path in sorted(Path(folder).rglob("*.tsv")):
        rule = path.relative_to(folder).parts[0].removesuffix(".tsv")
        if rule == THIS_RULE:
            continue
        with open(path, newline="", encoding="utf-8") as file:
            for record in csv.DictReader(file, delimiter="\t"):
                measured = _number(record.get("s")), _number(record.get("max_rss"))
                jobs.setdefault(rule, []).append(measured)
    whole = math.fsum(seconds for of_rule in jobs.values() for seconds, _ in of_rule)
    timings = [
        Timing(
            rule,
            len(of_rule),
            total := math.fsum(seconds for seconds, _ in of_rule),
            max(seconds for seconds, _ in of_rule),
            max(memory for _, memory in of_rule),
            total / whole if whole else 0.0,
        )
        for rule, of_rule in jobs.items()
    ]
    return sorted(timings, key=lambda timing: -timing.total)


def read_peers(path: Path) -> list[dict[str, str]]:
    """Read the committed table of benchmarks, a row a tool and workload.

    Raises
    ------
    NeurosimError
        If a column is missing.
    """
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        for column in PEER_COLUMNS:
            if column not in (reader.fieldnames or ()):
                raise NeurosimError(
                    f"{path}: expected a column {column!r}, found none; make the table with "
                    "`make benchmark`"
                )
        return list(reader)


def _number(text: str | None) -> float:
    """Read a number; Snakemake writes ``NA`` or ``-`` where a job was too short to measure."""
    try:
        return float(text or 0)
    except ValueError:
        return 0.0


def read_link(path: Path) -> Link:
    """Read what the page of a recording says of itself."""
    parser = _Description()
    parser.feed(path.read_text(encoding="utf-8").partition("<style>")[0])
    return Link(path.stem, f"{path.parent.name}/{path.name}", parser.text)


def describe_run(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Say what was run: names and values for the top of the page."""
    simulation = config.get("simulation", {})
    subjects, recordings = simulation.get("subjects", []), config.get("recordings") or {}
    session = simulation.get("session", {})
    environments = {n: e for n, e in simulation.get("environments", {}).items() if e}
    durations = [session.get(part, 0.0) for part in ("pre_sleep_s", "rest_s", "post_sleep_s")]
    durations += [environment["duration_s"] for environment in environments.values()]
    minutes = math.fsum(durations) / 60
    cells = {
        "CA1": simulation.get("place_cells", {}).get("n_cells"),
        "ADN": simulation.get("heading_cells", {}).get("n_cells"),
        "left SC": simulation.get("colliculus_cells", {}).get("n_left"),
        "right SC": simulation.get("colliculus_cells", {}).get("n_right"),
    }
    animals = [name for name, a in simulation.get("cohort", {}).get("animals", {}).items() if a]
    facts = {
        "simulated subjects": f"{len(subjects)}: {', '.join(subjects)}" if subjects else "none",
        "ADN and SC alone": f"{len(animals)}: {', '.join(animals)}" if animals else "none",
        "imported recordings": ", ".join(recordings) or "none",
        "session": f"{minutes:.0f} min a subject" if minutes else "",
        "environments": ", ".join(environments),
        "cells a subject": ", ".join(f"{n} {region}" for region, n in cells.items() if n),
        "seed": str(config.get("seed", "")),
        "neurosim": __version__,
    }
    return [(name, value) for name, value in facts.items() if value]


def headline(rows: Sequence[Row]) -> str:
    """Say in a sentence or two what came out."""
    count = Counter(row.verdict for row in rows)
    recovered, lost = count["recovers"], count["does not recover"]
    agreeing, differing = count["agrees"], count["differs"]
    compared = agreeing + differing + count["inconclusive"]
    text = f"{len(rows)} numbers. {recovered} of {recovered + lost} planted values are recovered. "
    text += f"Of {compared} others, compared with the literature, "
    text += f"{agreeing} agree and {differing} differ."
    if count["not run"]:
        text += f" {count['not run']} could not be computed; their rows say why."
    return text


def _studies(
    rows: Sequence[Row], images: Mapping[str, Image], questions: Mapping[str, Sequence[str]]
) -> list[Study]:
    """Gather rows and figures by study; a study that this module does not know keeps its name."""
    entries = [Entry(index, row, make_glyph(row)) for index, row in enumerate(rows)]
    names = dict.fromkeys([*questions, *(row.study for row in rows)])
    return [
        Study(
            name,
            *STUDIES.get(name, (name.capitalize(), "")),
            [entry for entry in entries if entry.row.study == name],
            [images[question] for question in questions.get(name, ()) if question in images],
        )
        for name in names
    ]


def _counts(rows: Iterable[Row]) -> list[tuple[str, int]]:
    """Count verdicts, in the order in which the page explains them."""
    count = Counter(row.verdict for row in rows)
    order = [*VERDICTS, *(verdict for verdict in count if verdict not in VERDICTS)]
    return [(verdict, count[verdict]) for verdict in order if count[verdict]]


def _used(rows: Iterable[Row], published: Mapping[str, Reference]) -> dict[str, Reference]:
    ids = sorted({row.reference_id for row in rows} & set(published))
    return {i: published[i] for i in ids}


def render_report(
    *,
    rows: Sequence[Row],
    references: Path,
    figures: Sequence[Path],
    events: Sequence[Path],
    questions: Mapping[str, Sequence[str]],
    config: Mapping[str, Any],
    benchmarks: Path,
    speed: Path,
    pages: Sequence[Path] = (),
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
    speed : Path
        The committed table of neurosim and its peers on the same work.
    pages : sequence of Path
        Pages of single recordings, in a folder beside the report.

    Returns
    -------
    str
        HTML.
    """
    studies = _studies(rows, {image.name: image for image in map(embed, figures)}, questions)
    entries = [entry for study in studies for entry in study.entries]
    return (
        page_environment()
        .get_template("report.html.j2")
        .render(
            title="neurosim report",
            description=headline(rows),
            headline=headline(rows),
            pages=[read_link(path) for path in pages],
            facts=describe_run(config),
            verdicts=_counts(rows),
            attention=[entry for entry in entries if entry.row.verdict in ATTENTION],
            studies=studies,
            events=[embed(path) for path in events],
            origins=ORIGINS,
            trust=TRUST,
            meanings=VERDICTS,
            sources=_used(rows, load_references(references)),
            config=yaml.safe_dump(json.loads(json.dumps(config)), sort_keys=False),
            versions=versions(),
            timings=read_timings(benchmarks),
            peers=read_peers(speed),
        )
    )
