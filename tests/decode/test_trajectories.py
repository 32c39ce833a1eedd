"""Trajectories of events: brute force, regression by other libraries, planted replays."""

from itertools import product

import numpy as np
import pytest
import statsmodels.api as sm
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from neurosim.decode.bayes import log_likelihood, normalise
from neurosim.decode.places import TrackBins
from neurosim.decode.trajectories import (
    INTERVAL,
    TrajectoryParameters,
    decode_events,
    fit_lines,
    posterior_moments,
    regress_posterior,
)
from neurosim.decode.tuning import place_fields
from neurosim.files import flag_names
from neurosim.recording import Recording
from neurosim.world.graph import linear_track
from neurosim.world.laps import LapTimes

LENGTH, N_POSITIONS, BIN = 2.0, 40, 0.005
BINS = TrackBins(linear_track(LENGTH), N_POSITIONS)
POSITIONS = (np.arange(N_POSITIONS) + 0.5) * LENGTH / N_POSITIONS
PARAMETERS = TrajectoryParameters(bin_s=BIN, min_map_probability=0.667)
OUT_SPEED, BACK_SPEED = 0.5, 0.8
POINTS = np.linspace(0.2, 1.8, 41)
LAPS = LapTimes(
    points=POINTS,
    crossing=np.array([(POINTS - 0.2) / OUT_SPEED, (1.8 - POINTS) / BACK_SPEED]),
    outbound=np.array([True, False]),
)
SEEDS = st.integers(0, 10_000)


def peaked(path: np.ndarray, direction: int) -> np.ndarray:
    """Log likelihood (bin, direction, position) with a narrow peak at a position in each bin."""
    log_values = np.full((path.size, 2, N_POSITIONS), -8.0)
    log_values[:, direction] = -0.5 * ((POSITIONS - path[:, None]) / 0.1) ** 2
    return log_values


def brute_force_lines(log_values: np.ndarray) -> dict[tuple[int, int, int], float]:
    """Log likelihood along every (map, start, stop), summed bin by bin."""
    n_time, n_maps, n = log_values.shape
    total = {}
    for direction, start, stop in product(range(n_maps), range(n), range(n)):
        total[direction, start, stop] = sum(
            log_values[k, direction, round(start + (stop - start) * ((k + 0.5) / n_time))]
            for k in range(n_time)
        )
    return total


def quantile_of(speeds: np.ndarray, weights: np.ndarray, level: float) -> float:
    """Interpolate between the middles of the steps of a distribution function."""
    order = np.argsort(speeds)
    weights = weights[order] / weights.sum()
    middle = [weights[:k].sum() + weights[k] / 2 for k in range(weights.size)]
    return float(np.interp(level, middle, speeds[order]))


@given(SEEDS, st.integers(1, 6), st.integers(2, 7))
def test_lines_equal_a_loop_over_every_map_start_and_stop(seed, n_time, n):
    log_values = np.random.default_rng(seed).normal(0, 2, (n_time, 2, n))
    positions, duration = 0.1 + 0.25 * np.arange(n), n_time * BIN
    total = brute_force_lines(log_values)
    lines, likelihood = np.array(list(total)), np.exp(list(total.values()))
    # Two maps, 2 n - 1 velocities, and for each velocity the starts from which it stays on track.
    starts = n - np.abs(lines[:, 2] - lines[:, 1])
    weights = likelihood / (2 * (2 * n - 1) * starts)
    fit = fit_lines(log_values, positions, duration)
    assert fit.log_evidence == pytest.approx(np.log(weights.sum()))
    assert fit.outbound == pytest.approx(weights[lines[:, 0] == 0].sum() / weights.sum())
    _, start, stop = lines[likelihood.argmax()]
    assert fit.path == pytest.approx((positions[start], positions[stop]))
    steps = np.arange(1 - n, n)
    mass = np.array([weights[lines[:, 2] - lines[:, 1] == step].sum() for step in steps])
    expected = [quantile_of(steps * 0.25 / duration, mass, level) for level in INTERVAL]
    np.testing.assert_allclose(fit.velocity, expected, atol=1e-9)


