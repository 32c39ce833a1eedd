"""Groups of a recording where NWB wants them: units, epochs, behaviour, tables, time series."""

from collections import defaultdict
from typing import Any

import numpy as np
import xarray as xr

from neurosim.nwb.columns import column_values, described, free_name, stored, unit_of
from neurosim.nwb.layout import Layout
from neurosim.nwb.library import load_pynwb
from neurosim.nwb.tables import Series, can_be_series, clock_of, is_interval_table, make_table

MODULES = {"behaviour": "behavior", "rewards": "behavior", "track": "behavior"}
MODULES |= {"oscillations": "ecephys", "truth": "truth"}
DESCRIPTIONS = {
    "behavior": "where the animal was, its environments and rewards",
    "ecephys": "what a local field potential gave",
    "truth": "what was planted in this simulated recording; nothing that decodes may read it",
    "misc": "other variables of the recording",
}
# Variables of the behaviour that NWB has a container for, and what their numbers refer to.
SPATIAL = {
    "position": ("Position", "x and y of the environment"),
    "head_direction": ("CompassDirection", "counter-clockwise from the x axis"),
    "eye_position": ("EyeTracking", "horizontal, in the head, counter-clockwise"),
}


def place_groups(nwbfile: Any, layout: Layout) -> None:
    """Put the groups of a recording into an NWB file.

    Parameters
    ----------
    nwbfile : pynwb.NWBFile
        Gets them.
    layout : Layout
        Holds them, and learns where they went.
    """
    for group, dataset in layout.groups.items():
        for name, variable in dataset.variables.items():
            if variable.size == 0 and not (group == "spikes" and variable.dims == ("spike",)):
                layout.place(group, str(name), empty=list(variable.shape))
    _place_units(nwbfile, layout)
    for group, dataset in layout.groups.items():
        if group == "epochs" and is_interval_table(dataset, list(dataset.variables)):
            _place_epochs(nwbfile, dataset, layout)
        _Rest(nwbfile, group, layout).place()


def _waiting(group: str, layout: Layout) -> dict[str, list[str]]:
    """Variables of a group that have no place yet, by their first dimension."""
    waiting = defaultdict(list)
    for name, variable in layout.groups[group].variables.items():
        if name not in layout.places[group]:
            waiting[str(variable.dims[0]) if variable.dims else ""].append(str(name))
    return waiting


def _place_epochs(nwbfile: Any, dataset: xr.Dataset, layout: Layout) -> None:
    names = _waiting("epochs", layout)["epoch"]
    nwbfile.epochs = make_table(
        dataset,
        names,
        "epochs",
        "states, phases, environments and inactivations of the session",
        group="epochs",
        parent="/intervals",
        layout=layout,
    )


def _place_units(nwbfile: Any, layout: Layout) -> None:
    """Make the table of units: their spikes are ragged columns."""
    pynwb = load_pynwb()
    from hdmf.common import VectorData, VectorIndex

    units, spikes = layout.groups["units"], layout.groups["spikes"]
    order, index = _by_unit(spikes["unit_index"].values, units.sizes["unit"])
    columns: dict[str, Any] = {}

    def add(called: str, description: str, values: Any, ragged: bool = False) -> None:
        columns[called] = VectorData(name=called, description=description, data=values)
        if ragged:
            called_index = f"{called}_index"
            columns[called_index] = VectorIndex(
                name=called_index, data=index, target=columns[called]
            )

    layout.place("spikes", "unit_index", unit_index=True)
    for name in _waiting("spikes", layout)["spike"]:
        variable = spikes[name].variable
        values, extra = column_values(variable.isel(spike=order))
        called = "spike_times" if name == "time" else free_name(f"spikes_{name}", columns, object)
        add(called, described(name, variable), values, ragged=True)
        layout.place("spikes", name, ragged=f"/units/{called}", **extra)
    if not _ties_by_unit(spikes):
        add("spike_rank", "place of the spike in the recording", stored(order), ragged=True)
    for name in _waiting("units", layout)["unit"]:
        variable = units[name].variable
        values, extra = column_values(variable)
        called = free_name("unit_name" if name == "name" else name, columns, pynwb.misc.Units)
        add(called, described(name, variable), values)
        layout.place("units", name, at=f"/units/{called}", **extra)
    nwbfile.units = pynwb.misc.Units(
        name="units",
        description="sorted units",
        columns=list(columns.values()),
        resolution=_resolution(layout),
    )


