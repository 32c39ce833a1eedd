"""Decode the virtual heading in REM, at several bin widths."""

from collections.abc import Mapping
from pathlib import Path

import xarray as xr
from _job import job

from neurosim.decode.bins import group_name
from neurosim.decode.heading import decode_sleep_heading
from neurosim.files import Provenance, load, save_or_explain
from neurosim.recording import open_recording


def main(*, recording: Path, tuning: Path, out: Path, seed: int, sleep: Mapping) -> None:
    """Write ``results/heading/sleep/{subject}.nc``, a group a bin width."""
    data = open_recording(recording)

    def decode() -> xr.DataTree:
        curves = load(tuning)
        decoded = {
            f"/{group_name(width)}": decode_sleep_heading(data, curves, width=width, state="rem")
            for width in sleep["bins_s"]
        }
        return xr.DataTree.from_dict(decoded)

    provenance = Provenance(
        "Virtual heading decoded in REM",
        "decode_sleep_heading",
        seed,
        sleep,
        {"recording": recording, "tuning": tuning},
    )
    save_or_explain(decode, out, provenance)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
