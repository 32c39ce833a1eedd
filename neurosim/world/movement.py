"""How the animal moves: what running, foraging and resting share."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

MANY = 5_000_000  # samples; a loop over fewer takes less time than the import of scipy.signal


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
    return _decaying_sum(innovations, float(decay))


def _decaying_sum(values: np.ndarray, decay: float) -> np.ndarray:
    """Each value plus `decay` times the result before it (sample,)."""
    if values.size > MANY:
        from scipy.signal import lfilter

        return lfilter([1.0], [1.0, -decay], values)

    def sums() -> Iterator[float]:
        before = 0.0
        for value in values.tolist():
            before = value + decay * before
            yield before

    return np.fromiter(sums(), float, values.size)
