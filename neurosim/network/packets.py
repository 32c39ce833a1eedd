r"""Packets of activity in CA3, measured directly: where they are, which way they go, how fast.

A packet often rests where it begins, so a line through an event reads its speed too low. The
*crossing speed* looks at its movement alone: of a path that was made monotone (isotonic
regression), the middle part of the net displacement over the time that it takes,

.. math:: v = 0.6 \, |\Delta x| / (t_{80} - t_{20}).
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

from neurosim.world.graph import Route, TrackGraph

FROM, TO = 0.2, 0.8  # of the net displacement
MIN_NET = 0.1  # m; a path that moves less has no speed
MIN_SPIKES = 5  # in a bin, to say where a packet is
MIN_SHARE = 2 / 3  # of the spikes of directional cells that the map of a packet holds
MAPS = ("outbound", "inbound", "both")
DIRECTIONS = ("forward", "reverse", "unresolved")


def monotone(position: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
    """Nearest path (bin,) that never turns, the way that the path leads on the whole."""
    weight = np.ones(position.size) if weight is None else np.maximum(weight, 1e-9)
    centred = np.arange(position.size) - np.average(np.arange(position.size), weights=weight)
    rises = (weight * centred * position).sum() >= 0
    return isotonic_regression(position, weights=weight, increasing=bool(rises)).x


def crossing_speed(
    time: np.ndarray, position: np.ndarray, weight: np.ndarray | None = None
) -> tuple[float, float]:
    """Speed of a path while it moves, and its net displacement.

    Parameters
    ----------
    time : array (bin,)
        s, increasing.
    position : array (bin,)
        m; NaN where it is not known.
    weight : array (bin,), optional
        How well the position is known.

    Returns
    -------
    speed : float
        m s-1; NaN where the path moves less than `MIN_NET`.
    net : float
        Signed displacement of the monotone path, m; NaN without two known positions.

    Examples
    --------
    A path that rests for half of its time and then runs at 4 m/s:

    >>> t = np.arange(0, 1, 0.01)
    >>> speed, net = crossing_speed(t, np.maximum(0, 4 * (t - 0.5)))
    >>> round(speed, 3)
    4.0
    """
    known = np.flatnonzero(np.isfinite(position))
    if known.size < 2:
        return np.nan, np.nan
    path = monotone(position[known], None if weight is None else weight[known])
    net = float(path[-1] - path[0])
    if abs(net) < MIN_NET:
        return np.nan, net
    part = (path - path[0]) / net
    first, last = (_first_at(time[known], part, level) for level in (FROM, TO))
    if last <= first:
        return np.nan, net
    return (TO - FROM) * abs(net) / (last - first), net


def unrolled(position: np.ndarray, circumference: float | None) -> np.ndarray:
    """Path (bin,) rolled out on a line, m: on a loop it may take several turns.

    Parameters
    ----------
    position : array (bin,)
        m along a route; NaN where it is not known.
    circumference : float or None
        Of a loop, m; None where the route does not end where it begins.
    """
    if circumference is None:
        return position
    path, known = position.copy(), np.isfinite(position)
    path[known] = np.unwrap(position[known], period=circumference)
    return path


def _first_at(time: np.ndarray, part: np.ndarray, level: float) -> float:
    """Time at which a rising course first reaches a level, between bins."""
    after = int(np.argmax(part >= level))
    if after == 0:
        return float(time[0])
    rise = part[after] - part[after - 1]
    return float(time[after - 1] + (level - part[after - 1]) / rise * np.diff(time)[after - 1])


@dataclass(frozen=True)
class RouteCells:
    """Place cells as they lie on a route.

    Attributes
    ----------
    centre : array (cell,)
        Distance of the field's centre from the route's beginning, m; NaN for cells without just
        one field on the track, or with that field off the route.
    map : array (cell,) of int
        0 for cells that fire running along the route alone, 1 for those that fire running
        against it alone, 2 for both.
    circumference : float or None
        Of a route around a loop, m.
    """

    centre: np.ndarray
    map: np.ndarray
    circumference: float | None = None


def cells_on_route(
    graph: TrackGraph,
    route: Route,
    field_cell: np.ndarray,
    field_place: np.ndarray,
    field_peak: np.ndarray,
    n_cells: int,
) -> RouteCells:
    """Lay the fields of place cells on a route.

    Parameters
    ----------
    graph : TrackGraph
    route : Route
    field_cell : array (field,) of int
    field_place : array (field,)
        Track position of the centre, m.
    field_peak : array (direction, field)
        Peak rate running outbound and inbound along the edge, Hz.
    n_cells : int
        Cells without a field among them.
    """
    single = np.bincount(field_cell, minlength=n_cells)[field_cell] == 1
    edge = graph.edge_of(field_place)
    centre, kind = np.full(n_cells, np.nan), np.full(n_cells, 2)
    for leg, (number, outbound) in enumerate(zip(route.edge, route.outbound, strict=True)):
        here = np.flatnonzero(single & (edge == number))
        done = field_place[here] - graph.edge_start[number]
        done = done if outbound else graph.edge_length[number] - done
        centre[field_cell[here]] = route.start[leg] + done
        along, against = field_peak[:, here] > 0 if outbound else field_peak[::-1, here] > 0
        kind[field_cell[here]] = np.where(along & against, 2, np.where(along, 0, 1))
    return RouteCells(centre, kind, graph.circumference(route))


@dataclass(frozen=True)
class Packet:
    """The packet of one event.

    Attributes
    ----------
    map : str
        ``outbound`` (along the route), ``inbound`` or ``both``.
    direction : str
        ``forward`` along the running direction of that map, ``reverse``, or ``unresolved``.
    speed : float
        Crossing speed, m s-1.
    net : float
        Displacement along the route, m; on a loop it may be more than one turn.
    position : array (bin,)
        Where it is, m along the route; NaN where too few cells fire.
    """

    map: str
    direction: str
    speed: float
    net: float
    position: np.ndarray


def measure_packet(
    times: np.ndarray, cells: np.ndarray, on_route: RouteCells, edges: np.ndarray
) -> Packet:
    """Measure the packet of one event from the spikes of CA3.

    Parameters
    ----------
    times, cells : array (spike,)
        Spikes of the event, s and cell.
    on_route : RouteCells
    edges : array (bin + 1,)
        Edges of the event's time bins, s.
    """
    known = np.isfinite(on_route.centre[cells])
    times, cells = times[known], cells[known]
    kind = on_route.map[cells]
    along, against = (kind == 0).sum(), (kind == 1).sum()
    held = 0 if along >= against else 1
    share = max(along, against) / max(along + against, 1)
    used = (kind == held) | (kind == 2)
    around = on_route.circumference
    position, count = _centres(times[used], on_route.centre[cells[used]], edges, around)
    middle = 0.5 * (edges[1:] + edges[:-1])
    speed, net = crossing_speed(middle, unrolled(position, around), count)
    if share < MIN_SHARE:
        return Packet("both", "unresolved", speed, net, position)
    resolved = np.isfinite(net) and abs(net) >= MIN_NET
    forward = (net > 0) == (held == 0)
    direction = DIRECTIONS[0 if forward else 1] if resolved else "unresolved"
    return Packet(MAPS[held], direction, speed, net, position)


def _centres(
    times: np.ndarray, places: np.ndarray, edges: np.ndarray, circumference: float | None
) -> tuple[np.ndarray, np.ndarray]:
    """Median place (bin,) of the spikes of each bin, and their number."""
    index = np.digitize(times, edges) - 1
    n_bins = edges.size - 1
    inside = (index >= 0) & (index < n_bins)
    index, places = index[inside], places[inside]
    count = np.bincount(index, minlength=n_bins)
    around = np.zeros(n_bins)
    if circumference is not None:  # the median is taken about the circular mean of the bin
        around = _circular_means(index, places, n_bins, circumference)
        places = around[index] + wrapped(places - around[index], circumference)
    order = np.lexsort((places, index))
    places = places[order]
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    position = np.full(n_bins, np.nan)
    enough = np.flatnonzero(count >= MIN_SPIKES)
    low, high = first[enough] + (count[enough] - 1) // 2, first[enough] + count[enough] // 2
    position[enough] = 0.5 * (places[low] + places[high])
    if circumference is not None:
        position %= circumference
    return position, count.astype(float)


def wrapped(difference: np.ndarray, circumference: float) -> np.ndarray:
    """Bring differences of places on a loop to within half of it, m."""
    return (difference + 0.5 * circumference) % circumference - 0.5 * circumference


def _circular_means(
    index: np.ndarray, places: np.ndarray, n_bins: int, circumference: float
) -> np.ndarray:
    """Circular mean (bin,) of places on a loop, m."""
    angle = 2 * np.pi * places / circumference
    sine, cosine = (np.bincount(index, f(angle), minlength=n_bins) for f in (np.sin, np.cos))
    return np.arctan2(sine, cosine) * circumference / (2 * np.pi)


def events_above(rate: np.ndarray, threshold: float, min_bins: int) -> np.ndarray:
    """First and last-plus-one bins (event, 2) of stretches in which a rate exceeds a threshold."""
    above = np.concatenate([[False], rate > threshold, [False]])
    edges = np.flatnonzero(np.diff(above.astype(int))).reshape(-1, 2)
    return edges[np.diff(edges, axis=1)[:, 0] >= min_bins]
