"""Sequences of agents as paths on a real track."""

import numpy as np
import pytest
import xarray as xr

from neurosim import MissingData
from neurosim.agents.laps import ReplayEvent
from neurosim.agents.replay_paths import CONDITIONS, is_one_way, paths_dataset, repertoire_of

N_PLACES = 10


def event(when, end, states, changed=False):
    outbound = states[0] < N_PLACES
    way = "forward" if (states[0] < states[-1]) == outbound else "reverse"
    return ReplayEvent(0, when, end, changed, way, states)


EVENTS = {
    "baseline": [
        [event("before_run", "first", (0, 1, 2, 3)), event("before_run", "first", (0, 1, 0))],
        [event("after_reward", "last", (9, 8, 7, 6))],
    ],
    "raised": [[event("after_reward", "last", (19, 18, 17), True)]],
    "removed": [[]],
}


@pytest.fixture(scope="module")
def paths():
    coords = {
        "reward": ["baseline", "raised", "removed"],
        "changed": ["same", "changed"],
        "end": ["first", "last"],
    }
    laps = np.full((3, 2, 2, 2), 5)  # reward, agent, changed, end
    n_laps = xr.DataArray(laps, dims=("reward", "agent", "changed", "end"), coords=coords)
    return paths_dataset(EVENTS, n_laps, N_PLACES)


def test_places_lie_along_the_route_of_their_lane(paths):
    run = repertoire_of(paths, "before_run", 2.0)
    assert run.route.tolist() == [0]
    assert [run.start[0], run.stop[0]] == pytest.approx([0.1, 0.7])
    back = repertoire_of(paths, "after_reward", 2.0)
    assert [back.start[0], back.stop[0]] == pytest.approx([1.9, 1.3])
    assert back.reverse.all()
    inbound = repertoire_of(paths, "raised_changed", 2.0)  # from the last place inwards
    assert inbound.route.tolist() == [1]
    assert [inbound.start[0], inbound.stop[0]] == pytest.approx([0.1, 0.5])
    assert not inbound.reverse.any()


def test_sequences_that_turn_are_counted_and_left_out(paths):
    assert is_one_way((3, 2, 1))
    assert not is_one_way((3, 2, 3))
    assert float(paths["per_lap"].sel(condition="before_run")) == pytest.approx(1 / 40)
    assert float(paths["turning_per_lap"].sel(condition="before_run")) == pytest.approx(1 / 40)
    assert float(paths["per_lap"].sel(condition="raised_changed")) == pytest.approx(1 / 10)


def test_a_condition_in_which_nothing_was_replayed_says_so(paths):
    assert list(paths["condition"].values) == list(CONDITIONS)
    with pytest.raises(MissingData, match="removed_usual: expected sequences"):
        repertoire_of(paths, "removed_usual", 2.0)
