"""Sensors: noise and oscillations against closed forms, decoders, and what their readouts show."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from neurosim import NeurosimError
from neurosim.tasks.sensor_decoders import fit_decoders, localiser, train_decoders
from neurosim.tasks.sensors import (
    NOISES,
    Background,
    SensorParameters,
    make_sensors,
    noise_series,
    oscillation_series,
    sensor_series,
)

SMALL = SensorParameters(n_sensors=30, pattern_strength=0.5)


@pytest.mark.parametrize("noise", NOISES)
def test_noise_has_variance_one_at_every_sample(noise, rng):
    background = Background(noise, time_constant_s=0.05)
    series = noise_series(background, (64, 20_000), 0.01, rng)
    np.testing.assert_allclose(series.std(axis=1), 1.0, atol=0.03)
    np.testing.assert_allclose(series.mean(axis=1), 0.0, atol=0.03)


def test_autoregression_decays_with_its_time_constant(rng):
    series = noise_series(Background(time_constant_s=0.05), (20, 40_000), 0.01, rng)
    correlation = (series * series[0]).mean(axis=1)
    np.testing.assert_allclose(correlation, np.exp(-0.2 * np.arange(20)), atol=0.03)


def test_pink_noise_falls_as_one_over_frequency(rng):
    series = noise_series(Background("pink"), (4096, 400), 0.01, rng)
    power = (np.abs(np.fft.rfft(series, axis=0)) ** 2).mean(axis=1)
    frequency = np.fft.rfftfreq(4096, 0.01)
    band = (frequency > 0.5) & (frequency < 40)
    slope = np.polyfit(np.log(frequency[band]), np.log(power[band]), 1)[0]
    assert slope == pytest.approx(-1.0, abs=0.03)


def test_oscillation_turns_at_its_frequency_and_forgets_at_its_coherence(rng):
    background = Background(frequency_hz=8.0, coherence_s=0.5)
    many = np.stack([oscillation_series(background, 40, 0.01, rng) for _ in range(20_000)])
    np.testing.assert_allclose((np.abs(many) ** 2).mean(axis=0), 2.0, atol=0.08)
    lagged = (many * many[:, :1].conj()).mean(axis=0) / 2
    expected = np.exp((2j * np.pi * 8.0 - 2.0) * 0.01 * np.arange(40))
    np.testing.assert_allclose(lagged, expected, atol=0.04)


def test_patterns_have_their_strength_and_noise_its_variance(rng):
    sensors = make_sensors(SMALL, 5, rng)
    np.testing.assert_allclose(np.sqrt((sensors.patterns**2).mean(axis=1)), 0.5)
    np.testing.assert_allclose((sensors.noise_root**2).sum(axis=1), 1.0)
    covariance = sensors.noise_root @ sensors.noise_root.T
    assert covariance[0, 1:].max() < 0.7 + 1e-9  # the shared part of the variance
    with pytest.raises(NeurosimError, match="independent_fraction"):
        make_sensors(SensorParameters(independent_fraction=0.0), 2, rng)


@pytest.mark.parametrize("oscillation", ["common", "travelling", "ordered"])
def test_oscillation_has_its_amplitude_over_the_head_and_its_phases(oscillation, rng):
    sensors = make_sensors(SMALL, 4, rng)
    phase = np.array([0.0, 1.0, 2.0, np.nan])
    wave = sensors.wave(oscillation, phase)
    assert np.sqrt((np.abs(wave) ** 2).mean()) == pytest.approx(1.0)
    if oscillation == "ordered":  # what each pattern adds lags by its phase; the last adds nothing
        weights = np.linalg.lstsq(sensors.patterns.T, wave, rcond=None)[0]
        np.testing.assert_allclose(np.angle(weights[:3] / weights[0]), [0, -1, -2], atol=1e-8)
        assert abs(weights[3]) < 1e-8


def test_readouts_drawn_by_themselves_are_those_of_sensors(rng):
    """Mean response, covariance and oscillation of a session drawn in the decoders' space."""
    sensors = make_sensors(SMALL, 3, rng)
    weights = rng.normal(size=(30, 4))
    weights[:, 3] = weights[:, 0] - weights[:, 1]  # readouts may depend on one another
    readouts = sensors.through(weights)
    np.testing.assert_allclose(readouts.patterns, sensors.patterns @ weights)
    np.testing.assert_allclose(
        readouts.noise_root @ readouts.noise_root.T,
        weights.T @ sensors.noise_root @ sensors.noise_root.T @ weights,
        rtol=1e-6,
        atol=1e-6,
    )
    phase = np.array([0.0, 0.5, np.nan])
    for name in ("common", "travelling", "ordered"):
        expected = sensors.wave(name, phase) @ weights
        np.testing.assert_allclose(readouts.wave(name, phase), expected)
    background = Background(oscillation="travelling", amplitude=1.0)
    activation = np.zeros((40_000, 3))
    covariances = [
        np.cov(series.T)
        for series in (
            sensor_series(sensors, activation, background, 0.01, rng) @ weights,
            sensor_series(readouts, activation, background, 0.01, rng),
        )
    ]
    size = np.sqrt(np.outer(*[np.diag(covariances[0])] * 2))
    np.testing.assert_allclose(covariances[0] / size, covariances[1] / size, atol=0.12)


