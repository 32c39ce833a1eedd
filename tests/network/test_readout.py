"""CA1 reads CA3 out: rates, balance, refractory time."""

import numpy as np
import pytest

from neurosim.network import readout as module
from neurosim.network.ca3_constants import Constants
from neurosim.network.readout import Readout, fit_readout, read_out

CONSTANTS = Constants(
    {"recurrent_rise_ms": 1.3, "recurrent_decay_ms": 9.5, "pc_refractory_ms": 6.0}
)


def test_a_spike_counts_once_however_it_is_spread():
    readout = Readout(np.array([[2.0]], dtype=np.float32), 0.0013, 0.0095, 0.0)
    rates = np.concatenate(list(readout.rates(np.array([0.05]), np.array([0]), 0.5)))
    assert rates.sum() == pytest.approx(2.0, rel=1e-4)
    assert rates[:50].sum() == 0
    peak = np.log(9.5 / 1.3) * 9.5 * 1.3 / (9.5 - 1.3)  # ms after the spike
    assert abs(rates.argmax() - 50 - peak) <= 1.5


def test_chunks_do_not_matter(monkeypatch, rng):
    weight = rng.gamma(1, 1, (5, 3)).astype(np.float32)
    readout = Readout(weight, 0.0013, 0.0095, 0.0)
    times, cells = np.sort(rng.uniform(0, 1, 200)), rng.integers(5, size=200)
    whole = np.concatenate(list(readout.rates(times, cells, 1.0)))
    monkeypatch.setattr(module, "CHUNK", 77)
    assert np.allclose(np.concatenate(list(readout.rates(times, cells, 1.0))), whole, atol=1e-6)


def test_laps_drive_cells_as_they_fired_in_them(rng):
    schaffer = rng.gamma(0.3, 1, (40, 4))
    times, cells = np.sort(rng.uniform(0, 60, 20_000)), rng.integers(40, size=20_000)
    wanted = np.array([30, 60, 120, 0])
    readout = fit_readout(schaffer, times, cells, 60.0, wanted, CONSTANTS)
    driven = sum(rates.sum(axis=0) for rates in readout.rates(times, cells, 60.0))
    assert driven == pytest.approx(wanted, rel=1e-3)
    assert np.allclose(readout.weight.mean(axis=0), 0, atol=1e-6)  # excitation less inhibition
    assert readout.refractory == 0.006


def test_spikes_follow_the_rate_and_keep_the_refractory_time(rng):
    readout = Readout(np.array([[0.05, 0.0]], dtype=np.float32), 0.0013, 0.0095, 0.004)
    times = np.arange(0, 50, 0.005)
    spikes, units = read_out(readout, times, np.zeros(times.size, dtype=int), 50.0, rng)
    assert set(units.tolist()) == {0}
    assert np.all(np.diff(spikes) >= 0.004)
    rate = 0.05 / 0.005
    assert spikes.size == pytest.approx(50 * rate / (1 + rate * 0.004), rel=0.1)
