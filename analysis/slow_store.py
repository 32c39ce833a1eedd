"""What replay at night leaves in a slow learner, tested without the fast store."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.agents import COLOURS, agent_row, words
from analysis.plots import WIDTH, figure, finish
from analysis.results import result
from neurosim.stats.intervals import mean_interval
from neurosim.stats.summary import NAN, Row


def analyse(mazes: Mapping[str, xr.Dataset]) -> xr.DataTree:
    """Rows of performance after the last night, and of its gain over nights without replay.

    Parameters
    ----------
    mazes : Mapping of maze to Dataset (policy, agent, night)
        From `neurosim.agents.studies.fill_slow_store`.
    """
    rows: list[Row] = []
    for maze, data in mazes.items():
        last = data["performance"].isel(night=-1)
        without = last.sel(policy="none").values
        for policy in data["policy"].values.astype(str):
            values = last.sel(policy=policy).values
            rows.append(agent_row("slow_store_performance", maze, policy, values))
            if policy != "none":
                rows.append(
                    agent_row(
                        "slow_store_gain",
                        maze,
                        policy,
                        values - without,
                        p_value=_p_value(values - without),
                        test="fewest steps over those taken without the fast store after the last "
                        "night, less that without replay; paired t test over agents",
                    )
                )
    along = xr.Variable("maze", list(mazes), {"long_name": "maze"})
    joined = xr.concat([d.drop_attrs(deep=False) for d in mazes.values()], dim=along)
    return result(rows, {"nights": joined})


def _p_value(difference: np.ndarray) -> float:
    if difference.size < 2 or np.ptp(difference) == 0:
        return NAN
    from scipy import stats  # takes a second to import

    return float(stats.ttest_1samp(difference, 0.0).pvalue)


def draw(tree: xr.DataTree) -> Figure:
    """Draw performance without the fast store, night by night."""
    data = tree["nights"].to_dataset()
    mazes = data["maze"].values.astype(str)
    with figure(WIDTH, 3.8, ncols=mazes.size, squeeze=False, sharey=True) as (drawn, (row,)):
        for axes, maze in zip(row, mazes, strict=True):
            for policy in data["policy"].values.astype(str):
                values = data["performance"].sel(maze=maze, policy=policy).transpose("night", ...)
                means = [mean_interval(night) for night in values.values]
                x = np.arange(1, len(means) + 1)
                low, high = [m.low for m in means], [m.high for m in means]
                style = {"color": COLOURS[policy]}
                axes.plot(x, [m.value for m in means], "o-", label=words(policy), **style)
                axes.fill_between(x, low, high, alpha=0.12, lw=0, **style)
            axes.set(xlabel="night", xticks=x, ylim=(0, 1.02))
            finish(axes, words(maze), columns=3, lines=3)
        row[0].set(ylabel="fewest steps / steps (1)")
        return drawn
