"""Measure how a trained network represents its tasks, layer by layer and unit by unit."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.files import Provenance, load, save_or_explain
from neurosim.models.instructed.experiment import Experiment
from neurosim.models.instructed.representation import (
    RepresentationParameters,
    measure_representation,
)
from neurosim.models.instructed.trained import load_network


def main(
    *,
    network: Path,
    out: Path,
    seed: int,
    hold_out: str,
    number: int,
    experiment: Mapping,
    representation: Mapping,
    thresholds: Path | None = None,
    embedding: Path | None = None,
) -> None:
    """Write ``results/instruction/representation/{hold_out}/{instructed}_{number}.nc``."""
    given = Experiment.from_mapping(experiment, seed).with_file(thresholds)
    parameters = RepresentationParameters.from_mapping(representation)
    save_or_explain(
        lambda: measure_representation(
            load_network(network),
            hold_out,
            number,
            given,
            parameters,
            load(embedding)["hidden"].values if embedding else None,
        ),
        out,
        Provenance(
            f"Representation of tasks in {network.stem}, trained without {hold_out}",
            "measure_representation",
            seed,
            {"representation": representation},
            {"network": network},
        ),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
