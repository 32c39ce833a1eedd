"""Make the page of one recording."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from _job import job

from analysis.one_recording import Files, OneRecording, Options
from analysis.recording_page import render_page
from neurosim.files import written_aside
from neurosim.stats.references import load_references


def main(
    *,
    references: Path,
    templates: Sequence[Path],
    out: Path,
    seed: int,
    options: Mapping,
    **files: Path,
) -> None:
    """Write ``results/pages/{subject}.html`` from the files of `analysis.one_recording.Files`.

    `templates` are read by the package; they are inputs so that an edit makes the page anew.
    """
    one = OneRecording(
        Files(**files), Options.from_mapping(seed, options), load_references(references)
    )
    page = render_page(one)
    with written_aside(out) as aside:
        aside.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
