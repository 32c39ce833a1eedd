"""Spikes from states: expected counts, theta sequences, drift."""

from dataclasses import replace

import numpy as np
import pytest
from test_events import LINEAR, PLACES, REM, offline, plant, sleep
from test_paths import PATHS

from neurosim.cells.ca1 import is_outbound
from neurosim.cells.events import plant_events
from neurosim.cells.firing import (
    Firing,
    Walk,
    background_spikes,
    draw_firing,
    event_spikes,
    running_spikes,
)
from neurosim.cells.irregular import Spiking
from neurosim.cells.maps import PlaceGrid
from neurosim.cells.paths import STEP
from neurosim.cells.place import PlaceCellParameters, draw_place_maps
from neurosim.cells.planted import sample_paths
from neurosim.cells.theta import Theta, ThetaParameters, draw_theta
from neurosim.world.graph import linear_track

CELLS = PlaceCellParameters(
    n_cells=40,
    peak_rate_median_hz=12.0,
    peak_rate_log_sd=0.3,
    field_sd_m=0.15,
    arena_field_sd_m=0.12,
    mean_fields=1.0,
    field_number_shape=2.0,
    bidirectional_fraction=0.0,
    background_rate_hz=0.2,
    precession_deg=300.0,
)
THETA = ThetaParameters(8.0, 0.5, 1.0, 1.5)
DURATION, CLOCK = 400.0, 0.02


def shuttle() -> tuple[np.ndarray, np.ndarray]:
    """Track position (time,) and outbound of running to and fro at 0.5 m/s on 2 m."""
    time = np.arange(int(DURATION / CLOCK)) * CLOCK
    phase = np.mod(time * 0.5, 4.0)
    return np.minimum(phase, 4.0 - phase), phase < 2.0


def firing(rng, cells=CELLS, spiking=None, concentration=1.5) -> tuple[Firing, Walk]:
    maps = draw_place_maps(cells, (PlaceGrid("linear", linear_track(2.0)),), rng)
    theta = draw_theta(DURATION, replace(THETA, concentration=concentration), rng)
    place, outbound = shuttle()
    walk = Walk(maps.states(0, place, outbound), np.full(place.size, 0.5), CLOCK)
    return draw_firing(maps, theta, DURATION, spiking or Spiking(), rng), walk


@pytest.mark.parametrize("concentration", [0.0, 1.5])
def test_counts_by_cell_and_place_are_those_of_the_table_with_theta_and_without(rng, concentration):
    drawn, walk = firing(rng, concentration=concentration)
    times, cells = running_spikes(drawn, walk, np.array([[0.0, DURATION]]), rng)
    assert np.all(np.diff(times) >= 0)
    states = walk.state[walk.sample(times)]
    occupancy = np.bincount(walk.state, minlength=len(drawn.maps.rate)) * CLOCK
    expected = occupancy[:, None] * drawn.maps.rate
    found = np.zeros_like(expected)
    np.add.at(found, (states, cells), 1)
    blocks = np.arange(0, 400, 20)  # bins of 20 cm, either direction
    found = np.add.reduceat(found[:400], blocks)
    expected = np.add.reduceat(expected[:400], blocks)
    z = (found - expected) / np.sqrt(expected)
    # Whole cycles average to one; a field crossed in few cycles varies little more than Poisson.
    assert np.mean(z**2) == pytest.approx(1.0, abs=0.15)
    assert abs(z.mean()) < 4 / np.sqrt(z.size)


