"""Summarise rotation under inactivation over all recordings."""

from collections.abc import Sequence
from pathlib import Path

from _job import job

from analysis import inactivation
from analysis.plots import save_figure
from neurosim.files import Provenance, save
from neurosim.stats.references import load_references


def main(
    *,
    measured: Sequence[Path],
    planted: Sequence[Path],
    references: Path,
    out: Path,
    png: Path,
    svg: Path,
    seed: int,
    simulated: Sequence[str],
    n_permutations: int,
) -> None:
    """Write ``results/heading/inactivation.nc`` and its figure."""
    published = load_references(references)
    tree = inactivation.analyse(measured, planted, simulated, n_permutations, published, seed)
    kinds = {"measured": measured, "planted": planted}
    inputs = {f"{kind}/{path.stem}": path for kind, paths in kinds.items() for path in paths}
    inputs["references"] = references
    used = {"n_permutations": n_permutations}
    provenance = Provenance("Heading: inactivation", "summarise_inactivation", seed, used, inputs)
    save(tree, out, provenance)
    save_figure(inactivation.draw(tree), png, svg)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
