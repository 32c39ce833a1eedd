"""Test every candidate event against shuffles of its bins, its cells or its fields."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from _job import job

from neurosim.calibration.alpha import calibrated_for
from neurosim.decode.event_tests import shuffle_candidates
from neurosim.decode.shuffles import ShuffleOptions
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
    significance: Mapping,
    tables: Sequence[Path] = (),
    own: Path | None = None,
) -> None:
    """Write ``results/replay/significance/{subject}.nc``.

    The calibrated alpha stands beside the p values: that of the recording's `own` cells (of
    calibrate_recording), or of the nearest of `tables` (of calibrate_significance).
    """
    data, rng = open_recording(recording), generator(seed, "shuffle_events", subject)
    shuffles = tuple(significance["shuffles"])
    options = ShuffleOptions(significance["n_shuffles"], shuffles, grid=None)

    def make():
        place, events = load(fields), load(candidates)
        tested = shuffle_candidates(data, place, events, significance["bin_s"], options, rng)
        return tested.assign_attrs(calibrated_for(place.sizes["unit"], shuffles, own, tables))

    inputs = {"recording": recording, "fields": fields, "candidates": candidates}
    inputs |= {f"tables/{path.stem}": path for path in tables} | ({"own": own} if own else {})
    save_or_explain(
        make,
        out,
        Provenance(
            "Significance of candidate events", "shuffle_events", seed, significance, inputs
        ),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
