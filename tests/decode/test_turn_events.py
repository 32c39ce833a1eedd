"""Population turn events, their Poisson null, what follows them and who fires in them."""

from itertools import pairwise

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d

from neurosim import MissingData
from neurosim.decode.bins import count_spikes, make_bins
from neurosim.decode.turn_cells import normal_intervals, turn_cells, turning_in_arenas
from neurosim.decode.turn_effects import (
    TurnRule,
    probability_by_shift,
    turns_ahead,
    wake_turn_probability,
)
from neurosim.decode.turn_events import (
    PopulationRate,
    TurnEventRule,
    crossing_rate,
    find_crossings,
    gaussian_smoothed,
    members_of,
    poisson_event_rate,
    population_rate,
    populations_of,
    turn_event_rates,
    turn_events,
)
from neurosim.decode.turn_patterns import PatternParameters, event_patterns, pattern_similarity
from neurosim.decode.turn_tests import TurnCellTest
from neurosim.files import flag_names
from neurosim.recording import unit_index

TEST = TurnCellTest(0.02, 0.04, 0.5, 5.0, 5.0, 0.05, 50.0)
RULE = TurnEventRule(bin_s=0.001, smoothing_s=0.05, threshold_sd=1.0, min_cells=5, n_null_draws=2)
FEW = TurnEventRule(0.001, 0.05, 1.0, 2, 1)
TURN = TurnRule(window_s=0.3, min_angle_deg=20.0)
PATTERNS = PatternParameters(bin_s=0.1, n_permutations=99)
HOUR = np.array([[0.0, 1800.0], [2000.0, 3800.0]])


def steady_spikes(rate, intervals, rng):
    n = rng.poisson(rate * np.diff(intervals, axis=1).ravel())
    drawn = rng.uniform(np.repeat(intervals[:, 0], n), np.repeat(intervals[:, 1], n))
    return np.sort(drawn)


def population(rates, first=None, bin_s=0.001):
    rates = np.asarray(rates, dtype=np.float32)
    first = np.array([0, rates.size]) if first is None else np.array(first)
    return PopulationRate(rates, first, 10.0 * np.arange(first.size - 1), bin_s)


@pytest.mark.parametrize("rate", [50.0, 200.0, 1000.0])
def test_a_constant_rate_population_has_events_at_the_rate_of_noise(rate, rng):
    """Where nothing happens the lab's rule finds 1.36 events a second: twice what was published."""
    fired = population_rate(steady_spikes(rate, HOUR, rng), HOUR, RULE)
    starts, _ = find_crossings(fired, fired.above_mean(1.0))
    expected = np.exp(-0.5) / (2 * np.pi * np.sqrt(2) * 0.05)
    assert expected == pytest.approx(1.365, abs=0.001)
    assert crossing_rate(0.05, 1.0) == pytest.approx(expected)
    assert starts.size / 3600 == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("n_sd", [0.5, 2.0])
def test_the_drawn_null_agrees_with_the_closed_form_at_other_thresholds(n_sd, rng):
    rule = TurnEventRule(0.001, 0.03, n_sd, 5, 1)
    fired = population_rate(steady_spikes(2000.0, HOUR, rng), HOUR, rule)
    assert poisson_event_rate(fired, rule, rng) == pytest.approx(crossing_rate(0.03, n_sd), rel=0.1)


def test_a_fixed_threshold_far_above_a_poisson_population_is_never_crossed(rng):
    fired = population_rate(steady_spikes(100.0, HOUR[:1], rng), HOUR[:1], RULE)
    assert poisson_event_rate(fired, RULE, rng, threshold=400.0) == 0.0


@given(st.integers(1, 20_000), st.floats(0.3, 80.0), st.integers(0, 2**32 - 1))
def test_smoothing_in_blocks_equals_the_direct_sum(n, sd, seed):
    values = np.random.default_rng(seed).poisson(0.3, n)
    direct = gaussian_filter1d(values.astype(float), sd, mode="reflect", truncate=4.0)
    np.testing.assert_allclose(gaussian_smoothed(values, sd), direct, atol=2e-6)


