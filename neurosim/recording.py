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

from neurosim import MissingData, NeurosimError
from neurosim.errors import choices
from neurosim.files import Provenance, flag_names, load, read_attributes, save

STATES = ("run", "rest", "nrem", "rem")
PHASES = ("pre", "run", "post")
INACTIVATIONS = ("none", "saline", "ttx_left", "ttx_right", "ttx_both")
REGIONS = ("CA1", "ADN", "SC")
LENGTH_UNITS = ("m", "track")

# group -> variable -> dimensions; what every recording must have.
REQUIRED = {
    "behaviour": {
        "time": ("time",),
        "position": ("time", "space"),
        "speed": ("time",),
        "environment": ("time",),
    },
    "epochs": {
        "start": ("epoch",),
        "stop": ("epoch",),
        "state": ("epoch",),
        "phase": ("epoch",),
        "environment": ("epoch",),
        "inactivation": ("epoch",),
    },
    "units": {"region": ("unit",), "hemisphere": ("unit",), "name": ("unit",)},
    "spikes": {"time": ("spike",), "unit_index": ("spike",)},
}
OPTIONAL = {
    "behaviour": {
        "track_position": ("time",),
        "head_direction": ("time",),
        "edge": ("time",),
        "lap": ("time",),
    },
    "track": {},
}
# Gaps in tracking are allowed here (NaN); everywhere else a NaN is an error.
MAY_BE_MISSING = {"track_position", "head_direction", "position", "speed"}


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
    recording = Recording(name=path.stem, track=track, attributes=attributes, **groups)
    validate(recording, source=str(path))
    return recording


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
    public = {name: groups[name] for name in REQUIRED}
    recording = Recording(
        name=Path(out).stem,
        track=groups.get("track"),
        attributes={"origin": origin},
        **public,
    )
    validate(recording, source=str(out))
    tree = xr.DataTree.from_dict({f"/{name}": dataset for name, dataset in groups.items()})
    tree.attrs["origin"] = origin
    save(tree, out, provenance)


def validate(recording: Recording, source: str) -> None:
    """Hold a recording to the contract.

    Parameters
    ----------
    recording : Recording
        What to check.
    source : str
        Where it comes from; the beginning of every message.

    Raises
    ------
    NeurosimError
        Naming the file, the variable, what was expected, what was found and what to do.
    """
    for group, variables in REQUIRED.items():
        dataset = getattr(recording, group)
        for name, dims in variables.items():
            if name not in dataset.variables:
                raise NeurosimError(f"{source}: expected a variable '/{group}/{name}', found none")
            _check_dims(dataset, group, name, dims, source)
        for name, dims in OPTIONAL.get(group, {}).items():
            if name in dataset.variables:
                _check_dims(dataset, group, name, dims, source)
    _check_behaviour(recording.behaviour, source)
    _check_epochs(recording.epochs, source)
    _check_spikes(recording, source)


def _check_dims(
    dataset: xr.Dataset, group: str, name: str, dims: tuple[str, ...], source: str
) -> None:
    if dataset[name].dims != dims:
        raise NeurosimError(
            f"{source}: '/{group}/{name}': expected dimensions {dims}, found {dataset[name].dims}"
        )


def _check_finite(variable: xr.DataArray, label: str, source: str, remedy: str) -> None:
    bad = np.flatnonzero(~np.isfinite(variable.values))
    if bad.size:
        raise NeurosimError(
            f"{source}: '{label}': expected finite numbers, found {variable.values[bad[0]]} at "
            f"index {bad[0]} ({bad.size} in all); {remedy}"
        )


