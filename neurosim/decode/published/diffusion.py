r"""Stella et al. 2019 (10.1016/j.neuron.2019.01.052): how displacement grows with time.

What is known: the most probable position in windows of 8 ms (or 15 spikes) of rest and sleep
events; its mean squared displacement against the time lag follows

.. math:: \langle d^2 \rangle \propto t^{2 \alpha},

with :math:`\alpha` about .5, Brownian diffusion (A072), and about .7 for behaviour.

What is simplified: a straight track, where the paper had an open field; lags up to 80 ms.

Noise of the decoder adds the same to the squared displacement at every lag, so it pulls
:math:`\alpha` towards zero. Beside the paper's stands a version without that bias
(`split_half_displacement`): cells are split into two halves that are decoded by themselves, and
the product of their displacements takes the place of the square. Noise that the halves do not
share drops out, and where they miss the place altogether the product shrinks by one factor at
all lags, which the exponent does not see.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from neurosim.decode.published.events import FineEvents

BIN = 0.008  # s
LONGEST = 0.08  # s
SPLITS = 8  # into halves, averaged over: they cost little and differ much


def lags(width: float = BIN) -> np.ndarray:
    """Time lags (lag,), s."""
    return np.arange(1, round(LONGEST / width) + 1) * width


def squared_displacement(
    position: np.ndarray, event: np.ndarray, n_lags: int, other: np.ndarray | None = None
) -> np.ndarray:
    """Mean squared displacement (lag,) over all pairs of bins of one event, m2.

    Parameters
    ----------
    position : array (bin,)
        m; NaN where it is not known.
    event : array (bin,) of int
        Event of each bin, in order; bins of an event follow one another.
    n_lags : int
        From one bin on.
    other : array (bin,), optional
        Another estimate of the position: the product of both displacements is averaged.
    """
    other = position if other is None else other
    found = np.full(n_lags, np.nan)
    for number in range(1, min(n_lags, position.size - 1) + 1):
        product = (position[number:] - position[:-number]) * (other[number:] - other[:-number])
        product = product[(event[number:] == event[:-number]) & np.isfinite(product)]
        if product.size:
            found[number - 1] = product.mean()
    return found


def exponent(displacement: np.ndarray, lag: np.ndarray, *, weighted: bool = False) -> float:
    """Exponent alpha of a mean squared displacement (lag,): half the slope of its logarithm.

    NaN where fewer than two lags have a positive displacement.

    Parameters
    ----------
    displacement : array (lag,)
        m2.
    lag : array (lag,)
        s.
    weighted : bool
        Weigh each lag by the square of its displacement: where the noise is the same at all lags,
        as with halves of the cells, the logarithm of the small ones is known worst.

    Examples
    --------
    >>> round(exponent(np.array([1.0, 4.0, 9.0]), np.array([1.0, 2.0, 3.0])), 6)
    1.0
    """
    known = displacement > 0
    if known.sum() < 2:
        return np.nan
    weight = displacement[known] if weighted else None  # of residuals, which are then squared
    slope = np.polyfit(np.log(lag[known]), np.log(displacement[known]), 1, w=weight)[0]
    return float(slope) / 2


def stella_2019(events: FineEvents) -> tuple[np.ndarray, np.ndarray]:
    """Most probable position (bin,) in each window, m, NaN where silent; and its event (bin,)."""
    decoded = events.decoded(events.binned(BIN))
    place = decoded.positions[decoded.posterior.argmax(axis=1)]
    return np.where(decoded.heard, place, np.nan), decoded.event


def split_half_displacement(
    events: FineEvents, groups: Sequence[np.ndarray], rng: np.random.Generator
) -> np.ndarray:
    """Mean product of the displacements by halves of the cells (group, lag), over `SPLITS`, m2.

    Parameters
    ----------
    events : FineEvents
    groups : sequence of array (event,) of bool
        Events that are averaged over.
    rng : numpy.random.Generator
    """
    n_lags = lags().size
    products = np.empty((SPLITS, len(groups), n_lags))
    for split in range(SPLITS):
        order = rng.permutation(events.track.rate.shape[2])
        halves = []
        for cells in np.array_split(order, 2):
            half = FineEvents(
                replace(events.spikes, counts=events.spikes.counts[:, cells]),
                replace(events.track, rate=events.track.rate[..., cells]),
            )
            place, event = stella_2019(half)
            halves.append(place)
        for row, chosen in enumerate(groups):
            kept = chosen[event]
            products[split, row] = squared_displacement(
                halves[0][kept], event[kept], n_lags, halves[1][kept]
            )
    return products.mean(axis=0)
