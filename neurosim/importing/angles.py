"""Units of lengths and angles, and head directions on another clock."""

import logging
from pathlib import Path
from typing import Any

import numpy as np

from neurosim.importing.mapping import HeadDirectionMap

log = logging.getLogger(__name__)

_NAMES = {
    1.0: "m meter meters metre metres",
    0.01: "cm centimeter centimeters centimetre centimetres",
    0.001: "mm millimeter millimeters millimetre millimetres",
    1e-6: "um micrometer micrometers micrometre micrometres",
}
LENGTHS = {name: metres for metres, names in _NAMES.items() for name in names.split()}  # in m
LIKELY_SPAN = 30.0  # m; a position that spans more is likely in another unit
RADIANS, DEGREES = ("rad", "radian", "radians"), ("deg", "degree", "degrees")
MAX_RADIANS = 4 * np.pi + 0.1  # beyond it, an angle without a unit is in degrees
MAX_GAP = 3  # steps; across more than that a direction is not interpolated


def radians(angle: np.ndarray, chosen: HeadDirectionMap, series: Any, path: Path) -> np.ndarray:
    """Turn the angles (time,) of a series into rad, counter-clockwise.

    Where neither the map nor the file names an angle's unit, their range tells, with a notice.
    """
    unit = (chosen.unit or str(series.unit or "")).strip().lower()
    finite = angle[np.isfinite(angle)]
    largest = float(np.abs(finite).max()) if finite.size else 0.0
    if unit not in (*RADIANS, *DEGREES):
        unit = "degrees" if largest > MAX_RADIANS else "radians"
        log.warning(
            "%s: head direction %s has the unit %r: taken as %s, for it reaches %.3g; "
            "head_direction.unit in a map says otherwise",
            path.name,
            series.name,
            series.unit,
            unit,
            largest,
        )
    turned = np.deg2rad(angle) if unit in DEGREES else angle
    return -turned if chosen.clockwise else turned


def resampled(clock: np.ndarray, angle: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Head direction on another clock.

    Parameters
    ----------
    clock : array (sample,)
        s, increasing.
    angle : array (sample,)
        rad; NaN where it was lost.
    times : array (time,)
        s.

    Returns
    -------
    array (time,)
        rad; interpolated the shorter way round, NaN further than `MAX_GAP` steps of the clock
        from a sample on either side.
    """
    if np.array_equal(clock, times):
        return angle
    known = np.flatnonzero(np.isfinite(angle))
    if known.size < 2:
        return np.full(times.size, np.nan)
    step = float(np.median(np.diff(clock)))
    at, unwrapped = clock[known], np.unwrap(angle[known])
    after = np.clip(np.searchsorted(at, times), 1, known.size - 1)
    inside = (times >= at[0] - MAX_GAP * step) & (times <= at[-1] + MAX_GAP * step)
    exact = np.isin(times, at)
    dense = at[after] - at[after - 1] <= MAX_GAP * step
    outside = (times < at[0]) | (times > at[-1])
    value = np.interp(times, at, unwrapped)
    return np.where(inside & (dense | exact | outside), value, np.nan)
