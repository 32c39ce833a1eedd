"""Heading from head-direction cells, awake (cross-validated) and asleep, and its turns."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.decode.bayes import circular_difference, circular_mean, log_likelihood, normalise
from neurosim.decode.bins import Bins, count_spikes, make_bins
from neurosim.decode.common import contiguous_folds, units_of
from neurosim.decode.tuning import heading_tuning
from neurosim.recording import Recording, unit_index


def heading_at(recording: Recording, times: np.ndarray) -> np.ndarray:
    """Head direction (bin,) at times, rad; the nearest sample, since angles do not interpolate."""
    if "head_direction" not in recording.behaviour:
        raise MissingData(
            f"{recording.name}: expected '/behaviour/head_direction', found none; "
            "this question needs the head's direction"
        )
    clock = recording.time
    index = np.clip(np.searchsorted(clock, times), 1, clock.size - 1)
    index -= times - clock[index - 1] < clock[index] - times
    return recording.behaviour["head_direction"].values.astype(float)[index]


def heading_counts(
    recording: Recording, width: float, state: str
) -> tuple[Bins, np.ndarray, np.ndarray]:
    """Bins (bin,) of a state, counts (bin, unit) of the ADN units, and their indices (unit,).

    Inactivated epochs are left out. While the animal is awake (``run``) only open arenas count: a
    track does not cover the circle.
    """
    units = units_of(recording, "ADN")
    intervals = recording.intervals(state=state, inactivation="none")
    if state == "run":
        for track in recording.track_environments:
            on_track = recording.intervals(state=state, environment=track)
            intervals = intervals[~np.isin(intervals[:, 0], on_track[:, 0])]
    bins = make_bins(intervals, width)
    if bins.size == 0:
        wanted = "running in an open arena" if state == "run" else f"time in state {state!r}"
        raise MissingData(f"{recording.name}: expected {wanted}, found none")
    return bins, count_spikes(*recording.spikes_of(units), bins, units.size), units


def decode_wake_heading(
    recording: Recording, *, width: float, n_folds: int, tuning: Mapping[str, float]
) -> xr.Dataset:
    """Decode the head's direction awake from bins that the tuning was not fitted on.

    Parameters
    ----------
    recording : Recording
    width : float
        Bin, s.
    n_folds : int
        Contiguous folds.
    tuning : Mapping
        ``n_bins``, ``smoothing_bins``, ``rate_floor_hz`` of `heading_tuning`.

    Returns
    -------
    Dataset (time)
        ``heading``, ``estimate`` rad, ``error`` deg, ``n_spikes``.
    """
    bins, counts, _ = heading_counts(recording, width, "run")
    heading = heading_at(recording, bins.centre)
    estimate = np.empty(bins.size)
    for fold in contiguous_folds(bins.size, n_folds):
        training = np.ones(bins.size, dtype=bool)
        training[fold] = False
        curves = heading_tuning(counts[training], heading[training], width, **tuning)
        estimate[fold] = decode_heading(counts[fold], curves, width)
    n_spikes = counts.sum(axis=1).astype(np.int32)
    error = np.abs(np.rad2deg(circular_difference(estimate, heading)))
    return xr.Dataset(
        {
            "heading": ("time", heading, {"units": "rad", "long_name": "head direction"}),
            "estimate": ("time", estimate, {"units": "rad", "long_name": "decoded heading"}),
            "error": ("time", error, {"units": "degree", "long_name": "absolute error"}),
            "n_spikes": ("time", n_spikes, {"long_name": "spikes in the bin"}),
        },
        coords={"time": ("time", bins.centre, {"units": "s", "long_name": "time"})},
        attrs={"bin_s": width},
    )


def decode_heading(counts: np.ndarray, curves: xr.Dataset, width: float) -> np.ndarray:
    """Decode headings (bin,) in rad from counts (bin, unit); NaN in silent bins."""
    log_values = log_likelihood(
        counts, curves["rate"].values, width, curves["occupancy"].values > 0
    )
    estimate = circular_mean(normalise(log_values), curves["heading"].values)
    return np.where(counts.sum(axis=1) > 0, estimate, np.nan)


def fit_heading_tuning(
    recording: Recording, *, width: float, tuning: Mapping[str, float]
) -> xr.Dataset:
    """Estimate heading tuning (heading, unit) of the ADN units from the open arena."""
    bins, counts, units = heading_counts(recording, width, "run")
    curves = heading_tuning(counts, heading_at(recording, bins.centre), width, **tuning)
    return curves.assign(unit_index=unit_index(units))


def decode_sleep_heading(
    recording: Recording, curves: xr.Dataset, *, width: float, state: str
) -> xr.Dataset:
    """Decode the virtual heading in a sleep state with the tuning from wake.

    Parameters
    ----------
    recording : Recording
    curves : Dataset (heading, unit)
        From `fit_heading_tuning`.
    width : float
        Bin, s.
    state : str
        ``rem`` or ``nrem``.

    Returns
    -------
    Dataset (time)
        ``estimate`` rad (NaN in silent bins) and ``interval``, the epoch of each bin.
    """
    bins, counts, _ = heading_counts(recording, width, state)
    return xr.Dataset(
        {
            "estimate": (
                "time",
                decode_heading(counts, curves, width),
                {"units": "rad", "long_name": "decoded virtual heading"},
            ),
            "interval": ("time", bins.interval.astype(np.int32), {"long_name": "epoch of the bin"}),
        },
        coords={"time": ("time", bins.centre, {"units": "s", "long_name": "time"})},
        attrs={"bin_s": width, "state": state},
    )


def angular_steps(heading: np.ndarray, interval: np.ndarray) -> np.ndarray:
    """Turn from each bin to the next (bin - 1,) in deg; NaN across epochs and silent bins."""
    steps = np.rad2deg(circular_difference(heading[1:], heading[:-1]))
    return np.where(interval[1:] == interval[:-1], steps, np.nan)


def drift_speed(heading: np.ndarray, interval: np.ndarray, width: float) -> float:
    """Mean absolute angular speed of a heading (bin,), deg/s.

    It depends on the bin's width (longer bins average turns away, shorter ones add the
    decoder's noise), so it is always given with one.
    """
    return float(np.nanmean(np.abs(angular_steps(heading, interval))) / width)


def find_turns(
    heading: np.ndarray, interval: np.ndarray, width: float, min_speed: float, min_angle: float
) -> xr.Dataset:
    """Find turns: stretches of fast rotation in one direction.

    Parameters
    ----------
    heading : array (bin,)
        rad.
    interval : array (bin,)
        Epoch of each bin; no turn crosses epochs.
    width : float
        Bin, s.
    min_speed : float
        Every step of a turn is at least this fast, deg/s.
    min_angle : float
        A turn rotates at least this far, deg.

    Returns
    -------
    Dataset (turn)
        ``first``, ``last``: bins at which the turn begins and ends; ``amplitude`` deg, positive
        counter-clockwise.
    """
    steps = angular_steps(heading, interval)
    fast = np.abs(np.nan_to_num(steps)) >= min_speed * width
    sign = np.where(fast, np.sign(np.nan_to_num(steps)), 0).astype(int)
    edges = np.flatnonzero(np.diff(sign, prepend=0, append=0))
    first, last = edges[:-1], edges[1:]
    moving = sign[first] != 0
    first, last = first[moving], last[moving]
    total = np.concatenate([[0.0], np.cumsum(np.nan_to_num(steps))])
    amplitude = total[last] - total[first]
    keep = np.abs(amplitude) >= min_angle
    return xr.Dataset(
        {
            "first": ("turn", first[keep].astype(np.int32), {"long_name": "bin of the start"}),
            "last": ("turn", last[keep].astype(np.int32), {"long_name": "bin of the end"}),
            "amplitude": (
                "turn",
                amplitude[keep],
                {"units": "degree", "long_name": "rotation, positive counter-clockwise"},
            ),
        }
    )
