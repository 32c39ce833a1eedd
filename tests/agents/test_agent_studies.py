"""Datasets of the studies: what they hold, described, and the same again from the same seed."""

import numpy as np
import pytest
import xarray as xr

from neurosim.agents.laps import LapParameters
from neurosim.agents.learning import LearningParameters
from neurosim.agents.slow_store import NightParameters
from neurosim.agents.studies import (
    CHANGED,
    REWARDS,
    compare_policies,
    fill_slow_store,
    meet_shortcuts,
    replay_at_ends,
)

LEARNING = LearningParameters(n_episodes=4, max_steps=1500)
SLOW = LearningParameters(n_episodes=4, max_steps=400)
LAPS = LapParameters(n_laps=14, n_practice=4)
NIGHTS = NightParameters(n_nights=2, n_episodes=2, n_writes=100, n_tests=2)
POLICIES = ["none", "imagination"]

STUDIES = {
    "policies": (
        lambda seed: compare_policies("linear", POLICIES, [1, 5], LEARNING, 2, seed),
        {"writes": 2, "policy": 2, "agent": 2, "episode": 4},
    ),
    "ends": (
        lambda seed: replay_at_ends({"usual": LAPS, "none": LapParameters(n_laps=4)}, 1, seed)[0],
        {"setting": 2, "reward": 3, "agent": 1, "changed": 2, "when": 2, "end": 2, "direction": 2},
    ),
    "shortcuts": (
        lambda seed: meet_shortcuts(POLICIES, [0.0, 0.01], LEARNING, (200, 300), 3, seed),
        {"policy": 2, "bonus": 2, "agent": 3},
    ),
    "slow store": (
        lambda seed: fill_slow_store(
            "linear", ["none", "movie_reverse", "uniform"], LEARNING, NIGHTS, 3, seed
        ),
        {"policy": 3, "agent": 3, "night": 2},
    ),
}


@pytest.fixture(scope="module")
def studies():
    return {name: make(1) for name, (make, _) in STUDIES.items()}


@pytest.mark.parametrize("name", STUDIES)
def test_every_variable_is_described_and_has_its_size(name, studies):
    data = studies[name]
    assert dict(data.sizes) == STUDIES[name][1]
    numbers = [v for v in data.coords if data[v].dtype.kind in "fi"]
    for variable in [*data.data_vars, *numbers]:
        assert data[variable].attrs["units"]
        assert data[variable].attrs["long_name"]
    names = [v for v in data.dims if v not in ("agent", "episode", "night")]
    assert set(data.coords) == set(names)


@pytest.mark.parametrize("name", STUDIES)
def test_studies_can_be_run_again_and_kept(name, studies, tmp_path):
    make, _ = STUDIES[name]
    xr.testing.assert_identical(make(1), studies[name])
    assert not make(2).equals(studies[name])
    studies[name].to_netcdf(tmp_path / "study.nc")
    with xr.open_dataset(tmp_path / "study.nc") as kept:
        xr.testing.assert_identical(kept.load(), studies[name])


def test_agents_are_compared_in_pairs_over_the_same_first_episode(studies):
    data = studies["policies"]
    first = data["episode_length"].isel(episode=0)
    assert (first == first.isel(writes=0, policy=0)).all()
    assert np.unique(first.isel(writes=0, policy=0)).size > 1
    alone = data.sel(policy="none")
    xr.testing.assert_equal(*(alone.sel(writes=n, drop=True) for n in (1, 5)))
    assert (alone["writes_per_step"] == 0).all()


def test_measures_of_learning_agree_with_the_curve(studies):
    data = studies["policies"]
    area = data["episode_length"].mean("episode") / data.attrs["shortest"]
    assert data.attrs == {"shortest": 14, "n_states": 15}
    xr.testing.assert_allclose(data["learning_area"], area)
    assert set(np.unique(data["reached"])) <= {0.0, 1.0}
    assert (data["steps_to_criterion"] <= LEARNING.max_steps).all()
    stopped = data["steps_to_criterion"].where(data["reached"] == 0)
    assert ((stopped == LEARNING.max_steps) | stopped.isnull()).all()
    written = data["writes_per_step"].sel(policy="imagination")
    assert (written > 0).all()
    assert (written <= data["writes"]).all()


def test_the_curve_of_an_agent_that_was_stopped_has_gaps():
    found = compare_policies("linear", ["none"], [1], SLOW, 2, 3)
    curve = found["episode_length"]
    assert (curve.sum("episode") <= 400).all()
    assert curve.isnull().any()
    assert (found["reached"] == 0).all()


def test_an_episode_that_was_cut_short_is_not_one_of_the_curve():
    given = LearningParameters(n_episodes=4, max_steps=10)
    found = compare_policies("linear", ["none"], [1], given, 1, 3)  # the goal is 14 steps away
    assert found["episode_length"].isnull().all()


def test_events_are_those_that_are_counted():
    settings = {"usual": LAPS}
    data, events = replay_at_ends(settings, 2, 5)
    counted = data["n_events"].sel(setting="usual")
    for reward in REWARDS:
        assert len(events[reward]) == 2
        for agent, listed in enumerate(events[reward]):
            of_agent = counted.sel(reward=reward).isel(agent=agent)
            assert of_agent.sum() == len(listed)
            for event in listed:
                kind = {
                    "changed": CHANGED[int(event.changed)],
                    **{name: getattr(event, name) for name in ("when", "end", "direction")},
                }
                alike = [
                    e
                    for e in listed
                    if (e.changed, e.when, e.end, e.direction)
                    == (event.changed, event.when, event.end, event.direction)
                ]
                assert of_agent.sel(kind) == len(alike)
    laps = data["n_laps"].sel(setting="usual")
    assert (laps.sum(["changed", "end"]) == LAPS.n_laps - LAPS.n_practice).all()
    assert (laps.sel(reward="baseline", changed="changed") == 0).all()
    assert (laps.sel(reward="raised", changed="changed").sum("end") > 0).all()


def test_performance_lies_between_none_and_all(studies):
    found = studies["slow store"]["performance"]
    assert ((found >= 0) & (found <= 1)).all()
    mean = found.mean(["agent", "night"])
    assert mean.sel(policy="movie_reverse") > mean.sel(policy="none")
