"""Simulated behaviour: within the environments, at the speeds asked for, both ways."""

import numpy as np
import pytest
from sessions import MOVEMENT, SESSION, environment

from neurosim.files import flag_names
from neurosim.world.behaviour import behaviour_dataset, simulate_behaviour
from neurosim.world.hypnogram import hypnogram
from neurosim.world.laps import lap_times
from neurosim.world.movement import ornstein_uhlenbeck
from neurosim.world.track import ENVIRONMENTS

LINEAR, ARENA = environment("linear"), environment("arena")
TRACK = LINEAR.graph


@pytest.fixture(scope="module")
def epochs():
    return hypnogram(SESSION, [LINEAR, ARENA], np.random.default_rng(1))


@pytest.fixture(scope="module")
def behaviour(epochs):
    rng = np.random.default_rng(2)
    return simulate_behaviour(epochs, [LINEAR, ARENA], MOVEMENT, rng)[0]


def place(behaviour) -> np.ndarray:
    return flag_names(behaviour["environment"])


def test_the_clock_is_even_and_covers_the_session(behaviour, epochs):
    time = behaviour["time"].values
    np.testing.assert_allclose(np.diff(time), 0.02, rtol=1e-9)
    assert time[0] == 0
    assert 0 <= epochs["stop"].values[-1] - time[-1] <= 0.02 + 1e-9


def test_the_environment_is_that_of_the_epoch(behaviour, epochs):
    time = behaviour["time"].values
    epoch = np.searchsorted(epochs["start"].values, time + 1e-9, side="right") - 1
    np.testing.assert_array_equal(place(behaviour), flag_names(epochs["environment"])[epoch])


def test_on_the_track_the_animal_stays_on_it_and_reaches_both_ends(behaviour):
    on_track = place(behaviour) == "linear"
    along = behaviour["track_position"].values
    np.testing.assert_array_equal(np.isfinite(along), on_track)
    assert along[on_track].min() >= 0
    assert along[on_track].max() <= TRACK.length
    assert along[on_track].min() < 0.02
    assert along[on_track].max() > TRACK.length - 0.02
    position = behaviour["position"].values[on_track]
    np.testing.assert_allclose(position[:, 0], along[on_track], atol=1e-6)
    assert np.all(position[:, 1] == 0)
    np.testing.assert_array_equal(behaviour["edge"].values, np.where(on_track, 0, -1))


def test_in_the_arena_the_animal_stays_inside_and_visits_most_of_it(behaviour):
    position = behaviour["position"].values[place(behaviour) == "arena"]
    assert position.min() >= 0
    assert position.max() <= ARENA.side
    visited, _, _ = np.histogram2d(*position.T, bins=5, range=[[0, 1], [0, 1]])
    assert np.mean(visited > 0) > 0.9


def test_the_heading_covers_the_circle_in_the_arena(behaviour):
    heading = behaviour["head_direction"].values
    assert heading.min() >= 0
    assert heading.max() <= 2 * np.pi
    share, _ = np.histogram(heading[place(behaviour) == "arena"], 12, (0, 2 * np.pi))
    assert share.min() / share.sum() > 0.02


def test_in_the_arena_the_animal_walks_where_it_heads(behaviour):
    arena = np.flatnonzero(place(behaviour) == "arena")[1:]
    position, heading = behaviour["position"].values, behaviour["head_direction"].values
    step = (position[arena] - position[arena - 1]).astype(float)
    away_from_walls = ((position[arena] > 0.05) & (position[arena] < 0.95)).all(axis=1)
    moved = away_from_walls & (np.hypot(*step.T) > 1e-3)
    off = np.arctan2(step[:, 1], step[:, 0]) - heading[arena]
    assert np.cos(off[moved]).mean() > 0.99


def test_speeds_are_those_asked_for(behaviour):
    speed, where = behaviour["speed"].values, place(behaviour)
    assert speed[where == "arena"].mean() == pytest.approx(0.15, rel=0.15)
    along = behaviour["track_position"].values
    cruising = (along > 0.5) & (along < 1.5)
    assert np.median(speed[cruising]) == pytest.approx(0.5, rel=0.1)
    assert speed[where == "linear"].max() < 0.5 * np.exp(4 * 0.15)


