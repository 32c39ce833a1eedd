"""Units of an NWB file: spikes, regions, hemispheres, names."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neurosim import NeurosimError
from neurosim.contract import REGIONS
from neurosim.errors import choices
from neurosim.importing.contents import Contents, counted
from neurosim.importing.mapping import UnitsMap

log = logging.getLogger(__name__)


def unit_arrays(
    nwbfile: Any, contents: Contents, chosen: UnitsMap, path: Path
) -> dict[str, np.ndarray]:
    """Arrays on units and spikes under documented names, of units in known regions.

    Raises
    ------
    NeurosimError
        If there are no units or none in a known region, or a spike time is no number.
    """
    if not contents.n_units:
        raise NeurosimError(f"{path}: expected a table of units with spike times, found none")
    region = _regions(contents, chosen, path)
    keep = np.flatnonzero(region != "")
    if keep.size < region.size:
        column = contents.unit_columns[chosen.region_column]
        others = counted(column[region == ""])
        told = ", ".join(f"{name!r}: {number}" for name, number in others.items())
        log.warning(
            "%s: left out units of regions that are not mapped to CA1, ADN or SC: %s",
            path.name,
            told,
        )
    times, unit = _spikes(nwbfile.units, keep, path)
    arrays = {"spike_time_s": times, "spike_unit": unit, "unit_region": region[keep]}
    if chosen.hemisphere_column is not None:
        sides = _column(contents, chosen.hemisphere_column, "units.hemisphere_column", path)
        arrays["unit_hemisphere"] = _mapped(sides, chosen.hemispheres)[keep]
    if chosen.name_column is not None:
        arrays["unit_name"] = _column(contents, chosen.name_column, "units.name_column", path)[keep]
    else:
        arrays["unit_name"] = np.array([f"unit{each}" for each in nwbfile.units.id[:]])[keep]
    return arrays


def _regions(contents: Contents, chosen: UnitsMap, path: Path) -> np.ndarray:
    """Region (unit,) of each unit; empty where it is none of ours."""
    if chosen.region is not None:
        return np.full(contents.n_units, chosen.region)
    if chosen.region_column is None:
        columns = {name: list(counted(v))[:8] for name, v in contents.unit_columns.items()}
        found = "; ".join(f"{name} ({choices(v)})" for name, v in columns.items()) or "no column"
        raise NeurosimError(
            f"{path}: expected units with a region out of {choices(REGIONS)}, found {found}; give "
            "--region for all, or units.region_column and units.regions in a map"
        )
    column = _column(contents, chosen.region_column, "units.region_column", path)
    unknown = sorted(set(chosen.regions) - set(column.tolist()))
    if unknown:
        raise NeurosimError(
            f"{path}: units.regions: expected values of {chosen.region_column!r} "
            f"({choices(set(column.tolist()))}), found {unknown[0]!r} in the map"
        )
    region = _mapped(column, chosen.regions)
    if not (region != "").any():
        raise NeurosimError(
            f"{path}: expected units of {choices(REGIONS)}, found {choices(set(column.tolist()))}; "
            "map them in units.regions"
        )
    return region


def _column(contents: Contents, name: str, key: str, path: Path) -> np.ndarray:
    if name not in contents.unit_columns:
        raise NeurosimError(
            f"{path}: {key}: expected a column of the units out of "
            f"{choices(contents.unit_columns)}, found {name!r} in the map"
        )
    return contents.unit_columns[name]


def _mapped(values: np.ndarray, meanings: Mapping[str, str | None]) -> np.ndarray:
    """What values (unit,) stand for; empty where for nothing."""
    return np.array([meanings.get(value) or "" for value in values.tolist()], dtype=str)


def _spikes(units: Any, keep: np.ndarray, path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Spike times (spike,) of some units, s, sorted, and which of them fired."""
    if "spike_times" not in units:
        raise NeurosimError(f"{path}: units: expected a column 'spike_times', found none")
    ends = np.asarray(units["spike_times"].data[:], dtype=np.int64)
    flat = np.asarray(units["spike_times"].target.data[:], dtype=float)
    begins = np.r_[0, ends[:-1]].astype(np.int64)
    trains = [flat[begins[index] : ends[index]] for index in keep]
    for index, train in zip(keep.tolist(), trains, strict=True):
        bad = np.flatnonzero(~np.isfinite(train))
        if bad.size:
            raise NeurosimError(
                f"{path}: units: expected finite spike times, found {train[bad[0]]} as spike "
                f"{bad[0]} of unit {index} ({bad.size} in all); remove those spikes"
            )
    unordered = sum(bool(np.any(np.diff(train) < 0)) for train in trains)
    if unordered:
        log.warning("%s: sorted the spikes of %d units (they were not)", path.name, unordered)
    times = np.concatenate([np.empty(0), *trains])
    unit = np.repeat(np.arange(keep.size), [train.size for train in trains])
    order = np.argsort(times, kind="stable")
    return times[order], unit[order]
