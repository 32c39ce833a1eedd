"""Significance of replay: how often shuffled events score as high as an event does.

The score of an event is the maximum over its templates, and so is that of every shuffle: with two
templates and no such maximum, chance is doubled. The p value is
``(1 + number of shuffles at least as high) / (1 + number of shuffles)``.

Its steps are coarse: what beats all shuffles has one p value, and where dependent bins make that
common no alpha could separate such events. So a *graded* p value breaks ties by the z score of
the event among its shuffles: ``(number at least as high + Q(z)) / (1 + number of shuffles)``, with
the normal tail Q. It keeps the order of the p values and never exceeds them; it is for calibrated
thresholds (`neurosim.decode.nulls`), not for nominal ones.

What each shuffle keeps and destroys is told in `neurosim.decode.shuffled`. All of them reject "no
structure", not "no direction": a random walk passes them as well, the more often the longer it
lasts (8 cm per 20 ms, 80 cells: 16 to 29 % of walks of 60-300 ms, 45 to 59 % of 300-600 ms). And
none has the false-positive rate that its alpha promises: see `neurosim.decode.nulls`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from scipy.special import ndtr

from neurosim import NeurosimError
from neurosim.decode import shuffled
from neurosim.decode.scores import SCORES, Layout, LineGrid, event_scores, feature_basis
from neurosim.decode.shuffled import Block, Draw
from neurosim.decode.templates import EventCounts, Templates, decode_posterior
from neurosim.errors import choices
from neurosim.progress import progress

AFTER_DECODING = ("time_bin", "column_cycle", "pseudo_event")
BEFORE_DECODING = ("cell_identity", "place_field_rotation", "spike_train_shift")
SHUFFLES = (*AFTER_DECODING, *BEFORE_DECODING)
MIN_BINS = 3  # events with fewer bins with spikes cannot be tested
TOGETHER = 32  # events that share a stream of random numbers: another number, other p values
TIE = 1e-5  # scores closer than this are equal: single precision


@dataclass(frozen=True)
class ShuffleOptions:
    """How events are scored and shuffled.

    Attributes
    ----------
    n_shuffles : int
    shuffles : tuple of str
        Out of `SHUFFLES`.
    grid : LineGrid or None
        None leaves out the line score, which costs most of the time of the shuffles after
        decoding.
    chunk : int
        Shuffles held in memory at once. Changes no result.
    """

    n_shuffles: int
    shuffles: tuple[str, ...] = SHUFFLES
    grid: LineGrid | None = field(default_factory=LineGrid)
    chunk: int = 64

    def __post_init__(self):
        unknown = set(self.shuffles) - set(SHUFFLES)
        if unknown:
            raise NeurosimError(
                f"shuffles: expected some of {choices(SHUFFLES)}, found {choices(unknown)}"
            )
        if min(self.n_shuffles, self.chunk) < 1:
            raise NeurosimError(
                f"n_shuffles and chunk: expected at least 1, found {self.n_shuffles} "
                f"and {self.chunk}"
            )

    @property
    def scores(self) -> tuple[str, ...]:
        """Names of the scores."""
        return SCORES[: 1 if self.grid is None else 2]


@dataclass(frozen=True)
class _Events:
    """Events to be tested, decoded when they are needed.

    ``posterior`` (first event, one past the last) gives (template, bin, position); without
    ``counts`` and ``templates`` only the shuffles after decoding can be made.
    """

    layout: Layout
    heard: np.ndarray
    positions: np.ndarray
    posterior: Callable[[int, int], np.ndarray]
    counts: EventCounts | None = None
    templates: Templates | None = None

    @property
    def spans(self) -> list[tuple[int, int]]:
        """First event and one past the last of every block."""
        firsts = range(0, self.layout.n_events, TOGETHER)
        return [(first, min(first + TOGETHER, self.layout.n_events)) for first in firsts]

    def blocks(self, grid: LineGrid | None, pooled: bool) -> Iterator[Block]:
        """Decode block by block, and before if pseudo-events need the bins of all events."""
        basis = feature_basis(self.positions, grid)
        pool = None
        if pooled and self.spans:
            features = [self.posterior(*span) @ basis[:, 1:] for span in self.spans]
            pool = np.concatenate(features, axis=1)[:, self.heard]
        for first, last in self.spans:
            edges = self.layout.edges[first : last + 1]
            posterior = self.posterior(first, last)
            yield Block(
                Layout(edges - edges[0]),
                self.heard[edges[0] : edges[-1]],
                posterior,
                posterior @ basis[:, 1:],
                pool,
                basis,
                grid,
                self.positions,
                None if self.counts is None else self.counts.take(first, last),
                self.templates,
            )


def _null_scores(draw: Draw, layout: Layout, options: ShuffleOptions) -> np.ndarray:
    """Highest score of the templates (score, shuffle, event) in every shuffle."""
    null = np.empty((len(options.scores), options.n_shuffles, layout.n_events))
    for first in range(0, options.n_shuffles, options.chunk):
        last = min(first + options.chunk, options.n_shuffles)
        scores = event_scores(*draw(last - first), layout, options.grid)
        null[:, first:last] = scores.max(axis=2)
    return null


def p_values(score: np.ndarray, null: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """P values, plain and graded (score, event), of scores among shuffled ones.

    Parameters
    ----------
    score : array (score, event)
    null : array (score, shuffle, event)
    """
    steps = 1 + null.shape[1]
    count = (null >= score[:, None] - TIE).sum(axis=1)
    spread = null.std(axis=1)
    excess = score - null.mean(axis=1)
    z = np.divide(excess, spread, out=np.zeros_like(score), where=spread > TIE)
    return (1 + count) / steps, (count + ndtr(-z)) / steps


def _test(
    events: _Events, options: ShuffleOptions, rng: np.random.Generator, name: str
) -> xr.Dataset:
    """Test events block by block: what `event_p_values` and `event_significance` share."""
    impossible = set(options.shuffles) - set(AFTER_DECODING)
    if events.counts is None and impossible:
        raise NeurosimError(
            f"shuffles: expected some of {choices(AFTER_DECODING)}, which need no counts, found "
            f"{choices(impossible)}; give counts and fields to event_p_values"
        )
    n_events, spans = events.layout.n_events, events.spans
    # One stream for every shuffle there is, so that none depends on which others are asked for.
    children = zip(SHUFFLES, rng.spawn(len(SHUFFLES)), strict=True)
    streams = {shuffle: child.spawn(len(spans)) for shuffle, child in children}
    shape = (n_events, len(options.scores), len(options.shuffles))
    p_value, graded = np.full(shape, np.nan), np.full(shape, np.nan)
    highest = np.full(shape[:2], np.nan)
    template = np.full(shape[:2], -1, dtype=np.int8)
    blocks = progress(
        events.blocks(options.grid, "pseudo_event" in options.shuffles),
        f"shuffle {name}",
        len(spans),
    )
    for number, block in enumerate(blocks):
        tested = block.heard @ block.layout.sums(0)[0] >= MIN_BINS
        rows = spans[number][0] + np.flatnonzero(tested)
        by_template = event_scores(
            block.features[None], block.heard[None], block.layout, options.grid
        )[:, 0]
        score = by_template.max(axis=1)
        highest[rows] = score[:, tested].T
        template[rows] = by_template.argmax(axis=1)[:, tested].T
        for column, shuffle in enumerate(options.shuffles):
            draw = getattr(shuffled, shuffle)(block, streams[shuffle][number])
            found = p_values(score, _null_scores(draw, block.layout, options))
            for kept, values in zip((p_value, graded), found, strict=True):
                kept[rows, :, column] = values[:, tested].T
    return _dataset(p_value, graded, highest, template, options)


def _dataset(
    p_value: np.ndarray,
    graded: np.ndarray,
    highest: np.ndarray,
    template: np.ndarray,
    options: ShuffleOptions,
) -> xr.Dataset:
    """Name what the tests gave."""
    both = ("event", "score")
    return xr.Dataset(
        {
            "p_value": (
                (*both, "shuffle"),
                p_value,
                {"units": "1", "long_name": "p value of the score"},
            ),
            "graded_p_value": (
                (*both, "shuffle"),
                graded,
                {"units": "1", "long_name": "p value with ties broken by the z score"},
            ),
            "highest_score": (
                both,
                highest,
                {"units": "1", "long_name": "highest score of the templates"},
            ),
            "template": (
                both,
                template,
                {"long_name": "template of the highest score, -1 where not tested"},
            ),
        },
        coords={"score": list(options.scores), "shuffle": list(options.shuffles)},
    )


def event_p_values(
    events: EventCounts,
    templates: Templates,
    options: ShuffleOptions,
    rng: np.random.Generator,
    name: str = "events",
) -> xr.Dataset:
    """Test events against any of the shuffles.

    Parameters
    ----------
    events : EventCounts
    templates : Templates
    options : ShuffleOptions
    rng : numpy.random.Generator
    name : str
        What the progress bar says.

    Returns
    -------
    Dataset (event, score, shuffle)
        ``p_value`` and ``graded_p_value``; ``highest_score`` and ``template`` (event, score).
        Events with fewer than three bins with spikes are NaN, their template -1.
    """

    def posterior(first: int, last: int) -> np.ndarray:
        return decode_posterior(events.take(first, last), templates)

    heard = events.counts.any(axis=1)
    decoded = _Events(events.layout, heard, templates.positions, posterior, events, templates)
    return _test(decoded, options, rng, name)


def event_significance(
    events: xr.Dataset,
    n_shuffles: int,
    rng: np.random.Generator,
    name: str,
    shuffles: tuple[str, ...] = AFTER_DECODING[:2],
) -> xr.Dataset:
    """Test decoded events against shuffles that need no decoding again.

    Parameters
    ----------
    events : Dataset
        From `neurosim.decode.trajectories.decode_events`: the posterior of both maps together is
        one template.
    n_shuffles : int
    rng : numpy.random.Generator
    name : str
        The recording, for the progress bar.
    shuffles : tuple of str
        Out of `AFTER_DECODING`.

    Returns
    -------
    Dataset (event, score, shuffle)
        As from `event_p_values`.
    """
    layout = Layout(
        np.searchsorted(events["bin_event"].values, np.arange(events.sizes["event"] + 1))
    )
    values = events["posterior"].values

    def posterior(first: int, last: int) -> np.ndarray:
        return values[None, layout.edges[first] : layout.edges[last]]

    heard = events["bin_silent"].values == 0
    decoded = _Events(layout, heard, events["position"].values, posterior)
    options = ShuffleOptions(n_shuffles, shuffles)
    return _test(decoded, options, rng, f"events of {name}")


def is_significant(
    p_value: xr.DataArray, alpha: float, score: str = SCORES[0], shuffles: tuple[str, ...] = ()
) -> np.ndarray:
    """Decide which events (event,) pass every shuffle; untested ones do not.

    Parameters
    ----------
    p_value : DataArray (event, score, shuffle)
        From `event_p_values` or `event_significance`.
    alpha : float
    score : str
    shuffles : tuple of str, optional
        All that were made if not given.
    """
    chosen = p_value.sel(score=score)
    if shuffles:
        chosen = chosen.sel(shuffle=list(shuffles))
    values = chosen.transpose("event", "shuffle").values
    return np.all(np.nan_to_num(values, nan=1.0) <= alpha, axis=1)
