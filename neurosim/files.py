"""netCDF files that are never half-written and that say where they come from.

Every file carries ``Conventions``, ``title``, ``source``, ``seed``, ``configuration`` (JSON, one
entry a rule, upstream rules included) and ``inputs`` (JSON, name and sha256). Nothing in a file
depends on the clock or on where the project lies.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr

from neurosim import MissingData, NeurosimError, __version__
from neurosim.aside import written_aside

CONVENTIONS = "CF-1.11"
LARGE_VARIABLE = 10_000  # values; below this, compression costs more than it saves


@dataclass(frozen=True)
class Provenance:
    """Where a file comes from.

    Attributes
    ----------
    title : str
        One line on what the file holds.
    rule : str
        The rule (or command) that made it; the key of its parameters in ``configuration``.
        A rule that ran several times with different parameters has a list of them there.
    seed : int
        Seed of the run.
    parameters : Mapping
        The part of the configuration that was used.
    inputs : Mapping of str to Path
        Files that were read. Those in netCDF hand their own ``configuration`` on.
    """

    title: str
    rule: str
    seed: int
    parameters: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Path] = field(default_factory=dict)

    def attributes(self) -> dict[str, str | int]:
        """Build the global attributes, reading the inputs' own attributes and checksums.

        Raises
        ------
        NeurosimError
            If an input was made from another recording than the one that is an input here.
        """
        configuration: dict[str, Any] = {}
        checksums = {name: sha256(path) for name, path in self.inputs.items()}
        for path in self.inputs.values():
            if path.suffix == ".nc":
                attributes = read_attributes(path)
                _check_recording(path, attributes, checksums.get("recording"))
                for rule, used in configuration_of(attributes).items():
                    _add_distinct(configuration, rule, used)
        _add_distinct(configuration, self.rule, dict(self.parameters))
        return {
            "Conventions": CONVENTIONS,
            "title": self.title,
            "source": f"neurosim {__version__}",
            "seed": self.seed,
            "configuration": json.dumps(configuration, sort_keys=True),
            "inputs": json.dumps(checksums),
        }


def configuration_of(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters by rule that a file says it came from; none if it is not of this project."""
    return _mapping_of(attributes, "configuration")


