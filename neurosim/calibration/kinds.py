"""Virtual paths of events by kind, for calibration: what a detector should find, and should not.

================== =========================================================
kind               path
================== =========================================================
``forward``        constant speed, the way the replayed map was run
``reverse``        constant speed, against it
``accelerating``   either way, speed rising linearly to a multiple
``hover_and_jump`` either way, holds and jumps in turn
``diffusive``      Brownian, reflected at the track's ends
``stationary``     one place
``fragmented``     a new place every 20 ms, or as told
``empty``          a new place every 1 ms: cells at their mean rates
================== =========================================================

The paths themselves are those of `neurosim.cells.paths`, on a straight track and in bulk.
"""

from dataclasses import dataclass

import numpy as np

from neurosim import NeurosimError
from neurosim.calibration.population import PATH_STEP, Population, VirtualPaths, plant
from neurosim.cells.paths import BROWNIAN_TIME, accelerated, diffuse_in_arena, hover_and_jump
from neurosim.decode.templates import EventCounts, Templates
from neurosim.errors import choices

MOVING = ("forward", "reverse", "accelerating", "hover_and_jump")
KINDS = (*MOVING, "diffusive", "stationary", "fragmented", "empty")


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
        Shortest way of an event that moves along the track.
    acceleration_factor : float
        Speed at the end over speed at the beginning of an accelerating event.
    hold_s, jump_s : float
        Mean durations of holds and jumps.
    diffusion_m : float
        SD of a diffusive event's displacement in 20 ms.
    fragment_s : float
        Time that a fragmented event stays at a place.
    gain : float
        Rate within events over the rate while running.
    """

    width_s: float = 0.005
    duration_low_s: float = 0.06
    duration_high_s: float = 0.3
    min_span_m: float = 0.5
    acceleration_factor: float = 4.0
    hold_s: float = 0.0167
    jump_s: float = 0.0112
    diffusion_m: float = 0.08
    fragment_s: float = 0.02
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
    step = np.arange(event.size) - first[event]
    outbound = rng.random(n_events) < 0.5
    if kind in MOVING:
        done = ((step + 0.5) * PATH_STEP / duration[event]).clip(0, 1)
        if kind == "accelerating":
            done = accelerated(done, parameters.acceleration_factor)
        elif kind == "hover_and_jump":
            done = hover_and_jump(duration, samples, parameters.hold_s, parameters.jump_s, rng)
        rising = rng.random(n_events) < 0.5
        if kind in ("forward", "reverse"):
            rising = outbound == (kind == "forward")
        span = rng.uniform(parameters.min_span_m, length, n_events)
        low = rng.uniform(0, length - span)
        position = low[event] + span[event] * np.where(rising[event], done, 1 - done)
    elif kind == "diffusive":
        step_sd = parameters.diffusion_m * np.sqrt(PATH_STEP / BROWNIAN_TIME)
        start = rng.uniform(0, length, n_events)
        n_steps = int(samples.max(initial=0))
        position = diffuse_in_arena(length, start, step_sd, n_steps, rng)[step, event]
    else:
        stay = {"stationary": np.inf, "fragmented": parameters.fragment_s, "empty": PATH_STEP}[kind]
        piece = np.floor((step + 0.5) * PATH_STEP / stay + 1e-9).astype(int)
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
