"""Figure of what the analysis is worth on a recording's own cells."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.own_cells import BEST
from analysis.plots import (
    BLACK,
    BLUE,
    COLOURS,
    GREY,
    HALO,
    ORANGE,
    WIDTH,
    figure,
    finish,
    nothing_to_draw,
    plain_log,
    say_nothing_to_draw,
)
from neurosim.decode.trajectories import ESTIMATORS

LABELS = {"posterior_regression_all_bins": "... with silent bins"}
MOST = 4  # recordings that are drawn
LINES = 5  # of the legends
N_GROUPS = 8  # of planted events, for running medians


def draw(tree: xr.DataTree, only: str | None = None) -> Figure:
    """Draw planted against decoded compression, and what lies behind the recorded events.

    Parameters
    ----------
    tree : DataTree
        From `analysis.own_cells.analyse`.
    only : str, optional
        One recording; by default the last `MOST` (imported ones come last).
    """
    if "twins" not in tree:
        return nothing_to_draw("no recording with twins")
    twins = tree["twins"].to_dataset().to_dataframe()
    shapes = tree["distribution"].to_dataset().to_dataframe() if "distribution" in tree else None
    summary = tree["summary"].to_dataset().to_dataframe()
    names = [only] if only else list(dict.fromkeys(twins.recording))[-MOST:]
    with figure(
        WIDTH,
        4.4 * len(names),
        nrows=len(names),
        ncols=3,
        squeeze=False,
        width_ratios=[1.2, 0.8, 1.2],
    ) as (drawn, axes):
        for name, row in zip(names, axes, strict=True):
            _draw_bias(row[0], name, twins[twins.recording == name])
            _draw_tests(row[1], summary[summary.condition == f"recording={name}"])
            _draw_distribution(
                row[2], name, None if shapes is None else shapes[shapes.recording == name]
            )
        return drawn


def _draw_bias(axes: Axes, name: str, table: pd.DataFrame) -> None:
    """Draw running medians of decoded against planted compression by estimator."""
    kept = table[table.significant == 1].dropna()
    kept = kept[kept.compression > 0]
    if kept.empty:
        return say_nothing_to_draw(axes, "no planted event passes")
    ends = np.quantile(kept.true_compression, [0, 1])
    axes.plot(ends, ends, "--", color=BLACK, lw=1.5, label="decoded = planted", zorder=4)
    best = kept[kept.estimator == BEST]
    axes.plot(
        best.true_compression, best.compression, ".", ms=4, mew=0, alpha=0.4, color=COLOURS[BEST]
    )
    for estimator in ESTIMATORS[::-1]:
        chosen = kept[kept.estimator == estimator].sort_values("true_compression")
        groups = np.arange(len(chosen)) * min(N_GROUPS, len(chosen)) // max(len(chosen), 1)
        medians = chosen[["true_compression", "compression"]].groupby(groups).median()
        axes.plot(
            medians.true_compression,
            medians.compression,
            color=COLOURS[estimator],
            lw=2,
            path_effects=HALO,
            label=LABELS.get(estimator, estimator.replace("_", " ")),
        )
    for axis, scale in ((axes.xaxis, axes.set_xscale), (axes.yaxis, axes.set_yscale)):
        scale("log")
        plain_log(axis)
    low, high = best.compression.quantile([0.01, 0.99])
    axes.set_ylim(0.4 * min(low, ends[0]), 2.5 * max(high, ends[1]))
    axes.set(xlabel="planted compression (ratio)", ylabel="decoded compression (ratio)")
    finish(axes, f"{name}: planted in its cells", columns=2, lines=LINES)


def _draw_tests(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the rates of the test and of the interval, with what they should be."""
    names = {
        "own_false_positive_rate": "null events\npass",
        "own_power": "planted\npass",
        "own_interval_coverage": "intervals\ncover",
        "own_direction_accuracy": "directions\nright",
    }
    chosen = rows[rows.quantity.isin(names) & np.isfinite(rows.estimate)]
    if chosen.empty:
        return say_nothing_to_draw(axes, "no event could be tested")
    order = [q for q in names if q in set(chosen.quantity)]
    chosen = chosen.set_index("quantity").loc[order]
    places = np.arange(len(order))
    error = np.abs(chosen[["ci_low", "ci_high"]].to_numpy() - chosen[["estimate"]].to_numpy()).T
    axes.errorbar(chosen.estimate, places, xerr=error, fmt="o", color=BLUE, capsize=3)
    axes.vlines(chosen.truth, places - 0.3, places + 0.3, color=BLACK, lw=2.5, label="should be")
    axes.set_yticks(places, [names[q] for q in order])
    axes.set(xlim=(-0.03, 1.06), ylim=(len(order) - 0.5, -0.5), xlabel="share of events (1)")
    axes.tick_params("y", length=0)
    finish(axes, "What it is worth", columns=1, lines=LINES)


def _draw_distribution(axes: Axes, name: str, shapes: pd.DataFrame | None) -> None:
    """Draw measured compression, the fit, and the corrected quantiles of each state."""
    if shapes is None or shapes.empty:
        return say_nothing_to_draw(axes, "too few events pass to tell\nhow fast they are")
    for (state, table), colour in zip(
        shapes.groupby("state", sort=False), (BLUE, ORANGE), strict=False
    ):
        edges = np.append(table.low, table.high.iloc[-1])
        axes.stairs(table.measured, edges, color=colour, fill=True, alpha=0.3,
                    label=f"{state}: measured (n = {int(table.n.iloc[0])})")  # fmt: skip
        axes.stairs(table.fitted, edges, color=colour, lw=2, label=f"{state}: fitted")
        first = table.iloc[0]
        height = -0.03 if colour == BLUE else -0.06
        axes.plot([first.q05, first.q95], [height] * 2, color=colour, lw=1.5)
        axes.plot([first.q25, first.q75], [height] * 2, color=colour, lw=4)
        axes.plot(first["median"], height, "o", color="white", mec=colour, ms=6)
    axes.axhline(0, color=GREY, lw=0.8)
    axes.plot([], [], "o-", color=GREY, mfc="white", label="corrected: 5 to 95 %")
    axes.set_xscale("log")
    plain_log(axes.xaxis)
    axes.set_yticks([tick for tick in axes.get_yticks() if 0 <= tick <= axes.get_ylim()[1]])
    axes.set(xlabel="compression (ratio)", ylabel="share of events that pass (1)")
    finish(axes, f"{name}: what lies behind", columns=1, lines=LINES)
