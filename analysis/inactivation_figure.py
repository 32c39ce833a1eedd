"""The figure of the inactivations: cumulative rotation by animal, net rotation, full turns."""

import itertools

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.inactivation_blocks import (
    CONDITIONS,
    STATES,
    InactivatedBlocks,
    measure,
    named,
)
from analysis.plots import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    RED,
    SKY,
    WIDTH,
    figure,
    finish,
    nothing_to_draw,
    say_nothing_to_draw,
)
from neurosim.decode.rotation import FULL_TURN
from neurosim.files import flag_names
from neurosim.stats.summary import NAN

SHOWN = 4  # animals side by side
COLOURS = {"none": GREY, "saline": GREEN, "ttx_right": RED, "ttx_left": BLUE, "ttx_both": ORANGE}
LABELS = {
    "none": "nothing",
    "saline": "saline",
    "ttx_right": "TTX right",
    "ttx_left": "TTX left",
    "ttx_both": "TTX both",
}
DIRECTIONS = {"cw": ("clockwise", RED), "ccw": ("counter-clockwise", SKY)}
NUMBERS = {
    "net_rotation": ("degree min-1", "net rotation", measure("net")),
    "cw_turns": ("min-1", "clockwise full turns", measure("cw_turns")),
    "ccw_turns": ("min-1", "counter-clockwise full turns", measure("ccw_turns")),
}


def figure_data(blocks: InactivatedBlocks) -> dict[str, xr.Dataset]:
    """What the figure shows: numbers of each animal, and the way its compass turned in REM."""
    names = list(dict.fromkeys(blocks.table.recording))
    if not names:
        return {}
    coords = {"state": list(STATES), "condition": list(CONDITIONS), "recording": names}
    animals = xr.Dataset(coords=coords)
    for name, (unit, long_name, number) in NUMBERS.items():
        values = [
            number(here, "") if len(here := blocks.of(*place)) else NAN
            for place in itertools.product(*coords.values())
        ]
        shaped = np.reshape(values, [len(labels) for labels in coords.values()])
        animals[name] = (tuple(coords), shaped, {"units": unit, "long_name": long_name})
    rotation = {
        f"rotation/{name}": data[["rotation", "block_of_bin", "condition"]]
        for name, data in blocks.measured["rem"].items()
    }
    return {"animals": animals, **rotation}


def draw(tree: xr.DataTree) -> Figure:
    """Draw cumulative rotation in REM by animal; net rotation, full turns and states below."""
    if "animals" not in tree or "rotation" not in tree:
        return nothing_to_draw("no recording in which anything was inactivated")
    animals = tree["animals"].to_dataset()
    summary = tree["summary"].to_dataset().to_dataframe()
    shown = list(tree["rotation"].children)[:SHOWN]
    with figure(WIDTH, 7.2, nrows=2, height_ratios=[1.1, 1]) as (drawn, rows):
        _draw_animals(_side_by_side(drawn, rows[0], len(shown)), tree, shown)
        left, middle, right = _side_by_side(drawn, rows[1], 3)
        _draw_net(left, animals, summary)
        _draw_turns(middle, animals, summary)
        _draw_states(right, summary)
        return drawn


def _side_by_side(drawn: Figure, whole: Axes, n: int) -> list[Axes]:
    """Put axes side by side in the place of one."""
    grid = whole.get_subplotspec().subgridspec(1, n)
    whole.remove()
    return [drawn.add_subplot(grid[0, k]) for k in range(n)]


def _draw_animals(places: list[Axes], tree: xr.DataTree, shown: list[str]) -> None:
    """Draw the cumulative rotation of each animal, conditions over each other."""
    first = places[0]
    for axes, name in zip(places, shown, strict=True):
        _draw_rotation(axes, tree[f"rotation/{name}"].to_dataset())
        axes.set_xlabel("time in REM (s)")
        if axes is not first:
            axes.sharey(first)
            axes.tick_params("y", labelleft=False)
        finish(axes, name, columns=2 if axes is first else 0, lines=3)
    first.set_ylabel("rotation (turns, counter-clockwise up)")


def _draw_rotation(axes: Axes, data: xr.Dataset) -> None:
    """Draw the rotation of one animal, the blocks of each condition laid end to end."""
    step = float(np.median(np.diff(data["time"].values)))
    condition = flag_names(data["condition"])
    owner, rotation = data["block_of_bin"].values, data["rotation"].values / FULL_TURN
    axes.axhline(0, color=GREY, lw=0.8, ls=":")
    for name in CONDITIONS:
        seconds, turns = [], []
        elapsed, height = 0.0, 0.0
        for block in np.flatnonzero(condition == name):
            here = rotation[owner == block].astype(float)
            known = np.flatnonzero(np.isfinite(here))
            seconds.append(elapsed + step * known)
            turns.append(height + here[known])
            elapsed, height = seconds[-1][-1] + step, turns[-1][-1]
            axes.plot(elapsed, height, "|", color=COLOURS[name], ms=6)
        if seconds:
            axes.plot(
                np.concatenate(seconds),
                np.concatenate(turns),
                lw=1.5,
                color=COLOURS[name],
                label=LABELS[name],
            )
    axes.grid(axis="y", lw=0.5, color=PALE)


