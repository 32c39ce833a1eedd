"""Collect the rows of all questions into one summary."""

from collections.abc import Sequence
from pathlib import Path

from _job import job

from analysis.results import rows_of
from neurosim.files import Provenance, save
from neurosim.stats.summary import rows_to_dataset, write_csv


def main(*, questions: Sequence[Path], csv: Path, out: Path, seed: int) -> None:
    """Write ``results/summary.csv`` and ``results/summary.nc``."""
    rows = [row for path in questions for row in rows_of(path)]
    inputs = {path.stem: path for path in questions}
    provenance = Provenance("Summary of all studies", "collect_summary", seed, {}, inputs)
    save(rows_to_dataset(rows), out, provenance)
    write_csv(rows, csv)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
