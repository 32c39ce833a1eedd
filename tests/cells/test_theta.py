"""Theta, the firing bound to it, and ripple power."""

import numpy as np
import pytest
from scipy.special import i0e

from neurosim.cells.theta import (
    SAMPLE_RATE,
    Theta,
    ThetaParameters,
    draw_theta,
    oscillations_dataset,
    ripple_power,
)

PARAMETERS = ThetaParameters(
    frequency_hz=8.0, frequency_sd_hz=0.5, frequency_time_constant_s=1.0, concentration=1.5
)


def test_theta_has_the_frequency_asked_for_and_slow_changes_of_it(rng):
    theta = draw_theta(2000.0, PARAMETERS, rng)
    frequency = np.diff(theta.phase) * SAMPLE_RATE / (2 * np.pi)
    assert frequency.mean() == pytest.approx(8.0, abs=0.1)
    assert frequency.std() == pytest.approx(0.5, rel=0.1)
    lag = int(SAMPLE_RATE)  # one time constant
    assert np.corrcoef(frequency[:-lag], frequency[lag:])[0, 1] == pytest.approx(
        np.exp(-1), abs=0.1
    )


def test_the_phase_between_samples_is_interpolated():
    theta = Theta(np.array([0.0, 1.0, 3.0]), 1.0)
    times = np.array([0.0, 0.5, 1.25, 1.5]) / SAMPLE_RATE
    np.testing.assert_allclose(theta.at(times), [0.0, 0.5, 1.5, 2.0])


@pytest.mark.parametrize("concentration", [0.0, 0.5, 3.0])
def test_the_factor_averages_to_one_over_a_cycle_and_peaks_at_the_preferred_phase(concentration):
    n = int(SAMPLE_RATE)
    theta = Theta(2 * np.pi * np.arange(n + 1) / n, concentration)
    times = np.arange(n) / SAMPLE_RATE
    factor = theta.factor(times, np.full(n, 2.0))
    assert factor.mean() == pytest.approx(1.0, rel=1e-6)
    assert theta.max_factor == pytest.approx(1 / i0e(concentration))
    assert factor.max() <= theta.max_factor + 1e-12
    if concentration:
        assert np.mod(theta.at(times[[factor.argmax()]]), 2 * np.pi)[0] == pytest.approx(
            2.0, abs=0.02
        )


def test_ripple_power_is_high_in_bursts_and_its_edges_are_not_theirs(rng):
    starts = 5 + 2.0 * np.arange(400)
    bursts = np.column_stack([starts, starts + 0.15])
    power = ripple_power(1000.0, bursts, np.array([[0.0, 900.0]]), rng)
    time = np.arange(power.size) / SAMPLE_RATE
    rows = time < 900
    assert np.median(power[rows]) == pytest.approx(0.0, abs=1e-6)
    assert power[time > 900].std() == pytest.approx(1.0, abs=0.2)
    inside = ((time[:, None] > starts[:20] + 0.04) & (time[:, None] < starts[:20] + 0.11)).any(1)
    assert np.median(power[inside]) > 3
    assert np.mean(power[time > 900] > 3) < 0.01
    peaks = np.array([power[(time > a) & (time < b)].max() for a, b in bursts])
    assert np.mean(peaks > 3) > 0.9
    onsets = []
    for start, peak in zip(starts, peaks, strict=True):
        window = (time > start - 0.05) & (time < start + 0.1)
        onsets.append(time[window][np.argmax(power[window] > peak / 2)] - start)
    assert 0.004 < np.std(onsets) < 0.04


def test_the_group_has_one_clock(rng):
    theta = draw_theta(10.0, PARAMETERS, rng)
    power = ripple_power(10.0, np.zeros((0, 2)), np.zeros((0, 2)), rng)
    group = oscillations_dataset(theta, power)
    assert group.sizes["sample"] == 2500
    np.testing.assert_allclose(np.diff(group["time"]), 1 / SAMPLE_RATE)
    phase = group["theta_phase"].values
    assert phase.min() >= 0
    assert phase.max() <= np.float32(2 * np.pi)
    steps = np.mod(np.diff(phase), 2 * np.pi)
    assert np.all((steps > 0.1) & (steps < 0.3))
