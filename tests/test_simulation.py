"""The simulated recording as a whole: reproducible, and true to its planted truth."""

import copy

import numpy as np
import pytest

from neurosim.cells.paths import KINDS
from neurosim.decode.position import decode_wake_position, fit_place_fields
from neurosim.decode.tuning import FieldParameters
from neurosim.files import flag_names
from neurosim.simulation import SimulationParameters, simulate_recording

SIZES = {"CA1": 40, "ADN": 20, "SC": 16}


def variables(groups: dict) -> dict[str, np.ndarray]:
    return {
        f"{group}/{name}": variable.values
        for group, dataset in groups.items()
        for name, variable in dataset.variables.items()
    }


def simulate(parameters: dict, seed: int, subject: str) -> dict[str, np.ndarray]:
    return variables(
        simulate_recording(SimulationParameters.from_mapping(parameters), seed, subject)
    )


def as_bytes(values: np.ndarray) -> object:
    return values.tolist() if values.dtype.kind == "O" else (values.dtype, values.tobytes())


def test_the_same_seed_gives_the_same_bytes_in_every_variable(small_parameters, simulated):
    again, first = simulate(small_parameters, 7, "rat1"), variables(simulated)
    assert again.keys() == first.keys()
    for name, values in first.items():
        assert as_bytes(again[name]) == as_bytes(values), name


@pytest.mark.parametrize(("seed", "subject"), [(7, "rat2"), (8, "rat1")])
def test_another_subject_or_seed_is_another_session(small_parameters, simulated, seed, subject):
    other, first = simulate(small_parameters, seed, subject), variables(simulated)
    for name in (
        "epochs/stop",
        "behaviour/position",
        "behaviour/head_direction",
        "units/region",
        "spikes/time",
        "truth/events/start",
        "truth/heading/heading",
        "truth/cells/CA1/field_centre",
        "truth/paths/position",
        "oscillations/theta_phase",
        "truth/cells/ADN/preferred_heading",
        "truth/cells/SC/base_rate",
    ):
        assert as_bytes(other[name]) != as_bytes(first[name]), name


def test_units_stand_in_random_order(recording):
    region = recording.units["region"].values.astype(str)
    changes = np.count_nonzero(region[1:] != region[:-1])
    assert changes > region.size / 4
    names = recording.units["name"].values.tolist()
    assert names == sorted(set(names))


def test_every_region_has_the_units_it_was_given(recording):
    for region, size in SIZES.items():
        assert recording.units_in(region).size == size
    hemisphere = recording.units["hemisphere"].values[recording.units_in("SC")]
    assert sorted(hemisphere) == ["left"] * 8 + ["right"] * 8


@pytest.mark.parametrize("region", SIZES)
def test_the_cells_of_the_truth_are_the_units_of_their_region(simulated, recording, region):
    truth = simulated[f"truth/cells/{region}"]
    assert sorted(truth["unit_index"].values) == recording.units_in(region).tolist()


def test_turn_cells_of_the_truth_stand_in_their_hemisphere(simulated, recording):
    truth = simulated["truth/cells/SC"]
    side = recording.units["hemisphere"].values[truth["unit_index"].values]
    assert side.tolist() == ["left"] * 8 + ["right"] * 8


def test_spikes_are_sorted_and_within_the_session(recording):
    times = recording.spikes["time"].values
    assert np.all(np.diff(times) >= 0)
    assert times[0] >= 0
    assert times[-1] <= recording.epochs["stop"].values[-1]
    assert np.unique(recording.spikes["unit_index"].values).size == sum(SIZES.values())


def test_place_cells_fire_where_their_fields_are(simulated, recording):
    truth = simulated["truth/cells/CA1"]
    track = recording.intervals(environment="linear")[0]
    sample, along, _ = recording.on_track("linear")
    place = flag_names(truth["field_environment"]) == "linear"
    peak = np.where(place, truth["field_peak_rate"].max("direction").values, 0.0)
    for cell in np.unique(truth["field_cell"].values[np.argsort(-peak)[:10]]):
        times, _ = recording.spikes_of(truth["unit_index"].values[[cell]])
        times = times[(times > track[0]) & (times < track[1])]
        at = np.interp(times, recording.time[sample], along)
        centres = truth["field_centre"].values[place & (truth["field_cell"].values == cell)]
        away = np.abs(at[:, None] - centres).min(axis=1)
        assert np.mean(away < 3 * 0.15) > 0.8, cell


def test_place_cells_have_fields_in_every_environment(recording):
    """Decoded from fields of the same environment; another one's map says nothing of it."""
    parameters = FieldParameters(40, 1.0, 0.08, 0.2, 0.05)
    for name in ("linear", "w"):
        error = decode_wake_position(recording, parameters, 0.25, 5, name)["error"].values
        assert np.nanmedian(error) < 0.08, name
    peaks = [
        fit_place_fields(recording, parameters, 0.02, name)["rate"].max(("direction", "position"))
        for name in ("linear", "w", "arena")
    ]
    for peak in peaks:
        assert np.mean(peak > 4.0) > 0.8
    assert abs(np.corrcoef(peaks[0], peaks[1])[0, 1]) < 0.6


