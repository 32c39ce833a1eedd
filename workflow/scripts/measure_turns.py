"""Find a recording's turn cells and population turn events, and what follows them."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.decode.turns import TurnAnalysis, measure_turns
from neurosim.files import Provenance, save_or_explain
from neurosim.recording import open_recording
from neurosim.seeds import generator


def main(
    *,
    recording: Path,
    out: Path,
    subject: str,
    seed: int,
    turn_cells: Mapping,
    turn_events: Mapping,
) -> None:
    """Write ``results/heading/turns/{subject}.nc``, a group a question."""
    data = open_recording(recording)
    analysis = TurnAnalysis.from_mapping(turn_cells, turn_events)
    save_or_explain(
        lambda: measure_turns(data, analysis, generator(seed, "measure_turns", subject)),
        out,
        Provenance(
            "Turn cells and population turn events",
            "measure_turns",
            seed,
            {"turn_cells": dict(turn_cells), "turn_events": dict(turn_events)},
            {"recording": recording},
        ),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
