r"""Sensors over a head (MEG-like): patterns of what is thought of, noise, and oscillations.

.. math:: y(t) = \sum_c a_c(t) \, p_c + R \, n(t) + Re(w \, z(t))

with activations :math:`a` and patterns :math:`p` of codes, noise whose sources :math:`n` share one
autocorrelation, and an oscillation :math:`z` of topography :math:`w`, the phase of which may differ
over sensors. A linear readout of all this is of the same form, with readouts in place of sensors
(`Sensors.through`), so that sessions can be drawn in the space of decoders, exactly and at a
thirtieth of the cost.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from neurosim import NeurosimError
from neurosim.errors import choices

NOISES = ("white", "autoregressive", "pink")
OSCILLATIONS = ("none", "common", "travelling", "ordered")
GOLDEN_ANGLE = np.pi * (3 - 5**0.5)
SLOWEST_HZ = 0.1  # below, pink noise is flat
JITTER = 1e-9  # of a variance, so that readouts that depend on one another have a root


@dataclass(frozen=True)
class SensorParameters:
    """Sensors, the patterns on them and their noise.

    Attributes
    ----------
    n_sensors : int
    pattern_strength : float
        Root mean square of a pattern over sensors; the SD of the noise is one.
    smoothness : float
        SD of the Gaussian by which patterns and shared noise are smooth, radii of the head.
    independent_fraction : float
        Of the variance of the noise that no two sensors share.
    """

    n_sensors: int = 200
    pattern_strength: float = 0.18
    smoothness: float = 0.3
    independent_fraction: float = 0.3


@dataclass(frozen=True)
class Background:
    """What sensors show besides patterns.

    Attributes
    ----------
    noise : {"white", "autoregressive", "pink"}
        In time: independent, a first-order autoregression, or power over frequency as 1 / f.
    time_constant_s : float
        Of the autoregression, s.
    oscillation : {"none", "common", "travelling", "ordered"}
        ``common``: one phase all over the head. ``travelling``: a plane wave over the head, one
        cycle long from front to back. ``ordered``: a wave over the states, each a quarter of a
        cycle behind the one before it in the order that is tested.
    amplitude : float
        SD of the oscillation, root mean square over sensors; the SD of the noise is one.
    frequency_hz : float
    coherence_s : float
        Time constant of the oscillation's amplitude and phase, s.
    """

    noise: str = "autoregressive"
    time_constant_s: float = 0.03
    oscillation: str = "none"
    amplitude: float = 0.5
    frequency_hz: float = 10.0
    coherence_s: float = 1.0

    def __post_init__(self):
        for name, allowed in (("noise", NOISES), ("oscillation", OSCILLATIONS)):
            if getattr(self, name) not in allowed:
                raise NeurosimError(
                    f"{name}: expected one of {choices(allowed)}, found {getattr(self, name)!r}"
                )


@dataclass(frozen=True)
class Sensors:
    """Sensors, or readouts of them.

    Attributes
    ----------
    patterns : array (code, sensor)
    noise_root : array (sensor, source)
        Noise is that times independent sources of variance one.
    waves : Mapping of name to complex array (sensor,)
        Topographies of oscillations, root mean square one over the sensors of the head.
    overlap : array (code, code)
        Mean product of two patterns over the sensors of the head.
    """

    patterns: np.ndarray
    noise_root: np.ndarray
    waves: Mapping[str, np.ndarray]
    overlap: np.ndarray

    @property
    def n_codes(self) -> int:
        """Number of codes."""
        return len(self.patterns)

    def through(self, weights: np.ndarray) -> "Sensors":
        """Give what linear readouts show of these sensors.

        Parameters
        ----------
        weights : array (sensor, readout)
        """
        root = weights.T @ self.noise_root
        covariance = root @ root.T
        jitter = JITTER * np.diag(np.diag(covariance))
        return Sensors(
            self.patterns @ weights,
            np.linalg.cholesky(covariance + jitter),
            {name: wave @ weights for name, wave in self.waves.items()},
            self.overlap,
        )

    def wave(self, oscillation: str, phase: np.ndarray) -> np.ndarray:
        """Topography (sensor,), complex, of an oscillation.

        Parameters
        ----------
        oscillation : str
        phase : array (code,)
            Of ``ordered``, rad, by which each code lags; NaN for codes that do not take part.
        """
        if oscillation != "ordered":
            return self.waves[oscillation]
        part = np.where(np.isnan(phase), 0.0, np.exp(-1j * np.nan_to_num(phase)))
        return part @ self.patterns / np.sqrt((part.conj() @ self.overlap @ part).real)


def make_sensors(parameters: SensorParameters, n_codes: int, rng: np.random.Generator) -> Sensors:
    """Draw the patterns of codes on sensors that cover the upper half of a head.

    Parameters
    ----------
    parameters : SensorParameters
    n_codes : int
    rng : numpy.random.Generator

    Returns
    -------
    Sensors

    Raises
    ------
    NeurosimError
        If the independent part of the noise is not above 0 and at most 1.
    """
    independent = parameters.independent_fraction
    if not 0 < independent <= 1:
        raise NeurosimError(
            f"independent_fraction: expected more than 0 and at most 1, found {independent}"
        )
    place = _upper_half(parameters.n_sensors)
    distance = np.linalg.norm(place[:, None] - place, axis=2)
    smooth = np.exp(-0.5 * (distance / parameters.smoothness) ** 2)
    root = np.linalg.cholesky(smooth + JITTER * np.eye(len(place)))
    patterns = rng.normal(size=(n_codes, len(place))) @ root.T
    patterns *= parameters.pattern_strength / np.sqrt((patterns**2).mean(axis=1, keepdims=True))
    covariance = (1 - independent) * smooth + independent * np.eye(len(place))
    waves = {
        "common": np.ones(len(place), dtype=complex),
        "travelling": np.exp(-1j * np.pi * place[:, 0]),  # 2 radii from front to back
    }
    overlap = patterns @ patterns.T / len(place)
    return Sensors(patterns, np.linalg.cholesky(covariance), waves, overlap)


def _upper_half(n_sensors: int) -> np.ndarray:
    """Points (sensor, 3) spread evenly over the upper half of a sphere of radius one."""
    height = (np.arange(n_sensors) + 0.5) / n_sensors
    angle = GOLDEN_ANGLE * np.arange(n_sensors)
    flat = np.sqrt(1 - height**2)
    return np.stack([flat * np.cos(angle), flat * np.sin(angle), height], axis=1)


def noise_series(
    background: Background, shape: tuple[int, int], sample_s: float, rng: np.random.Generator
) -> np.ndarray:
    """Independent stationary noise (time, source) of variance one."""
    white = rng.normal(size=shape)
    if background.noise == "white":
        return white
    if background.noise == "autoregressive":
        phi = np.exp(-sample_s / background.time_constant_s)
        first = white[:1] * phi  # the state of the filter, so that the first sample has variance 1
        rest = lfilter([np.sqrt(1 - phi**2)], [1.0, -phi], white[1:], axis=0, zi=first)[0]
        return np.concatenate([white[:1], rest])
    frequency = np.fft.rfftfreq(shape[0], sample_s)
    gain = 1 / np.sqrt(np.maximum(frequency, SLOWEST_HZ))
    last_is_single = shape[0] % 2 == 0
    share = np.full(gain.size, 2.0)
    share[0], share[-1] = 1.0, 1.0 if last_is_single else 2.0
    gain /= np.sqrt((share * gain**2).sum() / shape[0])
    return np.fft.irfft(np.fft.rfft(white, axis=0) * gain[:, None], shape[0], axis=0)


def oscillation_series(
    background: Background, n_samples: int, sample_s: float, rng: np.random.Generator
) -> np.ndarray:
    """Complex narrow-band oscillation (time,), real and imaginary part of variance one."""
    decay = np.exp(-sample_s / background.coherence_s)
    turn = decay * np.exp(2j * np.pi * background.frequency_hz * sample_s)
    drive = rng.normal(size=(n_samples, 2)) @ np.array([1, 1j])
    drive[1:] *= np.sqrt(1 - decay**2)
    return lfilter([1.0], [1.0, -turn], drive)


def sensor_series(
    sensors: Sensors,
    activation: np.ndarray,
    background: Background,
    sample_s: float,
    rng: np.random.Generator,
    phase: np.ndarray | None = None,
) -> np.ndarray:
    """Draw what sensors show in a session.

    Parameters
    ----------
    sensors : Sensors
    activation : array (time, code)
        In units of the pattern that a shown object evokes.
    background : Background
    sample_s : float
        Time between samples, s.
    rng : numpy.random.Generator
    phase : array (code,), optional
        Of an ``ordered`` oscillation, rad; see `Sensors.wave`.

    Returns
    -------
    array (time, sensor)

    Raises
    ------
    NeurosimError
        If an ordered oscillation is to be drawn without phases.
    """
    if background.oscillation == "ordered" and phase is None:
        raise NeurosimError("phase: expected one a code for an ordered oscillation, found none")
    n_samples = len(activation)
    shape = (n_samples, sensors.noise_root.shape[1])
    series = noise_series(background, shape, sample_s, rng) @ sensors.noise_root.T
    if activation.any():
        series += activation @ sensors.patterns
    if background.oscillation != "none":
        wave = background.amplitude * sensors.wave(background.oscillation, phase)
        series += np.outer(oscillation_series(background, n_samples, sample_s, rng), wave).real
    return series
