"""The square of four decision tasks, one never trained: are like steps between them parallel?

Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5, figs. 3a to 3d.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from analysis.instruction_data import Measurements, by_task, in_order
from analysis.instruction_rows import instruction_row
from analysis.instruction_verdicts import FEWEST
from neurosim.stats.intervals import Estimate, mean_interval
from neurosim.stats.summary import Row

IN_FIGURE = ("simplenet", "bownet", "sbertnet", "structurenet")  # components, if they are there
FOLLOWED = "set_10"  # holds out the task that the published figure follows
ABOUT = {
    "parallelism": "cosine between like steps",
    "parallelism_low": "lower end of its 95 % interval",
    "parallelism_high": "upper end of its 95 % interval",
    "component": "place along a principal component",
    "centre": "mean place of a task along a principal component",
    "explained": "part of the variance that a principal component explains",
    "is_held_out": "1 where the task was never trained",
    "zero_shot": "performance of the task that was held out",
}
N_SHOWN = 40  # samples of a task in the figure


def parallelism_rows(measured: Measurements, network: str) -> list[Row]:
    """Rows of the cosines between like steps, where one of the four tasks was held out."""
    own = [
        data
        for data in measured.representation
        if data.attrs["network"] == network and "parallelism" in data
    ]
    rows = []
    for hold_out in dict.fromkeys(str(data.attrs["hold_out"]) for data in own):
        chosen = [data for data in own if data.attrs["hold_out"] == hold_out]
        square = chosen[0]["decoded"].values.astype(str)
        left_out = chosen[0]["task"].values[chosen[0]["is_held_out"].values == 1].astype(str)
        among = sorted(set(square) & set(left_out))
        if not among:
            continue
        for space in chosen[0]["space"].values.astype(str):
            for axis in _axes(chosen[0]):
                estimate, n_unit, how = parallelism_of(chosen, space, axis)
                rows.append(
                    instruction_row(
                        "axis_parallelism",
                        measured.condition(hold_out, space, axis),
                        network,
                        estimate,
                        n_unit=n_unit,
                        test=f"cosine between like steps among {', '.join(square)}, of which "
                        f"{', '.join(among)} was never trained (1: parallel, 0: orthogonal); {how}",
                        reason="the steps are no longer than noise makes them",
                    )
                )
    return rows


def _axes(data: xr.Dataset) -> list[str]:
    known = np.isfinite(data["parallelism"].values).any(axis=0)
    return data["axis"].values[known].astype(str).tolist()


def parallelism_of(
    datasets: Sequence[xr.Dataset], space: str, axis: str
) -> tuple[Estimate, str, str]:
    """Cosine of one axis with its interval, what was counted, and what the interval is.

    Over trainings if there are three or more, over the samples if there is one; two have none,
    which would be one degree of freedom beside intervals over samples.
    """
    found = [data.sel(space=space, axis=axis) for data in datasets]
    if len(found) > 1:
        mean = mean_interval(np.array([float(each["parallelism"]) for each in found]))
        if mean.n >= FEWEST:
            return mean, "training", "t interval over trainings"
        return Estimate(mean.value, np.nan, np.nan, mean.n), "training", (
            f"no interval: {FEWEST} trainings are needed for one over trainings, found {mean.n}"
        )  # fmt: skip
    names = ("parallelism", "parallelism_low", "parallelism_high")
    value, low, high = (float(found[0][name]) for name in names)
    return (
        Estimate(value, low, high, 1),
        "training",
        ("jackknife interval over trials or wordings of this training, not over trainings"),
    )


def square_shown(measured: Measurements, performance: pd.DataFrame) -> dict[str, xr.Dataset]:
    """Principal components of four networks, and the parallelism of all, of one hold-out."""
    there = [data for data in measured.representation if "component" in data]
    hold_outs = {str(data.attrs["hold_out"]) for data in there}
    if not hold_outs:
        return {}
    hold_out = FOLLOWED if FOLLOWED in hold_outs else sorted(hold_outs)[0]
    first: dict[str, xr.Dataset] = {}
    for data in sorted(there, key=lambda each: int(each.attrs["number"])):
        if data.attrs["hold_out"] == hold_out:
            first.setdefault(str(data.attrs["network"]), data)
    names = in_order(set(first))
    parallel = [
        first[name][["parallelism", "parallelism_low", "parallelism_high"]].sel(
            axis=_axes(first[name])
        )
        for name in names
    ]
    along = xr.Variable("network", names)
    about = {"hold_out": hold_out}
    drawn = [name for name in IN_FIGURE if name in first]
    drawn = (drawn + [name for name in names if name not in drawn])[: len(IN_FIGURE)]
    drawn = in_order(set(drawn))
    squares = _as_long([_thinned(first[name]) for name in drawn])
    square = xr.concat(squares, xr.Variable("network", drawn), join="outer", combine_attrs="drop")
    left_out = first[names[0]]["is_held_out"].sel(task=square["decoded"].values)
    square["is_held_out"] = ("decoded", left_out.values)
    right = [by_task(performance, "zero_shot", name, hold_out) for name in drawn]
    held = str(square["decoded"].values[left_out.values == 1][0]) if left_out.any() else ""
    square["zero_shot"] = (
        "network",
        [float(r[held].mean()) if held in r else np.nan for r in right],
    )
    cosines = xr.concat(parallel, along, join="outer", combine_attrs="drop")
    return {
        "parallelism": described(cosines).assign_attrs(about),
        "square": described(square).assign_attrs(about | {"shown": held}),
    }


def described(found: xr.Dataset) -> xr.Dataset:
    """Give every variable a unit and a name."""
    for name, variable in found.data_vars.items():
        variable.attrs = {"units": "1", "long_name": ABOUT[name]}
    return found


def _thinned(data: xr.Dataset) -> xr.Dataset:
    """Components of some samples of each task, and their mean over all."""
    found = data[["component", "explained"]].isel(sample=slice(N_SHOWN))
    return found.assign(centre=data["component"].mean("sample"))


def _as_long(squares: Sequence[xr.Dataset]) -> list[xr.Dataset]:
    """Pad samples by NaN, so that networks with few wordings stand beside others."""
    longest = max(each.sizes["sample"] for each in squares)
    return [each.pad(sample=(0, longest - each.sizes["sample"])) for each in squares]
