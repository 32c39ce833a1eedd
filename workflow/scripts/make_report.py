"""Make the self-contained report."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from _job import job

from analysis.report import render_report
from neurosim.files import written_aside
from neurosim.stats.summary import read_csv


def main(
    *,
    summary: Path,
    references: Path,
    figures: Sequence[Path],
    events: Sequence[Path],
    pages: Sequence[Path],
    templates: Sequence[Path],
    speed: Path,
    out: Path,
    questions: Mapping[str, Sequence[str]],
    config: Mapping,
    benchmarks: str,
) -> None:
    """Write ``results/report.html``.

    `templates` are read by the package; they are inputs so that an edit makes the report anew.
    """
    page = render_report(
        rows=read_csv(summary),
        references=references,
        figures=figures,
        events=events,
        pages=pages,
        questions=questions,
        config=config,
        benchmarks=Path(benchmarks),
        speed=speed,
    )
    with written_aside(out) as aside:
        aside.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