def _mapping_of(attributes: Mapping[str, Any], name: str) -> dict[str, Any]:
    try:
        found = json.loads(attributes.get(name, "{}"))
    except (TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _check_recording(path: Path, attributes: Mapping[str, Any], recording: str | None) -> None:
    """Hold an input to the recording (its sha256) that it is used with."""
    its_own = _mapping_of(attributes, "inputs").get("recording", recording)
    if recording is not None and its_own != recording:
        raise NeurosimError(
            f"{path}: expected a file made from the recording as it is now, found one made from "
            "another; the recording was replaced meanwhile: run again"
        )


def _add_distinct(configuration: dict[str, Any], rule: str, used: Any) -> None:
    """Note a rule's parameters; a rule that ran with several gets a list of them."""
    known = configuration.get(rule)
    if known is None:
        configuration[rule] = used
        return
    several = known if isinstance(known, list) else [known]
    new = [item for item in (used if isinstance(used, list) else [used]) if item not in several]
    if new:
        configuration[rule] = [*several, *new]


def sha256(path: Path) -> str:
    """Compute the sha256 of a file as a hexadecimal string; NeurosimError if it is not there."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise NeurosimError(f"{path}: no such file; was it moved meanwhile?") from error


def _prepared(dataset: xr.Dataset) -> xr.Dataset:
    """Choose encodings: zlib for the large, no fill value on coordinates, characters for strings.

    Every value stands under a Fletcher-32 checksum, so that a flipped bit is an error instead of
    another number; it costs 3 % of the time and 2 kB a small variable. (A single number cannot
    have one; names and attributes have HDF5's own.)

    Strings of variable length are avoided: netCDF4 crashes when a file that holds them is closed
    while another one is open, or the same one in another place (netcdf4-python issue 1444).
    """
    dataset = dataset.copy()
    for name, variable in dataset.variables.items():
        encoding: dict[str, Any] = {}
        if variable.dtype.kind in "OU":
            dataset[name] = variable.astype(str)
            encoding["dtype"] = "S1"
        if variable.size and variable.ndim:
            encoding |= {"fletcher32": True, "contiguous": False}
        if variable.dtype.kind in "fiu" and variable.size >= LARGE_VARIABLE:
            encoding |= {"zlib": True, "complevel": 2, "shuffle": True}
        if variable.dtype.kind == "f" and name in dataset.coords:
            encoding["_FillValue"] = None
        dataset[name].encoding = encoding
    return dataset


def save(data: xr.Dataset | xr.DataTree, out: Path, provenance: Provenance) -> None:
    """Write a Dataset or DataTree as netCDF4, aside and then renamed.

    Parameters
    ----------
    data : xarray.Dataset or xarray.DataTree
        What to write; its own attributes are kept beside those of the provenance.
    out : Path
        The file to make or replace.
    provenance : Provenance
        What becomes the global attributes.
    """
    tree = data if isinstance(data, xr.DataTree) else xr.DataTree(dataset=data)
    groups = {node.path: _prepared(node.to_dataset(inherit=False)) for node in tree.subtree}
    groups["/"].attrs |= provenance.attributes()
    with written_aside(out) as aside:
        xr.DataTree.from_dict(groups).to_netcdf(aside, format="NETCDF4", engine="netcdf4")


def save_or_explain(
    make: Callable[[], xr.Dataset | xr.DataTree], out: Path, provenance: Provenance
) -> None:
    """Write what `make` returns, or the reason why the recording cannot give it.

    `load` raises the reason again, so that it reaches the summary through any number of rules.
    """
    save(explained(make), out, provenance)


def explained(make: Callable[[], xr.Dataset | xr.DataTree]) -> xr.Dataset | xr.DataTree:
    """Make a Dataset, or an empty one that says why the recording cannot give it.

    As a group of a file it leaves the other groups alone.
    """
    try:
        return make()
    except MissingData as gap:
        return xr.Dataset(attrs={"missing": str(gap)})


@contextmanager
def opened(path: Path) -> Iterator[netCDF4.Dataset]:
    """Open a netCDF file for reading; close it at the end.

    Opening costs more than reading what this project writes, so who wants several groups reads
    them from one file.

    Raises
    ------
    NeurosimError
        If the file is missing, is not netCDF4, or is truncated.
    """
    path = Path(path)
    if not path.exists():
        raise NeurosimError(f"{path}: no such file; make it with the rule or command it comes from")
    with _understood(path):
        file = netCDF4.Dataset(path)
    with file:
        yield file


@contextmanager
def _understood(path: Path | str) -> Iterator[None]:
    """Word what netCDF4 and xarray raise over a broken file: half a dozen kinds of exception."""
    try:
        yield
    except NeurosimError:
        raise
    except Exception as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise NeurosimError(
            f"{path}: expected a netCDF4 file, but it cannot be read ({said}); it may be "
            "truncated, damaged or of another kind: delete it and make it again"
        ) from error


def attributes_of(file: netCDF4.Dataset) -> dict[str, Any]:
    """Attributes of a file or of a group of it."""
    with _understood(file.filepath()):
        return {name: file.getncattr(name) for name in file.ncattrs()}


def header_of(file: netCDF4.Dataset, group: str | None = None) -> xr.Dataset:
    """Names, dimensions and attributes of a group of an open file; its values stay there.

    Raises
    ------
    NeurosimError
        If the file lacks the group.
    """
    try:
        node = file if group in (None, "/") else file[group]
    except (IndexError, KeyError) as error:
        raise NeurosimError(f"{file.filepath()}: expected a group {group!r}, found none") from error
    if not isinstance(node, netCDF4.Dataset):
        raise NeurosimError(
            f"{file.filepath()}: expected a group {group!r}, found a variable of that name"
        )
    with _understood(file.filepath()):
        store = xr.backends.NetCDF4DataStore(node)
        return xr.open_dataset(store, decode_times=False)


def group_of(file: netCDF4.Dataset, group: str | None = None) -> xr.Dataset:
    """Read one group of an open file into memory.

    Raises
    ------
    NeurosimError
        If the file is truncated or lacks the group.
    MissingData
        If the file or the group says that the recording cannot give what it should hold.
    """
    if "missing" in file.ncattrs():
        raise MissingData(file.getncattr("missing"))
    return unless_missing(_read(file, group))


def _read(file: netCDF4.Dataset, group: str | None) -> xr.Dataset:
    """Read a group into memory, whatever it says of itself."""
    dataset = header_of(file, group)
    with _understood(file.filepath()):
        return dataset.load()


def load(path: Path, group: str | None = None) -> xr.Dataset:
    """Read one group of a netCDF file into memory; see `opened` and `group_of`."""
    with opened(path) as file:
        return group_of(file, group)


def load_groups(path: Path, names: Sequence[str]) -> dict[str, xr.Dataset]:
    """Read several groups of a netCDF file, opening it once: opening costs more than reading.

    Parameters
    ----------
    path : Path
    names : sequence of str
        Groups, nested ones with slashes.

    Returns
    -------
    dict of group name to Dataset
        A group that its maker could not fill is empty, and its attribute ``missing`` says why;
        `unless_missing` raises it.

    Raises
    ------
    NeurosimError
        As `load` does.
    MissingData
        If the whole file says that the recording cannot give what it should hold.
    """
    with opened(path) as file:
        if "missing" in file.ncattrs():
            raise MissingData(file.getncattr("missing"))
        return {name: _read(file, name) for name in names}


def load_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read all arrays of an ``.npz``.

    Raises
    ------
    NeurosimError
        If the file is missing or no ``.npz`` of plain arrays.
    """
    if not path.exists():
        raise NeurosimError(f"{path}: no such file")
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except Exception as error:  # numpy raises half a dozen kinds for a broken archive
        raise NeurosimError(
            f"{path}: expected an .npz of plain arrays, but it cannot be read "
            f"({type(error).__name__}: {error})"
        ) from error


def unless_missing(dataset: xr.Dataset) -> xr.Dataset:
    """Give a Dataset back; MissingData if it says that it could not be made."""
    if "missing" in dataset.attrs:
        raise MissingData(dataset.attrs["missing"])
    return dataset


def header(path: Path, group: str) -> xr.Dataset:
    """Read names, dimensions and attributes of a group; its values stay in the file."""
    with opened(path) as file:
        return header_of(file, group)


def read_attributes(path: Path) -> dict[str, Any]:
    """Read the global attributes of a netCDF file."""
    with opened(path) as file:
        return attributes_of(file)


def flags(values: np.ndarray, meanings: tuple[str, ...], dims: str, long_name: str) -> xr.Variable:
    """Make a CF flag variable: small integers with ``flag_values`` and ``flag_meanings``.

    Parameters
    ----------
    values : array of str or int
        Names out of `meanings`, or their indices.
    meanings : tuple of str
        The allowed names, without spaces; the index of a name is its flag value.
    dims : str
        The variable's dimension.
    long_name : str
        What the flag says.

    Raises
    ------
    NeurosimError
        If a value is none of the meanings.
    """
    values = np.asarray(values)
    if values.dtype.kind in "UO":
        codes = np.full(values.shape, -1, dtype=np.int8)
        for code, name in enumerate(meanings):
            codes[values == name] = code
        unknown = sorted(set(values[codes < 0].tolist()))
        if unknown:
            raise NeurosimError(f"{long_name}: {unknown[0]!r} is not one of {', '.join(meanings)}")
        values = codes
    elif values.size and not (values.min() >= 0 and values.max() < len(meanings)):
        raise NeurosimError(
            f"{long_name}: expected codes 0 to {len(meanings) - 1}, found {values.min()} to "
            f"{values.max()}"
        )
    attributes = {
        "long_name": long_name,
        "flag_values": np.arange(len(meanings), dtype=np.int8),
        "flag_meanings": " ".join(meanings),
    }
    return xr.Variable(dims, values.astype(np.int8, copy=False), attributes)


def flag_names(variable: xr.DataArray) -> np.ndarray:
    """Turn a CF flag variable back into an array of names."""
    meanings = np.array(str(variable.attrs["flag_meanings"]).split())
    codes = np.atleast_1d(variable.attrs["flag_values"])
    lookup = dict(zip(codes.tolist(), meanings.tolist(), strict=True))
    try:
        return np.array([lookup[code] for code in variable.values.tolist()], dtype=object)
    except KeyError as error:
        raise NeurosimError(
            f"{variable.name}: flag value {error.args[0]} is none of {sorted(lookup)}"
        ) from error
