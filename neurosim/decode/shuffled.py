r"""What a shuffle does to an event: features of shuffled bins, a batch of shuffles at a time.

After decoding, the posteriors of the bins are moved:

``time_bin``
    The bins of an event in random order.
``column_cycle``
    Each bin's posterior rotated around the track by a random amount (Davidson et al. 2009,
    10.1016/j.neuron.2009.07.027), all templates alike.
``pseudo_event``
    Each bin replaced by a bin drawn from those of all events (Davidson et al. 2009).

Before decoding, spikes or fields are moved and every event is decoded again:

``cell_identity``
    The fields handed to other units, silent ones included; each event has its own permutation.
``place_field_rotation``
    Each unit's fields rotated along the track by a random amount, all maps alike. Events that
    are tested together share the rotations.
``spike_train_shift``
    Each unit's spike train within the event shifted circularly by a random number of bins
    (Takigawa et al. 2024, 10.7554/eLife.85635).

Bins without spikes stay out of the first five; a spike train shift makes its own silent bins.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from neurosim.decode.scores import N_MOMENTS, Layout, LineGrid
from neurosim.decode.templates import (
    EventCounts,
    Templates,
    decode_features,
    likelihood_matrix,
    with_one,
)

Draw = Callable[[int], tuple[np.ndarray, np.ndarray]]
"""Features (shuffle, template, bin, feature) and heard bins (shuffle or 1, bin) of n shuffles."""


@dataclass(frozen=True)
class Block:
    """Events that are shuffled together.

    Attributes
    ----------
    layout : Layout
    heard : array (bin,) of bool
        Bins with spikes.
    posterior : array (template, bin, position)
    features : array (template, bin, feature)
    pool : array (template, bin of all events, feature) or None
        Where pseudo-events come from: heard bins alone.
    basis : array (position, 1 + feature)
    grid : LineGrid or None
    positions : array (position,)
        m.
    events : EventCounts or None
        For shuffles before decoding, as is `templates`.
    templates : Templates or None
    """

    layout: Layout
    heard: np.ndarray
    posterior: np.ndarray
    features: np.ndarray
    pool: np.ndarray | None
    basis: np.ndarray
    grid: LineGrid | None
    positions: np.ndarray
    events: EventCounts | None = None
    templates: Templates | None = None


def time_bin(block: Block, rng: np.random.Generator) -> Draw:
    """Put the heard bins of each event in random order."""
    rows = np.flatnonzero(block.heard)
    owner = block.layout.owner[rows]

    def draw(n: int) -> tuple[np.ndarray, np.ndarray]:
        index = np.tile(np.arange(block.heard.size), (n, 1))
        index[:, rows] = rows[np.argsort(owner + rng.random((n, rows.size)), axis=1)]
        return block.features[:, index].swapaxes(0, 1), block.heard[None]

    return draw


def pseudo_event(block: Block, rng: np.random.Generator) -> Draw:
    """Draw every bin, with replacement, from those of all events."""
    if block.pool.shape[1] == 0:
        return lambda n: (np.repeat(block.features[None], n, axis=0), block.heard[None])

    def draw(n: int) -> tuple[np.ndarray, np.ndarray]:
        index = rng.integers(0, block.pool.shape[1], (n, block.heard.size))
        return block.pool[:, index].swapaxes(0, 1), block.heard[None]

    return draw


def rotated_moments(posterior: np.ndarray, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and mean square (..., rotation) of posteriors (..., position), rotated by every step.

    Rotation r takes the mass at position index x to x - r: one product with a circulant matrix
    gives the moments of all.
    """
    step = np.arange(positions.size)
    turned = positions[(step[:, None] - step) % positions.size]
    return posterior @ turned, posterior @ turned**2


def column_cycle(block: Block, rng: np.random.Generator) -> Draw:
    """Rotate the posterior of every bin around the track."""
    n_templates, n_bins, n = block.posterior.shape
    tables = rotated_moments(block.posterior, block.basis[:, 1])
    # The mass in a band is a difference of the cumulative sum, which runs around twice.
    around = np.zeros((n_templates, n_bins, 2 * n + 1), dtype=np.float32)
    np.cumsum(np.concatenate([block.posterior] * 2, axis=2), axis=2, out=around[..., 1:])
    bands = None if block.grid is None else block.grid.bands(block.positions)
    bins = np.arange(n_bins)

    def draw(count: int) -> tuple[np.ndarray, np.ndarray]:
        rotation = rng.integers(0, n, (count, n_bins))
        shape = (count, n_templates, n_bins, block.features.shape[2])
        features = np.empty(shape, dtype=np.float32)
        for template in range(n_templates):
            for moment, table in enumerate(tables):
                features[:, template, :, moment] = table[template][bins, rotation]
            if bands is None:
                continue
            first = rotation[..., None] + (bins * (2 * n + 1))[:, None]
            flat = around[template].ravel()
            features[:, template, :, N_MOMENTS:] = flat[first + bands[:, 1]]
            features[:, template, :, N_MOMENTS:] -= flat[first + bands[:, 0]]
        return features, block.heard[None]

    return draw


