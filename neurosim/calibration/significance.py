"""How often replay is found where there is none, and where there is.

The detector is run as a lab runs it, with fields estimated from wake. Three tables come out:

false positives
    On null events, at the nominal alpha and at the one that a first null set gave. The events that
    are counted are those of other populations than those that set alpha.
transfer
    The calibrated alpha on null sets of every other kind that is independent of the shuffle.
power
    By kind of planted event, at both alphas.

A *detector* is a shuffle, or several that an event must all pass, joined by ``+``. Its p value is
then the highest of theirs, and its alpha is calibrated as one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

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
from neurosim.errors import choices

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
    sources: Sequence[NullSource],
    detectors: Sequence[str],
    null: str,
    options: ShuffleOptions,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """P values (level, score, event) of null events by detector that is independent of the null.

    Events of all sources follow one another.
    """
    tested = [detector for detector in detectors if null in nulls_of(detector)]
    if not tested:
        return {}
    chosen = with_shuffles_of(options, tested)
    parts = [
        event_p_values(events, templates, chosen, rng, f"{null} null")
        for source in sources
        for events, templates in source.make(null, rng)
    ]
    together = xr.concat(parts, "event")
    return {detector: detector_p_values(together, detector) for detector in tested}


def with_shuffles_of(options: ShuffleOptions, detectors: Sequence[str]) -> ShuffleOptions:
    """The same options with the shuffles that the detectors need."""
    wanted = {shuffle for detector in detectors for shuffle in shuffles_of(detector)}
    return replace(options, shuffles=tuple(name for name in SHUFFLES if name in wanted))


def significance_tables(
    first: Sequence[NullSource],
    second: Sequence[NullSource],
    planted: Mapping[str, Sequence[EventCounts]],
    options: ShuffleOptions,
    rng: np.random.Generator,
    detectors: Sequence[str] = DETECTORS,
    n_transfer: int | None = None,
) -> xr.Dataset:
    """Measure false positives and power of every detector and score.

    Parameters
    ----------
    first : sequence of NullSource
        Populations whose null events set alpha.
    second : sequence of NullSource
        Others, whose null events are counted.
    planted : mapping of kind to sequence of EventCounts
        Events of each population of `second`, decoded with its templates.
    options : ShuffleOptions
        Its shuffles are replaced by those of the detectors.
    rng : numpy.random.Generator
    detectors : sequence of str
    n_transfer : int, optional
        Only so many events of each population of `second` for nulls other than a detector's main
        one.

    Returns
    -------
    Dataset
        Dims ``detector``, ``score``, ``level`` (nominal, calibrated), ``null``, ``kind``,
        ``population`` (of `second`), ``bound`` (value, low, high: 95 %).

        - ``alpha`` (detector, score, bound): calibrated, for graded p values.
        - ``false_positive_rate`` (detector, score, level, null, population): NaN for nulls that
          share the shuffle's dimension. The null that set alpha is ``main_null`` (detector).
        - ``power`` (detector, score, level, kind, population).
        - ``n_null`` (detector, null, population) and ``n_planted`` (kind, population): events
          that could be tested.

    Raises
    ------
    NeurosimError
        If events that set alpha would be counted too.
    """
    used = {id(source.events) for source in first}
    if any(id(source.events) in used for source in second):
        raise NeurosimError(
            "null sets: expected two sets of planted events, found one; alpha and the rate "
            "would be measured on the same events"
        )
    untestable = [detector for detector in detectors if not nulls_of(detector)]
    if untestable:
        raise NeurosimError(
            f"detector: expected a dimension that no shuffle uses, found none for "
            f"{choices(untestable)}; no null set is independent of it: leave a shuffle out, or do "
            "not calibrate it"
        )
    crossed = all(source.others for source in second)
    nulls = [null for null in _all_nulls(detectors) if crossed or null != "cross_experiment"]
    main = {detector: nulls_of(detector)[0] for detector in detectors}
    setting = {
        null: null_p_values(first, [d for d in detectors if main[d] == null], null, options, rng)
        for null in dict.fromkeys(main.values())
    }
    alphas = {
        detector: [calibrated_alpha(v, TARGET) for v in setting[main[detector]][detector][1]]
        for detector in detectors
    }
    few = [
        replace(one, events=one.events.take(0, min(n_transfer, one.events.n_events)))
        if n_transfer
        else one
        for one in second
    ]
    counted = {}
    for null in nulls:
        own = [detector for detector in detectors if main[detector] == null]
        other = [detector for detector in detectors if main[detector] != null]
        counted[null] = _by_population(null_p_values(second, own, null, options, rng), second)
        counted[null] |= _by_population(null_p_values(few, other, null, options, rng), few)
    found = {
        kind: _planted_p_values(second, events, detectors, options, rng)
        for kind, events in planted.items()
    }
    return _tables(detectors, main, alphas, counted, found, options.scores)


def nearest_alpha(
    tables: Sequence[xr.Dataset], n_units: int, shuffles: Sequence[str], score: str
) -> float:
    """Alpha of a detector, out of the table whose number of cells is nearest (as a ratio).

    Parameters
    ----------
    tables : sequence of Dataset
        From `significance_tables`, with an attribute ``n_cells``.
    n_units : int
        Units of the recording.
    shuffles : sequence of str
        What an event must pass, in any order.
    score : str

    Raises
    ------
    NeurosimError
        If no table holds the detector.
    """
    nearest = min(tables, key=lambda table: abs(np.log(table.attrs["n_cells"] / n_units)))
    for detector in nearest["detector"].values.astype(str):
        if set(shuffles_of(detector)) == set(shuffles):
            chosen = nearest["alpha"].sel(detector=detector, score=score, bound="value")
            return float(chosen)
    raise NeurosimError(
        f"significance: expected a calibrated detector {'+'.join(shuffles)!r}, found "
        f"{choices(nearest['detector'].values.astype(str))}; calibrate it or take another"
    )


PValues = Mapping[str, Sequence[np.ndarray]]
"""P values (level, score, event) of each population, by detector."""


def _all_nulls(detectors: Sequence[str]) -> tuple[str, ...]:
    """Null sets that any of the detectors can be judged by."""
    return tuple(dict.fromkeys(null for detector in detectors for null in nulls_of(detector)))


def _by_population(
    p_values: Mapping[str, np.ndarray], sources: Sequence[NullSource]
) -> dict[str, list[np.ndarray]]:
    """Cut p values of events after one another into those of each population."""
    ends = np.cumsum([source.events.n_events for source in sources])[:-1]
    return {name: np.split(values, ends, axis=2) for name, values in p_values.items()}


def _planted_p_values(
    sources: Sequence[NullSource],
    planted: Sequence[EventCounts],
    detectors: Sequence[str],
    options: ShuffleOptions,
    rng: np.random.Generator,
) -> dict[str, list[np.ndarray]]:
    """P values of planted events of each population, by detector."""
    chosen = with_shuffles_of(options, detectors)
    tested = [
        event_p_values(events, source.templates, chosen, rng, "planted events")
        for source, events in zip(sources, planted, strict=True)
    ]
    return {name: [detector_p_values(one, name) for one in tested] for name in detectors}


def _rates(
    names: Sequence[str],
    detectors: Sequence[str],
    alphas: Mapping[str, Sequence[CalibratedAlpha]],
    p_values: Mapping[str, PValues],
) -> tuple[np.ndarray, np.ndarray]:
    """Rates (detector, score, level, name, population), events tested (detector, name, ...)."""
    n_scores = len(next(iter(alphas.values())))
    n_populations = len(next(iter(next(iter(p_values.values())).values()))) if names else 0
    rates = np.full((len(detectors), n_scores, len(LEVELS), len(names), n_populations), np.nan)
    tested = np.zeros((len(detectors), len(names), n_populations), dtype=int)
    for (d, detector), (k, name) in product(enumerate(detectors), enumerate(names)):
        for p, values in enumerate(p_values[name].get(detector, ())):
            known = np.isfinite(values[0, 0])
            tested[d, k, p] = known.sum()
            if not known.any():
                continue
            for s, alpha in enumerate(alphas[detector]):
                for level, at in enumerate((NOMINAL, alpha.alpha)):
                    rates[d, s, level, k, p] = (values[level, s, known] <= at).mean()
    return rates, tested


def _tables(
    detectors: Sequence[str],
    main: Mapping[str, str],
    alphas: Mapping[str, Sequence[CalibratedAlpha]],
    counted: Mapping[str, PValues],
    found: Mapping[str, PValues],
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
                (*rate, "null", "population"),
                false_positives,
                one | {"long_name": "significant fraction of other null events"},
            ),
            "power": (
                (*rate, "kind", "population"),
                power,
                one | {"long_name": "significant fraction of planted events"},
            ),
            "n_null": (
                ("detector", "null", "population"),
                n_null,
                {"long_name": "null events tested"},
            ),
            "n_planted": (
                ("kind", "population"),
                n_planted.max(axis=0),
                {"long_name": "planted events tested"},
            ),
            "main_null": (
                "detector",
                [main[d] for d in detectors],
                {"long_name": "null set that alpha was found on"},
            ),
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
