"""Are directed replay and diffusion told apart? Events of known dynamics, read by evidence.

A *directed* event moves at constant speed over at least 0.5 m of the track, the way its map was
run or against it. Shorter, it cannot be told in principle: within 100 ms a walk of 8 cm per 20 ms
gets 18 cm (its SD) away from where it was, and a field is 15 cm wide.

A *diffusive* event is any walk of that step size, also one that happens to go nowhere. Such a one
cannot be told from a place held, whoever decodes it. So two things are kept beside each event:
its ``span``, how far it went; and ``known_log_evidence``, what the same decoder says if it knows
the fields as drawn and the step size. What that misreads, better fields would not mend.

Beside the four dynamics that are compared, events are planted that are none of them:
``accelerating``, and ``hover_and_jump``. What they are read as says what a claim about dynamics
rests on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from neurosim.calibration.kinds import EventParameters, draw_paths
from neurosim.calibration.population import Population, plant
from neurosim.decode.dynamic_models import DynamicsParameters
from neurosim.decode.event_dynamics import counts_evidence, evidence_dataset
from neurosim.files import flags
from neurosim.progress import progress

# Planted dynamics, and the kinds of path that they are made of in equal parts.
PLANTED = {
    "directed": ("forward", "reverse"),
    "diffusive": ("diffusive",),
    "stationary": ("stationary",),
    "fragmented": ("fragmented",),
    "accelerating": ("accelerating",),
    "hover_and_jump": ("hover_and_jump",),
}


@dataclass(frozen=True)
class DynamicsDesign:
    """Which events are planted and how they are read.

    Attributes
    ----------
    n_events : int
        A planted dynamic, over all populations together.
    events : EventParameters
    decoder : DynamicsParameters
    """

    n_events: int
    events: EventParameters
    decoder: DynamicsParameters


def calibrate_dynamics(
    populations: Sequence[Population], design: DynamicsDesign, rng: np.random.Generator
) -> xr.Dataset:
    """Plant equal numbers of events of each dynamic and compare evidence with estimated fields.

    Parameters
    ----------
    populations : sequence of Population
        Events are spread over them evenly.
    design : DynamicsDesign
    rng : numpy.random.Generator

    Returns
    -------
    Dataset (event, dynamic)
        The flag ``planted``; ``log_evidence`` and ``probability`` (event, dynamic) with
        estimated fields; ``known_log_evidence`` (event, dynamic) with those drawn;
        ``n_spikes``; ``duration`` s; ``span`` m; ``population``.
    """
    parts = []
    for k, population in enumerate(progress(populations, "calibrate dynamics")):
        planted = []
        for name, kinds in PLANTED.items():
            shares = np.array_split(np.arange(design.n_events), len(populations) * len(kinds))
            for kind, share in zip(kinds, shares[k * len(kinds) :], strict=False):
                if share.size:
                    planted.append((name, *_planted(population, kind, share.size, design, rng)))
        if planted:
            names, *read = _read(population, planted, design)
            parts.append((names, *read, np.full(names.size, k)))
    names, log_evidence, known, n_spikes, duration, span, number = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    return evidence_dataset(log_evidence, n_spikes).assign(
        known_log_evidence=(
            ("event", "dynamic"),
            known,
            {"units": "1", "long_name": "log evidence, fields and step size known"},
        ),
        planted=flags(names, tuple(PLANTED), "event", "planted dynamic"),
        duration=("event", duration, {"units": "s", "long_name": "duration of the event"}),
        span=("event", span, {"units": "m", "long_name": "part of the track that was visited"}),
        population=(
            "event",
            number.astype(np.int16),
            {"long_name": "population that the event was planted in"},
        ),
    )


def _planted(
    population: Population, kind: str, n: int, design: DynamicsDesign, rng: np.random.Generator
) -> tuple[np.ndarray, ...]:
    """Plant n events: event of each bin, counts (bin, unit), duration and span (event)."""
    paths = draw_paths(kind, n, population.length, design.events, rng)
    bins, counts = plant(population, paths, design.decoder.bin_s, rng)
    low, high = (end.reduceat(paths.position, paths.first) for end in (np.minimum, np.maximum))
    return bins.interval, counts, paths.duration, high - low


def _read(
    population: Population, planted: Sequence[tuple], design: DynamicsDesign
) -> tuple[np.ndarray, ...]:
    """Names, evidence with fields estimated and known, spikes, duration, span (event).

    All events of a population are read at once: few events a time would take as long as many.
    """
    names, index, counts, duration, span = zip(*planted, strict=True)
    sizes = [part.size for part in duration]
    event = np.concatenate(index) + np.repeat(
        np.cumsum(sizes) - sizes, [part.size for part in index]
    )
    counts = np.concatenate(counts)
    told = replace(design.decoder, walk_m=(design.events.diffusion_m,))
    visited = population.visited
    found, known = (
        counts_evidence(counts, event, rate, seen, population.positions, decoder).log_evidence
        for rate, seen, decoder in (
            (population.rate, visited, design.decoder),
            (population.true_rate(), np.ones_like(visited), told),
        )
    )
    spikes = np.bincount(event, counts.sum(axis=1)).astype(np.int32)
    named = np.repeat(np.array(names, object), sizes)
    return named, found, known, spikes, np.concatenate(duration), np.concatenate(span)
