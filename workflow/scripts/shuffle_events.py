"""Test every candidate event against shuffles of its bins, its cells or its fields."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from _job import job

from neurosim import MissingData
from neurosim.calibration.significance import nearest_alpha
from neurosim.decode.event_tests import CALIBRATED, shuffle_candidates
from neurosim.decode.scores import SCORES
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
        alpha = _own_alpha(own)
        if alpha is None and tables:
            calibrated = [load(path) for path in tables]
            alpha = nearest_alpha(calibrated, place.sizes["unit"], shuffles, SCORES[0])
        if alpha is not None:
            tested.attrs[CALIBRATED] = alpha
        return tested

    inputs = {"recording": recording, "fields": fields, "candidates": candidates}
    inputs |= {f"tables/{path.stem}": path for path in tables} | ({"own": own} if own else {})
    save_or_explain(
        make,
        out,
        Provenance(
            "Significance of candidate events", "shuffle_events", seed, significance, inputs
        ),
    )


def _own_alpha(own: Path | None) -> float | None:
    """Alpha of the recording's own cells, where they could be calibrated."""
    try:
        return None if own is None else float(load(own).attrs[CALIBRATED])
    except MissingData:
        return None


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
