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
    published_range,
    recording_name,
)
from analysis.results import available, result
from neurosim.stats.intervals import mean_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import Row, make_row, not_run_row

REFERENCE = "B006"  # median over sessions, public re-analysis
SHOWN = 30.0  # s of decoding in the figure
QUANTILES = np.linspace(0, 1, 101)


def analyse(
    paths: Sequence[Path], simulated: Sequence[str], references: Mapping[str, Reference]
) -> xr.DataTree:
    """Summarise the cross-validated error in the arena.

    Returns
    -------
    DataTree
        ``/summary``; ``/quantiles`` (recording, quantile): the error's distribution;
        ``/example`` (time): true and decoded heading of the first recording.
    """
    decoded, missing = available(paths)
    medians = [float(np.nanmedian(decoded[name]["error"])) for name in simulated]
    condition = f"{decoded[simulated[0]].attrs['bin_s'] * 1000:g}ms"
    shared = {"estimator": "bayes", "unit": "degree", "reference": references[REFERENCE]}
    rows: list[Row] = [
        make_row(
            "heading",
            "wake_heading_error_median",
            condition=condition,
            estimate=mean_interval(np.array(medians)),
            origin="recovered",
            n_unit="subject",
            **shared,
        )
    ]
    for name in [n for n in decoded if n not in simulated]:
        rows.append(
            make_row(
                "heading",
                "wake_heading_error_median",
                condition=f"{condition},recording={name}",
                estimate=mean_interval(np.array([np.nanmedian(decoded[name]["error"])])),
                origin="measured",
                n_unit="recording",
                test="none: one recording",
                **shared,
            )
        )
    rows += [
        not_run_row(
            "heading",
            "wake_heading_error_median",
            condition=f"recording={name}",
            origin="measured",
            reason=reason,
        )
        for name, reason in missing.items()
    ]
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
    return result(rows, {"quantiles": spread, "example": decoded[simulated[0]]})


def draw(tree: xr.DataTree) -> Figure:
    """Draw half a minute of decoded heading and the error's distribution by recording."""
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
