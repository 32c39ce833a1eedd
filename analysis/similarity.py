"""Does generating causes from outcomes beat generating outcomes from causes?"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import COLOURS, GREY, WIDTH, draw_rows, figure, figure_height, finish
from analysis.results import result
from neurosim.files import load
from neurosim.stats.intervals import fraction_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row, make_row
from neurosim.tasks.chains import ORDERS

MAZE = "linear_track"
REFERENCES = {"reverse": "H007a", "forward": "H007b"}  # the seed's claim: shown, decides nothing
STYLES = ("-", (0, (4, 1.5)), (0, (1, 1)), "-.")


def analyse(
    trained: Mapping[tuple[str, str], Path],
    sources: Sequence[str],
    references: Mapping[str, Reference],
) -> xr.DataTree:
    """Compare the reverse model with its forward twin, paired over seeds.

    Parameters
    ----------
    trained : Mapping of (source, order) to Path
        Outputs of train_chain_model.
    sources : sequence of str
        What the models were trained on.
    references : Mapping of id to Reference

    Returns
    -------
    DataTree
        ``/summary``; ``/training`` (source, order, seed, step): similarity, exact match, loss.
    """
    rows: list[Row] = []
    loaded = {key: load(path) for key, path in trained.items()}
    for source in sources:
        values = {order: loaded[source, order]["similarity"].values for order in ORDERS}
        difference = values["reverse"] - values["forward"]
        p_value = NAN
        if np.ptp(difference) > 0:
            from scipy import stats  # takes a second to import

            p_value = float(stats.ttest_1samp(difference, 0.0).pvalue)
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
                    n_unit="seed",
                    reference=references[REFERENCES[order]],
                    test="paired t test against forward" if paired else "t interval",
                    p_value=p_value if paired else NAN,
                )
            )
    training = xr.concat(
        [xr.concat([loaded[source, order] for order in ORDERS], dim="order") for source in sources],
        dim="source",
    ).assign_coords(source=list(sources), order=list(ORDERS))
    return result(rows, {"training": training})


def draw(tree: xr.DataTree) -> Figure:
    """Draw similarity by data source for both twins, beside the seed's claim, and the losses."""
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
