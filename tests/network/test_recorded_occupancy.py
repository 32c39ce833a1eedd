"""Occupancy of a recorded network, against spikes whose rate is known."""

import numpy as np
import pytest

from neurosim.network.occupancy import recorded_occupancy

N_CELLS = 10


def test_the_time_above_threshold_is_counted_within_the_intervals_only():
    # 2 s: each cell fires at 20 Hz in the first quarter of every second, and not at all after.
    times = (np.arange(0, 2, 1 / 200) + 0.001)[(np.arange(0, 2, 1 / 200) % 1) < 0.25]
    both = recorded_occupancy(times + 300, np.array([[300.0, 302.0]]), N_CELLS, 10.0)
    assert both == pytest.approx(0.25, abs=0.01)
    parts = np.array([[300.0, 300.5], [301.5, 302.0]])  # in events half of the first of two
    assert recorded_occupancy(times + 300, parts, N_CELLS, 10.0) == pytest.approx(0.25, abs=0.02)


def test_a_silent_network_is_in_no_event_and_no_time_has_no_occupancy():
    silent = np.zeros(0)
    assert recorded_occupancy(silent, np.array([[0.0, 1.0]]), N_CELLS, 1.0) == 0.0
    assert np.isnan(recorded_occupancy(silent, np.zeros((0, 2)), N_CELLS, 1.0))
