"""Generalisation of decoders by layer, what it goes with, and the square of four decision tasks."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.instruction_learning_figure import styles_of
from analysis.instruction_rows import colour_of, words
from analysis.plots import (
    BLACK,
    BLUE,
    GREY,
    RED,
    WIDTH,
    finish,
    nothing_to_draw,
    panels,
    say_nothing_to_draw,
)

SPACES = {"network": "units at stimulus onset", "information": "what is told"}
LAYERS = {"features": "words", "information": "told", "network": "units"}
PLACES = {  # of the matrices of axes
    "words": "words",
    "information": "what is told",
    "network": "units",
}
COLOUR_OF_POLE = {False: BLUE, True: RED}  # DM, AntiDM
MARK_OF_MODALITY = {"1": "o", "2": "s"}
AXES = {"strongest_weakest": ("DM to AntiDM", "D"), "modality": ("modality 1 to 2", "o")}


def draw(tree: xr.DataTree) -> Figure:
    """Draw CCGP by layer, CCGP beside performance, parallel axes, and components of networks."""
    if "layers" not in tree.children:
        return nothing_to_draw("no representation was measured in this run")
    names = tree["square"]["network"].values.astype(str).tolist() if "square" in tree else []
    layout: list = [[[["layers", "tasks", "parallelism"]]]]
    if names:
        layout.append([[[f"{space},{name}" for name in names] for space in SPACES]])
    heights = [4.0, 5.4][: len(layout)]
    if "axes" in tree.children:
        layout.insert(1, [[[f"axes,{place}" for place in PLACES]]])
        heights.insert(1, 1.9 + 0.25 * tree["axes"].sizes["network"])
    n = tree["layers"].sizes["network"]
    with panels(WIDTH, sum(heights) + 0.22 * n, layout, height_ratios=heights) as (drawn, axes):
        _layers(axes["layers"], tree["layers"].to_dataset())
        finish(axes["layers"], "CCGP, tasks never trained", columns=1, lines=n)
        _tasks(axes["tasks"], tree)
        finish(axes["tasks"], "A task's CCGP and performance", lines=n)
        _parallel(axes["parallelism"], tree)
        finish(axes["parallelism"], "Parallel axes", columns=1, lines=n)
        if "axes" in tree.children:
            _axes(axes, drawn, tree["axes"]["ccgp"])
        for space in SPACES if names else ():
            for name in names:
                _square(axes[f"{space},{name}"], tree["square"].to_dataset(), space, name)
            axes[f"{space},{names[0]}"].set_ylabel(f"{SPACES[space]}\nPC 2")
        return drawn


def _layers(axes: Axes, data: xr.Dataset) -> None:
    names, layers = (data[dim].values.astype(str).tolist() for dim in ("network", "layer"))
    shift = np.linspace(-0.15, 0.15, len(names)) if len(names) > 1 else [0.0]
    for by, (name, style) in zip(shift, styles_of(names).items(), strict=True):
        own = data.sel(network=name)
        known = np.isfinite(own["value"].values)
        places = np.arange(len(layers))[known] + by
        value, low, high = (own[part].values[known] for part in ("value", "low", "high"))
        error = np.nan_to_num(np.stack([value - low, high - value]))
        axes.errorbar(places, value, yerr=error, label=words(name), marker=".", lw=1.3, **style)
    axes.axhline(0.5, color=BLACK, ls=":", lw=1)
    labels = [LAYERS.get(layer, layer.replace("hidden_", "")) for layer in layers]
    axes.set_xticks(range(len(layers)), labels, fontsize=8, rotation=40 if len(labels) > 5 else 0)
    hidden = any(layer.startswith("hidden") for layer in layers)
    axes.set(xlabel="layer (numbers: of language model)" if hidden else "layer")
    axes.set(ylabel="held-out pairs decoded (1)", ylim=(min(0.3, axes.get_ylim()[0]), 1.02))


def _axes(axes: dict[str, Axes], drawn: Figure, ccgp: xr.DataArray) -> None:
    """Draw CCGP by axis and network, a matrix each for words, what is told, and units."""
    names, along = (ccgp[dim].values.astype(str).tolist() for dim in ("network", "axis"))
    for number, (place, title) in enumerate(PLACES.items()):
        own = axes[f"axes,{place}"]
        values = ccgp.sel(place=place).transpose("network", "axis").values
        picture = own.imshow(values, aspect="auto", cmap="RdBu", vmin=0, vmax=1)
        for (row, column), value in np.ndenumerate(values):
            if np.isfinite(value):
                colour = "white" if abs(value - 0.5) > 0.3 else BLACK
                style = {"ha": "center", "va": "center", "fontsize": 7, "color": colour}
                own.text(column, row, f"{value:.2f}".removeprefix("0"), **style)
        labels = [axis.replace("_", " ") for axis in along]
        own.set_xticks(range(len(along)), labels, rotation=40, ha="right", fontsize=7)
        own.set_yticks(range(len(names)), [words(name) for name in names], fontsize=8)
        own.tick_params(labelleft=number == 0, length=0)
        finish(own, f"By axis: {title}")
    ends = [axes[f"axes,{place}"] for place in PLACES]
    drawn.colorbar(picture, ax=ends, label="CCGP (1)", shrink=0.9)


def _tasks(axes: Axes, tree: xr.DataTree) -> None:
    if "tasks" not in tree.children:
        return say_nothing_to_draw(axes, "no held-out task has both")
    data = tree["tasks"].to_dataset()
    network = data["network"].values.astype(str)
    for name in dict.fromkeys(network):
        own = data.isel(row=network == name)
        style = {"color": colour_of(name), "ms": 5, "alpha": 0.7, "ls": ""}
        axes.plot(own["ccgp"], own["zero_shot"], "o", **style)
    rows = tree["summary"].to_dataset().to_dataframe()
    row = rows[(rows.quantity == "ccgp_correlation") & (rows.estimator == "all networks")]
    for found in row.itertuples():
        if np.isfinite(found.estimate):
            said = f"r = {found.estimate:.2f} (published {found.reference:.2f})"
            axes.text(0.02, 0.98, said, va="top", transform=axes.transAxes, fontsize=9)
    axes.axvline(0.5, color=BLACK, ls=":", lw=1)
    axes.set(xlabel="CCGP of units (1)", ylabel="zero-shot, trials done right (1)")
    axes.set(ylim=(-0.03, 1.12))


def _parallel(axes: Axes, tree: xr.DataTree) -> None:
    if "parallelism" not in tree.children:
        return say_nothing_to_draw(axes, "the four tasks are not in this study")
    data = tree["parallelism"].to_dataset()
    names = data["network"].values.astype(str).tolist()
    number = 0
    for space in SPACES:
        if space not in data["space"].values:
            continue
        for axis in data["axis"].values.astype(str):
            label, mark = AXES.get(axis, (axis, "^"))
            filled = space == "network"
            own = data.sel(space=space, axis=axis)
            value, low, high = (own[f"parallelism{end}"].values for end in ("", "_low", "_high"))
            error = np.nan_to_num(np.stack([value - low, high - value]))
            places = np.arange(len(names)) + 0.18 * (number - 1.5)
            colour = BLACK if axis == "strongest_weakest" else GREY
            style = {"fmt": mark, "color": colour, "mfc": colour if filled else "white"}
            of = "units" if filled else "told"
            axes.errorbar(
                value, places, xerr=error, capsize=2, ms=5, label=f"{label}, {of}", **style
            )
            number += 1
    axes.axvline(0, color=BLACK, lw=0.6)
    axes.set_yticks(range(len(names)), [words(name) for name in names], fontsize=8)
    axes.set(xlabel="cosine between like steps (1)", ylim=(len(names) - 0.5, -0.5))
    axes.set_xlim(max(axes.get_xlim()[0], -1.1), min(axes.get_xlim()[1], 1.3))


def _square(axes: Axes, data: xr.Dataset, space: str, name: str) -> None:
    """Draw four tasks along two components: like steps are lines of one kind."""
    own = data.sel(network=name, space=space)
    tasks = own["decoded"].values.astype(str).tolist()
    centre = {task: own["centre"].sel(decoded=task).values for task in tasks}
    for task in tasks:
        colour, mark = COLOUR_OF_POLE[task.startswith("Anti")], MARK_OF_MODALITY[task[-1]]
        samples = own["component"].sel(decoded=task).values
        axes.plot(samples[:, 0], samples[:, 1], mark, ms=2.5, color=colour, alpha=0.35, zorder=1)
        left_out = bool(own["is_held_out"].sel(decoded=task))
        style = {"ms": 9, "mec": colour, "mew": 2, "mfc": "white" if left_out else colour}
        axes.plot(*centre[task][:2], mark, zorder=3, **style)
    for first, second, style in _steps(tasks):
        ends = np.stack([centre[first][:2], centre[second][:2]])
        axes.plot(*ends.T, style, color=BLACK, lw=1.2, zorder=2)
    axes.set_xticks([])
    axes.set_yticks([])
    share = own["explained"].values[:2].sum()
    axes.set_xlabel(f"PC 1; both {share:.0%}", fontsize=8)
    if space == "network":
        right = float(own["zero_shot"])
        shown = str(data.attrs.get("shown", ""))
        said = f"\n{shown}: {right:.0%}" if shown and np.isfinite(right) else ""
        axes.set_title(f"{words(name)}{said}", fontsize=9)


def _steps(tasks: list[str]) -> list[tuple[str, str, str]]:
    """Pairs of tasks that are joined: from DM to AntiDM with lines, between modalities dashed."""
    known = [("DMMod1", "AntiDMMod1", "-"), ("DMMod2", "AntiDMMod2", "-")]
    known += [("DMMod1", "DMMod2", "--"), ("AntiDMMod1", "AntiDMMod2", "--")]
    return [step for step in known if set(step[:2]) <= set(tasks)]
