"""How well is the head's direction decoded awake?"""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import (
    BLUE,
    COLOURS,
    GREY,
    OTHERS,
    WIDTH,
    draw_headings,
    figure,
    finish,
    nothing_to_draw,
    published_range,
    recording_name,
)
from analysis.results import (
    Answer,
    Quantity,
    available,
    result,
    rows_of_quantity,
)
from neurosim.stats.intervals import mean_interval
from neurosim.stats.references import Reference

REFERENCE = "B006"  # median over sessions, public re-analysis
SHOWN = 30.0  # s of decoding in the figure
QUANTILES = np.linspace(0, 1, 101)


def analyse(
    paths: Sequence[Path],
    simulated: Sequence[str],
    bin_s: float,
    references: Mapping[str, Reference],
) -> xr.DataTree:
    """Summarise the cross-validated error in the arena.

    Returns
    -------
    DataTree
        ``/summary``; ``/quantiles`` (recording, quantile): the error's distribution;
        ``/example`` (time): true and decoded heading of the first recording.
    """
    decoded, missing = available(paths)
    quantity = Quantity("heading", "wake_heading_error_median", "degree", "bayes", "emergent")
    rows = rows_of_quantity(
        quantity,
        f"{bin_s * 1000:g}ms",
        {name: Answer(mean_interval([np.nanmedian(d["error"])])) for name, d in decoded.items()},
        missing,
        simulated,
        references[REFERENCE],
    )
    shown = [decoded[name] for name in simulated if name in decoded]
    if not shown:
        return result(rows)
    spread = xr.Dataset(
        {
            "error": (
                ("recording", "quantile"),
                np.array([np.nanquantile(decoded[n]["error"], QUANTILES) for n in decoded]),
                {"units": "degree", "long_name": "quantile of the absolute error"},
            )
        },
        coords={
            "recording": list(decoded),
            "quantile": ("quantile", QUANTILES, {"units": "1", "long_name": "cumulative fraction"}),
        },
    )
    return result(rows, {"quantiles": spread, "example": shown[0]})


def draw(tree: xr.DataTree) -> Figure:
    """Draw half a minute of decoded heading and the error's distribution by recording."""
    if "example" not in tree:
        return nothing_to_draw("no simulated subject has a decoded heading")
    example = tree["example"].to_dataset()
    with figure(WIDTH, 3.8, ncols=2, width_ratios=[1.8, 1]) as (drawn, (left, right)):
        shown = example.isel(time=(example["time"] < example["time"][0] + SHOWN).values)
        time = shown["time"].values - float(example["time"][0])
        width = float(example.attrs["bin_s"])
        draw_headings(left, time, shown["heading"].values, shown["estimate"].values, width)
        left.set(xlabel="time (s)", xlim=(0, SHOWN))
        finish(left, f"Held-out bins of {width * 1000:g} ms in the arena", columns=2)
        summary = tree["summary"].to_dataset().to_dataframe()
        _draw_errors(right, tree["quantiles"].to_dataset()["error"], summary)
        return drawn


def _draw_errors(axes, errors: xr.DataArray, summary: pd.DataFrame) -> None:
    """Draw the error's distribution of each recording beside the published median."""
    imported = [recording_name(condition) for condition in summary.condition]
    others = itertools.cycle(OTHERS)
    for name in errors["recording"].values.astype(str):
        colour, label = (next(others), name) if name in imported else (BLUE, "simulated")
        axes.plot(errors.sel(recording=name), errors["quantile"], lw=1.5, color=colour, label=label)
    row = next(summary.itertuples())
    green, label = COLOURS["published"], "published (\u00b1 20 %)"
    span = np.array(published_range(row))
    axes.plot(span, [0.5, 0.5], color=green, lw=5, alpha=0.3, solid_capstyle="butt")
    axes.plot(row.reference, 0.5, "D", color=green, label=label)
    axes.axhline(0.5, color=GREY, lw=0.8, ls=":", zorder=0)
    axes.set(xlim=(0, 45), ylim=(0, 1.02))
    axes.set(xlabel="absolute error (deg)", ylabel="cumulative fraction of bins (1)")
    finish(axes, "Distribution of the error", columns=2)
