"""What a model's chains are worth for choosing."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import BLUE, GREY, RED, WIDTH, figure, finish, nothing_to_draw
from analysis.results import result
from analysis.reverse_models import Reversed, learned_row

COLOURS_OF = {"forward": BLUE, "reverse": RED, "reverse_over_habit": RED}


def analyse(given: Reversed) -> xr.DataTree:
    """Rows of errors at choice points, by agent.

    Returns
    -------
    DataTree
        ``/summary``; ``/choices`` (maze, seed, agent).
    """
    rows = [
        learned_row("choice_errors", maze, agent, data["choice_errors"].sel(agent=agent).values)
        for maze, data in given.choices.items()
        for agent in data["agent"].values.astype(str)
    ]
    if not given.choices:
        return result(rows)
    along = xr.Variable("maze", list(given.choices), {"long_name": "maze"})
    return result(rows, {"choices": xr.concat(given.choices.values(), dim=along)})


def draw(tree: xr.DataTree) -> Figure:
    """Draw errors at choice points by agent."""
    if "choices" not in tree:
        return nothing_to_draw("no maze was asked for")
    data = tree["choices"].to_dataset()
    agents = data["agent"].values.astype(str)
    with figure(WIDTH, 3.4, ncols=data.sizes["maze"], squeeze=False) as (drawn, (panels,)):
        for axes, maze in zip(panels, data["maze"].values.astype(str), strict=True):
            errors = data["choice_errors"].sel(maze=maze).transpose("agent", "seed").values
            colours = [COLOURS_OF.get(agent, GREY) for agent in agents]
            axes.barh(np.arange(agents.size), errors.mean(axis=1), color=colours, alpha=0.6)
            for row, values in enumerate(errors):
                axes.plot(values, np.full(values.size, row), ".", color="black", alpha=0.5)
            axes.set_yticks(range(agents.size), [agent.replace("_", " ") for agent in agents])
            axes.set(xlabel="wrong choices (1)", xlim=(-0.02, 1), ylim=(agents.size - 0.5, -0.5))
            finish(axes, maze.replace("_", " "))
        return drawn
