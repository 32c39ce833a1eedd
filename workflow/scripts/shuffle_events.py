"""Test every candidate event against shuffles of its bins, its cells or its fields."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from _job import job

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
) -> None:
    """Write ``results/replay/significance/{subject}.nc``.

    With `tables` (of calibrate_significance) the calibrated alpha stands beside the p values.
    """
    data, rng = open_recording(recording), generator(seed, "shuffle_events", subject)
    shuffles = tuple(significance["shuffles"])
    options = ShuffleOptions(significance["n_shuffles"], shuffles, grid=None)

    def make():
        place, events = load(fields), load(candidates)
        tested = shuffle_candidates(data, place, events, significance["bin_s"], options, rng)
        if tables:
            calibrated = [load(path) for path in tables]
            alpha = nearest_alpha(calibrated, place.sizes["unit"], shuffles, SCORES[0])
            tested.attrs[CALIBRATED] = alpha
        return tested

    inputs = {"recording": recording, "fields": fields, "candidates": candidates}
    inputs |= {f"tables/{path.stem}": path for path in tables}
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
