"""Lines and correlations that are held against shuffles: Davidson 2009, Takigawa 2024.

Davidson, Kloosterman & Wilson 2009 (10.1016/j.neuron.2009.07.027)
    Known: candidate events of at least 100 ms in bins of 20 ms; the line with the most posterior
    within 15 cm; significant where it beats column-cycle, unit-identity and pseudo-event shuffles
    alike (F017; 29 % at p < .05, A042). Median speed 8.1 m/s (A020), forward 8.6 (A021), reverse
    7.9 (A022). Simplified: both running directions are decoded together, and the shuffles are
    scored on a coarser grid of lines than the speed is read from.

Takigawa et al. 2024 (10.7554/eLife.85635)
    Known: weighted correlation in bins of 20 ms; two shuffles, one before decoding (place fields
    rotated) and one after (time bins permuted), that must both be beaten; alpha is then lowered
    until cell-identity shuffled events pass at 5 % (F001, F003). About 40 % of the events of
    rest after running pass at .05, 35 % at the matched alpha (F008). Simplified: one track.
"""

from dataclasses import dataclass

import numpy as np

from neurosim.decode.nulls import null_events
from neurosim.decode.published.events import FineEvents
from neurosim.decode.scores import SCORES, LineGrid
from neurosim.decode.shuffles import ShuffleOptions, event_p_values
from neurosim.decode.slopes import Slope, line_fit
from neurosim.decode.templates import EventCounts, Templates

BIN = 0.02  # s, both papers
SHORTEST = 0.1  # s, Davidson's candidate events
DAVIDSON_SHUFFLES = ("column_cycle", "cell_identity", "pseudo_event")
TAKIGAWA_SHUFFLES = ("place_field_rotation", "time_bin")


@dataclass(frozen=True)
class ShuffledLines:
    """Best lines through events, and their significance.

    Attributes
    ----------
    line : Slope
    p_value : array (event,)
        The highest over the shuffles; NaN where an event is too short.
    """

    line: Slope
    p_value: np.ndarray


@dataclass(frozen=True)
class ShuffledCorrelations:
    """Significance of the weighted correlation, and of that of null events.

    Attributes
    ----------
    p_value : array (event,)
        The highest over the shuffles.
    graded, graded_null : array (event,)
        The same with ties broken, of the events and of events with shuffled cell identities: what
        a calibrated alpha is found and held against.
    """

    p_value: np.ndarray
    graded: np.ndarray
    graded_null: np.ndarray


def _highest(
    events: EventCounts,
    templates: Templates,
    options: ShuffleOptions,
    score: str,
    rng: np.random.Generator,
    name: str,
) -> tuple[np.ndarray, np.ndarray]:
    """P values (event,), plain and graded, that hold for every shuffle."""
    tested = event_p_values(events, templates, options, rng, name).sel(score=score)
    return tuple(
        tested[which].transpose("event", "shuffle").values.max(axis=1)
        for which in ("p_value", "graded_p_value")
    )


def davidson_2009(
    events: FineEvents,
    speeds: tuple[float, float],
    n_shuffles: int,
    rng: np.random.Generator,
) -> ShuffledLines:
    """Fit the line with the most posterior within a band, and shuffle.

    Parameters
    ----------
    events : FineEvents
    speeds : tuple of float
        Slowest and fastest line, m s-1.
    n_shuffles : int
    rng : numpy.random.Generator
    """
    binned = events.binned(BIN)
    line = line_fit(events.decoded(binned), speeds)
    options = ShuffleOptions(n_shuffles, DAVIDSON_SHUFFLES, LineGrid())
    templates = events.templates(joint=True)
    p_value, _ = _highest(binned, templates, options, SCORES[1], rng, "lines")
    return ShuffledLines(line, np.where(events.duration >= SHORTEST - 1e-9, p_value, np.nan))


def takigawa_2024(
    events: FineEvents, n_shuffles: int, rng: np.random.Generator
) -> ShuffledCorrelations:
    """Shuffle the weighted correlation of events and of null events.

    Parameters
    ----------
    events : FineEvents
    n_shuffles : int
    rng : numpy.random.Generator
    """
    binned, templates = events.binned(BIN), events.templates(joint=False)
    options = ShuffleOptions(n_shuffles, TAKIGAWA_SHUFFLES, grid=None)
    found = _highest(binned, templates, options, SCORES[0], rng, "correlations")
    null = [
        _highest(*part, options, SCORES[0], rng, "null correlations")[1]
        for part in null_events("cell_identity", binned, templates, rng)
    ]
    return ShuffledCorrelations(*found, np.concatenate(null))
