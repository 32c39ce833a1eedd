"""Put the numbers of published papers beside ours and what was planted."""

from collections.abc import Sequence
from pathlib import Path

from _job import job

from analysis import literature
from analysis.plots import save_figure
from neurosim.files import Provenance, save
from neurosim.stats.references import load_references


def main(
    *,
    papers: Path,
    compression: Path,
    references: Path,
    out: Path,
    png: Path,
    svg: Path,
    seed: int,
    simulated: Sequence[str],
) -> None:
    """Write ``results/replay/literature.nc`` and its figure."""
    tree = literature.analyse(papers, compression, load_references(references), simulated)
    inputs = {"papers": papers, "compression": compression, "references": references}
    used = {"simulated": list(simulated)}
    save(tree, out, Provenance("Replay: literature", "summarise_literature", seed, used, inputs))
    save_figure(literature.draw(tree), png, svg)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
