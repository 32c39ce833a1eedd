"""Clocks that tick regularly: NWB wants their start and rate instead of every time."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class RegularClock:
    """Times that a formula gives to the last bit: ``offset + (first + index) * step / per``, in s.

    Attributes
    ----------
    first : int
        Number of the first tick.
    step, per, offset : float
        One of `step` and `per` is 1: either the times were made by multiplying with a step or by
        dividing by a rate, which rounds otherwise.
    """

    first: int
    step: float
    per: float
    offset: float

    @classmethod
    def of(cls, times: np.ndarray) -> "RegularClock | None":
        """Find the formula behind times (time,), s; None where there is none.

        The difference of two times is not the step they were made with: rounding took bits. So
        round steps and rates near the mean one are tried, and then those differences.
        """
        if times.size < 3 or times.dtype != np.float64:
            return None
        mean = float(times[-1] - times[0]) / (times.size - 1)
        if not (np.isfinite(mean) and mean > 0):
            return None
        for clock in cls._candidates(times, mean):
            if np.array_equal(clock.times(times.size), times):
                return clock
        return None

    @classmethod
    def _candidates(cls, times: np.ndarray, mean: float) -> Iterator["RegularClock"]:
        rates = [rate for rate in (round(1.0 / mean, digits) for digits in (0, 1, 2, 3)) if rate]
        steps = [1.0 / rate for rate in rates] + [round(mean, digits) for digits in (3, 4, 6)]
        steps += [mean, float(times[1] - times[0])]
        begin = float(times[0])
        for step, per in [(1.0, rate) for rate in rates] + [(step, 1.0) for step in steps if step]:
            yield cls(round(begin * per / step), step, per, 0.0)
            yield cls(0, step, per, begin)

    def times(self, n: int) -> np.ndarray:
        """Give the first n times (time,), s."""
        return self.offset + np.arange(self.first, self.first + n) * self.step / self.per

    @property
    def rate(self) -> float:
        """Ticks a second, Hz; a round number where the step is one over it."""
        rate = self.per / self.step
        return round(rate, 6) if 1.0 / round(rate, 6) == self.step else rate

    def as_json(self) -> dict[str, Any]:
        """Numbers of the formula, by name."""
        return asdict(self)
