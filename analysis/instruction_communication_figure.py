"""What partners do with what they are told, and which instructions were written for which task."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.instruction_rows import words
from analysis.plots import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    SKY,
    WIDTH,
    finish,
    nothing_to_draw,
    panels,
    say_nothing_to_draw,
)
from neurosim.stats.confusion import OTHER
from neurosim.tasks.psychophysics.catalogue import FAMILIES, TASKS

TOLD = {  # words, colour
    "wording": ("a wording of ours", BLACK),
    "instruction": ("what was written", BLUE),
    "novel": ("what was written, novel", SKY),
    "embedding": ("a copied embedding", ORANGE),
}
PARTNERS = {"all": "partner: all tasks", "held_out": "partner: never trained it"}
REGIMES = {
    "all": "instructor: all tasks",
    "held_out": "instructor: never trained it",
    "held_out_by_writer": "nor did its writer",
}


def draw(tree: xr.DataTree) -> Figure:
    """Draw partners' performance by regime, and the confusion of tasks, a matrix a regime."""
    if "partners" not in tree.children:
        return nothing_to_draw("no network instructed another one in this run")
    data = tree["partners"].to_dataset()
    names = data["network"].values.astype(str).tolist()
    shares = _matrices(tree)
    layout: list = [[[names]]]
    heights = [1.6 + 0.62 * data.sizes["regime"] * data.sizes["partner"]]
    if shares:
        layout.append([[[f"confusion,{regime}" for regime in shares]]])
        heights.append(5.2 if len(shares) == 1 else 4.6)
    with panels(WIDTH, sum(heights), layout, height_ratios=heights) as (drawn, axes):
        for name in names:
            _partners(axes[name], data.sel(network=name), name == names[0])
            finish(axes[name], words(name), columns=2 if len(names) > 1 else 4, lines=3)
        for regime, share in shares.items():
            first = regime == next(iter(shares))
            picture = _confusion(axes[f"confusion,{regime}"], share, first)
            title = REGIMES[regime][0].upper() + REGIMES[regime][1:]
            axes[f"confusion,{regime}"].set_title(title, fontsize=9)
        if shares:
            ends = [axes[f"confusion,{regime}"] for regime in shares]
            drawn.colorbar(picture, ax=ends, label="share of the task's messages (1)", shrink=0.8)
        return drawn


def _matrices(tree: xr.DataTree) -> dict[str, xr.DataArray]:
    """Confusions (task, understood) of the regimes in which anything was written."""
    if "confusion" not in tree.children:
        return {}
    share = tree["confusion"]["share"]
    found = {regime: share.sel(regime=regime) for regime in REGIMES if regime in share["regime"]}
    return {regime: each for regime, each in found.items() if np.isfinite(each).any()}


def _partners(axes: Axes, data: xr.Dataset, labelled: bool) -> None:
    """Draw a line a regime and partner, a mark for each way of telling."""
    lines = [(r, p) for r in data["regime"].values.astype(str) for p in PARTNERS]
    for place, (regime, partner) in enumerate(lines):
        for number, (told, (label, colour)) in enumerate(TOLD.items()):
            at = data.sel(regime=regime, partner=partner, told=told)
            value, low, high = (float(at[part]) for part in ("value", "low", "high"))
            where = place + 0.16 * (number - 1.5)
            error = np.nan_to_num([[value - low], [high - value]])
            said = label if place == 0 else None
            style = {"fmt": "o", "color": colour, "ms": 6, "capsize": 2, "label": said}
            axes.errorbar(value, where, xerr=error, **style)
            known = float(at["published"])
            if np.isfinite(known):
                said = "published" if (place, told) == (0, "instruction") else None
                axes.vlines(known, where - 0.09, where + 0.09, color=GREEN, lw=3, label=said)
    for border in np.arange(len(PARTNERS), len(lines), len(PARTNERS)) - 0.5:
        axes.axhline(border, color=GREY, lw=0.5)
    labels = [f"{REGIMES[r]}\n{PARTNERS[p]}" for r, p in lines]
    axes.set_yticks(range(len(lines)), labels, fontsize=8)
    axes.tick_params(labelleft=labelled)
    axes.set(xlabel="trials that the partner does right (1)", xlim=(-0.03, 1.03))
    axes.set_ylim(len(lines) - 0.5, -0.5)


def _confusion(axes: Axes, share: xr.DataArray, labelled: bool):
    """Draw a matrix of tasks, those that were not taught left out; the last column is novel."""
    taught = [str(t) for t in share["task"].values if np.isfinite(share.sel(task=t)).any()]
    if not taught:
        return say_nothing_to_draw(axes, "nothing was written")
    taught.sort(key=list(TASKS).index)
    columns = [name for name in TASKS if name in share["understood"]] + [OTHER]
    values = share.sel(task=taught, understood=columns).transpose("task", "understood").values
    picture = axes.imshow(values, cmap="viridis", vmin=0, vmax=1, aspect="auto")
    for labels, border in ((taught, axes.axhline), (columns[:-1], axes.axvline)):
        family = np.array([FAMILIES.index(TASKS[name].family) for name in labels])
        for place in np.flatnonzero(np.diff(family)):
            border(place + 0.5, color="white", lw=0.7)
    axes.axvline(len(columns) - 1.5, color="white", lw=1.5)
    size = 5 if len(taught) > 25 else 7
    axes.set_yticks(range(len(taught)), taught, fontsize=size)
    place, names = _families(columns[:-1])
    axes.set_xticks([*place, len(columns) - 1], [*names, "novel"], fontsize=7, rotation=90)
    axes.set_xlabel("task whose instruction was written", fontsize=9)
    if labelled:
        axes.set_ylabel("task that was inferred", fontsize=9)
    return picture


def _families(tasks: list[str]) -> tuple[list[float], list[str]]:
    """Middle of each family among tasks that are sorted by it, and its name."""
    family = np.array([TASKS[task].family for task in tasks])
    there = [name for name in FAMILIES if name in family]
    return [float(np.flatnonzero(family == name).mean()) for name in there], there
