"""A chain that a trained model generates, token by token, on a maze that converges and on one
that diverges.
"""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import (
    BLACK,
    BLUE,
    GREY,
    HALO,
    PALE,
    RED,
    WIDTH,
    figure,
    finish,
    nothing_to_draw,
)
from analysis.results import result
from analysis.reverse_models import Reversed
from neurosim.tasks.chains import N_SPECIAL, STOP
from neurosim.tasks.mazes import maze_from_dataset

SHOWN = ("converging", "diverging")
COLOURS_OF = {"forward": BLUE, "reverse": RED}


def analyse(given: Reversed) -> xr.DataTree:
    """Keep the generated chain of the first held-out lap, and the maze; there are no rows.

    Returns
    -------
    DataTree
        ``/summary`` (empty); ``/{maze}``: the maze and ``example_token`` (estimator,
        example_step), ``example_probability`` (estimator, example_step, token), ``example_true``.
    """
    data = {}
    for maze in SHOWN:
        condition = f"{maze},true_paths"
        if condition in given.trained:
            names = ["example_token", "example_probability", "example_true"]
            trained = given.trained[condition][names].sel(estimator=list(COLOURS_OF))
            data[maze] = given.mazes[maze].merge(trained)
    return result([], data)


def draw(tree: xr.DataTree) -> Figure:
    """Draw each chain on its maze, every step with its probability, beside the true path."""
    shown = [maze for maze in SHOWN if maze in tree]
    if not shown:
        return nothing_to_draw("neither a converging nor a diverging maze was learned")
    with figure(WIDTH, 4.4 * len(shown), nrows=len(shown), ncols=2, squeeze=False) as (drawn, grid):
        for panels, name in zip(grid, shown, strict=True):
            data = tree[name].to_dataset()
            for axes, estimator in zip(panels, COLOURS_OF, strict=True):
                _draw_chain(axes, data, estimator)
                finish(axes, f"{name} maze, {estimator}")
        return drawn


def _draw_chain(axes, data: xr.Dataset, estimator: str) -> None:
    """Draw the maze, the true path and the generated one with numbered, weighed steps."""
    maze, colour = maze_from_dataset(data), COLOURS_OF[estimator]
    x, y = maze.position.T
    for first, second in zip(*np.nonzero(maze.legal), strict=True):
        axes.plot(x[[first, second]], y[[first, second]], color=PALE, lw=5, zorder=1)
    axes.plot(x, y, "o", color=GREY, ms=4, zorder=2)
    true = data["example_true"].values
    true = true[true >= 0]
    axes.plot(x[true], y[true], color=BLACK, lw=1.5, zorder=3)
    here = data.sel(estimator=estimator)
    probability = here["example_probability"].values
    at = int(true[-1] if estimator == "reverse" else true[0])
    axes.plot(x[at], y[at], "s", color=colour, ms=11, zorder=5)
    words = {at: ["given"]}
    for step, token in enumerate(here["example_token"].values.tolist()):
        if token < N_SPECIAL:
            if token == STOP:
                words.setdefault(at, []).append(f"stop {probability[step, STOP]:.2f}")
            break
        place, p = token - N_SPECIAL, float(probability[step, token])
        start, end = np.array([x[at], y[at]]), np.array([x[place], y[place]])
        axes.annotate(
            "",
            xy=end,
            xytext=start,
            arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 1 + 2 * p, "shrinkB": 4},
            zorder=4,
        )
        words.setdefault(place, []).append(f"{step + 1}: {p:.2f}")
        at = place
    for place, lines in words.items():
        axes.annotate(
            "\n".join(lines),
            (x[place], y[place]),
            xytext=(0, 9),
            textcoords="offset points",
            ha="center",
            fontsize=8.5,
            color=colour,
            path_effects=HALO,
            zorder=6,
        )
    axes.margins(0.12, 0.15)
    axes.set(xlabel="steps along the maze", ylabel="branches")
    axes.set_yticks([])
