"""Decode the head's direction in the arena, cross-validated."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.decode.heading import decode_wake_heading
from neurosim.files import Provenance, save_or_explain
from neurosim.recording import open_recording


def main(*, recording: Path, out: Path, seed: int, tuning: Mapping, wake: Mapping) -> None:
    """Write ``results/heading/wake/{subject}.nc``."""
    data = open_recording(recording)
    used = {"tuning": dict(tuning), "wake": dict(wake)}
    save_or_explain(
        lambda: decode_wake_heading(
            data, width=wake["bin_s"], n_folds=wake["n_folds"], tuning=tuning
        ),
        out,
        Provenance(
            "Heading decoded awake", "decode_wake_heading", seed, used, {"recording": recording}
        ),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