@given(SEEDS)
def test_bins_that_favour_no_position_do_not_change_the_lines(seed):
    """Why the likelihood does not shrink the speed."""
    rng = np.random.default_rng(seed)
    log_values = rng.normal(0, 2, (8, 2, 10))
    shift = rng.normal(0, 50, 8)
    plain = fit_lines(log_values, POSITIONS[:10], 0.04)
    shifted = fit_lines(log_values + shift[:, None, None], POSITIONS[:10], 0.04)
    np.testing.assert_allclose(shifted.velocity, plain.velocity)
    assert shifted.path == plain.path
    assert shifted.outbound == pytest.approx(plain.outbound)
    assert shifted.log_evidence == pytest.approx(plain.log_evidence + shift.sum())


@given(SEEDS, st.sampled_from([4, 8, 16]))
def test_time_reversal_flips_the_velocity_and_the_path(seed, n_time):
    log_values = np.random.default_rng(seed).normal(0, 1, (n_time, 2, 9))
    forth = fit_lines(log_values, POSITIONS[:9], 0.04)
    back = fit_lines(log_values[::-1], POSITIONS[:9], 0.04)
    np.testing.assert_allclose(back.velocity, -forth.velocity[::-1], atol=1e-9)
    one_bin = 1.01 * LENGTH / N_POSITIONS  # lines that visit the same bins are equally likely
    assert back.path == pytest.approx(forth.path[::-1], abs=one_bin)
    assert back.outbound == pytest.approx(forth.outbound)
    assert back.log_evidence == pytest.approx(forth.log_evidence)


@pytest.mark.parametrize("speed", [-20.0, -10.0, -5.0, 5.0, 10.0, 20.0])
@pytest.mark.parametrize("direction", [0, 1])
def test_the_speed_and_sign_of_a_clear_replay_are_found(speed, direction):
    duration = 1.2 / abs(speed)
    n = round(duration / BIN)
    travelled = speed * (np.arange(n) + 0.5) * BIN
    path = (0.4 if speed > 0 else 1.6) + travelled
    fit = fit_lines(peaked(path, direction), POSITIONS, n * BIN)
    assert fit.velocity[1] == pytest.approx(speed, rel=0.1)
    assert fit.velocity[0] < fit.velocity[1] < fit.velocity[2]
    assert (fit.outbound > 0.99) == (direction == 0)
    assert fit.path == pytest.approx((path[0], path[-1]), abs=0.1)


def test_an_event_that_stays_has_no_velocity():
    fit = fit_lines(peaked(np.full(20, 1.0), 0), POSITIONS, 0.1)
    assert abs(fit.velocity[1]) < 0.5
    assert fit.velocity[0] < 0 < fit.velocity[2]
    assert fit.path[0] == pytest.approx(fit.path[1])


def test_lines_through_states_that_were_never_visited_are_impossible():
    path = np.linspace(0.3, 1.7, 30)
    log_values = peaked(path, 0)
    log_values[:, 1] = -3.0
    log_values[:, 0, 15:20] = -np.inf
    fit = fit_lines(log_values, POSITIONS, 0.15)
    assert np.isfinite(fit.velocity).all()
    assert np.isfinite(fit.log_evidence)
    assert fit.outbound < 0.01  # every line along the path crosses the gap in this map


