"""Which steps are predicted: by their distance from the reward, and at decision points."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import BLUE, GREY, RED, WIDTH, figure, finish, nothing_to_draw
from analysis.results import result
from analysis.reverse_models import Reversed, learned_row, values_of
from neurosim.stats.summary import Row

COLOURS_OF = {"forward": BLUE, "reverse": RED}
KINDS = {  # of steps: the measure, and what the row is called
    "decision_accuracy": "decision_point_accuracy",
    "merge_accuracy": "merge_point_accuracy",
    "other_accuracy": "other_point_accuracy",
}
WORDS = ("at decision points", "into meeting paths", "other steps")
SHOWN = ("decision", "matched", "w_track")


def analyse(given: Reversed) -> xr.DataTree:
    """Rows of the accuracy of single steps, the true chain up to them being known.

    A step is at a decision point where it leads away from one in the order of behaviour, in
    whichever order it is generated; it leads into meeting paths where more than one leads there.

    Returns
    -------
    DataTree
        ``/summary``; ``/steps`` (maze, estimator, kind) and (maze, estimator, distance).
    """
    rows: list[Row] = []
    mazes = given.from_true_paths()
    for maze, data in mazes.items():
        for estimator in COLOURS_OF:
            for measure, quantity in KINDS.items():
                values = values_of(data, measure, estimator)
                reason = "no such step"
                rows.append(
                    learned_row(quantity, f"{maze},true_paths", estimator, values, reason=reason)
                )
            by_distance = data["accuracy_by_distance"].sel(estimator=estimator)
            for distance in range(1, by_distance.sizes["distance"]):
                values = by_distance.isel(distance=distance).values
                if np.isfinite(values).any():
                    condition = f"{maze},true_paths,steps_from_reward={distance}"
                    rows.append(learned_row("step_accuracy", condition, estimator, values))
    if not mazes:
        return result(rows)
    return result(rows, {"steps": _steps(mazes)})


def _steps(mazes: dict[str, xr.Dataset]) -> xr.Dataset:
    """Mean accuracies over trainings, by maze."""
    along = xr.Variable("maze", list(mazes), {"long_name": "maze"})
    twins = [data.sel(estimator=list(COLOURS_OF)).mean("seed") for data in mazes.values()]
    kinds = [xr.concat([one[name] for name in KINDS], dim="kind") for one in twins]
    distances = [one["accuracy_by_distance"] for one in twins]
    found = {"accuracy": kinds, "accuracy_by_distance": distances}
    data = xr.Dataset({name: xr.concat(parts, dim=along) for name, parts in found.items()})
    for name in found:
        data[name].attrs = {"units": "1", "long_name": "steps predicted"}
    return data.assign_coords(kind=("kind", list(KINDS.values()), {"long_name": "kind of step"}))


def draw(tree: xr.DataTree) -> Figure:
    """Draw accuracy by kind of step and by distance from the reward, for some mazes."""
    if "steps" not in tree:
        return nothing_to_draw("no model was trained on true paths")
    data = tree["steps"].to_dataset()
    names = data["maze"].values.astype(str).tolist()
    shown = [maze for maze in SHOWN if maze in names] or names[:1]
    with figure(WIDTH, 3.0 * len(shown), nrows=len(shown), ncols=2, squeeze=False) as (drawn, grid):
        for (left, right), maze in zip(grid, shown, strict=True):
            here = data.sel(maze=maze)
            for shift, (estimator, colour) in zip((-0.18, 0.18), COLOURS_OF.items(), strict=True):
                one = here.sel(estimator=estimator)
                left.bar(
                    np.arange(len(KINDS)) + shift,
                    one["accuracy"].values,
                    0.34,
                    color=colour,
                    alpha=0.75,
                    label=estimator,
                )
                right.plot(
                    np.arange(one.sizes["distance"]),
                    one["accuracy_by_distance"],
                    "o-",
                    color=colour,
                    label=estimator,
                )
            left.set_xticks(range(len(KINDS)), WORDS)
            left.set(ylabel="steps predicted (1)", ylim=(0, 1.05))
            right.axvline(0.5, color=GREY, lw=0.8, ls=":")
            right.set(xlabel="steps from the reward (number)", ylim=(0, 1.05))
            finish(left, maze.replace("_", " "), columns=2)
            finish(right, "by distance from the reward", columns=2)
        return drawn
