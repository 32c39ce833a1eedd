r"""Theta: its phase, and firing that is bound to it.

A cell's rate in a field is multiplied by a von Mises factor that averages to one over the cycle,

    rate(t) = background + field rate * exp(k cos(theta(t) - preferred phase)) / I0(k).

The preferred phase falls along the field (phase precession), so within a cycle cells fire in the
order in which their fields are met: theta sequences emerge. A field of extent E over which the
phase falls by P degrees makes the represented place sweep by E * 360 / P a cycle, at

    sweep speed = E * f * 360 / P + v,

with theta frequency f and running speed v: the sequence is compressed by E f (360 / P) / v + 1,
about E f / v (Skaggs et al. 1996, 10.1002/(SICI)1098-1063(1996)6:2<149::AID-HIPO6>3.0.CO;2-K;
Geisler et al. 2010, 10.1073/pnas.0912478107).
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim.world.movement import ornstein_uhlenbeck

SAMPLE_RATE = 250.0  # Hz
RIPPLE_SMOOTHING = 0.008  # s, SD of the Gaussian that smooths ripple power
RIPPLE_NOISE_TIME = 0.012  # s, time constant of ripple power without ripples
RIPPLE_EDGE_JITTER = 0.008  # s, SD between the edges of a burst and of its ripple
MEDIAN_DEVIATION = 1.4826  # SD of a Gaussian over its median absolute deviation
# Median height in SDs of the noise before smoothing, and SD of its logarithm; no published number
# here. 7 % of ripples are lower than 3 such SDs, and 3 % lower than z = 3; noise on top of them
# takes the peaks of all but 1 % above that.
RIPPLE_HEIGHT, RIPPLE_LOG_SD = 5.0, 0.35


@dataclass(frozen=True)
class ThetaParameters:
    """The theta rhythm.

    Attributes
    ----------
    frequency_hz : float
        Mean frequency.
    frequency_sd_hz, frequency_time_constant_s : float
        SD and time constant of its slow changes (Ornstein-Uhlenbeck).
    concentration : float
        von Mises concentration of the firing; 0 for none.
    """

    frequency_hz: float
    frequency_sd_hz: float
    frequency_time_constant_s: float
    concentration: float


@dataclass(frozen=True)
class Theta:
    """Theta through a session.

    Attributes
    ----------
    phase : array (sample,)
        Unwrapped phase at `SAMPLE_RATE` from time zero, rad.
    concentration : float
        von Mises concentration of the firing.
    """

    phase: np.ndarray
    concentration: float

    @property
    def max_factor(self) -> float:
        """Highest value of `factor`."""
        return float(np.exp(self.concentration) / np.i0(self.concentration))

    def at(self, times: np.ndarray) -> np.ndarray:
        """Unwrapped phase at times in s (spike,), rad."""
        place = np.clip(times * SAMPLE_RATE, 0, self.phase.size - 1.001)
        sample = place.astype(int)
        before = self.phase[sample]
        return before + (place - sample) * (self.phase[sample + 1] - before)

    def factor(self, times: np.ndarray, preferred: np.ndarray) -> np.ndarray:
        """What multiplies the rate of a field with some preferred phase (rad) at times in s."""
        k = self.concentration
        return np.exp(k * np.cos(self.at(times) - preferred)) / np.i0(k)


def draw_theta(duration: float, parameters: ThetaParameters, rng: np.random.Generator) -> Theta:
    """Draw the phase of theta through a session of some duration in s."""
    n = int(np.ceil(duration * SAMPLE_RATE)) + 2
    frequency = parameters.frequency_hz + ornstein_uhlenbeck(
        n,
        parameters.frequency_sd_hz,
        parameters.frequency_time_constant_s,
        1 / SAMPLE_RATE,
        rng,
    )
    phase = rng.uniform(0, 2 * np.pi) + 2 * np.pi * np.cumsum(frequency) / SAMPLE_RATE
    return Theta(phase, parameters.concentration)


def sequence_compression(
    extent: float, frequency: float, precession_deg: float, speed: float
) -> float:
    """Compression of theta sequences that precession brings about: E f (360 / P) / v + 1.

    Parameters
    ----------
    extent : float
        Over which the phase falls by the whole precession, m.
    frequency : float
        Of theta, Hz.
    precession_deg : float
    speed : float
        Of running, m s-1.

    Examples
    --------
    >>> sequence_compression(extent=0.5, frequency=8.0, precession_deg=360.0, speed=0.5)
    9.0
    """
    return extent * frequency * (360 / precession_deg) / speed + 1


def ripple_power(
    duration: float, bursts: np.ndarray, offline: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Draw ripple-band power, z-scored by its median and median deviation in rest and NREM.

    Noise everywhere, and on planted bursts a plateau of random height whose edges are jittered
    and smoothed.

    Parameters
    ----------
    duration : float
        s.
    bursts : array (burst, 2)
        Start and stop of bursts that ripple, s.
    offline : array (interval, 2)
        Times over which both are taken, s; the whole session if there are none.
    rng : numpy.random.Generator

    Returns
    -------
    array (sample,)
        At `SAMPLE_RATE` from time zero.
    """
    from scipy.ndimage import gaussian_filter1d

    n = int(np.floor(duration * SAMPLE_RATE))
    noise = ornstein_uhlenbeck(n, 1.0, RIPPLE_NOISE_TIME, 1 / SAMPLE_RATE, rng)
    jittered = bursts + rng.normal(0, RIPPLE_EDGE_JITTER, bursts.shape)
    edges = np.clip(np.rint(np.sort(jittered, axis=1) * SAMPLE_RATE).astype(int), 0, n)
    height = RIPPLE_HEIGHT * np.exp(rng.normal(0, RIPPLE_LOG_SD, len(bursts)))
    steps = np.zeros(n + 1)
    np.add.at(steps, edges[:, 0], height)
    np.add.at(steps, edges[:, 1], -height)
    smooth = RIPPLE_SMOOTHING * SAMPLE_RATE
    power = gaussian_filter1d(noise, smooth / 2) + gaussian_filter1d(np.cumsum(steps)[:n], smooth)
    inside = np.zeros(n + 1)
    counted = np.clip(np.rint(offline * SAMPLE_RATE).astype(int), 0, n)
    np.add.at(inside, counted[:, 0], 1)
    np.add.at(inside, counted[:, 1], -1)
    rows = np.cumsum(inside)[:n] > 0
    reference = power[rows] if rows.any() else power
    centre = np.median(reference)
    return (power - centre) / (MEDIAN_DEVIATION * np.median(np.abs(reference - centre)))


def oscillations_dataset(theta: Theta, power: np.ndarray) -> xr.Dataset:
    """Write what a local field potential would have given: the group ``/oscillations`` (sample,).

    Outside of running and REM the phase is that of a rhythm to which no firing is bound.
    """
    time = np.arange(power.size) / SAMPLE_RATE
    return xr.Dataset(
        {
            "time": ("sample", time, {"units": "s", "long_name": "time"}),
            "theta_phase": (
                "sample",
                np.mod(theta.phase[: power.size], 2 * np.pi).astype(np.float32),
                {"units": "rad", "long_name": "phase of theta"},
            ),
            "ripple_power": (
                "sample",
                power.astype(np.float32),
                {"units": "1", "long_name": "envelope of the ripple band, z over rest and NREM"},
            ),
        }
    )
