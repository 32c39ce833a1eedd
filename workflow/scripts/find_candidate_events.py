"""Find candidate events: population bursts while the animal does not move."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.decode.bursts import BurstDetection, find_candidates
from neurosim.files import Provenance, save_or_explain
from neurosim.recording import open_recording


def main(*, recording: Path, out: Path, seed: int, candidates: Mapping) -> None:
    """Write ``results/replay/candidates/{subject}.nc``."""
    data = open_recording(recording)
    detection = BurstDetection(**{**candidates, "states": tuple(candidates["states"])})
    provenance = Provenance(
        "Candidate events", "find_candidate_events", seed, candidates, {"recording": recording}
    )
    save_or_explain(lambda: find_candidates(data, detection), out, provenance)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
