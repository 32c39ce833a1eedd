"""Let a network write instructions for others, from what it inferred from motor feedback."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from _job import job

from neurosim.files import Provenance, save_or_explain
from neurosim.models.instructed.communication import CommunicationParameters
from neurosim.models.instructed.communication_files import communicate_from_files
from neurosim.models.instructed.experiment import Experiment

INSTRUCTOR = 0  # number of its training


def main(
    *,
    instructors: Sequence[Path],
    partners: Sequence[Path],
    instructions: Path,
    out: Path,
    seed: int,
    experiment: Mapping,
    communication: Mapping,
    language_models: Mapping,
    thresholds: Path | None = None,
) -> None:
    """Write ``results/instruction/communication/{hold_out}/{instructed}.nc``."""
    listening: dict[str, list[Path]] = {}
    for path in partners:
        listening.setdefault(path.parent.name, []).append(path)
    files = {"instructions": instructions} | ({"thresholds": thresholds} if thresholds else {})
    save_or_explain(
        lambda: communicate_from_files(
            {path.parent.name: path for path in instructors},
            listening,
            INSTRUCTOR,
            Experiment.from_mapping(experiment, seed),
            files,
            CommunicationParameters.from_mapping(communication),
            language_models,
        ),
        out,
        Provenance(
            f"Instructions that {out.stem} writes for others",
            "communicate",
            seed,
            {"communication": communication, "language_models": language_models},
            {f"{path.parent.name}/{path.stem}": path for path in (*instructors, *partners)},
        ),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
