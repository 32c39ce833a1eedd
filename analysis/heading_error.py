"""How well is the head's direction decoded awake?"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import BLACK, BLUE, GREEN, figure
from analysis.results import available, result
from neurosim.stats.intervals import mean_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import Row, make_row, not_run_row

REFERENCE = "B006"  # median over sessions, public re-analysis
SHOWN = 60.0  # s of decoding in the figure
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
    """Draw a minute of decoded heading and the error's distribution by recording."""
    example, spread = tree["example"].to_dataset(), tree["quantiles"].to_dataset()
    with figure(9, 3.2, ncols=2, width_ratios=[1.8, 1]) as (drawn, (left, right)):
        shown = example["time"] < example["time"][0] + SHOWN
        time = example["time"].values[shown] - float(example["time"][0])
        for name, marker, colour in (("heading", ".", BLACK), ("estimate", "x", BLUE)):
            label = "true" if name == "heading" else "decoded"
            degrees = np.rad2deg(example[name].values[shown])
            left.plot(time, degrees, marker, ms=3, color=colour, label=label)
        left.set(xlabel="time (s)", ylabel="heading (deg)", ylim=(0, 360))
        left.set_yticks([0, 90, 180, 270, 360])
        left.set_title("Held-out bins in the arena")
        left.legend(fontsize=8, loc="upper right")
        for name in spread["recording"].values:
            errors = spread["error"].sel(recording=name)
            right.plot(errors, spread["quantile"], lw=1.5, label=str(name))
        reference = tree["summary"].to_dataset().to_dataframe().iloc[0].reference
        right.axvline(reference, color=GREEN, ls="--", lw=1, label="published median")
        right.set(xlim=(0, 45), xlabel="absolute error (deg)", ylabel="cumulative fraction")
        right.set_title("Error")
        right.legend(fontsize=8)
        return drawn
