r"""Virtual turns: what the decoded heading does when the sleeping colliculus commands a turn.

Heading and commands are read at a fine time step with one Gaussian kernel :math:`K` on the spikes
of both regions. The heading is the mean direction of the local likelihood

.. math:: \log L(\theta; t) = \sum_i \Big[\sum_s K(t_{is} - t) \log f_i(\theta)\Big]
          - f_i(\theta) \int K,

with :math:`K(0) = 1`. Its angular velocity is the central difference, which lies at the middle of
a bin, as the rates do: neither the kernel nor the difference moves one against the other, so the
peak of their cross-correlation is the lag.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import MissingData, NeurosimError
from neurosim.decode.bayes import circular_difference
from neurosim.decode.bins import Bins, count_spikes, make_bins
from neurosim.decode.common import smoothed
from neurosim.decode.heading import HeadingSpikes, estimate_headings
from neurosim.recording import Recording

ROOT_TWO_PI = (2 * np.pi) ** 0.5
FITTED = 3  # lags to either side of the highest that the parabola is fitted to
Pairs = Sequence[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class TurnRelation:
    """How turns of the decoded heading are related to turn events.

    Attributes
    ----------
    bin_s : float
        Time step, s.
    smoothing_s : float
        SD of the Gaussian on the spikes of either region, s.
    max_lag_s : float
        Longest lag between the two, s.
    window_s : float
        A virtual turn is the rotation from the start of an event to this much later, s.
    """

    bin_s: float
    smoothing_s: float
    max_lag_s: float
    window_s: float

    def __post_init__(self) -> None:
        """Refuse steps and windows that cannot show a lag.

        Raises
        ------
        NeurosimError
        """
        for name, value in vars(self).items():
            if not value > 0:
                raise NeurosimError(f"{name}: expected more than 0 s, found {value}")
        if self.n_lags <= FITTED:
            raise NeurosimError(
                f"max_lag_s: expected more than {FITTED} bins of {self.bin_s} s, found "
                f"{self.max_lag_s}"
            )

    @property
    def n_lags(self) -> int:
        """Lags to either side."""
        return round(self.max_lag_s / self.bin_s)

    @property
    def lags(self) -> np.ndarray:
        """Lags (lag,) in s, ADN behind SC where positive."""
        return np.arange(-self.n_lags, self.n_lags + 1) * self.bin_s

    def bins(self, intervals: np.ndarray) -> Bins:
        """Cut epochs (interval, 2) into the fine time bins."""
        return make_bins(intervals, self.bin_s)

    def smooth(self, values: np.ndarray, bins: Bins) -> np.ndarray:
        """Smooth values (bin,) or (bin, unit) within each epoch, mirrored at its ends."""
        out = np.array(values, dtype=np.result_type(values, np.float32))
        for rows in epoch_rows(bins):
            out[rows] = smoothed(out[rows], self.smoothing_s / self.bin_s, axis=0, mode="reflect")
        return out


def epoch_rows(bins: Bins) -> list[slice]:
    """Rows of the bins of each epoch; epochs shorter than a bin have none and are left out."""
    first = np.flatnonzero(np.diff(bins.interval, prepend=-1))
    return [slice(a, b) for a, b in zip(first, [*first[1:], bins.size], strict=True)]


def fine_heading(
    spikes: HeadingSpikes, curves: xr.Dataset, bins: Bins, how: TurnRelation
) -> np.ndarray:
    """Decode the heading (bin,) in fine bins, rad, from spikes weighted by the kernel."""
    counts = count_spikes(spikes.time, spikes.unit, bins, spikes.units.size)
    window = ROOT_TWO_PI * how.smoothing_s  # integral of the kernel
    weighted = how.smooth(counts, bins) * np.float32(window / how.bin_s)
    return estimate_headings(weighted, curves, window)


def angular_velocity(heading: np.ndarray, bins: Bins) -> np.ndarray:
    """Angular velocity (bin,) in rad/s at the middle of bins; NaN at the ends of epochs."""
    velocity = np.full(bins.size, np.nan)
    turned = circular_difference(heading[2:], heading[:-2])
    within = bins.interval[2:] == bins.interval[:-2]
    velocity[1:-1] = np.where(within, turned / (2 * bins.width), np.nan)
    return velocity


def rate_difference(
    recording: Recording, units: np.ndarray, preferred: np.ndarray, bins: Bins, how: TurnRelation
) -> np.ndarray:
    """Smoothed rate (bin,) of units that prefer counter-clockwise less that of clockwise ones, Hz.

    Parameters
    ----------
    recording : Recording
    units : array (unit,) of int
        Indices of turn cells.
    preferred : array (unit,)
        1 counter-clockwise, -1 clockwise.
    bins : Bins
    how : TurnRelation
    """
    counts = count_spikes(*recording.spikes_of(units), bins, units.size)
    return how.smooth(counts @ np.asarray(preferred, dtype=np.float32), bins) / how.bin_s


def paired(first: np.ndarray, second: np.ndarray, bins: Bins, shift: int) -> Pairs:
    """Pair each epoch of a signal (bin,) with the epoch of another `shift` further, in a circle.

    Raises
    ------
    MissingData
        If the shift would pair epochs with themselves.
    """
    rows = epoch_rows(bins)
    if shift and len(rows) < 2:
        raise MissingData("pairs of different epochs: expected at least two epochs, found one")
    pairs = []
    for k, here in enumerate(rows):
        there = rows[(k + shift) % len(rows)]
        n = min(here.stop - here.start, there.stop - there.start)
        pairs.append((first[here][:n], second[there][:n]))
    return pairs


def lagged_correlation(pairs: Pairs, n_lags: int) -> np.ndarray:
    """Correlate two signals at lags of the second behind the first.

    Parameters
    ----------
    pairs : sequence of pairs of array (bin,)
        The signals of each epoch; NaN is left out. No product crosses epochs.
    n_lags : int
        Lags to either side, bins.

    Returns
    -------
    array (lag,)
        Pearson's correlation with the means of the whole signals; NaN without any variance.
    """
    centred = []
    for column in zip(*pairs, strict=True):
        mean = np.nanmean(np.concatenate(column))
        centred.append([np.nan_to_num(part - mean) for part in column])
    lags = np.arange(-n_lags, n_lags + 1)
    products, first_power, second_power = np.zeros((3, lags.size))
    for x, y in zip(*centred, strict=True):
        for row, lag in enumerate(lags):
            a, b = x[max(0, -lag) : x.size - max(0, lag)], y[max(0, lag) : y.size - max(0, -lag)]
            n = min(a.size, b.size)
            products[row] += a[:n] @ b[:n]
            first_power[row] += a[:n] @ a[:n]
            second_power[row] += b[:n] @ b[:n]
    with np.errstate(invalid="ignore", divide="ignore"):
        return products / np.sqrt(first_power * second_power)


def peak_lag(correlation: np.ndarray, lags: np.ndarray) -> float:
    """Lag of the peak, between the samples: the top of a parabola through its neighbourhood.

    NaN where the highest value is an end of the range, so no peak.
    """
    if not np.isfinite(correlation).all():
        return np.nan
    top = int(correlation.argmax())
    near = slice(top - FITTED, top + FITTED + 1)
    if near.start < 0 or near.stop > correlation.size:
        return np.nan
    x = lags[near] - lags[top]
    curvature, slope, _ = np.polyfit(x, correlation[near], 2)
    return float(lags[top] - slope / (2 * curvature)) if curvature < 0 else np.nan


def unwrapped(heading: np.ndarray, bins: Bins) -> np.ndarray:
    """Add up the steps of a heading (bin,) within each epoch, rad; NaN in silent bins alone.

    How far the heading turned in a silence is unknown and counts as nothing, so differences of
    the sum mean something between silences only: read them with `rotation_between`.
    """
    out = np.empty(bins.size)
    for rows in epoch_rows(bins):
        steps = circular_difference(heading[rows][1:], heading[rows][:-1])
        out[rows] = np.concatenate([[0.0], np.cumsum(np.nan_to_num(steps))])
    out[~np.isfinite(heading)] = np.nan
    return out


def rotation_between(
    rotation: np.ndarray, bins: Bins, start: np.ndarray, stop: np.ndarray
) -> np.ndarray:
    """Rotation (event,) in rad from start to stop (event,), s; NaN where a silent bin is between.

    Parameters
    ----------
    rotation : array (bin,)
        From `unwrapped`, rad.
    bins : Bins
    start, stop : array (event,)
        s; NaN where either leaves the epoch that `start` is in.
    """
    times = np.column_stack([start, stop])
    silences = np.cumsum(np.isnan(rotation), dtype=float)
    heard = np.diff(value_at(silences, bins, times), axis=1)[:, 0] == 0
    turned = np.diff(value_at(rotation, bins, times), axis=1)[:, 0]
    return np.where(heard, turned, np.nan)


def value_at(values: np.ndarray, bins: Bins, times: np.ndarray) -> np.ndarray:
    """Interpolate values (bin,) at times (event, ...); NaN where these leave the event's epoch.

    The first of an event's times decides which epoch that is.
    """
    times = np.atleast_2d(times.T).T  # (event, time)
    rows = epoch_rows(bins)
    out = np.full(times.shape, np.nan)
    starts = np.array([bins.start[part.start] for part in rows])
    stops = np.array([bins.stop[part.stop - 1] for part in rows])
    owner = np.searchsorted(starts, times[:, 0], side="right") - 1
    for k, part in enumerate(rows):
        events = owner == k
        inside = (times[events] >= starts[k]) & (times[events] < stops[k])
        found = np.interp(times[events], bins.centre[part], values[part])
        out[events] = np.where(inside, found, np.nan)
    return out


def moved_to_next_epoch(times: np.ndarray, bins: Bins) -> np.ndarray:
    """Move times (event,) by one epoch, as far from its start; NaN where that one is shorter.

    Raises
    ------
    MissingData
        If there is one epoch alone.
    """
    rows = epoch_rows(bins)
    if len(rows) < 2:
        raise MissingData("pairs of different epochs: expected at least two epochs, found one")
    starts = np.array([bins.start[part.start] for part in rows])
    stops = np.array([bins.stop[part.stop - 1] for part in rows])
    owner = np.searchsorted(starts, times, side="right") - 1
    following = (owner + 1) % len(rows)
    moved = times - starts[owner] + starts[following]
    return np.where((owner >= 0) & (moved < stops[following]), moved, np.nan)


def turns_after(
    rotation: np.ndarray, bins: Bins, times: np.ndarray, direction: np.ndarray, window: float
) -> np.ndarray:
    """Rotation (event,) after events in the commanded direction, deg; NaN where it is not known.

    Parameters
    ----------
    rotation : array (bin,)
        From `unwrapped`, rad.
    bins : Bins
    times : array (event,)
        s; NaN for events that are left out.
    direction : array (event,)
        Commanded: 1 counter-clockwise, -1 clockwise.
    window : float
        s.
    """
    known = np.isfinite(times)
    turned = np.full(times.size, np.nan)
    rotated = rotation_between(rotation, bins, times[known], times[known] + window)
    turned[known] = np.rad2deg(rotated) * direction[known]
    return turned


def triggered_average(
    velocity: np.ndarray, bins: Bins, times: np.ndarray, direction: np.ndarray, lags: np.ndarray
) -> np.ndarray:
    """Average angular velocity (lag,) around events in the commanded direction, deg/s."""
    known = np.isfinite(times)
    around = value_at(velocity, bins, times[known, None] + np.append(0.0, lags))[:, 1:]
    signed = np.rad2deg(around) * direction[known, None]
    counted = np.isfinite(signed).sum(axis=0)
    total = np.nansum(signed, axis=0)
    return np.divide(total, counted, out=np.full(lags.size, np.nan), where=counted > 0)


@dataclass(frozen=True)
class FineHeading:
    """The decoded heading of REM in fine bins.

    Attributes
    ----------
    bins : Bins
    velocity : array (bin,)
        rad s-1.
    rotation : array (bin,)
        Added up within each epoch, rad; NaN in silent bins.
    """

    bins: Bins
    velocity: np.ndarray
    rotation: np.ndarray

    @classmethod
    def of(cls, heading: np.ndarray, bins: Bins) -> "FineHeading":
        """From headings (bin,) in rad."""
        return cls(bins, angular_velocity(heading, bins), unwrapped(heading, bins))
