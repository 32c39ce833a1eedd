"""Summarise how well dynamics are told apart, and which ones events have."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from _job import job

from analysis import dynamics as question
from analysis.plots import save_figure
from neurosim.files import Provenance, save
from neurosim.stats.references import load_references


def main(
    *,
    tables: Sequence[Path],
    dynamics: Sequence[Path],
    planted: Sequence[Path],
    references: Path,
    described: Mapping[str, Mapping],
    out: Path,
    png: Path,
    svg: Path,
    seed: int,
    simulated: Sequence[str],
    states: Sequence[str],
) -> None:
    """Write ``results/replay/dynamics.nc`` and its figure."""
    published = load_references(references)
    events = question.dynamics_tables(dynamics, planted, simulated)
    tree = question.analyse(tables, described, events, published, states)
    kinds = {"tables": tables, "dynamics": dynamics, "planted": planted}
    inputs = {f"{kind}/{path.stem}": path for kind, paths in kinds.items() for path in paths}
    inputs["references"] = references
    used = {"tables": dict(described), "states": list(states)}
    save(tree, out, Provenance("Replay: dynamics", "summarise_dynamics", seed, used, inputs))
    save_figure(question.draw(tree), png, svg)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
