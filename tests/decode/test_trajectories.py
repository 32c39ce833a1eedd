"""Decoded events: planted replays, directions, compression, what stands beside one another."""

import numpy as np
import pytest
import xarray as xr

from neurosim.decode import trajectories
from neurosim.decode.places import TrackBins
from neurosim.decode.trajectories import (
    TrajectoryParameters,
    decode_events,
    posterior_moments,
)
from neurosim.decode.tuning import place_fields
from neurosim.files import flag_names
from neurosim.recording import Recording
from neurosim.world.graph import linear_track
from neurosim.world.laps import LapTimes

LENGTH, N_POSITIONS, BIN = 2.0, 40, 0.005
BINS = TrackBins(linear_track(LENGTH), N_POSITIONS)
POSITIONS = (np.arange(N_POSITIONS) + 0.5) * LENGTH / N_POSITIONS
PARAMETERS = TrajectoryParameters(
    bin_s=BIN, min_map_probability=0.667, slowest_ratio=1.0, fastest_ratio=100.0
)
OUT_SPEED, BACK_SPEED = 0.5, 0.8
POINTS = np.linspace(0.2, 1.8, 41)
LAPS = LapTimes(
    points=POINTS,
    crossing=np.array([(POINTS - 0.2) / OUT_SPEED, (1.8 - POINTS) / BACK_SPEED]),
    outbound=np.array([True, False]),
)


def test_moments_are_sums_over_positions(rng):
    posterior = rng.dirichlet(np.ones(6), 4)
    mean, square = posterior_moments(posterior, POSITIONS[:6])
    for row in range(4):
        assert mean[row] == pytest.approx(sum(posterior[row] * POSITIONS[:6]))
        assert square[row] == pytest.approx(sum(posterior[row] * POSITIONS[:6] ** 2))


N_CELLS = 60
EVENTS = {  # name: start, map (0 outbound), where the path begins and ends
    "forward outbound": (1.0, 0, 0.3, 1.7),
    "reverse outbound": (2.0, 0, 1.7, 0.3),
    "forward inbound": (3.0, 1, 1.7, 0.3),
    "reverse inbound": (4.0, 1, 0.3, 1.7),
}
DURATION = 0.14
DIRECTIONS = ["forward", "reverse", "forward", "reverse"]


