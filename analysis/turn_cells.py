"""Which units of the colliculus follow turns, and how weak may they be, to be found?"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.plots import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    RED,
    WIDTH,
    figure,
    finish,
    interval_points,
    say_nothing_to_draw,
)
from analysis.results import Answer, Quantity, available, result, rows_of_quantity
from neurosim import MissingData
from neurosim.decode.planted_turns import clockwise_share
from neurosim.files import load
from neurosim.stats.intervals import Estimate, fraction_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row, make_row

ESTIMATOR = "time_shift"
SHARE_OF_UNITS = "C003"
MOST_CLOCKWISE = "C004"  # of left turn cells
BAR = 0.9  # precision and recall that are asked for
BULK = "planted in bulk"
KINDS = {"clockwise": -1, "counter-clockwise": 1, "no turn cell": 0}
KIND_COLOURS = {"clockwise": RED, "counter-clockwise": BLUE, "no turn cell": GREY}
FRACTION = {"interval": fraction_interval, "single_unit": "recording"}


@dataclass(frozen=True)
class TurnCells:
    """Turn cells of all recordings.

    Attributes
    ----------
    cells : Mapping of recording name to Dataset (unit)
        Group ``cells`` of the rule measure_turns.
    missing : Mapping of recording name to str
        Why a recording has none.
    planted : Mapping of recording name to Dataset
        From the rule match_planted_turns.
    bulk : Dataset (gain, animal)
        From the rule calibrate_turn_cells.
    simulated : tuple of str
    """

    cells: Mapping[str, xr.Dataset]
    missing: Mapping[str, str]
    planted: Mapping[str, xr.Dataset]
    bulk: xr.Dataset
    simulated: tuple[str, ...]


def load_turn_cells(
    turns: Sequence[Path], planted: Path, calibration: Path, simulated: Sequence[str]
) -> TurnCells:
    """Load the outputs of the rules that find turn cells, match and calibrate them."""
    cells, missing = available(turns, "cells")
    matched = load_planted(planted, simulated)
    return TurnCells(cells, missing, matched, load(calibration), tuple(simulated))


def load_planted(path: Path, simulated: Sequence[str]) -> dict[str, xr.Dataset]:
    """Load what was planted in simulated subjects, from the rule match_planted_turns."""
    found = {}
    for name in simulated:
        with suppress(MissingData):
            found[name] = load(path, name)
    return found


def analyse(turns: TurnCells, references: Mapping[str, Reference]) -> xr.DataTree:
    """Summarise precision, recall, numbers and preferred turns of turn cells.

    Returns
    -------
    DataTree
        ``/summary``; ``/bulk`` (gain, animal); ``/units``: all units of all recordings;
        ``/examples`` (example): a unit of each kind.
    """
    rows = [*_recovery_rows(turns), *_bulk_rows(turns.bulk), *_share_rows(turns, references)]
    data = {"bulk": turns.bulk}
    if turns.cells:
        data |= {"units": _units(turns), "examples": _examples(turns)}
    return result(rows, data)


def _recovery_rows(turns: TurnCells) -> list[Row]:
    """Precision and recall in simulated recordings: imported ones have no truth."""
    missing = {name: why for name, why in turns.missing.items() if name in turns.simulated}
    rows: list[Row] = []
    for name in ("precision", "recall"):
        quantity = Quantity("heading", f"turn_cell_{name}", "1", ESTIMATOR, "recovered", **FRACTION)
        answers = {
            recording: Answer(_number(data[name]), 1.0) for recording, data in turns.planted.items()
        }
        rows += rows_of_quantity(
            quantity, "recordings", answers, missing, turns.simulated, nothing="no turn cell"
        )
    return rows


def _number(value: xr.DataArray | float) -> Estimate:
    """A recording's number, without an interval."""
    return Estimate(float(value), NAN, NAN, 1)


def gain_condition(bulk: xr.Dataset, gain: float) -> str:
    """Word what was planted: gain in Hz per deg/s, and depth of modulation."""
    depth = float(bulk["depth"].sel(gain=gain))
    return f"{BULK},gain={gain:g},depth={depth:.2f}"


