"""What sleep adds: UP and DOWN states in NREM, theta-paced sequences in REM."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurosim.cells.paths import KINDS
from neurosim.cells.planted import EVENT_DIRECTIONS
from neurosim.cells.virtual import Stretches, VirtualEnvironment, run_speed

SHORTEST_SEQUENCE = 0.5  # s; a lap in REM that the bout's end leaves less of is left out
FORWARD = EVENT_DIRECTIONS.index("forward")


@dataclass(frozen=True)
class UpStates:
    """UP and DOWN states of NREM: log-normal durations.

    Attributes
    ----------
    up_s, up_log_sd, down_s, down_log_sd : float
        Medians in s, and SDs of the logarithms.
    """

    up_s: float
    up_log_sd: float
    down_s: float
    down_log_sd: float


@dataclass(frozen=True)
class RemParameters:
    """Theta-paced sequences in REM after running.

    Attributes
    ----------
    fraction : float
        Fraction of REM time in which laps are run through virtually.
    compression_median, compression_log_sd : float
        Log-normal ratio of the laps' time over the stretch to the sequence's.
    gain : float
        Rate within a sequence over the rate while running.
    """

    fraction: float
    compression_median: float
    compression_log_sd: float
    gain: float


def up_states(start: float, stop: float, states: UpStates, rng: np.random.Generator) -> np.ndarray:
    """Draw the UP states of an NREM epoch, which begins and ends somewhere in one.

    Returns
    -------
    array (up, 2)
        Start and stop, s; DOWN states lie between.
    """
    n = int(2 * (stop - start) / (states.up_s + states.down_s)) + 10
    up = states.up_s * np.exp(rng.normal(0, states.up_log_sd, n))
    down = states.down_s * np.exp(rng.normal(0, states.down_log_sd, n))
    up[0] *= rng.random()
    ends = start + np.cumsum(up + down) - down
    intervals = np.column_stack([np.concatenate([[start], (ends + down)[:-1]]), ends])
    intervals = intervals[intervals[:, 0] < stop]
    intervals[-1, 1] = stop
    return intervals


def draw_sequences(
    parameters: RemParameters,
    environments: Sequence[VirtualEnvironment],
    start: float,
    stop: float,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Run laps virtually through a REM bout: whole routes with pauses that leave the fraction.

    The bout begins within a lap with the probability that is the fraction, and cuts its last lap
    off: so the fraction holds for short bouts too. Laps follow the direction of running, and the
    compression of one that is cut is that of the whole.
    """
    weights = np.array([e.weight * (e.grid.graph is not None) for e in environments])
    if parameters.fraction == 0 or weights.sum() == 0:
        return sequence_table([], parameters)
    place = int(rng.choice(weights.size, p=weights / weights.sum()))
    environment, fraction = environments[place], parameters.fraction
    rows, clock, in_lap = [], start, rng.random() < fraction
    skipped = rng.random() if in_lap else 0.0
    while clock < stop:
        route = int(rng.integers(len(environment.routes)))
        length = environment.routes[route].length
        compression = parameters.compression_median * np.exp(
            rng.normal(0, parameters.compression_log_sd)
        )
        whole = _one_stretch(route, 0.0, length)
        speed = compression * float(run_speed(environment, whole)[0])
        if not in_lap:
            clock += rng.exponential(length / speed * (1 - fraction) / fraction)
        ends = min(clock + (1 - skipped) * length / speed, stop)
        if ends - clock >= SHORTEST_SEQUENCE:
            first = skipped * length
            done = min(first + (ends - clock) * speed, length)
            rows.append((clock, ends, place, route, first, done, speed, compression))
        clock, in_lap, skipped = ends, False, 0.0
    return sequence_table(rows, parameters)


def _one_stretch(route: int, start: float, stop: float) -> Stretches:
    return Stretches(
        np.array([route]), np.array([start]), np.array([stop]), np.zeros((1, 2)), np.zeros(1)
    )


def sequence_table(rows: list[tuple], parameters: RemParameters) -> dict[str, np.ndarray]:
    """Turn sequences into the columns that `neurosim.cells.planted.Events` needs (event,)."""
    names = ("start", "stop", "environment", "route", "from", "to", "speed", "compression")
    table = {
        name: np.array([row[column] for row in rows], dtype=float)
        for column, name in enumerate(names)
    }
    n = len(rows)
    for name in ("environment", "route"):
        table[name] = table[name].astype(int)
    table |= {"heading": np.zeros(n), "origin": np.zeros((n, 2))}
    table |= {"kind": np.full(n, KINDS.index("forward")), "direction": np.full(n, FORWARD)}
    return table | {"gain": np.full(n, parameters.gain)}
