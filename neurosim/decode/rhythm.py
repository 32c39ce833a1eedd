"""The rhythm of the field potential in events: how fast, and how much stronger than elsewhere."""

import numpy as np
import xarray as xr

from neurosim.files import flag_names
from neurosim.network.field_potential import band_power
from neurosim.recording import Recording

SEARCHED = (80.0, 300.0)  # Hz, where a peak is looked for
WINDOW = 0.064  # s at least, about the middle of an event: a resolution of 16 Hz
N_FFT = 1024


def event_rhythm(
    recording: Recording, start: np.ndarray, stop: np.ndarray, state: xr.DataArray
) -> dict[str, tuple]:
    """Measure the rhythm of events.

    Parameters
    ----------
    recording : Recording
    start, stop : array (event,)
        s.
    state : DataArray (event,)
        Flag.

    Returns
    -------
    dict
        ``ripple_frequency`` Hz (event): peak of the spectrum within `SEARCHED`; and
        ``ripple_ratio`` (event): power of the ripple band over that outside events of the same
        state. NaN where no field potential is known.
    """
    frequency, ratio = np.full(start.size, np.nan), np.full(start.size, np.nan)
    oscillations = recording.oscillations
    if oscillations is not None and "field_potential" in oscillations:
        time = oscillations["time"].values
        field = oscillations["field_potential"].values.astype(float)
        rate = 1 / float(np.median(np.diff(time[: min(time.size, 1000)])))
        edges = np.searchsorted(time, np.column_stack([start, stop]))
        for event, (first, last) in enumerate(edges):
            frequency[event] = spectral_peak(field, int(first), int(last), rate)
        ratio = _ratios(recording, time, field, rate, edges, flag_names(state))
    return {
        "ripple_frequency": (
            "event",
            frequency,
            {"units": "Hz", "long_name": "peak of the field potential's spectrum in the event"},
        ),
        "ripple_ratio": (
            "event",
            ratio,
            {"units": "1", "long_name": "ripple power over that outside events"},
        ),
    }


def spectral_peak(field: np.ndarray, first: int, last: int, rate: float) -> float:
    """Frequency at which the whitened spectrum of a stretch of a field potential peaks.

    Parameters
    ----------
    field : array (sample,)
    first, last : int
        Samples of the stretch; it is widened to `WINDOW`.
    rate : float
        Hz.

    Returns
    -------
    float
        Hz, within `SEARCHED`; NaN where the field is not known.
    """
    short = max(0, int(np.ceil(WINDOW * rate)) - (last - first))
    first, last = max(first - short // 2, 0), min(last + short - short // 2, field.size)
    stretch = field[first:last]
    if stretch.size < WINDOW * rate / 2 or not np.isfinite(stretch).all():
        return np.nan
    # Differences whiten a spectrum that falls with the square of frequency: else its low end wins.
    whitened = np.diff(stretch)
    tapered = (whitened - whitened.mean()) * np.hanning(whitened.size)
    power = np.abs(np.fft.rfft(tapered, max(N_FFT, stretch.size))) ** 2
    axis = np.fft.rfftfreq(max(N_FFT, stretch.size), 1 / rate)
    inside = np.flatnonzero((axis >= SEARCHED[0]) & (axis <= SEARCHED[1]))
    return float(axis[inside[power[inside].argmax()]])


def _ratios(
    recording: Recording,
    time: np.ndarray,
    field: np.ndarray,
    rate: float,
    edges: np.ndarray,
    state: np.ndarray,
) -> np.ndarray:
    """Ripple power of events over that of the same state outside of them (event,)."""
    ratio = np.full(len(edges), np.nan)
    within = np.zeros(time.size, dtype=bool)
    for first, last in edges:
        within[first:last] = True
    for name in np.unique(state):
        power = np.full(time.size, np.nan)
        outside = np.zeros(time.size, dtype=bool)
        for first, last in np.searchsorted(time, recording.intervals(state=str(name))):
            if last - first > rate and np.isfinite(field[first:last]).all():
                power[first:last] = band_power(field[first:last], rate)
                outside[first:last] = ~within[first:last]
        if outside.any():
            for event in np.flatnonzero(state == name):
                first, last = edges[event]
                ratio[event] = power[first : last + 1].mean() / power[outside].mean()
    return ratio
