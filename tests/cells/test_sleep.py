"""UP and DOWN states, and sequences in REM."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_events import LINEAR, PLACES, REM, offline, sleep

from neurosim.cells.events import plant_events
from neurosim.cells.paths import KINDS
from neurosim.cells.sleep import RemParameters, UpStates, up_states


def test_up_and_down_states_have_the_durations_asked_for(rng):
    states = UpStates(up_s=1.2, up_log_sd=0.4, down_s=0.2, down_log_sd=0.6)
    up = up_states(100.0, 20_100.0, states, rng)
    lengths, gaps = np.ptp(up, axis=1)[1:-1], up[1:, 0] - up[:-1, 1]
    assert lengths.size > 10_000
    for values, median, spread in ((lengths, 1.2, 0.4), (gaps, 0.2, 0.6)):
        assert np.median(values) == pytest.approx(median, rel=0.03)
        assert np.log(values).std() == pytest.approx(spread, rel=0.03)


@given(st.floats(0.01, 50), st.floats(0.05, 3), st.floats(0.05, 3), st.integers(0, 99))
def test_up_states_are_disjoint_and_fill_the_epoch_from_edge_to_edge(length, up, down, seed):
    drawn = up_states(5.0, 5.0 + length, UpStates(up, 0.5, down, 0.5), np.random.default_rng(seed))
    assert drawn[0, 0] == 5.0
    assert drawn[-1, 1] == 5.0 + length
    assert np.all(np.diff(drawn.ravel()) > 0)


@pytest.mark.parametrize("bout", [40.0, 4000.0])
@pytest.mark.parametrize("fraction", [0.0, 0.3, 0.9, 1.0])
def test_sequences_fill_the_fraction_of_rem_after_running_even_in_short_bouts(bout, fraction):
    rem = RemParameters(fraction, 0.7, 0.3, 1.0)
    total = rem_time = 0.0
    for seed in range(int(12_000 / bout)):
        rng = np.random.default_rng(seed)
        events, _ = plant_events(sleep(bout), PLACES, offline(events={}, rem=rem), rng)
        total += np.sum(events.stop - events.start)
        rem_time += bout
        assert set(events.state) <= {"rem"}
        assert set(events.phase) <= {"post"}
    assert total / rem_time == pytest.approx(fraction, abs=0.06)


def test_sequences_run_forward_through_laps_at_about_the_running_speed(rng):
    events, _ = plant_events(sleep(8000.0), PLACES, offline(events={}, rem=REM), rng)
    assert {KINDS[kind] for kind in events.kind} == {"forward"}
    assert np.median(events.compression) == pytest.approx(0.7, rel=0.1)
    assert np.log(events.compression).std() == pytest.approx(0.3, rel=0.1)
    lap_speed = np.where(events.stretches.route == 0, 0.5, 0.8)
    np.testing.assert_allclose(events.speed, events.compression * lap_speed)
    span = events.stretches.stop - events.stretches.start
    np.testing.assert_allclose(span, events.speed * (events.stop - events.start))
    whole = np.isclose(span, 2.0)
    assert whole.mean() > 0.95
    assert np.all(events.start[1:] >= events.stop[:-1])


def test_without_parameters_nothing_is_planted_in_rem(rng):
    events, _ = plant_events(sleep(1000.0), (LINEAR,), offline(events={}), rng)
    assert events.start.size == 0