def test_in_its_nest_the_animal_does_not_move(behaviour):
    where, speed = place(behaviour), behaviour["speed"].values
    carried = np.flatnonzero(where[1:] != where[:-1]) + 1
    near = np.abs(np.arange(where.size)[:, None] - carried).min(axis=1) < 50  # 1 s
    assert np.all(speed[(where == "none") & ~near] == 0)


def test_being_carried_between_environments_is_no_speed():
    time = np.arange(200) * 0.02
    position = np.repeat([[0.0, 0.0], [5.0, 5.0]], 100, axis=0)
    named = np.repeat(["linear", "arena"], 100)
    behaviour = behaviour_dataset(time, position, None, None, named, ENVIRONMENTS, {})
    assert np.all(behaviour["speed"].values == 0)
    at_once = behaviour_dataset(time, position, None, None, np.full(200, "arena"), ENVIRONMENTS, {})
    assert at_once["speed"].values.max() > 10


def test_speed_is_that_of_a_constant_walk_and_unknown_where_tracking_is_lost():
    time = np.arange(500) * 0.02
    position = np.column_stack([0.3 * time, 0.4 * time])
    position[200:210] = np.nan
    speed = behaviour_dataset(time, position, None, None, np.full(500, "arena"), ENVIRONMENTS, {})[
        "speed"
    ].values
    assert np.isnan(speed[200:210]).all()
    far = np.r_[0:150, 260:500]
    np.testing.assert_allclose(speed[far[40:]], 0.5, rtol=1e-3)


def test_laps_run_both_ways_facing_where_they_run(behaviour):
    lap, along = behaviour["lap"].values, behaviour["track_position"].values.astype(float)
    laps = lap_times(behaviour["time"].values, along, lap, TRACK.length)
    assert laps.outbound.size > 40
    np.testing.assert_array_equal(laps.outbound, np.arange(laps.outbound.size) % 2 == 0)
    heading = behaviour["head_direction"].values
    for number, outbound in enumerate(laps.outbound):
        facing = np.cos(heading[lap == number]).mean()
        assert facing * (1 if outbound else -1) > 0.8


def test_pauses_last_as_long_as_asked_for(behaviour):
    along = behaviour["track_position"].values
    still = np.abs(np.diff(along[np.isfinite(along)])) < 1e-6
    edges = np.flatnonzero(np.diff(np.r_[False, still, False]))
    pauses = np.diff(edges.reshape(-1, 2), axis=1) * 0.02
    assert pauses.mean() == pytest.approx(0.8 + 0.5, abs=0.2)  # turning around, then waiting


def test_asleep_the_head_lies_still_and_at_rest_it_looks_around(behaviour, epochs):
    heading, time = behaviour["head_direction"].values, behaviour["time"].values
    for state, start, stop in zip(
        flag_names(epochs["state"]), epochs["start"].values, epochs["stop"].values, strict=True
    ):
        rows = (time >= start + 0.02) & (time < stop - 0.02)
        if state in ("nrem", "rem"):
            assert np.ptp(heading[rows]) == 0
        elif state == "rest":
            assert np.abs(np.exp(1j * heading[rows]).mean()) < 0.99


def test_an_ornstein_uhlenbeck_process_has_its_sd_and_its_correlation(rng):
    x = ornstein_uhlenbeck(200_000, sd=2.0, time_constant=0.2, step=0.02, rng=rng)
    assert x.std() == pytest.approx(2.0, rel=0.03)
    assert x.mean() == pytest.approx(0.0, abs=0.1)
    for lag in (1, 5, 10):
        correlation = np.corrcoef(x[lag:], x[:-lag])[0, 1]
        assert correlation == pytest.approx(np.exp(-lag * 0.02 / 0.2), abs=0.02)


def test_an_ornstein_uhlenbeck_process_is_stationary_from_its_first_sample(rng):
    first = [ornstein_uhlenbeck(2, 2.0, 0.2, 0.02, rng)[0] for _ in range(2000)]
    assert np.std(first) == pytest.approx(2.0, rel=0.1)
    assert ornstein_uhlenbeck(0, 2.0, 0.2, 0.02, rng).size == 0
