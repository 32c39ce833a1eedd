"""Foraging in an open arena: a walk that turns away from walls."""

import math

import numpy as np

from neurosim.world.movement import Movement, ornstein_uhlenbeck
from neurosim.world.track import Arena
from neurosim.world.turning import turning

LOOK_AHEAD = 0.15  # m, where a wall begins to turn the animal
WALL_TURN = 2.5  # rad/s, turning away from a wall
SPEED_TIME_CONSTANT = 1.0  # s
SPEED_LOG_SD = 0.5


def forage(
    n: int,
    step: float,
    arena: Arena,
    movement: Movement,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Walk through the arena: position (time, space) in m and heading (time,) in rad."""
    velocity = turning(n, step, movement, "run", rng)
    log_speed = ornstein_uhlenbeck(n, SPEED_LOG_SD, SPEED_TIME_CONSTANT, step, rng)
    speed = movement.arena_speed_m_s * np.exp(log_speed - SPEED_LOG_SD**2 / 2)
    heading = float(rng.uniform(0, 2 * np.pi))
    return _walk(velocity * step, speed * step, heading, arena.side, WALL_TURN * step)


def _walk(
    turns: np.ndarray, strides: np.ndarray, heading: float, side: float, wall_turn: float
) -> tuple[np.ndarray, np.ndarray]:
    """Take one stride (m) after one turn (rad) a sample; scalars of `math`, as it is a loop."""
    xs, ys, headings = [], [], []
    middle = side / 2
    x = y = middle
    cos, sin = math.cos(heading), math.sin(heading)
    for turn, stride in zip(turns.tolist(), strides.tolist(), strict=True):
        if not (0 < x + LOOK_AHEAD * cos < side and 0 < y + LOOK_AHEAD * sin < side):
            to_centre = math.atan2(middle - y, middle - x) - heading
            turn = wall_turn * math.sin(to_centre) + turn
        heading += turn
        cos, sin = math.cos(heading), math.sin(heading)
        x = min(max(x + stride * cos, 0.0), side)
        y = min(max(y + stride * sin, 0.0), side)
        xs.append(x)
        ys.append(y)
        headings.append(heading)
    return np.column_stack([xs, ys]), np.array(headings)
