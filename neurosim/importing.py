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

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from neurosim import NeurosimError, npz
from neurosim.contract import INACTIVATIONS, PHASES, REGIONS, STATES, repeated_spikes
from neurosim.errors import choices
from neurosim.files import Provenance
from neurosim.recording import (
    save_recording,
    spikes_dataset,
    units_dataset,
)
from neurosim.world.behaviour import behaviour_dataset, eye_position
from neurosim.world.graph import linear_track
from neurosim.world.hypnogram import epochs_dataset
from neurosim.world.track import ENVIRONMENTS, track_dataset

log = logging.getLogger(__name__)

POSITIONS, ANGLES = ("x", "y", "track_position"), ("head_direction_rad", "eye_position_rad")
EPOCH_NAMES = ("epoch_start_s", "epoch_stop_s", "epoch_state", "epoch_phase", "epoch_environment")


@dataclass(frozen=True)
class Epoch:
    """An epoch given on the command line.

    Attributes
    ----------
    start, stop : float
        s.
    state, phase, environment : str
    inactivation : str
        ``none`` if not given.
    """

    start: float
    stop: float
    state: str
    phase: str
    environment: str
    inactivation: str = "none"

    @classmethod
    def parse(cls, text: str) -> "Epoch":
        """Read ``START:STOP:STATE:PHASE:ENVIRONMENT``, and ``:INACTIVATION`` where there is one.

        Raises
        ------
        NeurosimError
            If a part is missing or not allowed.
        """
        parts = text.split(":")
        if len(parts) not in (5, 6):
            raise NeurosimError(
                f"--epoch {text!r}: expected START:STOP:STATE:PHASE:ENVIRONMENT[:INACTIVATION], "
                "such as 10:600:run:run:linear"
            )
        try:
            start, stop = float(parts[0]), float(parts[1])
        except ValueError as error:
            raise NeurosimError(f"--epoch {text!r}: expected times in s as numbers") from error
        names = (STATES, PHASES, ENVIRONMENTS, INACTIVATIONS)
        for value, allowed in zip(parts[2:], names, strict=False):
            if value not in allowed:
                raise NeurosimError(f"--epoch {text!r}: {value!r} is not one of {choices(allowed)}")
        return cls(start, stop, *parts[2:])


@dataclass(frozen=True)
class Scale:
    """How positions become metres.

    Attributes
    ----------
    metres_per_unit : float or None
        Size of the file's unit of length; 1 for metres.
    track_length_m : float or None
        Length of the track; sets the scale so that the track spans it.
    unknown : bool
        Whether the scale is not known: lengths become parts of the track (unit ``track``), and
        thresholds in m or m/s are read as such parts.
    """

    metres_per_unit: float | None = None
    track_length_m: float | None = None
    unknown: bool = False

    @property
    def unit(self) -> str:
        """Unit of length of the recording: ``m`` or ``track``."""
        return "track" if self.unknown else "m"


def _ordered_positions(arrays: dict[str, np.ndarray], path: Path) -> dict[str, np.ndarray]:
    """Check the position arrays and drop repeated time stamps."""
    time = npz.times(arrays, "position_time_s", path)
    names = [n for n in (*POSITIONS, *ANGLES) if n in arrays]
    for name in names:
        values = npz.numbers(arrays, name, path)
        if np.isinf(values).any():
            raise NeurosimError(
                f"{path}: {name!r}: expected numbers, or NaN where tracking was lost, found "
                "infinity; write NaN there"
            )
        if values.shape != time.shape:
            raise NeurosimError(
                f"{path}: {name!r}: expected the shape of 'position_time_s' {time.shape}, "
                f"found {arrays[name].shape}"
            )
    if time.size < 2:
        raise NeurosimError(
            f"{path}: 'position_time_s': expected at least 2 positions, found {time.size}"
        )
    if np.any(np.diff(time) < 0):
        index = int(np.flatnonzero(np.diff(time) < 0)[0]) + 1
        raise NeurosimError(
            f"{path}: 'position_time_s': expected increasing times, found {time[index]} after "
            f"{time[index - 1]} at index {index}; sort the positions"
        )
    keep = np.concatenate([[True], np.diff(time) > 0])
    if not keep.all():
        log.warning("%s: dropped %d positions with a repeated time", path.name, (~keep).sum())
    return {"time": time[keep]} | {name: arrays[name][keep].astype(float) for name in names}


