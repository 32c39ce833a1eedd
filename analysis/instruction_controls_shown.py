"""What the figure of controls shows: means over tasks, families, curves and deficits."""

import numpy as np
import pandas as pd
import xarray as xr

from analysis.instruction_conditional import deficits_of
from analysis.instruction_controls_figure import MARKS
from analysis.instruction_data import (
    FAMILIES,
    SETS,
    Measurements,
    by_task,
    curves_of,
    hold_outs_in,
    networks_in,
)
from analysis.instruction_rows import RULES, over_tasks


def controls_shown(measured: Measurements, table: pd.DataFrame) -> dict[str, xr.Dataset]:
    """Datasets of the figure of controls.

    Parameters
    ----------
    measured : Measurements
    table : DataFrame
        Of `analysis.instruction_data.task_table`.

    Returns
    -------
    dict of str to Dataset
        As of `analysis.instruction_controls.analyse`.
    """
    names = networks_in(measured.held_out)
    other_words = table.network.str.split(",").str[0].isin(RULES) & (
        table.measure == "zero_shot_validation"
    )
    table = table[~other_words]
    shown = {"told": _estimates(table, names, tuple(MARKS), SETS)}
    families = hold_outs_in(measured.held_out, FAMILIES)
    if families:
        shown["families"] = _estimates(table, names, ("zero_shot",), FAMILIES)
    curves = {name: curves_of(measured.input_learning, name) for name in names}
    curves = {name: curve for name, curve in curves.items() if curve.size}
    if curves:
        along = xr.Variable("network", list(curves))
        joined = xr.concat(list(curves.values()), dim=along, join="outer")
        about = {"units": "1", "long_name": "part of the trials done right"}
        shown["curves"] = xr.Dataset({"performance": joined.assign_attrs(about)})
    deficits = deficits_of(measured, table)
    return shown | ({"deficit": deficits} if deficits.sizes else {})


def _estimates(
    table: pd.DataFrame, names: list[str], measures: tuple[str, ...], hold_out: str
) -> xr.Dataset:
    """Means over tasks with their intervals (network, measure)."""
    estimates = [
        [over_tasks(by_task(table, measure, name, hold_out)) for measure in measures]
        for name in names
    ]
    about = {"units": "1", "long_name": "part of the trials done right"}
    return xr.Dataset(
        {
            part: (
                ("network", "measure"),
                np.array([[getattr(each, part) for each in row] for row in estimates]).reshape(
                    len(names), len(measures)
                ),
                about,
            )
            for part in ("value", "low", "high")
        },
        {"network": names, "measure": list(measures)},
    )
