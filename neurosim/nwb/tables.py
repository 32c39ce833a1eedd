"""Groups of a recording that become tables of intervals, other tables, or time series."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from neurosim.nwb.clock import RegularClock
from neurosim.nwb.columns import (
    MAX_DIMENSIONS,
    column_values,
    described,
    free_name,
    stored,
    unit_of,
)
from neurosim.nwb.layout import Layout
from neurosim.nwb.library import load_pynwb

INTERVAL = {"start": "start_time", "stop": "stop_time"}


def is_interval_table(dataset: xr.Dataset, names: Sequence[str]) -> bool:
    """Whether the variables describe intervals, which NWB has a table for."""
    if not set(INTERVAL) <= set(names):
        return False
    start, stop = dataset["start"].values, dataset["stop"].values
    right = start.dtype == stop.dtype == np.float64 and start.ndim == stop.ndim == 1
    return bool(right and np.isfinite(start).all() and (stop > start).all())


def make_table(
    dataset: xr.Dataset,
    names: Sequence[str],
    table_name: str,
    description: str,
    *,
    group: str,
    parent: str,
    layout: Layout,
) -> Any:
    """Make a DynamicTable, or TimeIntervals, with a row for each index of the first dimension.

    Parameters
    ----------
    dataset : Dataset
    names : sequence of str
        Variables that share their first dimension; or that have none, which makes one row.
    table_name, description : str
    group : str
        Group of the recording, for the layout.
    parent : str
        HDF5 path of what holds the table.
    layout : Layout
        Learns where the variables went.
    """
    pynwb = load_pynwb()
    from hdmf.common import DynamicTable, VectorData

    intervals = is_interval_table(dataset, names)
    kind = pynwb.epoch.TimeIntervals if intervals else DynamicTable
    columns: dict[str, Any] = {}
    for name in sorted(names, key=lambda n: (n not in INTERVAL, n)) if intervals else names:
        variable = dataset[name].variable
        scalar = variable.ndim == 0
        values, extra = column_values(variable.expand_dims("row") if scalar else variable)
        called = INTERVAL.get(name) if intervals else None
        called = called or free_name(name, columns, kind)
        columns[called] = VectorData(
            name=called, description=described(name, variable), data=values
        )
        extra |= {"shape": []} if scalar else {}
        layout.place(group, name, at=f"{parent}/{table_name}/{called}", **extra)
    rows = dataset[names[0]].shape[0] if dataset[names[0]].ndim else 1
    return kind(
        name=table_name,
        description=description,
        id=np.arange(rows),  # pynwb would make a list of them, which is slow
        columns=list(columns.values()),
    )


class Series:
    """Time series that share a clock.

    Parameters
    ----------
    dataset : Dataset
    clock : str
        Name of the variable (time,) with the times, s.
    group : str
        Group of the recording, for the layout.
    layout : Layout
        Learns where the variables went.
    """

    def __init__(self, dataset: xr.Dataset, clock: str, group: str, layout: Layout):
        self.dataset, self.group, self.layout = dataset, group, layout
        self.clock, self.times = clock, dataset[clock].values
        self.regular = RegularClock.of(self.times)
        self.first: Any = None

    def make(self, name: str, series_name: str, at: str, kind: Any, **options: Any) -> Any:
        """Make a series of a variable.

        Parameters
        ----------
        name : str
            The variable.
        series_name : str
        at : str
            HDF5 path of what holds the series.
        kind : type
            TimeSeries or a subclass.
        **options
            For `kind`.
        """
        variable = self.dataset[name].variable
        series = kind(
            name=series_name,
            description=described(name, variable),
            data=stored(np.ascontiguousarray(variable.values)),
            **{"unit": unit_of(variable)} | options,
            **self._timing(f"{at}/{series_name}"),
        )
        if self.first is None:
            self.first = series
        self.layout.place(self.group, name, at=f"{at}/{series_name}/data")
        return series

    def _timing(self, path: str) -> dict[str, Any]:
        if self.regular is not None:
            formula = self.regular.as_json()
            self.layout.place(self.group, self.clock, clock=formula, n=self.times.size)
            return {"starting_time": float(self.times[0]), "rate": self.regular.rate}
        if self.first is not None:  # the clock is written once
            return {"timestamps": self.first}
        self.layout.place(self.group, self.clock, at=f"{path}/timestamps")
        return {"timestamps": stored(self.times)}


def clock_of(dataset: xr.Dataset, dim: str, names: Sequence[str]) -> str | None:
    """Name of the variable that is a clock for those of a dimension: increasing times; or None."""
    if "time" not in names or dataset["time"].dims != (dim,):
        return None
    times = dataset["time"].values
    if times.dtype != np.float64 or not np.isfinite(times).all() or np.any(np.diff(times) <= 0):
        return None
    return "time"


def can_be_series(variable: xr.Variable) -> bool:
    """Whether a variable on a clock can be the data of a time series."""
    return (
        variable.dtype.kind in "fiu"
        and variable.ndim < MAX_DIMENSIONS
        and all(size <= variable.shape[0] for size in variable.shape[1:])
    )
