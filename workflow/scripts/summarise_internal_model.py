"""Summarise the experiments with the inner compass."""

from pathlib import Path

import xarray as xr
from _job import job

from analysis import internal_model
from analysis.plots import save_figure
from neurosim.files import Provenance, load, save
from neurosim.recording import group_names
from neurosim.stats.references import load_references


def main(
    *, experiments: Path, references: Path, out: Path, png: Path, svg: Path, seed: int
) -> None:
    """Write ``results/heading/internal_model.nc`` and its figure."""
    groups = {f"/{name}": load(experiments, name) for name in group_names(experiments)}
    tree = internal_model.analyse(xr.DataTree.from_dict(groups), load_references(references))
    inputs = {"experiments": experiments, "references": references}
    provenance = Provenance(
        "Heading: the internal model", "summarise_internal_model", seed, {}, inputs
    )
    save(tree, out, provenance)
    save_figure(internal_model.draw(tree), png, svg)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
