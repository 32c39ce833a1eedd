"""The recording: what an experiment gives, in one netCDF4 file with one group a topic.

Groups of a recording (dimensions in brackets):

- ``/behaviour`` (time): position (time, space) m, track_position m, edge, head_direction rad,
  speed m s-1, environment, lap
- ``/track``: nodes (node) and edges (edge) of the environments
- ``/epochs`` (epoch): start, stop s; state, phase, environment, inactivation
- ``/units`` (unit): region, hemisphere, name
- ``/spikes`` (spike): time s (sorted), unit_index
- ``/truth/...``: simulated recordings only; read by nothing but the simulator and comparisons
  with truth (`open_truth`)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import netCDF4
import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.contract import REQUIRED, validate
from neurosim.files import Provenance, flag_names, load, read_attributes, save


@dataclass(frozen=True)
class Recording:
    """One subject's session, without its truth.

    Attributes
    ----------
    name : str
        The subject's name; the stem of the file.
    behaviour, epochs, units, spikes : xarray.Dataset
        The groups of the file.
    track : xarray.Dataset or None
        Nodes and edges of the environments, where known.
    attributes : Mapping
        Global attributes of the file.
    """

    name: str
    behaviour: xr.Dataset
    epochs: xr.Dataset
    units: xr.Dataset
    spikes: xr.Dataset
    track: xr.Dataset | None
    attributes: Mapping[str, object]

    @cached_property
    def time(self) -> np.ndarray:
        """Behaviour clock (time,) in s."""
        return self.behaviour["time"].values

    @property
    def track_length(self) -> float:
        """Length of the track in the unit of length; MissingData without a track."""
        if "track_position" not in self.behaviour:
            raise MissingData(f"{self.name}: expected a track, found none")
        return float(self.behaviour["track_position"].attrs["track_length"])

    @property
    def length_unit(self) -> str:
        """``m``; or ``track`` where the scale is not known and lengths are parts of the track."""
        return str(self.behaviour["position"].attrs.get("units", "m"))

    def intervals(
        self,
        *,
        state: str | None = None,
        phase: str | None = None,
        environment: str | None = None,
    ) -> np.ndarray:
        """Find the epochs of a state, phase and environment.

        Returns
        -------
        array (epoch, 2)
            Start and stop in s; empty when there is none.
        """
        keep = np.ones(self.epochs.sizes["epoch"], dtype=bool)
        wanted = {"state": state, "phase": phase, "environment": environment}
        for name, value in wanted.items():
            if value is not None:
                keep &= flag_names(self.epochs[name]) == value
        starts, stops = self.epochs["start"].values[keep], self.epochs["stop"].values[keep]
        return np.column_stack([starts, stops]).reshape(-1, 2)

    def units_in(self, region: str) -> np.ndarray:
        """Indices (unit,) of the units of a region."""
        return np.flatnonzero(self.units["region"].values.astype(str) == region)

    def spikes_of(self, units: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Spikes of some units, renumbered from zero in the order given.

        Returns
        -------
        time : array (spike,)
            Sorted, s.
        unit : array (spike,)
            Position of the spike's unit in `units`.
        """
        renumbered = np.full(self.units.sizes["unit"], -1)
        renumbered[units] = np.arange(len(units))
        unit = renumbered[self.spikes["unit_index"].values]
        keep = unit >= 0
        return self.spikes["time"].values[keep], unit[keep]


def open_recording(path: Path) -> Recording:
    """Read and check a recording, leaving ``/truth`` untouched.

    Parameters
    ----------
    path : Path
        A netCDF4 file with the groups of the module's docstring.

    Returns
    -------
    Recording

    Raises
    ------
    NeurosimError
        If the file cannot be read or breaks the contract.
    """
    path = Path(path)
    attributes = read_attributes(path)
    groups = {name: load(path, name) for name in REQUIRED}
    track = load(path, "track") if "track" in group_names(path) else None
    validate(groups, source=str(path))
    return Recording(name=path.stem, track=track, attributes=attributes, **groups)


def group_names(path: Path) -> list[str]:
    """List the groups of a netCDF file, nested ones with slashes, without reading any variable."""
    read_attributes(path)  # words the errors of missing and broken files
    with netCDF4.Dataset(path) as file:
        return _walk(file, "")


def _walk(group: netCDF4.Group, prefix: str) -> list[str]:
    names = []
    for name, child in group.groups.items():
        names += [prefix + name, *_walk(child, f"{prefix}{name}/")]
    return names


def open_truth(path: Path, topic: str) -> xr.Dataset:
    """Read one group of the planted truth. For the simulator and comparisons with truth only.

    Parameters
    ----------
    path : Path
        A simulated recording.
    topic : str
        ``events``, ``heading``, ``cells/CA1``, ``cells/ADN`` or ``cells/SC``.

    Raises
    ------
    MissingData
        If the recording has no such truth (an imported one has none).
    """
    names = group_names(path)
    if f"truth/{topic}" not in names:
        raise MissingData(f"{path.name}: expected a group 'truth/{topic}', found none")
    return load(path, f"truth/{topic}")


def save_recording(
    groups: Mapping[str, xr.Dataset], out: Path, provenance: Provenance, *, origin: str
) -> None:
    """Check the groups of a recording and write them as one file.

    Parameters
    ----------
    groups : Mapping of str to Dataset
        ``behaviour``, ``epochs``, ``units``, ``spikes``, and optionally ``track`` and
        ``truth/...``.
    out : Path
        The file to make.
    provenance : Provenance
        Where it comes from.
    origin : {"simulated", "imported"}
        Who made it.
    """
    validate({name: groups[name] for name in REQUIRED}, source=str(out))
    tree = xr.DataTree.from_dict({f"/{name}": dataset for name, dataset in groups.items()})
    tree.attrs["origin"] = origin
    save(tree, out, provenance)


def unit_index(index: np.ndarray, dim: str = "unit") -> xr.Variable:
    """Say which units (unit,) of a recording the columns of a derived file stand for."""
    return xr.Variable(dim, index.astype(np.int32), {"long_name": "index of the recording's unit"})


def units_dataset(region: np.ndarray, hemisphere: np.ndarray, name: np.ndarray) -> xr.Dataset:
    """Put units into the form that a recording wants (unit,)."""
    return xr.Dataset(
        {
            "region": ("unit", region.astype(object), {"long_name": "brain region"}),
            "hemisphere": ("unit", hemisphere.astype(object), {"long_name": "hemisphere"}),
            "name": ("unit", name.astype(object), {"long_name": "name of the unit"}),
        }
    )


def spikes_dataset(times: np.ndarray, unit_index: np.ndarray) -> xr.Dataset:
    """Put sorted spikes into the form that a recording wants: a CF indexed ragged array."""
    return xr.Dataset(
        {
            "time": ("spike", times, {"units": "s", "long_name": "spike time"}),
            "unit_index": (
                "spike",
                unit_index.astype(np.int32),
                {"long_name": "unit that fired", "instance_dimension": "unit"},
            ),
        }
    )
