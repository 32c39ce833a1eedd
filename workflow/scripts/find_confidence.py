"""Find the noise and contrast at which a trained network decides with confidence."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.files import Provenance, save
from neurosim.models.instructed.experiment import Experiment
from neurosim.models.instructed.training_runs import find_confidence
from neurosim.tasks.psychophysics.instructions import read_instructions


def main(
    *, instructions: Path, out: Path, seed: int, experiment: Mapping, confidence: Mapping
) -> None:
    """Write ``results/instruction/thresholds.nc``."""
    checkpoint = out.with_suffix(".checkpoint")
    found = find_confidence(
        Experiment.from_mapping(experiment, seed),
        read_instructions(instructions),
        **confidence,
        checkpoint=checkpoint,
    )
    used = {"experiment": experiment, "confidence": confidence}
    inputs = {"instructions": instructions}
    save(found, out, Provenance("Thresholds of confidence", "find_confidence", seed, used, inputs))
    checkpoint.unlink(missing_ok=True)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
