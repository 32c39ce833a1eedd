"""What virtual paths need to know of an environment: routes, running speed, rewards."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neurosim import NeurosimError
from neurosim.cells.maps import PlaceGrid
from neurosim.world.graph import Route
from neurosim.world.laps import LapTimes

GOLDEN_RATIO = (np.sqrt(5.0) - 1) / 2


@dataclass(frozen=True)
class VirtualEnvironment:
    """What virtual paths need to know of an environment.

    Attributes
    ----------
    grid : PlaceGrid
    run_speed_m_s : float
        Median running speed.
    laps : LapTimes or None
        Those of a linear track; elsewhere compression is relative to the running speed.
    rewarded : tuple of int
        Wells with a reward.
    weight : float
        Relative number of events in this environment.
    alternates : bool
        Whether the animal runs between the first well and the others only (a W).
    """

    grid: PlaceGrid
    run_speed_m_s: float
    laps: LapTimes | None = None
    rewarded: tuple[int, ...] = ()
    weight: float = 1.0
    alternates: bool = False

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """Ways on which the animal runs: between two wells, or around the loop."""
        graph = self.grid.graph
        wells = graph.wells
        if len(wells) == 1:
            return (graph.route(wells[0], wells[0]),)
        pairs = [(a, b) for a in wells for b in wells if a != b]
        if self.alternates:
            pairs = [pair for pair in pairs if wells[0] in pair]
        return tuple(graph.route(a, b) for a, b in pairs)

    @cached_property
    def reward_position(self) -> np.ndarray:
        """Track position of the wells with a reward (well,), m."""
        graph = self.grid.graph
        return np.array([graph.node_position_on_track(node) for node in self.rewarded])

    @property
    def one_way(self) -> bool:
        """Whether the track is run in one direction only."""
        return self.grid.graph is not None and len(self.grid.graph.wells) == 1


@dataclass(frozen=True)
class Stretches:
    """Stretches of routes, or of straight lines in an arena, one an event.

    Attributes
    ----------
    route : array (event,) of int
        Index of the route; -1 in an arena.
    start, stop : array (event,)
        Where the path starts and stops on the route: m from its beginning; from 0 in an arena.
    origin, heading : array (event, space), array (event,)
        Of the lines in an arena, m and rad; zero on tracks.
    """

    route: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    origin: np.ndarray
    heading: np.ndarray

    def at(self, environment: VirtualEnvironment, event: np.ndarray, progress: np.ndarray):
        """Places (sample,) or (sample, space) and whether they are run outbound (sample,).

        Parameters
        ----------
        environment : VirtualEnvironment
        event : array (sample,) of int
        progress : array (sample,)
            Part of the stretch that is done, 0 to 1.
        """
        travelled = self.start[event] + progress * (self.stop - self.start)[event]
        outbound = np.ones(event.size, dtype=bool)
        if environment.grid.graph is None:
            heading = self.heading[event]
            way = np.column_stack([np.cos(heading), np.sin(heading)])
            return self.origin[event] + travelled[:, None] * way, outbound
        place = np.zeros(event.size)
        for index, route in enumerate(environment.routes):
            rows = np.flatnonzero(self.route[event] == index)
            place[rows], outbound[rows] = environment.grid.graph.along(route, travelled[rows])
        return place, outbound


@dataclass(frozen=True)
class Repertoire:
    """Paths that events are taken from, as often each, instead of being made up.

    Attributes
    ----------
    route : array (path,) of int
        Of home, an index into `VirtualEnvironment.routes`.
    start, stop : array (path,)
        As in `Stretches`, m from the beginning of the route; a reverse path stops before its
        start.

    Raises
    ------
    NeurosimError
        If a path goes nowhere.
    """

    route: np.ndarray
    start: np.ndarray
    stop: np.ndarray

    def __post_init__(self) -> None:
        still = np.flatnonzero(self.start == self.stop)
        if still.size:
            raise NeurosimError(
                f"repertoire: path {still[0]}: expected an end that is not its start, found both "
                f"at {self.start[still[0]]:g} m; leave such paths out"
            )

    @property
    def reverse(self) -> np.ndarray:
        """Whether each path (path,) runs against its route."""
        return self.stop < self.start

    def even_draws(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Paths (drawn,) such that any number of draws holds about the right part of each kind.

        The repertoire, in the order of its spans, is gone round in steps of the golden ratio from
        a random place: independent draws would add their noise to what is to be read back.
        """
        order = np.lexsort((self.stop, self.start, self.route, self.stop - self.start))
        turn = (rng.random() + GOLDEN_RATIO * np.arange(n)) % 1.0
        return order[(turn * order.size).astype(int)]

    def stretches(self, path: np.ndarray) -> Stretches:
        """Stretches (event,) of some paths (event,)."""
        n = path.size
        ends = self.start[path], self.stop[path]
        return Stretches(self.route[path], *ends, np.zeros((n, 2)), np.zeros(n))


