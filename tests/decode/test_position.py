"""Cross-validated decoding of the running animal's position."""

import numpy as np
import pytest

from neurosim import MissingData
from neurosim.decode.common import contiguous_folds, units_of
from neurosim.decode.position import decode_wake_position, fit_place_fields
from neurosim.decode.tuning import FieldParameters

FIELDS = FieldParameters(
    n_bins=40, smoothing_bins=1.0, min_speed_m_s=0.08, speed_smoothing_s=0.2, rate_floor_hz=0.05
)


@pytest.fixture(scope="module")
def decoded(recording):
    return decode_wake_position(recording, FIELDS, width=0.25, n_folds=5)


def test_position_and_direction_are_decoded(decoded):
    assert decoded.sizes["time"] > 200
    assert np.nanmedian(decoded["error"].values) < 0.06
    outbound = decoded["outbound_probability"].values > 0.5
    assert np.mean(outbound == (decoded["outbound"].values == 1)) > 0.9


def test_errors_are_the_distance_of_the_estimate(decoded):
    distance = np.abs(decoded["estimate"] - decoded["position"])
    np.testing.assert_array_equal(decoded["error"], distance)


def test_only_bins_on_the_track_and_on_the_move_are_decoded(decoded, recording):
    start, stop = recording.intervals(environment="linear")[0]
    time = decoded["time"].values
    assert np.all((time > start) & (time < stop))
    along = recording.behaviour["track_position"].values
    here = np.isfinite(along)
    moved = np.interp(time + 0.1, recording.time[here], along[here]) - np.interp(
        time - 0.1, recording.time[here], along[here]
    )
    assert np.median(np.abs(moved)) > 0.05
    assert np.mean((moved > 0) == (decoded["outbound"].values == 1)) > 0.97


def test_silent_bins_are_flagged_and_keep_their_count(recording):
    """Trap: silent bins decode to bin 0 with no flag."""
    decoded = decode_wake_position(recording, FIELDS, width=0.01, n_folds=2)
    silent = decoded["n_spikes"].values == 0
    assert 0.05 < silent.mean() < 0.95
    for name in ("estimate", "error"):
        np.testing.assert_array_equal(np.isnan(decoded[name].values), silent)
    units = recording.units_in("CA1")
    times, _ = recording.spikes_of(units)
    centre = decoded["time"].values
    inside = np.diff(
        np.searchsorted(times, np.column_stack([centre - 0.005, centre + 0.005])), axis=1
    )[:, 0]
    assert np.mean(inside == decoded["n_spikes"].values) > 0.999  # rounding of the centres


def test_spikes_without_a_place_decode_at_chance(hand_made, rng):
    """Few spikes of many cells: a decoder that saw its own test bins would know the place."""
    times = np.sort(rng.uniform(0, 48, 4000))
    recording = hand_made(
        duration=48.0,
        spikes=(times, rng.integers(0, 80, times.size)),
        regions=("CA1",) * 80,
        track_position=lambda t: 2.0 - np.abs(2.0 - np.mod(0.5 * t, 4.0)),
    )
    error = decode_wake_position(recording, FIELDS, width=0.25, n_folds=12)["error"].values
    assert np.nanmean(error) > 0.5  # two uniform positions on 2 m: 0.667


def test_fields_name_the_units_they_belong_to(recording):
    fields = fit_place_fields(recording, FIELDS, 0.02)
    assert fields["unit_index"].values.tolist() == recording.units_in("CA1").tolist()
    assert fields["rate"].dims == ("direction", "position", "unit")
    assert fields["direction"].values.tolist() == ["outbound", "inbound"]


def test_a_recording_without_place_cells_says_so(hand_made):
    recording = hand_made(regions=("ADN", "SC", "ADN"), track_position=lambda t: 0.1 * t)
    with pytest.raises(MissingData, match="CA1"):
        fit_place_fields(recording, FIELDS, 0.02)


def test_a_recording_that_hardly_moves_says_so(hand_made):
    recording = hand_made(track_position=lambda t: np.full(t.size, 1.0))
    with pytest.raises(MissingData, match="cross-validation"):
        decode_wake_position(recording, FIELDS, width=0.25, n_folds=5)


@pytest.mark.parametrize(("n", "n_folds"), [(10, 5), (11, 3), (3, 3)])
def test_folds_are_contiguous_even_and_hold_every_index_once(n, n_folds):
    folds = contiguous_folds(n, n_folds)
    assert len(folds) == n_folds
    np.testing.assert_array_equal(np.concatenate(folds), np.arange(n))
    assert np.ptp([fold.size for fold in folds]) <= 1


def test_fewer_samples_than_folds_are_refused():
    with pytest.raises(MissingData, match="at least 5"):
        contiguous_folds(4, 5)


def test_units_of_a_region_that_was_not_recorded_are_missing(recording, hand_made):
    np.testing.assert_array_equal(units_of(recording, "SC"), recording.units_in("SC"))
    with pytest.raises(MissingData, match=r"hand made: expected units in SC"):
        units_of(hand_made(), "SC")
