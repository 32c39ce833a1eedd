"""Evidence of single dynamics for blocks of events; see `neurosim.decode.dynamics`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import gammaln, logsumexp

from neurosim import NeurosimError
from neurosim.decode.geometry import Geometry, Shifter

NEVER = np.float32(-1e30)  # log likelihood where not visited: minus infinity without its NaN
LEAK = 1e-9  # of a walk's mass goes anywhere: evidence has a floor, and no sum underflows
BLOCK_VALUES = 400_000  # of one array within a block: fits the cache


@dataclass(frozen=True)
class DynamicsParameters:
    """Priors of the dynamics.

    Attributes
    ----------
    bin_s : float
        Time bin, s.
    min_span_m : float
        Shortest way that counts as directed: slower, a line is no other than a walk. Speeds are
        log-uniform from this to the longest path, over the event's duration.
    speed_ratio : float
        From one speed of the grid to the next.
    walk_m : tuple of float
        Step sizes of the walk with equal prior: SD along each axis after `walk_s`.
    walk_s : float
    n_headings : int
        Directions of straight trajectories in an arena.
    n_gains : int
        Points of the grid over an event's gain.
    """

    bin_s: float
    min_span_m: float = 0.5
    speed_ratio: float = 1.08
    walk_m: tuple[float, ...] = (0.04, 0.08, 0.16)
    walk_s: float = 0.02
    n_headings: int = 24
    n_gains: int = 11

    @classmethod
    def from_mapping(cls, values: Mapping) -> "DynamicsParameters":
        """Build from a mapping whose keys are the attributes' names."""
        return cls(**{**values, "walk_m": tuple(values.get("walk_m", cls.walk_m))})

    def speeds(self, shortest: int, longest: int, extent: float) -> np.ndarray:
        """Grid of speeds (speed,), m/s, for events of `shortest` to `longest` bins.

        Parameters
        ----------
        shortest, longest : int
        extent : float
            Length of the longest path, m.
        """
        if not 0 < self.min_span_m < extent:
            raise NeurosimError(
                f"min_span_m: expected between 0 and the longest path of {extent:.3g} m, "
                f"found {self.min_span_m}"
            )
        slowest = self.min_span_m / (longest * self.bin_s)
        fastest = extent / (shortest * self.bin_s)
        # Powers of the ratio, so that an event's grid does not depend on the others'.
        first, last = np.log([slowest, fastest]) / np.log(self.speed_ratio)
        return self.speed_ratio ** np.arange(np.ceil(first), np.floor(last) + 1)


@dataclass(frozen=True)
class EventBlock:
    """Events of one parity of their length, the longest first, aligned at their middles.

    At every step the events that last that long are the first rows.

    Attributes
    ----------
    events : array (row,)
    length : array (row,)
        Bins.
    terms : array (bin, row, map, position)
        Sum of counts times log rate; zero outside of an event.
    peak : array (row, map)
        What was subtracted from the terms so that each bin's largest is zero, over all bins.
    spikes : array (row,)
    spikes_at : array (bin, row)
    """

    events: np.ndarray
    length: np.ndarray
    terms: np.ndarray
    peak: np.ndarray
    spikes: np.ndarray
    spikes_at: np.ndarray

    @cached_property
    def active(self) -> list[int]:
        """Number of rows that last at each step (bin,)."""
        last = len(self.terms) - 1
        return [int(np.sum(self.length > abs(2 * step - last))) for step in range(last + 1)]

    @cached_property
    def outward(self) -> np.ndarray:
        """Steps (bin,) from the middle on."""
        n_bins = len(self.terms)
        return np.argsort(np.abs(np.arange(n_bins) - 0.5 * (n_bins - 1)), kind="stable")


