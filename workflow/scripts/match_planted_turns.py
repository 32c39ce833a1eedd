"""Compare the turn cells of simulated subjects with what was planted: a comparison with truth."""

from collections.abc import Sequence
from pathlib import Path

import xarray as xr
from _job import job

from neurosim.decode.planted_turns import compare_turn_cells
from neurosim.files import Provenance, explained, load, save
from neurosim.recording import open_truth


def main(*, recordings: Sequence[Path], turns: Sequence[Path], out: Path, seed: int) -> None:
    """Write ``results/heading/planted_turns.nc``, a group a subject."""
    compared = {}
    for recording, found in zip(recordings, turns, strict=True):
        compared[f"/{recording.stem}"] = explained(
            lambda found=found, recording=recording: compare_turn_cells(
                load(found, "cells"), open_truth(recording, "cells/SC")
            )
        )
    kinds = {"recording": recordings, "turns": turns}
    inputs = {f"{kind}/{path.stem}": path for kind, paths in kinds.items() for path in paths}
    title = "Planted turn cells beside those that were found"
    provenance = Provenance(title, "match_planted_turns", seed, {}, inputs)
    save(xr.DataTree.from_dict(compared), out, provenance)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
