"""Put what was planted beside the signatures of a recording: a comparison with truth."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.decode.planted_signatures import Precession, planted_signatures
from neurosim.files import Provenance, load, save_or_explain
from neurosim.recording import open_truth


def main(*, recording: Path, signatures: Path, out: Path, seed: int, precession: Mapping) -> None:
    """Write ``results/replay/planted_signatures/{subject}.nc``."""
    save_or_explain(
        lambda: planted_signatures(
            open_truth(recording, "cells/CA1"),
            open_truth(recording, "events"),
            load(signatures, "maps"),
            load(signatures, "theta_lag")["running_speed"].item(),
            Precession(**precession),
        ),
        out,
        Provenance(
            "Planted signatures",
            "match_planted_signatures",
            seed,
            {"precession": dict(precession)},
            {"recording": recording, "signatures": signatures},
        ),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
