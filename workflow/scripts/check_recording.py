"""Check what a person would check of a recording."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.decode.checks.material import Material
from neurosim.decode.checks.run import check_recording
from neurosim.decode.checks.verdicts import checks_dataset
from neurosim.decode.tuning import FieldParameters
from neurosim.files import Provenance, load, save
from neurosim.recording import open_recording
from neurosim.seeds import generator


def main(
    *,
    recording: Path,
    candidates: Path,
    out: Path,
    subject: str,
    seed: int,
    checks: Mapping,
) -> None:
    """Write ``results/checks/{subject}.nc``."""
    data = open_recording(recording)
    material = Material(
        data,
        lambda: load(candidates),
        FieldParameters(**checks["fields"]),
        checks["fit_bin_s"],
        tuple(checks["states"]),
        checks["min_cells"],
        checks["n_shuffles"],
        generator(seed, "check_recording", subject),
    )
    save(
        checks_dataset(check_recording(material)),
        out,
        Provenance(
            "Checks of a recording",
            "check_recording",
            seed,
            checks,
            {"recording": recording, "candidates": candidates},
        ),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
