"""Tracks as graphs: nodes joined by straight edges, with wells where the animal stops.

Places on a track are named by one number, the track position: edges lie one after another in the
order of `edge_node`, each taking its length, so edge ``e`` covers ``edge_start[e]`` to
``edge_start[e] + edge_length[e]`` m. Neighbours in track position are neighbours on the track
within an edge only; `TrackGraph.distance` measures along the graph.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neurosim import NeurosimError
from neurosim.errors import choices


@dataclass(frozen=True)
class Route:
    """The shortest way between two wells.

    Attributes
    ----------
    edge : array (leg,) of int
        Edges in the order in which they are run.
    outbound : array (leg,) of bool
        Whether the edge is run along its direction.
    start : array (leg,)
        Distance from the route's beginning at which the edge begins, m.
    length : float
        m.
    """

    edge: np.ndarray
    outbound: np.ndarray
    start: np.ndarray
    length: float


@dataclass(frozen=True)
class TrackGraph:
    """A track of straight edges.

    Attributes
    ----------
    node_position : array (node, space)
        m.
    edge_node : array (edge, end) of int
        First and last node; the running direction ``outbound`` is from the first to the last.
    wells : tuple of int
        Nodes at which the animal stops and may find a reward.
    """

    node_position: np.ndarray
    edge_node: np.ndarray
    wells: tuple[int, ...]

    @cached_property
    def edge_length(self) -> np.ndarray:
        """Length of each edge (edge,), m."""
        ends = self.node_position[self.edge_node]
        return np.hypot(*(ends[:, 1] - ends[:, 0]).T)

    @cached_property
    def edge_start(self) -> np.ndarray:
        """Track position at which each edge begins (edge,), m."""
        return np.concatenate([[0.0], np.cumsum(self.edge_length)[:-1]])

    @property
    def length(self) -> float:
        """Length of all edges together, m."""
        return float(self.edge_length.sum())

    @property
    def is_linear(self) -> bool:
        """Whether the track is one straight edge."""
        return self.edge_length.size == 1

    @cached_property
    def edge_angle(self) -> np.ndarray:
        """Direction of each edge (edge,), rad counter-clockwise from the x axis."""
        ends = self.node_position[self.edge_node]
        return np.arctan2(*(ends[:, 1] - ends[:, 0]).T[::-1])

    @cached_property
    def decision_nodes(self) -> np.ndarray:
        """Nodes (node,) at which at least three edges meet: where paths part."""
        return np.flatnonzero(np.bincount(self.edge_node.ravel()) >= 3)

    def edge_of(self, track_position: np.ndarray) -> np.ndarray:
        """Edge of each track position (place,)."""
        edge = np.searchsorted(self.edge_start, track_position, side="right") - 1
        return np.clip(edge, 0, self.edge_length.size - 1)

    def within(self, track_position: np.ndarray, edge: np.ndarray) -> np.ndarray:
        """Hold track positions (place,) to their edges.

        The end of an edge is the number at which the next edge begins, which may lie elsewhere:
        a place at an edge's end is moved inwards by one bit.
        """
        start = self.edge_start[edge]
        stop = start + self.edge_length[edge]
        return np.clip(track_position, start, np.nextafter(stop, start))

    def coordinates(self, track_position: np.ndarray) -> np.ndarray:
        """Place track positions (place,) in the plane (place, space), m."""
        edge = self.edge_of(track_position)
        along = (track_position - self.edge_start[edge]) / self.edge_length[edge]
        first, last = self.node_position[self.edge_node[edge]].swapaxes(0, 1)
        return first + along[:, None] * (last - first)

    @cached_property
    def _node_distance(self) -> tuple[np.ndarray, np.ndarray]:
        """Distance (node, node) along edges and the node before each on the way to it."""
        from scipy.sparse import csr_array  # readers of a linear track need none of this
        from scipy.sparse.csgraph import dijkstra

        n = len(self.node_position)
        first, last = self.edge_node.T
        weights = csr_array((self.edge_length, (first, last)), shape=(n, n))
        return dijkstra(weights, directed=False, return_predecessors=True)

    def node_position_on_track(self, node: int) -> float:
        """One track position of a node (nodes of several edges have several), m."""
        edge, end = (int(index[0]) for index in np.nonzero(self.edge_node == node))
        return float(self.within(np.inf if end else 0.0, edge))

    def distance(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Shortest way along the graph between all pairs of track positions.

        Parameters
        ----------
        a, b : array (a,), array (b,)
            m.

        Returns
        -------
        array (a, b)
            m.
        """
        return self.separation(np.asarray(a)[:, None], np.asarray(b))

    def separation(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Shortest way along the graph between each track position and its partner.

        Parameters
        ----------
        a, b : array (place,)
            m; broadcast against each other.

        Returns
        -------
        array (place,)
            m.
        """
        edge_a, edge_b = self.edge_of(a), self.edge_of(b)
        along_a, along_b = a - self.edge_start[edge_a], b - self.edge_start[edge_b]
        shortest = np.where(
            edge_a == edge_b, np.abs(along_a - along_b), np.inf
        )  # the way within an edge may still be longer than the way around a loop
        if self.is_linear:
            return shortest
        between = self._node_distance[0]
        to_end_a = np.stack([along_a, self.edge_length[edge_a] - along_a])
        to_end_b = np.stack([along_b, self.edge_length[edge_b] - along_b])
        for i in (0, 1):
            for j in (0, 1):
                nodes = between[self.edge_node[edge_a, i], self.edge_node[edge_b, j]]
                shortest = np.minimum(shortest, to_end_a[i] + nodes + to_end_b[j])
        return shortest

    def unroll(self, track_position: np.ndarray, edge: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Roll a path out on a line, so that it can be smoothed and differentiated.

        Parameters
        ----------
        track_position : array (time,)
            m.
        edge : array (time,) of int

        Returns
        -------
        travelled : array (time,)
            m from the first place, signed: turning back on the path lets it fall.
        orientation : array (time,)
            1 where the edge runs along the line and -1 where it runs against it; a velocity on
            the line times this one is the velocity along the edge.
        """
        steps = np.diff(track_position, prepend=track_position[:1])
        turned = np.ones(steps.size)
        crossings = np.flatnonzero(np.diff(edge)) + 1
        for index in crossings.tolist():
            steps[index], turned[index] = self._crossing(
                int(edge[index - 1]), int(edge[index]), *track_position[index - 1 : index + 1]
            )
        orientation = np.cumprod(turned)
        # A step over a node is signed along the edge that is left, others along their own.
        frame = orientation.copy()
        frame[crossings] = orientation[crossings - 1]
        return np.cumsum(frame * steps), orientation

    def _crossing(self, left: int, entered: int, a: float, b: float) -> tuple[float, float]:
        """Signed step from a on one edge to b on another, and how the two edges are turned.

        The step is positive where the first edge is left at its end. Edges that do not meet
        (tracking was lost) count as joined in their own directions.
        """
        ways = []
        for i in (0, 1):
            for j in (0, 1):
                if self.edge_node[left, i] == self.edge_node[entered, j]:
                    to_node = abs(a - self.edge_start[left] - i * self.edge_length[left])
                    onwards = abs(b - self.edge_start[entered] - j * self.edge_length[entered])
                    leaving, entering = 2 * i - 1, 1 - 2 * j
                    ways.append((to_node + onwards, leaving, leaving * entering))
        if not ways:
            return float(self.separation(np.array(a), np.array(b))), 1.0
        length, leaving, turned = min(ways)
        return leaving * length, float(turned)

    def route(self, start: int, stop: int) -> Route:
        """Shortest route from one node to another; all the way around where both are the same.

        Raises
        ------
        NeurosimError
            If no way leads there.
        """
        nodes = self._nodes_between(start, stop)
        joined = {tuple(pair): (edge, True) for edge, pair in enumerate(self.edge_node.tolist())}
        joined |= {(b, a): (edge, False) for (a, b), (edge, _) in list(joined.items())}
        legs = [joined[pair] for pair in itertools.pairwise(nodes)]
        edge = np.array([leg[0] for leg in legs], dtype=int)
        begins = np.concatenate([[0.0], np.cumsum(self.edge_length[edge])])
        return Route(edge, np.array([leg[1] for leg in legs]), begins[:-1], float(begins[-1]))

    def circumference(self, route: Route) -> float | None:
        """Length of a route that ends where it begins, m; None for any other."""
        first = self.edge_node[route.edge[0], 0 if route.outbound[0] else 1]
        last = self.edge_node[route.edge[-1], 1 if route.outbound[-1] else 0]
        return route.length if first == last else None

    def _nodes_between(self, start: int, stop: int) -> list[int]:
        if start == stop:  # a round trip in the direction of the edges
            following = dict(self.edge_node.tolist())
            nodes = [start, following[start]]
            while nodes[-1] != start:
                nodes.append(following[nodes[-1]])
            return nodes
        distance, before = self._node_distance
        if not np.isfinite(distance[start, stop]):
            raise NeurosimError(f"track: expected a way from node {start} to {stop}, found none")
        nodes = [stop]
        while nodes[-1] != start:
            nodes.append(int(before[start, nodes[-1]]))
        return nodes[::-1]

    def along(self, route: Route, travelled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Find where one is after some distance on a route.

        Parameters
        ----------
        route : Route
        travelled : array (time,)
            m from the beginning of the route.

        Returns
        -------
        track_position : array (time,)
            m.
        outbound : array (time,) of bool
            Whether the edge there is run along its direction.
        """
        travelled = np.clip(travelled, 0.0, route.length)
        leg = np.clip(
            np.searchsorted(route.start, travelled, side="right") - 1, 0, route.edge.size - 1
        )
        edge, outbound = route.edge[leg], route.outbound[leg]
        done = np.minimum(travelled - route.start[leg], self.edge_length[edge])
        from_start = np.where(outbound, done, self.edge_length[edge] - done)
        return self.within(self.edge_start[edge] + from_start, edge), outbound


def linear_track(length: float) -> TrackGraph:
    """Make a straight track with a well at each end."""
    return TrackGraph(np.array([[0.0, 0.0], [length, 0.0]]), np.array([[0, 1]]), (0, 1))


def w_track(arm: float, spacing: float) -> TrackGraph:
    """Make a W: three arms with wells, joined at one side; paths part at the centre arm's foot.

    Edges run from the centre well outwards, so that ``outbound`` leads away from it.
    """
    nodes = [[0, arm], [0, 0], [-spacing, 0], [-spacing, arm], [spacing, 0], [spacing, arm]]
    edges = [[0, 1], [1, 2], [2, 3], [1, 4], [4, 5]]
    return TrackGraph(np.array(nodes, dtype=float), np.array(edges), (0, 3, 5))


def y_track(arm: float) -> TrackGraph:
    """Make a Y: three arms of one length at 120 degrees, each with a well at its end."""
    angles = np.deg2rad([270.0, 30.0, 150.0])
    ends = arm * np.column_stack([np.cos(angles), np.sin(angles)])
    nodes = np.vstack([ends[0], [0.0, 0.0], ends[1], ends[2]])
    return TrackGraph(nodes, np.array([[0, 1], [1, 2], [1, 3]]), (0, 2, 3))


def loop_track(circumference: float, n_edges: int = 8) -> TrackGraph:
    """Make a regular polygon that is run in one direction, with one well."""
    radius = circumference / (2 * n_edges * np.sin(np.pi / n_edges))
    angles = 2 * np.pi * np.arange(n_edges) / n_edges
    nodes = radius * np.column_stack([np.cos(angles), np.sin(angles)])
    first = np.arange(n_edges)
    return TrackGraph(nodes, np.column_stack([first, (first + 1) % n_edges]), (0,))


TRACKS: dict[str, Callable[..., TrackGraph]] = {
    "linear": linear_track,
    "w": w_track,
    "y": y_track,
    "loop": loop_track,
}


def make_track(kind: str, **measures: float) -> TrackGraph:
    """Make a track of a kind out of `TRACKS`.

    Raises
    ------
    NeurosimError
        If the kind is not known.
    """
    if kind not in TRACKS:
        raise NeurosimError(f"track: expected one of {choices(tuple(TRACKS))}, found {kind!r}")
    return TRACKS[kind](**measures)
