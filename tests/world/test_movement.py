"""Ornstein-Uhlenbeck processes: the same bytes by a loop and by a filter."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter

from neurosim.world import movement
from neurosim.world.movement import ornstein_uhlenbeck


@given(n=st.integers(0, 3000), time_constant=st.floats(1e-3, 1e3), seed=st.integers(0, 99))
def test_the_process_is_that_of_a_filter_to_the_last_bit(n, time_constant, seed):
    found = ornstein_uhlenbeck(n, 2.0, time_constant, 0.01, np.random.default_rng(seed))
    rng, decay = np.random.default_rng(seed), np.exp(-0.01 / time_constant)
    innovations = rng.normal(0.0, 2.0 * np.sqrt(1 - decay**2), n)
    innovations[:1] = rng.normal(0.0, 2.0, min(n, 1))
    assert found.tobytes() == lfilter([1.0], [1.0, -decay], innovations).tobytes()


def test_long_processes_are_the_same_as_short_ones(monkeypatch):
    drawn = []
    for many in (10**9, 10):
        monkeypatch.setattr(movement, "MANY", many)
        drawn.append(ornstein_uhlenbeck(5000, 1.0, 0.3, 0.02, np.random.default_rng(4)))
    assert drawn[0].tobytes() == drawn[1].tobytes()
