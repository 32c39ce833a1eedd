"""The rhythm of events in a field potential."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from neurosim.decode.rhythm import SEARCHED, event_rhythm, spectral_peak
from neurosim.files import flags

RATE = 1000.0
TIME = np.arange(0, 20, 1 / RATE)
STARTS = np.arange(1.0, 19.0, 1.5)


def walk(rng):
    """Noise whose spectrum falls with the square of frequency, as a field potential's does."""
    return np.cumsum(rng.normal(0, 1, TIME.size))


def recorded(field):
    groups = xr.Dataset({"time": ("sample", TIME), "field_potential": ("sample", field)})
    return SimpleNamespace(oscillations=groups, intervals=lambda state: np.array([[0.0, TIME[-1]]]))


def measured(recording):
    names = np.full(STARTS.size, "nrem", dtype=object)
    state = xr.DataArray(flags(names, ("rest", "nrem"), "event", "state"))
    found = event_rhythm(recording, STARTS, STARTS + 0.1, state)
    return found["ripple_frequency"][1], found["ripple_ratio"][1]


@pytest.mark.parametrize("frequency", [120.0, 170.0, 220.0])
def test_a_planted_rhythm_is_found_in_falling_noise(rng, frequency):
    field = walk(rng)
    for start in STARTS:
        inside = (start <= TIME) & (start + 0.1 > TIME)
        field[inside] += 6 * np.sin(2 * np.pi * frequency * TIME[inside])
    found, ratio = measured(recorded(field))
    assert abs(np.median(found) - frequency) < 6
    assert (np.median(ratio) > 5) == (frequency > 150)


def test_noise_has_no_favourite_frequency(rng):
    field = walk(rng)
    peaks = [spectral_peak(field, first, first + 100, RATE) for first in range(0, 19_000, 150)]
    assert min(peaks) >= SEARCHED[0]
    assert max(peaks) <= SEARCHED[1]
    assert abs(np.mean(peaks) - np.mean(SEARCHED)) < 30


def test_without_a_field_potential_nothing_is_known():
    found, ratio = measured(SimpleNamespace(oscillations=None))
    assert np.isnan(found).all()
    assert np.isnan(ratio).all()
    field = np.full(TIME.size, np.nan)
    found, ratio = measured(recorded(field))
    assert np.isnan(found).all()
    assert np.isnan(ratio).all()
