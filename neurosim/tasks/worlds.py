"""Mazes in which an agent acts: places, actions, a start and a goal.

Grids are those of the literature; tracks are the project's own, cut into places. Moves succeed
always, and a move into a wall leaves the agent where it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import shortest_path

from neurosim import NeurosimError
from neurosim.errors import choices
from neurosim.tasks.track_mazes import TrackPlaces
from neurosim.world.graph import TrackGraph, linear_track, w_track

HEADINGS = np.array([[0, 1], [1, 0], [0, -1], [-1, 0]])  # north, east, south, west
WALL, START, GOAL = "#SG"


@dataclass(frozen=True)
class World:
    """A maze with moves that always succeed.

    Attributes
    ----------
    name : str
    position : array (state, space)
        Where states are drawn, in steps.
    next_state : array (state, action) of int
        A state itself where a wall is.
    reward : array (state,)
        Found on entering.
    start : tuple of int
        States in which episodes begin, in turn.
    terminal : array (state,) of bool
        Whether an episode ends there.
    """

    name: str
    position: np.ndarray
    next_state: np.ndarray
    reward: np.ndarray
    start: tuple[int, ...]
    terminal: np.ndarray

    @property
    def n_states(self) -> int:
        """Number of states."""
        return self.next_state.shape[0]

    @property
    def n_actions(self) -> int:
        """Number of actions."""
        return self.next_state.shape[1]

    @cached_property
    def distance(self) -> np.ndarray:
        """Fewest steps (state, state) from one to another."""
        joined = np.zeros((self.n_states, self.n_states))
        joined[np.arange(self.n_states)[:, None], self.next_state] = 1.0
        return shortest_path(joined, unweighted=True)

    def best_length(self, state: int) -> int:
        """Fewest steps from a state to the nearest end of an episode."""
        return int(self.distance[state, self.terminal].min())

    def with_rewards(self, reward: Mapping[int, float]) -> "World":
        """Give the same maze with other rewards in some states."""
        values = self.reward.copy()
        values[list(reward)] = list(reward.values())
        return replace(self, reward=values)


def grid(name: str, text: str) -> World:
    """Make a world of a map: `#` walls, `S` start, `G` goal, anything else free.

    Raises
    ------
    NeurosimError
        If the map has not one start and one goal, or no way between them.
    """
    rows = [row.strip() for row in text.strip().splitlines()]
    cells = {
        (x, -y): mark for y, row in enumerate(rows) for x, mark in enumerate(row) if mark != WALL
    }
    number = {cell: state for state, cell in enumerate(cells)}
    ends = {mark: [c for c, m in cells.items() if m == mark] for mark in (START, GOAL)}
    if any(len(found) != 1 for found in ends.values()):
        found = {mark: len(cells) for mark, cells in ends.items()}
        raise NeurosimError(f"grid {name!r}: expected one start S and one goal G, found {found}")
    moves = np.array(
        [
            [number.get((x + dx, y + dy), state) for dx, dy in HEADINGS.tolist()]
            for (x, y), state in number.items()
        ]
    )
    start, goal = number[ends[START][0]], number[ends[GOAL][0]]
    return _checked(name, np.array(list(cells), dtype=float), moves, start, goal)


def track_world(name: str, graph: TrackGraph, place_m: float, start: int, goal: int) -> World:
    """Make a world of a track cut into places; start and goal are numbers of its wells.

    Where edges meet, each of the neighbours of a place has the action that leads most nearly
    its way.

    Raises
    ------
    NeurosimError
        If more places meet than there are actions, or there is no such well.
    """
    places = TrackPlaces(graph, place_m)
    position = graph.coordinates(places.centre) / place_m
    neighbours = _neighbours(places)
    moves = np.tile(np.arange(places.size)[:, None], (1, len(HEADINGS)))
    crowded = max(map(len, neighbours))
    if crowded > len(HEADINGS):
        raise NeurosimError(
            f"maze {name!r}: expected at most {len(HEADINGS)} places around one, found {crowded}"
        )
    for well in (start, goal):
        if not 0 <= well < len(graph.wells):
            raise NeurosimError(
                f"maze {name!r}: expected a well from 0 to {len(graph.wells) - 1}, found {well}"
            )
    for state, others in enumerate(neighbours):
        way = position[others] - position[state]
        agree = (way / np.linalg.norm(way, axis=1, keepdims=True)) @ HEADINGS.T
        row, action = linear_sum_assignment(-agree)
        moves[state, action] = np.array(others)[row]
    ends = [_place_at(places, graph.wells[well]) for well in (start, goal)]
    return _checked(name, position, moves, *ends)


def _neighbours(places: TrackPlaces) -> list[list[int]]:
    """Places that touch each place."""
    first, last = places.first, places.first + places.per_edge - 1
    touching: list[set[int]] = [set() for _ in range(places.size)]
    for a, b in zip(first, last, strict=True):
        for place in range(a, b):
            touching[place].add(place + 1)
            touching[place + 1].add(place)
    ends = np.column_stack([first, last])
    for node in range(len(places.graph.node_position)):
        meeting = ends[places.graph.edge_node == node].tolist()
        for place in meeting:
            touching[place] |= set(meeting) - {place}
    return [sorted(others) for others in touching]


def _place_at(places: TrackPlaces, node: int) -> int:
    """Place at a node that one edge leads to."""
    edge, end = np.argwhere(places.graph.edge_node == node)[0]
    return int(places.first[edge] + (places.per_edge[edge] - 1) * end)


def _checked(name: str, position: np.ndarray, moves: np.ndarray, start: int, goal: int) -> World:
    terminal = np.arange(len(moves)) == goal
    world = World(name, position, moves, terminal.astype(float), (start,), terminal)
    if not np.isfinite(world.distance[start, goal]):
        raise NeurosimError(f"maze {name!r}: expected a way from start to goal, found none")
    return world


def two_way_track(n_places: int, rewards: tuple[float, float] = (1.0, 1.0)) -> World:
    """A linear track that is run back and forth for a reward at each end.

    States are places by running direction, outbound ones first, as the maps of place cells are:
    an episode is a lap, and the next begins at the same end in the other direction. Actions are
    on and back.

    Parameters
    ----------
    n_places : int
    rewards : (float, float)
        At the end of inbound and of outbound laps: the first and the last place.
    """
    lane = np.arange(n_places)
    ahead, behind = np.minimum(lane + 1, n_places - 1), np.maximum(lane - 1, 0)
    outbound = np.column_stack([ahead, behind])
    inbound = np.column_stack([behind, ahead]) + n_places
    terminal = np.zeros(2 * n_places, dtype=bool)
    terminal[[n_places - 1, n_places]] = True
    reward = np.zeros(2 * n_places)
    reward[n_places], reward[n_places - 1] = rewards
    position = np.column_stack([np.tile(lane, 2), np.repeat([0, 1], n_places)]).astype(float)
    moves = np.concatenate([outbound, inbound])
    return World("two_way_track", position, moves, reward, (0, 2 * n_places - 1), terminal)


DYNA = """
.......#G
..#....#.
S.#....#.
..#......
.....#...
.........
"""  # Sutton 1990, 10.1016/B978-1-55860-141-3.50030-4
WALL_LEFT_OPEN = """
........G
.........
.........
.########
.........
...S.....
"""  # the shortcut maze of the same paper before its wall opens
WALL_BOTH_OPEN = """
........G
.........
.........
.#######.
.........
...S.....
"""
FOUR_ROOMS = """
S....#.....
.....#.....
...........
.....#.....
.....#.....
#.####.....
.....###.##
.....#.....
.....#.....
.........G.
.....#.....
"""  # Sutton, Precup & Singh 1999, 10.1016/S0004-3702(99)00052-1
OPEN_FIELD = """
..........
..........
.......G..
..........
..........
..........
..........
..........
.S........
..........
"""

WORLDS: dict[str, Callable[[], World]] = {
    "dyna": lambda: grid("dyna", DYNA),
    "linear": lambda: track_world("linear", linear_track(3.0), 0.2, 0, 1),
    "w": lambda: track_world("w", w_track(1.2, 0.8), 0.2, 0, 1),
    "shortcut": lambda: grid("shortcut", WALL_LEFT_OPEN),
    "four_rooms": lambda: grid("four_rooms", FOUR_ROOMS),
    "open_field": lambda: grid("open_field", OPEN_FIELD),
}


def world_of(name: str) -> World:
    """Make a world of `WORLDS`.

    Raises
    ------
    NeurosimError
        If there is none of that name.
    """
    if name not in WORLDS:
        raise NeurosimError(f"maze: expected one of {choices(WORLDS)}, found {name!r}")
    return WORLDS[name]()