def test_events_fire_at_their_gain_times_the_table_at_the_virtual_place(rng):
    maps = draw_place_maps(CELLS, [place.grid for place in PLACES], rng)
    events = plant(rng, paths=PATHS)
    paths = sample_paths(events, PLACES, maps, PATHS, rng)
    drawn = Firing(maps, Theta(np.zeros(10), 1.5))
    times, cells = event_spikes(drawn, events, paths, rng)
    event = np.searchsorted(events.start, times, side="right") - 1
    assert np.all(times < events.stop[event])
    length = np.full(paths.state.size, STEP)
    length[paths.first[1:] - 1] = (events.stop - events.start) - STEP * (np.diff(paths.first) - 1)
    expected = (maps.rate[paths.state] * (paths.gain * length)[:, None]).sum(axis=0)
    found = np.bincount(cells, minlength=40)
    z = (found - expected) / np.sqrt(expected)
    assert np.mean(z**2) < 2.0
    kinds = np.bincount(events.kind[event], minlength=9)
    by_event = np.add.reduceat(
        maps.rate[paths.state].sum(axis=1) * paths.gain * length, paths.first[:-1]
    )
    by_kind = np.bincount(events.kind, weights=by_event, minlength=9)
    np.testing.assert_allclose(kinds, by_kind, atol=5 * np.sqrt(by_kind.max()))
    assert np.all(np.abs(kinds - by_kind) < 5 * np.sqrt(by_kind))


def circular_linear_slope(place: np.ndarray, phase: np.ndarray, slopes: np.ndarray) -> float:
    """Slope (rad/m) at which residual phases agree best (Kempter et al. 2012)."""
    return float(
        slopes[np.abs(np.exp(1j * (phase - slopes[:, None] * place)).mean(axis=1)).argmax()]
    )


def test_spikes_precess_through_each_field_in_either_direction(rng):
    drawn, walk = firing(rng, replace(CELLS, background_rate_hz=0.0), concentration=4.0)
    times, cells = running_spikes(drawn, walk, np.array([[0.0, DURATION]]), rng)
    place, _ = shuttle()
    fields = drawn.maps.fields
    checked = 0
    for field, cell in enumerate(fields.cell):
        centre, direction = fields.place[field, 0], int(fields.peak[1, field] > 0)
        own = times[cells == cell]
        at = place[walk.sample(own)] - centre
        near = np.abs(at) < 0.225
        if not 0.3 < centre < 1.7 or near.sum() < 100:
            continue
        slope = circular_linear_slope(
            at[near], drawn.theta.at(own[near]), np.linspace(-40, 40, 801)
        )
        expected = -np.deg2rad(300) / 0.45 * (1 if direction == 0 else -1)
        assert slope == pytest.approx(expected, rel=0.15)
        checked += 1
    assert checked > 10


