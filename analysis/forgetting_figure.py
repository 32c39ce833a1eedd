"""Error matrices by method, and what is forgotten of the first tasks, by ablation."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.memory_rows import COLOURS, learners_in, values_of, words
from analysis.plots import GREY, WIDTH, figure, finish
from neurosim.stats.intervals import mean_interval
from neurosim.tasks.transfer import forgetting

SHOWN = ("fine_tuning", "er", "agent", "joint")  # error matrices; or the first four there are
BAR = len(SHOWN)  # column of the colour bar
HEIGHT, PER_METHOD = 2.5, 0.15  # inches: a sequence, and what a method needs in its last panel


def draw(tree: xr.DataTree) -> Figure:
    """Draw a row a sequence: error matrices, the first task over time, forgetting by method."""
    names = [name for name in tree.children if name != "summary"]
    counts = [len(learners_in(tree[name].to_dataset())) for name in names]
    heights = [max(HEIGHT, 0.9 + PER_METHOD * count) for count in counts]
    grid = {"nrows": len(names), "ncols": len(SHOWN) + 3, "squeeze": False}
    grid |= {"width_ratios": [1] * len(SHOWN) + [0.12, 1.7, 1.5], "height_ratios": heights}
    with figure(WIDTH, sum(heights) + 0.4, **grid) as (drawn, panels):
        for row, name in zip(panels, names, strict=True):
            data = tree[name].to_dataset()
            _matrices(drawn, row[: BAR + 1], data, words(name))
            _first_tasks(row[-2], data)
            _forgotten(row[-1], data)
        finish(panels[0, -2], "First task", lines=0)
        finish(panels[0, -1], "Forgetting", lines=0)
        return drawn


def shown_matrices(data: xr.Dataset) -> list[str]:
    """Methods whose error matrices are drawn."""
    learners = learners_in(data)
    named = [name for name in SHOWN if name in learners]
    return (named if len(named) == len(SHOWN) else learners)[: len(SHOWN)]


def _matrices(drawn: Figure, row, data: xr.Dataset, sequence: str) -> None:
    """Error (time, task) as heat maps of one scale."""
    methods = shown_matrices(data)
    means = {method: values_of(data, "error", method).mean(axis=0) for method in methods}
    most = max(float(mean.max()) for mean in means.values())
    for axes, method in zip(row, methods, strict=False):
        picture = axes.imshow(means[method], cmap="viridis", vmin=0, vmax=most, aspect="auto")
        axes.set_xticks(range(means[method].shape[1]))
        axes.set_yticks(range(means[method].shape[0]))
        axes.set(xlabel="task")
        axes.tick_params(labelleft=axes is row[0])
        axes.set_title(words(method).replace(" − ", "\n− ", 1), fontsize=8, fontweight="normal")
    row[0].set_ylabel(f"{sequence}\ntasks learned so far", fontsize=9)
    for axes in row[len(methods) : BAR]:
        axes.set_axis_off()
    drawn.colorbar(picture, cax=row[BAR])
    row[BAR].set_title("error", fontsize=9, fontweight="normal")


def _first_tasks(axes, data: xr.Dataset) -> None:
    """Error on the first task from when it was learned, by method."""
    for method in learners_in(data):
        if method not in COLOURS:
            continue
        error = values_of(data, "error", method)[:, 1:, 0]
        estimates = [mean_interval(time) for time in error.T]
        times = np.arange(1, error.shape[1] + 1)
        axes.plot(times, [e.value for e in estimates], ".-", color=COLOURS[method])
        low, high = [e.low for e in estimates], [e.high for e in estimates]
        axes.fill_between(times, low, high, color=COLOURS[method], alpha=0.1, lw=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="tasks learned so far", ylabel="its error (1)", ylim=(0, None))


def _forgotten(axes, data: xr.Dataset) -> None:
    """Forgetting by method with its interval; colours are those of the curves beside it."""
    methods = learners_in(data)
    for place, method in enumerate(methods):
        values = forgetting(values_of(data, "error", method))
        mean = mean_interval(values)
        error = np.nan_to_num([[mean.value - mean.low], [mean.high - mean.value]])
        style = {"color": COLOURS.get(method, GREY), "fmt": "o", "ms": 4, "capsize": 2}
        axes.errorbar(mean.value, place, xerr=error, **style)
    axes.axvline(0, color=GREY, lw=0.8)
    axes.set_yticks(range(len(methods)), [words(m) for m in methods], fontsize=7)
    axes.set(xlabel="forgetting (1)", ylim=(len(methods) - 0.5, -0.5))
