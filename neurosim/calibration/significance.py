"""How often replay is found where there is none, and where there is.

The detector is run as a lab runs it, with fields estimated from wake. Three tables come out:

false positives
    On null events, at the nominal alpha and at the one that a first null set gave. The events that
    are counted are others than those that set alpha, made from other planted events.
transfer
    The calibrated alpha on null sets of every other kind that is independent of the shuffle.
power
    By kind of planted event, at both alphas.

A *detector* is a shuffle, or several that an event must all pass, joined by ``+``. Its p value is
then the highest of theirs, and its alpha is calibrated as one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.decode.nulls import (
    CalibratedAlpha,
    NullParts,
    calibrated_alpha,
    independent_nulls,
    null_events,
)
from neurosim.decode.shuffles import SHUFFLES, ShuffleOptions, event_p_values
from neurosim.decode.templates import EventCounts, Templates
from neurosim.stats.intervals import Estimate, proportion_interval

NOMINAL, TARGET = 0.05, 0.05
# The published pair: one shuffle before decoding and one after it (10.7554/eLife.85635).
DETECTORS = (*SHUFFLES, "place_field_rotation+time_bin")
LEVELS = ("nominal", "calibrated")


@dataclass(frozen=True)
class NullSource:
    """What null events are made of.

    Attributes
    ----------
    events : EventCounts
        Planted replay: its rates and bursts are those of events, its structure is destroyed.
    templates : Templates
    others : sequence of Templates
        Fields of other subjects; without them there is no ``cross_experiment``.
    """

    events: EventCounts
    templates: Templates
    others: Sequence[Templates] = ()

    def make(self, null: str, rng: np.random.Generator) -> NullParts:
        """Make one null set."""
        return null_events(null, self.events, self.templates, rng, self.others)


def shuffles_of(detector: str) -> tuple[str, ...]:
    """Names of the shuffles that an event must pass."""
    return tuple(detector.split("+"))


def nulls_of(detector: str) -> tuple[str, ...]:
    """Null sets that share a dimension with none of a detector's shuffles, the main one first.

    Examples
    --------
    >>> nulls_of("place_field_rotation+time_bin")
    ('cell_identity', 'cross_experiment')
    """
    sets = [independent_nulls(shuffle) for shuffle in shuffles_of(detector)]
    return tuple(null for null in sets[0] if all(null in one for one in sets))


def detector_p_values(tested: xr.Dataset, detector: str) -> np.ndarray:
    """P values (level, score, event) of a detector: the highest of its shuffles'.

    Nominal alpha is held against plain p values, calibrated alpha against graded ones. NaN where
    an event could not be tested.
    """
    chosen = tested.sel(shuffle=list(shuffles_of(detector)))
    return np.stack(
        [
            chosen[name].transpose("score", "event", "shuffle").values.max(axis=2)
            for name in ("p_value", "graded_p_value")
        ]
    )


def null_p_values(
    source: NullSource,
    detectors: Sequence[str],
    null: str,
    options: ShuffleOptions,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """P values (level, score, event) of null events by detector that is independent of the null."""
    tested = [detector for detector in detectors if null in nulls_of(detector)]
    if not tested:
        return {}
    chosen = with_shuffles_of(options, tested)
    parts = [
        event_p_values(events, templates, chosen, rng, f"{null} null")
        for events, templates in source.make(null, rng)
    ]
    together = xr.concat(parts, "event")
    return {detector: detector_p_values(together, detector) for detector in tested}


def with_shuffles_of(options: ShuffleOptions, detectors: Sequence[str]) -> ShuffleOptions:
    """The same options with the shuffles that the detectors need."""
    wanted = {shuffle for detector in detectors for shuffle in shuffles_of(detector)}
    return replace(options, shuffles=tuple(name for name in SHUFFLES if name in wanted))


def _passed(p_values: np.ndarray, alpha: float) -> Estimate:
    """Fraction of tested events at or below alpha, with Wilson's interval."""
    return proportion_interval(p_values[np.isfinite(p_values)] <= alpha)


