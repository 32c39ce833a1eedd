"""Plant replay in twins of a recording, and read it as the recording is read."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.calibration.own_cells import OwnAnalysis, calibrate_recording
from neurosim.calibration.twins import TwinParameters
from neurosim.decode.common import laps_of
from neurosim.files import Provenance, load, save_or_explain
from neurosim.recording import open_recording
from neurosim.seeds import generator


def main(
    *,
    recording: Path,
    fields: Path,
    candidates: Path,
    out: Path,
    subject: str,
    seed: int,
    twins: Mapping,
    analysis: Mapping,
) -> None:
    """Write ``results/replay/own/{subject}.nc``."""
    data = open_recording(recording)
    save_or_explain(
        lambda: calibrate_recording(
            data,
            load(fields),
            load(candidates),
            laps_of(data),
            OwnAnalysis.from_mapping(analysis),
            TwinParameters(**twins),
            generator(seed, "calibrate_recording", subject),
        ),
        out,
        Provenance(
            "Replay planted in a recording's own cells",
            "calibrate_recording",
            seed,
            {"twins": dict(twins), "analysis": dict(analysis)},
            {"recording": recording, "fields": fields, "candidates": candidates},
        ),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
