"""Mazes for agents: walls, fewest steps, tracks cut into places, and the Gymnasium environments."""

import warnings
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.tasks import worlds
from neurosim.tasks.track_mazes import TrackPlaces
from neurosim.tasks.world_env import WorldEnv, place_code
from neurosim.tasks.worlds import WORLDS, grid, track_world, two_way_track, world_of
from neurosim.world.graph import TrackGraph, linear_track, loop_track, w_track, y_track

MAPS = {
    "dyna": (worlds.DYNA, 14),
    "left open": (worlds.WALL_LEFT_OPEN, 16),
    "both open": (worlds.WALL_BOTH_OPEN, 10),
    "four rooms": (worlds.FOUR_ROOMS, 18),
    "open field": (worlds.OPEN_FIELD, 12),
}
TRACKS = {
    "linear": (linear_track(3.0), 1),
    "w": (w_track(1.2, 0.8), 2),
    "y": (y_track(1.0), 1),
    "loop": (loop_track(4.0), 0),
}


def cells_of(text):
    """Marks of the free cells of a map by where they are, y upwards."""
    rows = text.split()
    return {
        (x, -y): mark for y, row in enumerate(rows) for x, mark in enumerate(row) if mark != "#"
    }


def joined(cells):
    graph = nx.Graph()
    graph.add_nodes_from(cells)
    graph.add_edges_from(
        ((x, y), other) for x, y in cells for other in ((x + 1, y), (x, y + 1)) if other in cells
    )
    return graph


def where(world):
    """Number of the state at each cell."""
    return {tuple(cell): state for state, cell in enumerate(world.position.astype(int).tolist())}


def assert_as_walked(world, cells):
    """Distances and the best length are those that a breadth-first search finds on the map."""
    state = where(world)
    assert set(state) == set(cells)
    expected = np.full((world.n_states, world.n_states), np.inf)
    for cell, lengths in nx.all_pairs_shortest_path_length(joined(cells)):
        for other, length in lengths.items():
            expected[state[cell], state[other]] = length
    assert np.array_equal(world.distance, expected)
    start, goal = (next(c for c, m in cells.items() if m == mark) for mark in "SG")
    assert world.start == (state[start],)
    assert np.flatnonzero(world.terminal).tolist() == [state[goal]]
    assert np.array_equal(world.reward, world.terminal.astype(float))
    assert world.best_length(state[start]) == expected[state[start], state[goal]]


@pytest.mark.parametrize("name", MAPS)
def test_grids_of_the_literature_have_the_shortest_ways_that_a_search_finds(name):
    text, shortest = MAPS[name]
    world = grid(name, text)
    assert_as_walked(world, cells_of(text))
    assert world.best_length(world.start[0]) == shortest


@given(st.integers(2, 6), st.integers(1, 6), st.data())
def test_any_grid_is_walked_as_drawn_or_refused(width, height, data):
    size = width * height
    marks = data.draw(st.lists(st.sampled_from("..#"), min_size=size, max_size=size))
    start, goal = data.draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True))
    marks[start], marks[goal] = "S", "G"
    text = "\n".join("".join(marks[row * width : (row + 1) * width]) for row in range(height))
    cells = cells_of(text)
    ends = [next(c for c, m in cells.items() if m == mark) for mark in "SG"]
    if nx.has_path(joined(cells), *ends):
        assert_as_walked(grid("drawn", text), cells)
    else:
        with pytest.raises(NeurosimError, match="a way from start to goal"):
            grid("drawn", text)


@pytest.mark.parametrize("name", MAPS)
def test_actions_lead_north_east_south_and_west_and_walls_keep_an_agent_in_place(name):
    text, _ = MAPS[name]
    cells, world = cells_of(text), grid(name, text)
    state = where(world)
    for (x, y), here in state.items():
        for action, (dx, dy) in enumerate([(0, 1), (1, 0), (0, -1), (-1, 0)]):
            expected = (x + dx, y + dy) if (x + dx, y + dy) in cells else (x, y)
            assert world.next_state[here, action] == state[expected]