def test_no_spike_is_lost_and_intervals_do_not_leak(rng):
    intervals = np.array([[0.0, 7.0], [7.0, 20.0], [30.0, 40.0]])
    times = np.sort(rng.uniform(0, 40, 4000))
    fired = population_rate(times, intervals, RULE)
    inside = times[(times < 20) | (times >= 30)]
    assert fired.rate.sum(dtype=float) * 0.001 == pytest.approx(inside.size, rel=1e-4)
    alone = population_rate(times, intervals[1:2], RULE)
    np.testing.assert_allclose(fired.rate[7000:20000], alone.rate, atol=1e-3)
    assert fired.seconds == pytest.approx(30.0)
    assert fired.times(np.array([0, 7000, 20000, 20500])).tolist() == [0.0, 7.0, 30.0, 30.5]


def brute_force_crossings(above: list[bool], first: list[int]) -> list[tuple[int, int]]:
    found = []
    for a, b in pairwise(first):
        onset = None
        for k in range(a, b):
            if above[k] and k > a and not above[k - 1]:
                onset = k
            if onset is not None and (k + 1 == b or not above[k + 1]) and above[k]:
                found.append((onset, k + 1))
                onset = None
    return found


@given(st.lists(st.booleans(), min_size=1, max_size=30), st.lists(st.integers(0, 30), max_size=3))
def test_crossings_equal_brute_force(above, cuts):
    first = sorted([0, len(above), *(min(cut, len(above)) for cut in cuts)])
    starts, stops = find_crossings(population(above, first), 0.5)
    assert list(zip(starts, stops, strict=True)) == brute_force_crossings(above, first)


def arena_session(hand_made, groups, rng, seconds=400.0, heading=lambda t: np.sin(t)):
    """A recording of an arena, REM and NREM; `groups` gives rates (unit,) of SC units by state."""
    states = ("run", "rem", "nrem")
    starts = seconds * np.arange(3.0)
    times, units = [], []
    for start, state in zip(starts, states, strict=True):
        for unit, rate in enumerate(groups[state]):
            here = np.array([[start, start + seconds]])
            drawn = steady_spikes(rate, here, rng) if np.isscalar(rate) else rate + start
            times.append(drawn)
            units.append(np.full(drawn.size, unit))
    order = np.argsort(np.concatenate(times), kind="stable")
    epochs = {
        "start": starts,
        "stop": starts + seconds,
        "state": states,
        "phase": ("run", "post", "post"),
        "environment": ("arena", "none", "none"),
    }
    return hand_made(
        duration=3 * seconds,
        spikes=(np.concatenate(times)[order], np.concatenate(units)[order]),
        regions=("SC",) * len(groups["run"]),
        epochs=epochs,
        heading=heading,
    )


def chosen_cells(preferred):
    preferred = np.asarray(preferred, dtype=np.int8)
    return xr.Dataset({"preferred_turn": ("unit", preferred)}).assign(
        unit_index=unit_index(np.arange(preferred.size))
    )


def test_rates_by_state_stand_beside_both_thresholds_and_the_null(hand_made, rng):
    rates = {"run": [20.0] * 6, "rem": [20.0] * 6, "nrem": [40.0] * 6}
    recording = arena_session(hand_made, rates, rng)
    populations = populations_of(recording, chosen_cells([-1] * 6), RULE)
    found = turn_event_rates(populations, RULE, rng).sel(direction="clockwise")
    noise = found.attrs["closed_form_rate"]
    np.testing.assert_allclose(found["event_rate"].sel(threshold="within_state"), noise, rtol=0.12)
    np.testing.assert_allclose(
        found["poisson_rate"].sel(threshold="within_state"), noise, rtol=0.12
    )
    fixed = found["event_rate"].sel(threshold="wake_threshold")
    assert fixed.sel(state="run") == found["event_rate"].sel(threshold="within_state", state="run")
    assert fixed.sel(state="rem").item() == pytest.approx(noise, rel=0.15)
    assert fixed.sel(state="nrem").item() < 0.5 * noise  # nearly always above it
    np.testing.assert_allclose(found["mean_rate"], [120, 120, 240], rtol=0.05)
    other = turn_event_rates(populations, RULE, rng).sel(direction="counter_clockwise")
    assert np.isnan(other["event_rate"].values).all()


