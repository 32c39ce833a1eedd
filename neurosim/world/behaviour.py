"""What the animal does: laps on a track, foraging in an arena, rest and sleep."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import xarray as xr
from scipy.ndimage import gaussian_filter1d
from scipy.signal import lfilter

from neurosim.files import flag_names, flags
from neurosim.world.laps import find_laps
from neurosim.world.track import ENVIRONMENTS, Arena, LinearTrack

TURN_DURATION = 0.8  # s to turn around at an end of the track
ACCELERATION_DISTANCE = 0.3  # m from rest to the lap's speed
LAP_SPEED_SPREAD = 0.15  # SD of the log of a lap's speed
WELL_JITTER = 0.02  # m, where the animal stops at an end
LOOK_AHEAD = 0.15  # m, where a wall begins to turn the animal
WALL_TURN = 6.0  # rad/s, turning away from a wall
SPEED_TIME_CONSTANT = 1.0  # s
MAX_LOST = 0.5  # s; a lap may lose its position for so long
SPEED_SMOOTHING = 0.1  # s, SD of the Gaussian on the velocity
SCAN_SD, SCAN_TIME_CONSTANT = 0.15, 0.5  # rad and s of head movements while running a track
REST_SCAN_SD, REST_SCAN_TIME_CONSTANT = 0.5, 2.0  # the same at rest


@dataclass(frozen=True)
class Movement:
    """How the animal moves.

    Attributes
    ----------
    sample_rate_hz : float
        Rate of the behaviour clock.
    track_speed_m_s : float
        Median speed on the track between the ends.
    pause_s : float
        Mean pause at an end of the track.
    arena_speed_m_s : float
        Mean speed in the arena.
    turn_sd_deg_s : float
        SD of the angular velocity in the arena.
    turn_time_constant_s : float
        Time constant of the angular velocity (Ornstein-Uhlenbeck).
    """

    sample_rate_hz: float
    track_speed_m_s: float
    pause_s: float
    arena_speed_m_s: float
    turn_sd_deg_s: float
    turn_time_constant_s: float


def ornstein_uhlenbeck(
    n: int, sd: float, time_constant: float, step: float, rng: np.random.Generator
) -> np.ndarray:
    """Draw a stationary Ornstein-Uhlenbeck process exactly at its samples (sample,)."""
    decay = np.exp(-step / time_constant)
    innovations = rng.normal(0.0, sd * np.sqrt(1 - decay**2), n)
    if n:
        innovations[0] = rng.normal(0.0, sd)
    return lfilter([1.0], [1.0, -decay], innovations)


def simulate_behaviour(
    epochs: xr.Dataset,
    track: LinearTrack,
    arena: Arena,
    movement: Movement,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Draw position and heading through a whole session.

    Parameters
    ----------
    epochs : Dataset (epoch)
        From `neurosim.world.hypnogram.hypnogram`.
    track, arena : LinearTrack, Arena
        Where the animal runs.
    movement : Movement
        How it moves.
    rng : numpy.random.Generator

    Returns
    -------
    Dataset (time)
        The ``/behaviour`` group of a recording. Off the track and the arena the animal lies
        still in its nest, at the origin; ``track_position`` is NaN there.
    """
    step = 1.0 / movement.sample_rate_hz
    end = float(epochs["stop"].values[-1])
    time = np.arange(int(np.floor(end / step + 1e-9))) * step
    position = np.zeros((time.size, 2))
    track_position = np.full(time.size, np.nan)
    heading = np.zeros(time.size)
    environment = np.zeros(time.size, dtype=np.int8)
    last_heading = 0.0
    states, places = flag_names(epochs["state"]), flag_names(epochs["environment"])
    edges = np.searchsorted(time, np.append(epochs["start"].values, end))
    for epoch, (first, last) in enumerate(pairwise(edges)):
        rows, n = slice(first, last), last - first
        environment[rows] = ENVIRONMENTS.index(places[epoch])
        if places[epoch] == "linear":
            track_position[rows], heading[rows] = _run_laps(n, step, track, movement, rng)
            position[rows] = track.coordinates(track_position[rows])
        elif places[epoch] == "arena":
            position[rows], heading[rows] = _forage(n, step, arena, movement, rng)
        elif states[epoch] == "rest":
            heading[rows] = last_heading + ornstein_uhlenbeck(
                n, REST_SCAN_SD, REST_SCAN_TIME_CONSTANT, step, rng
            )
        else:
            heading[rows] = last_heading
        last_heading = float(heading[last - 1])
    return behaviour_dataset(
        time, position, track_position, heading, environment, ENVIRONMENTS, track.length
    )


