"""Planted events: what they replay, how fast, and where they lie."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from neurosim import NeurosimError
from neurosim.cells.events import (
    KINDS,
    MAPS,
    BurstParameters,
    EventParameters,
    event_rate,
    plant_events,
)
from neurosim.cells.place import PlaceCells
from neurosim.files import flag_names, flags
from neurosim.world.hypnogram import epochs_dataset
from neurosim.world.laps import LapTimes

TRACK = 2.0
BURSTS = BurstParameters(
    gain=3.0,
    min_span_m=1.0,
    min_gap_s=0.25,
    empty_duration_s=0.1,
    empty_duration_log_sd=0.35,
)
NREM = EventParameters(
    rate_hz=0.5,
    replay_fraction=0.5,
    forward_fraction=0.8,
    compression_median=20.0,
    compression_log_sd=0.25,
)


def laps_at(out_speed: float, back_speed: float) -> LapTimes:
    points = np.linspace(0.2, 1.8, 41)
    out, back = (points - 0.2) / out_speed, (1.8 - points) / back_speed
    return LapTimes(points, np.array([out, back, out]), np.array([True, False, True]))


LAPS = laps_at(0.5, 0.8)


def sleep(duration: float = 4000.0) -> xr.Dataset:
    """NREM before running and after, with REM between that has no events."""
    edges = np.arange(4) * duration
    return epochs_dataset(
        edges[:-1],
        edges[1:],
        np.array(["nrem", "rem", "nrem"]),
        np.array(["pre", "post", "post"]),
        np.array(["none"] * 3),
    )


def plant(rng, parameters=NREM, bursts=BURSTS, epochs=None, laps=LAPS) -> xr.Dataset:
    epochs = sleep() if epochs is None else epochs
    return plant_events(epochs, {"nrem": parameters}, bursts, laps, TRACK, rng)


def replays_of(events: xr.Dataset) -> xr.Dataset:
    return events.isel(event=flag_names(events["kind"]) != "empty")


def test_the_compression_is_the_time_of_the_laps_over_the_time_of_the_event(recording, simulated):
    """Brute force from the behaviour: when each lap first passes each end of the stretch."""
    behaviour, length = recording.behaviour, 2.0
    along, time = behaviour["track_position"].values, recording.time
    lap = np.where(recording.samples_in("linear"), behaviour["lap"].values, -1)
    runs = [np.flatnonzero(lap == number) for number in range(lap.max() + 1)]
    replays = replays_of(simulated["truth/events"])
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


def test_speed_is_the_stretch_over_the_duration(simulated):
    replays = replays_of(simulated["truth/events"])
    stretch = np.abs(replays["path_stop"] - replays["path_start"])
    duration = replays["stop"] - replays["start"]
    np.testing.assert_allclose(replays["speed"], stretch / duration, rtol=1e-6)
    assert stretch.values.min() >= 1.0
    assert stretch.values.max() <= 2.0


def test_before_running_every_burst_is_empty_and_afterwards_as_many_as_asked_for(rng):
    events = plant(rng)
    empty = flag_names(events["kind"]) == "empty"
    before = flag_names(events["phase"]) == "pre"
    assert before.sum() > 1000
    assert np.all(empty[before])
    assert np.mean(empty[~before]) == pytest.approx(0.5, abs=0.05)
    for name in ("path_start", "path_stop", "speed", "compression"):
        np.testing.assert_array_equal(np.isnan(events[name].values), empty)
    np.testing.assert_array_equal(flag_names(events["map"]) == "none", empty)


@pytest.mark.parametrize("fraction", [0.0, 0.3, 0.8, 1.0])
def test_the_fraction_of_forward_replays_is_the_one_asked_for(rng, fraction):
    replays = replays_of(plant(rng, replace(NREM, forward_fraction=fraction)))
    kind = flag_names(replays["kind"])
    n = kind.size
    assert n > 500
    limit = 4 * np.sqrt(fraction * (1 - fraction) / n)
    assert abs(np.mean(kind == "forward") - fraction) <= limit


def test_forward_is_along_the_running_direction_of_the_map(rng):
    replays = replays_of(plant(rng))
    increasing = replays["path_stop"].values > replays["path_start"].values
    outbound = flag_names(replays["map"]) == "outbound"
    np.testing.assert_array_equal(flag_names(replays["kind"]) == "forward", increasing == outbound)
    assert 0.4 < outbound.mean() < 0.6


def test_compression_is_log_normal_and_relative_to_the_laps_of_the_same_direction(rng):
    replays = replays_of(plant(rng))
    compression = replays["compression"].values
    assert np.median(compression) == pytest.approx(20.0, rel=0.05)
    assert np.log(compression).std() == pytest.approx(0.25, rel=0.15)
    lap_speed = np.where(flag_names(replays["map"]) == "outbound", 0.5, 0.8)
    np.testing.assert_allclose(replays["speed"].values / lap_speed, compression, rtol=1e-6)


def test_events_lie_inside_the_epochs_of_their_state_with_gaps_between(rng):
    epochs, events = sleep(), plant(rng)
    start, stop = events["start"].values, events["stop"].values
    assert np.all(stop > start)
    assert np.all(start[1:] - stop[:-1] >= 0.25 - 1e-9)
    epoch = np.searchsorted(epochs["start"].values, start, side="right") - 1
    assert np.all(stop <= epochs["stop"].values[epoch])
    assert set(epoch) == {0, 2}
    for name in ("state", "phase"):
        np.testing.assert_array_equal(
            flag_names(events[name]), flag_names(epochs[name])[epoch], err_msg=name
        )


@pytest.mark.parametrize("rate", [0.2, 0.5, 1.0])
def test_the_rate_of_bursts_is_the_one_asked_for(rng, rate):
    events = plant(rng, replace(NREM, rate_hz=rate))
    after = flag_names(events["phase"]) == "post"
    assert after.sum() / 4000 == pytest.approx(rate, rel=0.08)


def test_empty_bursts_have_the_durations_asked_for(rng):
    events = plant(rng)
    empty = flag_names(events["kind"]) == "empty"
    duration = (events["stop"] - events["start"]).values[empty]
    assert np.median(duration) == pytest.approx(0.1, rel=0.05)
    assert np.log(duration).std() == pytest.approx(0.35, rel=0.08)


def test_states_without_parameters_and_epochs_too_short_have_no_events(rng):
    none = plant_events(sleep(), {}, BURSTS, LAPS, TRACK, rng)
    short = plant(rng, epochs=sleep(0.3))
    for events in (none, short):
        assert events.sizes["event"] == 0
        assert flag_names(events["kind"]).size == 0


def test_a_stretch_within_an_end_zone_does_not_end_the_planting(rng):
    """No lap has a speed there, so a stretch without one must not swallow what comes after it."""
    events = plant(rng, bursts=replace(BURSTS, min_span_m=0.05))
    after = flag_names(events["phase"]) == "post"
    assert after.sum() / 4000 == pytest.approx(0.5, rel=0.1)
    assert np.isfinite(replays_of(events)["compression"].values).all()


@pytest.mark.parametrize("outbound", [True, False])
def test_laps_in_one_direction_only_are_refused_by_the_name_of_the_key(rng, outbound):
    one_way = LapTimes(LAPS.points, LAPS.crossing[:1], np.array([outbound]))
    with pytest.raises(NeurosimError) as error:
        plant(rng, laps=one_way)
    assert "simulation.environments" in str(error.value)
    assert "\n" not in str(error.value)


def test_bursts_scale_the_rate_at_the_virtual_position_or_the_mean_rate():
    cells = PlaceCells(
        centre=np.array([0.5, 1.5]),
        peak=np.array([[10.0, 20.0], [0.0, 20.0]]),
        width=0.15,
        arena_centre=np.zeros((2, 2)),
        arena_peak=np.zeros(2),
        arena_width=0.1,
        background=0.2,
    )
    events = xr.Dataset(
        {
            "start": ("event", [10.0, 20.0, 30.0]),
            "stop": ("event", [10.1, 20.1, 30.1]),
            "path_start": ("event", [0.0, 2.0, np.nan]),
            "path_stop": ("event", [2.0, 0.0, np.nan]),
        }
    )
    events["kind"] = flags(np.array(KINDS), KINDS, "event", "kind")
    events["map"] = flags(np.array(MAPS), MAPS, "event", "map")
    rate, max_rate = event_rate(events, cells, 3.0, TRACK)
    times = np.array([10.025, 10.025, 20.075, 20.025, 30.01, 30.09])
    cell = np.array([0, 1, 0, 1, 0, 0])
    mean = cells.mean_track_rate(TRACK)
    far = 20.0 * np.exp(-0.5 * (1.0 / 0.15) ** 2)
    expected = 3.0 * np.array([10.2, 0.2 + far, 0.2, 20.2, mean[0], mean[0]])
    np.testing.assert_allclose(rate(times, cell), expected, rtol=1e-6)
    np.testing.assert_allclose(max_rate, 3.0 * np.array([10.2, 20.2]))