@dataclass
class _Decoder:
    """Decodes shuffled counts of a block into features, in space that is used again."""

    block: Block

    def __post_init__(self):
        templates = self.block.templates
        self.matrix = likelihood_matrix(templates.rate, templates.visited, self.block.events.width)
        self.space = np.empty((self.block.heard.size, templates.n_states), dtype=np.float32)

    def empty(self, n: int) -> np.ndarray:
        """Features of n shuffles, all zero."""
        return np.zeros((n, *self.block.features.shape), dtype=np.float32)

    def into(
        self,
        features: np.ndarray,
        rows: np.ndarray,
        counts: np.ndarray,
        matrix: np.ndarray | None = None,
    ) -> None:
        """Decode counts (row, unit + 1) into the rows of features (template, bin, feature)."""
        features[:, rows] = decode_features(
            counts,
            self.matrix if matrix is None else matrix,
            self.block.templates.n_templates,
            self.block.basis,
            self.space[: len(counts)],
        )


def cell_identity(block: Block, rng: np.random.Generator) -> Draw:
    """Give each unit's spikes to another unit, event by event, and decode again."""
    decoder, rows = _Decoder(block), np.flatnonzero(block.heard)
    row, unit = np.nonzero(block.events.counts[rows])
    value = block.events.counts[rows][row, unit]
    owner, n_units = block.layout.owner[rows][row], block.events.counts.shape[1]
    units = np.tile(np.arange(n_units), (block.layout.n_events, 1))
    counts = with_one(np.zeros((rows.size, n_units)))

    def draw(n: int) -> tuple[np.ndarray, np.ndarray]:
        features = decoder.empty(n)
        for made in features:
            now = rng.permuted(units, axis=1)[owner, unit]
            counts[row, now] = value
            decoder.into(made, rows, counts)
            counts[row, now] = 0
        return features, block.heard[None]

    return draw


def spike_train_shift(block: Block, rng: np.random.Generator) -> Draw:
    """Shift each unit's spikes circularly within the event, and decode again."""
    decoder, layout = _Decoder(block), block.layout
    row, unit = np.nonzero(block.events.counts)
    value = block.events.counts[row, unit]
    owner = layout.owner[row]
    first, length = layout.edges[owner], layout.lengths[owner]
    counts = with_one(np.zeros(block.events.counts.shape))
    n_units = block.events.counts.shape[1]

    def draw(n: int) -> tuple[np.ndarray, np.ndarray]:
        features = decoder.empty(n)
        heard = np.zeros((n, block.heard.size), dtype=bool)
        for made, loud in zip(features, heard, strict=True):
            shift = rng.random((layout.n_events, n_units))[owner, unit]
            now = first + (row - first + (shift * length).astype(np.intp)) % length
            counts[now, unit] = value
            loud[now] = True
            rows = np.flatnonzero(loud)
            decoder.into(made, rows, counts[rows])
            counts[now, unit] = 0
        return features, heard

    return draw


def rotate_fields(rate: np.ndarray, visited: np.ndarray, fraction: np.ndarray) -> np.ndarray:
    """Rotate each unit's fields along the visited positions of each map.

    Parameters
    ----------
    rate : array (map, position, unit)
    visited : array (map, position) of bool
    fraction : array (unit,)
        Of the track, from 0 up to 1; the same in all maps, so that a unit with one field in both
        running directions keeps that.

    Returns
    -------
    array (map, position, unit)
    """
    turned = rate.copy()
    for made, old, seen in zip(turned, rate, visited, strict=True):
        places = np.flatnonzero(seen)
        shift = (fraction * places.size).astype(np.intp)
        source = (np.arange(places.size)[:, None] - shift) % places.size
        made[places] = np.take_along_axis(old[places], source, axis=0)
    return turned


def place_field_rotation(block: Block, rng: np.random.Generator) -> Draw:
    """Rotate the fields of each unit, and decode again."""
    decoder, rows = _Decoder(block), np.flatnonzero(block.heard)
    counts, templates = with_one(block.events.counts[rows]), block.templates
    rate, width = templates.rate.astype(np.float32), block.events.width

    def draw(n: int) -> tuple[np.ndarray, np.ndarray]:
        features = decoder.empty(n)
        for made in features:
            turned = rotate_fields(rate, templates.visited, rng.random(templates.n_units))
            matrix = likelihood_matrix(turned, templates.visited, width)
            decoder.into(made, rows, counts, matrix)
        return features, block.heard[None]

    return draw
