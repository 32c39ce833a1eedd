"""Running on a track: trips from well to well, pauses, headings and rewards."""

from dataclasses import dataclass

import numpy as np

from neurosim.world.graph import Route, TrackGraph
from neurosim.world.movement import Movement, head_scan
from neurosim.world.track import TrackEnvironment

TURN_DURATION = 0.8  # s to turn around at a well
CORNER_DURATION = 0.3  # s over which the head follows a corner
ACCELERATION_DISTANCE = 0.3  # m from rest to the lap's speed
LAP_SPEED_SPREAD = 0.15  # SD of the log of a lap's speed
WELL_JITTER = 0.02  # m, how far before a well the animal stops
SCAN_SD, SCAN_TIME_CONSTANT = 0.15, 0.5  # rad and s of head movements while running a track


@dataclass(frozen=True)
class Run:
    """What the animal does on a track.

    Attributes
    ----------
    track_position : array (time,)
        m.
    edge : array (time,) of int
    heading : array (time,)
        rad, continuous.
    reward_time : array (reward,)
        s since the beginning: correct arrivals at rewarded wells.
    reward_position : array (reward,)
        Track position at that time, m.
    reward_well : array (reward,) of int
        Node of the graph.
    """

    track_position: np.ndarray
    edge: np.ndarray
    heading: np.ndarray
    reward_time: np.ndarray
    reward_position: np.ndarray
    reward_well: np.ndarray


@dataclass(frozen=True)
class _Trip:
    """A trip between wells: when, from where on its route, and to which well."""

    route: Route
    offset: float  # m on the route at which it begins; negative before the well of a loop
    seconds: np.ndarray  # (knot,) from the beginning of the environment
    metres: np.ndarray  # (knot,) from the trip's beginning
    well: int
    correct: bool


class _Itinerary:
    """Which well comes next."""

    def __init__(self, environment: TrackEnvironment, rng: np.random.Generator) -> None:
        self.environment, self.rng = environment, rng
        self.wells = environment.graph.wells
        self.here, self.last_outer = self.wells[0], None

    def next(self) -> tuple[int, bool]:
        """Choose the next well, and say whether the choice is correct."""
        correct = True
        if self.environment.alternates and self.here != self.wells[0]:
            self.last_outer, chosen = self.here, self.wells[0]
        elif self.environment.alternates:
            chosen, correct = self._alternate()
        else:
            others = [well for well in self.wells if well != self.here] or [self.here]
            chosen = others[0] if len(others) == 1 else int(self.rng.choice(others))
        self.here = chosen
        return chosen, correct

    def _alternate(self) -> tuple[int, bool]:
        """Take the outer well after the one visited last, or by mistake that one again."""
        outer = self.wells[1:]
        if self.last_outer is None:
            return int(self.rng.choice(outer)), True
        if self.rng.random() < self.environment.error_fraction:
            return self.last_outer, False
        return outer[(outer.index(self.last_outer) + 1) % len(outer)], True


def run_track(
    n: int, step: float, environment: TrackEnvironment, movement: Movement, rng: np.random.Generator
) -> Run:
    """Run from well to well, with a pause at each.

    Parameters
    ----------
    n : int
        Samples.
    step : float
        s between samples.
    environment : TrackEnvironment
    movement : Movement
    rng : numpy.random.Generator
    """
    graph = environment.graph
    trips = _draw_trips(n * step, environment, movement, rng)
    time = np.arange(n) * step
    track_position, edge = _on_routes(graph, trips, *_travelled(time, trips))
    heading = head_scan(n, SCAN_SD, SCAN_TIME_CONSTANT, step, rng)
    heading += _facing(time, graph, trips, rng)
    wells = {graph.wells[i] for i in _rewarded(environment)}
    rewarded = [
        trip
        for trip in trips
        if trip.correct and trip.well in wells and trip.seconds[-1] < n * step
    ]
    stops = [_place(graph, trip, trip.metres[-1]) for trip in rewarded]
    return Run(
        track_position,
        edge,
        heading,
        np.array([trip.seconds[-1] for trip in rewarded]),
        np.array(stops, dtype=float),
        np.array([trip.well for trip in rewarded], dtype=int),
    )


def _travelled(time: np.ndarray, trips: list[_Trip]) -> tuple[np.ndarray, np.ndarray]:
    """Trip of each sample (time,), pauses after it included, and the distance on its route, m."""
    departures = np.array([trip.seconds[0] for trip in trips])
    owner = np.clip(np.searchsorted(departures, time, side="right") - 1, 0, None)
    odometer = np.cumsum([0.0, *(trip.metres[-1] for trip in trips)])
    knots = np.concatenate([odometer[k] + trip.metres for k, trip in enumerate(trips)])
    total = np.interp(time, np.concatenate([trip.seconds for trip in trips]), knots)
    offset = np.array([trip.offset for trip in trips])
    return owner, total - odometer[owner] + offset[owner]


def _rewarded(environment: TrackEnvironment) -> tuple[int, ...]:
    if environment.rewarded_wells is None:
        return tuple(range(len(environment.graph.wells)))
    return environment.rewarded_wells