def run_speed(environment: VirtualEnvironment, stretches: Stretches) -> np.ndarray:
    """Speed (event,) of the animal over stretches: of its laps where there are, m s-1."""
    n = stretches.route.size
    if environment.laps is None:
        return np.full(n, environment.run_speed_m_s)
    ends = [stretches.at(environment, np.arange(n), np.full(n, part))[0] for part in (0.0, 1.0)]
    outbound = np.array([route.outbound[0] for route in environment.routes])[stretches.route]
    return environment.laps.median_speed(*ends, np.where(outbound, "outbound", "inbound"))


@dataclass(frozen=True)
class PathParameters:
    """How the paths of each kind look, and where firing along them is stronger.

    Attributes
    ----------
    min_span_m : float
        Shortest stretch of a path with a direction; all of the route where that is shorter.
    acceleration_factor : float
        Speed at the end over speed at the beginning of an accelerating path.
    hold_s, jump_s : float
        Mean durations of the holds and jumps of hover-and-jump paths.
    diffusion_sd_m : float
        SD of the displacement of a diffusive path in 20 ms, along each axis in an arena.
    fragment_s : float
        Time after which a fragmented path is somewhere else.
    reward_discount : float
        Factor for each step back from the reward: on the number of reverse paths that start
        there, and on the firing along them. Paths that run forward do not respond.
    reward_step_m : float
        Length of such a step.
    decision_gain : float
        Factor on the firing at places where paths part.
    decision_radius_m : float
        How far around a decision point.
    """

    min_span_m: float
    acceleration_factor: float
    hold_s: float
    jump_s: float
    diffusion_sd_m: float
    fragment_s: float
    reward_discount: float
    reward_step_m: float
    decision_gain: float
    decision_radius_m: float


def reward_factor(
    environment: VirtualEnvironment,
    places: np.ndarray,
    starts: np.ndarray,
    parameters: PathParameters,
) -> np.ndarray:
    """Discount of places on a track by their distance from a reward.

    Parameters
    ----------
    environment : VirtualEnvironment
    places : array (sample,)
        Track positions, m.
    starts : array (sample,)
        Track position at which the path of each sample starts: the reward is the one nearest to
        that.
    parameters : PathParameters

    Returns
    -------
    array (sample,)
        ``reward_discount ** (distance along the track / reward_step_m)``; 1 without a reward.
    """
    if environment.reward_position.size == 0 or parameters.reward_discount == 1.0:
        return np.ones(len(places))
    graph, wells = environment.grid.graph, environment.reward_position
    nearest = graph.distance(starts, wells).argmin(axis=1)
    distance = graph.distance(places, wells)[np.arange(len(places)), nearest]
    return parameters.reward_discount ** (distance / parameters.reward_step_m)


def decision_factor(
    environment: VirtualEnvironment, places: np.ndarray, parameters: PathParameters
) -> np.ndarray:
    """Gain (sample,) of track positions: `decision_gain` near nodes where paths part, else 1."""
    graph = environment.grid.graph
    if graph is None or graph.decision_nodes.size == 0 or parameters.decision_gain == 1.0:
        return np.ones(len(places))
    nodes = np.array([graph.node_position_on_track(int(node)) for node in graph.decision_nodes])
    near = graph.distance(places, nodes).min(axis=1) <= parameters.decision_radius_m
    return np.where(near, parameters.decision_gain, 1.0)
