"""Let a trained network learn held-out tasks by its input weights alone."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.files import Provenance, save_or_explain
from neurosim.models.instructed.experiment import Experiment
from neurosim.models.instructed.held_out_study import measure_input_learning
from neurosim.models.instructed.learning import LearningParameters
from neurosim.models.instructed.trained import load_network
from neurosim.tasks.examples import made


def main(
    *,
    network: Path,
    out: Path,
    seed: int,
    hold_out: str,
    number: int,
    experiment: Mapping,
    learning: Mapping,
    thresholds: Path | None = None,
) -> None:
    """Write ``results/instruction/input_learning/{hold_out}/{instructed}_{number}.nc``."""
    given = Experiment.from_mapping(experiment, seed).with_file(thresholds)
    budget = made(LearningParameters, learning, "input_learning.learning")
    save_or_explain(
        lambda: measure_input_learning(load_network(network), hold_out, number, given, budget),
        out,
        Provenance(
            f"{network.stem} learns {hold_out} by its input weights",
            "learn_by_inputs",
            seed,
            {"learning": learning},
            {"network": network},
        ),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
