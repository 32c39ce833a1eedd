"""Summarise what replay came out of networks in which nobody planted any."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from _job import job

from analysis import emergent
from analysis.emergent_networks import read_networks
from analysis.plots import save_figure
from neurosim.files import Provenance, load, save
from neurosim.stats.references import load_references


def main(
    *,
    events: Sequence[Path],
    packets: Sequence[Path],
    sensitivity: Path,
    references: Path,
    out: Path,
    png: Path,
    svg: Path,
    seed: int,
    designs: Mapping[str, Mapping],
    min_span_m: float,
) -> None:
    """Write ``results/emergent/emergent.nc`` and its figure."""
    networks = read_networks(events, packets, designs, min_span_m)
    varied = load(sensitivity, "sensitivity")
    tree = emergent.analyse(networks, load_references(references), varied)
    kinds = {"events": events, "packets": packets}
    inputs = {f"{kind}/{path.stem}": path for kind, paths in kinds.items() for path in paths}
    inputs |= {"sensitivity": sensitivity, "references": references}
    used = {"designs": designs, "min_span_m": min_span_m}
    save(tree, out, Provenance("Emergent replay", "summarise_emergent", seed, used, inputs))
    save_figure(emergent.draw(tree), png, svg)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
