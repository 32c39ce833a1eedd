"""How the animal moves: what running, foraging and resting share."""

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter


@dataclass(frozen=True)
class Movement:
    """How the animal moves.

    Attributes
    ----------
    sample_rate_hz : float
        Rate of the behaviour clock.
    track_speed_m_s : float
        Median speed on a track between the wells.
    pause_s : float
        Mean pause at a well.
    arena_speed_m_s : float
        Mean speed in an arena.
    turn_sd_deg_s : float
        SD of the angular velocity in an arena.
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
