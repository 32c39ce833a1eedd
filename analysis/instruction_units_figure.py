"""Clusters of units, and how many of them turn or flip their tuning, by network."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.instruction_data import in_order
from analysis.instruction_learning_figure import styles_of
from analysis.instruction_rows import colour_of, words
from analysis.plots import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    WIDTH,
    finish,
    nothing_to_draw,
    panels,
    say_nothing_to_draw,
)
from neurosim.tasks.psychophysics.catalogue import FAMILIES, TASKS

KINDS = {  # family: quantity, colour, words
    "go": ("preferred_direction_turn", BLUE, "Go: turns by π"),
    "decision": ("preferred_direction_turn", GREEN, "decision: turns by π"),
    "matching": ("slope_flip", ORANGE, "matching: flips"),
    "comparison": ("slope_flip", RED, "comparison: flips"),
}
WINDOW = "response"  # of the tuning that is drawn


def draw(tree: xr.DataTree) -> Figure:
    """Draw the tasks in which units vary, silhouettes, turns, and shares that change."""
    if not {"clusters", "turns"} & set(tree.children):
        return nothing_to_draw("no units were recorded in this run")
    layout = [["clusters", "shares"], ["clusters", "turns"], ["silhouettes", "turns"]]
    with panels(WIDTH, 8.6, layout, height_ratios=[2.2, 1.0, 1.2]) as (drawn, axes):
        _clusters(axes["clusters"], tree)
        _silhouettes(axes["silhouettes"], tree)
        _shares(axes["shares"], tree)
        _turns(axes["turns"], tree)
        finish(axes["silhouettes"], "Do units cluster?", columns=2)
        finish(axes["shares"], "Units that change as the tasks demand", columns=2, lines=2)
        lines = axes["turns"].get_legend_handles_labels()[0]
        finish(axes["turns"], "A task never trained", columns=2, lines=(len(lines) + 1) // 2)
        return drawn


def _clusters(axes: Axes, tree: xr.DataTree) -> None:
    """Draw the variance of units in tasks, by cluster and family."""
    if "clusters" not in tree.children:
        return say_nothing_to_draw(axes, "the units form no clusters")
    data = tree["clusters"].to_dataset()
    label = data["cluster"].values
    order = np.argsort(label, kind="stable")
    order = order[label[order] >= 0]
    tasks = data["task"].values.astype(str)
    family = np.array([FAMILIES.index(TASKS[task].family) for task in tasks])
    across = np.argsort(family, kind="stable")
    share = data["task_variance_share"].transpose("task", "unit").values[across][:, order]
    axes.imshow(share, aspect="auto", cmap="viridis", vmin=0, vmax=1, interpolation="nearest")
    for border in np.flatnonzero(np.diff(label[order])):
        axes.axvline(border + 0.5, color="white", lw=1)
    for border in np.flatnonzero(np.diff(family[across])):
        axes.axhline(border + 0.5, color="white", lw=1)
    axes.set_yticks(range(len(tasks)), tasks[across], fontsize=5 if len(tasks) > 25 else 7)
    axes.set(xlabel="active units, by cluster")
    name, hold_out = data.attrs["network"], data.attrs["hold_out"].replace("_", " ")
    finish(axes, f"Where units vary: {words(name)}, {hold_out}", lines=2)


def _silhouettes(axes: Axes, tree: xr.DataTree) -> None:
    if "silhouettes" not in tree.children:
        return say_nothing_to_draw(axes, "the units form no clusters")
    data = tree["silhouettes"].to_dataset()
    names = data["network"].values.astype(str).tolist()
    for place, name in enumerate(names):
        label = "units" if place == 0 else None
        axes.plot(data["silhouette"][place], place, "D", color=colour_of(name), ms=6, label=label)
    style = {"color": GREY, "ms": 12, "mew": 2.5, "label": "shuffled, at most"}
    axes.plot(data["null"], range(len(names)), "|", **style)
    axes.set_yticks(range(len(names)), [words(name) for name in names], fontsize=8)
    axes.set(xlabel="mean silhouette (1)", ylim=(len(names) - 0.5, -0.5))
    axes.set_xlim(min(0, axes.get_xlim()[0]), None)


def _shares(axes: Axes, tree: xr.DataTree) -> None:
    """Draw shares of tuned units by network: filled where both tasks were trained."""
    rows = tree["summary"].to_dataset().to_dataframe()
    rows = rows[np.isfinite(rows.estimate) & rows.condition.str.endswith(f",{WINDOW}")]
    rows = rows[rows.quantity.isin(["preferred_direction_turn", "slope_flip"])]
    if rows.empty:
        return say_nothing_to_draw(axes, "no unit is tuned in two opposite tasks")
    names = in_order(set(rows.estimator))
    for number, (family, (_, colour, label)) in enumerate(KINDS.items()):
        shift = 0.17 * (number - 1.5)
        for when, filled in (("trained", True), ("held out", False)):
            chosen = rows[rows.condition.str.contains(f",{family},{when},", regex=False)]
            _interval(axes, chosen, names, shift + 0.06 * (not filled), colour, filled, label)
    axes.axvline(0.25, color=BLUE, ls=":", lw=1)
    axes.axvline(0.5, color=ORANGE, ls=":", lw=1)
    axes.set_yticks(range(len(names)), [words(name) for name in names], fontsize=8)
    axes.set(xlabel="tuned units (1); open: never trained", xlim=(-0.03, 1.03))
    axes.set_ylim(len(names) - 0.5, -0.5)


def _interval(
    axes: Axes,
    rows: pd.DataFrame,
    names: list[str],
    shift: float,
    colour: str,
    filled: bool,
    label: str,
) -> None:
    """Draw estimates of one family, with their intervals where they have one."""
    if rows.empty:
        return
    places = np.array([names.index(name) + shift for name in rows.estimator])
    error = np.stack([rows.estimate - rows.ci_low, rows.ci_high - rows.estimate])
    style = {"fmt": "o", "ms": 5, "color": colour, "mfc": colour if filled else "white"}
    if filled:
        style["label"] = label
    axes.errorbar(rows.estimate, places, xerr=np.nan_to_num(error), capsize=2, lw=1, **style)


def _turns(axes: Axes, tree: xr.DataTree) -> None:
    """Draw how far preferred directions turn, as a share of units, by network."""
    if "turns" not in tree.children:
        return say_nothing_to_draw(axes, "no task of such a pair was held out")
    data = tree["turns"].to_dataset()
    network, turn = data["network"].values.astype(str), np.rad2deg(data["turn"].values) % 360
    edges = np.linspace(0, 360, 19)
    for name, style in styles_of(in_order(set(network))).items():
        own = turn[network == name]
        share = np.histogram(own, edges)[0] / max(own.size, 1)
        axes.stairs(share, edges, label=f"{words(name)} ({own.size})", lw=1.4, **style)
    axes.axvline(180, color=BLACK, ls=":", lw=1)
    axes.set_xticks(range(0, 361, 90))
    axes.set(xlabel="turn of preferred directions, pro to anti (deg)", ylabel="share of units (1)")
