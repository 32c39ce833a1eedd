"""Offline events on any track: decoded along its routes with what decodes linear tracks.

A route leads from one well to another, or around a loop from one of several places. Its fields,
laid out along it for running along it and against it, look like those of a linear track, so
kinematics and shuffles are the same. Of several routes an event is given the one with the most
evidence.
"""

from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
import xarray as xr
from scipy.ndimage import uniform_filter1d

from neurosim.decode.bayes import log_likelihood, normalise
from neurosim.decode.bins import count_spikes, make_bins
from neurosim.decode.common import laps_of
from neurosim.decode.event_tests import CALIBRATED, passes
from neurosim.decode.shuffles import ShuffleOptions, event_p_values
from neurosim.decode.templates import EventCounts, Templates
from neurosim.decode.trajectories import (
    EVENT_DIRECTIONS,
    TrajectoryParameters,
    decode_events,
    lap_speed,
)
from neurosim.files import flag_names, flags
from neurosim.network.packets import crossing_speed, unrolled
from neurosim.recording import Recording
from neurosim.world.graph import Route, TrackGraph
from neurosim.world.laps import END_ZONE, LapTimes

N_POSITIONS = 50  # along a route
STEP = 0.02  # of a route between the points of its laps
N_SEAMS = 4  # places at which a loop is cut open: what covers under 3/4 of it is whole in one
PER_EVENT = (
    "speed_low",
    "speed_high",
    "outbound_probability",
    "forward_probability",
    "log_evidence",
)


@dataclass(frozen=True)
class RouteDecoding:
    """How events are decoded and tested.

    Attributes
    ----------
    trajectories : TrajectoryParameters
    shuffles : ShuffleOptions
    significance_bin_s : float
        Time bin of the shuffles.
    alpha : float
        Calibrated level of each shuffle.
    min_speed_m_s : float
        A slower animal is not running.
    window_s : float
        Window of the posterior that slides along events (20 ms: Davidson et al. 2009,
        10.1016/j.neuron.2009.07.027).
    """

    trajectories: TrajectoryParameters
    shuffles: ShuffleOptions
    significance_bin_s: float
    alpha: float
    min_speed_m_s: float
    window_s: float = 0.02


def routes_of(graph: TrackGraph) -> tuple[Route, ...]:
    """Routes between all pairs of wells; where there is one well, ways around.

    A packet does not stop at the well of a loop. Laid out on a line it would jump there from one
    end to the other, so a loop is cut open at several places, each a route around it.
    """
    if len(graph.wells) > 1:
        return tuple(graph.route(a, b) for a, b in combinations(graph.wells, 2))
    around = graph.route(graph.wells[0], graph.wells[0])
    wanted = np.arange(N_SEAMS) * around.length / N_SEAMS
    legs = np.unique(np.abs(around.start[:, None] - wanted).argmin(axis=0))
    seams = graph.edge_node[around.edge[legs], 0].tolist()
    return tuple(graph.route(seam, seam) for seam in seams)


def route_fields(fields: xr.Dataset, graph: TrackGraph, route: Route) -> xr.Dataset:
    """Lay the fields of a track along a route.

    Parameters
    ----------
    fields : Dataset (direction, position, unit)
        From `neurosim.decode.position.fit_place_fields`.
    graph : TrackGraph
    route : Route

    Returns
    -------
    Dataset (direction, position, unit)
        As of a linear track: outbound is along the route, inbound against it.
    """
    along = (np.arange(N_POSITIONS) + 0.5) * route.length / N_POSITIONS
    place, outbound = graph.along(route, along)
    away = graph.distance(place, fields["position"].values)
    away[graph.edge_of(place)[:, None] != fields["edge"].values] = np.inf
    nearest = away.argmin(axis=1)
    rows = np.where(outbound, 0, 1)
    rate, occupancy = fields["rate"].values, fields["occupancy"].values
    both = (np.stack([rows, 1 - rows]), nearest[None, :])
    return xr.Dataset(
        {
            "rate": (("direction", "position", "unit"), rate[both]),
            "occupancy": (("direction", "position"), occupancy[both]),
            "unit_index": fields["unit_index"],
            "dispersion": fields["dispersion"],
        },
        coords={"position": ("position", along, {"units": "m", "long_name": "along the route"})},
        attrs={"track_length": route.length, "environment": fields.attrs["environment"]},
    )


