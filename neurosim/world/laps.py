"""Laps on a track, and how long they take over a stretch of it."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from neurosim.world.graph import TrackGraph

END_ZONE = 0.1  # fraction of the track at each well that a lap leaves and enters
ROUNDING = 1e-9  # m; at the edge of a zone a place is outside at either end of the track
DIRECTIONS = ("outbound", "inbound")


def find_laps(track_position: np.ndarray, graph: TrackGraph) -> np.ndarray:
    """Number the trips from one well zone to another.

    A well zone reaches `END_ZONE` of the shortest route between wells. On a track with one well
    a trip leads all the way around.

    Parameters
    ----------
    track_position : array (time,)
        m; NaN off the track.
    graph : TrackGraph

    Returns
    -------
    array (time,) of int32
        Lap number from 0 between leaving one well zone and entering the other; -1 elsewhere.
        Sorties that turn back are no laps.
    """
    lap = np.full(track_position.size, -1, dtype=np.int32)
    zone = _well_zones(track_position, graph)
    visits = np.flatnonzero(zone)
    if visits.size == 0:
        return lap
    changes = np.diff(zone[visits]) != 0
    if len(graph.wells) == 1:  # the two sides of one well touch: stepping over it is no lap
        changes &= np.diff(visits) > 1
    crosses = np.flatnonzero(changes)
    number = 0
    for left, entered in zip(visits[crosses], visits[crosses + 1], strict=True):
        if np.isfinite(track_position[left : entered + 1]).all():
            lap[left : entered + 1] = number
            number += 1
    return lap


def _well_zones(track_position: np.ndarray, graph: TrackGraph) -> np.ndarray:
    """Number of the zone (time,), from 1, in which each place lies; 0 between the zones."""
    zone = np.zeros(track_position.size, dtype=np.int8)
    here = np.flatnonzero(np.isfinite(track_position))
    wells = np.array([graph.node_position_on_track(well) for well in graph.wells])
    radius = END_ZONE * shortest_route(graph)
    near = graph.distance(track_position[here], wells) < radius - ROUNDING
    inside, well = np.nonzero(near)
    zone[here[inside]] = well + 1
    if wells.size == 1:
        after = np.mod(track_position[here] - wells[0], graph.length) < graph.length / 2
        zone[here[near[:, 0] & ~after]] = 2
    return zone


def shortest_route(graph: TrackGraph) -> float:
    """Length of the shortest route between wells, m; around the track where there is one well."""
    if len(graph.wells) == 1:
        return graph.route(graph.wells[0], graph.wells[0]).length
    return min(graph.route(a, b).length for a, b in combinations(graph.wells, 2))


@dataclass(frozen=True)
class LapTimes:
    """When each lap crosses each point of a linear track.

    Attributes
    ----------
    points : array (point,)
        m, increasing, between the end zones.
    crossing : array (lap, point)
        Time in s since the lap's beginning.
    outbound : array (lap,) of bool
        Whether the lap runs towards increasing track positions.
    """

    points: np.ndarray
    crossing: np.ndarray
    outbound: np.ndarray

    def median_speed(
        self, start: np.ndarray, stop: np.ndarray, direction: np.ndarray
    ) -> np.ndarray:
        """Median speed of the laps over stretches of the track.

        Parameters
        ----------
        start, stop : array (event,)
            Ends of the stretch, m, in any order; clipped to the part between the end zones,
            because the animal stops in those.
        direction : array (event,) of str
            ``outbound``, ``inbound``; anything else takes the laps of both directions.

        Returns
        -------
        array (event,)
            Stretch length over the median time of the laps, m s-1. NaN where no part of the
            stretch lies between the end zones or no lap runs in that direction.
        """
        low = np.clip(np.minimum(start, stop), self.points[0], self.points[-1])
        high = np.clip(np.maximum(start, stop), self.points[0], self.points[-1])
        speed = np.full(np.shape(start), np.nan)
        for name in np.unique(direction):
            laps = self._laps(str(name))
            events = np.flatnonzero(
                (direction == name) & (high - low > 0.5 * np.diff(self.points)[0])
            )
            if laps.size == 0 or events.size == 0:
                continue
            times = np.array(
                [
                    np.interp(high[events], self.points, lap)
                    - np.interp(low[events], self.points, lap)
                    for lap in self.crossing[laps]
                ]
            )
            speed[events] = (high - low)[events] / np.median(np.abs(times), axis=0)
        return speed

    def _laps(self, direction: str) -> np.ndarray:
        if direction not in DIRECTIONS:
            return np.arange(self.outbound.size)
        return np.flatnonzero(self.outbound == (direction == "outbound"))


def lap_times(
    time: np.ndarray, track_position: np.ndarray, lap: np.ndarray, length: float, step: float = 0.02
) -> LapTimes:
    """Find when each lap first crosses each point of a linear track.

    Parameters
    ----------
    time, track_position : array (time,)
        s and m.
    lap : array (time,)
        Lap numbers from `find_laps`.
    length : float
        Length of the track, m.
    step : float
        Distance of the points, as a fraction of the track.
    """
    points = length * np.arange(END_ZONE, 1 - END_ZONE + step / 2, step)
    numbers = np.unique(lap[lap >= 0])
    crossing = np.empty((numbers.size, points.size))
    outbound = np.empty(numbers.size, dtype=bool)
    for row, number in enumerate(numbers):
        samples = np.flatnonzero((lap == number) & np.isfinite(track_position))
        x, t = track_position[samples], time[samples]
        outbound[row] = x[-1] > x[0]
        if outbound[row]:
            crossing[row] = np.interp(points, np.maximum.accumulate(x), t - t[0])
        else:
            crossing[row] = np.interp(-points, np.maximum.accumulate(-x), t - t[0])
    return LapTimes(points=points, crossing=crossing, outbound=outbound)
