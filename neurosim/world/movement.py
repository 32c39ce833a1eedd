"""How the animal moves: what running, foraging and resting share."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

MANY = 5_000_000  # samples; a loop over fewer takes less time than the import of scipy.signal

SCAN_SMOOTHING = 0.1  # s, SD of the Gaussian on small movements of the head


@dataclass(frozen=True)
class TurnParameters:
    """How turns are commanded.

    Attributes
    ----------
    run_rate_hz, rem_rate_hz, nrem_rate_hz : float
        Fast turns a second, both ways together, while foraging, in REM and in NREM.
    amplitude_deg, amplitude_log_sd : float
        Log-normal amplitude.
    duration_s : float
        Duration of a turn of the median amplitude; it grows with the root of the amplitude.
    run_clockwise_fraction : float
        Fraction of clockwise turns while foraging; in sleep it is a half. Neglect of one side
        moves it away from a half.
    """

    run_rate_hz: float
    rem_rate_hz: float
    nrem_rate_hz: float
    amplitude_deg: float
    amplitude_log_sd: float
    duration_s: float
    run_clockwise_fraction: float = 0.5

    def clockwise_fraction(self, state: str) -> float:
        """Fraction of fast turns that are clockwise."""
        return self.run_clockwise_fraction if state == "run" else 0.5

    def rate(self, state: str) -> float:
        """Fast turns a second in a state, both ways together."""
        return {"run": self.run_rate_hz, "rem": self.rem_rate_hz, "nrem": self.nrem_rate_hz}[state]


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
        SD of the slow turning in an arena and of what is intended in sleep.
    turn_time_constant_s : float
        Its time constant (Ornstein-Uhlenbeck).
    turns : TurnParameters or None
        Fast turns on top of it; none if not given.
    """

    sample_rate_hz: float
    track_speed_m_s: float
    pause_s: float
    arena_speed_m_s: float
    turn_sd_deg_s: float
    turn_time_constant_s: float
    turns: TurnParameters | None = None

    @classmethod
    def from_mapping(cls, values: Mapping) -> "Movement":
        """Build the movement from a mapping with one of ``turns`` within."""
        turns = values.get("turns")
        return cls(**{**values, "turns": None if turns is None else TurnParameters(**turns)})


def head_scan(
    n: int, sd: float, time_constant: float, step: float, rng: np.random.Generator
) -> np.ndarray:
    """Draw small movements of the head (sample,), rad: as smooth as a head that has mass."""
    scan = ornstein_uhlenbeck(n, sd, time_constant, step, rng)
    return gaussian_filter1d(scan, SCAN_SMOOTHING / step) if n else scan


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
