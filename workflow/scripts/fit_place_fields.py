"""Estimate place fields from running, in every environment."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.decode.position import fit_maps, fit_place_fields
from neurosim.decode.tuning import FieldParameters
from neurosim.files import Provenance, save_or_explain
from neurosim.recording import open_recording


def main(
    *, recording: Path, out: Path, maps: Path, seed: int, fields: Mapping, bin_s: float
) -> None:
    """Write the fields of the linear track, and ``maps`` with a group an environment."""
    data, parameters = open_recording(recording), FieldParameters(**fields)
    used = {"fields": dict(fields), "bin_s": bin_s}
    provenance = Provenance(
        "Place fields", "fit_place_fields", seed, used, {"recording": recording}
    )
    save_or_explain(lambda: fit_place_fields(data, parameters, bin_s), out, provenance)
    save_or_explain(lambda: fit_maps(data, parameters, bin_s), maps, provenance)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
