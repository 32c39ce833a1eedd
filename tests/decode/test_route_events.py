"""Events on tracks of any shape: packets planted along routes, decoded."""

import numpy as np
import pytest
import xarray as xr
from planted_packets import laps_on, packet, recording_with

from neurosim.decode.position import fit_place_fields
from neurosim.decode.route_events import (
    RouteDecoding,
    decode_route_events,
    route_fields,
    routes_of,
    seconds_in,
    steady_laps,
)
from neurosim.decode.shuffles import ShuffleOptions
from neurosim.decode.trajectories import TrajectoryParameters, lap_speed
from neurosim.decode.tuning import FieldParameters
from neurosim.files import flag_names

FIELDS = FieldParameters(50, 1.5, 0.08, 0.25, 0.05, 0.04)
DECODING = RouteDecoding(
    TrajectoryParameters(0.005, 0.667, 1.0, 100.0),
    ShuffleOptions(60, ("cell_identity",), grid=None),
    0.02,
    0.05,
    0.08,
)
SPEED, REST = 8.0, 0.08  # m/s; s at the beginning in which the packet stays


def planted(track, folder, rng):
    """Packets on every route, both maps and both ways; events that hold them; what they were."""
    parameters, laps = laps_on(track)
    start, spikes, truth = 160.0, [], []
    for number, route in enumerate(routes_of(parameters.track.graph)):
        for along in (True, False):
            for way in (1, -1):
                span = 0.7 * route.length
                first = 0.15 * route.length if way > 0 else 0.85 * route.length
                time = np.arange(0, REST + span / SPEED, 0.001)
                path = first + way * SPEED * np.clip(time - REST, 0, None)
                spikes.append(packet(laps, route, path, along, start, rng))
                forward = (way > 0) == along
                truth.append((number, "forward" if forward else "reverse", start, time.size / 1000))
                start += 0.5
    recording = recording_with(laps, parameters, spikes, folder)
    bounds = np.array([(begin, begin + length) for *_, begin, length in truth])
    candidates = xr.Dataset({"start": ("event", bounds[:, 0]), "stop": ("event", bounds[:, 1])})
    return recording, candidates, truth


@pytest.fixture(scope="module", params=["linear", "w"])
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
    # A path that starts on an arm and ends short of another one may fit two routes.
    assert np.mean(events["route"].values == [number for number, *_ in truth]) > 0.7


def test_crossing_speed_leaves_out_the_rest_at_the_onset(decoded):
    events, _ = decoded
    ratio = events["crossing_speed"].values / SPEED
    assert abs(np.nanmedian(ratio) - 1) < 0.12
    slow = np.abs(events["velocity"].values) / SPEED
    assert np.nanmedian(slow) < np.nanmedian(ratio)  # a line through the rest is too slow


def test_packets_are_significant_and_span_what_they_ran(decoded):
    events, _ = decoded
    assert events["significant"].values.mean() > 0.7
    assert (events["span"].values > 0.5).mean() > 0.8
    assert events["posterior"].shape[0] == events["bin_event"].size
    np.testing.assert_allclose(events["posterior"].sum("position"), 1, atol=1e-4)


def test_no_event_is_an_empty_table(tmp_path, rng):
    parameters, laps = laps_on("linear")
    recording = recording_with(laps, parameters, [], tmp_path)
    fields = fit_place_fields(recording, FIELDS, 0.02, "linear")
    none = xr.Dataset({"start": ("event", np.zeros(0)), "stop": ("event", np.zeros(0))})
    events = decode_route_events(recording, fields, none, DECODING, rng)
    assert events.sizes["event"] == 0
    assert events["crossing_speed"].shape == (0,)


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