def _draw_net(axes: Axes, animals: xr.Dataset, summary: pd.DataFrame) -> None:
    """Draw the net rotation in REM: a line an animal, mean with interval, and the ring's own."""
    net = animals["net_rotation"].sel(state="rem").values
    places = np.arange(len(CONDITIONS))
    if not np.isfinite(net).any():
        return say_nothing_to_draw(axes, "no block of REM")
    axes.axhline(0, color=GREY, lw=0.8, ls=":")
    for k, column in enumerate(net.T):
        label = "a recording" if k == 0 else None
        axes.plot(places, column, "o-", ms=4, lw=0.8, color=GREY, alpha=0.6, label=label)
    rows = summary[summary.quantity == "net_rotation"].set_index("condition")
    for place, name in zip(places, CONDITIONS, strict=True):
        if name in rows.index:
            _draw_mean(axes, place, rows.loc[name], COLOURS[name])
    _finish_conditions(axes, "net rotation (deg/min)", "Net rotation in REM")


def _draw_mean(axes: Axes, place: float, row: pd.Series, colour: str) -> None:
    """Draw a mean over animals with its interval, and the ring's own."""
    if np.isfinite([row.ci_low, row.ci_high]).all():
        axes.plot([place] * 2, [row.ci_low, row.ci_high], color=colour, lw=2, zorder=3)
    axes.plot(place, row.estimate, "s", ms=7, color=colour, zorder=4)
    axes.plot(place, row.truth, "_", ms=20, mew=2, color=BLACK, label="the ring's own", zorder=2)


def _draw_turns(axes: Axes, animals: xr.Dataset, summary: pd.DataFrame) -> None:
    """Draw uninterrupted turns of 360 degrees by direction and condition."""
    rows = summary[summary.quantity == "full_turns"].set_index("condition")
    for shift, (side, (label, colour)) in zip((-0.2, 0.2), DIRECTIONS.items(), strict=True):
        values = animals[f"{side}_turns"].sel(state="rem").values
        for place, name in enumerate(CONDITIONS):
            condition = f"{name},{side}"
            if condition not in rows.index:
                continue
            row = rows.loc[condition]
            axes.bar(place + shift, row.estimate, 0.38, color=colour, alpha=0.6, label=label)
            axes.plot(
                place + shift, row.truth, "_", ms=13, mew=2, color=BLACK, label="the ring's own"
            )
            dots = values[place][np.isfinite(values[place])]
            axes.plot(np.full(dots.size, place + shift), dots, "o", ms=3, color=BLACK, alpha=0.5)
    axes.set_ylim(bottom=0)
    _finish_conditions(axes, "turns of 360° (1/min)", "Full turns in REM")


def _draw_states(axes: Axes, summary: pd.DataFrame) -> None:
    """Draw what each inactivation adds to the net rotation, by state."""
    rows = summary[
        (summary.quantity == "net_rotation_effect") & (summary.estimator == "permutation")
    ].set_index("condition")
    axes.axhline(0, color=GREY, lw=0.8, ls=":")
    for shift, condition in zip(
        (-0.2, 0.0, 0.2), ("ttx_right", "ttx_left", "ttx_both"), strict=True
    ):
        for place, state in enumerate(STATES):
            name = named(condition, state)
            if name not in rows.index:
                continue
            row, colour = rows.loc[name], COLOURS[condition]
            if np.isfinite([row.ci_low, row.ci_high]).all():
                axes.plot([place + shift] * 2, [row.ci_low, row.ci_high], color=colour, lw=2)
            axes.plot(place + shift, row.estimate, "s", ms=6, color=colour, label=LABELS[condition])
    axes.set_xticks(range(len(STATES)), [state.upper().replace("WAKE", "wake") for state in STATES])
    axes.set(ylabel="added net rotation (deg/min)", xlim=(-0.5, len(STATES) - 0.5))
    finish(axes, "By state", columns=2, lines=2)


def _finish_conditions(axes: Axes, ylabel: str, title: str) -> None:
    labels = [LABELS[name].replace(" ", "\n") for name in CONDITIONS]
    axes.set_xticks(range(len(CONDITIONS)), labels, fontsize=8.5)
    axes.set(ylabel=ylabel, xlim=(-0.5, len(CONDITIONS) - 0.5))
    finish(axes, title, columns=2, lines=2)
