"""Units and spikes of a recording that comes from elsewhere."""

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.contract import REGIONS, first_unsorted, repeated_spikes
from neurosim.errors import choices
from neurosim.importing import arrays
from neurosim.recording import units_dataset

log = logging.getLogger(__name__)


def sorted_spikes(found: Mapping[str, np.ndarray], path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Check the spikes, sort them by time and drop copies, saying so."""
    times = arrays.times(found, "spike_time_s", path)
    unit = np.asarray(found["spike_unit"])
    if unit.shape != times.shape or times.ndim != 1:
        raise NeurosimError(
            f"{path}: 'spike_unit': expected the shape of 'spike_time_s' {times.shape}, "
            f"found {unit.shape}"
        )
    if unit.dtype.kind not in "iu":
        raise NeurosimError(f"{path}: 'spike_unit': expected integers, found {unit.dtype}")
    if unit.size and unit.min() < 0:
        index = int(np.flatnonzero(unit < 0)[0])
        raise NeurosimError(
            f"{path}: 'spike_unit': expected 0 or more, found {unit[index]} at index {index}"
        )
    if first_unsorted(times) is not None:
        log.warning("%s: sorted %d spikes by time (they were not)", path.name, times.size)
        order = np.argsort(times, kind="stable")
        times, unit = times[order], unit[order]
    copies = repeated_spikes(times, unit)
    if copies.size:
        log.warning(
            "%s: dropped %d spikes of a unit that had fired at that very time",
            path.name,
            copies.size,
        )
        times, unit = np.delete(times, copies), np.delete(unit, copies)
    return times, unit


def described_units(
    found: Mapping[str, np.ndarray], unit: np.ndarray, region: str | None, path: Path
) -> xr.Dataset:
    """Units with region, hemisphere and name."""
    n_units = int(unit.max()) + 1 if unit.size else 0
    for name in ("unit_region", "unit_name", "unit_hemisphere"):
        if name in found:
            n_units = max(n_units, found[name].size)
    if n_units == 0:
        raise NeurosimError(f"{path}: 'spike_unit': expected at least one unit, found none")
    if "unit_region" not in found and region is None:
        raise NeurosimError(
            f"{path}: expected an array 'unit_region', found none; "
            f"give --region, one of {choices(REGIONS)}"
        )
    default = {
        "unit_region": np.full(n_units, region),
        "unit_hemisphere": np.full(n_units, ""),
        "unit_name": np.array([f"unit{number:03d}" for number in range(n_units)]),
    }
    allowed = {"unit_region": REGIONS, "unit_hemisphere": ("", "left", "right")}
    given = default | {name: found[name] for name in default if name in found}
    columns = [arrays.texts(given, name, path, allowed.get(name)) for name in default]
    for name, column in zip(default, columns, strict=True):
        if column.size != n_units:
            raise NeurosimError(
                f"{path}: {name!r}: expected {n_units} units (as in 'spike_unit'), "
                f"found {column.size}"
            )
    return units_dataset(*columns)
