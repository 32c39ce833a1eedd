"""Other people's recordings: an ``.npz`` with documented names becomes a recording file.

Names of the arrays (a recording may lack what is in brackets):

============================  ===============================================================
``spike_time_s`` (spike,)     spike times, s
``spike_unit`` (spike,)       index of the unit that fired, from 0
``position_time_s`` (time,)   clock of the positions, s
``x``, ``y`` (time,)          position; metres, or any unit with a scale (see `Scale`)
[``track_position`` (time,)]  position along the track, NaN off it, in the unit of ``x``;
                              without it the first principal component of x, y on the track
[``head_direction_rad``]      (time,) rad, counter-clockwise
[``eye_position_rad``]        (time,) horizontal, rad, counter-clockwise
[``epoch_start_s``, ...]      ``epoch_start_s``, ``epoch_stop_s``, ``epoch_state`` (run, rest, nrem,
                              rem), ``epoch_phase`` (pre, run, post), ``epoch_environment`` (linear,
                              arena, none), all (epoch,); or given as `Epoch` objects
[``epoch_inactivation``]      (epoch,) none, saline, ttx_left, ttx_right or ttx_both
[``unit_region`` (unit,)]     CA1, ADN or SC; one region for all units can be given instead
[``unit_hemisphere``]         (unit,) left or right
[``unit_name`` (unit,)]       names
============================  ===============================================================
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from neurosim import NeurosimError
from neurosim.errors import choices
from neurosim.files import load_arrays
from neurosim.importing.assembly import Source, write_recording
from neurosim.importing.epochs import Epoch, EpochColumns
from neurosim.importing.positions import Scale

NEEDED = ("spike_time_s", "spike_unit", "position_time_s", "x", "y")


def import_npz(
    path: Path,
    out: Path,
    *,
    rename: Mapping[str, str],
    epochs: Sequence[Epoch],
    region: str | None,
    scale: Scale,
) -> None:
    """Turn an ``.npz`` into a recording file.

    Parameters
    ----------
    path : Path
        The ``.npz``; names of its arrays are in the module's docstring.
    out : Path
        The recording to write.
    rename : Mapping
        Name in the file to documented name.
    epochs : sequence of Epoch
        Used instead of the file's own, where given.
    region : str or None
        Region of all units, where the file does not say.
    scale : Scale
        How positions become metres.

    Raises
    ------
    NeurosimError
        In one line, naming the file and the array.
    """
    arrays = read_arrays(Path(path), rename)
    columns = EpochColumns.of(epochs) if epochs else EpochColumns.in_arrays(arrays, path)
    parameters = {
        "rename": dict(rename),
        "epochs": [vars(epoch) for epoch in epochs],
        "region": region,
    }
    source = Source(Path(path), "npz", parameters)
    write_recording(arrays, columns, out, source=source, region=region, scale=scale)


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
    found = load_arrays(path)
    for theirs in rename:
        if theirs not in found:
            raise NeurosimError(
                f"{path}: --rename {theirs}={rename[theirs]}: expected an array {theirs!r}, "
                f"found {choices(found)}"
            )
    arrays = {rename.get(name, name): _decoded(values) for name, values in found.items()}
    for name in NEEDED:
        if name not in arrays:
            raise NeurosimError(
                f"{path}: expected an array {name!r}, found {choices(arrays)}; "
                f"if it has another name there, give --rename THEIRS={name}"
            )
    return arrays


def _decoded(values: np.ndarray) -> np.ndarray:
    """Turn bytes, as MATLAB and HDF5 write them, into text."""
    return np.char.decode(values, "utf-8") if values.dtype.kind == "S" else values
