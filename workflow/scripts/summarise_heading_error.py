"""Summarise the error of the decoded heading over all recordings."""

from collections.abc import Sequence
from pathlib import Path

from _job import job

from analysis import heading_error
from analysis.plots import save_figure
from neurosim.files import Provenance, save
from neurosim.stats.references import load_references


def main(
    *,
    decoded: Sequence[Path],
    references: Path,
    out: Path,
    png: Path,
    svg: Path,
    seed: int,
    simulated: Sequence[str],
    bin_s: float,
) -> None:
    """Write ``results/heading/heading_error.nc`` and its figure."""
    tree = heading_error.analyse(decoded, simulated, bin_s, load_references(references))
    inputs = {f"decoded/{path.stem}": path for path in decoded} | {"references": references}
    save(
        tree,
        out,
        Provenance("Heading: error", "summarise_heading_error", seed, {"bin_s": bin_s}, inputs),
    )
    save_figure(heading_error.draw(tree), png, svg)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
