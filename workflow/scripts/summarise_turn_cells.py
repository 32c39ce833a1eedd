"""Summarise turn cells over all recordings, and how weak they may be."""

from collections.abc import Sequence
from pathlib import Path

from _job import job

from analysis import turn_cells
from analysis.plots import save_figure
from neurosim.files import Provenance, save
from neurosim.stats.references import load_references


def main(
    *,
    turns: Sequence[Path],
    planted: Path,
    calibration: Path,
    references: Path,
    out: Path,
    png: Path,
    svg: Path,
    seed: int,
    simulated: Sequence[str],
) -> None:
    """Write ``results/heading/turn_cells.nc`` and its figure."""
    found = turn_cells.load_turn_cells(turns, planted, calibration, simulated)
    tree = turn_cells.analyse(found, load_references(references))
    inputs = {f"turns/{path.stem}": path for path in turns}
    inputs |= {"planted": planted, "calibration": calibration, "references": references}
    save(tree, out, Provenance("Heading: turn cells", "summarise_turn_cells", seed, {}, inputs))
    save_figure(turn_cells.draw(tree), png, svg)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