def _draw_trips(
    duration: float, environment: TrackEnvironment, movement: Movement, rng: np.random.Generator
) -> list[_Trip]:
    """Draw trips until the time is over; the last one may last longer."""
    graph, itinerary = environment.graph, _Itinerary(environment, rng)
    clock, margin, here, trips = 0.0, rng.uniform(0, WELL_JITTER), graph.wells[0], []
    routes: dict[tuple[int, int], Route] = {}
    while clock < duration:
        clock += TURN_DURATION + rng.exponential(movement.pause_s)
        well, correct = itinerary.next()
        if (here, well) not in routes:
            routes[here, well] = graph.route(here, well)
        route = routes[here, well]
        offset = -margin if well == here else margin  # a loop goes on where it stopped
        margin = rng.uniform(0, WELL_JITTER)
        speed = movement.track_speed_m_s * np.exp(rng.normal(0, LAP_SPEED_SPREAD))
        seconds, metres = _lap_profile(route.length - margin - offset, speed)
        trips.append(_Trip(route, offset, clock + seconds, metres, well, correct))
        clock, here = clock + seconds[-1], well
    return trips


def _lap_profile(distance: float, speed: float) -> tuple[np.ndarray, np.ndarray]:
    """Accelerate, run, brake: times in s and distances in m (knot,) from the start of a lap."""
    ramp = min(ACCELERATION_DISTANCE, distance / 2)
    acceleration = speed**2 / (2 * ramp)
    rise = speed / acceleration
    fraction = np.linspace(0, 1, 11)
    up_t, up_x = rise * fraction, ramp * fraction**2
    cruise = (distance - 2 * ramp) / speed
    down_t = rise + cruise + rise * fraction
    down_x = distance - ramp * (1 - fraction) ** 2
    return np.concatenate([up_t, down_t]), np.concatenate([up_x, down_x])


def _on_routes(
    graph: TrackGraph, trips: list[_Trip], owner: np.ndarray, travelled: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Track position and edge (time,) of what is travelled on each sample's trip, m."""
    routes = {id(trip.route): trip.route for trip in trips}
    number = {key: index for index, key in enumerate(routes)}
    route_of = np.array([number[id(trip.route)] for trip in trips])[owner]
    position = np.empty(travelled.size)
    for index, route in enumerate(routes.values()):
        rows = route_of == index
        position[rows] = graph.along(route, _wrapped(graph, route, travelled[rows]))[0]
    return position, graph.edge_of(position)


def _wrapped(graph: TrackGraph, route: Route, travelled: np.ndarray) -> np.ndarray:
    """Distance on a route; before the beginning of a closed one lies its end."""
    first, last = graph.edge_node[route.edge[[0, -1]]]
    closed = first[0 if route.outbound[0] else 1] == last[1 if route.outbound[-1] else 0]
    return np.mod(travelled, route.length) if closed else travelled


def _place(graph: TrackGraph, trip: _Trip, metres: float) -> float:
    """Track position some way (m) after a trip's beginning."""
    travelled = _wrapped(graph, trip.route, np.array([trip.offset + metres]))
    return float(graph.along(trip.route, travelled)[0][0])


def _facing(
    time: np.ndarray, graph: TrackGraph, trips: list[_Trip], rng: np.random.Generator
) -> np.ndarray:
    """Direction (time,) of the edge that is run, rad, eased over corners and turns at wells."""
    heading = np.zeros(time.size + 1)
    facing = _edge_heading(graph, trips[0].route)[0]
    heading[0] = facing
    for number, trip in enumerate(trips):
        headings = _edge_heading(graph, trip.route)
        starts = trip.route.start - trip.offset
        if starts[0] > 0:  # a loop: the trip begins on its route's last edge
            headings, starts = np.append(headings[-1], headings), np.append(0.0, starts)
            if number == 0:
                heading[0] = facing = headings[0]
        for leg, angle in enumerate(headings):
            turn = _turned(angle, facing)
            if leg == 0:
                if abs(abs(turn) - np.pi) < 1e-6:
                    turn = np.pi * rng.choice([-1, 1])
                begin, duration = trip.seconds[0] - TURN_DURATION, TURN_DURATION
            else:
                duration = CORNER_DURATION
                begin = np.interp(starts[leg], trip.metres, trip.seconds) - duration / 2
            _ease(heading, time, begin, duration, turn)
            facing = angle
    return np.cumsum(heading)[:-1]


def _edge_heading(graph: TrackGraph, route: Route) -> np.ndarray:
    """Direction of running (leg,) on each edge of a route, rad."""
    return graph.edge_angle[route.edge] + np.where(route.outbound, 0.0, np.pi)


def _turned(angle: float, facing: float) -> float:
    """Signed turn from one direction to another, -pi to pi."""
    return float(np.mod(angle - facing + np.pi, 2 * np.pi) - np.pi)


def _ease(change: np.ndarray, time: np.ndarray, begin: float, duration: float, turn: float) -> None:
    """Add a turn with a smooth begin and end to the changes of heading (time + 1,)."""
    if turn == 0:
        return
    first, last = np.searchsorted(time, [begin, begin + duration])
    ramp = np.clip((time[first:last] - begin) / duration, 0, 1)
    eased = turn * (3 * ramp**2 - 2 * ramp**3)
    change[first : last + 1] += np.diff(eased, prepend=0.0, append=turn)
