"""Directions: scipy's circular mean, and tests that reject as often as they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from neurosim.stats.circular import summarise_directions, turned

ANGLES = st.lists(st.floats(-10, 10), min_size=1, max_size=20).map(np.array)


@given(ANGLES)
def test_mean_and_resultant_are_those_of_scipy(angles):
    found = summarise_directions(angles, 0.0)
    length = 1 - stats.circvar(angles)
    assert found.resultant == pytest.approx(length, abs=1e-9)
    if length > 1e-6:
        expected = stats.circmean(angles, high=np.pi, low=-np.pi)
        assert turned(found.mean.value, expected) == pytest.approx(0, abs=1e-6)


@given(st.floats(-20, 20), st.floats(-20, 20))
def test_a_turn_leads_from_the_start_to_the_end(start, to):
    turn = turned(to, start)
    assert -np.pi <= turn < np.pi
    assert np.exp(1j * (start + turn)) == pytest.approx(np.exp(1j * to))


@pytest.mark.parametrize("n", [8, 40])
def test_directions_without_concentration_are_rejected_as_often_as_it_says(rng, n):
    found = [summarise_directions(rng.uniform(-np.pi, np.pi, n), 2.0) for _ in range(2000)]
    for p_value in ("rayleigh_p", "v_p"):
        rejected = sum(getattr(d, p_value) < 0.05 for d in found)
        assert stats.binomtest(rejected, 2000, 0.05).pvalue > 1e-3


def test_a_known_rayleigh_test():
    # n = 8, R = 0.5: z = 2; tables (Zar 2010, B.34) have z = 1.93 at p = .15 and 2.27 at .10
    angles = np.array([0.0] * 6 + [np.pi] * 2)
    found = summarise_directions(angles, 0.0)
    assert found.resultant == pytest.approx(0.5)
    assert 0.10 < found.rayleigh_p < 0.15
    assert found.v_p == pytest.approx(stats.norm.sf(0.5 * np.sqrt(16)))


def test_the_v_test_asks_for_the_expected_direction(rng):
    angles = rng.vonmises(np.pi, 1.0, 60)
    assert summarise_directions(angles, np.pi).v_p < 1e-4
    assert summarise_directions(angles, 0.0).v_p > 0.999
    assert summarise_directions(angles, np.pi / 2).v_p > 0.01
    assert summarise_directions(angles, 0.0).rayleigh_p < 1e-4


@pytest.mark.parametrize("mean", [0.5, np.pi])
def test_the_interval_of_the_mean_covers(rng, mean):
    found = [summarise_directions(rng.vonmises(mean, 1.5, 50), 0.0).mean for _ in range(500)]
    covered = sum(
        -turned(e.value, e.low) <= turned(mean, e.value) <= turned(e.high, e.value) for e in found
    )
    assert stats.binomtest(covered, 500, 0.95).pvalue > 1e-3


def test_few_or_cancelling_directions():
    none = summarise_directions(np.array([np.nan]), 0.0)
    assert none.mean.n == 0
    assert np.isnan([none.mean.value, none.resultant, none.v_p]).all()
    one = summarise_directions(np.array([1.0, np.nan]), 0.0)
    assert (one.mean.value, one.resultant) == (pytest.approx(1.0), pytest.approx(1.0))
    assert np.isnan(one.mean.low)
    opposite = summarise_directions(np.array([0.0, np.pi]), 0.0)
    assert np.isnan(opposite.mean.low)
    assert opposite.rayleigh_p == pytest.approx(1.0)
