"""Plant turn cells of known gains in bulk, and find them as in a recording."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from _job import job

from neurosim.calibration.turn_cells import TurnCellDesign, calibrate_turn_cells
from neurosim.cells.colliculus import ColliculusParameters
from neurosim.decode.turn_tests import TurnCellTest
from neurosim.files import Provenance, save
from neurosim.network.constants import CompassParameters
from neurosim.world.movement import Movement
from neurosim.world.track import Arena


def main(
    *,
    out: Path,
    seed: int,
    arena: Mapping,
    movement: Mapping,
    colliculus_cells: Mapping,
    compass: Mapping,
    turn_cells: Mapping,
    gains_hz_per_deg_s: Sequence[float],
    n_turn_cells: Sequence[int],
) -> None:
    """Write ``results/heading/calibration/turn_cells.nc``."""
    planted = calibrate_turn_cells(
        TurnCellDesign(tuple(n_turn_cells), tuple(gains_hz_per_deg_s)),
        Arena(side=arena["side_m"], duration_s=arena["duration_s"]),
        Movement.from_mapping(movement),
        ColliculusParameters(**colliculus_cells),
        CompassParameters(**compass).plant,
        TurnCellTest(**turn_cells),
        seed,
    )
    used = {
        "arena": dict(arena),
        "movement": dict(movement),
        "colliculus_cells": dict(colliculus_cells),
        "compass": dict(compass),
        "turn_cells": dict(turn_cells),
        "gains_hz_per_deg_s": list(gains_hz_per_deg_s),
        "n_turn_cells": list(n_turn_cells),
    }
    save(planted, out, Provenance("Planted turn cells", "calibrate_turn_cells", seed, used))


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
