"""Ripple power in bursts, in SDs above its background.

z is taken over all searched offline states together,

    z = (power - median) / (1.4826 * median absolute deviation),

which is in SDs of what is no ripple. The mean and SD of the same samples hold the ripples too: the
more there are, and the higher, the higher they put the threshold (a sleep with a ripple in 6 % of
its time and SDs of 1.7 backgrounds loses a quarter of them at z > 3). For the Rayleigh-distributed
envelope of a field potential without ripples both put z = 3 at the same height within 2 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurosim import MissingData, NeurosimError
from neurosim.recording import Recording

MARGIN = 0.01  # s; ripples begin and end up to this long before and after the burst of spikes
MEDIAN_DEVIATION = 1.4826  # SD of a Gaussian over its median absolute deviation


@dataclass(frozen=True)
class RipplePower:
    """Ripple power and its background.

    Attributes
    ----------
    time : array (sample,)
        s.
    power : array (sample,)
        NaN where it is not known.
    background, spread : float
        What lies at z = 0, and how far from there z = 1 is.
    """

    time: np.ndarray
    power: np.ndarray
    background: float
    spread: float

    def peak_z(self, start: np.ndarray, stop: np.ndarray) -> np.ndarray:
        """Highest z (event,) from `MARGIN` before the start to `MARGIN` after the stop of events.

        NaN where no sample is known.
        """
        first = np.searchsorted(self.time, start - MARGIN)
        last = np.searchsorted(self.time, stop + MARGIN, side="right")
        peaks = [
            np.fmax.reduce(self.power[a:b], initial=np.nan)
            for a, b in zip(first, last, strict=True)
        ]
        return (np.array(peaks, dtype=float) - self.background) / self.spread


def ripple_power(recording: Recording, states: Sequence[str]) -> RipplePower:
    """Find the background of ripple power in some states.

    Parameters
    ----------
    recording : Recording
    states : sequence of str
        Their epochs are the background, ripples and all.

    Returns
    -------
    RipplePower

    Raises
    ------
    MissingData
        If there is none, or none in those states.
    NeurosimError
        If it breaks the contract, or hardly varies, so that it has no z.
    """
    oscillations = recording.oscillations
    if oscillations is None or "ripple_power" not in oscillations:
        raise MissingData(f"{recording.name}: expected '/oscillations/ripple_power', found none")
    time, power = oscillations["time"].values, oscillations["ripple_power"].values
    epochs = np.concatenate([recording.intervals(state=state) for state in states])
    edges = np.searchsorted(time, epochs)
    reference = np.concatenate([power[a:b] for a, b in edges])
    reference = reference[np.isfinite(reference)].astype(float)
    if reference.size == 0:
        raise MissingData(
            f"{recording.name}: '/oscillations/ripple_power': expected values in "
            f"{', '.join(states)}, found none"
        )
    background = float(np.median(reference))
    spread = MEDIAN_DEVIATION * float(np.median(np.abs(reference - background)))
    if spread == 0:
        raise NeurosimError(
            f"{recording.name}: '/oscillations/ripple_power': expected values that vary in "
            f"{', '.join(states)}, found half of them at {background:g}; write the envelope of the "
            "band without a threshold, or leave it out"
        )
    return RipplePower(time, power, background, spread)
