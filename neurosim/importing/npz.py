"""Other people's recordings: an ``.npz`` with documented names becomes a recording file.

Names of the arrays (a recording may lack what is in brackets):

=============================  ===============================================================
``spike_time_s`` (spike,)      spike times, s
``spike_unit`` (spike,)        index of the unit that fired, from 0
``position_time_s`` (time,)    clock of the positions, s
``x``, ``y`` (time,)           position; metres, or any unit with a scale (see `Scale`)
[``track_position`` (time,)]   position along the track, NaN off it, in the unit of ``x``;
                               without it the first principal component of x, y on the track
[``head_direction_rad``]       (time,) rad, counter-clockwise
[``eye_position_rad``]         (time,) horizontal, rad, counter-clockwise
[``epoch_start_s``, ...]       ``epoch_start_s``, ``epoch_stop_s``, ``epoch_state`` (run, rest,
                               nrem, rem), ``epoch_phase`` (pre, run, post), ``epoch_environment``
                               (linear, arena, none), all (epoch,); or given as `Epoch` objects
[``epoch_inactivation``]       (epoch,) none, saline, ttx_left, ttx_right or ttx_both
[``reward_time_s`` (reward,)]  s; rewards on the track are at the nearer end
[``unit_region`` (unit,)]      CA1, ADN or SC; one region for all units can be given instead
[``unit_hemisphere``]          (unit,) left or right
[``unit_name`` (unit,)]        names
=============================  ===============================================================
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from neurosim import NeurosimError
from neurosim.errors import choices
from neurosim.files import load_arrays
from neurosim.importing.arrays import numbers, texts
from neurosim.importing.assembly import Source, write_recording
from neurosim.importing.epochs import EPOCH_NAMES, Epoch, EpochColumns
from neurosim.importing.mapping import ImportMap

NEEDED = ("spike_time_s", "spike_unit", "position_time_s", "x", "y")
DOCUMENTED = (
    *NEEDED,
    "track_position",
    "head_direction_rad",
    "eye_position_rad",
    *EPOCH_NAMES,
    "epoch_inactivation",
    "reward_time_s",
    "unit_region",
    "unit_hemisphere",
    "unit_name",
)


def import_npz(path: Path, out: Path, given: ImportMap) -> None:
    """Turn an ``.npz`` into a recording file.

    Parameters
    ----------
    path : Path
        The ``.npz``; names of its arrays are in the module's docstring.
    out : Path
        The recording to write.
    given : ImportMap
        Other names of arrays, regions, epochs and the scale, as far as the file does not say.

    Raises
    ------
    NeurosimError
        In one line, naming the file and the array.
    """
    path = Path(path)
    rename = {theirs: ours for ours, theirs in given.arrays.items()}
    arrays = _in_our_terms(read_arrays(path, rename), given, path)
    if given.epochs and not isinstance(given.epochs[0], Epoch):
        raise NeurosimError(
            f"{path}: epochs: expected epochs with start and stop for an .npz, found tables of "
            "intervals, which only NWB files have"
        )
    columns = (
        EpochColumns.of(given.epochs) if given.epochs else EpochColumns.in_arrays(arrays, path)
    )
    region = given.units.region
    parameters = {
        "rename": rename,
        "epochs": [vars(epoch) for epoch in given.epochs],
        "region": region,
    }
    if given.units.regions:
        parameters["regions"] = dict(given.units.regions)
    source = Source(path, "npz", parameters)
    scale = given.position.scale
    write_recording(arrays, columns, out, source=source, region=region, scale=scale)


def _in_our_terms(
    arrays: dict[str, np.ndarray], given: ImportMap, path: Path
) -> dict[str, np.ndarray]:
    """Apply what a map says of the values: names of regions, the unit and sense of angles."""
    regions, heading = given.units.regions, given.head_direction
    if regions and "unit_region" in arrays:
        found = texts(arrays, "unit_region", path).tolist()
        arrays["unit_region"] = np.array([regions.get(name) or name for name in found], dtype=str)
    if "head_direction_rad" in arrays:
        angle = numbers(arrays, "head_direction_rad", path)
        angle = np.deg2rad(angle) if heading.unit == "degrees" else angle
        arrays["head_direction_rad"] = -angle if heading.clockwise else angle
    return arrays


def read_arrays(path: Path, rename: Mapping[str, str]) -> dict[str, np.ndarray]:
    """Read the arrays of an ``.npz`` under the documented names.

    Parameters
    ----------
    path : Path
    rename : Mapping
        Name in the file to documented name.

    Raises
    ------
    NeurosimError
        If the file is missing or no ``.npz``, or a needed array is missing.
    """
    path = Path(path)
    found = load_decoded(path)
    for theirs in rename:
        if theirs not in found:
            raise NeurosimError(
                f"{path}: arrays: expected an array {theirs!r} for {rename[theirs]!r}, "
                f"found {choices(found)}"
            )
    arrays = {rename.get(name, name): values for name, values in found.items()}
    for name in NEEDED:
        if name not in arrays:
            raise NeurosimError(
                f"{path}: expected an array {name!r}, found {choices(arrays)}; "
                f"if it has another name there, give --rename THEIRS={name}"
            )
    return arrays


def load_decoded(path: Path) -> dict[str, np.ndarray]:
    """Read all arrays of an ``.npz``; bytes, as MATLAB and HDF5 write them, become texts."""
    return {name: _decoded(values, name, path) for name, values in load_arrays(path).items()}


def _decoded(values: np.ndarray, name: str, path: Path) -> np.ndarray:
    if values.dtype.kind != "S":
        return values
    try:
        return np.char.decode(values, "utf-8")
    except UnicodeDecodeError as error:
        raise NeurosimError(f"{path}: {name!r}: expected text in UTF-8, found {error}") from error
