"""Train a network that is told its tasks, on all but those held out; go on from its checkpoint."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.files import Provenance, save_or_explain
from neurosim.models.instructed.experiment import Experiment
from neurosim.models.instructed.training_runs import train_from_files


def main(
    *,
    instructions: Path,
    out: Path,
    seed: int,
    name: str,
    hold_out: str,
    number: int,
    experiment: Mapping,
    tuned: Mapping,
    language_models: Mapping,
    thresholds: Path | None = None,
    embedding: Path | None = None,
    untuned: Path | None = None,
) -> None:
    """Write ``results/instruction/networks/{hold_out}/{instructed}_{number}.nc``."""
    checkpoint = out.with_suffix(".checkpoint")
    files = {"thresholds": thresholds, "embedding": embedding, "untuned": untuned}
    inputs = {"instructions": instructions} | {key: path for key, path in files.items() if path}
    used = {"name": name, "hold_out": hold_out, "number": number, "experiment": experiment}
    if untuned:
        used |= {"tuned": tuned, "language_models": language_models}
    save_or_explain(
        lambda: train_from_files(
            name,
            hold_out,
            number,
            Experiment.from_mapping(experiment, seed),
            inputs,
            tuned,
            language_models,
            checkpoint,
        ),
        out,
        Provenance(f"{name} without {hold_out}", "train_instructed", seed, used, inputs),
    )
    checkpoint.unlink(missing_ok=True)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
