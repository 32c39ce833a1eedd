"""Summarise drift and turns of the virtual heading in REM over all recordings."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from _job import job

from analysis import rem_heading
from analysis.plots import save_figure
from neurosim.files import Provenance, save
from neurosim.stats.references import load_references


def main(
    *,
    decoded: Sequence[Path],
    planted: Sequence[Path],
    references: Path,
    out: Path,
    png: Path,
    svg: Path,
    seed: int,
    simulated: Sequence[str],
    bins_s: Sequence[float],
    turns: Mapping,
) -> None:
    """Write ``results/heading/rem_heading.nc`` and its figure."""
    published = load_references(references)
    tree = rem_heading.analyse(decoded, planted, simulated, bins_s, turns, published)
    kinds = {"decoded": decoded, "planted": planted}
    inputs = {f"{kind}/{path.stem}": path for kind, paths in kinds.items() for path in paths}
    inputs["references"] = references
    used = {"bins_s": list(bins_s), "turns": dict(turns)}
    save(tree, out, Provenance("Heading: REM", "summarise_rem_heading", seed, used, inputs))
    save_figure(rem_heading.draw(tree), png, svg)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
