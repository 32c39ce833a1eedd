"""What are head-direction cells tuned to, and do they lead the head?"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from analysis.headings import Headings, imported_names, scalars
from analysis.plots import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    WIDTH,
    figure,
    finish,
    say_nothing_to_draw,
)
from analysis.results import Quantity, result, rows_of_quantity
from neurosim.stats.references import Reference

REFERENCE = "B015"
CELLS, COLUMNS = 12, 4  # in the figure
MS = 1000.0
LEAD = Quantity("heading", "anticipation", "ms", "tuning_information", "recovered")


def analyse(headings: Headings, references: Mapping[str, Reference]) -> xr.DataTree:
    """Summarise by how much the tuning of head-direction cells leads the head.

    The truth is the lead of the ring attractor's heading, found where it is most like the head's;
    it follows from delays of the plant and of transmission.

    Returns
    -------
    DataTree
        ``/summary``; ``/tuning`` (heading, unit) of the first animal's best tuned cells;
        ``/information`` (recording, shift); ``/animals`` (recording): the leads, ms.
    """
    measured, missing = headings.get("virtual", "anticipation")
    truth = headings.truth("anticipation", "anticipation")
    answers = scalars(measured, "anticipation", truth, MS)
    rows = rows_of_quantity(
        LEAD, "run", answers, missing, headings.simulated, references[REFERENCE]
    )
    data = {}
    tuned, _ = headings.get("decoded", "tuning")
    shown = [tuned[name] for name in (*headings.simulated, *tuned) if name in tuned]
    if shown:
        best = np.argsort(-shown[0]["vector_length"].values, kind="stable")[:CELLS]
        data["tuning"] = shown[0][["rate", "vector_length"]].isel(unit=np.sort(best))
    if measured:
        bits = np.stack([found["information"].values for found in measured.values()])
        described = {"units": "1", "long_name": "information over its highest value"}
        relative = bits / bits.max(axis=1, keepdims=True)
        shift = next(iter(measured.values()))["shift"]
        names = list(measured)
        data["information"] = xr.Dataset(
            {"relative": (("recording", "shift"), relative, described)},
            {"recording": names, "shift": shift},
        )
        data["animals"] = _leads({name: answers[name] for name in names})
    return result(rows, data)


def _leads(answers: Mapping) -> xr.Dataset:
    columns = {
        "lead": [answer.estimate.value for answer in answers.values()],
        "truth": [answer.truth for answer in answers.values()],
    }
    words = {"lead": "lead of the cells on the head", "truth": "planted lead"}
    return xr.Dataset(
        {
            name: ("recording", np.array(values), {"units": "ms", "long_name": words[name]})
            for name, values in columns.items()
        },
        {"recording": list(answers)},
    )


def draw(tree: xr.DataTree) -> Figure:
    """Draw polar tuning of some cells, information by shift, and the lead of each animal."""
    with figure(WIDTH, 4.2, ncols=3, width_ratios=[1.5, 1.2, 0.8]) as (drawn, axes):
        cells, shift, lead = axes
        if "tuning" in tree:
            _draw_cells(cells, tree["tuning"]["rate"])
        else:
            say_nothing_to_draw(cells, "no heading tuning in this run")
        summary = tree["summary"].to_dataset().to_dataframe()
        if "information" not in tree:
            for empty in (shift, lead):
                say_nothing_to_draw(empty, "no lead was measured in this run")
            return drawn
        _draw_information(shift, tree["information"]["relative"], imported_names(summary))
        _draw_leads(lead, tree["animals"].to_dataset(), summary)
        return drawn


def _draw_cells(axes, rate: xr.DataArray) -> None:
    """Draw the rate of each cell by head direction, its highest rate at the rim of a circle."""
    turn = np.linspace(0, 2 * np.pi, 91)
    angle = np.append(rate["heading"].values, rate["heading"].values[0])
    for k in range(rate.sizes["unit"]):
        values = np.append(rate.isel(unit=k).values, rate.isel(unit=k).values[0])
        x, y = 2.6 * (k % COLUMNS), -3.1 * (k // COLUMNS)
        radius = values / values.max()
        axes.plot(x + np.cos(turn), y + np.sin(turn), color=GREY, lw=0.6)
        axes.fill(
            x + radius * np.cos(angle), y + radius * np.sin(angle), color=BLUE, alpha=0.4, lw=1
        )
        axes.text(x, y + 1.1, f"{values.max():.0f} Hz", ha="center", va="bottom", fontsize=8)
    axes.set_aspect("equal")
    axes.set_axis_off()
    finish(axes, "Tuning, highest rate at the rim", lines=3)


def _draw_information(axes, relative: xr.DataArray, imported: set[str]) -> None:
    """Draw the information of the tuning by shift, a line an animal."""
    shift = MS * relative["shift"].values
    for name in relative["recording"].values.astype(str):
        colour, label = (PURPLE, name) if name in imported else (BLUE, "an animal")
        axes.plot(shift, relative.sel(recording=name), color=colour, lw=1, label=label)
    axes.axvline(0, color=GREY, lw=0.8, ls=":")
    axes.set(xlabel="head after the spikes (ms)", ylabel="information / highest (1)")
    finish(axes, "Where tuning is sharpest", columns=2, lines=3)


def _draw_leads(axes, animals: xr.Dataset, summary: pd.DataFrame) -> None:
    """Draw the lead of each animal beside the planted one and the published range."""
    row = next(summary.itertuples())
    axes.axhspan(
        row.reference_low, row.reference_high, color=GREEN, alpha=0.15, lw=0, label="claimed range"
    )
    place = np.arange(animals.sizes["recording"])
    axes.plot(place, animals["lead"], "o", color=ORANGE, ms=5, label="measured", zorder=3)
    axes.plot(place, animals["truth"], "_", color=BLACK, ms=9, mew=2, label="planted")
    low = min(0.0, float(np.nanmin(animals["lead"].values, initial=0.0)))
    axes.set(xlabel="animal", ylabel="anticipation (ms)", ylim=(low, None))
    axes.set_xticks([])
    finish(axes, "Lead by animal", columns=1, lines=3)
