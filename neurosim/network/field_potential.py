"""The ripple band of a field potential."""

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import butter, hilbert, sosfiltfilt

BAND = (150.0, 250.0)  # Hz: Denovellis et al. 2021, 10.7554/eLife.64505
SMOOTHING = 0.004  # s, SD of the Gaussian on the envelope; the same source


def band_power(field: np.ndarray, rate_hz: float) -> np.ndarray:
    """Power (sample,) of the ripple band of a field potential (sample,), in its unit squared."""
    band = butter(4, BAND, btype="bandpass", fs=rate_hz, output="sos")
    return np.abs(hilbert(sosfiltfilt(band, field.astype(float)))) ** 2


def ripple_envelope(field: np.ndarray, rate_hz: float) -> np.ndarray:
    """Smoothed amplitude (sample,) of the ripple band of a field potential (sample,)."""
    amplitude = np.sqrt(band_power(field, rate_hz))
    return gaussian_filter1d(amplitude, SMOOTHING * rate_hz, mode="nearest")
