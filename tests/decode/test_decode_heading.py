"""Decoded headings, awake and asleep."""

import numpy as np
import pytest
import xarray as xr

from neurosim import MissingData
from neurosim.decode.drift import drift_speed
from neurosim.decode.heading import (
    HeadingSpikes,
    HeadingTuning,
    decode_sleep_heading,
    decode_wake_heading,
    estimate_headings,
    fit_heading_tuning,
    heading_epochs,
    normal_brain,
)
from neurosim.decode.heading_states import STATES, HeadingDecoding, decode_heading
from neurosim.decode.tuning import heading_bins, heading_tuning
from neurosim.files import flag_names
from neurosim.recording import open_truth

TUNING = HeadingTuning(
    bin_s=0.1, n_bins=60, smoothing_bins=1.5, rate_floor_hz=0.1, min_mean_vector=0.3
)
WIDTH = 0.1
HOW = HeadingDecoding(TUNING, bins_s=(0.1, 0.2), n_folds=3, n_permutations=50)


@pytest.fixture(scope="module")
def spikes(recording) -> HeadingSpikes:
    return HeadingSpikes.of(recording)


@pytest.fixture(scope="module")
def decoded(recording) -> xr.DataTree:
    return decode_heading(recording, HOW, np.random.default_rng(1))


def test_awake_the_heading_is_decoded(spikes, recording):
    decoded = decode_wake_heading(spikes, WIDTH, TUNING, n_folds=5)
    assert decoded.sizes["time"] == pytest.approx(900, abs=2)
    assert np.nanmedian(decoded["error"].values) < 8
    assert np.nanmax(decoded["error"].values) <= 180
    start, stop = recording.intervals(environment="arena")[0]
    assert np.all((decoded["time"].values > start) & (decoded["time"].values < stop))


def test_spikes_without_a_heading_decode_at_chance(hand_made, rng):
    """Few spikes of many cells: a decoder that saw its own test bins would know the heading."""
    times = np.sort(rng.uniform(0, 40, 4000))
    recording = hand_made(
        duration=40.0,
        spikes=(times, rng.integers(0, 80, times.size)),
        regions=("ADN",) * 80,
        heading=lambda t: 1.1 * t,
        epochs={
            "start": (0.0,),
            "stop": (40.0,),
            "state": ("run",),
            "phase": ("run",),
            "environment": ("arena",),
        },
    )
    decoded = decode_wake_heading(HeadingSpikes.of(recording), WIDTH, TUNING, n_folds=10)
    assert np.nanmean(decoded["error"].values) == pytest.approx(90, abs=15)


def test_silent_bins_are_flagged_and_keep_their_count(spikes):
    decoded = decode_wake_heading(spikes, 0.002, TUNING, n_folds=2)
    silent = decoded["n_spikes"].values == 0
    assert 0.2 < silent.mean() < 0.95
    np.testing.assert_array_equal(np.isnan(decoded["estimate"].values), silent)
    np.testing.assert_array_equal(np.isnan(decoded["error"].values), silent)


def test_chunked_equals_unchunked(spikes):
    _, counts = spikes.counts(WIDTH, "run")
    curves = fit_heading_tuning(spikes, TUNING)
    whole = estimate_headings(counts, curves, WIDTH)
    chunks = [estimate_headings(part, curves, WIDTH) for part in np.array_split(counts, 13)]
    np.testing.assert_allclose(np.concatenate(chunks), whole, atol=1e-5)


def test_the_estimate_is_the_mean_direction_of_the_poisson_posterior(rng):
    from scipy.stats import poisson

    angles = heading_bins(40)
    rate = 0.5 + 20 * np.exp(4 * (np.cos(angles[:, None] - rng.uniform(0, 6.28, 6)) - 1))
    curves = xr.Dataset(
        {"rate": (("heading", "unit"), rate), "occupancy": ("heading", np.ones(40))},
        {"heading": angles},
    )
    counts = rng.poisson(rate[rng.integers(0, 40, 30)] * WIDTH)
    logs = poisson.logpmf(counts[:, None, :], rate * WIDTH).sum(axis=2)
    posterior = np.exp(logs - logs.max(axis=1, keepdims=True))
    posterior[counts.sum(axis=1) == 0] = np.nan
    expected = np.angle(posterior @ np.exp(1j * angles))
    found = estimate_headings(counts, curves, WIDTH)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    assert np.nanmax(np.abs(np.angle(np.exp(1j * (found - expected))))) < 1e-4