def test_activations_add_patterns(rng):
    sensors = make_sensors(SMALL, 2, rng)
    activation = np.zeros((50, 2))
    activation[20, 1] = 3.0
    silent, active = (
        sensor_series(sensors, a, Background(), 0.01, np.random.default_rng(1))
        for a in (np.zeros((50, 2)), activation)
    )
    np.testing.assert_allclose((active - silent)[20], 3 * sensors.patterns[1])
    assert not (active - silent)[:20].any()


def test_decoders_are_those_of_a_general_optimiser(rng):
    series, shown = rng.normal(size=(60, 5)), rng.integers(-1, 3, 60)
    series[np.arange(60), shown] += 1.0
    decoders = fit_decoders(series, shown, 2.0)
    for code in range(3):

        def loss(parameters, target=shown == code):
            readout = series @ parameters[:-1] + parameters[-1]
            likelihood = np.where(target, -readout, readout)
            return np.logaddexp(0, likelihood).sum() + parameters[:-1] @ parameters[:-1]

        best = minimize(loss, np.zeros(6), tol=1e-10).x
        np.testing.assert_allclose(decoders.weights[:, code], best[:-1], atol=1e-4)
        expected = expit(series @ best[:-1] + best[-1])
        np.testing.assert_allclose(decoders.probabilities(series)[:, code], expected, atol=1e-4)
    with pytest.raises(NeurosimError, match="penalty"):
        fit_decoders(series, shown, 0.0)


def test_default_decoding_of_eight_objects_is_about_what_was_published():
    accuracy = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        sensors = make_sensors(SensorParameters(), 8, rng)
        _, found = train_decoders(sensors, {"stimulus": np.arange(8)}, 40, 100.0, rng)
        accuracy.append(found["stimulus"])
    assert np.mean(accuracy) == pytest.approx(0.37, abs=0.04)


def test_localiser_shows_every_code_and_as_often_nothing(rng):
    sensors = make_sensors(SMALL, 4, rng)
    series, shown = localiser(sensors, np.array([2, 3]), 7, rng)
    assert series.shape == (28, 30)
    assert np.bincount(shown + 1).tolist() == [14, 7, 7]


def test_what_cannot_be_drawn_is_named(rng):
    with pytest.raises(NeurosimError, match="noise: expected one of"):
        Background("blue")
    with pytest.raises(NeurosimError, match="oscillation: expected one of"):
        Background(oscillation="square")
    sensors = make_sensors(SMALL, 2, rng)
    with pytest.raises(NeurosimError, match="phase"):
        sensor_series(sensors, np.zeros((9, 2)), Background(oscillation="ordered"), 0.01, rng)