def test_head_direction_cells_fire_at_the_internal_heading_awake_and_asleep(simulated, recording):
    truth, internal = simulated["truth/cells/ADN"], simulated["truth/heading"]
    for state in ("run", "rem", "nrem"):
        bounds = recording.intervals(state=state, phase=None if state == "run" else "post")
        vectors = []
        for unit, preferred in zip(
            truth["unit_index"].values, truth["preferred_heading"].values, strict=True
        ):
            times, _ = recording.spikes_of(np.array([unit]))
            times = times[
                ((times[:, None] > bounds[:, 0]) & (times[:, None] < bounds[:, 1])).any(1)
            ]
            at = internal["heading"].values[
                np.searchsorted(internal["time"].values, times, side="right") - 1
            ]
            vectors.append(np.mean(np.exp(1j * (at - preferred))))
        assert np.mean(np.real(vectors)) > 0.6, state


def test_population_fires_faster_within_planted_bursts(simulated, recording):
    events = simulated["truth/events"]
    events = events.isel(event=flag_names(events["state"]) != "rem")
    start, stop = events["start"].values, events["stop"].values
    times, _ = recording.spikes_of(recording.units_in("CA1"))
    up = simulated["truth/up_states"]
    quiet = [recording.intervals(state="rest"), np.column_stack([up["start"], up["stop"]])]
    quiet = np.concatenate(quiet)
    inside = np.diff(np.searchsorted(times, np.column_stack([start, stop])), axis=1).sum()
    total = np.diff(np.searchsorted(times, quiet), axis=1).sum()
    burst_rate = inside / (stop - start).sum()
    background = (total - inside) / (np.ptp(quiet, axis=1).sum() - (stop - start).sum())
    expected = 40 * 0.2
    assert background == pytest.approx(expected, rel=0.1)
    assert burst_rate > 10 * background


def test_nothing_fires_in_down_states(simulated, recording):
    up = simulated["truth/up_states"]
    times, _ = recording.spikes_of(recording.units_in("CA1"))
    for start, stop in recording.intervals(state="nrem"):
        within = times[(times >= start) & (times < stop)]
        assert within.size > 100
        index = np.searchsorted(up["start"].values, within, side="right") - 1
        assert np.all(within <= up["stop"].values[index])


def test_rem_after_running_has_sequences_and_rem_before_has_none(simulated):
    events = simulated["truth/events"]
    rem = flag_names(events["state"]) == "rem"
    assert rem.sum() > 2
    assert set(flag_names(events["phase"])[rem]) == {"post"}
    assert set(flag_names(events["kind"])[rem]) == {"forward"}


def test_ripples_are_where_bursts_are(simulated):
    events, power = simulated["truth/events"], simulated["oscillations"]
    events = events.isel(event=flag_names(events["state"]) != "rem")
    centre = 0.5 * (events["start"] + events["stop"]).values
    at = np.searchsorted(power["time"].values, centre)
    assert np.mean(power["ripple_power"].values[at] > 3) > 0.8
    assert np.mean(power["ripple_power"].values > 3) < 0.1


def test_bursts_of_many_kinds_are_planted_and_before_running_empty_ones_only(simulated):
    events = simulated["truth/events"]
    kinds, phase = flag_names(events["kind"]), flag_names(events["phase"])
    assert {"forward", "reverse", "hover_and_jump", "remote", "diffusive"} <= set(kinds)
    assert set(kinds) <= set(KINDS)
    assert set(kinds[phase == "pre"]) == {"empty"}


def test_the_samples_of_events_lie_where_their_environments_are(simulated):
    paths = simulated["truth/paths"]
    place = flag_names(paths["environment"])
    assert {"linear", "none"} <= set(place)
    np.testing.assert_array_equal(np.isnan(paths["position"].values[:, 0]), place == "none")
    off_track = np.isin(place, ["none", "arena"])
    np.testing.assert_array_equal(np.isnan(paths["track_position"].values), off_track)


def test_every_option_of_the_spiking_reaches_the_recording(small_parameters, simulated):
    options = {
        "refractory_s": 0.002,
        "burst_probability": 0.3,
        "burst_interval_s": 0.006,
        "drift_sd_m": 0.05,
        "gain_sd": 0.3,
        "gain_time_constant_s": 0.5,
    }
    parameters = copy.deepcopy(small_parameters)
    parameters["place_cells"]["spiking"] = options
    groups = simulate_recording(SimulationParameters.from_mapping(parameters), 7, "rat1")
    units = groups["truth/cells/CA1"]["unit_index"].values
    intervals = []
    for one in (groups, simulated):
        spikes = one["spikes"]
        own = [spikes["time"].values[spikes["unit_index"].values == unit] for unit in units]
        intervals.append(np.concatenate([np.diff(times) for times in own]))
    assert intervals[0].min() >= 0.002
    assert intervals[1].min() < 0.001
    short = [np.mean(gaps < 0.012) for gaps in intervals]
    assert short[0] > short[1] + 0.15
    assert intervals[0].size == pytest.approx(intervals[1].size, rel=0.15)
    for name in ("start", "kind", "path_start"):  # what is planted does not change with it
        np.testing.assert_array_equal(
            groups["truth/events"][name].values, simulated["truth/events"][name].values
        )
