"""Measure a trained network on its tasks, and on those that it never trained."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.files import Provenance, save_or_explain
from neurosim.models.instructed.experiment import Experiment
from neurosim.models.instructed.held_out_study import HeldOutParameters, measure_held_out
from neurosim.models.instructed.trained import load_network


def main(
    *,
    network: Path,
    out: Path,
    seed: int,
    hold_out: str,
    number: int,
    experiment: Mapping,
    held_out: Mapping,
    thresholds: Path | None = None,
) -> None:
    """Write ``results/instruction/held_out/{hold_out}/{instructed}_{number}.nc``."""
    given = Experiment.from_mapping(experiment, seed).with_file(thresholds)
    parameters = HeldOutParameters.from_mapping(held_out)
    save_or_explain(
        lambda: measure_held_out(load_network(network), hold_out, number, given, parameters),
        out,
        Provenance(
            f"{network.stem} on {hold_out}",
            "measure_held_out",
            seed,
            {"held_out": held_out},
            {"network": network},
        ),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
