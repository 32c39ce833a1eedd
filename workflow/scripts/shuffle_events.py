"""Test every decoded event against shuffled posteriors."""

from pathlib import Path

from _job import job

from neurosim.decode.shuffles import event_significance
from neurosim.files import Provenance, load, save_or_explain
from neurosim.seeds import generator


def main(*, events: Path, out: Path, subject: str, seed: int, n_shuffles: int) -> None:
    """Write ``results/replay/significance/{subject}.nc``."""
    rng = generator(seed, "shuffle_events", subject)
    save_or_explain(
        lambda: event_significance(load(events), n_shuffles, rng, subject),
        out,
        Provenance(
            "Significance of decoded events",
            "shuffle_events",
            seed,
            {"n_shuffles": n_shuffles},
            {"events": events},
        ),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
