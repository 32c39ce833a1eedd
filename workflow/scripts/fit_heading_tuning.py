"""Estimate heading tuning from the open arena."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.decode.heading import fit_heading_tuning
from neurosim.files import Provenance, save_or_explain
from neurosim.recording import open_recording


def main(*, recording: Path, out: Path, seed: int, tuning: Mapping, bin_s: float) -> None:
    """Write ``results/heading/tuning/{subject}.nc``."""
    data = open_recording(recording)
    used = {"tuning": dict(tuning), "bin_s": bin_s}
    save_or_explain(
        lambda: fit_heading_tuning(data, width=bin_s, tuning=tuning),
        out,
        Provenance("Heading tuning", "fit_heading_tuning", seed, used, {"recording": recording}),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
