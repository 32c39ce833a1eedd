"""Where each variable of a recording went in an NWB file, and how it comes back.

The layout is a JSON text at `WHERE`: the global attributes, and for each variable of each group
its dimensions, type, attributes and place. A place is one of

- ``{"at": path}``: the HDF5 dataset at that path; with ``"flags": true`` it holds the names of a
  CF flag, with ``"shape"`` it was made flat
- ``{"ragged": path}``: there too, but unit by unit; ``unit_index`` and the order follow from the
  index of the column, and from ``"rank"`` where spikes at the same time were not ordered by unit
- ``{"clock": formula, "n": size}``: times of a `neurosim.nwb.clock.RegularClock`
- ``{"empty": shape}``: nothing to write
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.errors import choices
from neurosim.nwb.clock import RegularClock
from neurosim.nwb.session import known_session

FORMAT = 1
WHERE = "/scratch/neurosim_layout"


def encoded(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes of a file or variable as JSON has them; numbers keep their type."""
    return {name: _encoded(value) for name, value in attributes.items()}


def _encoded(value: Any) -> Any:
    if isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(v, str) for v in value)
    ):
        return value
    array = np.asarray(value)
    return {"dtype": array.dtype.str, "value": array.tolist()}


def decoded(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse of `encoded`."""
    return {name: _decoded(value) for name, value in attributes.items()}


def _decoded(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    array = np.array(value["value"], dtype=value["dtype"])
    return array if array.ndim else array[()]


class Layout:
    """The layout of a file that is being written.

    Parameters
    ----------
    attributes : Mapping
        Global attributes of the recording.
    groups : Mapping of group name to Dataset
    """

    def __init__(self, attributes: Mapping[str, Any], groups: Mapping[str, xr.Dataset]):
        self.attributes = attributes
        self.groups = groups
        self.places: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in groups}

    @property
    def session(self) -> dict[str, Any]:
        """What the recording says of the session, where it came from NWB."""
        return known_session(self.attributes)

    def place(self, group: str, name: str, **where: Any) -> None:
        """Note where a variable went."""
        self.places[group][name] = where

    def text(self) -> str:
        """Word the layout as JSON.

        Raises
        ------
        NeurosimError
            If a variable went nowhere.
        """
        groups = {name: self._described(name) for name in self.groups}
        content = {"format": FORMAT, "attributes": encoded(self.attributes), "groups": groups}
        return json.dumps(content)

    def _described(self, group: str) -> dict[str, Any]:
        dataset, places = self.groups[group], self.places[group]
        variables = {}
        for name, variable in dataset.variables.items():
            if name not in places:
                raise NeurosimError(f"'/{group}/{name}': NWB has no place for this variable")
            variables[str(name)] = {
                "dims": list(variable.dims),
                "dtype": "text" if variable.dtype.kind in "OU" else variable.dtype.str,
                "attributes": encoded(variable.attrs),
                "place": places[name],
            }
        coordinates = [str(name) for name in dataset.coords]
        return {
            "attributes": encoded(dataset.attrs),
            "coordinates": coordinates,
            "variables": variables,
        }


def read_layout(file: Any) -> dict[str, Any] | None:
    """Read the layout from an open HDF5 file; None where the file is not of this project.

    Raises
    ------
    NeurosimError
        If a later version of this project has written it.
    """
    if WHERE not in file:
        return None
    layout = json.loads(file[WHERE].asstr()[()])
    if layout["format"] != FORMAT:
        raise NeurosimError(
            f"{file.filename}: expected the layout format {FORMAT}, found {layout['format']}; "
            "a newer version of neurosim has written this file"
        )
    return layout


def restored(file: Any, layout: Mapping[str, Any]) -> dict[str, xr.Dataset]:
    """Make the groups of a recording again from an open HDF5 file and its layout."""
    order = _SpikeOrder.of(file, layout)
    groups = {}
    for group, described in layout["groups"].items():
        variables = {
            name: (
                variable["dims"],
                _values(file, variable, order),
                decoded(variable["attributes"]),
            )
            for name, variable in described["variables"].items()
        }
        dataset = xr.Dataset(variables, attrs=decoded(described["attributes"]))
        groups[group] = dataset.set_coords(described["coordinates"])
    return groups


class _SpikeOrder:
    """How spikes that lie unit by unit are put in the order of time."""

    def __init__(self, index: np.ndarray, time: np.ndarray, rank: np.ndarray | None):
        counts = np.diff(index.astype(np.int64), prepend=0)
        unit = np.repeat(np.arange(index.size), counts)
        self.order = np.lexsort((unit, time)) if rank is None else np.argsort(rank)
        self.unit = unit[self.order]

    @classmethod
    def of(cls, file: Any, layout: Mapping[str, Any]) -> "_SpikeOrder | None":
        if "units" not in file:
            return None
        units = file["units"]
        rank = units["spike_rank"][()] if "spike_rank" in units else None
        return cls(units["spike_times_index"][()], units["spike_times"][()], rank)


def _values(file: Any, variable: Mapping[str, Any], spikes: _SpikeOrder | None) -> np.ndarray:
    place, text = variable["place"], variable["dtype"] == "text"
    dtype = object if text else np.dtype(variable["dtype"])
    if "empty" in place:
        return np.empty(place["empty"], dtype=dtype)
    if "clock" in place:
        return RegularClock(**place["clock"]).times(place["n"])
    if "unit_index" in place:
        return spikes.unit.astype(dtype)
    stored = file[place["ragged"] if "ragged" in place else place["at"]]
    if text:
        values = stored.asstr()[()]
    elif place.get("flags"):
        values = _codes(stored, decoded(variable["attributes"]))
    else:
        values = stored[()]
    if "ragged" in place:
        values = values[spikes.order]
    if "shape" in place:
        values = values.reshape(place["shape"])
    return values.astype(dtype)


def _codes(stored: Any, attributes: Mapping[str, Any]) -> np.ndarray:
    """Values of a CF flag from its names."""
    meanings = attributes["flag_meanings"].split()
    values = np.atleast_1d(attributes["flag_values"])
    codes = dict(zip(meanings, values.tolist(), strict=True))
    names = stored.asstr()[()]
    unknown = sorted(set(names.ravel().tolist()) - set(codes))
    if unknown:
        raise NeurosimError(
            f"{stored.file.filename}: {stored.name!r}: expected one of {choices(codes)}, found "
            f"{unknown[0]!r}"
        )
    flat = np.array([codes[name] for name in names.ravel().tolist()], dtype=values.dtype)
    return flat.reshape(names.shape)
