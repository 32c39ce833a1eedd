"""Decode the running animal's position, cross-validated, at several bin widths."""

from collections.abc import Mapping
from pathlib import Path

import xarray as xr
from _job import job

from neurosim.decode.bins import group_name
from neurosim.decode.position import decode_wake_position
from neurosim.decode.tuning import FieldParameters
from neurosim.files import Provenance, save_or_explain
from neurosim.recording import open_recording


def main(*, recording: Path, out: Path, seed: int, fields: Mapping, wake: Mapping) -> None:
    """Write ``results/replay/wake/{subject}.nc``, a group a bin width."""
    data, parameters = open_recording(recording), FieldParameters(**fields)

    def decode() -> xr.DataTree:
        decoded = {
            f"/{group_name(width)}": decode_wake_position(data, parameters, width, wake["n_folds"])
            for width in wake["bins_s"]
        }
        return xr.DataTree.from_dict(decoded)

    used = {"fields": dict(fields), "wake": dict(wake)}
    provenance = Provenance(
        "Position decoded while running",
        "decode_wake_position",
        seed,
        used,
        {"recording": recording},
    )
    save_or_explain(decode, out, provenance)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
