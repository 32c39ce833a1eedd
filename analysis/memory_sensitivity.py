"""How much size and constants of a memory matter, and what a step costs."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.memory_rows import OVER_TRAININGS, against, memory_row, words
from analysis.plots import BLACK, BLUE, GREEN, ORANGE, RED, WIDTH, figure, finish, plain_log
from analysis.results import result
from neurosim.stats.intervals import Estimate, mean_interval
from neurosim.stats.summary import NAN, Row

MEASURES = {  # of a varied constant: colour and label of what was learned
    "average_error": (BLUE, "error after all of {sequence}"),
    "forgetting": (RED, "forgetting of {sequence}"),
    "bits": (ORANGE, "bits of {skill}"),
}
ABOUT = ("chosen", "sequence", "skill")  # attributes that the figure needs
NAMES = {"n_slots": "slots", "sharpness": "least sharpness", "alpha": "power of priorities"}
ORDERS = {"steps": (BLUE, "o-"), "links": (GREEN, "s--")}


def analyse(varied: Mapping[str, xr.Dataset], cost: xr.Dataset) -> xr.DataTree:
    """Rows of outcomes by the value of each constant, and of operations a step.

    Parameters
    ----------
    varied : Mapping of constant to Dataset (value, seed)
        ``average_error`` and ``forgetting`` on a sequence, and ``bits`` of a skill; attributes
        ``chosen`` (the value of the configuration), ``sequence`` and ``skill``.
    cost : Dataset (controller, order, n_slots, length)
        ``operations`` of a step and example, forward, and ``memory_operations``, those of them that
        the controller alone does not make.

    Returns
    -------
    DataTree
        ``/summary``; a group a constant, and ``/cost``.
    """
    rows = [row for name, data in varied.items() for row in _rows_of(name, data)]
    rows += _costs(cost)
    shown = {
        name: data.drop_attrs(deep=False).assign_attrs({a: data.attrs[a] for a in ABOUT})
        for name, data in varied.items()
    }
    return result(rows, shown | {"cost": cost.drop_attrs(deep=False)})


def _rows_of(name: str, data: xr.Dataset) -> list[Row]:
    chosen = float(data.attrs["chosen"])
    rows = []
    for measure in MEASURES:
        about = data.attrs["skill"] if measure == "bits" else data.attrs["sequence"]
        values = {
            f"{value:g}": data[measure].sel(value=value).values.astype(float)
            for value in data["value"].values.tolist()
        }
        if not any(np.isfinite(each).any() for each in values.values()):
            continue
        p_values = against(values, f"{chosen:g}")
        rows += [
            memory_row(
                "memory_sensitivity",
                f"{name}={value}",
                measure,
                each,
                test=f"{about}; {OVER_TRAININGS}; paired t test against {name}={chosen:g}, Holm "
                "over values",
                p_value=p_values[value],
            )
            for value, each in values.items()
        ]
    return rows


def _costs(cost: xr.Dataset) -> list[Row]:
    rows = []
    counted = "floating-point operations of a step and example, forward, counted"
    grown = (
        "slope of the log operations that a memory adds to its controller, by log "
        "slots between the two largest memories; the text "
        "(seed 002) says O(slots x width) a step: at most 1"
    )
    for controller in cost["controller"].values.astype(str):
        for order in cost["order"].values.astype(str):
            here = cost["operations"].sel(controller=controller, order=order)
            for length in here["length"].values.tolist():
                at = here.sel(length=length)
                where = f"{controller},length={length}"
                for n_slots in at["n_slots"].values.tolist():
                    number = float(at.sel(n_slots=n_slots))
                    condition = f"{controller},n_slots={n_slots},length={length}"
                    rows.append(_counted("memory_operations", condition, order, number, counted))
                place = {"controller": controller, "order": order, "length": length}
                number = growth(cost["memory_operations"].sel(place))
                rows.append(_counted("memory_operations_exponent", where, order, number, grown))
    return rows


def _counted(quantity: str, condition: str, order: str, number: float, test: str) -> Row:
    """Make a row of what is counted: it has no interval."""
    nothing = np.array([])
    estimate = Estimate(number, NAN, NAN, 1)
    return memory_row(
        quantity, condition, order, nothing, estimate=estimate, test=test, n_unit="network"
    )


def growth(operations: xr.DataArray) -> float:
    """Slope of log operations by log slots between the two largest numbers of slots."""
    last = operations.sortby("n_slots").isel(n_slots=slice(-2, None))
    change = np.diff(np.log(last.values)) / np.diff(np.log(last["n_slots"].values))
    return float(change[0]) if change.size else NAN


def draw(tree: xr.DataTree) -> Figure:
    """Draw outcomes by each constant, and the cost of a step by the number of slots."""
    names = [name for name in tree.children if name not in ("summary", "cost")]
    with figure(WIDTH, 3.9, ncols=len(names) + 1, squeeze=False) as (drawn, (row,)):
        for axes, name in zip(row, names, strict=False):
            _outcomes(axes, tree[name].to_dataset(), name)
        row[0].set(ylabel="error, forgetting, bits (1)")
        _operations(row[-1], tree["cost"].to_dataset())
        return drawn


def _outcomes(axes, data: xr.Dataset, name: str) -> None:
    values = data["value"].values.astype(float)
    learned = {about: words(str(data.attrs[about])) for about in ("sequence", "skill")}
    for measure, (colour, label) in MEASURES.items():
        estimates = [
            mean_interval(each) for each in data[measure].transpose("value", "seed").values
        ]
        if not np.isfinite([e.value for e in estimates]).any():
            continue
        middle = [e.value for e in estimates]
        axes.plot(values, middle, "o-", ms=4, color=colour, label=label.format(**learned))
        low, high = [e.low for e in estimates], [e.high for e in estimates]
        axes.fill_between(values, low, high, color=colour, alpha=0.12, lw=0)
    axes.axvline(float(data.attrs["chosen"]), color=BLACK, ls=":", lw=1)
    axes.set(
        xlabel=f"{NAMES.get(name, words(name))} (1)", ylim=(min(0.0, axes.get_ylim()[0]), 1.03)
    )
    if values.min() > 0 and values.max() / values.min() > 5:
        axes.set_xscale("log", base=2)
        axes.set_xticks(values, [f"{value:g}" for value in values])
    finish(axes, NAMES.get(name, words(name)).capitalize(), columns=1, lines=3)


def _operations(axes, cost: xr.Dataset) -> None:
    """Draw operations a step by slots, of the first controller in the longest sequence."""
    here = cost["operations"].isel(controller=0, length=-1)
    for order, (colour, style) in ORDERS.items():
        if order in cost["order"].values:
            counted = here.sel(order=order)
            axes.plot(counted["n_slots"], counted, style, ms=4, color=colour, label=words(order))
    axes.set(xlabel="slots", ylabel="operations a step", xscale="log", yscale="log")
    slots = cost["n_slots"].values
    axes.set_xticks(slots, [f"{n:g}" for n in slots], minor=False)
    axes.minorticks_off()
    plain_log(axes.yaxis)
    finish(axes, f"Cost, {here['controller'].item()} controller", columns=1, lines=3)
