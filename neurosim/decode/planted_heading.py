"""The decoded virtual heading beside the planted one: for comparisons with truth only."""

import numpy as np
import xarray as xr

from neurosim.decode.bayes import circular_difference
from neurosim.decode.heading import drift_speed, find_turns


def planted_at(truth: xr.Dataset, times: np.ndarray) -> np.ndarray:
    """Planted heading (bin,) at times, rad: the sample that holds there, as for the spikes."""
    clock = truth["time"].values
    index = np.clip(np.searchsorted(clock, times, side="right") - 1, 0, clock.size - 1)
    return np.mod(truth["heading"].values[index], 2 * np.pi)


def compare_heading(
    decoded: xr.Dataset, truth: xr.Dataset, min_speed: float, min_angle: float
) -> xr.Dataset:
    """Compare a decoded heading with the planted one, bin by bin.

    Parameters
    ----------
    decoded : Dataset (time)
        From `neurosim.decode.heading.decode_sleep_heading`.
    truth : Dataset (time)
        The recording's ``truth/heading``.
    min_speed, min_angle : float
        What counts as a turn; see `neurosim.decode.heading.find_turns`.

    Returns
    -------
    Dataset
        ``planted`` (time) rad; scalars ``error_median`` deg, ``drift_speed`` deg/s and
        ``turn_rate`` 1/s of the planted heading in the same bins.
    """
    width = float(decoded.attrs["bin_s"])
    planted = planted_at(truth, decoded["time"].values)
    interval = decoded["interval"].values
    error = np.abs(np.rad2deg(circular_difference(decoded["estimate"].values, planted)))
    turns = find_turns(planted, interval, width, min_speed, min_angle)
    seconds = decoded.sizes["time"] * width
    return xr.Dataset(
        {
            "planted": ("time", planted, {"units": "rad", "long_name": "planted heading"}),
            "error_median": (
                (),
                np.nanmedian(error),
                {"units": "degree", "long_name": "median error of the decoded heading"},
            ),
            "drift_speed": (
                (),
                drift_speed(planted, interval, width),
                {"units": "degree s-1", "long_name": "drift of the planted heading"},
            ),
            "turn_rate": (
                (),
                turns.sizes["turn"] / seconds,
                {"units": "s-1", "long_name": "turns of the planted heading"},
            ),
        },
        coords={"time": decoded["time"]},
        attrs={"bin_s": width},
    )
