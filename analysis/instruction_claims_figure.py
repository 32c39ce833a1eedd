"""Claims about instructed networks: a line each, with its number and its verdict."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.instruction_rows import words
from analysis.plots import (
    BLACK,
    BLUE,
    GREY,
    RED,
    WIDTH,
    figure,
    finish,
    interval_points,
    nothing_to_draw,
)

COLOURS = {"holds": BLUE, "does not hold": RED, "inconclusive": GREY}
MARKS = {"holds": "o", "does not hold": "X", "inconclusive": "D"}
LINE = 0.2  # inches: a row
WIDEST = 1.1  # of the axis; intervals of a few tasks go further


def draw(tree: xr.DataTree) -> Figure:
    """Draw each claim's number with its interval and what holds."""
    rows = tree["summary"].to_dataset().to_dataframe()
    rows = rows[np.isfinite(rows.estimate)].reset_index(drop=True)
    if rows.empty:
        return nothing_to_draw("no claim could be tested in this run")
    rows = rows.assign(place=np.arange(len(rows)))
    with figure(WIDTH, 1.3 + LINE * len(rows)) as (drawn, axes):
        for verdict, colour in COLOURS.items():
            own = rows[rows.verdict == verdict]
            if not own.empty:
                style = {"fmt": MARKS[verdict], "ms": 5, "capsize": 2, "color": colour, "lw": 1.2}
                interval_points(axes, own.place, own, sideways=True, label=verdict, **style)
        axes.axvline(0, color=BLACK, lw=0.6)
        labels = [label_of(row) for row in rows.itertuples()]
        axes.set_yticks(rows.place, labels, fontsize=8)
        axes.set(xlabel="share or difference of shares (1)", ylim=(len(rows) - 0.4, -0.6))
        left, right = axes.get_xlim()
        axes.set_xlim(max(left, -WIDEST), min(right, WIDEST))
        axes.grid(axis="y", lw=0.3, color=GREY, alpha=0.4)
        finish(axes, "Claims", columns=3, lines=1)
        return drawn


def label_of(row: tuple) -> str:
    """Word a claim for a line: what, of which network, over which.

    >>> from types import SimpleNamespace
    >>> given = {"quantity": "claim_order", "condition": "default,all sets,over=bownet"}
    >>> label_of(SimpleNamespace(**given, estimator="sbertnet"))
    'order: SBERTNET over BOWNET'
    """
    name = row.quantity.removeprefix("claim_").replace("_", " ")
    over = row.condition.rpartition("over=")[2] if "over=" in row.condition else ""
    over = f" over {words(over)}" if over else ""
    estimator = row.estimator if " " in row.estimator else words(row.estimator)
    return f"{name}: {estimator}{over}"
