"""What adapters read of the colliculus: the output of measure_turns, where there is one."""

from pathlib import Path

from neurosim import MissingData
from neurosim.decode.turn_relations import (
    TurnCells,
    TurnEvents,
    rem_turn_events,
    turn_cells_found,
)
from neurosim.files import load


def found_cells(turns: Path | list[Path], recording: Path) -> TurnCells:
    """Turn cells of a recording, or MissingData."""
    return turn_cells_found(load(_file(turns, recording), "cells"))


def found_events(turns: Path | list[Path], recording: Path) -> TurnEvents:
    """Population turn events in REM of a recording, or MissingData."""
    return rem_turn_events(load(_file(turns, recording), "events"))


def _file(turns: Path | list[Path], recording: Path) -> Path:
    """The file itself; an animal without units in SC has none."""
    if isinstance(turns, Path):
        return turns
    raise MissingData(f"{recording.stem}: expected units in SC, found none")
