"""How well is the running animal's position decoded?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import (
    BLACK,
    BLUE,
    WIDTH,
    broken,
    draw_rows,
    figure,
    figure_height,
    finish,
    nothing_to_draw,
)
from analysis.results import (
    Answer,
    Quantity,
    available,
    result,
    rows_of_quantity,
)
from neurosim.decode.bins import group_name
from neurosim.stats.intervals import median_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import Row

REFERENCE = "A095"  # held-out laps of a 1.6 m track, public re-analysis
SHOWN = 60.0  # s of decoding in the figure


def _fold_medians(decoded: xr.Dataset) -> np.ndarray:
    """Median error (fold,) of each fold, m."""
    error, fold = decoded["error"].values, decoded["fold"].values
    medians = [np.nanmedian(error[fold == f]) for f in np.unique(fold)]
    return np.array(medians)


def analyse(
    paths: Sequence[Path],
    simulated: Sequence[str],
    widths: Sequence[float],
    references: Mapping[str, Reference],
) -> xr.DataTree:
    """Summarise the cross-validated error by bin width.

    Simulated subjects: mean over subjects of the median error. Imported recordings: median of
    the error with an interval from the order statistics of the folds' medians.

    Returns
    -------
    DataTree
        ``/summary``; ``/example`` (time): true and decoded position of the first recording.
    """
    reference = references[REFERENCE].in_unit(0.01, "m")
    rows: list[Row] = []
    for width in widths:
        decoded, missing = available(paths, group_name(width))
        for unit in ("m", "track"):
            quantity = Quantity(
                "replay",
                "wake_position_error_median",
                unit,
                "bayes",
                "emergent",
                single_unit="fold",
                single_test="order-statistic interval over the medians of folds",
            )
            rows += rows_of_quantity(
                quantity,
                f"{width * 1000:g}ms",
                {n: _answer(d) for n, d in decoded.items() if d["error"].attrs["units"] == unit},
                missing if unit == "m" else {},
                simulated,
                reference if unit == "m" else None,
            )
    shown = {name: decoded[name] for name in simulated if name in decoded}
    if not shown:
        return result(rows)
    return result(rows, {"example": next(iter(shown.values())), "confusion": _confusion(shown)})


def _answer(decoded: xr.Dataset) -> Answer:
    """Median error of a recording, with the interval from its folds."""
    folds = median_interval(_fold_medians(decoded))
    return Answer(replace(folds, value=float(np.nanmedian(decoded["error"]))))


def _confusion(decoded: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Joint distribution of true and decoded position over simulated subjects."""
    pairs = list(decoded.values())
    length = pairs[0].attrs["track_length"]
    edges = np.linspace(0, length, 41)
    true = np.concatenate([p["position"].values for p in pairs])
    estimate = np.concatenate([p["estimate"].values for p in pairs])
    heard = np.isfinite(estimate)
    joint = np.histogram2d(true[heard], estimate[heard], bins=[edges, edges])[0]
    joint /= np.maximum(joint.sum(axis=1, keepdims=True), 1)
    centres = 0.5 * (edges[1:] + edges[:-1])
    metres = {"units": "m"}
    return xr.Dataset(
        {
            "probability": (
                ("position", "estimate"),
                joint,
                {"units": "1", "long_name": "P(decoded | true position)"},
            )
        },
        coords={
            "position": ("position", centres, metres | {"long_name": "true position"}),
            "estimate": ("estimate", centres, metres | {"long_name": "decoded position"}),
        },
    )


def draw(tree: xr.DataTree) -> Figure:
    """Draw a minute of decoding, true against decoded positions, and the error by bin width."""
    if "example" not in tree:
        return nothing_to_draw("no simulated subject runs")
    example, confusion = tree["example"].to_dataset(), tree["confusion"].to_dataset()
    summary = tree["summary"].to_dataset().to_dataframe()
    with figure(WIDTH, figure_height(summary), ncols=3, width_ratios=[1.4, 1.2, 1]) as (
        drawn,
        axes,
    ):
        _draw_example(axes[0], example)
        extent = [0, example.attrs["track_length"]] * 2
        image = axes[1].imshow(
            confusion["probability"].values.T, origin="lower", extent=extent, cmap="Blues", vmin=0
        )
        axes[1].set(xlabel="true position (m)", ylabel="decoded position (m)")
        axes[1].set_aspect("auto")
        finish(axes[1], "All simulated subjects")
        drawn.colorbar(image, ax=axes[1], label="P(decoded | true)", aspect=30)
        draw_rows(axes[2], summary, "median error (m)")
        axes[2].set_xlim(left=0)
        axes[2].locator_params("x", nbins=4)
        axes[2].set_ylabel("bin")
        finish(axes[2], "Error by bin width", columns=2)
        return drawn


def _draw_example(axes, example: xr.Dataset) -> None:
    """Draw the first minute of true and decoded positions."""
    width = float(example.attrs["bin_s"])
    shown = example.isel(time=(example["time"] < example["time"][0] + SHOWN).values)
    time = shown["time"].values - float(example["time"][0])
    true = broken(time, shown["position"].values, 1.5 * width)
    axes.plot(*true, ".-", ms=4, lw=1.2, color=BLACK, label="true")
    axes.plot(time, shown["estimate"].values, "o", ms=4.5, mfc="none", color=BLUE, label="decoded")
    axes.set(xlabel="time (s)", ylabel="position (m)")
    finish(axes, f"Held-out laps, {width * 1000:g} ms bins", columns=2)