@given(SEEDS, st.integers(2, 12), st.integers(2, 15))
def test_the_regression_is_weighted_least_squares(seed, n_time, n):
    rng = np.random.default_rng(seed)
    posterior = rng.dirichlet(np.full(n, 0.3), n_time)
    times = np.sort(rng.choice(np.arange(50), n_time, replace=False)) * BIN
    positions = POSITIONS[:n]
    duration = 51 * BIN
    found = regress_posterior(posterior, times, positions, duration)
    t, x = np.repeat(times, n), np.tile(positions, n_time)
    weights = posterior.ravel() + 1e-300
    fit = sm.WLS(x, sm.add_constant(t), weights=weights).fit()
    assert found.slope == pytest.approx(fit.params[1], rel=1e-6, abs=1e-9)
    polynomial = np.polyfit(t, x, 1, w=np.sqrt(weights))
    assert found.slope == pytest.approx(polynomial[0], rel=1e-6, abs=1e-9)
    ends = np.clip(np.polyval(polynomial, [0.0, duration]), positions[0], positions[-1])
    assert found.path == pytest.approx(tuple(ends), abs=1e-6)
    covariance = np.cov(t, x, aweights=weights)
    expected = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    assert found.correlation == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("n_time", [0, 1])
def test_a_regression_needs_two_bins(n_time):
    fit = regress_posterior(np.full((n_time, 4), 0.25), np.arange(n_time), POSITIONS[:4], 0.1)
    assert np.isnan([fit.slope, fit.correlation, *fit.path]).all()


def test_flat_posteriors_pull_the_slope_to_zero_in_proportion():
    """The bias that the regression is reported for."""
    path = np.linspace(0.4, 1.6, 24)
    posterior = normalise(peaked(path, 0))[:, 0]
    times = (np.arange(24) + 0.5) * BIN
    clear = regress_posterior(posterior, times, POSITIONS, 0.12)
    blurred = 0.25 * posterior + 0.75 / N_POSITIONS * posterior.sum(axis=1, keepdims=True)
    flat = regress_posterior(blurred, times, POSITIONS, 0.12)
    assert clear.slope == pytest.approx(1.2 / 0.115, rel=0.02)
    assert flat.slope == pytest.approx(0.25 * clear.slope)


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
    assert np.all(events["velocity_low"].values < velocity)
    assert np.all(events["velocity_high"].values > velocity)
    np.testing.assert_array_equal(np.sign(events["weighted_correlation"]), np.sign(expected))
    assert np.abs(events["weighted_correlation"]).min() > 0.7


def test_time_reversal_of_the_spikes_flips_velocity_and_direction(
    planted, fields, candidates, hand_made
):
    forth = decode_events(planted, fields, candidates, LAPS, PARAMETERS)
    back = decode_events(mirrored(planted, hand_made), fields, candidates, LAPS, PARAMETERS)
    np.testing.assert_allclose(back["velocity"], -forth["velocity"], rtol=0.02)
    np.testing.assert_allclose(back["velocity_low"], -forth["velocity_high"], rtol=0.02)
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


def test_without_candidates_there_are_no_events(planted, fields, candidates):
    events = decode_events(planted, fields, candidates.isel(event=[]), LAPS, PARAMETERS)
    assert events.sizes["event"] == 0
    assert events.sizes["bin"] == 0
    assert events.sizes["position"] == N_POSITIONS


def test_the_likelihood_of_lines_recovers_the_planted_speed_where_the_regression_does_not(
    fields, rng
):
    """Forty Poisson replays with a background: the reason for being of this project."""
    rate = 1.0 + fields["rate"].values / 4  # spikes outside the field flatten posteriors
    speed, n = 10.0, 28
    path = 0.3 + speed * (np.arange(n) + 0.5) * BIN
    column = (path / LENGTH * N_POSITIONS).astype(int)
    lines, slopes = [], []
    for _ in range(40):
        counts = rng.poisson(rate[0, column] * BIN).astype(float)
        log_values = log_likelihood(counts, rate.reshape(-1, N_CELLS), BIN)
        posterior = normalise(log_values).reshape(n, 2, -1).sum(axis=1)
        heard = counts.sum(axis=1) > 0
        times = (np.arange(n) + 0.5) * BIN
        lines.append(fit_lines(log_values.reshape(n, 2, -1), POSITIONS, n * BIN).velocity[1])
        slopes.append(regress_posterior(posterior[heard], times[heard], POSITIONS, n * BIN).slope)
    assert np.median(lines) == pytest.approx(speed, rel=0.1)
    assert np.nanmedian(slopes) < 0.8 * speed