def _resolution(layout: Layout) -> float | None:
    """Smallest difference between two spike times, s; that of the numbers where they are drawn."""
    known = layout.session.get("resolution")
    if known is None and layout.attributes.get("origin") == "simulated":
        return float(np.spacing(layout.groups["epochs"]["stop"].values.astype(float).max()))
    return known


def _by_unit(unit: np.ndarray, n_units: int) -> tuple[np.ndarray, np.ndarray]:
    """Spikes (spike,) unit by unit, and where each unit's end (unit,)."""
    ends = np.cumsum(np.bincount(unit, minlength=n_units)).astype(np.uint64)
    return np.argsort(unit, kind="stable"), ends


def _ties_by_unit(spikes: xr.Dataset) -> bool:
    """Whether spikes at the same time are in the order of their units."""
    order = np.lexsort((spikes["unit_index"].values, spikes["time"].values))
    return np.array_equal(order, np.arange(order.size))


class _Rest:
    """Everything of a group that has no place yet."""

    def __init__(self, nwbfile: Any, group: str, layout: Layout):
        self.nwbfile, self.group, self.layout = nwbfile, group, layout
        self.dataset = layout.groups[group]
        self.module_name = MODULES.get(group.split("/")[0], "misc")
        self.short = group.removeprefix("truth/").replace("/", "_")
        self.containers: dict[str, Any] = {}

    def place(self) -> None:
        """Place series on clocks, and the others in a table for each first dimension."""
        for dim, names in _waiting(self.group, self.layout).items():
            clock = clock_of(self.dataset, dim, names)
            series = [
                name
                for name in names
                if clock and name != clock and can_be_series(self.dataset[name].variable)
            ]
            if series:
                self._place_series(series, clock)
            left = [name for name in names if name not in self.layout.places[self.group]]
            if left:
                self._place_table(dim, left)

    def _place_table(self, dim: str, names: list[str]) -> None:
        called = free_name(f"{self.short}_{dim}" if dim else self.short, (), object)
        table = make_table(
            self.dataset,
            names,
            called,
            f"group {self.group} of the recording" + (f", a row for each {dim}" if dim else ""),
            group=self.group,
            parent=f"/processing/{self.module_name}",
            layout=self.layout,
        )
        self._module.add(table)

    def _place_series(self, names: list[str], clock: str) -> None:
        pynwb = load_pynwb()
        series = Series(self.dataset, clock, self.group, self.layout)
        for name in names:
            home, path = self._home(name)
            if self.group == "behaviour" and name in SPATIAL:
                options = {"reference_frame": SPATIAL[name][1]}
                if unit_of(self.dataset[name].variable) == "track":
                    options["unit"] = "n.a."  # lengths are parts of the track
                made = series.make(name, name, path, pynwb.behavior.SpatialSeries, **options)
                home.add_spatial_series(made)
                continue
            made = series.make(name, free_name(name, (), object), path, pynwb.TimeSeries)
            home.add(made) if home is self._module else home.add_timeseries(made)

    @property
    def _module(self) -> Any:
        if self.module_name not in self.nwbfile.processing:
            self.nwbfile.create_processing_module(
                name=self.module_name, description=DESCRIPTIONS[self.module_name]
            )
        return self.nwbfile.processing[self.module_name]

    def _home(self, name: str) -> tuple[Any, str]:
        """Find or make what holds the series of a variable; with its HDF5 path."""
        behavior, module = load_pynwb().behavior, f"/processing/{self.module_name}"
        if self.group == "oscillations":
            return self._module, module
        kind, called = "BehavioralTimeSeries", self.short
        if self.group == "behaviour":
            called = kind = SPATIAL.get(name, ("BehavioralTimeSeries",))[0]
        if called not in self.containers:
            self.containers[called] = getattr(behavior, kind)(name=called)
            self._module.add(self.containers[called])
        return self.containers[called], f"{module}/{called}"
