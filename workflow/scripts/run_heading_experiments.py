"""Experiments with the inner compass: constants, cut wires, open gates, neglect, training."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from _job import job

from neurosim.calibration.compass_sessions import ExperimentDesign
from neurosim.calibration.internal_model import run_experiments
from neurosim.files import Provenance, save


def main(
    *, out: Path, seed: int, simulation: Mapping, constants: Sequence[Mapping], design: Mapping
) -> None:
    """Write ``results/heading/calibration/internal_model.nc``, a group an experiment."""
    ends = {constant["name"]: (constant["low"], constant["high"]) for constant in constants}
    used = {"design": dict(design), "constants": ends, "simulation": dict(simulation)}
    save(
        run_experiments(simulation, ends, ExperimentDesign(**design), seed),
        out,
        Provenance("Experiments with the inner compass", "run_heading_experiments", seed, used),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