@pytest.mark.parametrize("text", ["S..", "..G", "SG\n.G", "SS\n.G", "...", "###"])
def test_a_grid_has_one_start_and_one_goal(text):
    with pytest.raises(NeurosimError, match="one start S and one goal G"):
        grid("wrong", text)


def test_an_unknown_maze_is_refused_with_those_there_are():
    with pytest.raises(NeurosimError, match=r"dyna.*'moebius'"):
        world_of("moebius")


def ends_of_places(places):
    """Both ends (place, end, space) of each place, m."""
    found = []
    for (a, b), n in zip(places.graph.edge_node, places.per_edge, strict=True):
        first, last = places.graph.node_position[[a, b]]
        cuts = first + np.linspace(0, 1, n + 1)[:, None] * (last - first)
        found += list(pairwise(cuts))
    return np.array(found)


@pytest.mark.parametrize("place_m", [0.2, 0.33, 5.0])
@pytest.mark.parametrize("kind", TRACKS)
def test_each_place_that_touches_another_is_reached_by_one_action(kind, place_m):
    """Two places of a track touch where they have an end in common."""
    graph, goal = TRACKS[kind]
    places = TrackPlaces(graph, place_m)
    world = track_world(kind, graph, place_m, 0, goal)
    ends = ends_of_places(places)
    gap = np.linalg.norm(ends[:, None, :, None] - ends[None, :, None], axis=-1).min(axis=(2, 3))
    for state, moves in enumerate(world.next_state):
        touching = [p for p in np.flatnonzero(gap[state] < 1e-9).tolist() if p != state]
        assert sorted(moves[moves != state].tolist()) == touching


def test_where_more_ways_meet_than_there_are_actions_a_track_is_refused():
    angle = 2 * np.pi * np.arange(6) / 6
    ends = np.column_stack([np.cos(angle), np.sin(angle)])
    star = TrackGraph(
        np.vstack([[[0.0, 0.0]], ends]),
        np.column_stack([np.zeros(6, dtype=int), np.arange(1, 7)]),
        (1, 2, 3, 4, 5, 6),
    )
    with pytest.raises(NeurosimError):
        track_world("star", star, 0.2, 0, 1)


def test_on_a_straight_track_east_leads_on_and_west_back():
    world = world_of("linear")
    n = world.n_states
    assert n == 15
    assert world.start == (0,)
    assert world.best_length(0) == 14
    lane = np.arange(n)
    expected = [lane, np.minimum(lane + 1, n - 1), lane, np.maximum(lane - 1, 0)]
    assert np.array_equal(world.next_state, np.column_stack(expected))


def test_a_track_leads_from_the_well_asked_for_to_the_other():
    """In a W the arms are 6 places long and 4 apart."""
    graph = w_track(1.2, 0.8)
    for start, goal in ((0, 1), (1, 2), (2, 0)):
        world = track_world("w", graph, 0.2, start, goal)
        (last,) = np.flatnonzero(world.terminal)
        for state, well in ((world.start[0], start), (last, goal)):
            node = graph.node_position[graph.wells[well]]
            assert np.linalg.norm(world.position[state] * 0.2 - node) == pytest.approx(0.1)
        n_places = 2 * 6 + 4 * (2 if 0 not in (start, goal) else 1)
        assert world.best_length(world.start[0]) == n_places - 1


def test_a_track_in_pieces_has_no_way():
    nodes = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0]])
    graph = TrackGraph(nodes, np.array([[0, 1], [2, 3]]), (0, 3))
    with pytest.raises(NeurosimError, match="a way from start to goal"):
        track_world("broken", graph, 0.2, 0, 1)