def event_blocks(
    log_terms: np.ndarray,
    n_spikes: np.ndarray,
    event_index: np.ndarray,
    length: np.ndarray,
    visited: np.ndarray,
    n_gains: int,
) -> Iterator[EventBlock]:
    """Group events of like length; those without spikes are left out."""
    spikes = np.bincount(event_index, weights=n_spikes, minlength=length.size)
    first = np.cumsum(length) - length
    size = max(1, BLOCK_VALUES // (visited.size * n_gains))
    for parity in (0, 1):
        chosen = np.flatnonzero((length % 2 == parity) & (spikes > 0))
        chosen = chosen[np.argsort(-length[chosen], kind="stable")]
        for start in range(0, chosen.size, size):
            events = chosen[start : start + size]
            n_bins = int(length[events[0]])
            terms = np.zeros((n_bins, events.size, *visited.shape), np.float32)
            peak = np.zeros((events.size, len(visited)))
            spikes_at = np.zeros((n_bins, events.size))
            for row, event in enumerate(events):
                bins = slice(first[event], first[event] + length[event])
                values = log_terms[bins]
                values = np.where(visited, values.reshape(-1, *visited.shape), -np.inf)
                largest = values.max(axis=2, keepdims=True)
                offset = (n_bins - length[event]) // 2
                terms[offset : offset + length[event], row] = np.maximum(values - largest, NEVER)
                spikes_at[offset : offset + length[event], row] = n_spikes[bins]
                peak[row] = largest.sum(axis=(0, 2))
            yield EventBlock(events, length[events], terms, peak, spikes[events], spikes_at)


def _closed_gain(
    terms: np.ndarray, exposure: np.ndarray, spikes: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """Log of the likelihood averaged over places and integrated over the gain.

    Parameters
    ----------
    terms : array (row, map, place)
        Summed along the paths.
    exposure : array (row, map, place)
    spikes : array (row,)
    weight : array (row or 1, map, place)
        Prior of the paths; sums to one over places.

    Returns
    -------
    array (row, map)
    """
    values = terms - spikes[:, None, None] * np.log(exposure)
    peak = np.where(weight > 0, values, NEVER).max(axis=2)
    mean = (np.exp(np.minimum(values - peak[..., None], 0.0)) * weight).sum(axis=2)
    with np.errstate(divide="ignore"):  # where no path is possible
        return peak + np.log(mean) + gammaln(spikes)[:, None]


def _prior(visited: np.ndarray) -> np.ndarray:
    """Flat over the visited places of each map (..., map, place)."""
    return visited / np.maximum(visited.sum(axis=-1, keepdims=True), 1)


def stationary(block: EventBlock, exposure: np.ndarray, visited: np.ndarray) -> np.ndarray:
    """Log evidence (row, map) of staying at one place."""
    summed = block.terms.sum(axis=0)
    total = exposure * block.length[:, None, None]
    return _closed_gain(summed, total, block.spikes, _prior(visited)[None]) + block.peak


def directed(
    block: EventBlock,
    exposure: np.ndarray,
    visited: np.ndarray,
    geometry: Geometry,
    velocity: np.ndarray,
    parameters: DynamicsParameters,
) -> np.ndarray:
    """Log of evidence times prior (row, velocity, map) of straight trajectories."""
    n_bins, n_axes = len(block.terms), velocity.shape[1]
    span = np.linalg.norm(velocity, axis=1) * block.length[:, None] * parameters.bin_s
    allowed = (span >= parameters.min_span_m) & (span <= geometry.extent)
    if not allowed.any(axis=1).all():
        raise NeurosimError(
            f"min_span_m: found no speed of the grid between {parameters.min_span_m} m and the "
            f"longest path of {geometry.extent:.3g} m; lower it or speed_ratio"
        )
    used = np.flatnonzero(allowed.any(axis=0))
    times = (np.arange(n_bins) - 0.5 * (n_bins - 1)) * parameters.bin_s
    shifts = np.rint(velocity[used, None] * times[:, None] / geometry.spacing).astype(int)
    reach = int(np.abs(shifts).max())
    result = np.full((len(block.events), len(velocity), len(visited)), -np.inf)
    for path, closed in enumerate(geometry.closed()):
        terms, spent = (
            Shifter(geometry.along_paths(values)[path], n_axes, closed, reach)
            for values in (block.terms, exposure)
        )
        seen = geometry.along_paths(visited)[path]
        for number, shift in zip(used, shifts, strict=True):
            weight = _line_prior(block, geometry, path, seen, velocity[number], parameters)
            lines = _along_lines(block, terms, spent, shift, weight)
            result[:, number] = np.logaddexp(result[:, number], lines)
    prior = allowed / (allowed.sum(axis=1, keepdims=True) * len(geometry.closed()))
    with np.errstate(divide="ignore"):
        return result + block.peak[:, None] + np.log(prior)[..., None]


def _line_prior(
    block: EventBlock,
    geometry: Geometry,
    path: int,
    seen: np.ndarray,
    velocity: np.ndarray,
    parameters: DynamicsParameters,
) -> np.ndarray:
    """Flat over the middles from which a line is long enough (row, map, place)."""
    lengths, row = np.unique(block.length, return_inverse=True)
    ways = np.stack(
        [geometry.ways(velocity * length * parameters.bin_s)[path].ravel() for length in lengths]
    )
    long_enough = ways >= parameters.min_span_m * (1 - 1e-9)
    return _prior(seen.reshape(1, len(seen), -1) & long_enough[row][:, None])


def _along_lines(
    block: EventBlock, terms: Shifter, spent: Shifter, shift: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """Log evidence (row, map) of one velocity: every line, displaced by a shift (bin, axis)."""
    n_rows, n_maps = block.terms.shape[1:3]
    total = np.zeros((n_rows, n_maps, *terms.sizes), np.float32)
    windows = terms.windows(shift[block.outward])  # the same as those of `spent`
    for step, window in zip(block.outward.tolist(), windows, strict=True):
        rows = block.active[step]
        total[:rows] += terms.padded[step, :rows][window]
    travelled = np.cumsum([spent.padded[window] for window in windows], axis=0)
    exposure = travelled[block.length - 1]
    shape = (*total.shape[:2], -1)
    return _closed_gain(total.reshape(shape), exposure.reshape(shape), block.spikes, weight)


def _gain_grid(
    block: EventBlock, exposure: np.ndarray, visited: np.ndarray, n_gains: int
) -> tuple[np.ndarray, np.ndarray]:
    """Log gains (row, gain) around spikes over exposure, and the width of a step (row,).

    The gain is known to 1 / sqrt(spikes), and to what the exposure differs between the places
    where the event may have been. What is expected there is taken bin by bin, the bin's own gain
    being free, and weighted by spikes.
    """
    spikes_at = block.spikes_at[..., None, None].astype(np.float32)
    likely = block.terms - spikes_at * np.log(exposure).astype(np.float32)
    likely = np.exp(likely - likely.max(axis=(2, 3), keepdims=True)) * visited
    there = np.einsum("brmp,mp->br", likely, exposure) / likely.sum(axis=(2, 3))
    mean = (there * block.spikes_at).sum(axis=0) / block.spikes
    centre = np.log(block.spikes / (block.length * mean))
    reach = 4.0 / np.sqrt(block.spikes) + 0.2
    grid = centre[:, None] + reach[:, None] * np.linspace(-1, 1, n_gains)
    return grid, 2 * reach / (n_gains - 1)


def walks(
    block: EventBlock,
    exposure: np.ndarray,
    visited: np.ndarray,
    geometry: Geometry,
    parameters: DynamicsParameters,
) -> tuple[np.ndarray, np.ndarray]:
    """Log evidence (row, map) of walks and of a new place in every bin."""
    log_gain, step_width = _gain_grid(block, exposure, visited, parameters.n_gains)
    n_rows, n_gains = log_gain.shape
    gain = np.exp(log_gain)[:, :, None, None]
    least = np.where(visited, exposure, np.inf).min()
    slowed = np.exp(-gain * (exposure - least)).astype(np.float32) * visited
    prior = _prior(visited).astype(np.float32)
    steps = [size * np.sqrt(parameters.bin_s / parameters.walk_s) for size in parameters.walk_m]
    kernels = [_walk_kernel(geometry, step, visited) for step in steps]
    predicted = [np.broadcast_to(prior, slowed.shape).copy() for _ in kernels]
    walked = np.zeros((len(kernels), n_rows, n_gains, len(visited)))
    jumped = np.zeros(walked.shape[1:])
    for number, terms in enumerate(block.terms):
        rows = block.active[number]
        likelihood = np.exp(np.maximum(terms[:rows], -80.0))[:, None] * slowed[:rows]
        jumped[:rows] += np.log(np.einsum("rgmp,mp->rgm", likelihood, prior))
        for which, kernel in enumerate(kernels):
            current = predicted[which][:rows]
            current *= likelihood
            total = current.sum(axis=-1)
            walked[which, :rows] += np.log(total)
            current /= total[..., None]
            predicted[which][:rows] = kernel(current)
    rest = block.spikes[:, None] * log_gain - gain[:, :, 0, 0] * least * block.length[:, None]
    rest += np.log(step_width)[:, None]
    walked = logsumexp(walked + rest[..., None], axis=2) + block.peak
    jumped = logsumexp(jumped + rest[..., None], axis=1) + block.peak
    return logsumexp(walked, axis=0) - np.log(len(kernels)), jumped


def _walk_kernel(
    geometry: Geometry, step: float, visited: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """Step of a walk on rows (row, gain, map, position), over visited bins, with a small leak."""
    kernel = geometry.walk(step)
    reached = kernel.backward(visited.astype(float))
    norm = np.where(visited, (1 - LEAK) / np.maximum(reached, 1e-30), 0.0).astype(np.float32)
    leak = (LEAK * _prior(visited)).astype(np.float32)
    kernel = kernel.astype(np.float32)
    mask = visited.astype(np.float32)

    def walk(values: np.ndarray) -> np.ndarray:
        flat = (values * norm).reshape(-1, values.shape[-1])
        moved = kernel.forward(flat).reshape(values.shape)
        moved *= mask
        moved += leak
        return moved

    return walk
