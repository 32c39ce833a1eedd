r"""Memoryless Bayesian decoding of recordings of any length, a chunk of bins at a time.

The posterior is that of `neurosim.decode.bayes`. Here it is never held for all bins at once:
spikes are counted, decoded and reduced chunk by chunk, so memory is set by the chunk. A chunk
costs one matrix product in float32. The logarithms are taken relative to each unit's highest
rate,

.. math:: \log P(n \mid x) = \sum_i n_i \log \frac{f_i(x)}{\max_x f_i}
          - \tau \Big(\sum_i f_i(x) - \min_x \sum_i f_i\Big) + const,

which adds a constant to each bin and keeps the terms small enough for single precision.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from neurosim import NeurosimError
from neurosim.decode.bins import Bins, count_spikes

CHUNK = 1024  # bins: with 200 states the chunk stays in the second-level cache


@dataclass(frozen=True)
class LogRates:
    """The part of the log likelihood that is the same for all bins, in single precision.

    Attributes
    ----------
    gain : array (unit, state) of float32
        Log rate relative to the unit's highest rate: what a spike adds.
    cost : array (state,) of float32
        Expected number of spikes in a bin beyond that of the quietest state: what silence
        takes. Infinite in states that were never visited.
    """

    gain: np.ndarray
    cost: np.ndarray


@dataclass(frozen=True)
class PosteriorChunk:
    """Posterior of consecutive bins.

    Attributes
    ----------
    start : int
        Index of the first bin in the recording.
    posterior : array (bin, state) of float32
        Sums to one over the states.
    n_spikes : array (bin,) of int32
        Spikes of all units; a posterior of no spikes is no estimate.
    """

    start: int
    posterior: np.ndarray
    n_spikes: np.ndarray

    @property
    def rows(self) -> slice:
        """Rows of the chunk's bins among all bins."""
        return slice(self.start, self.start + self.n_spikes.size)


@dataclass(frozen=True)
class PositionEstimates:
    """What is kept of the posterior of each bin.

    Attributes
    ----------
    peak : array (bin,)
        Position of the most probable state; NaN in silent bins.
    mean : array (bin,)
        Mean of the posterior; NaN in silent bins.
    peak_probability : array (bin,) of float32
        Probability of the most probable state.
    n_spikes : array (bin,) of int32
    """

    peak: np.ndarray
    mean: np.ndarray
    peak_probability: np.ndarray
    n_spikes: np.ndarray


def log_rates(rate: np.ndarray, width: float, visited: np.ndarray | None = None) -> LogRates:
    """Prepare rates for decoding.

    Parameters
    ----------
    rate : array (state, unit)
        Hz, positive.
    width : float
        Duration of a bin, s.
    visited : array (state,) of bool, optional
        States with data behind their rates; the others get no probability.

    Raises
    ------
    NeurosimError
        If a rate is not positive and finite, the width is not positive, or no state was visited.
    """
    rate = np.asarray(rate, dtype=float)
    if not np.all((rate > 0) & np.isfinite(rate)):
        bad = tuple(int(i) for i in np.argwhere(~((rate > 0) & np.isfinite(rate)))[0])
        raise NeurosimError(
            f"rate: expected positive, finite rates, found {rate[bad]} at state and unit {bad}; "
            f"floor the rates first"
        )
    if not width > 0:
        raise NeurosimError(f"bin width: expected more than 0 s, found {width}")
    keep = np.ones(rate.shape[0], dtype=bool) if visited is None else np.asarray(visited, bool)
    if not keep.any():
        raise NeurosimError("occupancy: expected time spent in at least one state, found none")
    gain = np.log(rate / rate[keep].max(axis=0)).T
    expected = rate.sum(axis=1) * width
    cost = np.where(keep, expected - expected[keep].min(), np.inf)
    return LogRates(np.ascontiguousarray(gain, dtype=np.float32), cost.astype(np.float32))


def count_chunks(
    times: np.ndarray,
    unit: np.ndarray,
    interval: tuple[float, float],
    width: float,
    n_units: int,
    chunk: int = CHUNK,
) -> Iterator[np.ndarray]:
    """Count the spikes of an interval, a chunk of bins at a time.

    Every chunk takes its edges from the same formula, so the bins are those of one
    `neurosim.decode.bins.make_bins`, and a spike at the seam of two chunks is counted once.

    Parameters
    ----------
    times : array (spike,)
        Sorted, s.
    unit : array (spike,)
        Index of the unit.
    interval : tuple of float
        Start and stop, s. A rest shorter than a bin is left out.
    width : float
        Duration of a bin, s.
    n_units : int
    chunk : int
        Bins in a chunk.

    Yields
    ------
    array (bin, unit) of float32

    Raises
    ------
    NeurosimError
        If the times are not sorted and finite, or the width or chunk is not positive.
    """
    if not width > 0:
        raise NeurosimError(f"bin width: expected more than 0 s, found {width}")
    _check_chunk(chunk)
    times = np.asarray(times, dtype=float)
    _check_sorted(times)
    first, stop = interval
    n_bins = int(np.floor((stop - first) / width + 1e-6))
    for low in range(0, n_bins, chunk):
        index = np.arange(low, min(low + chunk, n_bins) + 1)
        edges = first + index * width
        bins = Bins(edges[:-1], edges[1:], np.zeros(index.size - 1, dtype=int), width)
        spikes = slice(*np.searchsorted(times, edges[[0, -1]], side="left"))
        yield count_spikes(times[spikes], unit[spikes], bins, n_units)


