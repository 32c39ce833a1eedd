"""Events on tracks of any shape: packets planted along routes, decoded."""

import numpy as np
import pytest
import xarray as xr
from planted_packets import laps_on, packet, recording_with

from neurosim.cells.place import place_cells_dataset
from neurosim.decode.bursts import BurstDetection, find_candidates
from neurosim.decode.packet_matching import packets_beside
from neurosim.decode.position import fit_place_fields
from neurosim.decode.rhythm import event_rhythm
from neurosim.decode.route_events import (
    N_SEAMS,
    RouteDecoding,
    decode_route_events,
    mean_place,
    route_fields,
    routes_of,
    seconds_in,
    steady_laps,
)
from neurosim.decode.shuffles import ShuffleOptions
from neurosim.decode.trajectories import TrajectoryParameters, lap_speed
from neurosim.decode.tuning import FieldParameters
from neurosim.files import Provenance, flag_names, load, save
from neurosim.world.graph import make_track

FIELDS = FieldParameters(50, 1.5, 0.08, 0.25, 0.05, 0.04)
DECODING = RouteDecoding(
    TrajectoryParameters(0.005, 0.667, 1.0, 100.0),
    ShuffleOptions(60, ("cell_identity",), grid=None),
    0.02,
    0.05,
    0.08,
)
BURSTS = BurstDetection(
    ("rest", "nrem", "rem"), 0.01, "median", 6.0, 2.0, 0.04, 1.0, 10, 0.05, None
)
SPEED, REST = 8.0, 0.08  # m/s; s at the beginning in which the packet stays


def planted(track, folder, rng):
    """Packets on every route, both maps and both ways; events that hold them; what they were."""
    parameters, laps = laps_on(track)
    start, spikes, truth = 160.0, [], []
    for number, route, first, along, way in ways_on(parameters.track.graph):
        time = np.arange(0, REST + 0.7 * route.length / SPEED, 0.001)
        path = first * route.length + way * SPEED * np.clip(time - REST, 0, None)
        path = path % route.length if track == "loop" else path
        spikes.append(packet(laps, route, path, along, start, rng))
        forward = (way > 0) == along
        truth.append((number, "forward" if forward else "reverse", start, time.size / 1000))
        start += 0.5
    recording = recording_with(laps, parameters, spikes, folder)
    bounds = np.array([(begin, begin + length) for *_, begin, length in truth])
    candidates = xr.Dataset({"start": ("event", bounds[:, 0]), "stop": ("event", bounds[:, 1])})
    return recording, candidates, truth


def ways_on(graph):
    """Route, where on it a packet begins, its map, and which way it goes."""
    routes = routes_of(graph)
    if graph.circumference(routes[0]):  # run one way only; a packet passes the well
        return [(0, routes[0], n / 6, True, way) for n in range(6) for way in (1, -1)]
    margins = (0.05, 0.15, 0.25) if graph.is_linear else (0.15,)
    return [
        (number, route, margin if way > 0 else 1 - margin, along, way)
        for number, route in enumerate(routes)
        for margin in margins
        for along in (True, False)
        for way in (1, -1)
    ]


@pytest.fixture(scope="module", params=["linear", "w", "loop"])
def decoded(request, tmp_path_factory):
    rng = np.random.default_rng(5)
    recording, candidates, truth = planted(
        request.param, tmp_path_factory.mktemp(request.param), rng
    )
    fields = fit_place_fields(recording, FIELDS, 0.02, request.param)
    return decode_route_events(recording, fields, candidates, DECODING, rng), truth


def test_direction_is_that_of_the_packet(decoded):
    events, truth = decoded
    found = flag_names(events["direction"])
    known = found != "unresolved"
    assert known.mean() > 0.7
    assert np.mean(found[known] == np.array([way for _, way, *_ in truth])[known]) == 1.0


