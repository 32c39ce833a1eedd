"""Summarise false positives and power of the shuffles over the calibration tables."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from _job import job

from analysis import false_positives
from analysis.plots import save_figure
from neurosim.files import Provenance, save
from neurosim.stats.references import load_references


def main(
    *,
    tables: Sequence[Path],
    references: Path,
    described: Mapping[str, Mapping],
    out: Path,
    png: Path,
    svg: Path,
    seed: int,
) -> None:
    """Write ``results/replay/false_positives.nc`` and its figure."""
    tree = false_positives.analyse(tables, described, load_references(references))
    inputs = {f"tables/{path.stem}": path for path in tables} | {"references": references}
    used = {"tables": dict(described)}
    save(
        tree,
        out,
        Provenance("Replay: false positives", "summarise_false_positives", seed, used, inputs),
    )
    save_figure(false_positives.draw(tree), png, svg)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
