"""Rotation under inactivation, block by block, beside what was planted."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from inactivated import PARAMETERS, WIDTH, decoded_heading

from neurosim import MissingData
from neurosim.contract import INACTIVATIONS
from neurosim.decode.bins import count_spikes, make_bins
from neurosim.decode.inactivation import (
    by_epoch,
    check_inactivation,
    decode_inactivated_wake,
    joined,
    measure_inactivation,
    planted_rotation,
    velocities,
)
from neurosim.decode.tuning import heading_tuning
from neurosim.files import flag_names, flags
from neurosim.recording import Recording


@pytest.fixture(scope="module")
def state() -> tuple[xr.Dataset, xr.Dataset]:
    return decoded_heading(np.random.default_rng(5))


def test_every_block_has_its_condition_and_its_rotation(state):
    decoded, truth = state
    measured = measure_inactivation(decoded, PARAMETERS)
    interval = decoded["interval"].values
    assert measured["interval"].values.tolist() == np.unique(interval).tolist()
    names = flag_names(decoded["inactivation"])
    for block, row in enumerate(measured["interval"].values):
        here = interval == row
        assert set(names[here]) == {flag_names(measured["condition"])[block]}
        assert (measured["block_of_bin"].values[here] == block).all()
        along = np.rad2deg(truth["heading"].values[here])
        # Only the errors of the first and last bin are left in a net rotation.
        assert measured["net_rotation"].values[block] == pytest.approx(along[-1] - along[0], abs=50)
        assert measured["rotation"].values[here][0] == 0
        assert measured["rotation"].values[here][-1] == pytest.approx(
            measured["net_rotation"].values[block], abs=0.01
        )
        assert measured["duration"].values[block] == pytest.approx(WIDTH * (here.sum() - 1))


def test_planted_rotation_is_that_of_the_unwrapped_heading(state):
    decoded, truth = state
    measured = measure_inactivation(decoded, PARAMETERS)
    planted = planted_rotation(measured, truth, PARAMETERS)
    interval = decoded["interval"].values
    for block, row in enumerate(measured["interval"].values):
        along = np.rad2deg(truth["heading"].values[interval == row])
        assert planted["net_rotation"].values[block] == pytest.approx(along[-1] - along[0])
    assert planted["duration"].values == pytest.approx(measured["duration"].values)
    # Without decoder noise and with no way lost at the wrap, both are the same.
    exact = decoded.assign(estimate=("time", np.mod(truth["heading"].values, 2 * np.pi)))
    blind = measure_inactivation(exact, PARAMETERS)
    for name in ("net_rotation", "clockwise", "counter_clockwise", "full_turns"):
        assert blind[name].values == pytest.approx(planted[name].values, abs=1e-6)


def test_silent_blocks_have_no_row_and_their_bins_no_block(state):
    decoded, truth = state
    estimate = decoded["estimate"].values.copy()
    estimate[decoded["interval"].values == 2] = np.nan
    measured = measure_inactivation(decoded.assign(estimate=("time", estimate)), PARAMETERS)
    assert 2 not in measured["interval"].values
    assert set(measured["block_of_bin"].values[decoded["interval"].values == 2]) == {-1}
    planted = planted_rotation(measured, truth, PARAMETERS)
    assert planted["interval"].values.tolist() == measured["interval"].values.tolist()
    assert set(velocities(measured)[1]) == set(range(measured.sizes["block"]))


def test_velocities_are_the_steps_within_blocks(state):
    decoded, _ = state
    estimate = decoded["estimate"].values.copy()
    estimate[7] = np.nan
    velocity, block = velocities(
        measure_inactivation(decoded.assign(estimate=("time", estimate)), PARAMETERS)
    )
    same = np.diff(decoded["interval"].values) == 0
    steps = np.rad2deg(np.angle(np.exp(1j * np.diff(estimate)))) / WIDTH
    keep = same & np.isfinite(steps)
    # Cumulated rotations are stored in single precision.
    assert velocity == pytest.approx(steps[keep], abs=0.01)
    assert block.tolist() == decoded["interval"].values[1:][keep].tolist()


def test_awake_only_what_the_compass_turns_beyond_the_head_counts(state):
    decoded, truth = state
    # The head turns about twice a second; the compass goes with it and drifts on its own.
    head = 12.0 * decoded["time"].values
    awake = decoded.assign(
        estimate=("time", np.mod(decoded["estimate"].values + head, 2 * np.pi)),
        heading=("time", np.mod(head, 2 * np.pi)),
    )
    asleep, measured = (measure_inactivation(data, PARAMETERS) for data in (decoded, awake))
    turned = truth.assign(heading=("time", truth["heading"].values + head))
    planted = planted_rotation(measured, turned, PARAMETERS)
    expected = planted_rotation(asleep, truth, PARAMETERS)
    for name in ("net_rotation", "clockwise", "full_turns"):
        assert measured[name].values == pytest.approx(asleep[name].values, abs=1e-6)
        assert planted[name].values == pytest.approx(expected[name].values, abs=1e-6)


def test_without_inactivation_the_reason_is_given(state):
    decoded, _ = state
    normal = decoded.isel(time=np.flatnonzero(flag_names(decoded["inactivation"]) == "none"))
    with pytest.raises(MissingData, match="inactivation"):
        measure_inactivation(normal, PARAMETERS)
    silent = decoded.assign(estimate=decoded["estimate"] * np.nan)
    with pytest.raises(MissingData, match="silent"):
        measure_inactivation(silent, PARAMETERS)


def inactivated_in(recording: Recording, state: str, condition: str) -> Recording:
    """The recording with an inactivation in all epochs of a state."""
    epochs = recording.epochs
    names = np.where(flag_names(epochs["state"]) == state, condition, "none").astype(object)
    flagged = flags(names, INACTIVATIONS, "epoch", "inactivation")
    return replace(recording, epochs=epochs.assign(inactivation=flagged))


def test_wake_is_decoded_during_an_inactivation_in_the_arena_alone(recording):
    changed = inactivated_in(recording, "run", "ttx_right")
    arena = recording.intervals(environment="arena")
    units = recording.units_in("ADN")
    bins = make_bins(arena, WIDTH)
    counts = count_spikes(*recording.spikes_of(units), bins, units.size)
    clock, direction = recording.time, recording.behaviour["head_direction"].values.astype(float)
    heading = direction[np.searchsorted(clock, bins.centre)]
    curves = heading_tuning(
        counts, heading, WIDTH, n_bins=60, smoothing_bins=1.5, rate_floor_hz=0.1
    ).assign(unit_index=("unit", units))
    decoded = decode_inactivated_wake(changed, curves, WIDTH)
    assert decoded["time"].values == pytest.approx(bins.centre)
    assert np.cos(decoded["heading"].values - heading).min() > 0.9
    error = np.abs(np.rad2deg(np.angle(np.exp(1j * (decoded["estimate"].values - heading)))))
    assert np.nanmedian(error) < 15
    assert set(flag_names(decoded["inactivation"])) == {"ttx_right"}
    # Blocks are named by the recording's epochs.
    epochs = changed.epochs.isel(epoch=decoded["interval"].values)
    assert (epochs["start"].values <= decoded["time"].values).all()
    assert (decoded["time"].values <= epochs["stop"].values).all()
    with pytest.raises(MissingData, match="open arena during an inactivation"):
        decode_inactivated_wake(recording, curves, WIDTH)


def test_a_recording_without_inactivation_says_so(recording):
    with pytest.raises(MissingData, match="'/epochs/inactivation' other than 'none', found none"):
        check_inactivation(recording)
    check_inactivation(inactivated_in(recording, "rem", "saline"))


def test_bins_decoded_apart_are_joined_by_epoch_in_the_order_of_time(state):
    decoded, _ = state
    rows = np.unique(decoded["interval"].values)
    numbered = decoded.assign(epoch_row=("row", rows + 40))
    whole = by_epoch(numbered)
    assert (whole["interval"].values == decoded["interval"].values + 40).all()
    odd = whole["interval"].values % 2 == 1
    again = joined([whole.isel(time=np.flatnonzero(side)) for side in (odd, ~odd)])
    xr.testing.assert_identical(again, whole)
