"""The claims of seed 002, and what was asked of its agent: a row and a verdict each."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from analysis.memory_bars import bars
from analysis.memory_rows import words
from analysis.memory_seed_claims import seed_claims
from analysis.plots import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    WIDTH,
    figure,
    finish,
    interval_points,
    say_nothing_to_draw,
)
from analysis.results import result
from neurosim.stats.references import Reference

COLOURS = {"holds": BLUE, "does not hold": RED, "inconclusive": GREY, "holds only": ORANGE}
MARKS = {"holds": "o", "does not hold": "X", "inconclusive": "D", "holds only": "s"}
LINE = 0.19  # inches: a row
WIDEST = 1.3  # of the axis; intervals of a few trainings go further


def analyse(
    sequences: Mapping[str, xr.Dataset],
    families: Mapping[str, xr.Dataset],
    skills: Mapping[str, xr.Dataset],
    references: Mapping[str, Reference],
) -> xr.DataTree:
    """Rows of all claims.

    Parameters
    ----------
    sequences : Mapping of sequence to Dataset (learner, seed, time, task)
    families : Mapping of family to Dataset (learner, seed, task, step)
    skills : Mapping of name to Dataset (network, seed, length)
    references : Mapping of id to Reference

    Returns
    -------
    DataTree
        ``/summary``; ``/kind`` (row): 1 for a claim of the text.
    """
    said, asked = seed_claims(sequences, families, references), bars(sequences, skills)
    about = {"units": "1", "long_name": "1 for a claim of the text, 0 for what was asked here"}
    is_said = np.repeat([1, 0], [len(said), len(asked)])
    return result([*said, *asked], {"kind": xr.Dataset({"is_said": ("row", is_said, about)})})


def draw(tree: xr.DataTree) -> Figure:
    """Draw each claim's number with its interval, and what the text gives."""
    rows = tree["summary"].to_dataset().to_dataframe()
    rows = rows[np.isfinite(rows.estimate)]
    is_said = tree["kind"]["is_said"].values[rows.index] == 1
    parts = {"What the text claims": rows[is_said], "What was asked of it here": rows[~is_said]}
    tall = [max(len(part), 3) for part in parts.values()]
    grid = {"nrows": 2, "height_ratios": tall}
    with figure(WIDTH, 2.4 + LINE * sum(tall), **grid) as (drawn, panels):
        for axes, (title, part) in zip(panels, parts.items(), strict=True):
            _claims(axes, part, title)
        return drawn


def label_of(row: tuple) -> str:
    """Word a claim and its condition for a line."""
    name = words(row.quantity.removeprefix("claim_"))
    return f"{name}: {words(row.condition)} ({words(row.estimator)})"


def _claims(axes, rows: pd.DataFrame, title: str) -> None:
    if rows.empty:
        return say_nothing_to_draw(axes, "no claim could be tested in this run")
    rows = rows.assign(place=np.arange(len(rows)))
    for verdict, colour in COLOURS.items():
        chosen = rows[[_kind(v) == verdict for v in rows.verdict]]
        if not chosen.empty:
            style = {"fmt": MARKS[verdict], "ms": 5, "capsize": 2, "color": colour, "lw": 1.2}
            interval_points(axes, chosen.place, chosen, sideways=True, label=verdict, **style)
    claimed = rows[np.isfinite(rows.reference)]
    if not claimed.empty:
        low, high = claimed.place - 0.45, claimed.place + 0.45
        axes.vlines(claimed.reference, low, high, color=GREEN, lw=2.5, label="claimed, not checked")
    axes.axvline(0, color=BLACK, lw=0.6)
    axes.set_yticks(rows.place, [label_of(row) for row in rows.itertuples()], fontsize=8)
    left, right = axes.get_xlim()
    axes.set(xlabel="error, share or difference (1)", ylim=(len(rows) - 0.4, -0.6))
    axes.set_xlim(max(left, -WIDEST), min(right, WIDEST))
    axes.grid(axis="y", lw=0.3, color=GREY, alpha=0.4)
    finish(axes, title, columns=5, lines=1)


def _kind(verdict: str) -> str:
    return "holds only" if verdict.startswith("holds only") else verdict