def _check_behaviour(behaviour: xr.Dataset, source: str) -> None:
    time = behaviour["time"]
    if time.size < 2:
        raise NeurosimError(
            f"{source}: '/behaviour/time': expected at least 2 samples, found {time.size}"
        )
    _check_finite(time, "/behaviour/time", source, "remove those samples")
    steps = np.diff(time.values)
    if np.any(steps <= 0):
        index = int(np.flatnonzero(steps <= 0)[0]) + 1
        raise NeurosimError(
            f"{source}: '/behaviour/time': expected increasing times, found {time.values[index]} "
            f"after {time.values[index - 1]} at index {index}; sort and remove duplicates"
        )
    _checked_flags(behaviour["environment"], "/behaviour/environment", source)
    for name in behaviour.data_vars:
        if behaviour[name].dtype.kind != "f":
            continue
        if name not in MAY_BE_MISSING:
            _check_finite(behaviour[name], f"/behaviour/{name}", source, "interpolate them")
        elif np.isinf(behaviour[name].values).any():
            raise NeurosimError(
                f"{source}: '/behaviour/{name}': expected numbers, or NaN where tracking was "
                "lost, found infinity; write NaN there"
            )
    position = behaviour["position"].attrs.get("units", "m")
    if position not in LENGTH_UNITS:
        raise NeurosimError(
            f"{source}: '/behaviour/position': expected the units {choices(LENGTH_UNITS)}, "
            f"found {position!r}; convert the positions"
        )
    if "track_position" in behaviour:
        length = behaviour["track_position"].attrs.get("track_length", np.nan)
        if not (np.isfinite(length) and length > 0):
            raise NeurosimError(
                f"{source}: '/behaviour/track_position': expected the attribute 'track_length' "
                f"with a positive length, found {length}"
            )


def _check_epochs(epochs: xr.Dataset, source: str) -> None:
    for name in ("start", "stop"):
        _check_finite(epochs[name], f"/epochs/{name}", source, "give every epoch both times")
    start, stop = epochs["start"].values, epochs["stop"].values
    if start.size == 0:
        raise NeurosimError(f"{source}: '/epochs': expected at least one epoch, found none")
    if np.any(stop <= start):
        index = int(np.flatnonzero(stop <= start)[0])
        raise NeurosimError(
            f"{source}: '/epochs/stop': expected stop after start, found {start[index]} to "
            f"{stop[index]} s at index {index}; correct or remove that epoch"
        )
    if np.any(start[1:] < stop[:-1] - 1e-9):
        index = int(np.flatnonzero(start[1:] < stop[:-1] - 1e-9)[0]) + 1
        raise NeurosimError(
            f"{source}: '/epochs/start': expected epochs in order without overlap, found "
            f"{start[index]} s before the end of the one before ({stop[index - 1]} s) at index "
            f"{index}; sort or trim them"
        )
    allowed = {"state": STATES, "phase": PHASES, "inactivation": INACTIVATIONS}
    for name in (*allowed, "environment"):
        found = set(_checked_flags(epochs[name], f"/epochs/{name}", source))
        meanings = allowed.get(name, found)
        unknown = sorted(found - set(meanings))
        if unknown:
            raise NeurosimError(
                f"{source}: '/epochs/{name}': expected one of {choices(meanings)}, "
                f"found {unknown[0]!r}"
            )


def _checked_flags(variable: xr.DataArray, label: str, source: str) -> np.ndarray:
    """Names behind a CF flag variable; an error names the file and the variable."""
    for attribute in ("flag_meanings", "flag_values"):
        if attribute not in variable.attrs:
            raise NeurosimError(
                f"{source}: '{label}': expected a CF flag variable with the attribute "
                f"{attribute!r}, found none"
            )
    try:
        return flag_names(variable)
    except ValueError as error:
        raise NeurosimError(f"{source}: '{label}': {error}") from error


def _check_spikes(recording: Recording, source: str) -> None:
    times, unit = recording.spikes["time"], recording.spikes["unit_index"]
    _check_finite(times, "/spikes/time", source, "remove those spikes")
    if np.any(np.diff(times.values) < 0):
        index = int(np.flatnonzero(np.diff(times.values) < 0)[0]) + 1
        raise NeurosimError(
            f"{source}: '/spikes/time': expected sorted times, found {times.values[index]} after "
            f"{times.values[index - 1]} at index {index}; sort times and unit_index together"
        )
    n_units = recording.units.sizes["unit"]
    if unit.dtype.kind not in "iu":
        raise NeurosimError(
            f"{source}: '/spikes/unit_index': expected integers, found {unit.dtype}"
        )
    if n_units == 0:
        raise NeurosimError(f"{source}: '/units': expected at least one unit, found none")
    if unit.size and (unit.values.min() < 0 or unit.values.max() >= n_units):
        index = int(np.flatnonzero((unit.values < 0) | (unit.values >= n_units))[0])
        raise NeurosimError(
            f"{source}: '/spikes/unit_index': expected 0 to {n_units - 1}, found "
            f"{unit.values[index]} at index {index}"
        )


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
