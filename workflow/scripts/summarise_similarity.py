"""Compare reverse models with their forward twins."""

from collections.abc import Sequence
from pathlib import Path

from _job import job

from analysis import similarity
from analysis.plots import save_figure
from neurosim.files import Provenance, save
from neurosim.stats.references import load_references


def main(
    *,
    models: Sequence[Path],
    references: Path,
    out: Path,
    png: Path,
    svg: Path,
    seed: int,
    sources: Sequence[str],
) -> None:
    """Write ``results/reverse/similarity.nc`` and its figure."""
    trained = dict(zip(sources, models, strict=True))
    tree = similarity.analyse(trained, load_references(references))
    inputs = {f"models/{source}": path for source, path in trained.items()}
    inputs |= {"references": references}
    save(tree, out, Provenance("Reverse: similarity", "summarise_similarity", seed, {}, inputs))
    save_figure(similarity.draw(tree), png, svg)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
