r"""Lee & Wilson 2002 (10.1016/S0896-6273(02)01096-6): spikes in the order of place fields.

What is known: the fields' peaks along a running direction give a sequence of letters; 8.5 cells a
direction on average (A088). In slow-wave sleep the order in which the same cells fire is held
against it. Low-probability trials have so many letters that a match by chance has a probability
of at most 1/24 (four letters, all in order); 35 of 270 matched (A047), reverse order no more
often than by chance (A048). Compression is the time between the same cells' fields while running
over the time between their spikes, median 19.7 (A006); matches took 106 ms (A030).

What is simplified: a letter falls at the mean time of the cell's spikes in the event (events are
given, where the paper cut them out by pauses of 100 ms); a match is the longest subsequence in
order, where the paper allowed for numbers of interruptions, and its probability that of one as
long in a random permutation, which is exact (Schensted 1961, 10.4153/CJM-1961-015-3) from the
numbers of standard tableaux (hook length formula, 10.4153/CJM-1954-030-1),

.. math:: P(L_n \ge k) = \frac{1}{n!} \sum_{\lambda \vdash n, \lambda_1 \ge k} (f^\lambda)^2.

Running time between two fields is their distance over one running speed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import factorial

import numpy as np

from neurosim import NeurosimError
from neurosim.decode.published.events import FineEvents

ORDERS = ("forward", "reverse")
MIN_LETTERS = 4
LOW_PROBABILITY = 1 / 24
MIN_PEAK_HZ = 1.0  # A087
MAX_CELLS = 16  # beyond, the exact probability sums over too many partitions


@dataclass(frozen=True)
class Matches:
    """How the order of spikes matches the order of fields.

    Attributes
    ----------
    n_letters : array (event, map) of int
        Chosen cells that fired.
    p_value : array (event, map, order)
        Probability of as long a match by chance; orders are `ORDERS`.
    compression : array (event, map, order)
        Of the longest match; NaN where its ends have one time.
    duration : array (event, map, order)
        From the first to the last letter of the match, s.
    """

    n_letters: np.ndarray
    p_value: np.ndarray
    compression: np.ndarray
    duration: np.ndarray

    @property
    def is_trial(self) -> np.ndarray:
        """Low-probability trials (event, map): enough letters to reach 1/24."""
        return self.n_letters >= MIN_LETTERS

    @property
    def is_match(self) -> np.ndarray:
        """Trials whose match is less likely than 1/24 (event, map, order)."""
        return self.is_trial[..., None] & (self.p_value <= LOW_PROBABILITY + 1e-12)


def lee_wilson_2002(events: FineEvents, run_speed: float, n_cells: int = 8) -> Matches:
    """Match the order of spikes with the order of fields.

    Parameters
    ----------
    events : FineEvents
        Its first map is run towards increasing positions, its second against them.
    run_speed : float
        m s-1.
    n_cells : int
        Cells a direction: those with the highest peaks.

    Raises
    ------
    NeurosimError
        If there are more cells than the exact probability can be computed for.
    """
    if not MIN_LETTERS <= n_cells <= MAX_CELLS:
        raise NeurosimError(
            f"n_cells: expected from {MIN_LETTERS} to {MAX_CELLS} cells a direction, "
            f"found {n_cells}"
        )
    fine = events.spikes
    first = np.searchsorted(fine.event, np.arange(fine.n_events + 1))
    time = (np.arange(fine.event.size) - first[fine.event] + 0.5) * fine.width
    n_spikes = np.add.reduceat(fine.counts, first[:-1], axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        when = np.add.reduceat(fine.counts * time[:, None], first[:-1], axis=0) / n_spikes
    shape = (fine.n_events, len(events.track.rate))
    out = Matches(
        np.zeros(shape, int),
        np.ones((*shape, 2)),
        np.full((*shape, 2), np.nan),
        np.full((*shape, 2), np.nan),
    )
    for number, field in enumerate(events.track.rate):
        peak = field.max(axis=0)
        cells = np.argsort(-peak, kind="stable")[:n_cells]
        cells = cells[peak[cells] >= MIN_PEAK_HZ]
        place = events.positions[field[:, cells].argmax(axis=0)]
        along = np.argsort(np.argsort(place, kind="stable"), kind="stable")
        ahead = along if number == 0 else -along
        for event in range(fine.n_events):
            times = when[event, cells]
            _match(out, (event, number), times, place, ahead, run_speed)
    return out


def _match(
    out: Matches,
    cell: tuple[int, int],
    times: np.ndarray,
    place: np.ndarray,
    ahead: np.ndarray,
    run_speed: float,
) -> None:
    """Write the matches of one event with one map."""
    fired = np.flatnonzero(np.isfinite(times))
    fired = fired[np.argsort(times[fired], kind="stable")]
    out.n_letters[cell] = fired.size
    if fired.size < 2:
        return
    for order, sign in enumerate((1, -1)):
        chosen = fired[longest_rising(sign * ahead[fired])]
        out.p_value[(*cell, order)] = match_probability(chosen.size, fired.size)
        elapsed = times[chosen[-1]] - times[chosen[0]]
        if elapsed > 0:
            way = abs(place[chosen[-1]] - place[chosen[0]])
            out.compression[(*cell, order)] = way / run_speed / elapsed
            out.duration[(*cell, order)] = elapsed


def longest_rising(values: np.ndarray) -> np.ndarray:
    """Places of the longest rising subsequence; of several, the one found first.

    Examples
    --------
    >>> longest_rising(np.array([0, 3, 1, 2])).tolist()
    [0, 2, 3]
    """
    length = np.ones(values.size, int)
    before = np.full(values.size, -1)
    for last in range(values.size):
        earlier = np.flatnonzero(values[:last] < values[last])
        if earlier.size:
            best = earlier[length[earlier].argmax()]
            length[last], before[last] = length[best] + 1, best
    place, chain = int(length.argmax()), []
    while place >= 0:
        chain.append(place)
        place = before[place]
    return np.array(chain[::-1])


@lru_cache(maxsize=256)
def match_probability(k: int, n: int) -> float:
    """Probability that a random order of n letters has a rising subsequence of at least k.

    Examples
    --------
    >>> round(1 / match_probability(4, 4))
    24
    """
    total = sum(_tableaux(shape, n) ** 2 for shape in _partitions(n, n) if shape[0] >= k)
    return total / factorial(n)


def _partitions(n: int, largest: int) -> Iterator[tuple[int, ...]]:
    """Partitions of n into falling parts of at most `largest`."""
    if n == 0:
        yield ()
    for part in range(min(n, largest), 0, -1):
        for rest in _partitions(n - part, part):
            yield (part, *rest)


def _tableaux(shape: tuple[int, ...], n: int) -> int:
    """Number of standard tableaux of a shape, by the hook length formula."""
    columns = [sum(row > column for row in shape) for column in range(shape[0])]
    hooks = 1
    for row, size in enumerate(shape):
        for column in range(size):
            hooks *= size - column + columns[column] - row - 1
    return factorial(n) // hooks
