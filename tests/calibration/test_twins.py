"""Twins of a recording: its cells, laps and events, with replay that is known."""

import numpy as np
import pytest

from neurosim import MissingData, NeurosimError
from neurosim.calibration import own_cells
from neurosim.calibration.own_cells import OwnAnalysis, calibrate_recording
from neurosim.calibration.twins import TwinParameters, burst_probability, make_twin
from neurosim.decode.bursts import BurstDetection, find_candidates
from neurosim.decode.common import laps_of
from neurosim.decode.position import fit_place_fields
from neurosim.decode.shuffles import ShuffleOptions
from neurosim.decode.trajectories import TrajectoryParameters, lap_speed
from neurosim.decode.tuning import FieldParameters

FIELDS = FieldParameters(
    n_bins=50, smoothing_bins=1.5, min_speed_m_s=0.08, speed_smoothing_s=0.25, rate_floor_hz=0.05
)
FIT_BIN = 0.02
TWINS = TwinParameters(n_twins=2, n_events=80, min_span=0.1, slowest_ratio=1.0, fastest_ratio=100.0)
ANALYSIS = OwnAnalysis(
    FIELDS,
    FIT_BIN,
    TrajectoryParameters(0.005, 0.667, 1.0, 100.0),
    ShuffleOptions(19, ("cell_identity", "place_field_rotation"), grid=None),
    0.02,
)


@pytest.fixture(scope="module")
def measured(recording):
    fields = fit_place_fields(recording, FIELDS, FIT_BIN)
    detection = BurstDetection(("rest", "nrem"), 0.01, "mean", 3.0, 1.0, 0.04, 1.0, 5, 0.05, 3.0)
    return recording, fields, find_candidates(recording, detection), laps_of(recording)


def twin_of(measured, n_events=300, parameters=TWINS, seed=3):
    rng = np.random.default_rng(seed)
    return make_twin(*measured, n_events, parameters, FIELDS, FIT_BIN, rng)


@pytest.fixture(scope="module")
def twin(measured):
    return twin_of(measured)


def spikes_in(recording, units, events):
    times, _ = recording.spikes_of(units)
    start, stop = np.searchsorted(times, [events["start"].values, events["stop"].values])
    return stop - start


def test_events_have_the_duration_and_on_average_the_spikes_of_recorded_ones(measured, twin):
    recording, fields, candidates, _ = measured
    units, source = fields["unit_index"].values, twin.events["source"].values
    duration = (candidates["stop"] - candidates["start"]).values[source]
    assert (twin.events["stop"] - twin.events["start"]).values == pytest.approx(duration)
    recorded = spikes_in(recording, units, candidates)[source]
    planted = spikes_in(twin.recording, units, twin.events)
    assert planted.sum() == pytest.approx(recorded.sum(), rel=0.05)
    assert np.corrcoef(planted, recorded)[0, 1] > 0.9
    assert np.unique(np.unique(source, return_counts=True)[1]).size <= 2  # as even as can be


def test_fields_are_those_of_the_recording_as_other_laps_would_have_told_them(measured, twin):
    fields = measured[1]
    assert not np.array_equal(twin.fields["rate"], fields["rate"])
    alike = np.corrcoef(twin.fields["rate"].values.ravel(), fields["rate"].values.ravel())
    assert alike[0, 1] > 0.9
    assert twin.fields["rate"].values.mean() == pytest.approx(fields["rate"].values.mean(), rel=0.1)


def test_planted_compression_is_the_time_of_the_laps_over_that_of_the_event(measured, twin):
    _, fields, _, laps = measured
    length = fields.attrs["track_length"]
    duration = (twin.events["stop"] - twin.events["start"]).values
    span = twin.truth["speed"].values * duration
    assert (span >= TWINS.min_span * length - 1e-9).all()
    assert (span <= length + 1e-9).all()
    typical = twin.truth["speed"].values / lap_speed(laps)
    ratio = twin.truth["compression"].values / typical
    assert np.nanmedian(ratio) == pytest.approx(1, abs=0.1)  # laps are no faster here than there
    assert set(np.unique(twin.truth["forward"])) == {0, 1}


