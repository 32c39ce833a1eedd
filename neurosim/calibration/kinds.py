"""Virtual paths of events by kind, for calibration: what a detector should find, and should not.

=============== =========================================================
kind            path
=============== =========================================================
``forward``     constant speed, the way the replayed map was run
``reverse``     constant speed, against it
``diffusive``   Brownian, reflected at the track's ends
``stationary``  one place
``fragmented``  a new place every 20 ms
``empty``       a new place every 1 ms: cells at their mean rates
=============== =========================================================
"""

from dataclasses import dataclass

import numpy as np

from neurosim import NeurosimError
from neurosim.calibration.population import PATH_STEP, Population, VirtualPaths, plant
from neurosim.decode.templates import EventCounts, Templates
from neurosim.errors import choices

FRAGMENT = 0.02  # s that a fragmented path stays at a place
BROWNIAN_TIME = 0.02  # s in which a diffusive path moves by its SD
KINDS = ("forward", "reverse", "diffusive", "stationary", "fragmented", "empty")


@dataclass(frozen=True)
class EventParameters:
    """Events of all kinds.

    Attributes
    ----------
    width_s : float
        Time bin.
    duration_low_s, duration_high_s : float
        Durations are uniform between these.
    min_span_m : float
        Shortest way of a forward or reverse event.
    diffusion_m : float
        SD of a diffusive event's displacement in 20 ms.
    gain : float
        Rate within events over the rate while running.
    """

    width_s: float = 0.005
    duration_low_s: float = 0.06
    duration_high_s: float = 0.3
    min_span_m: float = 0.5
    diffusion_m: float = 0.08
    gain: float = 3.0


def draw_paths(
    kind: str, n_events: int, length: float, parameters: EventParameters, rng: np.random.Generator
) -> VirtualPaths:
    """Draw the virtual paths of events of one kind.

    Parameters
    ----------
    kind : str
        Out of `KINDS`.
    n_events : int
    length : float
        Length of the track, m.
    parameters : EventParameters
    rng : numpy.random.Generator
    """
    if kind not in KINDS:
        raise NeurosimError(f"kind: expected one of {choices(KINDS)}, found {kind!r}")
    duration = rng.uniform(parameters.duration_low_s, parameters.duration_high_s, n_events)
    # A whole number of bins, so that no spike falls into a rest.
    duration = np.ceil(duration / parameters.width_s - 1e-9) * parameters.width_s
    samples = np.maximum(np.ceil(duration / PATH_STEP - 1e-9).astype(int), 1)
    first = np.cumsum(samples) - samples
    event = np.repeat(np.arange(n_events), samples)
    time = (np.arange(event.size) - first[event] + 0.5) * PATH_STEP
    outbound = rng.random(n_events) < 0.5
    if kind in ("forward", "reverse"):
        span = rng.uniform(parameters.min_span_m, length, n_events)
        low = rng.uniform(0, length - span)
        done = (time / duration[event]).clip(0, 1)
        rising = (outbound == (kind == "forward"))[event]
        position = low[event] + span[event] * np.where(rising, done, 1 - done)
    elif kind == "diffusive":
        step = rng.normal(
            0, parameters.diffusion_m * np.sqrt(PATH_STEP / BROWNIAN_TIME), event.size
        )
        walk = np.cumsum(step)
        walk += (rng.uniform(0, length, n_events) - walk[first])[event]
        position = np.abs((walk + length) % (2 * length) - length)
    else:
        stay = {"stationary": np.inf, "fragmented": FRAGMENT, "empty": PATH_STEP}[kind]
        piece = np.floor(time / stay + 1e-9).astype(int)
        new = np.concatenate([[0], np.cumsum((np.diff(piece) != 0) | (np.diff(event) != 0))])
        position = rng.uniform(0, length, new[-1] + 1)[new]
    return VirtualPaths(duration, outbound, first, position, parameters.gain)


def plant_kind(
    population: Population,
    kind: str,
    n_events: int,
    parameters: EventParameters,
    rng: np.random.Generator,
) -> EventCounts:
    """Plant events of one kind, and count their spikes."""
    paths = draw_paths(kind, n_events, population.length, parameters, rng)
    bins, counts = plant(population, paths, parameters.width_s, rng)
    return EventCounts(counts, bins.interval, n_events, parameters.width_s)


def running_templates(population: Population) -> Templates:
    """Both running directions, as estimated, each a template of its own."""
    return Templates(population.rate, population.visited, population.positions)