def _bulk_rows(bulk: xr.Dataset) -> list[Row]:
    """Precision and recall by gain, and how often other units pass a single test."""
    rows = []
    shared = {"unit": "1", "n_unit": "animal", "estimator": ESTIMATOR}
    for gain in bulk["gain"].values:
        chosen = bulk.sel(gain=gain)
        if gain > 0:
            rows += [
                make_row(
                    "heading",
                    f"turn_cell_{name}",
                    condition=gain_condition(bulk, gain),
                    estimate=fraction_interval(chosen[name].values),
                    origin="recovered",
                    truth=1.0,
                    test="t interval over animals",
                    reason="no turn cell was found in any animal",
                    **shared,
                )
                for name in ("precision", "recall")
            ]
    by_animal = bulk["false_positive_rate"].mean("gain").values
    rows.append(
        make_row(
            "heading",
            "turn_cell_false_positive_rate",
            condition=BULK,
            estimate=fraction_interval(by_animal),
            origin="emergent",
            test="t interval over animals; units that follow no turn, single test",
            **shared,
        )
    )
    return rows


def _share_rows(turns: TurnCells, references: Mapping[str, Reference]) -> list[Row]:
    """Share of turn cells among units, and of clockwise ones among the turn cells of a side."""

    def fraction(name: str) -> Answer:
        found = np.mean(turns.cells[name]["preferred_turn"].values != 0)
        truth = NAN
        if name in turns.planted:
            truth = float(np.mean(turns.planted[name]["planted_turn"].values != 0))
        return Answer(_number(found), truth)

    quantity = Quantity("heading", "turn_cell_fraction", "1", ESTIMATOR, "recovered", **FRACTION)
    rows = rows_of_quantity(
        quantity,
        "units",
        {name: fraction(name) for name in turns.cells},
        turns.missing,
        turns.simulated,
        references[SHARE_OF_UNITS],
    )
    for side in ("left", "right"):
        quantity = Quantity("heading", "clockwise_share", "1", ESTIMATOR, "recovered", **FRACTION)
        answers = {
            name: Answer(_number(_side_share(data, side)), _planted_share(turns, name, side))
            for name, data in turns.cells.items()
        }
        rows += rows_of_quantity(
            quantity,
            side,
            answers,
            turns.missing,
            turns.simulated,
            references[MOST_CLOCKWISE] if side == "left" else None,
            f"no turn cell in the {side} colliculus",
        )
    return rows


def _side_share(cells: xr.Dataset, side: str) -> float:
    """Share of clockwise ones among the turn cells of a side."""
    here = cells["hemisphere"].values.astype(str) == side
    return clockwise_share(cells["preferred_turn"].values[here])


def _planted_share(turns: TurnCells, name: str, side: str) -> float:
    planted = turns.planted.get(name)
    return NAN if planted is None else float(planted["clockwise_share"].sel(hemisphere=side))


def _units(turns: TurnCells) -> xr.Dataset:
    """All units of all recordings, one after the other (row)."""
    names = list(turns.cells)
    sizes = [turns.cells[name].sizes["unit"] for name in names]
    columns = {
        "preferred_turn": ("", "preferred turn: -1 clockwise, 1 counter-clockwise, 0 none"),
        "turn_index": ("1", "rate in clockwise against counter-clockwise turns"),
        "modulation_depth": ("1", "rate in preferred turns against rest"),
        "hemisphere": ("", "hemisphere"),
    }
    variables = {
        column: (
            "row",
            np.concatenate([turns.cells[name][column].values for name in names]),
            {"long_name": long_name} | ({"units": unit} if unit else {}),
        )
        for column, (unit, long_name) in columns.items()
    }
    recording = np.repeat(np.array(names, dtype=object), sizes)
    variables["recording"] = ("row", recording, {"long_name": "recording"})
    return xr.Dataset(variables)


