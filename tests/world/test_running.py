"""Running on tracks: without jumps, from well to well, rewarded where the choice was right."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sessions import MOVEMENT, SESSION, TRACK_KINDS, environment

from neurosim.files import flag_names
from neurosim.world.behaviour import simulate_behaviour
from neurosim.world.hypnogram import hypnogram
from neurosim.world.laps import find_laps, shortest_route
from neurosim.world.running import LAP_SPEED_SPREAD, WELL_JITTER, run_track
from neurosim.world.track import track_dataset

STEP = 0.02  # s
FASTEST = MOVEMENT.track_speed_m_s * np.exp(5 * LAP_SPEED_SPREAD)  # m/s


def run(kind: str, seed: int = 1, duration_s: float = 400.0, **changes):
    place = environment(kind, duration_s, **changes)
    n = round(duration_s / STEP)
    return place, run_track(n, STEP, place, MOVEMENT, np.random.default_rng(seed))


def visits(place, ran) -> list[int]:
    """Wells at which the animal stands, in order, as places in ``graph.wells``."""
    graph = place.graph
    wells = np.array([graph.node_position_on_track(well) for well in graph.wells])
    near = graph.distance(ran.track_position, wells) <= WELL_JITTER + 1e-9
    at = np.where(near.any(axis=1), near.argmax(axis=1), -1)
    at = at[at >= 0]
    return at[np.flatnonzero(np.diff(at, prepend=-1))].tolist()


@given(
    st.sampled_from(TRACK_KINDS),
    st.integers(0, 10_000),
    st.floats(0.4, 3.0),
    st.floats(5.0, 60.0),
)
def test_the_animal_stays_on_its_track_without_jumps(kind, seed, size, duration):
    measures = {
        "linear": {"length_m": size},
        "w": {"arm_m": size, "spacing_m": 0.6 * size},
        "y": {"arm_m": size},
        "loop": {"length_m": size},
    }
    place, ran = run(kind, seed, duration, **measures[kind])
    graph = place.graph
    assert ran.track_position.size == round(duration / STEP)
    np.testing.assert_array_equal(ran.edge, graph.edge_of(ran.track_position))
    assert ran.track_position.min() >= 0
    assert ran.track_position.max() <= graph.length
    steps = np.diff(graph.coordinates(ran.track_position), axis=0)
    assert np.hypot(*steps.T).max() <= FASTEST * STEP
    along = graph.separation(ran.track_position[1:], ran.track_position[:-1])
    assert along.max() <= FASTEST * STEP
    assert np.abs(np.diff(ran.heading)).max() < 0.6  # 30 rad/s


@pytest.mark.parametrize("kind", TRACK_KINDS)
def test_every_well_is_reached_and_every_trip_is_a_lap(kind):
    place, ran = run(kind)
    graph, wells = place.graph, visits(place, ran)
    assert set(wells) == set(range(len(graph.wells)))
    lap = find_laps(ran.track_position, graph)
    arrivals = len(wells) - 1
    if kind == "loop":  # its one well is passed on arrival, once a round
        arrivals = ran.reward_time.size
    assert lap.max() + 1 == pytest.approx(arrivals, abs=1)
    assert arrivals > 35
    for number in range(1, lap.max()):
        covered = np.abs(np.diff(graph.unroll(ran.track_position, ran.edge)[0]))[lap[1:] == number]
        assert covered.sum() > 0.79 * shortest_route(graph)


@pytest.mark.parametrize("kind", TRACK_KINDS)
def test_the_head_points_where_the_animal_runs(kind):
    place, ran = run(kind)
    steps = np.diff(place.graph.coordinates(ran.track_position), axis=0)
    moving = np.hypot(*steps.T) > 0.2 * STEP
    off = np.arctan2(steps[:, 1], steps[:, 0]) - ran.heading[1:]
    assert np.cos(off[moving]).mean() > 0.95
    assert np.mean(np.cos(off[moving]) > 0.7) > 0.95


@pytest.mark.parametrize("kind", TRACK_KINDS)
def test_trips_have_the_speed_and_pauses_asked_for(kind):
    place, ran = run(kind, duration_s=1200.0)
    speed = np.abs(np.diff(place.graph.unroll(ran.track_position, ran.edge)[0])) / STEP
    assert np.median(speed[speed > 0.35]) == pytest.approx(MOVEMENT.track_speed_m_s, rel=0.1)
    edges = np.flatnonzero(np.diff(np.r_[False, speed < 1e-9, False]))
    pauses = np.diff(edges.reshape(-1, 2), axis=1) * STEP
    assert pauses.mean() == pytest.approx(0.8 + MOVEMENT.pause_s, abs=0.25)


def test_a_loop_is_run_in_one_direction_all_the_way_around():
    place, ran = run("loop")
    travelled, orientation = place.graph.unroll(ran.track_position, ran.edge)
    assert np.all(orientation == 1)
    assert np.diff(travelled).min() > -1e-9
    rounds = travelled[-1] / place.graph.length
    assert ran.reward_time.size == pytest.approx(rounds, abs=1)


def test_on_a_y_every_other_well_is_chosen_as_often():
    place, ran = run("y", duration_s=4000.0)
    wells = visits(place, ran)
    pairs = list(pairwise(wells))
    assert len(pairs) > 500
    for here in range(3):
        after = np.array([b for a, b in pairs if a == here])
        others = [well for well in range(3) if well != here]
        assert set(after) == set(others)
        assert np.mean(after == others[0]) == pytest.approx(0.5, abs=0.12)


def outer_choices(wells: list[int]) -> list[int]:
    assert all((a == 0) != (b == 0) for a, b in pairwise(wells)), "every second well is the centre"
    return [well for well in wells if well != 0]


def test_without_errors_the_animal_alternates_on_a_w():
    place, ran = run("w", error_fraction=0.0)
    outer = outer_choices(visits(place, ran))
    assert all(a != b for a, b in pairwise(outer))


@pytest.mark.parametrize("fraction", [0.2, 0.7])
def test_the_fraction_of_wrong_choices_is_the_one_asked_for(fraction):
    place, ran = run("w", duration_s=6000.0, error_fraction=fraction)
    outer = np.array(outer_choices(visits(place, ran)))
    repeated = outer[1:] == outer[:-1]
    assert repeated.size > 300
    assert repeated.mean() == pytest.approx(fraction, abs=4 * np.sqrt(0.25 / repeated.size))
    assert ran.reward_time.size == pytest.approx(1 + np.sum(~repeated), abs=1)


@pytest.mark.parametrize("rewarded", [[1, 2], [0], [0, 1, 2]])
def test_rewards_come_at_correct_arrivals_at_rewarded_wells_only(rewarded):
    place, ran = run("w", rewarded_wells=rewarded)
    time = np.arange(ran.track_position.size) * STEP
    wells = place.graph.wells
    expected, previous = [], None
    for well in visits(place, ran)[1:]:
        correct = well == 0 or well != previous
        previous = well if well else previous
        if correct and well in rewarded:
            expected.append(wells[well])
    found = ran.reward_well.tolist()
    assert found in (expected, expected[:-1])  # the last one may end with the session
    assert len(found) > 20 * len(rewarded) / 3
    assert np.all(np.diff(ran.reward_time) > 0)
    at = np.array([place.graph.node_position_on_track(well) for well in found])
    assert place.graph.separation(ran.reward_position, at).max() <= WELL_JITTER
    there = ran.track_position[np.searchsorted(time, ran.reward_time)]
    np.testing.assert_allclose(there, ran.reward_position, atol=1e-9)


@pytest.mark.parametrize("kind", ["linear", "y", "loop"])
def test_where_there_is_no_rule_every_arrival_is_rewarded(kind):
    place, ran = run(kind)
    wells = visits(place, ran)
    if kind != "loop":
        found = [place.graph.wells.index(well) for well in ran.reward_well]
        assert found in (wells[1:], wells[1:-1])
    else:
        assert ran.reward_time.size > 40


def test_a_session_joins_environments_with_unique_laps_edges_and_wells():
    places = [environment(kind, 60.0) for kind in ("linear", "w", "arena", "loop")]
    epochs = hypnogram(SESSION, places, np.random.default_rng(1))
    behaviour, rewards = simulate_behaviour(epochs, places, MOVEMENT, np.random.default_rng(2))
    where = flag_names(behaviour["environment"])
    track = track_dataset({p.name: getattr(p, "graph", p) for p in places})
    edge_owner, node_owner = (
        flag_names(track["edge_environment"]),
        flag_names(track["node_environment"]),
    )
    edge, lap = behaviour["edge"].values, behaviour["lap"].values
    on_track = np.isin(where, ["linear", "w", "loop"])
    np.testing.assert_array_equal(edge >= 0, on_track)
    np.testing.assert_array_equal(edge_owner[edge[on_track]], where[on_track])
    owners = [set(where[lap == number]) for number in range(lap.max() + 1)]
    assert all(len(owner) == 1 for owner in owners)
    assert {name for owner in owners for name in owner} == {"linear", "w", "loop"}
    assert np.all(np.diff(rewards["time"].values) > 0)
    names = flag_names(rewards["environment"])
    assert set(names) == {"linear", "w", "loop"}
    well = rewards["well"].values
    np.testing.assert_array_equal(node_owner[well], names)
    assert np.all(track["well"].values[well] == 1)
    sample = np.searchsorted(behaviour["time"].values, rewards["time"].values)
    np.testing.assert_array_equal(where[sample], names)
    stood = behaviour["position"].values[sample]
    assert np.abs(stood - track["node_position"].values[well]).max() < WELL_JITTER + 1e-6


W = environment("w").graph


def walked(*wells: int, turn_at: float | None = None) -> np.ndarray:
    """Track positions of a walk between nodes of the W at 0.5 m/s; the last leg may turn back."""
    parts = []
    for number, (a, b) in enumerate(pairwise(wells), start=2):
        route = W.route(a, b)
        travelled = np.arange(0, route.length, 0.01)
        if turn_at is not None and number == len(wells):
            there = np.arange(0, turn_at, 0.01)
            travelled = np.concatenate([there, there[::-1]])
        parts.append(W.along(route, travelled)[0])
    return np.concatenate(parts)


@pytest.mark.parametrize(
    ("wells", "turn_at", "n_laps"),
    [
        ((0, 3), None, 1),
        ((0, 3, 0, 5), None, 3),
        ((3, 5), None, 1),
        ((0, 3), 1.0, 0),  # into the left part and back to the centre
        ((0, 3), 1.79, 0),
        ((0, 3), 1.83, 2),
    ],
)
def test_a_lap_on_a_w_goes_from_well_zone_to_well_zone(wells, turn_at, n_laps):
    lap = find_laps(walked(*wells, turn_at=turn_at), W)
    assert lap.max() + 1 == n_laps


def test_a_sortie_over_the_well_of_a_loop_is_no_lap():
    loop = environment("loop").graph
    ahead = np.arange(-0.5, 0.5, 0.01)
    path = np.mod(np.concatenate([ahead, ahead[::-1], ahead]), loop.length)
    assert find_laps(path, loop).max() == -1
    around = np.mod(np.arange(-0.5, 2 * loop.length, 0.01), loop.length)
    assert find_laps(around, loop).max() == 1
