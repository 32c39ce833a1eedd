"""Packets in CA3 beside the events that were decoded from CA1: a comparison with truth."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from neurosim.decode.route_events import routes_of
from neurosim.files import flags
from neurosim.network.occupancy import recorded_occupancy
from neurosim.network.packets import (
    DIRECTIONS,
    MAPS,
    Packet,
    RouteCells,
    cells_on_route,
    measure_packet,
)
from neurosim.recording import Recording
from neurosim.world.graph import TrackGraph


def packets_beside(
    events: xr.Dataset, graph: TrackGraph, truth: Mapping[str, xr.Dataset]
) -> xr.Dataset:
    """Measure the packet of every decoded event in CA3 itself.

    Parameters
    ----------
    events : Dataset (event, bin)
        From `neurosim.decode.route_events.decode_route_events`.
    graph : TrackGraph
        Of the track.
    truth : Mapping of str to Dataset
        ``cells/CA3`` and ``ca3_spikes``.

    Returns
    -------
    Dataset (event, bin)
        Flags ``packet_map`` (outbound: along the event's route) and ``packet_direction``;
        ``packet_speed`` (crossing speed) m s-1, ``packet_start``, ``packet_stop``,
        ``packet_span`` m along the route; and ``packet_position`` (bin) m.
    """
    spikes = truth["ca3_spikes"]
    times, cells = spikes["time"].values, spikes["cell"].values
    on_routes = _cells_on_routes(graph, truth["cells/CA3"], int(cells.max(initial=0)) + 1)
    bin_event, middle = events["bin_event"].values, events["bin_time"].values
    rows = np.searchsorted(bin_event, np.arange(events.sizes["event"] + 1))
    packets, positions = [], [np.zeros(0)]
    for event, route in enumerate(events["route"].values):
        bins = middle[rows[event] : rows[event + 1]]
        edges = _edges(bins, float(events["start"][event]), float(events["stop"][event]))
        inside = slice(*np.searchsorted(times, [edges[0], edges[-1]]))
        packets.append(measure_packet(times[inside], cells[inside], on_routes[route], edges))
        positions.append(packets[-1].position)
    return _dataset(packets, np.concatenate(positions))


def network_occupancy(recording: Recording, truth: Mapping[str, xr.Dataset]) -> xr.DataArray:
    """Part of the time in which CA3 itself is in events, by the rule that its gain was set by.

    Parameters
    ----------
    recording : Recording
    truth : Mapping of str to Dataset
        ``ca3_spikes``, ``weights`` and ``network``.

    Returns
    -------
    DataArray (searched,)
        By state. The threshold is a multiple of the rate without recurrence in the state in which
        the gain was set, so that elsewhere it may count noise.
    """
    network, times = truth["network"], truth["ca3_spikes"]["time"].values
    n_cells = truth["weights"].sizes["pre"]
    states = network["state"].values.astype(str).tolist()
    found = [
        recorded_occupancy(times, recording.intervals(state=state), n_cells, float(threshold))
        for state, threshold in zip(states, network["threshold"].values, strict=True)
    ]
    described = {"units": "1", "long_name": "part of the time in events of CA3"}
    return xr.DataArray(found, {"searched": states}, attrs=described)


def _cells_on_routes(graph: TrackGraph, fields: xr.Dataset, n_cells: int) -> list[RouteCells]:
    cell = fields["field_cell"].values
    return [
        cells_on_route(
            graph,
            route,
            cell,
            fields["field_centre"].values,
            fields["field_peak_rate"].values,
            max(n_cells, int(cell.max(initial=0)) + 1),
        )
        for route in routes_of(graph)
    ]


def _edges(middle: np.ndarray, start: float, stop: float) -> np.ndarray:
    """Edges of equal bins from their middles (s); of an event without bins, its own."""
    if middle.size < 2:
        return np.array([start, stop])
    half = 0.5 * (middle[1] - middle[0])
    return np.append(middle - half, middle[-1] + half)


def _dataset(packets: list[Packet], position: np.ndarray) -> xr.Dataset:
    def column(name: str) -> np.ndarray:
        return np.array([getattr(packet, name) for packet in packets])

    known = [packet.position[np.isfinite(packet.position)] for packet in packets]
    ends = np.array([[p[0], p[-1]] if p.size else [np.nan, np.nan] for p in known])
    start, stop = ends.reshape(-1, 2).T
    metres = {"units": "m"}
    return xr.Dataset(
        {
            "packet_map": flags(column("map").astype(object), MAPS, "event", "map of the packet"),
            "packet_direction": flags(
                column("direction").astype(object), DIRECTIONS, "event", "way of the packet"
            ),
            "packet_speed": (
                "event",
                column("speed").astype(float),
                {"units": "m s-1", "long_name": "speed of the packet while it moves"},
            ),
            "packet_start": ("event", start, metres | {"long_name": "where the packet begins"}),
            "packet_stop": ("event", stop, metres | {"long_name": "where the packet ends"}),
            "packet_span": (
                "event",
                np.abs(column("net").astype(float)),
                metres | {"long_name": "net displacement of the packet"},
            ),
            "packet_position": (
                "bin",
                position,
                metres | {"long_name": "median field of the cells that fire"},
            ),
        }
    )
