"""Measure the rotation of the ring itself in the same blocks: a comparison with truth."""

from collections.abc import Mapping
from pathlib import Path

import xarray as xr
from _job import job

from neurosim.decode.inactivation import planted_rotation
from neurosim.decode.rotation import RotationParameters
from neurosim.files import Provenance, explained, load, save_or_explain
from neurosim.recording import open_truth


def main(*, recording: Path, measured: Path, out: Path, seed: int, inactivation: Mapping) -> None:
    """Write ``results/heading/planted_inactivation/{subject}.nc``, a group a state."""
    parameters = RotationParameters(inactivation["reversal_deg"], inactivation["max_gap_s"])

    def compare() -> xr.DataTree:
        truth = open_truth(recording, "heading")
        groups = {
            f"/{state}": explained(
                lambda state=state: planted_rotation(load(measured, state), truth, parameters)
            )
            for state in ("rem", "nrem", "wake")
        }
        return xr.DataTree.from_dict(groups)

    provenance = Provenance(
        "Rotation of the ring by block",
        "match_planted_inactivation",
        seed,
        inactivation,
        {"recording": recording, "measured": measured},
    )
    save_or_explain(compare, out, provenance)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
