"""A hand-made session of head-direction and turn cells, with every delay known to a millisecond."""

from dataclasses import dataclass

import numpy as np

from neurosim.recording import Recording

STEP = 0.001  # s
CLOCK = 0.02  # s, of the behaviour: that of hand-made recordings


@dataclass(frozen=True)
class PlantedTurns:
    """A recording and what was planted in it.

    Attributes
    ----------
    recording : Recording
    heading : array (sample,)
        What the head-direction cells fire at, rad, continuous, every millisecond.
    command : array (sample,)
        rad s-1.
    preferred : array (cell,)
        Of the turn cells, which are the last units.
    units : array (cell,)
    starts, directions : array (command,)
        Of the commanded turns.
    """

    recording: Recording
    heading: np.ndarray
    command: np.ndarray
    preferred: np.ndarray
    units: np.ndarray
    starts: np.ndarray
    directions: np.ndarray


def turn_commands(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Turns of 60 degrees, 0.3 s long, about one a second: velocity, starts and directions."""
    length = 300
    profile = 30 * (np.arange(length) / length * (1 - np.arange(length) / length)) ** 2
    gaps = rng.integers(400, 1100, n // 500)
    starts = np.cumsum(gaps + length)
    starts = starts[starts < n - 2 * length]
    directions = rng.choice([-1, 1], starts.size)
    velocity = np.zeros(n)
    for start, direction in zip(starts, directions, strict=True):
        velocity[start : start + length] += direction * np.deg2rad(60) * profile / length / STEP
    return velocity, starts * STEP, directions


def poisson_spikes(rate: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Spike times (spike,) from a rate (sample,) in Hz."""
    sample = np.flatnonzero(rng.random(rate.size) < rate * STEP)
    return (sample + rng.random(sample.size)) * STEP


def planted_turns(
    hand_made,
    rng: np.random.Generator,
    *,
    lag: float = 0.0,
    lead: float = 0.0,
    wake: float = 100.0,
    rem: tuple[float, ...] = (60.0, 60.0),
    n_heading_cells: int = 20,
    n_turn_cells: int = 30,
    eye_gain: float | None = None,
) -> PlantedTurns:
    """Make a session: wake in an arena, then epochs of REM.

    Awake the cells fire at where the head will be `lead` s later; in REM the heading follows the
    commands `lag` s later. Eyes, if there are any, move with the commands at once.
    """
    edges = np.cumsum([0.0, wake, *rem])
    n = round(edges[-1] / STEP)
    awake = np.arange(n) < round(wake / STEP)
    command, starts, directions = turn_commands(n, rng)
    behind, ahead = round(lag / STEP), round(lead / STEP)
    head = np.cumsum(np.where(awake, command, 0.0)) * STEP
    turned = np.roll(command, behind)
    heading = np.where(awake, np.roll(head, -ahead), np.cumsum(turned) * STEP)
    preferred_heading = rng.uniform(0, 2 * np.pi, n_heading_cells)
    trains = [
        poisson_spikes(1 + 40 * np.exp(5.7 * (np.cos(heading - at) - 1)), rng)
        for at in preferred_heading
    ]
    preferred = np.tile([-1, 1], n_turn_cells)[:n_turn_cells]
    trains += [poisson_spikes(5 + 6 * np.clip(sign * command, 0, 7), rng) for sign in preferred]
    unit = np.repeat(np.arange(len(trains)), [train.size for train in trains])
    times = np.concatenate(trains)
    order = np.argsort(times, kind="stable")
    names = ["run", *["rem"] * len(rem)]
    recording = hand_made(
        duration=float(edges[-1]),
        spikes=(times[order], unit[order]),
        regions=("ADN",) * n_heading_cells + ("SC",) * n_turn_cells,
        heading=lambda t: np.mod(np.interp(t, np.arange(n) * STEP, head), 2 * np.pi),
        epochs={
            "start": edges[:-1],
            "stop": edges[1:],
            "state": names,
            "phase": ["run", *["post"] * len(rem)],
            "environment": ["arena", *["none"] * len(rem)],
        },
    )
    if eye_gain is not None:
        position = eye_gain * (np.cumsum(command) * STEP)
        position = position - smooth_slowly(position)
        clock = recording.time
        eye = np.interp(clock, np.arange(n) * STEP, position)
        recording.behaviour["eye_position"] = ("time", eye, {"units": "rad"})
    units = np.arange(n_heading_cells, n_heading_cells + n_turn_cells)
    return PlantedTurns(recording, heading, command, preferred, units, starts, directions)


def smooth_slowly(values: np.ndarray) -> np.ndarray:
    """Slow part of a signal (sample,): what an eye that returns to the middle does not show."""
    width = round(2.0 / STEP)
    return np.convolve(np.pad(values, width, mode="edge"), np.ones(width) / width, "same")[
        width:-width
    ]
