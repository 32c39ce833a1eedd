"""How a heading moves: steps, drift speed, turns, and the control in which cells are shifted."""

import numpy as np
import xarray as xr

from neurosim.decode.bayes import circular_difference


def angular_steps(heading: np.ndarray, interval: np.ndarray) -> np.ndarray:
    """Turn from each bin to the next (bin - 1,) in deg; NaN across epochs and silent bins."""
    steps = np.rad2deg(circular_difference(heading[1:], heading[:-1]))
    return np.where(interval[1:] == interval[:-1], steps, np.nan)


def drift_speed(heading: np.ndarray, interval: np.ndarray, width: float) -> float:
    """Mean absolute angular speed of a heading (bin,), deg/s; NaN without two bins in a row.

    It depends on the bin's width (longer bins average turns away, shorter ones add the
    decoder's noise), so it is always given with one.
    """
    steps = angular_steps(heading, interval)
    known = np.isfinite(steps)
    return float(np.abs(steps[known]).mean() / width) if known.any() else np.nan


def shifted_trains(
    times: np.ndarray,
    unit: np.ndarray,
    intervals: np.ndarray,
    n_units: int,
    rng: np.random.Generator,
) -> list[np.ndarray]:
    """Shift the spikes of each unit in a circle, by a time of its own, within some epochs.

    Each unit keeps its number of spikes there and its own rhythm; what the units say together is
    gone. The epochs are joined end to end, and what leaves at the end comes in at the beginning.

    Parameters
    ----------
    times : array (spike,)
        Sorted, s.
    unit : array (spike,)
        Index of the unit.
    intervals : array (interval, 2)
        Start and stop of the epochs, s, sorted and disjoint.
    n_units : int
    rng : numpy.random.Generator

    Returns
    -------
    list of array (spike,)
        Of each unit the spikes within the epochs, sorted, s.
    """
    if len(intervals) == 0:
        return [np.empty(0)] * n_units
    start, stop = np.asarray(intervals, dtype=float).T
    joined = np.concatenate([[0.0], np.cumsum(stop - start)])
    trains = []
    for number, shift in enumerate(rng.uniform(0.0, joined[-1], n_units)):
        own = times[unit == number]
        epoch = np.searchsorted(start, own, side="right") - 1
        inside = (epoch >= 0) & (own < stop[epoch])
        own, epoch = own[inside], epoch[inside]
        along = np.mod(own - start[epoch] + joined[epoch] + shift, joined[-1])
        epoch = np.minimum(np.searchsorted(joined, along, side="right") - 1, start.size - 1)
        trains.append(np.sort(along - joined[epoch] + start[epoch]))
    return trains


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
