"""What is in an NWB file: its units, series and tables of intervals."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from neurosim import NeurosimError
from neurosim.importing.contents import Contents, FoundIntervals, FoundSeries

MAX_LABELS = 60  # distinct values; a column with more describes each row, it does not name kinds
TRUTH = "truth/"  # where this project's exports have what was planted
HEADING_NAMES = ("head", "heading", "direction", "orientation", "yaw", "hd")


def find_contents(nwbfile: Any, path: Path) -> Contents:
    """List what an open NWB file holds.

    Parameters
    ----------
    nwbfile : pynwb.NWBFile
    path : Path
        The file; the beginning of every message.
    """
    n_units = 0 if nwbfile.units is None else len(nwbfile.units.id)
    n_spikes = 0
    if n_units and "spike_times" in nwbfile.units:
        n_spikes = len(nwbfile.units["spike_times"].target.data)
    return Contents(
        n_units,
        n_spikes,
        unit_columns(nwbfile.units) if n_units else {},
        (
            *(_found(series) for series in all_series(nwbfile).values()),
            *(_found_rewards(place, times) for place, times in reward_tables(nwbfile).items()),
        ),
        tuple(found_intervals(table, name, path) for name, table in all_intervals(nwbfile).items()),
    )


def place_of(item: Any) -> str:
    """Where an object is: the names of what holds it and its own, with slashes."""
    names = [item.name]
    while getattr(item, "parent", None) is not None and item.parent.name != "root":
        item = item.parent
        names.append(item.name)
    return "/".join(reversed(names))


def all_series(nwbfile: Any) -> dict[str, Any]:
    """Time series of a file, by where they are."""
    from pynwb import TimeSeries

    return _placed(nwbfile, TimeSeries)


def all_intervals(nwbfile: Any) -> dict[str, Any]:
    """Tables of intervals of a file, by where they are; times declared invalid are no epochs."""
    from pynwb.epoch import TimeIntervals

    found = _placed(nwbfile, TimeIntervals)
    return {k: o for k, o in found.items() if o.name != "invalid_times" and len(o.id)}


def _placed(nwbfile: Any, kind: type) -> dict[str, Any]:
    """Objects of a kind, by where they are; what was planted in a simulation is not read."""
    placed = {place_of(o): o for o in nwbfile.objects.values() if isinstance(o, kind)}
    return {place: o for place, o in placed.items() if not place.startswith(TRUTH)}


def reward_tables(nwbfile: Any) -> dict[str, np.ndarray]:
    """Times (reward,) in tables of events or intervals that have reward in their names, s."""
    from hdmf.common import DynamicTable

    found = {}
    for place, table in _placed(nwbfile, DynamicTable).items():
        column = next((c for c in ("timestamp", "start_time") if c in table.colnames), None)
        if column is not None and "reward" in place.lower() and len(table.id):
            found[place] = np.asarray(table[column].data[:], dtype=float)
    return found


def _found_rewards(place: str, times: np.ndarray) -> FoundSeries:
    span = float(times.min()), float(times.max())
    return FoundSeries(place, "rewards", "", times.shape, *span, np.nan, np.nan)


def unit_columns(units: Any) -> dict[str, np.ndarray]:
    """Columns that say something of units in words, and where their electrodes are (unit,)."""
    columns = dict(text_columns(units))
    if "electrode_group" in units.colnames:
        groups = [group.location for group in units["electrode_group"][:]]
        columns["electrode_group.location"] = np.array(groups, dtype=str)
    if "electrodes" in units.colnames:
        columns |= _of_electrodes(units["electrodes"], len(units.id))
    return columns


def _of_electrodes(region: Any, n_units: int) -> dict[str, np.ndarray]:
    """Location of most of the electrodes of each unit (unit,)."""
    ragged = hasattr(region, "target")
    rows = region.target if ragged else region
    if "location" not in rows.table.colnames:
        return {}
    locations = np.array([str(each) for each in rows.table["location"][:]], dtype=object)
    index = np.asarray(rows.data[:], dtype=int)
    ends = np.asarray(region.data[:], dtype=int) if ragged else np.arange(1, n_units + 1)
    found = []
    for begin, end in zip(np.r_[0, ends[:-1]], ends, strict=True):
        names, counts = np.unique(locations[index[begin:end]].astype(str), return_counts=True)
        found.append(names[np.argmax(counts)] if names.size else "")
    return {"electrodes.location": np.array(found, dtype=str)}


def text_columns(table: Any) -> Iterator[tuple[str, np.ndarray]]:
    """Columns of a table whose values may be labels, as str (row,): texts, tags, few numbers."""
    for name in table.colnames:
        column = table[name]
        if hasattr(column, "target"):
            if name == "tags":
                yield name, np.array([",".join(map(str, tags)) for tags in column[:]], dtype=str)
            continue
        if not hasattr(column, "data") or hasattr(column, "table") or name.endswith("_time"):
            continue
        if len(np.shape(column.data)) != 1 or not len(column.data):  # waveforms are large
            continue
        values = np.asarray(column.data[:])
        kind = values.dtype.kind
        is_text = kind in "US" or (kind == "O" and isinstance(values[0], (str, bytes)))
        if is_text:
            texts = [
                v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in values
            ]
            yield name, np.array(texts, dtype=str)
        elif kind in "iub" and np.unique(values).size <= MAX_LABELS:
            yield name, values.astype(str)


def found_intervals(table: Any, name: str, path: Path) -> FoundIntervals:
    """Read a table of intervals."""
    columns = {
        column: values
        for column, values in text_columns(table)
        if np.unique(values).size <= MAX_LABELS
    }
    start, stop = (np.asarray(table[c].data[:], dtype=float) for c in ("start_time", "stop_time"))
    order = np.argsort(start, kind="stable")
    ordered = {column: values[order] for column, values in columns.items()}
    return FoundIntervals(name, start[order], stop[order], ordered)


def _found(series: Any) -> FoundSeries:

    shape = tuple(np.shape(series.data))
    kind = _kind(series, shape)
    low = high = np.nan
    if kind in ("position", "head direction") and np.prod(shape):
        values = converted(series)
        if np.isfinite(values).any():
            low, high = float(np.nanmin(values)), float(np.nanmax(values))
    start, stop = _span(series, shape)
    return FoundSeries(
        place_of(series), kind, str(series.unit or ""), shape, start, stop, low, high
    )


def _kind(series: Any, shape: tuple[int, ...]) -> str:
    from pynwb.behavior import CompassDirection, EyeTracking, Position, SpatialSeries
    from pynwb.ecephys import ElectricalSeries

    name = series.name.lower()
    if isinstance(series, ElectricalSeries):
        return "field potential"
    if "reward" in name or "reward" in place_of(series).lower():
        return "rewards"
    if not np.issubdtype(getattr(series.data, "dtype", np.dtype(object)), np.number):
        return "other"
    flat = len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)
    angular = str(series.unit).lower() in ("rad", "radian", "radians", "deg", "degree", "degrees")
    named = any(word in name.replace("_", " ").split() for word in HEADING_NAMES)
    if isinstance(series.parent, CompassDirection) or (
        flat and named and not isinstance(series.parent, Position)
    ):
        return "head direction"
    if isinstance(series.parent, EyeTracking) or not isinstance(series, SpatialSeries):
        return "other"
    if angular:
        return "head direction" if flat else "other"
    return "position" if flat or (len(shape) == 2 and shape[1] in (2, 3)) else "other"


def _span(series: Any, shape: tuple[int, ...]) -> tuple[float, float]:
    n = shape[0] if shape else 0
    if not n:
        return np.nan, np.nan
    if series.timestamps is not None and len(series.timestamps):
        return float(series.timestamps[0]), float(series.timestamps[-1])
    if series.rate:
        start = float(series.starting_time or 0.0)
        return start, start + (n - 1) / series.rate
    return np.nan, np.nan


def converted(series: Any) -> np.ndarray:
    """Values (time, ...) in the unit that the series names: times its conversion, plus offset."""
    values = np.asarray(series.data[:], dtype=float)
    return values * (series.conversion or 1.0) + (series.offset or 0.0)


def times_of(series: Any, path: Path) -> np.ndarray:
    """Clock (time,) of a series, s: its timestamps, else from its start and rate.

    Raises
    ------
    NeurosimError
        If it has neither, or as many times as samples is not what it has.
    """
    n, place = len(series.data), place_of(series)
    if series.timestamps is not None:
        times = np.asarray(series.timestamps[:], dtype=float)
    elif series.rate:
        times = float(series.starting_time or 0.0) + np.arange(n) / series.rate
    else:
        raise NeurosimError(
            f"{path}: {place!r}: expected timestamps, or a starting time and a rate, found neither"
        )
    if times.shape != (n,):
        raise NeurosimError(
            f"{path}: {place!r}: expected a time for each of {n} samples, found {times.shape}"
        )
    bad = np.flatnonzero(~np.isfinite(times))
    if bad.size:
        raise NeurosimError(
            f"{path}: {place!r}: expected finite times, found {times[bad[0]]} at index {bad[0]} "
            f"({bad.size} in all); remove those samples"
        )
    back = np.flatnonzero(np.diff(times) < 0)
    if back.size:
        raise NeurosimError(
            f"{path}: {place!r}: expected increasing times, found {times[back[0] + 1]} after "
            f"{times[back[0]]} at index {back[0] + 1}; sort the samples"
        )
    return times