def decoded_sweep(drawn: Firing, walk: Walk, times, cells) -> float:
    """Speed (m/s) at which the place decoded by theta phase sweeps relative to the animal."""
    place, outbound = shuttle()
    maps, centres = drawn.maps, drawn.maps.grids[0].centres
    ahead = np.where(outbound[walk.sample(times)], 1, -1)
    n, bins = 12, np.arange(-60, 61)
    phase = np.mod(drawn.theta.at(times), 2 * np.pi)
    log_rate = np.log(maps.rate[:400].reshape(2, 200, -1))
    score = np.zeros((n, bins.size))
    here = maps.grids[0].bins(place)[walk.sample(times)]
    direction = (ahead < 0).astype(int)
    usable = (here > 65) & (here < 135)
    for index in range(n):
        rows = np.flatnonzero(usable & (phase // (2 * np.pi / n) == index))
        at = here[rows, None] + ahead[rows, None] * bins
        score[index] = log_rate[direction[rows, None], at, cells[rows, None]].sum(axis=0)
    best = bins[score.argmax(axis=1)] * (centres[1] - centres[0])
    middle = slice(3, 9)  # half the cycle about the centre phase, where most spikes are
    per_phase = np.polyfit((np.arange(n) + 0.5)[middle] * 2 * np.pi / n, best[middle], 1)[0]
    return per_phase * 2 * np.pi * 8.0


def test_theta_sequences_sweep_forward_at_the_speed_that_the_precession_implies(rng):
    """E f 360 / P relative to the animal: 0.45 m, 8 Hz, 300 degrees give 4.3 m/s."""
    many = replace(CELLS, n_cells=150)
    drawn, walk = firing(rng, many, concentration=3.0)
    times, cells = running_spikes(drawn, walk, np.array([[0.0, DURATION]]), rng)
    expected = 0.45 * 8 * 360 / 300
    assert decoded_sweep(drawn, walk, times, cells) == pytest.approx(expected, rel=0.25)


def test_without_precession_theta_does_not_sweep(rng):
    still = replace(CELLS, n_cells=150, precession_deg=0.0)
    drawn, walk = firing(rng, still, concentration=3.0)
    times, cells = running_spikes(drawn, walk, np.array([[0.0, DURATION]]), rng)
    assert abs(decoded_sweep(drawn, walk, times, cells)) < 1.0


def test_a_standing_animal_has_no_theta(rng):
    drawn, walk = firing(rng, concentration=4.0)
    still = replace(walk, speed=np.zeros(walk.speed.size))
    locked = []
    for one in (walk, still):
        times, _ = running_spikes(drawn, one, np.array([[0.0, DURATION]]), rng)
        locked.append(np.abs(np.exp(1j * drawn.theta.at(times)).mean()))
    assert locked[0] > 0.1
    assert locked[1] < 0.03


def test_rem_sequences_are_bound_to_theta_and_bursts_are_not(rng):
    places = (LINEAR,)
    mixed = offline(rem=REM)
    mixed = replace(mixed, events={"nrem": replace(mixed.events["nrem"], kinds={"forward": 1.0})})
    events, _ = plant_events(sleep(600.0), places, mixed, rng)
    maps = draw_place_maps(replace(CELLS, precession_deg=0.0), [LINEAR.grid], rng)
    paths = sample_paths(events, places, maps, PATHS, rng)
    drawn = Firing(maps, draw_theta(1800.0, replace(THETA, concentration=3.0), rng))
    times, _ = event_spikes(drawn, events, paths, rng)
    event = np.searchsorted(events.start, times, side="right") - 1
    phase = np.exp(1j * drawn.theta.at(times))
    rem = events.state[event] == "rem"
    assert np.abs(phase[rem].mean()) > 0.6
    assert np.abs(phase[~rem].mean()) < 0.05


def test_the_background_is_the_one_asked_for_under_a_common_gain_too(rng):
    drawn, _ = firing(rng, spiking=Spiking(gain_sd=0.5, gain_time_constant_s=0.5))
    times, cells = background_spikes(drawn, np.array([[0.0, DURATION]]), rng)
    mean = drawn.gain.at(np.arange(0, DURATION, 0.01)).mean()
    assert times.size == pytest.approx(40 * 0.2 * DURATION * mean, rel=0.08)
    assert np.unique(cells).size == 40


def test_drifting_fields_fire_where_they_have_drifted_to(rng):
    drawn, walk = firing(rng, spiking=Spiking(drift_sd_m=0.3), concentration=0.0)
    times, cells = running_spikes(drawn, walk, np.array([[0.0, DURATION]]), rng)
    place, outbound = shuttle()
    fields, checked = drawn.maps.fields, 0
    for field, cell in enumerate(fields.cell):
        direction = int(fields.peak[1, field] > 0)
        late = (cells == cell) & (times > 360) & (outbound[walk.sample(times)] == (direction == 0))
        shift = drawn.drift.at(times[late], cells[late])
        moved = fields.place[field, 0] + shift.mean() if late.sum() > 8 else np.nan
        if not 0.35 < moved < 1.65 or not 0.35 < fields.place[field, 0] < 1.65:
            continue
        assert place[walk.sample(times[late])].mean() == pytest.approx(moved, abs=0.15)
        checked += 1
    assert checked >= 8


def test_the_running_direction_holds_while_standing_and_is_looked_ahead_on_a_new_edge():
    place = np.array([0.0, 0.0, 0.1, 0.2, 0.2, 0.1, 1.9, 1.9, 1.8, 1.0, 1.0])
    edge = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2])
    expected = [True] * 5 + [False] + [False] * 3 + [True] * 2
    np.testing.assert_array_equal(is_outbound(place, edge), expected)


def test_the_same_seed_gives_the_same_bytes():
    both = []
    for _ in range(2):
        rng = np.random.default_rng(11)
        drawn, walk = firing(rng, spiking=Spiking(drift_sd_m=0.05, gain_sd=0.2))
        both.append(running_spikes(drawn, walk, np.array([[0.0, DURATION]]), rng))
    assert both[0][0].tobytes() == both[1][0].tobytes()
    assert both[0][1].tobytes() == both[1][1].tobytes()
