"""Summarise which constants decide what replay comes out of a network."""

from collections.abc import Sequence
from pathlib import Path

from _job import job

from analysis import emergent_sensitivity
from analysis.plots import save_figure
from neurosim.files import Provenance, save
from neurosim.network.ca3_constants import read_constants


def main(
    *, sensitivity: Sequence[Path], constants: Path, out: Path, png: Path, svg: Path, seed: int
) -> None:
    """Write ``results/emergent/emergent_sensitivity.nc`` and its figure."""
    read = emergent_sensitivity.read_sensitivity(sensitivity)
    tree = emergent_sensitivity.analyse(read, read_constants(constants))
    inputs = {f"sensitivity/{path.stem}": path for path in sensitivity} | {"constants": constants}
    provenance = Provenance(
        "Emergent replay: sensitivity", "summarise_sensitivity", seed, {}, inputs
    )
    save(tree, out, provenance)
    save_figure(emergent_sensitivity.draw(tree), png, svg)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