def test_events_say_when_where_and_how_high(hand_made, rng):
    burst = np.sort(np.concatenate([np.arange(0.05, 400, 5.0)] * 3))
    quiet = [burst] * 5
    recording = arena_session(hand_made, dict.fromkeys(("run", "rem", "nrem"), quiet), rng)
    populations = populations_of(recording, chosen_cells([1] * 5), RULE)
    events = turn_events(populations, RULE)
    assert set(flag_names(events["direction"])) == {"counter_clockwise"}
    rem = flag_names(events["state"]) == "rem"
    rem &= flag_names(events["threshold"]) == "within_state"
    peaks = events["peak"].values[rem]
    # The first burst lies at the edge, where the rate begins above the threshold.
    np.testing.assert_allclose(peaks, 400 + np.arange(5.05, 400, 5.0), atol=0.002)
    np.testing.assert_allclose(
        events["peak_rate"].values[rem], 15 / (0.05 * np.sqrt(2 * np.pi)), rtol=0.01
    )
    assert (events["start"].values < events["peak"].values).all()
    assert (events["stop"].values > events["peak"].values).all()
    assert (np.diff(events["start"].values) >= 0).all()


def test_time_under_an_inactivation_belongs_to_no_state(hand_made, rng):
    rates = {state: [20.0] * 6 for state in ("run", "rem", "nrem")}
    recording = arena_session(hand_made, rates, rng)
    flag = recording.epochs["inactivation"]
    flag.values[1] = 2
    assert normal_intervals(recording, "rem").size == 0
    populations = populations_of(recording, chosen_cells([-1] * 6), RULE)
    assert set(populations["clockwise"]) == {"run", "nrem"}
    assert np.isnan(turn_event_rates(populations, RULE, rng)["event_rate"].sel(state="rem")).all()


def test_too_few_turn_cells_are_counted_in_the_reason():
    few, units = np.array([-1] * 4 + [1] * 3 + [0] * 9), np.arange(16)
    with pytest.raises(
        MissingData, match=r"at least 5 .*found 4 clockwise and 3 counter-clockwise"
    ):
        members_of(few, units, 5, "mouse")
    large = members_of(np.array([-1] * 5 + [1] * 3), np.arange(8) + 40, 5, "mouse")
    assert list(large) == ["clockwise"]
    assert large["clockwise"].tolist() == [40, 41, 42, 43, 44]


def test_turns_ahead_equal_brute_force(recording):
    turning = turning_in_arenas(recording, 0.02)
    ahead = turns_ahead(turning, -1, TURN)
    brute = [turning.velocity[k : k + 15].sum() * 0.02 <= -20 for k in range(turning.bins.size)]
    assert np.mean(ahead == brute) > 0.999  # rounding at the limit


@given(st.lists(st.booleans(), min_size=4, max_size=40), st.data())
def test_probability_at_all_shifts_equals_brute_force(turns, data):
    events = data.draw(st.lists(st.integers(0, len(turns) - 1), min_size=1, max_size=10))
    turns, events = np.array(turns), np.array(events)
    brute = [np.roll(turns, -shift)[events].mean() for shift in range(turns.size)]
    np.testing.assert_allclose(probability_by_shift(events, turns), brute, atol=1e-9)
    assert np.mean(brute) == pytest.approx(turns.mean())


def test_events_of_planted_turn_cells_are_followed_by_turns(recording):
    found = wake_turn_probability(recording, TEST, FEW, TURN)
    probability, baseline = found["probability"].values, found["baseline"].values
    measured = np.isfinite(probability)
    assert measured.any()
    assert (probability[measured] > 2 * baseline[measured]).all()
    assert (found["opposite_probability"].values[measured] < baseline[measured]).all()
    assert (found["p_value"].values[measured] < 0.05).all()
    at_event = found["course"].sel(delay=0.0, method="nearest")
    np.testing.assert_allclose(at_event.values[measured], probability[measured])


