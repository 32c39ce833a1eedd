"""Does generating causes from outcomes beat generating outcomes from causes?"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import (
    COLOURS,
    GREY,
    WIDTH,
    draw_rows,
    figure,
    figure_height,
    finish,
    nothing_to_draw,
)
from analysis.results import result
from neurosim import MissingData
from neurosim.files import load
from neurosim.stats.intervals import fraction_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row, make_row
from neurosim.tasks.chains import ORDERS

MAZE = "linear_track"
REFERENCES = {"reverse": "H007a", "forward": "H007b"}  # the seed's claim: shown, decides nothing
STYLES = ("-", (0, (4, 1.5)), (0, (1, 1)), "-.")


def analyse(trained: Mapping[str, Path], references: Mapping[str, Reference]) -> xr.DataTree:
    """Compare the reverse model with its forward twin, paired over subjects.

    A subject's similarity is the mean over trainings of that of its own held-out chains.

    Parameters
    ----------
    trained : Mapping of source to Path
        What the models were trained on, and the output of train_chain_models.
    references : Mapping of id to Reference

    Returns
    -------
    DataTree
        ``/summary``; ``/training`` (source, order, seed, subject, step): similarity, loss.
    """
    rows: list[Row] = []
    loaded: dict[str, xr.Dataset] = {}
    for source, path in trained.items():
        try:
            loaded[source] = load(path)
            by_subject = loaded[source]["similarity"].mean("seed")
            values = {order: by_subject.sel(order=order).values for order in ORDERS}
            reason = ""
        except MissingData as gap:
            values, reason = {order: np.array([]) for order in ORDERS}, str(gap)
        for order in ORDERS:
            paired = order == "reverse"
            rows.append(
                make_row(
                    "reverse",
                    "similarity",
                    condition=f"{MAZE},{source}",
                    estimator=order,
                    estimate=fraction_interval(values[order]),
                    origin="learned",
                    unit="1",
                    n_unit="subject",
                    reference=references[REFERENCES[order]],
                    test="paired t test over subjects against forward" if paired else "t interval",
                    p_value=_paired_p_value(values) if paired else NAN,
                    reason=reason,
                )
            )
    return result(rows, _training(loaded))


def _paired_p_value(values: Mapping[str, np.ndarray]) -> float:
    """Two-sided p value of reverse minus forward; NaN where the differences are all the same."""
    difference = values["reverse"] - values["forward"]
    if difference.size < 2 or np.ptp(difference) == 0:
        return NAN
    from scipy import stats  # takes a second to import

    return float(stats.ttest_1samp(difference, 0.0).pvalue)


def _training(loaded: Mapping[str, xr.Dataset]) -> dict[str, xr.Dataset]:
    """What the models learned, by source."""
    if not loaded:
        return {}
    source = xr.Variable("source", list(loaded), {"long_name": "what the models were trained on"})
    return {"training": xr.concat(loaded.values(), dim=source, join="outer")}


def draw(tree: xr.DataTree) -> Figure:
    """Draw similarity by data source for both twins, beside the seed's claim, and the losses."""
    if "training" not in tree:
        return nothing_to_draw("no model was trained")
    summary = tree["summary"].to_dataset().to_dataframe()
    summary = summary.assign(condition=summary.condition.str.removeprefix(f"{MAZE},"))
    with figure(WIDTH, figure_height(summary), ncols=2, width_ratios=[1.1, 1]) as (
        drawn,
        (left, right),
    ):
        draw_rows(left, summary, "similarity on held-out chains (1)")
        left.set_xlim(0, 1.03)
        finish(left, f"Twins on the {MAZE.replace('_', ' ')}", columns=3)
        _draw_losses(right, tree["training"].to_dataset()["loss"].mean("seed"))
        return drawn


def _draw_losses(axes, losses: xr.DataArray) -> None:
    """Draw the loss over updates: a line style a source, a colour a twin."""
    for source, style in zip(losses["source"].values, STYLES, strict=False):
        for order, lw in zip(ORDERS, (2.5, 1.2), strict=True):  # the thin over the thick one
            loss = losses.sel(source=source, order=order)
            axes.plot(loss["step"], loss, ls=style, color=COLOURS[order], lw=lw)
        axes.plot([], [], ls=style, color=GREY, label=str(source).replace("_", " "))
    axes.set(xlabel="update (number)", ylabel="loss (nats a token)", yscale="log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("")
    finish(axes, "Training, mean over seeds", columns=3)