@pytest.mark.parametrize("state", ["rem", "nrem"])
def test_asleep_the_planted_heading_is_decoded(spikes, recording, recording_path, state):
    curves = fit_heading_tuning(spikes, TUNING)
    decoded = decode_sleep_heading(spikes, curves, 0.05, state)
    truth = open_truth(recording_path, "heading")
    clock = truth["time"].values
    planted = truth["heading"].values[np.searchsorted(clock, decoded["time"].values) - 1]
    error = np.abs(np.angle(np.exp(1j * (decoded["estimate"].values - planted))))
    assert np.rad2deg(np.nanmedian(error)) < 12
    assert decoded["interval"].values.max() + 1 == len(recording.intervals(state=state))
    assert decoded.attrs["state"] == state


def test_headings_without_data_behind_them_are_never_the_estimate(rng):
    heading = rng.uniform(0, np.pi, 2000)
    rate = 1 + 30 * np.exp(5 * (np.cos(heading[:, None] - np.linspace(0, np.pi, 8)) - 1))
    counts = rng.poisson(rate * WIDTH)
    curves = heading_tuning(
        counts, heading, WIDTH, n_bins=40, smoothing_bins=1.0, rate_floor_hz=0.1
    )
    estimate = estimate_headings(rng.poisson(1.0, (500, 8)).astype(float), curves, WIDTH)
    spread = 2 * np.pi / 40
    off = np.mod(estimate[np.isfinite(estimate)] + spread, 2 * np.pi)
    assert off.max() <= np.pi + 2 * spread


def test_cells_that_fire_everywhere_are_no_head_direction_cells(hand_made, rng):
    even = np.sort(rng.uniform(0, 40, 2000))
    tuned = even[np.cos(1.1 * even) > 0.8]
    times = np.concatenate([even, tuned])
    order = np.argsort(times, kind="stable")
    unit = np.repeat([0, 1], [even.size, tuned.size])
    recording = hand_made(
        duration=40.0,
        spikes=(times[order], unit[order]),
        regions=("ADN", "ADN"),
        heading=lambda t: 1.1 * t,
        epochs={
            "start": (0.0,),
            "stop": (40.0,),
            "state": ("run",),
            "phase": ("run",),
            "environment": ("arena",),
        },
    )
    curves = fit_heading_tuning(HeadingSpikes.of(recording), TUNING)
    np.testing.assert_array_equal(curves["is_head_direction_cell"].values, [0, 1])


def test_only_open_arenas_count_awake_even_where_tracking_was_lost_on_the_track(hand_made):
    def along(time: np.ndarray) -> np.ndarray:
        return np.where((time > 4) & (time < 6), np.nan, 0.1 * time)

    recording = hand_made(track_position=along, heading=lambda t: t)
    with pytest.raises(MissingData, match="run"):
        HeadingSpikes.of(recording).counts(WIDTH, "run")


def test_states_that_were_not_visited_and_regions_not_recorded_are_missing(hand_made):
    asleep = hand_made(heading=lambda t: t)
    with pytest.raises(MissingData, match="'rem'"):
        HeadingSpikes.of(asleep).counts(WIDTH, "rem")
    with pytest.raises(MissingData, match="ADN"):
        HeadingSpikes.of(hand_made(regions=("CA1",) * 3))


