"""Summarise which constants decide what replay comes out of a network."""

from collections.abc import Sequence
from pathlib import Path

from _job import job

from analysis import emergent_sensitivity
from analysis.plots import save_figure
from neurosim.files import Provenance, save


def main(*, sensitivity: Sequence[Path], out: Path, png: Path, svg: Path, seed: int) -> None:
    """Write ``results/emergent/emergent_sensitivity.nc`` and its figure."""
    tree = emergent_sensitivity.analyse(emergent_sensitivity.read_sensitivity(sensitivity))
    inputs = {f"sensitivity/{path.stem}": path for path in sensitivity}
    provenance = Provenance(
        "Emergent replay: sensitivity", "summarise_sensitivity", seed, {}, inputs
    )
    save(tree, out, provenance)
    save_figure(emergent_sensitivity.draw(tree), png, svg)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
