"""The recording: what an experiment gives, in one netCDF4 file with one group a topic.

Groups of a recording (dimensions in brackets):

- ``/behaviour`` (time): position (time, space) m, track_position m, edge, head_direction rad,
  eye_position rad, speed m s-1, environment, lap
- ``/track``: nodes (node) with wells among them, and edges (edge) of the environments
- ``/rewards`` (reward), where known: time s, position m along the track, well, environment
- ``/oscillations`` (sample), where known: time s; theta_phase rad, ripple_power, the smoothed
  envelope of the ripple band (its amplitude or a z score of it), and field_potential, each of
  which may be absent; NaN where the field potential was lost. Read on first use: it is the
  largest group
- ``/epochs`` (epoch): start, stop s; state, phase, environment, inactivation
- ``/units`` (unit): region, hemisphere, name
- ``/spikes`` (spike): time s (sorted), unit_index
- ``/truth/...``: simulated recordings only; read by nothing but the simulator and comparisons
  with truth (`open_truth`)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import netCDF4
import numpy as np
import xarray as xr

from neurosim import MissingData, NeurosimError
from neurosim.contract import (
    OPTIONAL_GROUPS,
    READ_ON_USE,
    REQUIRED,
    validate,
    validate_oscillations,
)
from neurosim.errors import choices
from neurosim.files import (
    Provenance,
    attributes_of,
    flag_names,
    group_of,
    header_of,
    load,
    opened,
    save,
)
from neurosim.world.graph import TrackGraph


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
    rewards : xarray.Dataset or None
        Rewards, where known.
    read_oscillations : callable or None
        ``read_oscillations()`` gives the group ``/oscillations``; None where there is none.
    """

    name: str
    behaviour: xr.Dataset
    epochs: xr.Dataset
    units: xr.Dataset
    spikes: xr.Dataset
    track: xr.Dataset | None
    attributes: Mapping[str, object]
    rewards: xr.Dataset | None = None
    read_oscillations: Callable[[], xr.Dataset] | None = None

    @classmethod
    def of_groups(
        cls, name: str, groups: Mapping[str, xr.Dataset], attributes: Mapping[str, object]
    ) -> "Recording":
        """Make a recording that is in no file, of groups that are checked here.

        Raises
        ------
        NeurosimError
            If they break the contract.
        """
        validate(groups, source=name)
        kept = {key: groups[key] for key in (*REQUIRED, *OPTIONAL_GROUPS) if key in groups}
        oscillations = kept.pop("oscillations", None)
        if oscillations is not None:
            validate_oscillations(oscillations, name)
        return cls(
            name=name,
            attributes=attributes,
            read_oscillations=None if oscillations is None else lambda: oscillations,
            **({"track": None} | kept),
        )

    @property
    def groups(self) -> dict[str, xr.Dataset]:
        """Groups by name, as `save_recording` wants them."""
        names = (*REQUIRED, *OPTIONAL_GROUPS)
        found = {name: getattr(self, name) for name in names}
        return {name: dataset for name, dataset in found.items() if dataset is not None}

    @cached_property
    def time(self) -> np.ndarray:
        """Behaviour clock (time,) in s."""
        return self.behaviour["time"].values

    @cached_property
    def oscillations(self) -> xr.Dataset | None:
        """Theta phase and ripple power (sample,), read and checked on first use; None without."""
        return None if self.read_oscillations is None else self.read_oscillations()

    @cached_property
    def track_environments(self) -> tuple[str, ...]:
        """Names of the environments that are tracks, in the order in which they were run."""
        return tuple(self._edges_by_track)

    @cached_property
    def arena_environments(self) -> tuple[str, ...]:
        """Names of the environments that were run and are no tracks: open arenas."""
        running = flag_names(self.epochs["state"]) == "run"
        names = dict.fromkeys(flag_names(self.epochs["environment"])[running].tolist())
        return tuple(n for n in names if n != "none" and n not in self.track_environments)

    @cached_property
    def _edges_by_track(self) -> dict[str, np.ndarray]:
        """Edges (edge,) of the ``/track`` group by environment."""
        if self.track is None or "track_position" not in self.behaviour:
            return {}
        owner = flag_names(self.track["node_environment"])[self.track["edge_node"].values[:, 0]]
        return {name: np.flatnonzero(owner == name) for name in dict.fromkeys(owner.tolist())}

    def track_name(self, environment: str | None = None) -> str:
        """Check the name of a track; by default the first linear one, else the first.

        Raises
        ------
        MissingData
            If there is no track at all.
        NeurosimError
            If there is none of that name.
        """
        names = self.track_environments
        if not names:
            raise MissingData(
                f"{self.name}: expected a track with '/behaviour/track_position', found none"
            )
        if environment is None:
            linear = [name for name in names if self._edges_by_track[name].size == 1]
            return (linear or list(names))[0]
        if environment not in names:
            raise NeurosimError(
                f"{self.name}: expected a track out of {choices(names)}, found {environment!r}"
            )
        return environment

    def track_graph(self, environment: str | None = None) -> TrackGraph:
        """Build the graph of a track from the file; by default that of `track_name`."""
        name = self.track_name(environment)
        nodes = np.flatnonzero(flag_names(self.track["node_environment"]) == name)
        renumbered = np.full(self.track.sizes["node"], -1)
        renumbered[nodes] = np.arange(nodes.size)
        edge_node = renumbered[self.track["edge_node"].values[self._edges_by_track[name]]]
        if "well" in self.track:
            is_well = self.track["well"].values[nodes] == 1
        else:  # animals stop where a track ends
            is_well = np.bincount(edge_node.ravel(), minlength=nodes.size) == 1
        wells = tuple(np.flatnonzero(is_well).tolist())
        return TrackGraph(self.track["node_position"].values[nodes], edge_node, wells)

    def samples_in(self, environment: str) -> np.ndarray:
        """Whether each sample of the behaviour clock (time,) is in an environment."""
        variable = self.behaviour["environment"]
        names = str(variable.attrs["flag_meanings"]).split()
        if environment not in names:
            return np.zeros(variable.size, dtype=bool)
        code = np.atleast_1d(variable.attrs["flag_values"])[names.index(environment)]
        return variable.values == code

    def on_track(self, environment: str | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where the animal is on a track, in the samples in which that is known.

        Returns
        -------
        sample : array (sample,) of int
            Index on the behaviour clock.
        track_position : array (sample,)
            m, inside its edge.
        edge : array (sample,) of int
            Edge of the environment's graph.
        """
        name = self.track_name(environment)
        graph = self.track_graph(name)
        position = self.behaviour["track_position"].values.astype(float)
        sample = np.flatnonzero(self.samples_in(name) & np.isfinite(position))
        if "edge" in self.behaviour:
            edges = self._edges_by_track[name]
            edge = np.searchsorted(edges, self.behaviour["edge"].values[sample])
            edge = np.minimum(edge, edges.size - 1)
        else:
            edge = graph.edge_of(position[sample])
        return sample, graph.within(position[sample], edge), edge

    @property
    def track_length(self) -> float:
        """Length of the track of `track_name` in the unit of length; MissingData without one."""
        return self.track_graph().length

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
        inactivation: str | None = None,
    ) -> np.ndarray:
        """Find the epochs of a state, phase, environment and inactivation.

        Returns
        -------
        array (epoch, 2)
            Start and stop in s; empty when there is none.
        """
        keep = np.ones(self.epochs.sizes["epoch"], dtype=bool)
        wanted = {
            "state": state,
            "phase": phase,
            "environment": environment,
            "inactivation": inactivation,
        }
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
        unit : array (spike,) of int32
            Position of the spike's unit in `units`.
        """
        renumbered = np.full(self.units.sizes["unit"], -1, dtype=np.int32)
        renumbered[units] = np.arange(len(units))
        unit = self.spikes["unit_index"].values
        keep = (renumbered >= 0)[unit]
        return self.spikes["time"].values[keep], renumbered[unit[keep]]


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
    with opened(path) as file:
        attributes = attributes_of(file)
        wanted = [*REQUIRED, *(name for name in OPTIONAL_GROUPS if name in file.groups)]
        try:
            groups: dict[str, xr.Dataset | None] = {
                name: group_of(file, name) for name in wanted if name not in READ_ON_USE
            }
        except MissingData as gap:
            raise NeurosimError(
                f"{path}: expected a recording, found a result that could not be made ({gap})"
            ) from gap
        headers = {name: header_of(file, name) for name in wanted if name in READ_ON_USE}
    validate(groups | headers, source=str(path))
    groups.setdefault("track", None)
    return Recording(
        name=path.stem,
        attributes=attributes,
        read_oscillations=partial(_read_oscillations, path) if headers else None,
        **groups,
    )


def _read_oscillations(path: Path) -> xr.Dataset:
    oscillations = load(path, "oscillations")
    validate_oscillations(oscillations, str(path))
    return oscillations


def group_names(path: Path) -> list[str]:
    """List the groups of a netCDF file, nested ones with slashes, without reading any variable."""
    with opened(path) as file:
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
        ``events``, ``paths``, ``up_states``, ``heading``, ``cells/CA1``, ``cells/ADN`` or
        ``cells/SC``; of a network's recording ``cells/CA1``, ``cells/CA3``, ``ca3_spikes``,
        ``weights`` and ``network``.

    Raises
    ------
    MissingData
        If the recording has no such truth (an imported one has none).
    """
    with opened(path) as file:
        if f"truth/{topic}" not in _walk(file, ""):
            raise MissingData(f"{path.name}: expected a group 'truth/{topic}', found none")
        return group_of(file, f"truth/{topic}")


def save_recording(
    groups: Mapping[str, xr.Dataset],
    out: Path,
    provenance: Provenance,
    *,
    origin: str,
    attributes: Mapping[str, str] | None = None,
) -> None:
    """Check the groups of a recording and write them as one file.

    Parameters
    ----------
    groups : Mapping of str to Dataset
        ``behaviour``, ``epochs``, ``units``, ``spikes``, and optionally ``track``,
        ``rewards``, ``oscillations`` and ``truth/...``.
    out : Path
        The file to make.
    provenance : Provenance
        Where it comes from.
    origin : {"simulated", "imported"}
        Who made it.
    attributes : Mapping, optional
        Further global attributes.
    """
    checked = [name for name in (*REQUIRED, *OPTIONAL_GROUPS) if name in groups]
    validate({name: groups[name] for name in checked}, source=str(out))
    if "oscillations" in groups:
        validate_oscillations(groups["oscillations"], str(out))
    tree = xr.DataTree.from_dict({f"/{name}": dataset for name, dataset in groups.items()})
    tree.attrs |= {"origin": origin} | dict(attributes or {})
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
                unit_index.astype(np.int32, copy=False),
                {"long_name": "unit that fired", "instance_dimension": "unit"},
            ),
        }
    )
