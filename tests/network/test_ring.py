"""The ring attractor holds a packet of its width anywhere and turns as fast as it is told."""

import numpy as np
import pytest

from neurosim.network.ring import Ring, heading_of, rate

STEP = 0.004
RING = Ring(60, np.deg2rad(60.0), 0.01)
STARTS = np.linspace(0, 2 * np.pi, 17, endpoint=False) + 0.03


def run(ring: Ring, start: np.ndarray, velocity: np.ndarray, seconds: float) -> np.ndarray:
    """Headings (step, ring), unwrapped."""
    membrane, headings = ring.packet(start), []
    for _ in range(round(seconds / STEP)):
        moments = ring.moments(membrane)
        headings.append(heading_of(moments))
        ring.step(membrane, moments, velocity, STEP)
    return np.unwrap(np.array(headings), axis=0)


@pytest.mark.parametrize("speed", [-720.0, -100.0, -10.0, 10.0, 50.0, 200.0, 720.0])
def test_the_packet_moves_at_the_velocity_from_anywhere(speed):
    velocity = np.full(STARTS.size, np.deg2rad(speed))
    headings = run(RING, STARTS, velocity, 2.0)
    turned = np.rad2deg(headings[-1] - headings[100]) / ((len(headings) - 101) * STEP)
    np.testing.assert_allclose(turned, speed, rtol=0.01)


def test_without_velocity_the_packet_stays_where_it_is():
    headings = run(RING, STARTS, np.zeros(STARTS.size), 10.0)
    off = np.rad2deg(np.angle(np.exp(1j * (headings - STARTS))))
    assert np.abs(off).max() < 0.2


@pytest.mark.parametrize("width", [45.0, 60.0, 90.0])
def test_the_packet_has_its_width_at_half_of_its_height(width):
    ring = Ring(720, np.deg2rad(width), 0.01)
    rates = rate(ring.packet(np.array([np.pi]))[0])
    above = rates > rates.max() / 2
    assert np.rad2deg(above.sum() * 2 * np.pi / 720) == pytest.approx(width, rel=0.15)


@pytest.mark.parametrize("scale", [0.5, 1.5])
def test_a_packet_of_the_wrong_height_returns_to_its_own(scale):
    membrane = RING.packet(STARTS) * scale
    wanted = rate(RING.packet(STARTS)).max()
    for _ in range(500):
        RING.step(membrane, RING.moments(membrane), np.zeros(STARTS.size), STEP)
    assert rate(membrane).max() == pytest.approx(wanted, rel=0.03)


def test_the_drive_is_the_sum_over_all_weights():
    """The moments stand for whole matrices: the even weights, and their derivative."""
    membrane, velocity = RING.packet(STARTS) + 0.02, np.linspace(-5, 5, STARTS.size)
    away = RING.preferred[:, None] - RING.preferred
    inhibition, excitation = RING._weights
    even = (inhibition + excitation * np.cos(away)) / 60
    odd = excitation * np.sin(away) / 60
    rates = rate(membrane)
    wanted = 0.3 + rates @ even.T + 0.01 * velocity[:, None] * (rates @ odd.T)
    got = RING.drive(RING.moments(membrane), velocity)
    np.testing.assert_allclose(got, wanted, atol=1e-12)
