"""Gains that are set by occupancy."""

from pathlib import Path

import numpy as np
import pytest

from neurosim.network.ca3 import Activity, draw_wiring
from neurosim.network.ca3_constants import constants_of, read_constants
from neurosim.network.neuromodulation import trial_in
from neurosim.network.occupancy import (
    SETTLING,
    GainSearch,
    _Tried,
    occupancy_of,
    population_rates,
    set_gains,
)

CONSTANTS = constants_of(read_constants(Path(__file__).parents[2] / "config" / "ca3_constants.csv"))
SEARCH = GainSearch(0.25, 5.0, 1.0, 1.0, 3, 2)


def test_occupancy_is_the_time_above_threshold_once_settled():
    rates = np.zeros((2, 1300))
    rates[0, 300:550] = 3.0
    rates[1, :300] = 3.0  # before it settled
    assert SETTLING == 0.3
    assert occupancy_of(rates, 2.0).tolist() == [0.25, 0.0]


def test_population_rate_counts_every_spike_once(rng):
    n = 500
    trial, time = rng.integers(2, size=n), np.sort(rng.uniform(0, 1, n))
    none = np.zeros(0, dtype=int)
    field = np.zeros((2, 1000), dtype=np.float32)
    activity = Activity(trial, none, time, none, none, none, field, 0.001, 1.0)
    rates = population_rates(activity, 10)
    counted = rates.sum(axis=1) * 0.001 * 10  # but for the ends, which are smoothed
    assert counted == pytest.approx(np.bincount(trial), rel=0.05)


def test_the_lowest_gain_that_reaches_the_occupancy():
    gains = np.array([1.0, 2.0, 3.0, 4.0])
    tried = _Tried(gains, np.array([0.0, 0.2, 0.4, 0.5]), 1.0)
    assert tried.setting(0.3, 2.0).gain == pytest.approx(2.5)
    assert tried.setting(0.3, 2.0).occupancy == 0.3
    assert tried.between(0.3, 3) == pytest.approx([2.25, 2.5, 2.75])
    never, always = _Tried(gains, np.zeros(4), 1.0), _Tried(gains, np.ones(4), 1.0)
    assert (never.setting(0.3, 2.0).gain, never.setting(0.3, 2.0).occupancy) == (4.0, 0.0)
    assert (always.setting(0.3, 2.0).gain, always.setting(0.3, 2.0).occupancy) == (1.0, 1.0)
    assert never.between(0.3, 3).size == always.between(0.3, 3).size == 0


def test_noise_of_single_trials_is_averaged_out():
    gains = np.array([1.0, 2.0, 3.0])
    tried = _Tried(gains, np.array([0.0, 0.5, 0.2]), 1.0)  # the last two are out of order
    assert tried.rising == pytest.approx([0.0, 0.35, 0.35])
    longer = tried.joined(np.array([2.5]), np.array([0.3]), 8.0)
    assert longer.gains.tolist() == [1.0, 2.0, 2.5, 3.0]
    assert np.all(np.diff(longer.rising) >= 0)
    assert longer.rising[1] == pytest.approx((0.5 + 8 * 0.3 + 0.2) / 10)


def test_more_gain_is_needed_where_inhibition_is_stronger(rng):
    place = np.arange(200) / 200
    away = np.abs((place[:, None] - place + 0.5) % 1 - 0.5)
    recurrent = np.exp(-0.5 * (away / 0.05) ** 2)
    np.fill_diagonal(recurrent, 0)
    wiring = draw_wiring(recurrent, CONSTANTS.replaced(n_basket=40), rng)
    strong = CONSTANTS.scaled("inhibition_weight_ns", 2.0)
    found = set_gains(
        wiring,
        [lambda g, c=c: trial_in("nrem", g, c) for c in (CONSTANTS, strong)],
        SEARCH,
        lambda purpose: np.random.default_rng([1, *purpose.encode()]),
    )
    assert found[1].gain > found[0].gain > 0
    assert all(np.all(np.diff(one.gains) > 0) for one in found)
    assert found[0].threshold_hz > 0