def significance_tables(
    first: NullSource,
    second: NullSource,
    planted: Mapping[str, EventCounts],
    options: ShuffleOptions,
    rng: np.random.Generator,
    detectors: Sequence[str] = DETECTORS,
    n_transfer: int | None = None,
) -> xr.Dataset:
    """Measure false positives and power of every detector and score.

    Parameters
    ----------
    first : NullSource
        Its null events set alpha.
    second : NullSource
        Other planted events; their null events are counted.
    planted : mapping of kind to EventCounts
        Decoded with the templates of `second`.
    options : ShuffleOptions
        Its shuffles are replaced by those of the detectors.
    rng : numpy.random.Generator
    detectors : sequence of str
    n_transfer : int, optional
        Only so many of the events of `second` for nulls other than a detector's main one.

    Returns
    -------
    Dataset
        Dims ``detector``, ``score``, ``level`` (nominal, calibrated), ``null``, ``kind``,
        ``bound`` (value, low, high: 95 %).

        - ``alpha`` (detector, score, bound): calibrated, for graded p values.
        - ``false_positive_rate`` (detector, score, level, null, bound): NaN for nulls that share
          the shuffle's dimension. The null that set alpha is ``main_null`` (detector).
        - ``power`` (detector, score, level, kind, bound).
        - ``n_null`` (detector, null) and ``n_planted`` (kind): events that could be tested.
    """
    if first.events is second.events:
        raise NeurosimError(
            "null sets: expected two sets of planted events, found one; alpha and the rate "
            "would be measured on the same events"
        )
    nulls = [null for null in _all_nulls(detectors) if second.others or null != "cross_experiment"]
    main = {detector: nulls_of(detector)[0] for detector in detectors}
    setting = {
        null: null_p_values(first, [d for d in detectors if main[d] == null], null, options, rng)
        for null in dict.fromkeys(main.values())
    }
    alphas = {
        detector: [calibrated_alpha(v, TARGET) for v in setting[main[detector]][detector][1]]
        for detector in detectors
    }
    few = replace(second, events=second.events.take(0, n_transfer)) if n_transfer else second
    counted = {}
    for null in nulls:
        own = [detector for detector in detectors if main[detector] == null]
        other = [detector for detector in detectors if main[detector] != null]
        counted[null] = null_p_values(second, own, null, options, rng)
        counted[null] |= null_p_values(few, other, null, options, rng)
    found = _planted_p_values(second.templates, planted, detectors, options, rng)
    return _tables(detectors, main, alphas, counted, found, options.scores)


def _all_nulls(detectors: Sequence[str]) -> tuple[str, ...]:
    """Null sets that any of the detectors can be judged by."""
    return tuple(dict.fromkeys(null for detector in detectors for null in nulls_of(detector)))


def _planted_p_values(
    templates: Templates,
    planted: Mapping[str, EventCounts],
    detectors: Sequence[str],
    options: ShuffleOptions,
    rng: np.random.Generator,
) -> dict[str, dict[str, np.ndarray]]:
    """P values (level, score, event) by kind and detector."""
    chosen = with_shuffles_of(options, detectors)
    found = {}
    for kind, events in planted.items():
        tested = event_p_values(events, templates, chosen, rng, f"{kind} events")
        found[kind] = {detector: detector_p_values(tested, detector) for detector in detectors}
    return found


def _rates(
    names: Sequence[str],
    detectors: Sequence[str],
    alphas: Mapping[str, Sequence[CalibratedAlpha]],
    p_values: Mapping[str, Mapping[str, np.ndarray]],
) -> tuple[np.ndarray, np.ndarray]:
    """Rates (detector, score, level, name, bound), and events tested (detector, name)."""
    n_scores = len(next(iter(alphas.values())))
    rates = np.full((len(detectors), n_scores, len(LEVELS), len(names), 3), np.nan)
    tested = np.zeros((len(detectors), len(names)), dtype=int)
    for d, detector in enumerate(detectors):
        for k, name in enumerate(names):
            values = p_values[name].get(detector)
            if values is None:
                continue
            tested[d, k] = np.isfinite(values[0, 0]).sum()
            for s, alpha in enumerate(alphas[detector]):
                for level, at in enumerate((NOMINAL, alpha.alpha)):
                    rate = _passed(values[level, s], at)
                    rates[d, s, level, k] = rate.value, rate.low, rate.high
    return rates, tested


def _tables(
    detectors: Sequence[str],
    main: Mapping[str, str],
    alphas: Mapping[str, Sequence[CalibratedAlpha]],
    counted: Mapping[str, Mapping[str, np.ndarray]],
    found: Mapping[str, Mapping[str, np.ndarray]],
    scores: Sequence[str],
) -> xr.Dataset:
    """Put all tables into one Dataset."""
    nulls, kinds = list(counted), list(found)
    false_positives, n_null = _rates(nulls, detectors, alphas, counted)
    power, n_planted = _rates(kinds, detectors, alphas, found)
    bounds = [[(one.alpha, one.low, one.high) for one in alphas[d]] for d in detectors]
    one = {"units": "1"}
    rate = ("detector", "score", "level")
    return xr.Dataset(
        {
            "alpha": (
                ("detector", "score", "bound"),
                np.array(bounds),
                one | {"long_name": f"alpha that gives {TARGET:g} on the first null set"},
            ),
            "false_positive_rate": (
                (*rate, "null", "bound"),
                false_positives,
                one | {"long_name": "significant fraction of other null events"},
            ),
            "power": (
                (*rate, "kind", "bound"),
                power,
                one | {"long_name": "significant fraction of planted events"},
            ),
            "n_null": (("detector", "null"), n_null, {"long_name": "null events tested"}),
            "n_planted": ("kind", n_planted.max(axis=0), {"long_name": "planted events tested"}),
            "main_null": ("detector", [main[d] for d in detectors]),
        },
        coords={
            "detector": list(detectors),
            "score": list(scores),
            "level": list(LEVELS),
            "null": nulls,
            "kind": kinds,
            "bound": ["value", "low", "high"],
        },
        attrs={"nominal_alpha": NOMINAL, "target": TARGET},
    )
