"""Candidate events: planted bursts in a Poisson background."""

from dataclasses import replace

import numpy as np
import pytest

from neurosim import MissingData, NeurosimError
from neurosim.decode import bursts
from neurosim.decode.bursts import (
    BurstDetection,
    background,
    find_candidates,
    population_rate,
)
from neurosim.files import flag_names
from neurosim.recording import Recording

N_CELLS, DURATION, BURST = 20, 60.0, 0.1
PLANTED = np.arange(2.5, 58.0, 3.0)  # s
DETECTION = BurstDetection(
    states=("nrem", "rest"),
    smoothing_s=0.01,
    scale="mean",
    peak_z=3.0,
    edge_z=1.0,
    min_duration_s=0.04,
    max_duration_s=1.0,
    min_cells=5,
    max_speed_m_s=0.05,
    ripple_z=3.0,
)
WHILE_AWAKE = replace(DETECTION, states=("run",))
REGIONS = ("CA1",) * N_CELLS + ("ADN",) * 3


def spikes(
    rng: np.random.Generator, starts: np.ndarray = PLANTED, n_in_burst: int = N_CELLS
) -> tuple[np.ndarray, np.ndarray]:
    """A background of 0.5 Hz a cell, and in each burst a spike every 2 ms of cells in turn.

    The ADN units fire all the time: they are no part of the population.
    """
    n = rng.poisson(0.5 * N_CELLS * DURATION)
    burst = np.concatenate([start + np.arange(0, BURST, 0.002) for start in starts])
    others = rng.uniform(0, DURATION, 20_000)
    times = np.concatenate([rng.uniform(0, DURATION, n), burst, others])
    unit = np.concatenate(
        [
            rng.integers(0, N_CELLS, n),
            np.arange(burst.size) % n_in_burst,
            N_CELLS + rng.integers(0, 3, 20_000),
        ]
    )
    order = np.argsort(times)
    return times[order], unit[order]


@pytest.fixture
def asleep(hand_made, rng) -> Recording:
    return hand_made(duration=DURATION, spikes=spikes(rng), regions=REGIONS)


def runs_after_30_s(time: np.ndarray) -> np.ndarray:
    return 2.0 - np.abs(2.0 - np.mod(0.5 * np.maximum(time - 30.0, 0.0), 4.0))


def test_planted_bursts_are_found_with_their_edges(asleep):
    found = find_candidates(asleep, DETECTION)
    np.testing.assert_allclose(found["start"], PLANTED, atol=0.015)
    np.testing.assert_allclose(found["stop"], PLANTED + BURST, atol=0.015)
    assert found["peak_z"].values.min() > 3.0
    assert set(flag_names(found["state"])) == {"nrem"}
    assert set(flag_names(found["phase"])) == {"post"}


def test_spikes_and_cells_of_a_candidate_are_those_of_ca1_within_it(asleep):
    found = find_candidates(asleep, DETECTION)
    times, unit = asleep.spikes_of(asleep.units_in("CA1"))
    for event in range(found.sizes["event"]):
        start, stop = found["start"].values[event], found["stop"].values[event]
        inside = (times >= start) & (times < stop)
        assert found["n_spikes"].values[event] == inside.sum()
        assert found["n_cells"].values[event] == np.unique(unit[inside]).size


def test_no_burst_is_found_while_the_animal_runs(hand_made, rng):
    awake = hand_made(
        duration=DURATION, spikes=spikes(rng), regions=REGIONS, track_position=runs_after_30_s
    )
    found = find_candidates(awake, WHILE_AWAKE)
    still = PLANTED[PLANTED < 30]
    np.testing.assert_allclose(found["start"], still, atol=0.015)
    fast_too = find_candidates(awake, replace(WHILE_AWAKE, max_speed_m_s=10.0))
    assert fast_too.sizes["event"] == PLANTED.size


