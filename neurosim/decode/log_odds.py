r"""Track-pair log odds: does a sequence lie on the track whose cells fire?

An event is decoded over the maps of two tracks at once, each bin's posterior normalised over both:

.. math:: \log \frac{\sum_t \sum_x P(x \in 1 \mid n_t)}{\sum_t \sum_x P(x \in 2 \mid n_t)},

as a z score against maps in which the two tracks' fields of each unit are exchanged at random
(Carey et al. 2019, 10.1038/s41593-019-0464-8; Takigawa et al. 2024, 10.7554/eLife.85635). It uses
which cells fire, not in which order. So where no truth is known it judges a detector of
sequences: the mean z of events detected as track 1 less that of those detected as track 2 is zero
if detection is chance.
"""

from dataclasses import dataclass

import numpy as np

from neurosim import NeurosimError
from neurosim.decode.templates import (
    EventCounts,
    Templates,
    decode_weights,
    likelihood_matrix,
    with_one,
)
from neurosim.errors import choices

LABELS = ("track", "cell")


def _log_odds(
    counts: np.ndarray, matrix: np.ndarray, edges: np.ndarray, n_first: int, space: np.ndarray
) -> np.ndarray:
    """Log odds (event,) of the states before `n_first` against those from it on."""
    weights = decode_weights(counts, matrix, 1, space)[:, 0]
    first = weights[:, :n_first].sum(axis=1, dtype=float)
    second = weights[:, n_first:].sum(axis=1, dtype=float)
    total = first + second
    # cumulative sums, since an event may be empty
    sums = np.concatenate([np.zeros((1, 2)), np.cumsum(np.c_[first, second] / total[:, None], 0)])
    by_event = np.maximum(np.diff(sums[edges], axis=0), np.finfo(float).tiny)
    return np.log(by_event[:, 0]) - np.log(by_event[:, 1])


def track_log_odds(
    events: EventCounts,
    templates: Templates,
    n_shuffles: int,
    rng: np.random.Generator,
    label: str = "track",
) -> np.ndarray:
    """Z-scored log odds (event,) of the first track against the second.

    Parameters
    ----------
    events : EventCounts
        Silent bins are left out.
    templates : Templates
        Maps of the first track, then as many of the second.
    n_shuffles : int
        At least 2.
    rng : numpy.random.Generator
    label : {'track', 'cell'}
        What is shuffled: each unit's fields on the two tracks exchanged with a chance of one half,
        or the fields of the second track handed to other units.

    Returns
    -------
    array (event,)
        NaN for events without spikes, or where no shuffle changes anything.
    """
    n_maps = len(templates.rate)
    if n_maps % 2 or n_shuffles < 2:
        raise NeurosimError(
            f"log odds: expected an even number of maps and at least 2 shuffles, found {n_maps} "
            f"and {n_shuffles}"
        )
    if label not in LABELS:
        raise NeurosimError(f"label: expected one of {choices(LABELS)}, found {label!r}")
    rate, n_first = templates.rate, templates.n_states // 2
    heard = events.counts.any(axis=1)
    edges = np.concatenate([[0], np.cumsum(heard)])[events.layout.edges]
    counts = with_one(events.counts[heard])
    space = np.empty((len(counts), templates.n_states), dtype=np.float32)

    def log_odds(rates: np.ndarray) -> np.ndarray:
        matrix = likelihood_matrix(rates, templates.visited, events.width)
        return _log_odds(counts, matrix, edges, n_first, space)

    observed = log_odds(rate)
    first, second = rate[: n_maps // 2], rate[n_maps // 2 :]
    shuffled = np.empty((n_shuffles, events.n_events))
    for row in shuffled:
        if label == "track":
            swap = rng.random(templates.n_units) < 0.5
            made = [np.where(swap, second, first), np.where(swap, first, second)]
        else:
            made = [first, second[..., rng.permutation(templates.n_units)]]
        row[:] = log_odds(np.concatenate(made))
    spread = shuffled.std(axis=0, ddof=1)
    known = (np.diff(edges) > 0) & (spread > 1e-9)
    centred = observed - shuffled.mean(axis=0)
    return np.divide(centred, spread, out=np.full(events.n_events, np.nan), where=known)


@dataclass(frozen=True)
class LogOddsDifference:
    """Mean log odds of events detected as track 1, less that of events detected as track 2.

    Attributes
    ----------
    difference, standard_error : float
        NaN if a track has fewer than two events.
    n_first, n_second : int
        Events detected as one track alone.
    n_both : int
        Events detected as both; left out.
    """

    difference: float
    standard_error: float
    n_first: int
    n_second: int
    n_both: int


def log_odds_difference(
    log_odds: np.ndarray, first: np.ndarray, second: np.ndarray
) -> LogOddsDifference:
    """Compare the log odds of events by the track that they were detected as.

    Parameters
    ----------
    log_odds : array (event,)
        From `track_log_odds`.
    first, second : array (event,) of bool
        Events detected as the first and as the second track.
    """
    known = np.isfinite(log_odds)
    groups = [log_odds[known & first & ~second], log_odds[known & second & ~first]]
    n_first, n_second = (group.size for group in groups)
    n_both = int((known & first & second).sum())
    if min(n_first, n_second) < 2:
        return LogOddsDifference(np.nan, np.nan, n_first, n_second, n_both)
    variance = sum(group.var(ddof=1) / group.size for group in groups)
    difference = groups[0].mean() - groups[1].mean()
    return LogOddsDifference(float(difference), float(np.sqrt(variance)), n_first, n_second, n_both)
