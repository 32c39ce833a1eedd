"""Relations of decoded turns to commands, head and eyes, planted in hand-made sessions."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from planted_turns import planted_turns
from scipy.ndimage import gaussian_filter1d

from neurosim import MissingData
from neurosim.decode.anticipation import SMOOTHING, anticipation, best_shift, tuning_information
from neurosim.decode.bins import make_bins
from neurosim.decode.heading import HeadingSpikes, HeadingTuning, fit_heading_tuning
from neurosim.decode.turn_relations import (
    RelationParameters,
    TurnCells,
    TurnEvents,
    probability,
    relate_turns,
    rem_turn_events,
    shifted_events,
    turn_cells_found,
)
from neurosim.files import flags

HOW = RelationParameters.from_mapping(
    {
        "bin_s": 0.01,
        "smoothing_s": 0.05,
        "max_lag_s": 0.3,
        "window_s": 0.5,
        "n_permutations": 50,
        "anticipation": {"max_shift_s": 0.1, "step_s": 0.01},
        "eye": {"min_speed_deg_s": 30.0, "min_angle_deg": 3.0},
    }
)
TUNING = HeadingTuning(
    bin_s=0.1, n_bins=120, smoothing_bins=3.0, rate_floor_hz=0.1, min_mean_vector=0.3
)


def none_found():
    raise MissingData("own: expected units in SC, found none")


def related(planted, cells=None, events=None, how=HOW) -> xr.DataTree:
    curves = fit_heading_tuning(HeadingSpikes.of(planted.recording), TUNING)
    return relate_turns(
        planted.recording,
        curves,
        cells or (lambda: TurnCells(planted.units, planted.preferred)),
        events or (lambda: events_of(planted)),
        how,
        np.random.default_rng(1),
    )


def events_of(planted) -> TurnEvents:
    """The commands themselves, in REM."""
    rem = planted.starts > planted.recording.epochs["start"].values[1]
    return TurnEvents(planted.starts[rem], planted.directions[rem])


@pytest.fixture(scope="module")
def planted(request):
    hand_made = request.getfixturevalue("hand_made_session")
    return planted_turns(hand_made, np.random.default_rng(5), lag=0.03, lead=0.025, eye_gain=0.3)


@pytest.fixture(scope="module")
def tree(planted) -> xr.DataTree:
    return related(planted)


def test_the_heading_turns_as_commanded(tree):
    turned = tree["events"]["turn"]
    assert probability(turned.sel(pairs="same_epochs").values) > 0.95
    assert float(turned.sel(pairs="same_epochs").mean()) == pytest.approx(60, rel=0.15)


def test_events_of_other_epochs_and_shifted_ones_say_nothing(tree):
    turned = tree["events"]["turn"].sel(pairs="other_epochs").values
    assert probability(turned) == pytest.approx(0.5, abs=0.2)
    assert tree["events"]["null_probability"].mean() == pytest.approx(0.5, abs=0.1)
    assert np.abs(tree["events"]["null_amplitude"]).mean() < 15
    assert tree["events"]["null_amplitude"].max() < 40


def test_the_average_peaks_after_the_event(tree):
    velocity = tree["triggered"]["velocity"]
    same, other = (velocity.sel(pairs=p) for p in ("same_epochs", "other_epochs"))
    assert 0.05 < same["lag"].values[same.values.argmax()] < 0.35
    assert float(same.max()) > 150
    assert float(np.abs(other).max()) < 0.5 * float(same.max())


def test_the_lag_is_recovered_beside_a_control_without_one(tree):
    lag = tree["correlation"]["turn_lag"]
    assert float(lag.sel(pairs="same_epochs")) == pytest.approx(0.03, abs=0.01)
    top = tree["correlation"]["correlation"].max("lag")
    assert float(top.sel(pairs="same_epochs")) > 0.4
    assert float(top.sel(pairs="other_epochs")) < 0.25


def test_the_anticipation_is_recovered_within_a_few_milliseconds(tree):
    assert float(tree["anticipation"]["anticipation"]) == pytest.approx(0.025, abs=0.004)


@pytest.mark.parametrize("lead", [0.0, 0.025, 0.04])
def test_planted_leads_are_recovered(hand_made, lead):
    planted = planted_turns(
        hand_made, np.random.default_rng(8), lead=lead, wake=150.0, rem=(1.0,), n_turn_cells=1
    )
    spikes = HeadingSpikes.of(planted.recording)
    found = anticipation(spikes, np.arange(20), 0.1, 0.01)
    assert float(found["anticipation"]) == pytest.approx(lead, abs=0.004)


def test_eyes_that_follow_the_commands_go_with_the_heading(tree):
    eye = tree["eye"]
    assert float(eye["correlation"]) > 0.8
    assert float(eye["agreement"]) > 0.95
    assert float(np.abs(eye["null_correlation"]).max()) < 0.5


def test_eyes_that_go_their_own_way_do_not(planted):
    other = planted_turns(lambda **_: planted.recording, np.random.default_rng(99), eye_gain=0.3)
    turned = related(replace(planted, recording=other.recording))
    assert abs(float(turned["eye"]["correlation"])) < 0.35


def test_without_eyes_or_colliculus_the_others_are_still_answered(hand_made):
    planted = planted_turns(hand_made, np.random.default_rng(2), lead=0.025, rem=(20.0,))
    tree = related(planted, none_found, none_found)
    for group in ("events", "triggered", "correlation"):
        assert "expected units in SC" in tree[group].attrs["missing"]
    assert "eye_position" in tree["eye"].attrs["missing"]
    assert np.isfinite(tree["anticipation"]["anticipation"])


def test_a_single_epoch_of_rem_has_no_control(hand_made):
    planted = planted_turns(hand_made, np.random.default_rng(2), rem=(40.0,))
    tree = related(planted)
    assert np.isnan(tree["events"]["turn"].sel(pairs="other_epochs")).all()
    assert np.isnan(tree["correlation"]["turn_lag"].sel(pairs="other_epochs"))
    assert np.isfinite(tree["correlation"]["turn_lag"].sel(pairs="same_epochs"))


def test_without_rem_there_are_no_virtual_turns(hand_made):
    planted = planted_turns(hand_made, np.random.default_rng(2), rem=())
    none = TurnEvents(np.empty(0), np.empty(0))
    tree = related(planted, events=lambda: none)
    for group in ("events", "triggered", "correlation"):
        assert "'rem'" in tree[group].attrs["missing"]


def test_no_event_and_no_turn_cell_are_missing_not_zero(hand_made):
    planted = planted_turns(hand_made, np.random.default_rng(2), rem=(20.0,))
    empty = np.empty(0, dtype=int)
    tree = related(planted, lambda: TurnCells(empty, empty), lambda: TurnEvents(empty, empty))
    assert "turn events" in tree["events"].attrs["missing"]
    assert "turn cells" in tree["correlation"].attrs["missing"]


def test_shifted_events_stay_in_their_epochs_and_keep_their_distances(rng):
    bins = make_bins(np.array([[1.0, 3.0], [5.0, 8.0]]), 0.01)
    times = np.array([1.2, 1.9, 2.0, 5.5, 7.9])
    drawn = shifted_events(times, bins, 40, rng)
    assert drawn.shape == (40, 5)
    first, second = drawn[:, :3], drawn[:, 3:]
    assert ((first >= 1) & (first < 3)).all()
    assert ((second >= 5) & (second < 8)).all()
    np.testing.assert_allclose(np.mod(first[:, 1] - first[:, 0], 2.0), 0.7)
    np.testing.assert_allclose(np.mod(second[:, 1] - second[:, 0], 3.0), 2.4)
    assert np.unique(drawn[:, 0].round(6)).size > 30


def test_found_cells_and_events_are_those_of_rem_by_the_labs_rule():
    cells = xr.Dataset({"preferred_turn": ("unit", [-1, 0, 1]), "unit_index": ("unit", [7, 8, 9])})
    found = turn_cells_found(cells)
    np.testing.assert_array_equal(found.units, [7, 9])
    np.testing.assert_array_equal(found.preferred, [-1, 1])
    events = xr.Dataset(
        {
            "start": ("event", np.arange(4.0)),
            "state": flags(np.array(["rem", "run", "rem", "rem"]), ("run", "rem"), "event", "s"),
            "direction": flags(
                np.array(["clockwise", "clockwise", "counter_clockwise", "clockwise"]),
                ("clockwise", "counter_clockwise"),
                "event",
                "d",
            ),
            "threshold": flags(
                np.array(["within_state", "within_state", "within_state", "wake_threshold"]),
                ("within_state", "wake_threshold"),
                "event",
                "t",
            ),
        }
    )
    chosen = rem_turn_events(events)
    np.testing.assert_array_equal(chosen.time, [0, 2])
    np.testing.assert_array_equal(chosen.direction, [-1, 1])


def test_information_is_skaggs(rng):
    """Two cells, one of them even: against the formula on smoothed rates."""
    clock = np.repeat(np.arange(60), 50)
    tuned = rng.poisson(2 + 30 * np.exp(4 * (np.cos(2 * np.pi * clock / 60) - 1)))
    even = rng.poisson(5.0, clock.size)
    spikes = np.concatenate([np.repeat(clock, tuned), np.repeat(clock, even)])
    unit = np.repeat([0, 1], [tuned.sum(), even.sum()])
    found = tuning_information(spikes, unit, clock, 2)
    rate = 2 + 30 * np.exp(4 * (np.cos(2 * np.pi * np.arange(60) / 60) - 1))
    rate = gaussian_filter1d(rate, SMOOTHING, mode="wrap")
    relative = rate / rate.mean()
    bits = (relative * np.log2(relative)).mean()
    expected = bits * tuned.sum() / (tuned.sum() + even.sum())
    assert found == pytest.approx(expected, rel=0.02)


def test_a_best_shift_at_the_end_is_none():
    shifts = np.arange(-10, 11) * 0.01
    assert np.isnan(best_shift(shifts, shifts))
    assert best_shift(shifts, -((shifts - 0.013) ** 2)) == pytest.approx(0.013)
