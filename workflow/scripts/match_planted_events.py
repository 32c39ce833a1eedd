"""Put what was planted beside each candidate event: a comparison with truth."""

from pathlib import Path

from _job import job

from neurosim.decode.matching import planted_beside
from neurosim.files import Provenance, load, save_or_explain
from neurosim.recording import open_truth


def main(*, recording: Path, candidates: Path, out: Path, seed: int, min_overlap: float) -> None:
    """Write ``results/replay/planted/{subject}.nc``."""
    save_or_explain(
        lambda: planted_beside(load(candidates), open_truth(recording, "events"), min_overlap),
        out,
        Provenance(
            "Planted events beside the candidates",
            "match_planted_events",
            seed,
            {"min_overlap": min_overlap},
            {"recording": recording, "candidates": candidates},
        ),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