def _sorted_spikes(arrays: dict[str, np.ndarray], path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Check the spikes, sort them by time and drop copies, saying so."""
    times = npz.times(arrays, "spike_time_s", path)
    unit = np.asarray(arrays["spike_unit"])
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
    if np.any(np.diff(times) < 0):
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


def _epochs(
    arrays: dict[str, np.ndarray], given: Sequence[Epoch], path: Path
) -> tuple[np.ndarray, ...]:
    """Epochs from the command line, else from the file: the columns of `Epoch` in their order."""
    if given:
        ordered = sorted(given, key=lambda epoch: epoch.start)
        columns = [[getattr(epoch, name) for epoch in ordered] for name in Epoch.__annotations__]
        return tuple(np.array(column) for column in columns)
    missing = [name for name in EPOCH_NAMES if name not in arrays]
    if missing:
        raise NeurosimError(
            f"{path}: expected an array {missing[0]!r}, found none; "
            "give epochs in the file or with --epoch START:STOP:STATE:PHASE:ENVIRONMENT"
        )
    start, stop = (npz.numbers(arrays, name, path) for name in EPOCH_NAMES[:2])
    allowed = (STATES, PHASES, ENVIRONMENTS)
    names = [
        npz.texts(arrays, *pair) for pair in zip(EPOCH_NAMES[2:], [path] * 3, allowed, strict=True)
    ]
    if "epoch_inactivation" in arrays:
        names.append(npz.texts(arrays, "epoch_inactivation", path, INACTIVATIONS))
    else:
        names.append(np.full(start.size, "none"))
    sizes = {column.size for column in (start, stop, *names)}
    if len(sizes) > 1 or 0 in sizes:
        raise NeurosimError(
            f"{path}: {', '.join(EPOCH_NAMES)}: expected one length and at least one epoch, found "
            f"lengths {sorted(sizes)}"
        )
    return start, stop, *names


def _in_environment(time: np.ndarray, epochs: tuple[np.ndarray, ...]) -> np.ndarray:
    """Environment (time,) by name; ``none`` outside of all epochs."""
    start, stop, _, _, environment, _ = epochs
    index = np.searchsorted(start, time, side="right") - 1
    inside = (index >= 0) & (time <= stop[np.maximum(index, 0)])
    return np.where(inside, environment[np.maximum(index, 0)], "none")


def principal_axis(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centre (space,) and direction (space,) of the axis along which points (time, space) vary."""
    centre = points.mean(axis=0)
    axis = np.linalg.svd(points - centre, full_matrices=False)[2][0]
    return centre, axis if axis[np.argmax(np.abs(axis))] > 0 else -axis


def _track_positions(
    positions: dict[str, np.ndarray], on_track: np.ndarray, scale: Scale, path: Path
) -> tuple[np.ndarray | None, float | None, float]:
    """Track position (time,) in m, the track's length in m, and metres per unit of the file."""
    factor = scale.metres_per_unit
    if not on_track.any():
        return None, None, _known(factor, path)
    if "track_position" in positions:
        along = np.where(on_track, positions["track_position"], np.nan)
    else:
        points = np.column_stack([positions["x"], positions["y"]])
        usable = on_track & np.isfinite(points).all(axis=1)
        if usable.sum() < 2:
            raise NeurosimError(f"{path}: 'x', 'y': expected positions on the track, found none")
        centre, axis = principal_axis(points[usable])
        along = np.where(usable, (points - centre) @ axis, np.nan)
    along = along - np.nanmin(along)
    span = float(np.nanmax(along))
    if not span > 0:
        raise NeurosimError(f"{path}: 'x', 'y': expected movement along the track, found none")
    if scale.track_length_m is not None or scale.unknown:
        factor = (scale.track_length_m or 1.0) / span
    factor = _known(factor, path)
    return along * factor, span * factor, factor


def _known(factor: float | None, path: Path) -> float:
    if factor is None:
        raise NeurosimError(
            f"{path}: the unit of x and y is not known; give --metres-per-unit (1 if they are in "
            "metres), --track-length (in m) or --unknown-scale (lengths become parts of the track)"
        )
    if not (np.isfinite(factor) and factor > 0):
        raise NeurosimError(f"{path}: scale: expected a positive number of metres, found {factor}")
    return factor


def _units(
    arrays: dict[str, np.ndarray], unit: np.ndarray, region: str | None, path: Path
) -> xr.Dataset:
    """Units with region, hemisphere and name."""
    n_units = int(unit.max()) + 1 if unit.size else 0
    for name in ("unit_region", "unit_name", "unit_hemisphere"):
        if name in arrays:
            n_units = max(n_units, arrays[name].size)
    if n_units == 0:
        raise NeurosimError(f"{path}: 'spike_unit': expected at least one unit, found none")
    if "unit_region" not in arrays and region is None:
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
    given = default | {name: arrays[name] for name in default if name in arrays}
    columns = [npz.texts(given, name, path, allowed.get(name)) for name in default]
    for name, column in zip(default, columns, strict=True):
        if column.size != n_units:
            raise NeurosimError(
                f"{path}: {name!r}: expected {n_units} units (as in 'spike_unit'), "
                f"found {column.size}"
            )
    return units_dataset(*columns)


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
    path = Path(path)
    arrays = npz.read_arrays(path, rename)
    times, unit = _sorted_spikes(arrays, path)
    positions = _ordered_positions(arrays, path)
    columns = _epochs(arrays, epochs, path)
    if np.any(columns[1] <= columns[0]):
        index = int(np.flatnonzero(columns[1] <= columns[0])[0])
        raise NeurosimError(
            f"{path}: epochs: expected stop after start, found {columns[0][index]} to "
            f"{columns[1][index]} s at index {index}; correct or remove that epoch"
        )
    environment = _in_environment(positions["time"], columns)
    if not (environment != "none").any() and (columns[4] != "none").any():
        raise NeurosimError(
            f"{path}: epochs: expected positions within the epochs on a track or in an arena, "
            f"found positions from {positions['time'][0]} to {positions['time'][-1]} s only; "
            "do both use one clock?"
        )
    along, length, factor = _track_positions(positions, environment == "linear", scale, path)
    tracks = {} if length is None else {"linear": linear_track(length)}
    groups = {
        "behaviour": behaviour_dataset(
            positions["time"],
            factor * np.column_stack([positions["x"], positions["y"]]),
            along,
            positions.get("head_direction_rad"),
            environment.astype(object),
            ENVIRONMENTS,
            tracks,
            scale.unit,
        ),
        "epochs": epochs_dataset(*columns[:5], inactivation=columns[5]),
        "units": _units(arrays, unit, region, path),
        "spikes": spikes_dataset(times, unit),
    }
    if "eye_position_rad" in positions:
        groups["behaviour"] = groups["behaviour"].assign(
            eye_position=eye_position(positions["eye_position_rad"])
        )
    parameters = {
        "rename": dict(rename),
        "epochs": [vars(epoch) for epoch in epochs],
        "region": region,
        f"{scale.unit}_per_unit": factor,
    }
    if tracks:
        groups["track"] = track_dataset(tracks, scale.unit)
    provenance = Provenance("Imported recording", "import", 0, parameters, {"npz": path})
    save_recording(groups, out, provenance, origin="imported")
