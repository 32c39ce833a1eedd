"""Held-out tasks told in every other way, families, input weights, and conditions, by network."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.instruction_learning_figure import draw_curves
from analysis.instruction_rows import colour_of, words
from analysis.plots import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    SKY,
    WIDTH,
    figure,
    finish,
    nothing_to_draw,
    say_nothing_to_draw,
)

MARKS = {  # measure: words, marker, colour
    "zero_shot": ("told as it is", "D", BLACK),
    "zero_shot_validation": ("in other words", "o", BLUE),
    "composed": ("a − b + c", "^", GREEN),
    "swapped": ("as another task", "X", RED),
    "neighbour": ("best trained neighbour", "s", ORANGE),
    "withholding": ("never responding", "|", GREY),
}


def draw(tree: xr.DataTree) -> Figure:
    """Draw what each network does of held-out tasks under every control."""
    told = tree["told"].to_dataset()
    if not told.sizes.get("network") or not np.isfinite(told["value"]).any():
        return nothing_to_draw("no task was held out in this run")
    names = told["network"].values.astype(str).tolist()
    tall = 5.6 + 0.36 * len(names)
    with figure(WIDTH, tall, nrows=2, ncols=2) as (drawn, panels):
        _told(panels[0, 0], told)
        _families(panels[0, 1], tree, names)
        draw_curves(panels[1, 0], tree, "nothing was learned by input weights in this run")
        _deficits(panels[1, 1], tree)
        finish(panels[0, 0], "Tasks never trained, told", columns=2, lines=3)
        finish(panels[0, 1], "A whole family held out", columns=2, lines=3)
        lines = (len(names) + 1) // 2
        finish(panels[1, 0], "Learned by input weights alone", columns=2, lines=lines)
        finish(panels[1, 1], "What a condition costs", columns=1, lines=lines)
        return drawn


def _names(axes: Axes, names: list[str]) -> None:
    axes.set_yticks(range(len(names)), [words(name) for name in names], fontsize=9)
    axes.set_ylim(len(names) - 0.5, -0.5)


def _points(axes: Axes, data: xr.Dataset, places: np.ndarray, **style) -> None:
    """Draw estimates with their intervals, sideways."""
    value, low, high = (data[name].values for name in ("value", "low", "high"))
    error = np.nan_to_num(np.stack([value - low, high - value]))
    axes.errorbar(value, places, xerr=error, capsize=2, lw=1.2, **style)


def _told(axes: Axes, told: xr.Dataset) -> None:
    names = told["network"].values.astype(str).tolist()
    there = [measure for measure in told["measure"].values.astype(str) if measure in MARKS]
    for number, measure in enumerate(there):
        label, mark, colour = MARKS[measure]
        places = np.arange(len(names)) + 0.11 * (number - (len(there) - 1) / 2)
        style = {"fmt": mark, "color": colour, "ms": 5, "label": label}
        _points(axes, told.sel(measure=measure), places, **style)
    _names(axes, names)
    axes.set(xlabel="trials done right (1)", xlim=(-0.02, 1.02))


def _families(axes: Axes, tree: xr.DataTree, names: list[str]) -> None:
    """Draw sets, as in the panel beside it, and families."""
    _names(axes, names)
    axes.set(xlabel="trials done right (1)", xlim=(-0.02, 1.02))
    axes.tick_params(labelleft=False)
    kinds = [("told", "a set of unlike tasks", BLACK, "D"), ("families", "a family", SKY, "o")]
    for number, (group, label, colour, mark) in enumerate(kinds):
        if group not in tree.children:
            axes.text(0.5, 0.02, "no family was held out", ha="center", transform=axes.transAxes)
            continue
        data = tree[group].to_dataset().sel(measure="zero_shot")
        places = np.arange(len(names)) + 0.2 * (number - 0.5)
        _points(axes, data, places, fmt=mark, color=colour, ms=5, label=label)


def _deficits(axes: Axes, tree: xr.DataTree) -> None:
    if "deficit" not in tree.children:
        return say_nothing_to_draw(axes, "too few tasks of either kind were held out in this run")
    data = tree["deficit"].to_dataset()
    names = data["network"].values.astype(str).tolist()
    null = data["null"].values
    shift = 0.15 * np.cos(2.4 * np.arange(null.shape[1]))
    for place, name in enumerate(names):
        label = "random splits of the tasks" if place == 0 else None
        axes.plot(null[place], place + shift, ".", color=GREY, ms=3, alpha=0.5, label=label)
        own = data.isel(network=[place])
        _points(axes, own, np.array([place]), fmt="D", color=colour_of(name), ms=6)
    axes.axvline(0, color=BLACK, lw=0.6)
    if "withholding" in data:
        axes.axvline(float(data["withholding"]), color=GREY, ls=":", lw=1.2, label="doing nothing")
    _names(axes, names)
    axes.set(xlabel="conditional less imperative tasks (1)")
