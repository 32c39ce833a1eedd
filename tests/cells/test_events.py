"""Planted events: when they happen, of which kind they are, what they represent."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from test_paths import ARENA, PATHS, W

from neurosim import NeurosimError
from neurosim.cells.events import (
    BurstParameters,
    EventParameters,
    OfflineParameters,
    plant_events,
)
from neurosim.cells.maps import PlaceGrid
from neurosim.cells.paths import BROWNIAN_TIME, KINDS, MOVING, STEP
from neurosim.cells.place import PlaceCellParameters, draw_place_maps
from neurosim.cells.planted import MAPS, Events, Paths, events_dataset, paths_dataset, sample_paths
from neurosim.cells.sleep import RemParameters, UpStates
from neurosim.cells.virtual import VirtualEnvironment
from neurosim.files import flag_names
from neurosim.world.graph import linear_track
from neurosim.world.hypnogram import epochs_dataset
from neurosim.world.laps import LapTimes

KNOWN = ("none", "linear", "w", "arena")
BURSTS = BurstParameters(
    gain=3.0, home_fraction=1.0, min_gap_s=0.25, duration_s=0.1, duration_log_sd=0.35
)
UP = UpStates(up_s=1.5, up_log_sd=0.5, down_s=0.2, down_log_sd=0.5)
MIX = dict.fromkeys(KINDS, 0.1) | {"empty": 0.2}
NREM = EventParameters(rate_hz=0.5, kinds=MIX, compression_median=20.0, compression_log_sd=0.25)
REM = RemParameters(fraction=0.4, compression_median=0.7, compression_log_sd=0.3, gain=1.0)
CELLS = PlaceCellParameters(6, 12.0, 0.5, 0.15, 0.12, 1.2, 2.0, 0.3, 0.2, 300.0)


def laps_at(out_speed: float, back_speed: float) -> LapTimes:
    points = np.linspace(0.2, 1.8, 41)
    out, back = (points - 0.2) / out_speed, (1.8 - points) / back_speed
    return LapTimes(points, np.array([out, back, out]), np.array([True, False, True]))


LINEAR = VirtualEnvironment(
    PlaceGrid("linear", linear_track(2.0)), 0.5, laps_at(0.5, 0.8), rewarded=(0, 1)
)
PLACES = (LINEAR, replace(W, weight=0.0), replace(ARENA, weight=0.0))


def sleep(duration: float = 4000.0) -> xr.Dataset:
    """NREM before running, REM and NREM after it."""
    edges = np.arange(4) * duration
    return epochs_dataset(
        edges[:-1],
        edges[1:],
        np.array(["nrem", "rem", "nrem"]),
        np.array(["pre", "post", "post"]),
        np.array(["none"] * 3),
    )


def offline(**changes) -> OfflineParameters:
    given_ = {"bursts": BURSTS, "paths": PATHS, "up": UP, "events": {"nrem": NREM}}
    return OfflineParameters(**(given_ | changes))


def only(**kinds: float) -> dict[str, EventParameters]:
    return {"nrem": replace(NREM, kinds=kinds)}


def plant(rng, places=PLACES, epochs=None, **changes) -> Events:
    return plant_events(sleep() if epochs is None else epochs, places, offline(**changes), rng)[0]


def planted(rng, places=PLACES, **changes) -> tuple[Events, Paths, xr.Dataset]:
    events = plant(rng, places, **changes)
    maps = draw_place_maps(CELLS, [place.grid for place in places], rng)
    paths = sample_paths(events, places, maps, changes.get("paths", PATHS), rng)
    return events, paths, events_dataset(events, paths, places, KNOWN)


def test_the_compression_is_the_time_of_the_laps_over_the_time_of_the_event(recording, simulated):
    """Brute force from the behaviour: when each lap first passes each end of the stretch."""
    behaviour, length = recording.behaviour, 2.0
    lap, along, time = behaviour["lap"].values, behaviour["track_position"].values, recording.time
    lap = np.where(recording.samples_in("linear"), lap, -1)
    runs = [np.flatnonzero(lap == number) for number in np.unique(lap[lap >= 0])]
    events = simulated["truth/events"]
    constant = np.isin(flag_names(events["kind"]), ["forward", "reverse"])
    constant &= flag_names(events["environment"]) == "linear"
    replays = events.isel(event=constant & (flag_names(events["state"]) != "rem"))
    assert replays.sizes["event"] > 20
    for event in range(replays.sizes["event"]):
        one = replays.isel(event=event)
        ends = np.sort([one["path_start"].item(), one["path_stop"].item()])
        low, high = np.clip(ends, 0.1 * length, 0.9 * length)
        outbound = flag_names(replays["map"])[event] == "outbound"
        durations = []
        for rows in runs:
            x, t = along[rows], time[rows]
            if (x[-1] > x[0]) == outbound:
                passed = [
                    t[np.flatnonzero((x >= p) if outbound else (x <= p))[0]] for p in (low, high)
                ]
                durations.append(abs(passed[1] - passed[0]))
        event_time = (one["stop"] - one["start"]).item() * (high - low) / np.ptp(ends)
        expected = np.median(durations) / event_time
        assert one["compression"].item() == pytest.approx(expected, rel=0.05)


def test_speed_is_the_stretch_over_the_duration(rng):
    _, _, truth = planted(rng, events=only(forward=0.5, reverse=0.5))
    moving = truth.isel(event=flag_names(truth["phase"]) == "post")
    stretch = np.abs(moving["path_stop"] - moving["path_start"])
    duration = moving["stop"] - moving["start"]
    np.testing.assert_allclose(moving["speed"], stretch / duration, rtol=1e-6)
    assert stretch.values.min() >= 1.0 - 1e-9
    assert stretch.values.max() <= 2.0 + 1e-9


def test_before_running_every_burst_is_empty_and_afterwards_the_mix_is_the_one_asked_for(rng):
    events = plant(rng)
    before = events.phase == "pre"
    assert before.sum() > 1000
    assert np.all(events.of_kind("empty")[before])
    assert np.all(events.environment[before] == -1)
    after = events.kind[~before]
    for index, kind in enumerate(KINDS):
        p = MIX[kind]
        limit = 4 * np.sqrt(p * (1 - p) / after.size)
        assert abs(np.mean(after == index) - p) < limit, kind


def test_what_does_not_move_has_no_speed_and_what_has_no_place_has_no_path(rng):
    events, _, truth = planted(rng)
    moving = events.of_kind(*MOVING)
    for name in ("speed", "compression"):
        np.testing.assert_array_equal(np.isfinite(truth[name].values), moving, err_msg=name)
    placeless = events.of_kind("empty", "fragmented") | (events.environment == 2)
    for name in ("path_start", "path_stop"):
        np.testing.assert_array_equal(np.isnan(truth[name].values), placeless, err_msg=name)
    no_map = events.of_kind("empty") | (events.environment == 2)
    np.testing.assert_array_equal(flag_names(truth["map"]) == "none", no_map)


def test_directions_follow_from_the_kind(rng):
    _, _, truth = planted(rng, places=(LINEAR, replace(W, weight=0.0)))
    kind, direction = flag_names(truth["kind"]), flag_names(truth["direction"])
    for name in ("forward", "reverse"):
        assert set(direction[kind == name]) == {name}
    for name in ("accelerating", "hover_and_jump", "remote"):
        share = np.mean(direction[kind == name] == "forward")
        assert set(direction[kind == name]) == {"forward", "reverse"}
        assert 0.35 < share < 0.65
    for name in ("diffusive", "stationary", "fragmented", "empty"):
        assert set(direction[kind == name]) == {"none"}


def test_forward_is_along_the_running_direction_of_the_map(rng):
    events, _, truth = planted(rng)
    here = events.of_kind("forward", "reverse", "accelerating", "hover_and_jump")
    assert here.sum() > 300
    increasing = (truth["path_stop"] > truth["path_start"]).values[here]
    outbound = flag_names(truth["map"])[here] == "outbound"
    forward = flag_names(truth["direction"])[here] == "forward"
    np.testing.assert_array_equal(forward, increasing == outbound)
    assert 0.4 < outbound.mean() < 0.6


def test_remote_events_are_elsewhere_and_the_others_where_the_weights_put_them(rng):
    shared = (replace(LINEAR, weight=0.7), replace(W, weight=0.2), replace(ARENA, weight=0.1))
    events = plant(rng, shared)
    remote = events.environment[events.of_kind("remote")]
    assert set(remote) == {1, 2}
    assert np.mean(remote == 1) == pytest.approx(0.5, abs=0.12)
    on_tracks = events.environment[events.of_kind("forward", "reverse")]
    assert set(on_tracks) == {0, 1}
    assert np.mean(on_tracks == 0) == pytest.approx(0.7 / 0.9, abs=0.08)
    anywhere = events.environment[events.of_kind("diffusive", "stationary", "fragmented")]
    shares = np.bincount(anywhere, minlength=3) / anywhere.size
    np.testing.assert_allclose(shares, [0.7, 0.2, 0.1], atol=0.08)


def test_compression_is_log_normal_and_relative_to_the_laps_of_the_same_direction(rng):
    events, _, truth = planted(rng, events=only(forward=0.5, reverse=0.5))
    moving = np.isfinite(events.compression)
    compression = events.compression[moving]
    assert np.median(compression) == pytest.approx(20.0, rel=0.05)
    assert np.log(compression).std() == pytest.approx(0.25, rel=0.15)
    lap_speed = np.where(flag_names(truth["map"])[moving] == "outbound", 0.5, 0.8)
    np.testing.assert_allclose(events.speed[moving] / lap_speed, compression, rtol=1e-6)


def test_elsewhere_than_on_a_linear_track_compression_is_relative_to_the_running_speed(rng):
    events = plant(rng, events=only(remote=1.0))
    for index, speed in ((1, 0.5), (2, 0.2)):
        here = events.environment == index
        np.testing.assert_allclose(events.speed[here], events.compression[here] * speed)


@pytest.mark.parametrize("kind", MOVING)
def test_paths_go_from_end_to_end_at_their_mean_speed(rng, kind):
    events, paths, truth = planted(rng, places=(LINEAR, W), events=only(**{kind: 1.0}))
    moving = np.flatnonzero(np.isfinite(events.speed))
    assert moving.size > 300
    for event in moving[:40]:
        graph = PLACES[events.environment[event]].grid.graph
        place = paths.track_position[paths.first[event] : paths.first[event + 1]]
        pairs = zip(place[:-1, None], place[1:, None], strict=True)
        steps = [graph.distance(a, b)[0, 0] for a, b in pairs]
        duration = events.stop[event] - events.start[event]
        n = place.size
        assert n == pytest.approx(duration / STEP, abs=1)
        # Half a sample is missing at each end, and corners of a route may be cut by the last one.
        expected = events.speed[event] * duration
        assert np.sum(steps) == pytest.approx(
            expected, rel=0.15 if kind == "hover_and_jump" else 0.06
        )
        ends = truth["path_start"].values[event], truth["path_stop"].values[event]
        assert graph.distance(place[:1], np.array(ends[:1]))[0, 0] < 0.25
        assert graph.distance(place[-1:], np.array(ends[1:]))[0, 0] < 0.25


def test_constant_speed_is_constant_and_accelerating_speed_rises_by_the_factor(rng):
    for kind, factor in (("forward", 1.0), ("accelerating", 4.0)):
        events, paths, _ = planted(rng, events=only(**{kind: 1.0}))
        ratios = []
        for event in np.flatnonzero(np.isfinite(events.speed)):
            place = paths.track_position[paths.first[event] : paths.first[event + 1]]
            if place.size < 60:
                continue
            steps = np.abs(np.diff(place[:-1]))
            if factor == 1.0:
                np.testing.assert_allclose(steps, steps[0], rtol=1e-6)
            fit = np.polyval(np.polyfit(np.arange(steps.size), steps, 1), [-0.5, steps.size + 0.5])
            ratios.append(fit[1] / fit[0])
        assert len(ratios) > 50
        assert np.median(ratios) == pytest.approx(factor, rel=0.05)


def test_places_of_the_other_kinds_stay_jump_or_diffuse(rng):
    mix = {"stationary": 0.25, "fragmented": 0.25, "diffusive": 0.5}
    events, paths, _ = planted(rng, events=only(**mix))
    squared = []
    for event in np.flatnonzero(events.environment >= 0):
        place = paths.track_position[paths.first[event] : paths.first[event + 1]]
        kind = KINDS[events.kind[event]]
        if kind == "stationary":
            assert np.ptp(place) == 0
        elif kind == "fragmented":
            whole = place[: place.size // 5 * 5].reshape(-1, 5)
            assert np.all(np.ptp(whole, axis=1) == 0)
            assert np.all(np.diff(whole[:, 0]) != 0)
        elif 0.5 < place[0] < 1.5 and place.size > 20:
            squared.append((place[20] - place[0]) ** 2)
    assert len(squared) > 150
    expected = PATHS.diffusion_sd_m**2 * 20 * STEP / BROWNIAN_TIME
    assert np.mean(squared) == pytest.approx(expected, rel=0.35)


def test_the_gain_of_every_sample_is_that_of_burst_reward_and_decision_point(rng):
    parameters = replace(PATHS, reward_discount=0.8, decision_gain=1.6)
    places = (replace(W, weight=1.0), replace(LINEAR, weight=0.0))
    events, paths, truth = planted(rng, places, paths=parameters)
    graph = W.grid.graph
    wells = np.array([graph.node_position_on_track(node) for node in W.rewarded])
    middle = np.array([graph.node_position_on_track(1)])
    assert np.any(paths.gain > 3.0)
    for event in range(0, events.start.size, 7):
        rows = slice(paths.first[event], paths.first[event + 1])
        place, gain = paths.track_position[rows], paths.gain[rows]
        if events.environment[event] != 0:
            continue
        expected = np.full(place.size, 3.0)
        expected[graph.distance(place, middle)[:, 0] <= 0.15] *= 1.6
        if flag_names(truth["direction"])[event] == "reverse":
            nearest = wells[[graph.distance(place[:1], wells)[0].argmin()]]
            expected *= 0.8 ** (graph.distance(place, nearest)[:, 0] / 0.25)
        np.testing.assert_allclose(gain, expected, rtol=1e-9)
    assert np.all(paths.gain[np.isnan(paths.position[:, 0])] == 3.0)


def test_events_lie_inside_the_epochs_of_their_state_with_gaps_between(rng):
    epochs = sleep()
    events = plant(rng)
    assert np.all(events.stop > events.start)
    assert np.all(events.start[1:] - events.stop[:-1] >= 0.25 - 1e-9)
    epoch = np.searchsorted(epochs["start"].values, events.start, side="right") - 1
    assert np.all(events.stop <= epochs["stop"].values[epoch])
    assert set(epoch) == {0, 2}
    np.testing.assert_array_equal(events.state, flag_names(epochs["state"])[epoch])
    np.testing.assert_array_equal(events.phase, flag_names(epochs["phase"])[epoch])


@given(st.floats(0.5, 3.0), st.floats(0.05, 1.0), st.integers(0, 100))
def test_bursts_begin_in_up_states_that_last_as_long_as_they_do(up, down, seed):
    rng = np.random.default_rng(seed)
    states = UpStates(up, 0.5, down, 0.5)
    events, intervals = plant_events(sleep(60.0), PLACES, offline(up=states), rng)
    assert np.all(intervals[:, 1] > intervals[:, 0])
    assert np.all(intervals[1:, 0] >= intervals[:-1, 1])
    index = np.searchsorted(intervals[:, 0], events.start, side="right") - 1
    assert np.all(intervals[index, 0] <= events.start)
    assert np.all(intervals[index, 1] >= events.stop - 1e-9)
    assert intervals[0, 0] == 0.0
    assert intervals[-1, 1] == 180.0


@pytest.mark.parametrize("rate", [0.2, 0.5, 1.0])
def test_the_rate_of_bursts_is_the_one_asked_for(rng, rate):
    events = plant(rng, events={"nrem": replace(NREM, rate_hz=rate)})
    assert (events.phase == "post").sum() / 4000 == pytest.approx(rate, rel=0.08)


def test_a_rate_that_leaves_no_room_is_refused_by_the_name_of_the_key(rng):
    with pytest.raises(NeurosimError, match="rate_hz"):
        plant(rng, events={"nrem": replace(NREM, rate_hz=5.0)})


def test_bursts_that_do_not_move_have_the_durations_asked_for(rng):
    events = plant(rng)
    duration = (events.stop - events.start)[~events.of_kind(*MOVING)]
    assert np.median(duration) == pytest.approx(0.1, rel=0.05)
    assert np.log(duration).std() == pytest.approx(0.35, rel=0.08)


def test_states_without_parameters_and_epochs_too_short_have_no_events(rng):
    none = plant(rng, events={})
    short = plant(rng, epochs=sleep(0.3))
    for events in (none, short):
        assert events.start.size == 0
    maps = draw_place_maps(CELLS, [place.grid for place in PLACES], rng)
    paths = sample_paths(none, PLACES, maps, PATHS, rng)
    assert events_dataset(none, paths, PLACES, KNOWN).sizes["event"] == 0
    assert paths_dataset(none, paths, PLACES, KNOWN).sizes["sample"] == 0


def test_a_stretch_within_an_end_zone_does_not_end_the_planting(rng):
    """No lap has a speed there, so a stretch without one must not swallow what comes after it."""
    events = plant(rng, paths=replace(PATHS, min_span_m=0.05))
    assert (events.phase == "post").sum() / 4000 == pytest.approx(0.5, rel=0.1)
    assert np.isfinite(events.compression[events.of_kind("forward", "reverse")]).all()
    assert np.isfinite(events.stop).all()


@pytest.mark.parametrize("outbound", [True, False])
def test_laps_in_one_direction_only_are_refused_by_the_name_of_the_key(rng, outbound):
    one_way = LapTimes(LINEAR.laps.points, LINEAR.laps.crossing[:1], np.array([outbound]))
    with pytest.raises(NeurosimError) as error:
        plant(rng, places=(replace(LINEAR, laps=one_way),))
    assert "environments.linear" in str(error.value)
    assert "duration_s" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        ({"forward": 0.5}, ["sum", "0.5"]),
        ({"backward": 1.0}, ["backward", "forward"]),
        ({"forward": 1.5, "empty": -0.5}, ["kinds"]),
    ],
)
def test_a_wrong_mix_is_refused(rng, kinds, words):
    with pytest.raises(NeurosimError) as error:
        plant(rng, events={"nrem": replace(NREM, kinds=kinds)})
    for word in words:
        assert word in str(error.value)


def test_remote_events_need_another_environment(rng):
    with pytest.raises(NeurosimError, match="remote"):
        plant(rng, places=(LINEAR,))


def test_the_samples_of_the_truth_belong_to_their_events(rng):
    events, paths, truth = planted(rng)
    samples = paths_dataset(events, paths, PLACES, KNOWN)
    event = samples["event_index"].values
    time = samples["time"].values
    assert np.all(time >= events.start[event])
    assert np.all(time < events.stop[event])
    for name in ("environment",):
        np.testing.assert_array_equal(
            flag_names(samples[name]), flag_names(truth[name])[event], err_msg=name
        )
    whole = flag_names(truth["map"])
    same = whole[event] != "mixed"
    np.testing.assert_array_equal(flag_names(samples["map"])[same], whole[event][same])
    assert set(flag_names(samples["map"])) <= set(MAPS) - {"mixed"}


def test_a_path_without_corner_is_straight_in_the_plane(rng):
    events, paths, _ = planted(rng, events=only(remote=1.0))
    event = np.flatnonzero(events.environment == 2)[0]
    place = paths.position[paths.first[event] : paths.first[event + 1]]
    steps = np.diff(place[:-1], axis=0)
    np.testing.assert_allclose(steps, np.broadcast_to(steps[0], steps.shape), atol=1e-9)