def _examples(turns: TurnCells) -> xr.Dataset:
    """Tuning and spike-triggered average of the median unit of each kind, by modulation depth.

    They are of the first recording that has most kinds.
    """

    def kinds(cells: xr.Dataset) -> int:
        return np.unique(cells["preferred_turn"].values).size

    name = max(turns.cells, key=lambda name: kinds(turns.cells[name]))
    cells = turns.cells[name]
    chosen, labels = [], []
    for label, sign in KINDS.items():
        units = np.flatnonzero(cells["preferred_turn"].values == sign)
        if units.size:
            depth = np.nan_to_num(cells["modulation_depth"].values[units])
            chosen.append(units[np.argsort(depth)[units.size // 2]])
            labels.append(label)
    kept = cells[["turn_tuning", "average_turn", "peak_lag"]].isel(unit=chosen)
    return (
        kept.rename(unit="example")
        .assign(kind=("example", np.array(labels, dtype=object), {"long_name": "kind of unit"}))
        .assign_attrs(recording=name)
    )


def draw(tree: xr.DataTree) -> Figure:
    """Draw example units, the curve of precision and recall, and preferred turns by side."""
    summary = tree["summary"].to_dataset().to_dataframe()
    with figure(WIDTH, 7.4, nrows=2, ncols=2) as (drawn, axes):
        if "examples" in tree:
            examples = tree["examples"].to_dataset()
            _draw_tuning(axes[0, 0], examples)
            _draw_averages(axes[0, 1], examples)
            _draw_shares(axes[1, 1], tree["units"].to_dataset(), summary)
        else:
            for place in (axes[0, 0], axes[0, 1], axes[1, 1]):
                say_nothing_to_draw(place, "no recording has units of the colliculus")
        _draw_curve(axes[1, 0], summary)
        return drawn


def _draw_tuning(axes: Axes, examples: xr.Dataset) -> None:
    """Draw the rate of example units by angular velocity."""
    for kind, tuning in zip(examples["kind"].values, examples["turn_tuning"].values, strict=True):
        colour = KIND_COLOURS[str(kind)]
        axes.plot(examples["speed"], tuning, "o-", ms=4, color=colour, label=str(kind))
    axes.axvline(0, color=GREY, lw=0.8, ls=":")
    axes.set(xlabel="angular velocity (deg/s), counter-clockwise positive", ylabel="rate (Hz)")
    axes.set_ylim(0, None)
    finish(axes, f"Example units of {examples.attrs['recording']}", columns=3)


def _draw_averages(axes: Axes, examples: xr.Dataset) -> None:
    """Draw spike-triggered averages of the angular velocity."""
    averages = zip(examples["kind"].values, examples["average_turn"].values, strict=True)
    for kind, average in averages:
        axes.plot(
            1000 * examples["lag"], average, lw=1.8, color=KIND_COLOURS[str(kind)], label=str(kind)
        )
    axes.axvline(0, color=GREY, lw=0.8, ls=":")
    axes.axhline(0, color=GREY, lw=0.8, ls=":")
    axes.set(xlabel="time from the spike (ms)", ylabel="mean angular velocity (deg/s)")
    finish(axes, "Spike-triggered average turn", columns=3)


def _draw_curve(axes: Axes, summary) -> None:
    """Draw precision and recall by planted gain."""
    planted = summary[summary.condition.str.startswith(f"{BULK},")]
    planted = planted[np.isfinite(planted.estimate)]
    if planted.empty:
        return say_nothing_to_draw(axes, "no turn cell was planted in bulk")
    labels: dict[float, str] = {}
    for name, colour in (("turn_cell_precision", ORANGE), ("turn_cell_recall", BLUE)):
        rows = planted[planted.quantity == name]
        parts = rows.condition.str.extract(r"gain=([\d.e-]+),depth=([\d.]+)")
        gains = parts[0].astype(float)
        labels |= dict(zip(gains, parts[1], strict=True))
        label = name.removeprefix("turn_cell_")
        interval_points(axes, gains, rows, fmt="o-", color=colour, label=label)
    axes.axhline(BAR, color=BLACK, lw=1, ls="--", label=f"{BAR:g}")
    axes.set(xscale="log", ylim=(0, 1.05), ylabel="fraction (1)")
    axes.set_xticks(list(labels), [f"{gain:g}\n{depth}" for gain, depth in labels.items()])
    axes.minorticks_off()
    axes.set_xlabel("planted gain (Hz per deg/s); below: depth of modulation")
    finish(axes, "Turn cells planted in bulk", columns=3)


def _draw_shares(axes: Axes, units: xr.Dataset, summary) -> None:
    """Draw numbers of clockwise and counter-clockwise turn cells by recording and side."""
    table = units.to_dataframe()
    table = table[table.preferred_turn != 0]
    if table.empty:
        return say_nothing_to_draw(axes, "no turn cell in any recording")
    order = {name: place for place, name in enumerate(dict.fromkeys(table.recording))}
    groups = sorted(
        table.groupby(["recording", "hemisphere"]),
        key=lambda group: (order[group[0][0]], group[0][1]),
    )
    for place, (_, cells) in enumerate(groups):
        clockwise = int((cells.preferred_turn == -1).sum())
        for size, left, kind in (
            (clockwise, 0, "clockwise"),
            (len(cells) - clockwise, clockwise, "counter-clockwise"),
        ):
            label = kind if place == 0 else None
            axes.barh(place, size, 0.7, left, color=KIND_COLOURS[kind], label=label)
    names = [" ".join(part for part in key if part) for key, _ in groups]
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.tick_params("y", length=0)
    axes.set(xlabel="turn cells found (number)", ylim=(len(names) - 0.5, -0.5))
    finish(axes, "Preferred turns by side", columns=2)
