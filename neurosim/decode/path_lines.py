r"""Which environment an event replays, and along which stretch of its routes.

A path runs at constant speed from any place on a route to any other: a route leads from one well
to another in its running direction, with the maps of running that way, so a path along it is
forward and one against it reverse. In an arena paths are straight lines. With spike counts
:math:`n_{ti}`, rates :math:`f_i` and the gain of the event integrated out under :math:`dg / g`,

.. math:: \log p(n \mid \mathrm{path}) = \sum_{ti} n_{ti} \log f_i(x_t)
          - N \log \sum_{ti} f_i(x_t) \tau + const,

alike for all environments: the mean over an environment's paths is its evidence. Beside them
stand a burst that goes nowhere (every cell at its mean rate) and one that is somewhere else in
every bin.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.special import logsumexp

from neurosim.recording import Recording
from neurosim.world.graph import Route, TrackGraph

ARENA_STEP = 0.16  # m between the ends of lines in an arena
COARSE = 2  # bins between the ends of paths where only the environment is asked for
NEGLIGIBLE = 1e-3  # of the most probable path; less probable ones are left out
BATCH = 64  # events that are weighed together: memory, not results, depends on it
NOTHING = ("elsewhere in every bin", "nowhere")


@dataclass(frozen=True)
class PathSpace:
    """The states of an environment and the straight paths through them.

    Attributes
    ----------
    name : str
    rate : array (state, unit)
        Hz, positive.
    way : tuple of array (place,) of int
        States along each way, equally spaced; -1 where nobody ever was.
    line_way, line_start, line_stop : array (line,) of int
        The way of each path and the places on it where it starts and stops.
    """

    name: str
    rate: np.ndarray
    way: tuple[np.ndarray, ...]
    line_way: np.ndarray
    line_start: np.ndarray
    line_stop: np.ndarray

    @property
    def n_lines(self) -> int:
        """Number of paths."""
        return self.line_way.size

    def states(self, n_bins: int, lines: np.ndarray | None = None) -> np.ndarray:
        """States (line, bin) that paths pass in an event of some bins; -1 where nobody was."""
        lines = np.arange(self.n_lines) if lines is None else lines
        first = np.concatenate([[0], np.cumsum([way.size for way in self.way])[:-1]])
        start, stop = self.line_start[lines, None], self.line_stop[lines, None]
        part = (np.arange(n_bins) + 0.5) / n_bins
        place = np.rint(start + (stop - start) * part).astype(int)
        return np.concatenate(self.way)[first[self.line_way[lines], None] + place]


@dataclass(frozen=True)
class RouteSpace:
    """Paths on a track, and where they lie.

    Attributes
    ----------
    space : PathSpace
        Its ways are the routes.
    graph : TrackGraph
    routes : tuple of Route
        From each well to each other, in the running direction.
    ends : tuple of tuple of int
        Wells at which each route begins and ends.
    travelled : tuple of array (place,)
        Distance of each place from the beginning of its route, m.
    position : tuple of array (place,)
        Track position of each place, m.
    """

    space: PathSpace
    graph: TrackGraph
    routes: tuple[Route, ...]
    ends: tuple[tuple[int, int], ...]
    travelled: tuple[np.ndarray, ...]
    position: tuple[np.ndarray, ...]

    def at(self, lines: np.ndarray, place: np.ndarray) -> np.ndarray:
        """Track position (line,) of places on the routes of some paths, m."""
        ways = self.space.line_way[lines]
        return np.array([self.position[w][p] for w, p in zip(ways, place, strict=True)])

    def span(self) -> np.ndarray:
        """Signed length of each path (line,), m: negative against the running direction."""
        step = np.array([x[1] - x[0] for x in self.travelled])[self.space.line_way]
        return step * (self.space.line_stop - self.space.line_start)


def route_space(fields: xr.Dataset, graph: TrackGraph, every: int = 1) -> RouteSpace:
    """Lay paths over a track, from its place fields (direction, position, unit).

    Paths start and stop at every bin along the routes, or at every second, and so on.
    """
    positions = fields["position"].values
    step = float(np.median(np.diff(positions)))
    ends = tuple((a, b) for a in graph.wells for b in graph.wells if a != b)
    ends = ends or tuple((well, well) for well in graph.wells)
    routes = tuple(graph.route(a, b) for a, b in ends)
    travelled = tuple(_centres(route.length, step) for route in routes)
    visited = (fields["occupancy"].values > 0).ravel()
    ways, places, pairs = [], [], []
    for number, (route, along) in enumerate(zip(routes, travelled, strict=True)):
        place, outbound = graph.along(route, along)
        away = graph.distance(place, positions)
        away[graph.edge_of(place)[:, None] != fields["edge"].values] = np.inf
        state = away.argmin(axis=1) + np.where(outbound, 0, positions.size)
        ways.append(np.where(visited[state], state, -1))
        places.append(place)
        ends_at = np.arange((along.size - 1) % every // 2, along.size, every)
        start, stop = ends_at[np.indices((ends_at.size, ends_at.size)).reshape(2, -1)]
        pairs.append(np.stack([np.full(start.size, number), start, stop]))
    rate = fields["rate"].values.reshape(2 * positions.size, -1)
    space = PathSpace(fields.attrs["environment"], rate, tuple(ways), *np.hstack(pairs))
    return RouteSpace(space, graph, routes, ends, travelled, tuple(places))


def _centres(length: float, step: float) -> np.ndarray:
    n = max(round(length / step), 2)
    return (np.arange(n) + 0.5) * length / n


def arena_space(fields: xr.Dataset) -> PathSpace:
    """Lay straight paths over an arena, from its place fields (direction, position, unit)."""
    x, y = fields["x"].values, fields["y"].values
    step = float(np.ptp(x)) / (np.unique(x).size - 1)
    coarse = max(round(ARENA_STEP / step), 1)
    column, row = (np.rint((axis - axis.min()) / step).astype(int) for axis in (x, y))
    ends = np.flatnonzero((column % coarse == coarse // 2) & (row % coarse == coarse // 2))
    start, stop = ends[np.indices((ends.size, ends.size)).reshape(2, -1)]
    n = int(max(np.ptp(x), np.ptp(y)) / step) + 1
    part = (np.arange(n) + 0.5) / n
    columns = np.rint(column[start, None] + (column[stop] - column[start])[:, None] * part)
    rows = np.rint(row[start, None] + (row[stop] - row[start])[:, None] * part)
    number = np.full((column.max() + 1, row.max() + 1), -1)
    number[column, row] = np.where(fields["occupancy"].values[0] > 0, np.arange(x.size), -1)
    ways = number[columns.astype(int), rows.astype(int)]
    line = np.arange(start.size)
    bounds = np.zeros(line.size, dtype=int), np.full(line.size, n - 1)
    return PathSpace(
        fields.attrs["environment"], fields["rate"].values[0], tuple(ways), line, *bounds
    )


@dataclass(frozen=True)
class EventPaths:
    """What is known of the paths of one event in one environment.

    Attributes
    ----------
    line : array (path,) of int
        Paths that are not negligible.
    weight : array (path,)
        Their posterior; sums to one.
    """

    line: np.ndarray
    weight: np.ndarray


def weigh_paths(
    counts: np.ndarray, event_index: np.ndarray, space: PathSpace, width: float
) -> tuple[np.ndarray, list[EventPaths]]:
    """Weigh all paths of an environment for every event.

    Parameters
    ----------
    counts : array (bin, unit)
        Spikes of all events after one another.
    event_index : array (bin,) of int
        Event of each bin, from 0, in order.
    space : PathSpace
    width : float
        Bin, s.

    Returns
    -------
    log_evidence : array (event,)
        Up to a constant of the event that is the same for all environments; minus infinity for
        events without a bin.
    paths : list of EventPaths
        One an event.
    """
    first = np.searchsorted(event_index, np.arange(_n_events(event_index) + 1))
    log_rate, total = np.log(space.rate), space.rate.sum(axis=1) * width
    evidence = np.full(first.size - 1, -np.inf)
    paths = [EventPaths(np.zeros(0, int), np.zeros(0)) for _ in evidence]
    for n_bins, chosen in _by_length(np.diff(first)):
        states = space.states(n_bins)
        closed = (states < 0).any(axis=1)
        states = np.where(closed[:, None], 0, states)
        passes = _passes(states, len(space.rate))
        expected = np.where(closed, np.inf, total[states].sum(axis=1))
        for events in np.array_split(chosen, -(-chosen.size // BATCH)):
            found = counts[first[events, None] + np.arange(n_bins)]
            terms = (found @ log_rate.T).reshape(events.size, -1)
            values = (passes @ terms.T.astype(np.float32)).T.astype(float)
            values -= found.sum(axis=(1, 2), dtype=float)[:, None] * np.log(expected)
            values[:, closed] = -np.inf  # also where nothing fired
            evidence[events] = logsumexp(values, axis=1) - np.log(values.shape[1])
            for event, row in zip(events, values, strict=True):
                weight = np.exp(row - row.max())
                line = np.flatnonzero(weight > NEGLIGIBLE)
                paths[event] = EventPaths(line, weight[line] / weight[line].sum())
    return evidence, paths


def _n_events(event_index: np.ndarray) -> int:
    return int(event_index[-1]) + 1 if event_index.size else 0


def _by_length(length: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    for n_bins in np.unique(length[length > 0]).tolist():
        yield n_bins, np.flatnonzero(length == n_bins)


def _passes(states: np.ndarray, n_states: int):
    """Paths as a sparse product: (line, bin x state), one where a path is in a bin."""
    from scipy.sparse import csr_array

    n_lines, n_bins = states.shape
    columns = (states + n_states * np.arange(n_bins)).ravel().astype(np.int32)
    pointer = np.arange(n_lines + 1, dtype=np.int32) * n_bins
    ones = np.ones(columns.size, dtype=np.float32)
    return csr_array((ones, columns, pointer), shape=(n_lines, n_bins * n_states))


def nowhere_evidence(
    counts: np.ndarray, event_index: np.ndarray, spaces: Sequence[PathSpace], width: float
) -> np.ndarray:
    """Evidence (event, alternative) of the bursts that follow no path, as in `NOTHING`.

    Comparable with `weigh_paths`. Somewhere else in every bin: the places of each bin are
    averaged over on their own, within an environment. Nowhere: each cell at its mean rate over
    an environment. Environments count alike.
    """
    n_events = _n_events(event_index)
    per_bin = counts.sum(axis=1, dtype=float)
    n_spikes = np.bincount(event_index, per_bin, minlength=n_events)
    n_bins = np.maximum(np.bincount(event_index, minlength=n_events), 1)
    found = []
    for space in spaces:
        seen = np.unique(np.concatenate([way[way >= 0] for way in space.way]))
        rate, total = space.rate[seen], space.rate[seen].sum(axis=1) * width
        terms = counts @ np.log(rate).T - per_bin[:, None] * np.log(total)
        anywhere = logsumexp(terms, axis=1) - np.log(seen.size)
        mean = rate.mean(axis=0)
        still = counts @ np.log(mean) - per_bin * np.log(width * mean.sum())
        both = [
            np.bincount(event_index, values, minlength=n_events) - n_spikes * np.log(n_bins)
            for values in (anywhere, still)
        ]
        found.append(np.stack(both, axis=1))
    return logsumexp(found, axis=0) - np.log(len(spaces))


def path_spaces(recording: Recording, maps: Mapping[str, xr.Dataset]) -> dict[str, PathSpace]:
    """Lay coarse paths over every environment that has a map, to tell which one is replayed."""
    spaces = {}
    for name, fields in maps.items():
        if name in recording.track_environments:
            spaces[name] = route_space(fields, recording.track_graph(name), COARSE).space
        else:
            spaces[name] = arena_space(fields)
    return spaces


def branching_track(recording: Recording) -> str | None:
    """Name of the first track on which paths part; None without one."""
    for name in recording.track_environments:
        if recording.track_graph(name).decision_nodes.size:
            return name
    return None


def route_runs(recording: Recording, space: RouteSpace) -> np.ndarray:
    """Count how often each route (way,) was run, by the wells between which laps lead."""
    sample, position, _ = recording.on_track(space.space.name)
    lap = recording.behaviour["lap"].values[sample]
    wells = np.array([space.graph.node_position_on_track(well) for well in space.graph.wells])
    nearest = np.array(space.graph.wells)[space.graph.distance(position, wells).argmin(axis=1)]
    runs = dict.fromkeys(space.ends, 0)
    changes = np.flatnonzero(np.diff(lap, prepend=-1, append=-1))
    for begin, end in itertools.pairwise(changes.tolist()):
        trip = int(nearest[begin]), int(nearest[end - 1])
        if lap[begin] >= 0 and trip in runs:
            runs[trip] += 1
    return np.array([runs[trip] for trip in space.ends])