@pytest.mark.parametrize(("n_in_burst", "n_found"), [(4, 0), (5, PLANTED.size)])
def test_bursts_of_too_few_cells_are_left_out(hand_made, rng, n_in_burst, n_found):
    times, unit = spikes(rng, n_in_burst=n_in_burst)
    quiet = (unit < n_in_burst) | (unit >= N_CELLS)
    recording = hand_made(duration=DURATION, spikes=(times[quiet], unit[quiet]), regions=REGIONS)
    assert find_candidates(recording, DETECTION).sizes["event"] == n_found


@pytest.mark.parametrize(
    "limits", [{"min_duration_s": 0.2}, {"max_duration_s": 0.05}, {"peak_z": 50.0}]
)
def test_bursts_outside_the_limits_are_left_out(asleep, limits):
    found = find_candidates(asleep, replace(DETECTION, **limits))
    assert found.sizes["event"] == 0
    assert flag_names(found["state"]).size == 0


def test_lost_tracking_counts_as_standing_still(asleep):
    expected = find_candidates(asleep, DETECTION)
    blind = replace(
        asleep, behaviour=asleep.behaviour.assign(speed=asleep.behaviour["speed"] * np.nan)
    )
    assert find_candidates(blind, DETECTION).equals(expected)


def test_tracking_that_ends_while_the_animal_moves_counts_as_standing_still(asleep):
    tracked = asleep.behaviour.isel(time=slice(0, 50))
    moving = replace(asleep, behaviour=tracked.assign(speed=tracked["speed"] * 0 + 0.5))
    expected = find_candidates(asleep, DETECTION)
    found = find_candidates(moving, DETECTION)
    late = expected["start"] > float(tracked["time"][-1]) + 0.1
    assert late.sum() > 0
    assert np.isin(expected["start"].values[late], found["start"].values).all()


