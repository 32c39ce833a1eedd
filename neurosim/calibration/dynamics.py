"""Are directed replay and diffusion told apart? Events of known dynamics, read by evidence.

A *directed* event moves at constant speed over at least 0.5 m of the track, the way its map was
run or against it. Shorter, it cannot be told in principle: within 100 ms a walk of 8 cm per 20 ms
gets 18 cm (its SD) away from where it was, and a field is 15 cm wide.

Beside the four dynamics that are compared, events are planted that are none of them:
``accelerating``, and ``hover_and_jump``. What they are read as says what a claim about dynamics
rests on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim.calibration.kinds import EventParameters, plant_kind
from neurosim.calibration.population import Population
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
        The flag ``planted``; ``log_evidence`` and ``probability`` (event, dynamic);
        ``n_spikes``; ``duration`` s; ``population``.
    """
    kinds = [(name, kind, len(parts)) for name, parts in PLANTED.items() for kind in parts]
    jobs = [(k, *kind) for k in range(len(populations)) for kind in kinds]
    parts = []
    for k, name, kind, n_kinds in progress(jobs, "calibrate dynamics"):
        shares = np.array_split(np.arange(design.n_events), len(populations) * n_kinds)
        n = shares[k * n_kinds + PLANTED[name].index(kind)].size
        if not n:
            continue
        population = populations[k]
        events = plant_kind(population, kind, n, design.events, rng)
        found = counts_evidence(
            events.counts,
            events.event,
            population.rate,
            population.visited,
            population.positions,
            design.decoder,
        )
        parts.append(
            (
                np.full(n, name, object),
                found.log_evidence,
                np.bincount(events.event, events.counts.sum(axis=1), n).astype(np.int32),
                np.bincount(events.event, minlength=n) * design.events.width_s,
                np.full(n, k, np.int16),
            )
        )
    planted, log_evidence, n_spikes, duration, number = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    return evidence_dataset(log_evidence, n_spikes).assign(
        planted=flags(planted, tuple(PLANTED), "event", "planted dynamic"),
        duration=("event", duration, {"units": "s", "long_name": "duration of the event"}),
        population=("event", number, {"long_name": "population that the event was planted in"}),
    )
