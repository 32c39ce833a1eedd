"""Variables of a recording as columns of NWB tables and as NWB time series."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import xarray as xr

from neurosim.files import LARGE_VARIABLE, flag_names
from neurosim.nwb.library import load_pynwb

MAX_DIMENSIONS = 4  # of a column or of a time series
UNITS = {"m": "meters", "rad": "radians", "s": "seconds", "V": "volts"}


def stored(values: np.ndarray) -> Any:
    """Wrap numbers for HDF5: under a checksum, so that a flipped bit is an error instead of
    another number, and the large compressed.
    """
    load_pynwb()
    from hdmf.backends.hdf5 import H5DataIO

    if values.dtype.kind not in "fiu" or not (values.size and values.ndim):
        return values
    large = {"compression": "gzip", "compression_opts": 2, "shuffle": True}
    return H5DataIO(
        values, fletcher32=True, **(large if values.size >= LARGE_VARIABLE else {"chunks": True})
    )


def is_flag(variable: xr.Variable) -> bool:
    """Whether all values of a variable have names, so that the names can be written instead."""
    if variable.dtype.kind not in "iu" or not {"flag_meanings", "flag_values"} <= set(
        variable.attrs
    ):
        return False
    names = str(variable.attrs["flag_meanings"]).split()
    values = np.atleast_1d(variable.attrs["flag_values"]).tolist()
    distinct = len(set(names)) == len(names) == len(values) == len(set(values))
    return distinct and set(np.unique(variable.values).tolist()) <= set(values)


def column_values(variable: xr.Variable) -> tuple[Any, dict[str, Any]]:
    """Give what a table's column holds, and what the layout must know about it.

    Texts and names of flags become lists of str (pynwb is slow with them: flags of a large variable
    stay numbers); more than `MAX_DIMENSIONS` are made flat.
    """
    values, extra = variable.values, {}
    if variable.size < LARGE_VARIABLE and is_flag(variable):
        values, extra = _names(variable), {"flags": True}
    if values.ndim > MAX_DIMENSIONS:
        extra["shape"] = list(values.shape)
        values = values.reshape(values.shape[0], -1)
    if values.dtype.kind in "OU":
        return values.astype(str).tolist(), extra
    return stored(np.ascontiguousarray(values)), extra


def _names(variable: xr.Variable) -> np.ndarray:
    flat = xr.DataArray(variable.values.ravel(), attrs=variable.attrs)
    return flag_names(flat).reshape(variable.shape)


def described(name: str, variable: xr.Variable) -> str:
    """Describe a variable to people: its long name, unit and the meanings of its values."""
    text = str(variable.attrs.get("long_name", name)) or name
    unit = variable.attrs.get("units")
    text += f" ({unit})" if unit else ""
    if "flag_meanings" in variable.attrs:
        values = np.atleast_1d(variable.attrs.get("flag_values", [])).tolist()
        pairs = zip(values, str(variable.attrs["flag_meanings"]).split(), strict=False)
        text += ": " + ", ".join(f"{value} {meaning}" for value, meaning in pairs)
    return text


def unit_of(variable: xr.Variable) -> str:
    """Name the unit of a variable as NWB does; ``n.a.`` where it has none."""
    unit = str(variable.attrs.get("units", "")) or "n.a."
    return UNITS.get(unit, unit)


def free_name(name: str, taken: Iterable[str], reserved: type) -> str:
    """Give a column a name that neither another one nor the table itself has."""
    name = name.replace("/", "_").replace(":", "_")
    while name in set(taken) or hasattr(reserved, name) or name in ("id", "tags", "timeseries"):
        name += "_"
    return name
