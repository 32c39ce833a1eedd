"""Whether chains stray into a similar environment, before and after learning from replay."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import BLACK, BLUE, RED, WIDTH, figure, finish, nothing_to_draw
from analysis.results import result
from analysis.reverse_models import Reversed, learned_row

COLOURS_OF = {"forward": BLUE, "reverse": RED}


def analyse(given: Reversed) -> xr.DataTree:
    """Rows of confusion between environments, by what was learned.

    Returns
    -------
    DataTree
        ``/summary``; ``/environments`` (seed, regime, estimator).
    """
    data = given.environments
    if data is None:
        reason = given.missing.get("environments", "no data")
        return result(
            [learned_row("environment_confusion", "similar", "", np.array([]), reason=reason)]
        )
    rows = [
        learned_row(
            f"environment_{measure}",
            regime,
            estimator,
            data[measure].sel(regime=regime, estimator=estimator).values,
        )
        for measure in ("confusion", "similarity")
        for regime in data["regime"].values.astype(str)
        for estimator in data["estimator"].values.astype(str)
    ]
    return result(rows, {"environments": data})


def draw(tree: xr.DataTree) -> Figure:
    """Draw confusion by what was learned, beside that of what was learned from."""
    if "environments" not in tree:
        return nothing_to_draw("no replay was decoded in two similar environments")
    data = tree["environments"].to_dataset()
    regimes = data["regime"].values.astype(str)
    with figure(WIDTH, 3.6) as (drawn, axes):
        for shift, (estimator, colour) in zip((-0.1, 0.1), COLOURS_OF.items(), strict=True):
            values = data["confusion"].sel(estimator=estimator).transpose("regime", "seed").values
            x = np.arange(regimes.size) + shift
            axes.plot(np.repeat(x, values.shape[1]), values.ravel(), ".", color=colour, alpha=0.4)
            axes.plot(x, values.mean(axis=1), "o", color=colour, ms=8, label=estimator)
        axes.plot(
            range(regimes.size),
            data["learned_confusion"],
            "_",
            color=BLACK,
            ms=26,
            mew=2,
        )
        axes.plot([], [], "_", color=BLACK, ms=10, mew=2, label="steps learned from")
        axes.set_xticks(range(regimes.size), [r.replace("_", " ") for r in regimes])
        axes.set(xlabel="learned from", ylabel="steps into the other environment (1)")
        axes.set_ylim(bottom=0)
        finish(axes, "Two similar environments", columns=3)
        return drawn
