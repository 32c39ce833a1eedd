"""Summarise what the analysis is worth on the own cells of each recording."""

from collections.abc import Sequence
from pathlib import Path

from _job import job

from analysis import own_cells, own_cells_figure
from analysis.plots import save_figure
from neurosim.files import Provenance, save
from neurosim.stats.references import load_references


def main(
    *,
    own: Sequence[Path],
    events: Sequence[Path],
    p_values: Sequence[Path],
    planted: Sequence[Path],
    references: Path,
    out: Path,
    png: Path,
    svg: Path,
    seed: int,
    states: Sequence[str],
) -> None:
    """Write ``results/replay/own_cells.nc`` and its figure."""
    truths = {path.stem: path for path in planted}
    files = [
        own_cells.Files(*paths, truths.get(paths[0].stem))
        for paths in zip(own, events, p_values, strict=True)
    ]
    tree = own_cells.analyse(files, states, load_references(references), seed)
    kinds = {"own": own, "events": events, "p_values": p_values, "planted": planted}
    inputs = {f"{kind}/{path.stem}": path for kind, paths in kinds.items() for path in paths}
    used = {"states": list(states)}
    save(
        tree,
        out,
        Provenance(
            "Replay: own cells",
            "summarise_own_cells",
            seed,
            used,
            inputs | {"references": references},
        ),
    )
    save_figure(own_cells_figure.draw(tree), png, svg)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
