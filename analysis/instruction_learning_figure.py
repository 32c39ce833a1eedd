"""Performance of trained and held-out tasks by network, and how fast held-out ones are learned."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.instruction_rows import colour_of, words
from analysis.plots import (
    BLACK,
    GREEN,
    GREY,
    WIDTH,
    figure,
    finish,
    nothing_to_draw,
    say_nothing_to_draw,
)
from neurosim.stats.intervals import fraction_interval

STYLES = ("-", "--", ":", "-.")  # of the variants of a network
SPREAD = 0.22  # of the dots of tasks about their network's line


def draw(tree: xr.DataTree) -> Figure:
    """Draw trained tasks, held-out ones, their learning curves, and how many are done how well."""
    performance = tree["performance"].to_dataset()
    if not performance.sizes.get("network"):
        return nothing_to_draw("no network was trained in this run")
    tall = 5.2 + 0.3 * performance.sizes["network"]
    with figure(WIDTH, tall, nrows=2, ncols=2) as (drawn, panels):
        _by_network(panels[0, 0], performance, "training")
        _by_network(panels[0, 1], performance, "zero_shot")
        panels[0, 1].tick_params(labelleft=False)
        draw_curves(panels[1, 0], tree, "nothing was held out")
        _shares(panels[1, 1], performance)
        finish(panels[0, 0], "Trained tasks", lines=1)
        finish(panels[0, 1], "Tasks never trained", columns=3, lines=1)
        lines = (performance.sizes["network"] + 1) // 2
        finish(panels[1, 0], "Learning a task never trained", columns=2, lines=lines)
        finish(panels[1, 1], "How many are done how well", lines=lines)
        return drawn


def styles_of(networks: list[str]) -> dict[str, dict]:
    """Colour and line of each network: variants have the colour of what they are variants of."""
    seen: dict[str, int] = {}
    styles = {}
    for name in networks:
        base = colour_of(name)
        seen[base] = seen.get(base, -1) + 1
        styles[name] = {"color": base, "ls": STYLES[seen[base] % len(STYLES)]}
    return styles


def spread(n: int) -> np.ndarray:
    """Give offsets (dot,) that tell dots of one line apart, the same each time."""
    return SPREAD * (2 * ((np.arange(n) * 0.618034) % 1) - 1)


def _by_network(axes: Axes, performance: xr.Dataset, measure: str) -> None:
    """Draw tasks as dots, their mean with its interval, and the published mean."""
    names = performance["network"].values.astype(str).tolist()
    for place, name in enumerate(names):
        values = performance[measure].sel(network=name).values
        values = values[np.isfinite(values)]
        axes.plot(values, place + spread(values.size), ".", color=colour_of(name), ms=4, alpha=0.45)
        mean = fraction_interval(values)
        error = [[mean.value - mean.low], [mean.high - mean.value]]
        style = {"fmt": "D", "ms": 6, "capsize": 3, "mec": "white", "color": colour_of(name)}
        axes.errorbar(mean.value, place, xerr=np.nan_to_num(error), zorder=3, **style)
    if measure == "zero_shot":
        _bounds(axes, performance)
    axes.set_yticks(range(len(names)), [words(name) for name in names])
    axes.set(xlabel="trials done right (1)", xlim=(-0.03, 1.03), ylim=(len(names) - 0.5, -0.5))


def _bounds(axes: Axes, performance: xr.Dataset) -> None:
    """Mark the published means, and what never responding has."""
    known = performance["published"].values
    places = np.arange(known.size)
    axes.vlines(known, places - 0.4, places + 0.4, color=GREEN, lw=2.5, label="published")
    withheld = performance["withholding"].values
    if np.isfinite(withheld).any():
        axes.axvline(np.nanmean(withheld), color=GREY, ls=":", lw=1.2, label="never responding")


def draw_curves(axes: Axes, tree: xr.DataTree, absent: str) -> None:
    """Draw the mean over held-out tasks by the batches learned from, with its interval.

    Parameters
    ----------
    axes : Axes
    tree : DataTree
        ``/curves``: ``performance`` (network, task, batch), if anything was learned.
    absent : str
        What to say if nothing was.
    """
    if "curves" not in tree.children:
        return say_nothing_to_draw(axes, absent)
    curves = tree["curves"]["performance"]
    names = curves["network"].values.astype(str).tolist()
    labels = _labels({name: curves.sel(network=name) for name in names})
    for name, style in styles_of(names).items():
        values = curves.sel(network=name).transpose("task", "batch").values
        estimates = [fraction_interval(batch) for batch in values.T]
        batches = np.arange(values.shape[1])
        axes.plot(batches, [e.value for e in estimates], label=labels[name], **style)
        low, high = [e.low for e in estimates], [e.high for e in estimates]
        axes.fill_between(batches, low, high, color=style["color"], alpha=0.1, lw=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="batches learned from", ylabel="trials done right (1)", ylim=(0, 1.02))


def _labels(curves: Mapping[str, xr.DataArray]) -> dict[str, str]:
    """Name networks, with the number of their tasks where they have different ones."""
    n_tasks = {n: int(np.isfinite(curve).any("batch").sum()) for n, curve in curves.items()}
    differ = len(set(n_tasks.values())) > 1
    return {name: f"{words(name)} ({n})" if differ else words(name) for name, n in n_tasks.items()}


def _shares(axes: Axes, performance: xr.Dataset) -> None:
    """Draw what share of held-out tasks is done at least as well as the axis says."""
    names = performance["network"].values.astype(str).tolist()
    for name, style in styles_of(names).items():
        values = performance["zero_shot"].sel(network=name).values
        values = np.sort(values[np.isfinite(values)])
        if values.size:
            at = np.concatenate([[0.0], values, [1.0]])
            left = values.size - np.concatenate([[0], np.arange(values.size), [values.size]])
            axes.step(at, left / values.size, where="pre", **style)
    axes.axvline(0.95, color=BLACK, lw=0.6)
    axes.set(xlabel="trials done right, at least (1)", ylabel="share of tasks never trained (1)")
    axes.set(ylim=(0, 1.02))