def test_the_route_is_found_where_there_are_several(decoded):
    events, truth = decoded
    if events.attrs["track"] == "loop":
        return  # all routes lead around it
    # A path that starts on an arm and ends short of another one may fit two routes.
    assert np.mean(events["route"].values == [number for number, *_ in truth]) > 0.7


def test_crossing_speed_leaves_out_the_rest_at_the_onset(decoded):
    events, _ = decoded
    ratio = events["crossing_speed"].values / SPEED
    assert abs(np.nanmedian(ratio) - 1) < 0.1
    slow = np.abs(events["velocity"].values) / SPEED
    assert np.nanmedian(slow) < np.nanmedian(ratio)  # a line through the rest is too slow


def test_packets_are_significant_and_span_what_they_ran(decoded):
    events, _ = decoded
    assert events["significant"].values.mean() > 0.7
    assert (events["span"].values > 0.5).mean() > 0.8
    assert events["posterior"].shape[0] == events["bin_event"].size
    np.testing.assert_allclose(events["posterior"].sum("position"), 1, atol=1e-4)


def test_a_silent_network_is_an_empty_table_that_can_be_read_again(tmp_path, rng):
    parameters, laps = laps_on("linear")
    recording = recording_with(laps, parameters, [], tmp_path)
    fields = fit_place_fields(recording, FIELDS, 0.02, "linear")
    none = find_candidates(recording, BURSTS)
    assert none.sizes["event"] == 0
    events = decode_route_events(recording, fields, none, DECODING, rng)
    edges = events["start"].values, events["stop"].values
    events = events.assign(**event_rhythm(recording, *edges, events["state"]))
    nothing = {
        name: ("spike", np.zeros(0, kind)) for name, kind in (("time", float), ("cell", int))
    }
    truth = {
        "ca3_spikes": xr.Dataset(nothing),
        "cells/CA3": place_cells_dataset(laps.ca3, ("none", "linear")),
    }
    packets = packets_beside(events, parameters.track.graph, truth)
    for name, table in (("events", events), ("packets", packets)):
        path = tmp_path / f"{name}.nc"
        save(table, path, Provenance(name, "test", 1, {}))
        read = load(path)
        assert read.sizes["event"] == read.sizes["bin"] == 0
        assert set(read.data_vars) == set(table.data_vars)


def test_fields_along_a_linear_track_are_its_fields(tmp_path):
    parameters, laps = laps_on("linear")
    recording = recording_with(laps, parameters, [], tmp_path)
    fields = fit_place_fields(recording, FIELDS, 0.02, "linear")
    (route,) = routes_of(parameters.track.graph)
    laid = route_fields(fields, parameters.track.graph, route)
    np.testing.assert_array_equal(laid["rate"], fields["rate"])
    np.testing.assert_allclose(laid["position"], fields["position"])
    seconds = seconds_in(recording, ("rest", "nrem", "rem"))
    assert seconds.values.tolist() == [5.0, 20.0, 5.0]


def test_steady_laps_have_their_speed():
    assert lap_speed(steady_laps(2.4, 0.6)) == pytest.approx(0.6)


def test_a_loop_is_cut_open_at_several_places():
    graph = make_track("loop", circumference=3.0)
    routes = routes_of(graph)
    assert len(routes) == N_SEAMS
    assert [graph.circumference(route) for route in routes] == pytest.approx([3.0] * N_SEAMS)
    begins = [graph.along(route, np.zeros(1))[0][0] for route in routes]
    assert begins == pytest.approx(np.arange(N_SEAMS) * 3.0 / N_SEAMS)


def test_the_mean_place_on_a_loop_is_circular():
    places = np.arange(4) + 0.5
    ends = np.array([[0.5, 0.0, 0.0, 0.5], [0.0, 0.5, 0.5, 0.0]])
    assert mean_place(ends, places, None) == pytest.approx([2.0, 2.0])
    circular = mean_place(ends, places, 4.0)
    assert circular[1] == pytest.approx(2.0)
    assert min(circular[0], 4.0 - circular[0]) == pytest.approx(0.0, abs=1e-9)
