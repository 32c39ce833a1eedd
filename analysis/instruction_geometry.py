"""How what stands for tasks is laid out: in words, in what is told, and in the network's units.

Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5, fig. 3.
"""

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from analysis.instruction_ccgp import (
    HELD_OUT,
    NETWORK,
    PUBLISHED,
    ccgp_table,
    layer_estimate,
    layer_rows,
    layers_of,
    measure_of,
    swapped_rows,
    task_means,
)
from analysis.instruction_ccgp_axes import axes_shown, axis_rows
from analysis.instruction_correlation import correlation_rows
from analysis.instruction_data import Measurements, by_task, networks_in, task_table
from analysis.instruction_geometry_figure import draw
from analysis.instruction_rows import ALL_SETS, difference_rows, none_rows
from analysis.instruction_square import parallelism_rows, square_shown
from analysis.results import result
from neurosim.stats.references import Reference
from neurosim.stats.summary import Row

__all__ = ["analyse", "draw"]


def analyse(measured: Measurements, references: Mapping[str, Reference]) -> xr.DataTree:
    """Rows of cross-condition generalisation, of what it goes with, and of parallel axes.

    Parameters
    ----------
    measured : Measurements
    references : Mapping of id to Reference

    Returns
    -------
    DataTree
        ``/summary``; ``/layers``: CCGP and its interval (network, layer); ``/tasks``: CCGP and
        zero-shot performance (network, task); ``/axes``: CCGP (place, network, axis) of words,
        what is told, and units; ``/parallelism`` (network, space, axis) and
        ``/square`` (network, space, decoded, sample, axis3) of one hold-out, which its attribute
        names.
    """
    table = ccgp_table(measured.representation)
    performance = task_table(measured.held_out)
    names = networks_in(measured.representation)
    rows: list[Row] = []
    for network in names:
        rows += layer_rows(measured, table, network) + swapped_rows(measured, table, network)
        rows += axis_rows(measured, network) + parallelism_rows(measured, network)
    measure = measure_of(NETWORK, PUBLISHED, HELD_OUT)
    values = {name: by_task(table, measure, name) for name in names}
    where = measured.condition(ALL_SETS, NETWORK)
    rows += difference_rows("ccgp_difference", where, values, what="CCGP of units")
    both = task_means(measured, table, performance)
    rows += correlation_rows(measured, both, references)
    reason = "no representation was measured at this scale"
    for quantity in ("ccgp", "ccgp_axis", "ccgp_correlation", "axis_parallelism"):
        rows += none_rows(quantity, measured, rows, reason, references)
    return result(rows, _shown(measured, table, both) | square_shown(measured, performance))


OF_TASKS = {
    "ccgp": "cross-condition generalisation performance of a task never trained",
    "zero_shot": "its performance at first sight",
}


def _shown(
    measured: Measurements, table: pd.DataFrame, both: pd.DataFrame
) -> dict[str, xr.Dataset]:
    """Datasets of the figure."""
    shown: dict[str, xr.Dataset] = {}
    names = networks_in(measured.representation)
    if not names:
        return shown
    layers = list(dict.fromkeys(layer for name in names for layer in layers_of(measured, name)))
    layers = sorted(layers, key=_place)
    estimates = [
        [
            layer_estimate(layer, by_task(table, measure_of(layer, PUBLISHED, HELD_OUT), name))
            for layer in layers
        ]
        for name in names
    ]
    about = {"units": "1", "long_name": "cross-condition generalisation performance"}
    shown["layers"] = xr.Dataset(
        {
            part: (
                ("network", "layer"),
                [[getattr(e, part) for e in row] for row in estimates],
                about,
            )
            for part in ("value", "low", "high")
        },
        {"network": names, "layer": layers},
    )
    if not both.empty:
        columns = {
            name: ("row", both[name].to_numpy(), {"units": "1", "long_name": about})
            for name, about in OF_TASKS.items()
        }
        columns |= {
            name: ("row", both[name].astype(object).to_numpy(), {"long_name": name})
            for name in ("network", "task")
        }
        shown["tasks"] = xr.Dataset(columns)
    return shown | axes_shown(measured)


def _place(layer: str) -> tuple[int, int]:
    """Place of a layer on the way from words to units."""
    kind, _, number = layer.partition("_")
    order = ["features", "hidden", "information", NETWORK]
    return (order.index(kind) if kind in order else len(order)), int(number or 0)
