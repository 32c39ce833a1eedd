"""Decode candidate events: posterior, direction, velocity, compression."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.decode.common import laps_of
from neurosim.decode.trajectories import TrajectoryParameters, decode_events
from neurosim.files import Provenance, load, save_or_explain
from neurosim.recording import open_recording


def main(
    *,
    recording: Path,
    fields: Path,
    candidates: Path,
    out: Path,
    seed: int,
    trajectories: Mapping,
) -> None:
    """Write ``results/replay/events/{subject}.nc``."""
    data, parameters = open_recording(recording), TrajectoryParameters(**trajectories)
    inputs = {"recording": recording, "fields": fields, "candidates": candidates}
    save_or_explain(
        lambda: decode_events(data, load(fields), load(candidates), laps_of(data), parameters),
        out,
        Provenance("Decoded candidate events", "decode_events", seed, trajectories, inputs),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