def test_spikes_come_from_where_the_path_is(measured, twin):
    """Where the units of an event fire moves as fast as was planted, one way or the other."""
    fields = twin.fields
    peak = fields["position"].values[fields["rate"].values.max(axis=0).argmax(axis=0)]
    times, unit = twin.recording.spikes_of(fields["unit_index"].values)
    bounds = np.searchsorted(times, [twin.events["start"].values, twin.events["stop"].values]).T
    slope = [
        np.polyfit(times[a:b], peak[unit[a:b]], 1)[0] if b - a > 9 else np.nan for a, b in bounds
    ]
    known = np.isfinite(slope)
    both = np.abs(slope)[known], twin.truth["speed"].values[known]
    assert np.corrcoef(np.argsort(np.argsort(both)))[0, 1] > 0.4


def test_counts_are_as_variable_as_they_were(measured):
    recording, fields, candidates, laps = measured
    loud = fields.assign(dispersion=((), 3.0, fields["dispersion"].attrs))
    bursting = twin_of((recording, loud, candidates, laps), 40)
    plain = twin_of((recording, fields, candidates, laps), 40)
    assert float(plain.fields["dispersion"]) < 1.3
    assert float(bursting.fields["dispersion"]) == pytest.approx(3.0, rel=0.2)


def test_burst_probability_is_bounded():
    assert burst_probability(1.0) == 0
    assert burst_probability(1e9) == 0.8


def test_twins_depend_on_the_generator_alone(measured):
    first, second, other = (twin_of(measured, 50, seed=seed) for seed in (1, 1, 2))
    assert first.recording.spikes.identical(second.recording.spikes)
    assert not np.array_equal(first.truth["speed"], other.truth["speed"])


def test_events_that_can_hold_no_path_are_no_twins(measured):
    recording, fields, candidates, laps = measured
    short = candidates.assign(stop=candidates["start"] + 1e-4)
    with pytest.raises(MissingData, match="can hold a path"):
        twin_of((recording, fields, short, laps))


@pytest.mark.parametrize("name", ["time_bin", "cell_identity"])
def test_null_events_keep_what_their_kind_keeps(measured, twin, name, rng):
    units = measured[1]["unit_index"].values
    null = own_cells._NULLS[name](twin, units, ANALYSIS, rng)
    before, after = twin.recording.spikes_of(units), null.spikes_of(units)
    assert not np.array_equal(
        before[0] if name == "time_bin" else before[1], after[0 if name == "time_bin" else 1]
    )
    assert np.array_equal(
        spikes_in(twin.recording, units, twin.events), spikes_in(null, units, twin.events)
    )
    if name == "cell_identity":
        assert np.array_equal(before[0], after[0])
    else:
        assert np.array_equal(np.bincount(before[1]), np.bincount(after[1]))
        first = spikes_in(twin.recording, units, twin.events)[0]
        phases = [np.sort(times[:first] % 0.02) for times in (before[0], after[0])]
        assert phases[0] == pytest.approx(phases[1], abs=1e-9)


@pytest.fixture(scope="module")
def table(measured):
    return calibrate_recording(*measured, ANALYSIS, TWINS, np.random.default_rng(5))


def test_planted_events_pass_and_null_events_do_so_as_often_as_asked_for(table):
    null = table["set"].values == 1
    passed = table["significant"].values == 1
    assert table.sizes["event"] == 2 * TWINS.n_events
    assert passed[~null].mean() > 2 * passed[null].mean() + 0.1
    assert 0 < table.attrs["calibrated_alpha"] < 0.3
    assert table.attrs["null"] == "time_bin"


def test_what_was_planted_is_read_and_nothing_was_planted_in_null_events(table):
    planted = table.isel(event=(table["set"] == 0).values & (table["significant"] == 1).values)
    ratio = planted["compression"].sel(estimator="likelihood") / planted["true_compression"]
    assert float(ratio.median()) == pytest.approx(1, abs=0.1)
    null = table.isel(event=(table["set"] == 1).values)
    assert np.isnan(null["true_compression"]).all()
    assert (null["true_forward"] == -1).all()


def test_shuffles_that_leave_nothing_to_calibrate_with_are_refused(measured, rng):
    both = OwnAnalysis(
        FIELDS, FIT_BIN, ANALYSIS.trajectories,
        ShuffleOptions(19, ("cell_identity", "time_bin"), grid=None), 0.02,
    )  # fmt: skip
    with pytest.raises(MissingData, match="nothing is left to calibrate them with"):
        calibrate_recording(*measured, both, TWINS, rng)
    with pytest.raises(NeurosimError, match="n_twins"):
        calibrate_recording(*measured, ANALYSIS, TwinParameters(1, 40, 0.1, 1.0, 100.0), rng)
