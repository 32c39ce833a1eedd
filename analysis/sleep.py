"""What is learned from wake, from replay and from both, and what is kept afterwards."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import BLUE, RED, WIDTH, figure, finish, nothing_to_draw
from analysis.results import result
from analysis.reverse_models import Reversed, learned_row
from neurosim.stats.intervals import mean_interval
from neurosim.stats.summary import Row

COLOURS_OF = {"forward": BLUE, "reverse": RED}
TRACK = "sleep"
KEPT = ("wake", "wake_and_replay")  # regimes that are asked for again after the gap


def analyse(given: Reversed) -> xr.DataTree:
    """Rows of similarity by regime, and of retention over other experience with and without replay.

    Returns
    -------
    DataTree
        ``/summary``; ``/sleep`` (seed, regime, estimator, gap).
    """
    data = given.sleep
    if data is None:
        nothing, reason = np.array([]), given.missing.get(TRACK, "no data")
        return result([learned_row("retention", TRACK, "", nothing, reason=reason)])
    rows: list[Row] = []
    for regime in data["regime"].values.astype(str):
        for estimator in data["estimator"].values.astype(str):
            here = data.sel(regime=regime, estimator=estimator)
            reason = "no event of that kind" if not np.isfinite(here["similarity"]).any() else ""
            rows.append(
                learned_row(
                    "regime_similarity",
                    regime,
                    estimator,
                    here["similarity"].values,
                    reason=reason,
                )
            )
            for gap in data["gap"].values.astype(str) if regime in KEPT else ():
                rows.append(
                    learned_row(
                        "retention",
                        f"{regime},{gap}",
                        estimator,
                        here["retention"].sel(gap=gap).values,
                        interval=mean_interval,
                        reason=reason,
                        test="similarity on held-out laps after as many updates on another track, "
                        "over that before; t interval over trainings",
                    )
                )
    return result(rows, {"sleep": data})


def draw(tree: xr.DataTree) -> Figure:
    """Draw similarity by regime, and retention with and without replay."""
    if "sleep" not in tree:
        return nothing_to_draw("no replay was decoded to learn from")
    data = tree["sleep"].to_dataset()
    regimes = data["regime"].values.astype(str)
    with figure(WIDTH, 4.2, ncols=2) as (drawn, (left, right)):
        for shift, (estimator, colour) in zip((-0.12, 0.12), COLOURS_OF.items(), strict=True):
            here = data.sel(estimator=estimator)
            _points(left, here["similarity"], shift, colour, "o", estimator)
            for gap, marker, face in (
                ("nothing_replayed", "o", "white"),
                ("replay_interleaved", "o", colour),
            ):
                label = f"{estimator}, {gap.replace('_', ' ')}"
                _points(right, here["retention"].sel(gap=gap), shift, colour, marker, label, face)
        for axes in (left, right):
            axes.set_xticks(range(regimes.size), [r.replace("_", "\n") for r in regimes])
            axes.set_ylim(0, None)
        left.set(ylabel="similarity on held-out laps (1)", ylim=(0, 1.03))
        finish(left, "Learned with equal numbers of updates", columns=2, lines=2)
        right.axhline(1, color=COLOURS_OF["forward"], lw=0)
        right.set(ylabel="similarity kept (1)")
        finish(right, "After as many updates on another track", columns=2, lines=2)
        return drawn


def _points(axes, values: xr.DataArray, shift, colour, marker, label, face=None) -> None:
    """Draw trainings as pale dots and their mean."""
    x = np.arange(values.sizes["regime"]) + shift
    by_regime = values.transpose("regime", "seed").values
    axes.plot(np.repeat(x, by_regime.shape[1]), by_regime.ravel(), ".", color=colour, alpha=0.3)
    means = [mean_interval(row).value for row in by_regime]
    axes.plot(x, means, marker, color=colour, mfc=face or colour, ms=8, label=label)
