"""Null events, and the alpha that gives the false-positive rate that was asked for.

Nominal alpha is not the false-positive rate of a replay detector (published: 2 to 18 % at 5 %;
Takigawa et al. 2024, 10.7554/eLife.85635). So the whole detector is run on events that were
randomised along another dimension than the shuffle that detects: along its own, p values are
uniform by construction and tell nothing.

========================  ==========  =========================================
null set                  randomises  how
========================  ==========  =========================================
``cell_identity``         identity    each event's spikes handed to other units
``cross_experiment``      identity    decoded with the fields of other subjects
``place_field_rotation``  position    decoded with each unit's fields rotated
``time_bin``              time        each event's bins in random order
``spike_train_shift``     time        each unit's spikes of an event shifted
========================  ==========  =========================================
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from neurosim import NeurosimError
from neurosim.decode.shuffled import rotate_fields
from neurosim.decode.shuffles import SHUFFLES
from neurosim.decode.templates import EventCounts, Templates
from neurosim.errors import choices

DIMENSION = {
    "time_bin": "time",
    "spike_train_shift": "time",
    "pseudo_event": "time",
    "column_cycle": "position",
    "place_field_rotation": "position",
    "cell_identity": "identity",
    "cross_experiment": "identity",
}
NULLS = (
    "cell_identity",
    "place_field_rotation",
    "cross_experiment",
    "time_bin",
    "spike_train_shift",
)
FIELDS_LAST = 8  # null events decoded with one set of rotated fields: those depend on one another

NullParts = list[tuple[EventCounts, Templates]]
"""Events of a null set, by the fields that they are decoded with."""


def independent_nulls(shuffle: str) -> tuple[str, ...]:
    """Null sets along other dimensions than a shuffle's; alpha is found on the first.

    Examples
    --------
    >>> independent_nulls("time_bin")
    ('cell_identity', 'place_field_rotation', 'cross_experiment')
    >>> independent_nulls("cell_identity")[0]
    'place_field_rotation'
    """
    if shuffle not in SHUFFLES:
        raise NeurosimError(f"shuffle: expected one of {choices(SHUFFLES)}, found {shuffle!r}")
    return tuple(null for null in NULLS if DIMENSION[null] != DIMENSION[shuffle])


def _cell_identity(
    events: EventCounts, templates: Templates, others: Sequence[Templates], rng: np.random.Generator
) -> NullParts:
    units = np.tile(np.arange(templates.n_units), (events.n_events, 1))
    order = rng.permuted(units, axis=1)[events.event]
    return [(events.replaced(np.take_along_axis(events.counts, order, axis=1)), templates)]


def _time_bin(
    events: EventCounts, templates: Templates, others: Sequence[Templates], rng: np.random.Generator
) -> NullParts:
    order = np.argsort(events.event + rng.random(events.event.size))
    return [(events.replaced(events.counts[order]), templates)]


def _spike_train_shift(
    events: EventCounts, templates: Templates, others: Sequence[Templates], rng: np.random.Generator
) -> NullParts:
    layout = events.layout
    shift = rng.random((events.n_events, templates.n_units)) * layout.lengths[:, None]
    first, length = layout.edges[:-1][events.event], layout.lengths[events.event]
    within = np.arange(events.event.size) - first
    source = (within[:, None] + shift.astype(np.intp)[events.event]) % length[:, None]
    counts = np.take_along_axis(events.counts, first[:, None] + source, axis=0)
    return [(events.replaced(counts), templates)]


def _by_fields(events: EventCounts, fields: Sequence[Templates]) -> NullParts:
    """Give each of the templates a run of events, as even as can be."""
    edges = np.linspace(0, events.n_events, len(fields) + 1).astype(int)
    spans = zip(edges[:-1], edges[1:], fields, strict=True)
    return [(events.take(first, last), each) for first, last, each in spans if last > first]


def _place_field_rotation(
    events: EventCounts, templates: Templates, others: Sequence[Templates], rng: np.random.Generator
) -> NullParts:
    turned = [
        rotate_fields(templates.rate, templates.visited, rng.random(templates.n_units))
        for _ in range(-(-events.n_events // FIELDS_LAST))
    ]
    return _by_fields(events, [templates.replaced(rate) for rate in turned])


def _cross_experiment(
    events: EventCounts, templates: Templates, others: Sequence[Templates], rng: np.random.Generator
) -> NullParts:
    if not others:
        raise NeurosimError("cross_experiment: expected fields of other subjects, found none")
    wrong = [each.n_units for each in others if each.n_units != templates.n_units]
    if wrong:
        raise NeurosimError(
            f"cross_experiment: expected fields of {templates.n_units} units in every subject, "
            f"found {wrong[0]}"
        )
    return _by_fields(events, others)


_MAKERS: dict[str, Callable[..., NullParts]] = {
    "cell_identity": _cell_identity,
    "cross_experiment": _cross_experiment,
    "place_field_rotation": _place_field_rotation,
    "time_bin": _time_bin,
    "spike_train_shift": _spike_train_shift,
}


def null_events(
    null: str,
    events: EventCounts,
    templates: Templates,
    rng: np.random.Generator,
    others: Sequence[Templates] = (),
) -> NullParts:
    """Randomise events, or what they are decoded with.

    Parameters
    ----------
    null : str
        Out of `NULLS`.
    events : EventCounts
        Events with structure, planted or recorded.
    templates : Templates
    rng : numpy.random.Generator
    others : sequence of Templates
        Fields of other subjects, for ``cross_experiment``.

    Returns
    -------
    list of (EventCounts, Templates)
        Together as many events as were given, in their order.
    """
    if null not in _MAKERS:
        raise NeurosimError(f"null set: expected one of {choices(_MAKERS)}, found {null!r}")
    return _MAKERS[null](events, templates, others, rng)


@dataclass(frozen=True)
class CalibratedAlpha:
    """The alpha that gives a false-positive rate on null events.

    Attributes
    ----------
    alpha : float
        Zero where even the lowest p value is too common.
    low, high : float
        About 95 % interval of alpha.
    false_positive_rate : float
        Of the null events that set alpha: at most the target.
    standard_error : float
        Binomial, of the rate that this alpha has on other null events.
    n : int
        Null events with a p value.
    """

    alpha: float
    low: float
    high: float
    false_positive_rate: float
    standard_error: float
    n: int


def calibrated_alpha(p_values: np.ndarray, target: float = 0.05) -> CalibratedAlpha:
    """Find the largest alpha at which at most `target` of null events are significant.

    The estimate is an order statistic: the largest observed p value that, with all those tied
    with it or below it, makes at most ``target * n`` events. Ties make it conservative; so do few
    shuffles, since p values are multiples of ``1 / (1 + n_shuffles)``. Its interval are the order
    statistics at ``target * n`` plus and minus two binomial standard errors.

    Parameters
    ----------
    p_values : array (event,)
        Of null events. NaN ones could not be tested and are left out.
    target : float
        False-positive rate that is wanted.

    Examples
    --------
    >>> calibrated_alpha(np.arange(1, 101) / 100).alpha
    0.05
    """
    values = np.sort(np.asarray(p_values, dtype=float))
    values = values[np.isfinite(values)]
    n = values.size
    if n == 0 or not 0 < target < 1:
        raise NeurosimError(
            f"alpha: expected p values of null events and a target between 0 and 1, found {n} "
            f"and {target}"
        )

    def at(number: float) -> float:
        """Largest p value that `number` events at most reach."""
        distinct, last = np.unique(values[::-1], return_index=True)
        reached = n - last  # events at or below each distinct value
        allowed = distinct[reached <= number + 1e-9]
        return float(allowed[-1]) if allowed.size else 0.0

    spread = 2 * np.sqrt(n * target * (1 - target))
    alpha = at(target * n)
    rate = float((values <= alpha).mean())
    error = float(np.sqrt(target * (1 - target) / n))
    return CalibratedAlpha(alpha, at(target * n - spread), at(target * n + spread), rate, error, n)
