"""The head as a plant: what a command does to it, and when."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Plant:
    """A pure delay, then a first-order lag.

    Attributes
    ----------
    delay_s : float
        From the command to the first movement: conduction and muscles.
    time_constant_s : float
        Of the head's angular velocity.
    """

    delay_s: float
    time_constant_s: float

    def follow(self, command: np.ndarray, step: float) -> np.ndarray:
        """Angular velocity (sample,) of the head under a command (sample,), the same unit."""
        return smoothed(delayed(command, self.delay_s, step), self.time_constant_s, step)


def delayed(signal: np.ndarray, seconds: float, step: float) -> np.ndarray:
    """Shift a signal (sample,) to later times; what comes before it is its first value."""
    n = round(seconds / step)
    if n == 0 or signal.size == 0:
        return signal
    return np.concatenate([np.full(min(n, signal.size), signal[0]), signal[:-n]])


def smoothed(signal: np.ndarray, time_constant: float, step: float) -> np.ndarray:
    """Pass a signal (sample,) through a first-order lag, which rests at its first value."""
    from scipy.signal import lfilter  # slow to import, and not needed for tracks alone

    kept = np.exp(-step / time_constant)
    if signal.size == 0:
        return signal
    return lfilter([1 - kept], [1.0, -kept], signal, zi=[kept * signal[0]])[0]