def test_each_state_has_its_own_mean_and_candidates_stand_in_order(hand_made, rng):
    epochs = {
        "start": (0.0, 20.0, 40.0),
        "stop": (20.0, 40.0, DURATION),
        "state": ("nrem", "rest", "nrem"),
        "phase": ("pre", "post", "post"),
        "environment": ("none",) * 3,
    }
    recording = hand_made(duration=DURATION, spikes=spikes(rng), regions=REGIONS, epochs=epochs)
    found = find_candidates(recording, DETECTION)
    np.testing.assert_allclose(found["start"], PLANTED, atol=0.015)
    epoch = (found["start"].values // 20).astype(int)
    for name in ("state", "phase"):
        assert flag_names(found[name]).tolist() == [epochs[name][k] for k in epoch]
    only_rest = find_candidates(recording, replace(DETECTION, states=("rest",)))
    assert set(flag_names(only_rest["state"])) == {"rest"}
    assert only_rest.sizes["event"] == np.sum((PLANTED > 20) & (PLANTED < 40))


def test_no_candidate_crosses_the_border_of_epochs(hand_made, rng):
    epochs = {
        "start": (0.0, 30.05),
        "stop": (30.05, DURATION),
        "state": ("nrem", "nrem"),
        "phase": ("pre", "post"),
        "environment": ("none",) * 2,
    }
    starts = np.array([10.0, 30.0, 50.0])
    recording = hand_made(
        duration=DURATION, spikes=spikes(rng, starts), regions=REGIONS, epochs=epochs
    )
    found = find_candidates(recording, DETECTION)
    edge = 30.05
    assert found.sizes["event"] == 4
    crossing = (found["start"].values < edge - 2e-3) & (found["stop"].values > edge + 2e-3)
    assert not crossing.any()


def test_regions_and_states_that_are_missing_are_named(hand_made, asleep):
    with pytest.raises(MissingData, match="CA1"):
        find_candidates(hand_made(regions=("ADN", "SC", "SC")), DETECTION)
    with pytest.raises(MissingData, match="run"):
        find_candidates(asleep, WHILE_AWAKE)


def test_a_population_that_never_fires_has_no_candidates(hand_made):
    silent = hand_made(spikes=(np.empty(0), np.empty(0, dtype=int)))
    assert find_candidates(silent, DETECTION).sizes["event"] == 0


@pytest.mark.parametrize("smoothing", [0.0, 0.004, 0.02])
def test_smoothing_the_population_rate_keeps_its_spikes(rng, smoothing):
    intervals = np.array([[0.0, 1.0], [2.0, 4.0]])
    times = np.sort(np.concatenate([rng.uniform(0.2, 0.8, 50), rng.uniform(2.2, 3.8, 80)]))
    rate = population_rate(times, intervals, smoothing)
    assert rate.size == 3000
    assert rate[:1000].sum() * 0.001 == pytest.approx(50)
    assert rate[1000:].sum() * 0.001 == pytest.approx(80)


def test_mean_and_sd_of_a_day_are_those_of_all_its_bins(rng, monkeypatch):
    rate = rng.gamma(2.0, 5.0, 10_001)
    monkeypatch.setattr(bursts, "PIECE", 1000)
    assert background(rate, "mean") == pytest.approx((rate.mean(), rate.std()), rel=1e-12)


def test_candidates_in_a_simulated_recording_are_the_planted_bursts(recording, simulated):
    found = find_candidates(recording, replace(DETECTION, peak_z=3.0))
    events = simulated["truth/events"]
    events = events.isel(event=flag_names(events["state"]) != "rem")
    centre = 0.5 * (events["start"] + events["stop"]).values
    start, stop = found["start"].values, found["stop"].values
    hit = ((centre[:, None] > start) & (centre[:, None] < stop)).any(axis=1)
    assert hit.mean() > 0.7
    planted = events["start"].values, events["stop"].values
    real = ((start[:, None] < planted[1]) & (stop[:, None] > planted[0])).any(axis=1)
    assert real.mean() > 0.9


# Ripples


RIPPLE = 0.05  # s from the start of a burst to the middle of its ripple


def potential(rng, starts: np.ndarray = PLANTED, height: float = 6.0, scale: float = 1.0):
    """Ripple power: noise of about SD one about ten, and a ripple of some height in each burst.

    The noise never comes near z = 3, so that what is found does not hang on it.
    """

    def power(time: np.ndarray) -> np.ndarray:
        value = 10 + np.clip(rng.normal(size=time.size), -2, 2)
        for start in starts:
            value[np.abs(time - start - RIPPLE) < 0.02] = 10 + height
        return scale * value

    return power


@pytest.fixture
def rippling(hand_made, rng):
    """A function that makes a recording with the same bursts and some ripple power."""
    fired = spikes(rng)

    def make(power=None, **wanted) -> Recording:
        return hand_made(
            duration=DURATION, spikes=fired, regions=REGIONS, ripple_power=power, **wanted
        )

    return make


def test_bursts_without_a_ripple_are_no_candidates(rippling, rng):
    found = find_candidates(rippling(potential(rng, PLANTED[::2])), DETECTION)
    np.testing.assert_allclose(found["start"], PLANTED[::2], atol=0.015)
    assert found["ripple_z"].values == pytest.approx(6.0, rel=0.1)
    assert found.attrs["n_bursts"] == PLANTED.size
    assert found.attrs["n_bursts_without_ripple_power"] == 0
    assert "z > 3" in found.attrs["ripple_rule"]


@pytest.mark.parametrize(("height", "threshold"), [(4.0, 5.0), (6.0, 5.0), (6.0, 8.0)])
def test_ripples_lower_than_the_threshold_are_left_out(rippling, rng, height, threshold):
    found = find_candidates(
        rippling(potential(rng, height=height)), replace(DETECTION, ripple_z=threshold)
    )
    assert found.sizes["event"] == (PLANTED.size if height > threshold else 0)


def test_without_ripple_power_bursts_alone_decide_and_the_output_says_so(rippling, rng):
    expected = find_candidates(rippling(), DETECTION)
    np.testing.assert_allclose(expected["start"], PLANTED, atol=0.015)
    assert np.isnan(expected["ripple_z"].values).all()
    assert "population bursts alone" in expected.attrs["ripple_rule"]
    recording = rippling(potential(rng))
    only_theta = recording.oscillations.drop_vars("ripple_power")
    for oscillations in (only_theta, recording.oscillations * np.nan):
        oscillations = oscillations.assign(time=recording.oscillations["time"])
        blind = replace(recording, read_oscillations=lambda given=oscillations: given)
        found = find_candidates(blind, DETECTION)
        assert found.equals(expected)
        assert "population bursts alone" in found.attrs["ripple_rule"]


def test_bursts_in_which_ripple_power_was_lost_are_left_out_and_counted(rippling, rng):
    whole = potential(rng)

    def lost_at_times(time):
        return np.where((time > 30) & (time < 40), np.nan, whole(time))

    found = find_candidates(rippling(lost_at_times), DETECTION)
    lost = (PLANTED > 30) & (PLANTED < 40)
    np.testing.assert_allclose(found["start"], PLANTED[~lost], atol=0.015)
    assert found.attrs["n_bursts_without_ripple_power"] == lost.sum()


def test_a_gap_within_a_burst_does_not_hide_its_ripple(rippling, rng):
    whole = potential(rng)

    def with_gaps(time):
        return np.where(np.mod(time, 0.02) < 0.006, np.nan, whole(time))

    found = find_candidates(rippling(with_gaps), DETECTION)
    assert found.sizes["event"] == PLANTED.size


@pytest.mark.parametrize("scale", [1e-3, 1.0, 40.0])
def test_the_unit_of_ripple_power_does_not_matter(rippling, scale):
    power = potential(np.random.default_rng(1), PLANTED[::3], scale=scale)
    found = find_candidates(rippling(power), DETECTION)
    np.testing.assert_allclose(found["start"], PLANTED[::3], atol=0.015)
    assert found["ripple_z"].values == pytest.approx(6.0, rel=0.1)


def test_how_many_other_ripples_there_are_does_not_matter(rippling, rng):
    """Mean and SD would be drawn up by the others, which take a fifth of the time: to z < 2."""
    others = np.arange(0.2, 59.0, 0.2)
    others = others[np.abs(others[:, None] - PLANTED - RIPPLE).min(axis=1) > 0.2]
    power = potential(rng, np.concatenate([PLANTED, others - RIPPLE]))
    crowded = rippling(power)
    values = crowded.oscillations["ripple_power"].values
    assert (values.max() - values.mean()) / values.std() < 2
    found = find_candidates(crowded, DETECTION)
    np.testing.assert_allclose(found["start"], PLANTED, atol=0.015)


def test_the_background_is_that_of_the_states_that_are_searched(rippling, rng):
    epochs = {
        "start": (0.0, 30.0),
        "stop": (30.0, DURATION),
        "state": ("run", "nrem"),
        "phase": ("run", "post"),
        "environment": ("none",) * 2,
    }
    quiet = potential(rng)

    def loud_awake(time):
        return np.where(time < 30, 50 * quiet(time), quiet(time))

    found = find_candidates(rippling(loud_awake, epochs=epochs), DETECTION)
    np.testing.assert_allclose(found["start"], PLANTED[PLANTED > 30], atol=0.015)
    assert found["ripple_z"].values == pytest.approx(6.0, rel=0.1)


@pytest.mark.parametrize(("late", "n_found"), [(0.008, 1), (0.05, 0)])
def test_a_ripple_belongs_to_a_burst_up_to_a_margin_from_its_edges(rippling, rng, late, n_found):
    plain = find_candidates(rippling(), DETECTION).isel(event=0)
    peak = float(plain["stop"]) + late
    noise = potential(rng, np.empty(0))

    def once(time):
        return np.where(np.abs(time - peak) < 0.0021, 20.0, noise(time))

    found = find_candidates(rippling(once), replace(DETECTION, ripple_z=7.0))
    assert found.sizes["event"] == n_found


def test_thresholded_ripple_power_is_refused_by_name(rippling):
    with pytest.raises(NeurosimError, match="/oscillations/ripple_power") as error:
        find_candidates(rippling(lambda time: np.where(time < 3, 5.0, 0.0)), DETECTION)
    assert "\n" not in str(error.value)
    assert not isinstance(error.value, MissingData)


def test_ripples_of_a_simulated_recording_are_nearly_all_seen(recording):
    found = find_candidates(recording, DETECTION)
    assert 0.95 <= found.sizes["event"] / found.attrs["n_bursts"] <= 1
    without = find_candidates(replace(recording, read_oscillations=None), DETECTION)
    assert without.sizes["event"] == found.attrs["n_bursts"]
    assert set(found["start"].values) <= set(without["start"].values)


def test_a_state_full_of_bursts_needs_the_median(hand_made, rng):
    often = np.arange(0.5, DURATION - 1, 0.3)  # bursts a third of the time
    recording = hand_made(duration=DURATION, spikes=spikes(rng, often), regions=REGIONS)
    about_mean = find_candidates(recording, DETECTION)
    about_median = find_candidates(recording, replace(DETECTION, scale="median", edge_z=2.0))
    assert about_mean.sizes["event"] < 0.1 * often.size
    assert about_median.sizes["event"] > 0.95 * often.size


def test_the_background_is_the_mean_or_the_median():
    rate = np.array([1.0, 2.0, 3.0, 100.0])
    assert background(rate, "mean") == (rate.mean(), rate.std())
    assert background(rate, "median") == (2.5, pytest.approx(1.4826))


def test_a_population_that_is_mostly_silent_is_measured_in_sd():
    rate = np.zeros(1000)
    rate[::50] = 40.0  # single spikes
    rate[500:505] = 400.0
    assert background(rate, "median") == (0.0, pytest.approx(rate.std()))


def awake_and_asleep(hand_made, rng, starts):
    """Half a minute of running at the background's rate, then sleep with bursts."""
    return hand_made(
        duration=DURATION,
        spikes=spikes(rng, starts),
        regions=REGIONS,
        track_position=lambda time: np.where(time < 30, 1 + np.sin(time), np.nan),
        epochs={
            "start": (0.0, 30.0),
            "stop": (30.0, DURATION),
            "state": ("run", "nrem"),
            "phase": ("run", "post"),
            "environment": ("linear", "none"),
        },
    )


@pytest.mark.parametrize("gap", [0.25, 0.5, 3.0])
def test_about_the_running_animal_bursts_are_found_however_often_they_are(hand_made, rng, gap):
    starts = np.arange(31.0, DURATION - 1, gap)
    recording = awake_and_asleep(hand_made, rng, starts)
    found = find_candidates(recording, replace(DETECTION, states=("nrem",), scale="run"))
    assert abs(found.sizes["event"] - starts.size) <= 1 + 0.05 * starts.size
    about_mean = find_candidates(recording, replace(DETECTION, states=("nrem",)))
    assert (about_mean.sizes["event"] < 0.1 * starts.size) == (gap < 1)


def test_without_running_there_is_nothing_to_hold_bursts_against(hand_made, rng):
    asleep = hand_made(duration=DURATION, spikes=spikes(rng), regions=REGIONS)
    with pytest.raises(MissingData, match="expected running"):
        find_candidates(asleep, replace(DETECTION, scale="run"))


def test_no_ripple_is_asked_for_where_none_is_wanted(hand_made, rng):
    quiet = hand_made(
        duration=DURATION,
        spikes=spikes(rng),
        regions=REGIONS,
        ripple_power=lambda time: np.abs(np.sin(time)),
    )
    found = find_candidates(quiet, replace(DETECTION, ripple_z=None))
    assert found.sizes["event"] == PLANTED.size
    assert "no ripple asked for" in found.attrs["ripple_rule"]


def test_an_unknown_scale_lists_the_known_ones():
    with pytest.raises(
        NeurosimError, match=r"candidates\.scale: expected one of 'mean', 'median', 'run'"
    ):
        replace(DETECTION, scale="mode")