def _run_laps(
    n: int, step: float, track: LinearTrack, movement: Movement, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Run to and fro with pauses at the ends: position along the track and heading (time,)."""
    knots_t, knots_x, turns = [0.0], [rng.uniform(0, WELL_JITTER)], []
    clock, outbound = 0.0, True
    while clock < n * step:
        clock += TURN_DURATION + rng.exponential(movement.pause_s)
        knots_t.append(clock)
        knots_x.append(knots_x[-1])
        turns.append((clock - TURN_DURATION, rng.choice([-1, 1])))
        margin = rng.uniform(0, WELL_JITTER)
        target = track.length - margin if outbound else margin
        speed = movement.track_speed_m_s * np.exp(rng.normal(0, LAP_SPEED_SPREAD))
        seconds, metres = _lap_profile(abs(target - knots_x[-1]), speed)
        knots_x += (knots_x[-1] + np.sign(target - knots_x[-1]) * metres).tolist()
        knots_t += (clock + seconds).tolist()
        clock += seconds[-1]
        outbound = not outbound
    time = np.arange(n) * step
    heading = ornstein_uhlenbeck(n, SCAN_SD, SCAN_TIME_CONSTANT, step, rng)
    for begin, sign in turns[1:]:  # the first lap begins facing outbound
        ramp = np.clip((time - begin) / TURN_DURATION, 0, 1)
        heading += sign * np.pi * (3 * ramp**2 - 2 * ramp**3)
    return np.interp(time, knots_t, knots_x), heading


def _lap_profile(distance: float, speed: float) -> tuple[np.ndarray, np.ndarray]:
    """Accelerate, run, brake: times in s and distances in m (knot,) from the start of a lap."""
    ramp = min(ACCELERATION_DISTANCE, distance / 2)
    acceleration = speed**2 / (2 * ramp)
    rise = speed / acceleration
    fraction = np.linspace(0, 1, 11)[1:]
    up_t, up_x = rise * fraction, ramp * fraction**2
    cruise = (distance - 2 * ramp) / speed
    down_t = rise + cruise + rise * fraction
    down_x = distance - ramp * (1 - fraction) ** 2
    seconds = np.concatenate([up_t, [rise + cruise], down_t])
    metres = np.concatenate([up_x, [distance - ramp], down_x])
    return seconds, metres


def _forage(
    n: int, step: float, arena: Arena, movement: Movement, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Walk through the arena, turning away from walls: position (time, space), heading (time,)."""
    turning = ornstein_uhlenbeck(
        n, np.deg2rad(movement.turn_sd_deg_s), movement.turn_time_constant_s, step, rng
    )
    log_speed = ornstein_uhlenbeck(n, 0.5, SPEED_TIME_CONSTANT, step, rng)
    speed = movement.arena_speed_m_s * np.exp(log_speed - 0.125)
    position, headings = np.empty((n, 2)), np.empty(n)
    side = arena.side
    x = y = side / 2
    heading = float(rng.uniform(0, 2 * np.pi))
    for i in range(n):
        ahead_x, ahead_y = x + LOOK_AHEAD * np.cos(heading), y + LOOK_AHEAD * np.sin(heading)
        rate = turning[i]
        if not (0 < ahead_x < side and 0 < ahead_y < side):
            to_centre = np.arctan2(side / 2 - y, side / 2 - x) - heading
            rate = WALL_TURN * np.sin(to_centre) + 0.3 * rate
        heading += rate * step
        x = min(max(x + speed[i] * step * np.cos(heading), 0.0), side)
        y = min(max(y + speed[i] * step * np.sin(heading), 0.0), side)
        position[i] = x, y
        headings[i] = heading
    return position, headings


def _speed(time: np.ndarray, position: np.ndarray, environment: np.ndarray) -> np.ndarray:
    """Speed (time,) of the smoothed velocity, m s-1; NaN where the position is.

    Trackers jitter by a pixel; from one sample to the next that looks like running.
    """
    step = float(np.median(np.diff(time)))
    velocity = np.diff(position, axis=0, prepend=position[:1])
    velocity /= np.diff(time, prepend=time[0] - step)[:, None]
    carried = np.diff(environment, prepend=environment[:1]) != 0
    velocity[carried] = 0.0  # being carried to another environment is no movement of the animal's
    smooth = gaussian_filter1d(
        np.nan_to_num(velocity), SPEED_SMOOTHING / step, axis=0, mode="nearest"
    )
    return np.where(np.isfinite(position).all(axis=1), np.hypot(smooth[:, 0], smooth[:, 1]), np.nan)


def _bridged(time: np.ndarray, track_position: np.ndarray) -> np.ndarray:
    """Fill lost frames (time,) between tracked ones less than `MAX_LOST` apart, to find laps."""
    tracked = np.flatnonzero(np.isfinite(track_position))
    if tracked.size < 2:
        return track_position
    after = np.clip(np.searchsorted(tracked, np.arange(time.size)), 1, tracked.size - 1)
    gap = time[tracked[after]] - time[tracked[after - 1]]
    filled = np.interp(time, time[tracked], track_position[tracked])
    inside = (time >= time[tracked[0]]) & (time <= time[tracked[-1]])
    lost = ~np.isfinite(track_position) & inside & (gap <= MAX_LOST)
    return np.where(lost, filled, track_position)


def behaviour_dataset(
    time: np.ndarray,
    position: np.ndarray,
    track_position: np.ndarray | None,
    head_direction: np.ndarray | None,
    environment: np.ndarray,
    environments: tuple[str, ...],
    track_length: float | None,
    length_unit: str = "m",
) -> xr.Dataset:
    """Put behaviour into the form that a recording wants, deriving speed and laps.

    Parameters
    ----------
    time : array (time,)
        s.
    position : array (time, space)
        m.
    track_position : array (time,) or None
        m along the track, NaN off it.
    head_direction : array (time,) or None
        rad, counter-clockwise from the x axis.
    environment : array (time,)
        Index into (or name out of) `environments`.
    environments : tuple of str
        Names of the environments.
    track_length : float or None
        m; needed with `track_position`.
    length_unit : {"m", "track"}
        ``track`` where the scale is not known and all lengths are parts of the track.

    Returns
    -------
    Dataset (time, space)
    """
    place = flags(environment, environments, "time", "environment")
    variables = {
        "position": (
            ("time", "space"),
            position.astype(np.float32),
            {"units": length_unit, "long_name": "position in the environment"},
        ),
        "speed": (
            "time",
            _speed(time, position, place.values).astype(np.float32),
            {"units": f"{length_unit} s-1", "long_name": "speed"},
        ),
        "environment": place,
    }
    if head_direction is not None:
        variables["head_direction"] = (
            "time",
            np.mod(head_direction, 2 * np.pi).astype(np.float32),
            {"units": "rad", "long_name": "head direction, counter-clockwise from the x axis"},
        )
    if track_position is not None:
        lap = find_laps(_bridged(time, track_position), track_length)
        variables["track_position"] = (
            "time",
            track_position.astype(np.float32),
            {
                "units": length_unit,
                "long_name": "position along the track",
                "track_length": track_length,
            },
        )
        variables["edge"] = (
            "time",
            np.where(np.isfinite(track_position), 0, -1).astype(np.int8),
            {"long_name": "edge of the track, -1 off the track"},
        )
        variables["lap"] = (
            "time",
            lap,
            {"long_name": "lap from one end zone to the other, -1 outside laps"},
        )
    coordinates = {"time": ("time", time, {"units": "s", "long_name": "time"}), "space": ["x", "y"]}
    return xr.Dataset(variables, coords=coordinates)
