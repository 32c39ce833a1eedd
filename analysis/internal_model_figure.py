"""The figure of the experiments with the inner compass."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.plots import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    RED,
    SKY,
    WIDTH,
    figure,
    finish,
    say_nothing_to_draw,
)
from neurosim.calibration.compass_constants import BASELINE

PANELS = {  # variable: label, title
    "net_rotation": ("net rotation (deg/min)", "Under TTX right"),
    "turn_amplitude": ("turn (deg)", "Virtual turns"),
    "turn_lag": ("lag (ms)", "Colliculi to compass"),
}
WIRINGS = {"full": "whole", "no_efference": "no\nefference\ncopy", "no_feedback": "no\nfeedback"}
TRAININGS = {
    "wake": ("wake", BLUE),
    "rem,gated": ("REM, error gated", GREY),
    "rem,gate_open": ("REM, gate open", RED),
}
STATES = {"run": "wake", "rem": "REM", "nrem": "NREM"}


def free_values(constants: xr.Dataset, variable: str) -> np.ndarray:
    """What a variable came to in each variant (variant,); of rotation under TTX on the right."""
    values = constants[variable]
    return (values.sel(condition="ttx_right") if "condition" in values.dims else values).values


def draw(tree: xr.DataTree) -> Figure:
    """Draw what constants change, and what wires, states, neglect and training do."""
    constants = tree["constants"].to_dataset()
    names = constants["constant"].values.astype(str)
    n_changed = len(set(names) - {BASELINE})
    heights = [max(2.2, 0.8 + 0.28 * n_changed), 2.6]
    with figure(WIDTH, sum(heights) + 1.0, nrows=2, height_ratios=heights) as (drawn, places):
        above = _side_by_side(drawn, places[0], 3)
        below = _side_by_side(drawn, places[1], 4)
        for axes, variable in zip(above, PANELS, strict=True):
            _draw_constants(axes, constants, variable, names=axes is above[0])
        _draw_wirings(below[0], tree["wirings"].to_dataset())
        _draw_errors(below[1], tree["errors"].to_dataset())
        _draw_neglect(below[2], tree["neglect"].to_dataset())
        _draw_training(below[3], tree["training"].to_dataset())
        return drawn


def _side_by_side(drawn: Figure, whole: Axes, n: int) -> list[Axes]:
    """Put axes side by side in the place of one."""
    grid = whole.get_subplotspec().subgridspec(1, n)
    whole.remove()
    return [drawn.add_subplot(grid[0, k]) for k in range(n)]


def short_name(key: str) -> str:
    """Name a constant for an axis: ``compass.synapse_s`` is synapse (s)."""
    name = key.rpartition(".")[2]
    units = {"_hz_per_deg_s": " (Hz s/deg)", "_deg_s": " (deg/s)", "_deg": " (deg)"}
    for suffix, unit in (units | {"_hz": " (Hz)", "_s": " (s)"}).items():
        if name.endswith(suffix):
            return name.removesuffix(suffix).replace("_", " ") + unit
    return name.replace("_", " ")


def _draw_constants(axes: Axes, constants: xr.Dataset, variable: str, *, names: bool) -> None:
    """Draw what a variable comes to where one constant is low or high."""
    values = free_values(constants, variable)
    table = pd.DataFrame(
        {
            "constant": constants["constant"].values.astype(str),
            "value": constants["value"].values,
            "result": values,
        }
    )
    baseline = table.result[table.constant == BASELINE]
    changed = table[table.constant != BASELINE]
    if changed.empty:
        return say_nothing_to_draw(axes, "no constants were changed")
    keys = list(dict.fromkeys(changed.constant))
    axes.axvspan(baseline.min(), baseline.max(), color=PALE)
    axes.axvline(baseline.mean(), color=GREY, lw=1, label="as configured")
    for place, key in enumerate(keys):
        low, high = changed[changed.constant == key].sort_values("value").itertuples()
        axes.plot([low.result, high.result], [place, place], color=GREY, lw=1.5, zorder=2)
        for end, colour, label in ((low, SKY, "low"), (high, ORANGE, "high")):
            axes.plot(end.result, place, "o", ms=6, color=colour, label=label, zorder=3)
    labels = [_labelled(key, changed) for key in keys] if names else [""] * len(keys)
    axes.set_yticks(range(len(keys)), labels, fontsize=8)
    axes.set(xlabel=PANELS[variable][0], ylim=(len(keys) - 0.5, -0.5))
    axes.tick_params("y", length=0)
    axes.locator_params("x", nbins=4)
    finish(axes, PANELS[variable][1], columns=3 if names else 0)


def _labelled(key: str, changed: pd.DataFrame) -> str:
    """Name a constant with its low and high values."""
    low, high = sorted(changed.value[changed.constant == key])
    return f"{short_name(key)}: {low:g}, {high:g}"


def _dots(axes: Axes, place: float, values: np.ndarray, colour: str, label: str = "") -> None:
    """Draw a value for each network, and their mean."""
    axes.plot(np.full(values.size, place), values, "o", ms=3, color=colour, alpha=0.5)
    axes.plot(place, values.mean(), "_", ms=18, mew=2.5, color=colour, label=label or None)


def _draw_wirings(axes: Axes, wirings: xr.Dataset) -> None:
    """Draw by how much the compass leads the head awake, and say how wrong it is."""
    for place, name in enumerate(WIRINGS):
        here = wirings.sel(wiring=name)
        _dots(axes, place, here["anticipation"].values, BLUE)
        error = float(here["heading_error"].mean())
        axes.annotate(
            f"{error:.1f}°",
            (place, 1.0),
            xycoords=("data", "axes fraction"),
            ha="center",
            va="bottom",
            fontsize=9,
        )
    axes.axhline(0, color=GREY, lw=0.8, ls=":")
    axes.set_xticks(range(len(WIRINGS)), WIRINGS.values(), fontsize=8.5)
    axes.set(ylabel="lead over the head (ms)", xlim=(-0.5, len(WIRINGS) - 0.5))
    finish(axes, "Wake (above: error)", lines=3)


def _draw_errors(axes: Axes, errors: xr.Dataset) -> None:
    """Draw the prediction error by state, gated and not."""
    for place, state in enumerate(STATES):
        here = errors["prediction_error"].sel(state=state)
        if state != "run":
            _dots(axes, place + 0.15, here.sel(gate="gate_open").values, RED, "gate left open")
        shift = 0 if state == "run" else -0.15
        _dots(axes, place + shift, here.sel(gate="gated").values, BLACK, "as it is")
    axes.set_xticks(range(len(STATES)), STATES.values())
    axes.set(ylabel="prediction error (deg/s)", xlim=(-0.5, len(STATES) - 0.5))
    finish(axes, "Prediction error", columns=1, lines=3)


def _draw_neglect(axes: Axes, neglect: xr.Dataset) -> None:
    """Draw the clockwise share awake and in REM, with and without neglect."""
    for shift, (group, colour) in zip(
        (-0.12, 0.12), (("intact", BLACK), ("neglect", GREEN)), strict=True
    ):
        for place, state in enumerate(("run", "rem")):
            values = neglect["clockwise_fraction"].sel(group=group, state=state).values
            _dots(axes, place + shift, values, colour, group)
    axes.axhline(0.5, color=GREY, lw=0.8, ls=":")
    axes.set_xticks([0, 1], ["wake", "REM"])
    axes.set(ylabel="clockwise share (1)", xlim=(-0.5, 1.5), ylim=(0, 1))
    finish(axes, "One side neglected", columns=1, lines=3)


def _draw_training(axes: Axes, training: xr.Dataset) -> None:
    """Draw a wrong gain over the time in which it may be learned away."""
    time = training["time"].values
    for name, (label, colour) in TRAININGS.items():
        gain = training["gain"].sel(training=name).values
        axes.plot(time, gain.T, lw=0.6, color=colour, alpha=0.4)
        axes.plot(time, gain.mean(axis=0), lw=2, color=colour, label=label)
    axes.axhline(1, color=GREY, lw=0.8, ls=":")
    axes.set(xlabel="time (s)", ylabel="gain over the right one (1)", ylim=(0, 1.1))
    finish(axes, "A wrong gain", columns=1, lines=3)
