"""Measure the rotation of the decoded heading in every block, with what was inactivated."""

from collections.abc import Mapping
from pathlib import Path

import xarray as xr
from _job import job

from neurosim.decode.bins import group_name
from neurosim.decode.inactivation import (
    by_epoch,
    check_inactivation,
    decode_inactivated_wake,
    joined,
    measure_inactivation,
)
from neurosim.decode.rotation import RotationParameters
from neurosim.files import Provenance, explained, load, save_or_explain
from neurosim.recording import open_recording


def main(*, recording: Path, decoded: Path, out: Path, seed: int, inactivation: Mapping) -> None:
    """Write ``results/heading/inactivation/{subject}.nc``, a group a state."""
    data = open_recording(recording)
    width = inactivation["bin_s"]
    parameters = RotationParameters(inactivation["reversal_deg"], inactivation["max_gap_s"])

    def headings(state: str) -> xr.Dataset:
        normal = by_epoch(load(decoded, f"{state}/{group_name(width)}"))
        if state != "wake":
            return normal  # asleep, all epochs were decoded with the tuning of wake
        return joined([normal, decode_inactivated_wake(data, load(decoded, "tuning"), width)])

    def measure() -> xr.DataTree:
        check_inactivation(data)
        groups = {
            f"/{state}": explained(
                lambda state=state: measure_inactivation(headings(state), parameters)
            )
            for state in ("rem", "nrem", "wake")
        }
        return xr.DataTree.from_dict(groups)

    provenance = Provenance(
        "Rotation of the decoded heading by block and inactivation",
        "measure_inactivation",
        seed,
        inactivation,
        {"recording": recording, "decoded": decoded},
    )
    save_or_explain(measure, out, provenance)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