@given(st.integers(2, 20), st.floats(0, 5), st.floats(0, 5))
def test_laps_of_a_two_way_track_follow_each_other(n, at_first, at_last):
    world = two_way_track(n, (at_first, at_last))
    place, lane = world.position.astype(int).T
    assert place.tolist() == [*range(n)] * 2
    on = 1 - 2 * lane  # along the track in a lane's running direction
    for action, way in enumerate((on, -on)):
        following = world.next_state[:, action]
        assert np.array_equal(place[following], np.clip(place + way, 0, n - 1))
        assert np.array_equal(lane[following], lane)
    for number, begin in enumerate(world.start):
        state, n_steps = begin, 0
        while not world.terminal[state]:
            state, n_steps = world.next_state[state, 0], n_steps + 1
        assert n_steps == n - 1 == world.best_length(begin)
        after = world.start[(number + 1) % 2]
        assert place[state] == place[after]
        assert lane[state] != lane[after]
        assert world.reward[state] == (at_first if place[state] == 0 else at_last)
    assert world.terminal.sum() == 2
    assert world.reward[~world.terminal].max(initial=0) == 0


def test_other_rewards_leave_the_maze_as_it_was():
    world = two_way_track(4)
    other = world.with_rewards({3: 4.0})
    assert other.reward.tolist() == [0, 0, 0, 4, 1, 0, 0, 0]
    assert world.reward.tolist() == [0, 0, 0, 1, 1, 0, 0, 0]
    assert np.array_equal(other.next_state, world.next_state)


@pytest.mark.parametrize("observed", ["state", "place cells"])
@pytest.mark.parametrize("name", WORLDS)
def test_gymnasium_finds_nothing_wrong_with_the_environments(name, observed, rng):
    world = world_of(name)
    code = place_code(world, 20, 1.5, rng) if observed == "place cells" else None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(WorldEnv(world, code), skip_render_check=True)


@pytest.mark.parametrize("name", ["w", "four_rooms"])
def test_an_environment_is_the_maze(name, rng):
    world = world_of(name)
    code = place_code(world, 12, 2.0, rng)
    env, tabular = WorldEnv(world, code), WorldEnv(world)
    for state in np.flatnonzero(~world.terminal).tolist():
        for action in range(world.n_actions):
            for each in (env, tabular):
                each.reset(options={"state": state})
            following = world.next_state[state, action]
            seen, *rest = env.step(np.int64(action))
            number, *same = tabular.step(np.int64(action))
            ends = bool(world.terminal[following])
            assert rest == same == [float(ends), ends, False, {"state": following}]
            assert number == following
            assert np.array_equal(seen, code[following])
            seen[:] = -1.0  # what is seen is the agent's own
    assert code.min() >= 0


def test_episodes_begin_at_the_starts_in_turn_and_anew_with_a_seed():
    env = WorldEnv(two_way_track(5))
    assert [env.reset()[0] for _ in range(3)] == [0, 9, 0]
    assert [env.reset(seed=3)[0], env.reset()[0]] == [0, 9]
    assert env.reset(options={"state": 4})[1] == {"state": 4}


@pytest.mark.parametrize("n_cells", [10, 200])
def test_place_fields_have_their_width_along_the_shortest_way(n_cells, rng):
    """Cells on either side of a wall see an agent from as far as it has to walk."""
    world, sd = world_of("shortcut"), 1.5
    code = place_code(world, n_cells, sd, rng)
    assert code.shape == (world.n_states, n_cells)
    centre = code.argmax(axis=0)
    assert np.allclose(code[centre, np.arange(n_cells)], 1.0)
    lengths = dict(nx.all_pairs_shortest_path_length(joined(cells_of(worlds.WALL_LEFT_OPEN))))
    cells = list(where(world))
    steps = np.array([[lengths[cells[s]][cells[c]] for c in centre] for s in range(len(cells))])
    assert np.allclose(code, np.exp(-0.5 * (steps / sd) ** 2), atol=1e-6)
    often = np.bincount(centre, minlength=world.n_states)
    assert often.max() - often.min() <= 1  # fields are spread as evenly as can be
