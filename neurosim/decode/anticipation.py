r"""By how much head-direction cells lead the head: the shift at which they are tuned best.

The heading is read a time :math:`\delta` after each spike, and the information of the tuning that
comes of it (Skaggs et al. 1993),

.. math:: I(\delta) = \sum_i \frac{n_i}{N} \sum_x p(x) \frac{\lambda_i(x)}{\bar\lambda_i}
          \log_2 \frac{\lambda_i(x)}{\bar\lambda_i},

is highest where :math:`\delta` is the lead (Blair & Sharp 1995,
10.1523/JNEUROSCI.15-09-06260.1995). The same spikes count at every shift, so their noise moves
the whole curve, hardly its peak.
"""

import numpy as np
import xarray as xr

from neurosim import MissingData, NeurosimError
from neurosim.decode.bins import make_bins
from neurosim.decode.common import smoothed
from neurosim.decode.heading import HeadingSpikes, heading_at, heading_epochs, intervals_of
from neurosim.recording import Recording

N_BINS = 60  # heading bins
SMOOTHING = 2.0  # of them
FITTED_S = 0.03  # of shifts to either side of the best that the parabola is fitted to


def anticipation(
    spikes: HeadingSpikes, cells: np.ndarray, max_shift: float, step: float
) -> xr.Dataset:
    """Measure how far the tuning of head-direction cells leads the head.

    Parameters
    ----------
    spikes : HeadingSpikes
    cells : array (cell,) of int
        Rows of `HeadingSpikes.units` that are head-direction cells.
    max_shift, step : float
        Shifts that are tried, to either side, and their step, s.

    Returns
    -------
    Dataset (shift)
        ``information`` bits a spike, by shift (s, positive where the cells lead); scalar
        ``anticipation`` s: the top of a parabola through the best shifts, NaN where the best one
        is an end of the range.

    Raises
    ------
    MissingData
        Without spikes of such cells in an open arena.
    """
    if not 0 < FITTED_S < max_shift or not 0 < step <= FITTED_S:
        raise NeurosimError(
            f"anticipation: expected shifts beyond {FITTED_S} s in steps of at most that, found "
            f"{max_shift} s in steps of {step} s"
        )
    recording = spikes.recording
    epochs = intervals_of(recording, heading_epochs(recording, "run", "none"))
    inner = epochs + np.array([max_shift, -max_shift])
    inner = inner[inner[:, 1] > inner[:, 0]]
    times, unit = _spikes_within(spikes, cells, inner)
    if times.size == 0:
        raise MissingData(
            f"{recording.name}: expected spikes of head-direction cells in an open arena, found "
            "none"
        )
    clock_step = float(np.median(np.diff(recording.time)))
    clock = make_bins(inner, clock_step).centre
    shifts = np.arange(-round(max_shift / step), round(max_shift / step) + 1) * step
    bits = np.empty(shifts.size)
    for row, shift in enumerate(shifts):
        at_spikes = _heading_bins(recording, times + shift)
        at_clock = _heading_bins(recording, clock + shift)
        bits[row] = tuning_information(at_spikes, unit, at_clock, cells.size)
    return xr.Dataset(
        {
            "information": (
                "shift",
                bits,
                {"units": "bit", "long_name": "information of the tuning for each spike"},
            ),
            "anticipation": (
                (),
                best_shift(shifts, bits),
                {"units": "s", "long_name": "lead of the cells on the head"},
            ),
        },
        coords={
            "shift": (
                "shift",
                shifts,
                {"units": "s", "long_name": "time from the spike to the heading"},
            )
        },
    )


def _spikes_within(
    spikes: HeadingSpikes, cells: np.ndarray, intervals: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Times and cells (spike,) of the spikes within intervals that are sorted and disjoint."""
    renumbered = np.full(spikes.units.size, -1)
    renumbered[cells] = np.arange(cells.size)
    parts = [slice(*np.searchsorted(spikes.time, interval)) for interval in intervals]
    times = np.concatenate([np.empty(0), *(spikes.time[part] for part in parts)])
    unit = np.concatenate([np.empty(0, int), *(renumbered[spikes.unit[part]] for part in parts)])
    return times[unit >= 0], unit[unit >= 0]


def _heading_bins(recording: Recording, times: np.ndarray) -> np.ndarray:
    """Heading bin at times (event,); -1 where the heading is not known."""
    heading = heading_at(recording, times)
    known = np.isfinite(heading)
    column = np.where(known, heading, 0.0) / (2 * np.pi) * N_BINS
    return np.where(known, column.astype(int) % N_BINS, -1)


def tuning_information(
    spike_bin: np.ndarray, unit: np.ndarray, clock_bin: np.ndarray, n_units: int
) -> float:
    """Information of heading tuning, bits a spike, averaged over all spikes.

    Parameters
    ----------
    spike_bin : array (spike,)
        Heading bin; -1 where it is not known.
    unit : array (spike,)
        Cell that fired.
    clock_bin : array (sample,)
        Heading bin at times that are equally far apart: the occupancy.
    n_units : int
    """
    known = spike_bin >= 0
    flat = spike_bin[known] * n_units + unit[known]
    counts = np.bincount(flat, minlength=N_BINS * n_units).reshape(N_BINS, n_units).astype(float)
    time = np.bincount(clock_bin[clock_bin >= 0], minlength=N_BINS).astype(float)
    time = smoothed(time, SMOOTHING, mode="wrap")
    counts = smoothed(counts, SMOOTHING, axis=0, mode="wrap")
    visited = time > 1e-9
    share = (time[visited] / time[visited].sum())[:, None]
    rate = counts[visited] / time[visited, None]
    mean = (share * rate).sum(axis=0)
    relative = np.divide(rate, mean, out=np.zeros_like(rate), where=mean > 0)
    logarithm = np.log2(relative, out=np.zeros_like(rate), where=relative > 0)
    bits = (share * relative * logarithm).sum(axis=0)
    return float((counts.sum(axis=0) * bits).sum() / max(counts.sum(), 1e-9))


def best_shift(shifts: np.ndarray, values: np.ndarray) -> float:
    """Shift of the highest value, between the samples; NaN if it is an end of the range."""
    top = int(np.argmax(values))
    reach = round(FITTED_S / (shifts[1] - shifts[0]))
    near = slice(top - reach, top + reach + 1)
    if near.start < 0 or near.stop > shifts.size:
        return np.nan
    curvature, slope, _ = np.polyfit(shifts[near] - shifts[top], values[near], 2)
    return float(shifts[top] - slope / (2 * curvature)) if curvature < 0 else np.nan
