"""Positions of a recording that comes from elsewhere: ordered, along the track, in metres."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neurosim import NeurosimError
from neurosim.importing import arrays

log = logging.getLogger(__name__)

POSITIONS, ANGLES = ("x", "y", "track_position"), ("head_direction_rad", "eye_position_rad")


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


def ordered_positions(found: Mapping[str, np.ndarray], path: Path) -> dict[str, np.ndarray]:
    """Check the position arrays and drop repeated time stamps."""
    time = arrays.times(found, "position_time_s", path)
    names = [n for n in (*POSITIONS, *ANGLES) if n in found]
    for name in names:
        values = arrays.numbers(found, name, path)
        if np.isinf(values).any():
            raise NeurosimError(
                f"{path}: {name!r}: expected numbers, or NaN where tracking was lost, found "
                "infinity; write NaN there"
            )
        if values.shape != time.shape:
            raise NeurosimError(
                f"{path}: {name!r}: expected the shape of 'position_time_s' {time.shape}, "
                f"found {found[name].shape}"
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
    return {"time": time[keep]} | {name: found[name][keep].astype(float) for name in names}


def principal_axis(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centre (space,) and direction (space,) of the axis along which points (time, space) vary."""
    centre = points.mean(axis=0)
    axis = np.linalg.svd(points - centre, full_matrices=False)[2][0]
    return centre, axis if axis[np.argmax(np.abs(axis))] > 0 else -axis


def track_positions(
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
