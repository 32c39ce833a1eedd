"""Estimate place fields from running."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.decode.position import fit_place_fields
from neurosim.decode.tuning import FieldParameters
from neurosim.files import Provenance, save_or_explain
from neurosim.recording import open_recording


def main(*, recording: Path, out: Path, seed: int, fields: Mapping, bin_s: float) -> None:
    """Write ``results/replay/fields/{subject}.nc``."""
    data = open_recording(recording)
    used = {"fields": dict(fields), "bin_s": bin_s}
    save_or_explain(
        lambda: fit_place_fields(data, FieldParameters(**fields), bin_s),
        out,
        Provenance("Place fields", "fit_place_fields", seed, used, {"recording": recording}),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
