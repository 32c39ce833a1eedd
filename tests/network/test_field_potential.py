"""The ripple band of a field potential."""

import numpy as np

from neurosim.network.field_potential import band_power, ripple_envelope

TIME = np.arange(0, 2, 0.001)


def test_a_tone_in_the_band_keeps_its_amplitude_and_others_vanish():
    inside = ripple_envelope(3.0 * np.sin(2 * np.pi * 200 * TIME), 1000.0)[500:1500]
    outside = ripple_envelope(3.0 * np.sin(2 * np.pi * 50 * TIME), 1000.0)[500:1500]
    assert np.abs(inside - 3.0).max() < 0.1
    assert outside.max() < 0.01


def test_power_is_the_square_of_the_amplitude():
    power = band_power(np.sin(2 * np.pi * 200 * TIME), 1000.0)[500:1500]
    assert np.abs(power - 1.0).max() < 0.05
