"""Does generating causes from outcomes beat generating outcomes from causes?"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import COLOURS, GREY, figure
from analysis.results import result
from neurosim.files import load
from neurosim.stats.intervals import fraction_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row, make_row
from neurosim.tasks.chains import ORDERS

MAZE = "linear_track"
REFERENCES = {"reverse": "H007a", "forward": "H007b"}  # the seed's claim: shown, decides nothing


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
    training = tree["training"].to_dataset()
    summary = tree["summary"].to_dataset().to_dataframe()
    sources = training["source"].values.astype(str)
    with figure(9, 3.4, ncols=2, width_ratios=[1.2, 1]) as (drawn, (left, right)):
        for offset, order in zip((-0.18, 0.18), ORDERS, strict=True):
            rows = summary[summary.estimator == order]
            places = np.arange(len(rows)) + offset
            error = np.abs(np.stack([rows.ci_low, rows.ci_high]) - rows.estimate.to_numpy())
            left.bar(
                places,
                rows.estimate,
                width=0.34,
                yerr=np.nan_to_num(error),
                color=COLOURS[order],
                capsize=3,
                label=order,
            )
            claimed = rows.reference.iloc[0]
            left.axhline(claimed, color=COLOURS[order], ls=":", lw=1, label=f"{order}, claimed")
        left.set_xticks(range(len(sources)), [s.replace("_", "\n") for s in sources])
        left.set(ylabel="similarity on held-out chains", ylim=(0, 1.05))
        left.set_title("Forward and reverse twins")
        left.legend(fontsize=8, ncols=2)
        for source, style in zip(sources, ("-", "--", ":"), strict=False):
            for order in ORDERS:
                loss = training["loss"].sel(source=source, order=order).mean("seed")
                right.plot(loss["step"], loss, style, color=COLOURS[order], lw=1)
            right.plot([], [], style, color=GREY, label=source.replace("_", " "))
        right.set(xlabel="update", ylabel="loss (nats a token)", yscale="log", title="Training")
        right.legend(fontsize=8)
        return drawn
