"""Measure similarity of maps, theta compression, reward discounts and REM in one recording."""

from collections.abc import Mapping
from pathlib import Path

import xarray as xr
from _job import job

from neurosim import MissingData
from neurosim.decode.rem_sequences import RemParameters
from neurosim.decode.reward_replay import RewardParameters
from neurosim.decode.signatures import SignatureParameters, measure_signatures
from neurosim.decode.tuning import FieldParameters
from neurosim.files import Provenance, load, save
from neurosim.recording import group_names, open_recording
from neurosim.seeds import generator


def main(
    *,
    recording: Path,
    maps: Path,
    candidates: Path,
    out: Path,
    subject: str,
    seed: int,
    fields: Mapping,
    fit_bin_s: float,
    signatures: Mapping,
) -> None:
    """Write ``results/replay/signatures/{subject}.nc``, a group a signature."""

    def all_maps() -> xr.DataTree:
        load(maps)  # says why there are none
        return xr.DataTree.from_dict({f"/{name}": load(maps, name) for name in group_names(maps)})

    def oscillations() -> xr.Dataset:
        if "oscillations" not in group_names(recording):
            raise MissingData(f"{recording.stem}: expected '/oscillations' with theta, found none")
        return load(recording, "oscillations")

    parameters = SignatureParameters(
        fields=FieldParameters(**fields),
        fit_bin_s=fit_bin_s,
        rewards=RewardParameters(**signatures["rewards"]),
        rem=RemParameters(**signatures["rem"]),
    )
    measured = measure_signatures(
        open_recording(recording),
        all_maps,
        oscillations,
        lambda: load(candidates),
        parameters,
        generator(seed, "measure_signatures", subject),
    )
    used = {"fields": dict(fields), "fit_bin_s": fit_bin_s, "signatures": dict(signatures)}
    inputs = {"recording": recording, "maps": maps, "candidates": candidates}
    save(measured, out, Provenance("Signatures", "measure_signatures", seed, used, inputs))


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