def decode_route_events(
    recording: Recording,
    fields: xr.Dataset,
    candidates: xr.Dataset,
    decoding: RouteDecoding,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Decode and test candidate events on a track of any shape.

    Parameters
    ----------
    recording : Recording
    fields : Dataset (direction, position, unit)
        Of the track, from `neurosim.decode.position.fit_place_fields`.
    candidates : Dataset (event)
        From `neurosim.decode.bursts.find_candidates`.
    decoding : RouteDecoding
    rng : numpy.random.Generator
        Of the shuffles.

    Returns
    -------
    Dataset (event, bin, position)
        The candidates' variables; ``route``, ``route_length`` m; the flag ``direction``;
        ``velocity``, ``speed_low``, ``speed_high`` m s-1, ``path_start``, ``path_stop``,
        ``span`` m and ``compression`` (likelihood along trajectories); ``crossing_speed`` m s-1,
        ``crossing_compression``; ``significant``; and by time bin ``bin_event``, ``bin_time`` s,
        ``decoded_position`` m along the route and ``posterior`` (bin, position).
    """
    name = fields.attrs["environment"]
    graph = recording.track_graph(name)
    routes = routes_of(graph)
    laid = [route_fields(fields, graph, route) for route in routes]
    run_speed = running_speed(recording, name, decoding.min_speed_m_s)
    laps = [
        laps_of(recording, name) if graph.is_linear else steady_laps(r.length, run_speed)
        for r in routes
    ]
    decoded = [
        decode_events(recording, one, candidates, lap, decoding.trajectories)
        for one, lap in zip(laid, laps, strict=True)
    ]
    evidence = np.stack([one["log_evidence"].values for one in decoded])
    chosen = np.where(np.isfinite(evidence), evidence, -np.inf).argmax(axis=0)
    posteriors = [sliding_posterior(recording, one, candidates, decoding) for one in laid]
    around = graph.circumference(routes[0])  # all routes lead around a loop, or none does
    events = _of_best_route(decoded, posteriors, chosen, around)
    typical = np.array([lap_speed(lap) for lap in laps])
    events = events.assign(
        route=("event", chosen.astype(np.int32), {"long_name": "route with the most evidence"}),
        route_length=(
            "event",
            np.array([r.length for r in routes])[chosen],
            {"units": "m", "long_name": "length of the route"},
        ),
        **_crossing(events, typical[chosen], around),
        **{key: candidates[key] for key in candidates.data_vars},
    )
    tested = _tested(recording, laid, candidates, decoding, rng)
    return events.assign(
        significant=(
            "event",
            passes(tested, decoding.alpha).astype(np.int8),
            {"long_name": "1 where the event passes every shuffle"},
        )
    ).assign_attrs(run_speed=run_speed, calibrated_alpha=decoding.alpha, track=name)


def running_speed(recording: Recording, environment: str, min_speed: float) -> float:
    """Median speed of the running animal on a track, m s-1."""
    speed = recording.behaviour["speed"].values[recording.samples_in(environment)]
    return float(np.median(speed[speed > min_speed]))


def steady_laps(length: float, speed: float) -> LapTimes:
    """Laps along a route, one each way, at one speed."""
    points = length * np.arange(END_ZONE, 1 - END_ZONE + STEP / 2, STEP)
    there = (points - points[0]) / speed
    return LapTimes(points, np.stack([there, there[-1] - there]), np.array([True, False]))


def sliding_posterior(
    recording: Recording, fields: xr.Dataset, candidates: xr.Dataset, decoding: RouteDecoding
) -> np.ndarray:
    """Posterior of the position (bin, position) in windows that slide by a bin, both maps together.

    In single bins of some ms few cells fire, and the mean of the posterior is drawn to the middle
    of the track.
    """
    width = decoding.trajectories.bin_s
    size = max(1, round(decoding.window_s / width))
    bins = make_bins(
        np.column_stack([candidates["start"].values, candidates["stop"].values]), width
    )
    units = fields["unit_index"].values
    counts = count_spikes(*recording.spikes_of(units), bins, units.size).astype(float)
    for event in range(candidates.sizes["event"]):
        rows = bins.rows(event)
        if rows.stop > rows.start:
            counts[rows] = size * uniform_filter1d(counts[rows], size, axis=0, mode="constant")
    rate, occupancy = fields["rate"].values, fields["occupancy"].values
    n_maps, n_positions, n_units = rate.shape
    values = log_likelihood(
        counts, rate.reshape(-1, n_units), size * width, occupancy.reshape(-1) > 0
    )
    return normalise(values).reshape(-1, n_maps, n_positions).sum(axis=1)


def _of_best_route(
    decoded: list[xr.Dataset],
    posteriors: list[np.ndarray],
    chosen: np.ndarray,
    circumference: float | None,
) -> xr.Dataset:
    """Take of each event, and each of its bins, what was decoded on its route."""

    def best(name: str) -> np.ndarray:
        return np.stack([one[name].values for one in decoded])[chosen, np.arange(chosen.size)]

    first = decoded[0]
    bin_event = first["bin_event"].values
    of_bin = chosen[bin_event], np.arange(bin_event.size)
    posterior = np.stack(posteriors)[of_bin].astype(np.float32)
    places = np.stack([one["position"].values for one in decoded])[chosen[bin_event]]
    silent = first["bin_silent"].values == 1
    position = np.where(silent, np.nan, mean_place(posterior, places, circumference))
    direction = np.stack([flag_names(one["direction"]) for one in decoded])
    by_likelihood = [one.sel(estimator="likelihood") for one in decoded]
    metres, speed = {"units": "m"}, {"units": "m s-1"}
    described = {
        "velocity": speed | {"long_name": "virtual velocity along the route"},
        "path_start": metres | {"long_name": "start of the path along the route"},
        "path_stop": metres | {"long_name": "end of the path along the route"},
        "compression": {"long_name": "time of the laps over the stretch / time of the event"},
    }
    variables = {
        name: (
            "event",
            np.stack([one[name].values for one in by_likelihood])[chosen, np.arange(chosen.size)],
            {"units": "1"} | attributes,
        )
        for name, attributes in described.items()
    }
    span = np.abs(variables["path_stop"][1] - variables["path_start"][1])
    return xr.Dataset(
        {
            **variables,
            "span": ("event", span, metres | {"long_name": "length of the trajectory"}),
            **{name: ("event", best(name), first[name].attrs) for name in PER_EVENT},
            "direction": flags(
                direction[chosen, np.arange(chosen.size)],
                EVENT_DIRECTIONS,
                "event",
                "replay direction",
            ),
            "posterior": (("bin", "position"), posterior, first["posterior"].attrs),
            "bin_event": first["bin_event"],
            "bin_time": first["bin_time"],
            "decoded_position": (
                "bin",
                position,
                metres | {"long_name": "mean of the posterior along the event's route"},
            ),
        }
    )


def mean_place(
    posterior: np.ndarray, places: np.ndarray, circumference: float | None
) -> np.ndarray:
    """Mean of posteriors (bin, position) over places, m (bin,): the circular one on a loop."""
    if circumference is None:
        return (posterior * places).sum(axis=1)
    turn = circumference / (2 * np.pi)
    mean = (posterior * np.exp(1j * places / turn)).sum(axis=1)
    return np.mod(turn * np.angle(mean), circumference)


def _crossing(
    events: xr.Dataset, typical: np.ndarray, circumference: float | None
) -> dict[str, tuple]:
    """Crossing speed of each event's decoded path, and that over the speed of laps (event,)."""
    bin_event, time = events["bin_event"].values, events["bin_time"].values
    edges = np.searchsorted(bin_event, np.arange(typical.size + 1))
    speed = np.full(typical.size, np.nan)
    for event, (first, last) in enumerate(pairwise(edges)):
        rows = slice(first, last)
        certain = events["posterior"].values[rows].max(axis=1, initial=0.0)
        path = unrolled(events["decoded_position"].values[rows], circumference)
        speed[event], _ = crossing_speed(time[rows], path, certain)
    return {
        "crossing_speed": (
            "event",
            speed,
            {"units": "m s-1", "long_name": "speed of the decoded path while it moves"},
        ),
        "crossing_compression": (
            "event",
            speed / typical,
            {"units": "1", "long_name": "crossing speed over that of laps"},
        ),
    }


def _tested(
    recording: Recording,
    laid: list[xr.Dataset],
    candidates: xr.Dataset,
    decoding: RouteDecoding,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Test events against shuffles, all routes both ways as templates."""
    bounds = np.column_stack([candidates["start"].values, candidates["stop"].values])
    bins = make_bins(bounds, decoding.significance_bin_s)
    units = laid[0]["unit_index"].values
    counts = count_spikes(*recording.spikes_of(units), bins, units.size)
    rate = np.concatenate([one["rate"].values for one in laid])
    visited = np.concatenate([one["occupancy"].values > 0 for one in laid])
    run = visited.any(axis=1)  # a loop may have been run one way only
    templates = Templates(rate[run], visited[run], laid[0]["position"].values)
    events = EventCounts(counts, bins.interval, len(bounds), decoding.significance_bin_s)
    tested = event_p_values(
        events, templates, decoding.shuffles, rng, f"events of {recording.name}"
    )
    tested.attrs[CALIBRATED] = decoding.alpha
    return tested


def seconds_in(
    recording: Recording, states: tuple[str, ...], phase: str | None = None
) -> xr.DataArray:
    """Time spent in each state (searched,), s; in one phase of the session, or in all."""
    found = [recording.intervals(state=state, phase=phase) for state in states]
    spent = [float(np.diff(intervals, axis=1).sum()) for intervals in found]
    described = {"units": "s", "long_name": "time in the state"}
    return xr.DataArray(spent, {"searched": list(states)}, attrs=described)
