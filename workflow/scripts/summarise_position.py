"""Summarise the error of the decoded position over all recordings."""

from collections.abc import Sequence
from pathlib import Path

from _job import job

from analysis import position
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
    bins_s: Sequence[float],
) -> None:
    """Write ``results/replay/position.nc`` and its figure."""
    tree = position.analyse(decoded, simulated, bins_s, load_references(references))
    inputs = {f"decoded/{path.stem}": path for path in decoded} | {"references": references}
    used = {"bins_s": list(bins_s)}
    save(tree, out, Provenance("Replay: position", "summarise_position", seed, used, inputs))
    save_figure(position.draw(tree), png, svg)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
