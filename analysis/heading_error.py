"""How well is the heading decoded, awake and in REM?"""

import itertools
from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from analysis.headings import Headings, single
from analysis.plots import (
    BLACK,
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
    say_nothing_to_draw,
)
from analysis.results import Quantity, result, rows_of_quantity
from neurosim.decode.bins import group_name
from neurosim.stats.references import Reference

REFERENCE = "B006"  # median over sessions, public re-analysis
SHOWN = 30.0  # s of decoding in the figure
QUANTILES = np.linspace(0, 1, 101)
WAKE = Quantity("heading", "wake_heading_error_median", "degree", "bayes", "emergent")
REM = Quantity("heading", "rem_heading_error_median", "degree", "bayes", "emergent")


def analyse(headings: Headings, references: Mapping[str, Reference]) -> xr.DataTree:
    """Summarise the cross-validated error awake, and in REM that from the planted heading.

    Returns
    -------
    DataTree
        ``/summary``; ``/quantiles`` (recording, quantile): distribution of the error awake;
        ``/rem`` (recording): median error in REM; ``/example`` (time): true and decoded heading
        of the first simulated animal.
    """
    decoded, missing = headings.get("decoded", f"wake/{group_name(headings.bin_s)}")
    rows = rows_of_quantity(
        WAKE,
        f"{headings.bin_s * 1000:g}ms",
        {name: single(float(np.nanmedian(data["error"]))) for name, data in decoded.items()},
        missing,
        headings.simulated,
        references[REFERENCE],
    )
    planted, _ = headings.get("planted", "decoded")
    widths = next(iter(planted.values()))["bin"].values.tolist() if planted else []
    at_width = {}
    for width in widths:
        errors = {
            name: float(data["error_median"].sel(state="rem", bin=width))
            for name, data in planted.items()
        }
        at_width[width] = errors
        answers = {name: single(error) for name, error in errors.items()}
        rows += rows_of_quantity(REM, f"{width * 1000:g}ms", answers, {}, headings.simulated)
    data = {"rem": _medians(at_width.get(headings.bin_s, {}))}
    if decoded:
        data["quantiles"] = _quantiles(decoded)
    shown = [decoded[name] for name in headings.simulated if name in decoded]
    if shown:
        data["example"] = shown[0][["heading", "estimate"]]
    return result(rows, data)


def _medians(errors: Mapping[str, float]) -> xr.Dataset:
    described = {"units": "degree", "long_name": "median absolute error in REM"}
    values = np.array(list(errors.values()), dtype=float)
    return xr.Dataset({"error": ("recording", values, described)}, {"recording": list(errors)})


def _quantiles(decoded: Mapping[str, xr.Dataset]) -> xr.Dataset:
    values = np.array([np.nanquantile(data["error"], QUANTILES) for data in decoded.values()])
    described = {"units": "degree", "long_name": "quantile of the absolute error"}
    return xr.Dataset(
        {"error": (("recording", "quantile"), values, described)},
        coords={
            "recording": list(decoded),
            "quantile": ("quantile", QUANTILES, {"units": "1", "long_name": "cumulative fraction"}),
        },
    )


def draw(tree: xr.DataTree) -> Figure:
    """Draw half a minute of decoded heading and the error's distribution by recording."""
    with figure(WIDTH, 3.8, ncols=2, width_ratios=[1.8, 1]) as (drawn, (left, right)):
        if "example" in tree:
            _draw_example(left, tree["example"].to_dataset())
        else:
            say_nothing_to_draw(left, "no simulated animal has a decoded heading")
        if "quantiles" in tree:
            summary = tree["summary"].to_dataset().to_dataframe()
            rows = summary[summary.quantity == WAKE.name]
            _draw_errors(right, tree["quantiles"]["error"], tree["rem"]["error"].values, rows)
        else:
            say_nothing_to_draw(right, "no heading was decoded in this run")
        return drawn


def _draw_example(axes, example: xr.Dataset) -> None:
    """Draw true and decoded heading awake."""
    shown = example.isel(time=(example["time"] < example["time"][0] + SHOWN).values)
    time = shown["time"].values - float(example["time"][0])
    width = float(example.attrs["bin_s"])
    draw_headings(axes, time, shown["heading"].values, shown["estimate"].values, width)
    axes.set(xlabel="time (s)", xlim=(0, SHOWN))
    finish(axes, f"Held-out bins of {width * 1000:g} ms in the arena", columns=2, lines=2)


def _draw_errors(axes, errors: xr.DataArray, rem: np.ndarray, rows: pd.DataFrame) -> None:
    """Draw the error's distribution of each recording beside the published median."""
    imported = [recording_name(condition) for condition in rows.condition]
    others = itertools.cycle(OTHERS)
    for name in errors["recording"].values.astype(str):
        colour, label = (next(others), name) if name in imported else (BLUE, "awake, an animal")
        axes.plot(errors.sel(recording=name), errors["quantile"], lw=1, color=colour, label=label)
    if np.isfinite(rem).any():
        axes.plot(rem, np.full(rem.size, 0.5), "|", color=BLACK, ms=9, label="median in REM")
    row = next(rows.itertuples())
    green, label = COLOURS["published"], "published (\u00b1 20 %)"
    span = np.array(published_range(row))
    axes.plot(span, [0.5, 0.5], color=green, lw=5, alpha=0.3, solid_capstyle="butt")
    axes.plot(row.reference, 0.5, "D", color=green, label=label)
    axes.axhline(0.5, color=GREY, lw=0.8, ls=":", zorder=0)
    axes.set(xlim=(0, 45), ylim=(0, 1.02))
    axes.set(xlabel="absolute error (deg)", ylabel="cumulative fraction of bins (1)")
    finish(axes, "Distribution of the error", columns=2, lines=2)
