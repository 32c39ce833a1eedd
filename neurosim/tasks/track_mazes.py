"""Tracks of recordings as mazes: their places, the trips that are run, and their law."""

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise, permutations

import numpy as np

from neurosim.tasks.chains import Chains, steps_of
from neurosim.tasks.laws import ChainLaw
from neurosim.tasks.mazes import Maze, maze_of_ways
from neurosim.world.graph import TrackGraph
from neurosim.world.laps import END_ZONE, shortest_route
from neurosim.world.track import ALTERNATING

INSIDE = 0.005  # m; the first and last samples of a lap lie inside the zones
Trip = tuple[int, int]  # wells that a lap leads from and to


@dataclass(frozen=True)
class TrackPlaces:
    """Places of about one length along the edges of a track.

    Attributes
    ----------
    graph : TrackGraph
    place_m : float
        Length of a place, as nearly as the edges allow, m.
    """

    graph: TrackGraph
    place_m: float

    @cached_property
    def per_edge(self) -> np.ndarray:
        """Number of places of each edge (edge,)."""
        return np.maximum(np.rint(self.graph.edge_length / self.place_m), 1).astype(int)

    @cached_property
    def first(self) -> np.ndarray:
        """First place of each edge (edge,)."""
        return np.concatenate([[0], np.cumsum(self.per_edge)[:-1]])

    @property
    def size(self) -> int:
        """Number of places."""
        return int(self.per_edge.sum())

    def at(self, track_position: np.ndarray, edge: np.ndarray | None = None) -> np.ndarray:
        """Place of each track position (sample,) in m, on its edge where that is known."""
        edge = self.graph.edge_of(track_position) if edge is None else edge
        part = (track_position - self.graph.edge_start[edge]) / self.graph.edge_length[edge]
        within = np.clip((part * self.per_edge[edge]).astype(int), 0, self.per_edge[edge] - 1)
        return self.first[edge] + within

    @cached_property
    def centre(self) -> np.ndarray:
        """Track position of the middle of each place (place,), m."""
        edge = np.repeat(np.arange(self.per_edge.size), self.per_edge)
        part = (np.arange(self.size) - self.first[edge] + 0.5) / self.per_edge[edge]
        return self.graph.edge_start[edge] + part * self.graph.edge_length[edge]

    def of_trip(self, trip: Trip) -> np.ndarray:
        """Places (step,) of a lap: from the edge of one well's zone to that of another."""
        route = self.graph.route(*trip)
        zone = END_ZONE * shortest_route(self.graph) - INSIDE
        n_points = 1 + 50 * max(1, round(route.length / self.place_m))
        travelled = np.linspace(zone, route.length - zone, n_points)
        return steps_of(self.at(self.graph.along(route, travelled)[0]))


def trips_of_task(graph: TrackGraph, kind: str) -> dict[Trip, float]:
    """Probability of each trip in the task that the simulated animal runs.

    On a track of a kind in `neurosim.world.track.ALTERNATING` it runs from the first well to
    another, each as often, and back; elsewhere from any well to any other. Wrong choices only
    change in which order the wells come.
    """
    first, *others = graph.wells
    if not others:
        return {(first, first): 1.0}
    if kind in ALTERNATING:
        share = 0.5 / len(others)
        return {trip: share for well in others for trip in ((first, well), (well, first))}
    pairs = list(permutations(graph.wells, 2))
    return dict.fromkeys(pairs, 1 / len(pairs))


def track_maze(
    places: TrackPlaces, trips: Mapping[Trip, float], rewarded: tuple[int, ...] | None = None
) -> Maze:
    """Make a track a maze whose chains are trips.

    Parameters
    ----------
    places : TrackPlaces
    trips : Mapping of trip to probability
    rewarded : tuple of int, optional
        Places in ``graph.wells`` at which a reward is found; by default all.

    Returns
    -------
    Maze
        `decision` are the places at which a trip could have led elsewhere.
    """
    wells = places.graph.wells
    rewarded_nodes = set(wells if rewarded is None else [wells[i] for i in rewarded])
    ways = {
        trip: (places.of_trip(trip).tolist(), share, int(trip[1] in rewarded_nodes))
        for trip, share in trips.items()
    }
    return _maze_of_paths(places, ways)


def maze_of_laps(places: TrackPlaces, laps: Chains) -> Maze:
    """Make a track whose task is not known a maze: every path that was run, as often as it was.

    The law is that of all laps, also of those that a model is not shown: on average over them none
    can beat it. A reward is wherever a lap ends.
    """
    numbers = Counter(tuple(chain.tolist()) for chain in laps.places)
    ways = {path: (list(path), n / laps.size, 1) for path, n in sorted(numbers.items())}
    return _maze_of_paths(places, ways)


def _maze_of_paths(
    places: TrackPlaces, paths: Mapping[Hashable, tuple[list[int], float, int]]
) -> Maze:
    """Maze whose chains are paths of places, each with its probability and reward."""
    ways: dict[object, dict[object, float]] = {}
    starts: dict[object, float] = {}
    shown: dict[object, int] = {}
    rewards: dict[object, int] = {}
    for name, (path, probability, reward) in paths.items():
        states = [(name, step) for step in range(len(path))]
        shown |= dict(zip(states, path, strict=True))
        ways |= {a: {b: 1.0} for a, b in pairwise(states)}
        starts[states[0]] = probability
        rewards[states[-1]] = reward
    positions = places.graph.coordinates(places.centre) / places.place_m
    position = {place: (float(x), float(y)) for place, (x, y) in enumerate(positions)}
    maze = maze_of_ways(starts, ways, position, shown, rewards=rewards)
    return replace(maze, decision=_parts(maze.law))


def _parts(law: ChainLaw) -> np.ndarray:
    """Whether trips that came to a place (place,) the same way part there."""
    n = law.n_places
    following = np.zeros((n + 1, n, n), dtype=bool)  # before, here, next
    before = np.full(law.place.size, n)
    first, second = np.nonzero(law.step)
    before[second] = law.place[first]
    following[before[first], law.place[first], law.place[second]] = True
    return (following.sum(axis=2) > 1).any(axis=0)
