"""Rotation of the inner compass under inactivation: blocks of all recordings in one table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from analysis.results import available
from neurosim.decode.inactivation import CONTROLS
from neurosim.files import flag_names
from neurosim.stats.permutation import Blocks

STATES = ("rem", "nrem", "wake")
TREATED = ("ttx_right", "ttx_left", "ttx_both")
CONDITIONS = (*CONTROLS, *TREATED)
SUMMED = {  # column of the table: variable of the files
    "net": "net_rotation",
    "clockwise": "clockwise",
    "counter_clockwise": "counter_clockwise",
}


@dataclass(frozen=True)
class InactivatedBlocks:
    """Blocks of all recordings and states.

    Attributes
    ----------
    table : DataFrame
        A row a block: ``recording``, ``state``, ``condition``, ``duration`` s; ``net``,
        ``clockwise``, ``counter_clockwise`` deg; ``cw_turns``, ``ccw_turns``; the same with
        ``planted_`` where there is a truth.
    measured : Mapping of state to Mapping of recording name to Dataset
    missing : Mapping of state to Mapping of recording name to str
        Why a recording cannot answer.
    simulated : tuple of str
    """

    table: pd.DataFrame
    measured: Mapping[str, Mapping[str, xr.Dataset]]
    missing: Mapping[str, Mapping[str, str]]
    simulated: tuple[str, ...]

    def of(self, state: str, condition: str, recording: str) -> pd.DataFrame:
        """Blocks of one recording in one state and condition."""
        return self._groups.get((state, condition, recording), self.table.iloc[:0])

    @cached_property
    def _groups(self) -> dict[tuple[str, str, str], pd.DataFrame]:
        return dict(iter(self.table.groupby(["state", "condition", "recording"])))

    def animals(self, state: str, conditions: Sequence[str]) -> list[str]:
        """Simulated animals that have blocks in all of these conditions."""
        return [
            name
            for name in self.simulated
            if all(len(self.of(state, condition, name)) for condition in conditions)
        ]

    def compared(
        self,
        state: str,
        treated: str,
        controls: Sequence[str],
        animals: Sequence[str],
        column: str = "net",
    ) -> Blocks | None:
        """Blocks of two conditions by what `measure` makes of them; None where an animal lacks one.

        The weighted mean of the blocks is the measure of all of them together. Blocks that do not
        rotate at all have no clockwise share and are left out of it.
        """
        table = self.table
        keep = (table.state == state) & table.recording.isin(animals)
        chosen = table[keep & table.condition.isin([treated, *controls])]
        total, weight, factor = _parts(chosen, column)
        chosen, total, weight = (part[weight > 0] for part in (chosen, total, weight))
        is_treated = (chosen.condition == treated).to_numpy()
        sides = [set(chosen.recording[is_treated]), set(chosen.recording[~is_treated])]
        if not animals or any(side != set(animals) for side in sides):
            return None
        return Blocks(
            value=(factor * total / weight).to_numpy(float),
            weight=weight.to_numpy(float),
            animal=chosen.recording.to_numpy(str),
            treated=is_treated,
        )


def load_blocks(
    measured: Sequence[Path], planted: Sequence[Path], simulated: Sequence[str]
) -> InactivatedBlocks:
    """Load the outputs of the rules measure_inactivation and match_planted_inactivation."""
    loaded = {state: available(measured, state) for state in STATES}
    truths = {state: available(planted, state)[0] for state in STATES}
    tables = [
        _table(data, truths[state].get(name)).assign(recording=name, state=state)
        for state, (found, _) in loaded.items()
        for name, data in found.items()
    ]
    return InactivatedBlocks(
        table=pd.concat(tables, ignore_index=True) if tables else _table(None, None),
        measured={state: found for state, (found, _) in loaded.items()},
        missing={state: missing for state, (_, missing) in loaded.items()},
        simulated=tuple(simulated),
    )


def _table(data: xr.Dataset | None, truth: xr.Dataset | None) -> pd.DataFrame:
    """Blocks of one recording and state as a table."""
    columns = {"condition": [], "duration": []}
    if data is not None:
        columns = {
            "condition": flag_names(data["condition"]),
            "duration": data["duration"].values,
        }
    n = len(columns["duration"])
    for prefix, source in (("", data), ("planted_", truth)):
        for name, variable in SUMMED.items():
            columns[prefix + name] = np.full(n, np.nan) if source is None else source[variable]
        turns = np.full((n, 2), np.nan) if source is None else source["full_turns"].values
        columns[f"{prefix}cw_turns"], columns[f"{prefix}ccw_turns"] = turns.T
    columns["planted_duration"] = np.full(n, np.nan) if truth is None else truth["duration"].values
    table = pd.DataFrame(columns)
    return table if data is not None else table.assign(recording="", state="")


Number = Callable[[pd.DataFrame, str], float]


def _parts(blocks: pd.DataFrame, column: str, prefix: str = "") -> tuple:
    """Numerator and denominator (block,) of a measure, and the factor between unit and ratio."""
    if column == "clockwise":
        clockwise = blocks[f"{prefix}clockwise"]
        return clockwise, clockwise + blocks[f"{prefix}counter_clockwise"], 1.0
    return blocks[prefix + column], blocks[f"{prefix}duration"], 60.0


def measure(column: str) -> Number:
    """Make a function of blocks: a column over all of them, divided by their minutes.

    Of ``clockwise`` it is the share of the rotation of all blocks.
    """

    def ratio(blocks: pd.DataFrame, prefix: str = "") -> float:
        total, weight, factor = _parts(blocks, column, prefix)
        whole = weight.sum(skipna=False)
        return factor * total.sum(skipna=False) / whole if whole else np.nan

    return ratio


def named(condition: str, state: str) -> str:
    """Condition of a row: REM is what the question is about, other states are named."""
    return condition if state == "rem" else f"{condition},{state}"
