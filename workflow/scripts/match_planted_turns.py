"""Compare the turn cells of simulated subjects with what was planted: a comparison with truth."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import xarray as xr
from _job import job

from neurosim.decode.planted_turns import command_event_rates, compare_turn_cells
from neurosim.decode.turn_events import TurnEventRule
from neurosim.files import Provenance, explained, load, save
from neurosim.recording import open_recording, open_truth


def main(
    *,
    recordings: Sequence[Path],
    turns: Sequence[Path],
    out: Path,
    seed: int,
    rule: Mapping,
) -> None:
    """Write ``results/heading/planted_turns.nc``, a group a subject."""

    def compare(recording: Path, found: Path) -> xr.Dataset:
        matched = compare_turn_cells(load(found, "cells"), open_truth(recording, "cells/SC"))
        commands = command_event_rates(
            open_recording(recording), open_truth(recording, "heading"), TurnEventRule(**rule)
        )
        return matched.assign(command_rate=commands)

    compared = {
        f"/{recording.stem}": explained(lambda given=(recording, found): compare(*given))
        for recording, found in zip(recordings, turns, strict=True)
    }
    kinds = {"recording": recordings, "turns": turns}
    inputs = {f"{kind}/{path.stem}": path for kind, paths in kinds.items() for path in paths}
    title = "Planted turn cells and commands beside those that were found"
    provenance = Provenance(title, "match_planted_turns", seed, {"rule": dict(rule)}, inputs)
    save(xr.DataTree.from_dict(compared), out, provenance)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