@pytest.fixture
def fields() -> xr.Dataset:
    """Directional fields: half of the cells fire outbound, half inbound; two dwell times."""
    centre = np.tile(np.linspace(0.0, LENGTH, N_CELLS // 2), 2)
    shape = np.exp(-0.5 * ((POSITIONS[:, None] - centre) / 0.15) ** 2)
    peak = np.where(np.arange(N_CELLS) < N_CELLS // 2, [[40.0], [0.0]], [[0.0], [40.0]])
    rate = 0.2 + peak[:, None] * shape
    fields = place_fields(rate, np.ones((2, N_POSITIONS)), BINS, "linear")
    return fields.assign(unit_index=("unit", np.arange(N_CELLS)))


@pytest.fixture
def candidates() -> xr.Dataset:
    start = np.array([event[0] for event in EVENTS.values()])
    return xr.Dataset({"start": ("event", start), "stop": ("event", start + DURATION)})


@pytest.fixture
def planted(fields, hand_made, rng) -> Recording:
    """Four replays, drawn bin by bin from the fields."""
    times, units = [], []
    for start, direction, begin, end in EVENTS.values():
        for step in np.arange(0, DURATION, 0.001):
            column = int((begin + (end - begin) * step / DURATION) / LENGTH * N_POSITIONS)
            fired = np.flatnonzero(
                rng.random(N_CELLS) < fields["rate"].values[direction, column] / 1e3
            )
            times += [start + step + 0.0005] * fired.size
            units += fired.tolist()
    return hand_made(spikes=(np.array(times), np.array(units)), regions=("CA1",) * N_CELLS)


def mirrored(recording: Recording, hand_made) -> Recording:
    """The same spikes backwards in time within each event."""
    times = recording.spikes["time"].values
    start = np.floor(times)
    back = start + DURATION - (times - start)
    order = np.argsort(back, kind="stable")
    unit = recording.spikes["unit_index"].values[order]
    return hand_made(spikes=(back[order], unit), regions=("CA1",) * N_CELLS)


def test_planted_replays_are_decoded(planted, fields, candidates):
    events = decode_events(planted, fields, candidates, LAPS, PARAMETERS)
    velocity = events["velocity"].sel(estimator="likelihood").values
    expected = np.array([(end - begin) / DURATION for _, _, begin, end in EVENTS.values()])
    np.testing.assert_allclose(velocity, expected, rtol=0.15)
    assert np.mean(np.abs(velocity / expected)) == pytest.approx(1.0, abs=0.1)
    assert flag_names(events["direction"]).tolist() == DIRECTIONS
    np.testing.assert_allclose(events["outbound_probability"], [1, 1, 0, 0], atol=0.01)
    assert np.all(events["speed_low"].values < np.abs(velocity))
    assert np.all(events["speed_high"].values > np.abs(velocity))
    for name in ("line_fit", "rank_order", "map_regression"):
        slope = events["velocity"].sel(estimator=name).values
        np.testing.assert_allclose(slope, expected, rtol=0.35, err_msg=name)
    np.testing.assert_array_equal(np.sign(events["weighted_correlation"]), np.sign(expected))
    assert np.abs(events["weighted_correlation"]).min() > 0.7


def test_time_reversal_of_the_spikes_flips_velocity_and_direction(
    planted, fields, candidates, hand_made
):
    forth = decode_events(planted, fields, candidates, LAPS, PARAMETERS)
    back = decode_events(mirrored(planted, hand_made), fields, candidates, LAPS, PARAMETERS)
    for name in ("likelihood", "posterior_regression", "rank_order", "map_regression"):
        np.testing.assert_allclose(
            back["velocity"].sel(estimator=name),
            -forth["velocity"].sel(estimator=name),
            rtol=0.02,
            err_msg=name,
        )
    np.testing.assert_allclose(back["speed_low"], forth["speed_low"], rtol=0.02)
    np.testing.assert_allclose(
        back["outbound_probability"], forth["outbound_probability"], atol=1e-6
    )
    swap = {"forward": "reverse", "reverse": "forward"}
    expected = [swap[name] for name in flag_names(forth["direction"])]
    assert flag_names(back["direction"]).tolist() == expected


def test_compression_is_the_time_of_the_laps_over_the_time_of_the_event(
    planted, fields, candidates
):
    events = decode_events(planted, fields, candidates, LAPS, PARAMETERS)
    lap_speed = np.array([OUT_SPEED, OUT_SPEED, BACK_SPEED, BACK_SPEED])
    np.testing.assert_allclose(
        events["compression"], np.abs(events["velocity"]) / lap_speed[:, None], rtol=1e-3
    )


def test_events_whose_map_is_unclear_are_unresolved_and_compared_with_all_laps(
    planted, fields, candidates
):
    both_ways = fields.copy(deep=True)
    both_ways["rate"][:] = fields["rate"].values.max(axis=0)
    events = decode_events(planted, both_ways, candidates, LAPS, PARAMETERS)
    assert set(flag_names(events["direction"])) == {"unresolved"}
    np.testing.assert_allclose(events["outbound_probability"], 0.5)
    two_laps = 1.6 / np.mean([1.6 / OUT_SPEED, 1.6 / BACK_SPEED])
    np.testing.assert_allclose(
        events["compression"], np.abs(events["velocity"]) / two_laps, rtol=1e-3
    )


def test_posteriors_stand_after_one_another_with_silent_bins_flagged(planted, fields, candidates):
    events = decode_events(planted, fields, candidates, LAPS, PARAMETERS)
    per_event = round(DURATION / BIN)
    np.testing.assert_array_equal(events["bin_event"], np.repeat(range(4), per_event))
    np.testing.assert_allclose(events["posterior"].sum("position"), 1, rtol=1e-5)
    times = planted.spikes["time"].values
    centre = events["bin_time"].values
    heard = np.diff(np.searchsorted(times, np.column_stack([centre - BIN / 2, centre + BIN / 2])))
    np.testing.assert_array_equal(events["bin_silent"].values == 1, heard[:, 0] == 0)
    np.testing.assert_allclose(centre[::per_event], candidates["start"].values + BIN / 2)
    np.testing.assert_array_equal(events["start"], candidates["start"])


def test_states_that_were_never_visited_hold_no_posterior(planted, fields, candidates):
    fields["occupancy"][:, 10:14] = 0.0
    events = decode_events(planted, fields, candidates, LAPS, PARAMETERS)
    assert np.all(events["posterior"].values[:, 10:14] == 0)


def test_decoding_one_event_at_a_time_gives_the_same(planted, fields, candidates):
    whole = decode_events(planted, fields, candidates, LAPS, PARAMETERS)
    for event in range(4):
        one = decode_events(planted, fields, candidates.isel(event=[event]), LAPS, PARAMETERS)
        for name in ("velocity", "compression", "outbound_probability", "weighted_correlation"):
            np.testing.assert_allclose(one[name][0], whole[name][event], rtol=1e-5)


def test_events_by_the_thousand_are_decoded_some_at_a_time(
    planted, fields, candidates, monkeypatch
):
    whole = decode_events(planted, fields, candidates, LAPS, PARAMETERS)
    monkeypatch.setattr(trajectories, "EVENTS", 7)
    parts = decode_events(planted, fields, candidates, LAPS, PARAMETERS)
    assert candidates.sizes["event"] % 7
    xr.testing.assert_allclose(parts, whole, rtol=1e-5)
    assert list(parts.variables) == list(whole.variables)
    for name in whole.variables:
        assert parts[name].dtype == whole[name].dtype
        assert parts[name].attrs.keys() == whole[name].attrs.keys()


def test_without_candidates_there_are_no_events(planted, fields, candidates):
    events = decode_events(planted, fields, candidates.isel(event=[]), LAPS, PARAMETERS)
    assert events.sizes["event"] == 0
    assert events.sizes["bin"] == 0
    assert events.sizes["position"] == N_POSITIONS