def slices_of(counts: np.ndarray, chunk: int = CHUNK) -> Iterator[np.ndarray]:
    """Cut counts (bin, unit), in memory or mapped from a file, into chunks of rows."""
    _check_chunk(chunk)
    for low in range(0, counts.shape[0], chunk):
        yield counts[low : low + chunk]


def posterior_chunks(counts: Iterable[np.ndarray], rates: LogRates) -> Iterator[PosteriorChunk]:
    """Decode chunks of counts under a flat prior.

    Parameters
    ----------
    counts : iterable of array (bin, unit)
        From `count_chunks` or `slices_of`.
    rates : LogRates

    Yields
    ------
    PosteriorChunk

    Raises
    ------
    NeurosimError
        If a chunk has another number of units than the rates.
    """
    start = 0
    for part in counts:
        weights, n_spikes = _weights(part, rates)
        weights /= weights.sum(axis=1, keepdims=True)
        yield PosteriorChunk(start, weights, n_spikes)
        start += n_spikes.size


def decode_positions(
    counts: Iterable[np.ndarray], rates: LogRates, positions: np.ndarray
) -> PositionEstimates:
    """Decode chunks of counts and keep an estimate of each bin.

    Parameters
    ----------
    counts : iterable of array (bin, unit)
        From `count_chunks` or `slices_of`.
    rates : LogRates
    positions : array (state,)
        Position of each state, m.

    Returns
    -------
    PositionEstimates
    """
    positions = np.asarray(positions, dtype=float)
    # The product with these columns gives the sum and the first moment in one pass.
    columns = np.column_stack([np.ones(positions.size), positions]).astype(np.float32)
    peak, mean, top, spikes = [], [], [], []
    for part in counts:
        weights, n_spikes = _weights(part, rates)
        total, moment = (weights @ columns).T
        silent = n_spikes == 0
        peak.append(np.where(silent, np.nan, positions[weights.argmax(axis=1)]))
        mean.append(np.where(silent, np.nan, moment / total))
        top.append(1 / total)  # the largest weight is one
        spikes.append(n_spikes)
    if not spikes:
        empty = np.empty(0)
        return PositionEstimates(empty, empty, empty.astype(np.float32), empty.astype(np.int32))
    return PositionEstimates(*(np.concatenate(parts) for parts in (peak, mean, top, spikes)))


def decode_directions(
    counts: Iterable[np.ndarray], rates: LogRates, angles: np.ndarray
) -> np.ndarray:
    """Decode chunks of counts and keep the mean direction of each bin's posterior.

    Parameters
    ----------
    counts : iterable of array (bin, unit)
        From `count_chunks` or `slices_of`. Weighted counts need not be whole numbers.
    rates : LogRates
    angles : array (state,)
        Direction of each state, rad.

    Returns
    -------
    array (bin,)
        rad, from 0 to 2 pi; NaN in silent bins.
    """
    estimates = [np.empty(0)]
    for part in counts:
        estimate = mean_direction(_weights(part, rates)[0], angles)
        estimates.append(np.where(np.any(part, axis=1), estimate, np.nan))
    return np.concatenate(estimates)


def mean_direction(weights: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Mean direction (bin,) in rad, from 0 to 2 pi, of weights (bin, state) in any unit."""
    columns = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    east, north = (weights @ columns).astype(float).T
    return np.mod(np.arctan2(north, east), 2 * np.pi)


def _weights(counts: np.ndarray, rates: LogRates) -> tuple[np.ndarray, np.ndarray]:
    """Posterior (bin, state) up to a factor, its largest value one, and spikes by bin (bin,)."""
    if counts.ndim != 2 or counts.shape[1] != rates.gain.shape[0]:
        raise NeurosimError(
            f"counts: expected (bin, {rates.gain.shape[0]} units) as the rates have, "
            f"found shape {counts.shape}"
        )
    counts = np.asarray(counts, dtype=np.float32)
    values = counts @ rates.gain
    values -= rates.cost
    values -= values.max(axis=1, keepdims=True)
    np.exp(values, out=values)
    return values, np.rint(counts.sum(axis=1)).astype(np.int32)


def _check_chunk(chunk: int) -> None:
    if chunk < 1:
        raise NeurosimError(f"chunk: expected at least one bin, found {chunk}")


def _check_sorted(times: np.ndarray) -> None:
    bad = np.flatnonzero(~np.isfinite(times))
    if bad.size:
        raise NeurosimError(
            f"spike times: expected finite times, found {times[bad[0]]} at index {bad[0]}"
        )
    bad = np.flatnonzero(np.diff(times) < 0)
    if bad.size:
        raise NeurosimError(
            f"spike times: expected sorted times, found {times[bad[0] + 1]} after {times[bad[0]]} "
            f"at index {bad[0] + 1}; sort times and units together"
        )
