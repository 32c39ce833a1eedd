"""Refractory periods, doubles and silences of units, against what was put there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim.decode.checks import unit_quality
from neurosim.decode.checks.place_cells import spatial_information
from neurosim.decode.checks.unit_quality import (
    close_pairs,
    coincidences,
    contamination,
    is_contaminated,
    longest_silence,
    shared_spikes,
)

DURATION = 2000.0


def refractory_unit(rng, rate, period=0.003):
    """Spike times of a cell that never fires twice within its refractory period, s."""
    gaps = period + rng.exponential(1 / rate - period, int(1.2 * rate * DURATION))
    times = np.cumsum(gaps)
    return times[times < DURATION]


def mixed_unit(rng, part, rate=20.0):
    """Spikes of a cell, `part` of which are another cell's, both refractory."""
    return np.sort(
        np.concatenate(
            [
                refractory_unit(rng, rate * (1 - part)),
                refractory_unit(rng, rate * part) if part else [],
            ]
        )
    )


@pytest.mark.parametrize("part", [0.0, 0.05, 0.2])
def test_contamination_is_the_part_that_was_mixed_in(rng, part):
    times = mixed_unit(rng, part)
    unit = np.zeros(times.size, dtype=int)
    short, pairs = close_pairs(times, unit, 1, DURATION)
    assert contamination(short, pairs)[0] == pytest.approx(part, abs=0.03)
    assert is_contaminated(short, pairs, 0.1)[0] == (part > 0.1)


def test_a_place_cell_is_not_blamed_for_firing_in_its_field(rng):
    """A tenth of the spikes of a unit that fires in a tenth of the time are another cell's."""
    times = mixed_unit(rng, 0.1, rate=40.0)
    times = times[np.mod(times, 10) < 1]
    short, pairs = close_pairs(times, np.zeros(times.size, dtype=int), 1, DURATION)
    assert contamination(short, pairs)[0] == pytest.approx(0.1, abs=0.03)
    steady = 0.002 * np.array([times.size**2 / DURATION])
    assert not contamination(short, steady)[0] < 0.3  # as Hill et al. have it for a steady rate


@given(st.floats(0, 0.5), st.floats(1, 1e5))
def test_contamination_inverts_the_expected_violations(part, pairs):
    violations = 2 * pairs * part * (1 - part)
    estimate = contamination(np.array([violations * (1 - 1e-12)]), np.array([pairs]))[0]
    assert estimate == pytest.approx(part, abs=1e-4)


def test_a_unit_without_refractory_period_is_no_single_cell(rng):
    times = np.sort(rng.uniform(0, DURATION, 40_000))
    short, pairs = close_pairs(times, np.zeros(times.size, dtype=int), 1, DURATION)
    assert is_contaminated(short, pairs, 0.1)[0]
    assert not contamination(short, pairs)[0] < 0.4


def test_a_silent_unit_and_two_chance_intervals_prove_nothing():
    assert contamination(np.array([0]), np.array([0.0])).tolist() == [0.0]
    assert not is_contaminated(np.array([0, 2]), np.array([0.0, 10.0]), 0.1).any()


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 3)), max_size=25),
    st.integers(0, 10),
    st.integers(1, 20),
)
def test_coincidences_are_those_of_every_pair(spikes, near, wide):
    spikes = sorted(spikes)
    times = np.array([t for t, _ in spikes], dtype=float)
    unit = np.array([u for _, u in spikes], dtype=int)
    expected = np.zeros((4, 4), dtype=int)
    for i in range(len(spikes)):
        for j in range(i + 1, len(spikes)):
            if unit[i] != unit[j] and near <= times[j] - times[i] < near + wide:
                expected[unit[i], unit[j]] += 1
                expected[unit[j], unit[i]] += 1
    assert coincidences(times, unit, 4, near, near + wide).tolist() == expected.tolist()


def test_one_cell_in_two_units_shares_its_spikes_and_two_cells_do_not(rng):
    one, other = (refractory_unit(rng, 10.0) for _ in range(2))
    again = one[: one.size // 2] + 1e-4
    times = np.concatenate([one, other, again])
    unit = np.repeat([0, 1, 2], [one.size, other.size, again.size])
    order = np.argsort(times)
    shared = shared_spikes(times[order], unit[order], 3)
    assert shared[0, 2] == pytest.approx(1, abs=0.02)  # of the sparser unit
    assert abs(shared[0, 1]) < 0.02
    assert np.array_equal(shared, shared.T)


def test_cells_that_fire_together_in_a_theta_cycle_are_not_one(rng):
    centres = np.sort(rng.uniform(0, DURATION, 4000))
    trains = [centres + rng.normal(0, 0.01, centres.size) for _ in range(2)]
    times, unit = np.concatenate(trains), np.repeat([0, 1], centres.size)
    order = np.argsort(times)
    assert abs(shared_spikes(times[order], unit[order], 2)[0, 1]) < 0.05


def test_silence_is_measured_in_the_spikes_that_it_should_have_held():
    """10 Hz in one kind of epoch, nothing in the other; from 60 to 100 s the unit is lost."""
    times = np.concatenate([np.arange(0, 60, 0.1), np.arange(200, 300, 0.1)]) + 0.05
    start, stop = np.array([0.0, 100.0, 200.0]), np.array([100.0, 200.0, 300.0])
    missing, share = longest_silence(
        times, np.zeros(times.size, dtype=int), 1, start, stop, np.array([0, 1, 0])
    )
    rate = times.size / 200
    assert missing[0] == pytest.approx(40.1 * rate, rel=0.01)
    assert share[0] == pytest.approx(40.1 / 200, rel=0.01)


def test_a_unit_that_never_fires_misses_nothing():
    missing, share = longest_silence(
        np.array([1.0]), np.array([0]), 2, np.array([0.0]), np.array([2.0]), np.array([0])
    )
    assert (missing[1], share[1]) == (0.0, 0.0)


@given(
    st.lists(st.floats(0.01, 100), min_size=2, max_size=8), st.floats(0.1, 10), st.integers(1, 7)
)
def test_information_is_that_of_shannon_and_knows_no_unit(rate, factor, shift):
    rate, occupancy = np.array(rate), np.arange(1.0, len(rate) + 1)
    share = occupancy / occupancy.sum()
    posterior = share * rate / (share * rate).sum()  # of the place, given a spike
    divergence = float((posterior * np.log2(posterior / share)).sum())
    assert spatial_information(rate, occupancy) == pytest.approx(divergence, abs=1e-9)
    scaled = spatial_information(factor * np.roll(rate, shift), 3 * np.roll(occupancy, shift))
    assert scaled == pytest.approx(divergence, abs=1e-9)


@pytest.mark.parametrize("block", [1, 7, 64])
def test_a_long_recording_is_looked_at_in_blocks_that_change_nothing(monkeypatch, rng, block):
    times = np.sort(np.round(rng.uniform(0, 10, 600), 4))
    unit = rng.integers(0, 6, times.size).astype(np.int32)
    epochs = np.array([0.0, 3.0, 6.0]), np.array([2.5, 6.0, 10.0]), np.array([0, 1, 0])

    def measures():
        return (
            *close_pairs(times, unit, 6, 10.0),
            coincidences(times, unit, 6, 0.0, 0.001),
            coincidences(times, unit, 6, 0.005, 0.05),
            *longest_silence(times, unit, 6, *epochs),
        )

    whole = measures()
    monkeypatch.setattr(unit_quality, "BLOCK", block)
    for one, same in zip(measures(), whole, strict=True):
        np.testing.assert_allclose(one, same, rtol=1e-12)
