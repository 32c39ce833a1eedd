r"""Two speeds in one event, where the evidence asks for them.

A straight trajectory from :math:`x_a` to :math:`x_b` is compared with two straight pieces that
meet at :math:`x_k`, at one of `KNOTS` of the event. Places are flat over the track, so the
evidences are means of the likelihood over a grid of places,

.. math:: G^{-2} \sum_{ab} e^{\ell(a, b)} \quad\text{and}\quad
          G^{-3} \sum_{k} \Big(\sum_a e^{\ell_1(a, k)}\Big)
          \Big(\sum_b e^{\ell_2(k, b)}\Big),

averaged over maps, and the second over knots: the third place is paid for by the mean. The gain of
the event is set to the one that fits the best straight trajectory.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.sparse import csr_array
from scipy.special import logsumexp

from neurosim.decode.kinematics import Track

KNOTS = (1 / 3, 1 / 2, 2 / 3)  # parts of the event
MIN_BINS = 6  # fewer say nothing of two pieces
BATCH = 64  # events that are worked on together: memory, not results, depends on it


@dataclass(frozen=True)
class Piecewise:
    """What two pieces say of events.

    Attributes
    ----------
    log_bayes_factor : array (event,)
        Log evidence of two pieces less that of one; NaN below `MIN_BINS` bins.
    knot : array (event,)
        Part of the event at which the pieces of the most probable path meet.
    place : array (event, 3)
        Where that path starts, bends and ends, m.
    velocity : array (event, 2)
        Of its pieces, m s-1.
    """

    log_bayes_factor: np.ndarray
    knot: np.ndarray
    place: np.ndarray
    velocity: np.ndarray


@lru_cache(maxsize=8)
def _lines(n_bins: int, n_positions: int) -> csr_array:
    """Weights (start, stop; bin, position) of every straight line between bin centres."""
    made = (np.arange(n_bins) + 0.5) / n_bins
    start, stop = np.meshgrid(*[np.arange(n_positions, dtype=np.float32)] * 2, indexing="ij")
    place = start.ravel()[:, None] + (stop - start).ravel()[:, None] * made.astype(np.float32)
    low = np.minimum(place.astype(np.int32), n_positions - 2)
    share = place - low
    columns = np.stack([low, low + 1], axis=-1) + (np.arange(n_bins) * n_positions)[:, None]
    weights = np.stack([1 - share, share], axis=-1)
    pointer = np.arange(place.shape[0] + 1, dtype=np.int32) * 2 * n_bins
    return csr_array(
        (weights.ravel(), columns.ravel().astype(np.int32), pointer),
        shape=(place.shape[0], n_bins * n_positions),
    )


def compare_pieces(
    counts: np.ndarray, event_index: np.ndarray, track: Track, width: float
) -> Piecewise:
    """Compare one straight trajectory with two pieces, event by event.

    Parameters
    ----------
    counts : array (bin, unit)
        Spikes of all events after one another.
    event_index : array (bin,) of int
        Event of each bin, from 0 without gaps, in order.
    track : Track
    width : float
        Bin, s.

    Returns
    -------
    Piecewise
    """
    n_events = int(event_index[-1]) + 1 if event_index.size else 0
    first = np.searchsorted(event_index, np.arange(n_events + 1))
    n_bins_of = np.diff(first)
    out = Piecewise(
        np.full(n_events, np.nan),
        np.full(n_events, np.nan),
        np.full((n_events, 3), np.nan),
        np.full((n_events, 2), np.nan),
    )
    log_rate = np.log(track.rate).astype(np.float32)
    for n_bins in np.unique(n_bins_of[n_bins_of >= MIN_BINS]).tolist():
        events = np.flatnonzero(n_bins_of == n_bins)
        for chosen in np.array_split(events, -(-events.size // BATCH)):
            found = counts[first[chosen, None] + np.arange(n_bins)].astype(np.float32)
            _compare(found, log_rate, track, width, chosen, out)
    return out


def _compare(
    counts: np.ndarray,
    log_rate: np.ndarray,
    track: Track,
    width: float,
    chosen: np.ndarray,
    out: Piecewise,
) -> None:
    """Fill in the events of one duration: counts (event, bin, unit)."""
    n_events, n_bins = counts.shape[:2]
    n_maps, n_positions = log_rate.shape[:2]
    terms = np.tensordot(log_rate, counts, axes=(2, 2)).transpose(3, 1, 2, 0)
    silence = np.where(track.visited, track.rate.sum(axis=2), 0.0).astype(np.float32)
    closed = (~track.visited).astype(np.float32)

    def lines(part: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Terms (start, stop, event, map), exposure (start, stop, map), and which are closed."""
        length = len(range(n_bins)[part])
        weights = _lines(length, n_positions)
        grid = (n_positions, n_positions)
        sums = weights @ terms[part].reshape(length * n_positions, -1)
        exposure, passes_closed = (
            (weights @ np.tile(values.T, (length, 1))).reshape(*grid, n_maps)
            for values in (silence * width, closed)
        )
        return sums.reshape(*grid, n_events, n_maps), exposure, passes_closed > 0

    whole, exposure, is_closed = lines(slice(0, n_bins))
    n_spikes = counts.sum(axis=(1, 2))
    log_exposure = np.log(np.where(is_closed, np.inf, np.maximum(exposure, 1e-30)))
    free = whole - np.maximum(n_spikes, 1e-9)[:, None] * log_exposure[:, :, None]
    best = free.transpose(2, 0, 1, 3).reshape(n_events, -1).argmax(axis=1)
    gain = n_spikes / exposure.reshape(-1)[best]

    def likelihood(part: slice) -> np.ndarray:
        sums, expected, is_closed = lines(part)
        values = (sums - gain[:, None] * expected[:, :, None]) / track.dispersion
        return np.where(is_closed[:, :, None], -np.inf, values)

    one = logsumexp(likelihood(slice(0, n_bins)), axis=(0, 1, 3)) - 2 * np.log(n_positions)
    knots = sorted({min(max(round(part * n_bins), 2), n_bins - 2) for part in KNOTS})
    evidence, peaks = np.empty((len(knots), n_events)), []
    for row, knot in enumerate(knots):
        before, after = likelihood(slice(0, knot)), likelihood(slice(knot, n_bins))
        joint = logsumexp(before, axis=0) + logsumexp(after, axis=1)
        evidence[row] = logsumexp(joint, axis=(0, 2)) - 3 * np.log(n_positions)
        peaks.append(_peak(before, after))
    out.log_bayes_factor[chosen] = logsumexp(evidence, axis=0) - np.log(len(knots)) - one
    height = np.array([peak[0] for peak in peaks])
    which = height.argmax(axis=0)
    knot = np.array(knots)[which]
    places = np.stack([peak[1] for peak in peaks])[which, np.arange(n_events)]
    place = (places + 0.5) * track.step
    durations = np.column_stack([knot, n_bins - knot]) * width
    out.knot[chosen] = knot / n_bins
    out.place[chosen] = place
    out.velocity[chosen] = np.diff(place, axis=1) / durations


def _peak(before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Height (event,) and places (event, 3) of the most probable path through a knot."""
    left, right = before.max(axis=0), after.max(axis=1)  # knot, event, map
    joint = (left + right).transpose(1, 0, 2)
    n_events, _, n_maps = joint.shape
    top = joint.reshape(n_events, -1).argmax(axis=1)
    k, m = np.divmod(top, n_maps)
    event = np.arange(n_events)
    start = before[:, k, event, m].argmax(axis=0)
    stop = after[k, :, event, m].argmax(axis=1)
    return joint.reshape(n_events, -1)[event, top], np.column_stack([start, k, stop])