def inactivated(hand_made, rng):
    """Wake and REM of the normal brain, then both under an inactivation."""
    times = np.sort(rng.uniform(0, 160, 16000))
    return hand_made(
        duration=160.0,
        spikes=(times, rng.integers(0, 8, times.size)),
        regions=("ADN",) * 8,
        heading=lambda t: 1.1 * t,
        epochs={
            "start": (0.0, 40.0, 80.0, 120.0),
            "stop": (40.0, 80.0, 120.0, 160.0),
            "state": ("run", "rem", "run", "rem"),
            "phase": ("run", "post", "run", "post"),
            "environment": ("arena", "none", "arena", "none"),
            "inactivation": ("none", "none", "ttx_left", "ttx_left"),
        },
    )


def test_inactivated_epochs_are_decoded_and_flagged_but_nothing_is_fitted_on_them(hand_made, rng):
    recording = inactivated(hand_made, rng)
    decoded = decode_heading(recording, HOW, rng)
    rem = decoded["rem/bin_100ms"].to_dataset()
    assert rem.sizes["time"] == 800
    np.testing.assert_array_equal(rem["epoch_row"].values, [1, 3])
    np.testing.assert_array_equal(rem["start"].values, [40, 120])
    np.testing.assert_array_equal(rem["stop"].values, [80, 160])
    late = rem["time"].values > 120
    np.testing.assert_array_equal(flag_names(rem["inactivation"]) == "ttx_left", late)
    np.testing.assert_array_equal(rem["interval"].values, late.astype(int))
    assert normal_brain(rem).sizes["time"] == 400
    wake = decoded["wake/bin_100ms"].to_dataset()
    assert wake["time"].values.max() < 40
    np.testing.assert_array_equal(heading_epochs(recording, "run", "none"), [0])
    assert float(decoded["tuning"]["occupancy"].sum()) == pytest.approx(40)
    normal = normal_brain(rem)
    speed = decoded["drift"]["drift_speed"].sel(state="rem", bin=0.1, estimator="bayes")
    expected = drift_speed(normal["estimate"].values, normal["interval"].values, 0.1)
    assert float(speed) == pytest.approx(expected)


def test_a_brain_that_was_never_normal_is_missing(hand_made, rng):
    recording = inactivated(hand_made, rng)
    curves = fit_heading_tuning(HeadingSpikes.of(recording), TUNING)
    rem = decode_sleep_heading(HeadingSpikes.of(recording), curves, WIDTH, "rem")
    with pytest.raises(MissingData, match="ttx_left"):
        normal_brain(rem.isel(time=slice(400, None)))


def test_every_state_and_width_is_decoded(decoded):
    for state in STATES:
        for name in ("bin_100ms", "bin_200ms"):
            assert np.isfinite(decoded[f"{state}/{name}"]["estimate"]).mean() > 0.9
    drift = decoded["drift"]["drift_speed"]
    assert np.isfinite(drift).all()


def test_cells_shifted_apart_drift_faster_than_the_heading(decoded):
    drift = decoded["drift"]["drift_speed"].sel(bin=0.1)
    ratio = drift.sel(estimator="shifted_cells") / drift.sel(estimator="bayes")
    assert (ratio > 1.5).all()


def test_pairs_keep_the_correlations_of_a_ring(decoded):
    pairs = decoded["pair_correlations"]
    assert (pairs["similarity"] > 0.8).all()
    assert (pairs["null"].quantile(0.99, "permutation") < 0.5).all()


def test_states_that_were_not_recorded_are_groups_that_say_why(hand_made, rng):
    recording = inactivated(hand_made, rng)
    decoded = decode_heading(recording, HOW, rng)
    assert "'nrem'" in decoded["nrem/bin_100ms"].attrs["missing"]
    assert np.isnan(decoded["drift"]["drift_speed"].sel(state="nrem")).all()


def test_the_generator_alone_decides_the_control(recording):
    first, same, other = (
        decode_heading(recording, HOW, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    drift = [tree["drift"]["drift_speed"] for tree in (first, same, other)]
    xr.testing.assert_identical(drift[0], drift[1])
    apart = [d.sel(estimator="shifted_cells").values for d in drift]
    assert not np.array_equal(apart[0], apart[2])
    np.testing.assert_array_equal(
        drift[0].sel(estimator="bayes").values, drift[2].sel(estimator="bayes").values
    )