def test_units_that_know_no_turn_have_no_turn_cells_to_test(hand_made, rng):
    rates = {state: [20.0] * 12 for state in ("run", "rem", "nrem")}
    recording = arena_session(hand_made, rates, rng, heading=lambda t: np.cumsum(wobble(t)))
    with pytest.raises(MissingData, match="half of the arena time"):
        wake_turn_probability(recording, TEST, RULE, TURN)


def wobble(t):
    return 0.05 * np.sin(7 * t) * np.cos(0.3 * t)


def test_in_independent_units_events_have_no_pattern(rng):
    """A unit fires in the events that its own spikes make; in those of the others it does not."""
    bins = make_bins(np.array([[0.0, 1000.0]]), 0.01)
    counts = rng.poisson(0.2, (bins.size, 10)).astype(np.float32)
    members = np.array([[True] * 6 + [False] * 4])
    pattern = event_patterns(bins, counts, members, RULE)
    assert np.abs(pattern).max() < 1.3  # Hz, of 20 Hz; the standard error is 0.35
    smooth = gaussian_filter1d(counts, 5.0, axis=0)
    total = smooth[:, :6].sum(axis=1)
    naive = counts[total > total.mean() + total.std(), :6].mean(axis=0) - counts[:, :6].mean(axis=0)
    assert (naive / 0.01 > 2.0).all()


def test_patterns_of_independent_units_resemble_one_another_no_more_than_permuted_ones(
    hand_made, rng
):
    p_values = []
    for _ in range(3):
        rates = {state: rng.uniform(5, 30, 12).tolist() for state in ("run", "rem", "nrem")}
        recording = arena_session(hand_made, rates, rng, seconds=100.0)
        cells = chosen_cells([-1] * 6 + [0] * 6)
        found = pattern_similarity(recording, cells, RULE, PATTERNS, rng)
        p_values.append(found["p_value"].values)
        assert np.abs(found["permuted_similarity"].values).max() < 0.1
    assert np.mean(np.array(p_values) <= 0.05) < 0.35
    assert np.median(p_values) > 0.1


def test_shared_input_gives_the_same_pattern_in_every_state(hand_made, rng):
    def together(state):
        volleys = steady_spikes(3.0, np.array([[0.0, 200.0]]), rng)
        own = [steady_spikes(8.0, np.array([[0.0, 200.0]]), rng) for _ in range(12)]
        joined = [np.concatenate([times, volleys + 0.001 * k]) for k, times in enumerate(own[:6])]
        return [np.sort(t[t < 200.0]) for t in (*joined, *own[6:])]

    spikes = {state: together(state) for state in ("run", "rem", "nrem")}
    recording = arena_session(hand_made, spikes, rng, seconds=200.0)
    cells = chosen_cells([-1] * 6 + [0] * 6)
    found = pattern_similarity(recording, cells, RULE, PATTERNS, rng)
    assert (found["similarity"].values > 0.8).all()
    assert (found["p_value"].values <= 0.02).all()


def test_pairwise_similarity_equals_numpy(recording, rng):
    cells = turn_cells(recording, TEST)
    found = pattern_similarity(recording, cells, FEW, PATTERNS, rng)
    units = recording.units_in("SC")
    matrices = []
    for state in ("run", "nrem"):
        bins = make_bins(normal_intervals(recording, state), 0.1)
        matrices.append(np.corrcoef(count_spikes(*recording.spikes_of(units), bins, units.size).T))
    pairs = np.triu_indices(units.size, 1)
    expected = np.corrcoef(matrices[0][pairs], matrices[1][pairs])[0, 1]
    similarity = found["similarity"].sel(measure="pairwise_correlations", state="nrem")
    assert similarity.item() == pytest.approx(expected, abs=1e-4)
