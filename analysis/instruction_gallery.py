"""A trial of every task: what is shown, what is asked for, and what a trained network does."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.instruction_data import Measurements
from analysis.instruction_rows import instruction_row, none_rows, words
from analysis.plots import BLACK, BLUE, RED, WIDTH, figure, nothing_to_draw
from analysis.results import result
from neurosim.stats.intervals import proportion_interval
from neurosim.stats.references import Reference

N_COLUMNS = 5
EACH = 1.45  # inches: height of a trial
N_UNITS = 32
STRIP = 3  # rows that fixation takes
GAP = 3  # rows between blocks
BLOCKS = ("modality 1", "modality 2", "target", "response")


def analyse(measured: Measurements, references: Mapping[str, Reference]) -> xr.DataTree:
    """Rows of how many of the trials that are shown are right.

    Parameters
    ----------
    measured : Measurements
    references : Mapping of id to Reference
        None was published of single trials.

    Returns
    -------
    DataTree
        ``/summary``; ``/trials`` (task, step): the trials of the first network.
    """
    rows = [
        instruction_row(
            "gallery_right",
            measured.condition(str(data.attrs["hold_out"])),
            str(data.attrs["network"]),
            proportion_interval(data["is_right"].values.astype(bool)),
            test="share of the trials shown, one a task, that are done right; Wilson's interval",
        )
        for data in measured.gallery
    ]
    rows += none_rows("gallery_right", measured, rows, "no trials were drawn at this scale")
    shown = {"trials": measured.gallery[0]} if measured.gallery else {}
    return result(rows, shown)


def draw(tree: xr.DataTree) -> Figure:
    """Draw a panel a task: both modalities, the target and the response, over time."""
    if "trials" not in tree.children:
        return nothing_to_draw("no trials were drawn in this run")
    data = tree["trials"].to_dataset()
    n = data.sizes["task"]
    n_rows = -(-n // N_COLUMNS)
    grid = {"nrows": n_rows, "ncols": N_COLUMNS, "squeeze": False}
    with figure(WIDTH, 0.9 + EACH * n_rows, **grid) as (drawn, rows):
        drawn.get_layout_engine().set(wspace=0.01, hspace=0.01)
        panels = rows.ravel()
        for number, axes in enumerate(panels):
            if number >= n:
                axes.set_axis_off()
                continue
            picture = _trial(axes, data.isel(task=number), str(data["task"].values[number]))
            axes.tick_params(labelleft=number % N_COLUMNS == 0)
            below = number + N_COLUMNS >= n
            axes.tick_params(labelbottom=below)
            axes.set_xlabel("step" if below else "", fontsize=8)
        name, hold_out = data.attrs["network"], data.attrs["hold_out"].replace("_", " ")
        label = f"activity (1); {words(name)}, trained without {hold_out}"
        bar = {"location": "top", "shrink": 0.5, "aspect": 60, "pad": 0.005}
        drawn.colorbar(picture, ax=rows, label=label, **bar)
        return drawn


def picture_of(trial: xr.Dataset) -> tuple[np.ndarray, list[float]]:
    """Stack what is shown, asked for and done in one picture (row, step).

    Returns
    -------
    picture : array (row, step)
        From above: the fixation input, both modalities, the target of fixation and response, and
        the response; NaN between them.
    middles : list of float
        Row of the middle of each of `BLOCKS`.
    """
    inputs, target, response = (
        trial[name].transpose("step", ...).values.T for name in ("inputs", "target", "response")
    )
    gap = np.full((GAP, inputs.shape[1]), np.nan)
    parts: list[np.ndarray] = [np.repeat(inputs[:1], STRIP, axis=0), gap[:1]]
    middles = []
    for fixation, units in (
        (None, inputs[1 : 1 + N_UNITS]),
        (None, inputs[1 + N_UNITS :]),
        (target[:1], target[1:]),
        (response[:1], response[1:]),
    ):
        if fixation is not None:
            parts += [np.repeat(fixation, STRIP, axis=0), gap[:1]]
        middles.append(sum(map(len, parts)) + N_UNITS / 2 - 0.5)
        parts += [units, gap]
    return np.concatenate(parts[:-1]), middles


def _trial(axes: Axes, trial: xr.Dataset, task: str):
    picture, middles = picture_of(trial)
    style = {"aspect": "auto", "cmap": "viridis", "vmin": 0, "vmax": 1}
    drawn = axes.imshow(picture, interpolation="nearest", **style)
    start = trial["epoch_start"].sel(epoch="response")
    axes.axvline(float(start) - 0.5, color="white", lw=0.8, ls=":")
    axes.set_yticks(middles, BLOCKS, fontsize=7)
    axes.tick_params("y", length=0)
    axes.tick_params("x", labelsize=7)
    right = bool(trial["is_right"])
    said = f"{task}{', never trained' if bool(trial['is_held_out']) else ''}"
    colour = BLACK if right else RED
    axes.set_title(f"{said}{'' if right else ' ✗'}", fontsize=7.5, color=colour, pad=2)
    for spine in axes.spines.values():
        spine.set_visible(bool(trial["is_held_out"]))
        spine.set(color=BLUE, lw=2)
    return drawn
