"""Checks of a recording: each is silent on a good one, and fires at the fault that it is for."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from neurosim import MissingData
from neurosim.decode.bursts import BurstDetection, find_candidates
from neurosim.decode.checks.material import Material
from neurosim.decode.checks.run import CHECKS, check_recording
from neurosim.decode.checks.verdicts import VERDICTS, checks_dataset, checks_of
from neurosim.decode.tuning import FieldParameters
from neurosim.files import Provenance, flags, load, save
from neurosim.recording import spikes_dataset

FIELDS = FieldParameters(50, 1.5, 0.08, 0.25, 0.05)
DETECTION = BurstDetection(("rest", "nrem"), 0.01, "mean", 3.0, 1.0, 0.04, 1.0, 5, 0.05, None)


def material(recording, find_events):
    rng = np.random.default_rng(3)
    return Material(recording, find_events, FIELDS, 0.02, ("rest", "nrem"), 5, 99, rng)


@pytest.fixture(scope="module")
def events(recording):
    return find_candidates(recording, DETECTION)


def check(recording, events, name):
    chosen = next(one for one in CHECKS if one.__name__ == name)
    return chosen(material(recording, lambda: events))


def with_behaviour(recording, **changed):
    behaviour = recording.behaviour.copy()
    for name, change in changed.items():
        behaviour[name] = behaviour[name].copy(data=change(behaviour[name].values.copy()))
    return replace(recording, behaviour=behaviour)


def with_spikes(recording, times, unit):
    order = np.argsort(times, kind="stable")
    return replace(recording, spikes=spikes_dataset(times[order], unit[order]))


def spikes(recording):
    return recording.spikes["time"].values, recording.spikes["unit_index"].values


def running(recording):
    time, inside = recording.time, False
    for start, stop in recording.intervals(state="run"):
        inside |= (time >= start) & (time <= stop)
    return np.flatnonzero(inside)


def four_cells(recording):
    region = recording.units["region"].values.copy()
    region[np.flatnonzero(region == "CA1")[4:]] = "ADN"
    units = recording.units.assign(region=("unit", region))
    return replace(recording, units=units)


def spikes_at_random(recording):
    times, unit = spikes(recording)
    return with_spikes(recording, np.random.default_rng(1).uniform(0, times[-1], times.size), unit)


def units_exchanged_halfway(recording):
    times, unit = spikes(recording)
    half = np.median(recording.time[recording.samples_in("linear")])
    cells = recording.units_in("CA1")
    other = np.arange(recording.units.sizes["unit"])
    other[cells] = np.roll(cells, 7)
    return with_spikes(recording, times, np.where(times > half, other[unit], unit))


def imported_without_refractory_periods(recording):
    return replace(recording, attributes={"origin": "imported"})


def sorted_twice(recording):
    times, unit = spikes(recording)
    cells = recording.units_in("CA1")
    again = np.flatnonzero(unit == cells[0])
    moved = np.random.default_rng(2).uniform(-1e-4, 1e-4, again.size)
    return with_spikes(
        recording,
        np.concatenate([times, times[again] + moved]),
        np.concatenate([unit, np.full(again.size, cells[1])]),
    )


def lost_halfway(recording):
    times, unit = spikes(recording)
    lost = np.isin(unit, recording.units_in("ADN")) & (times > times[-1] / 2)
    return with_spikes(recording, times[~lost], unit[~lost])


def centimetres(recording):
    return with_behaviour(recording, position=lambda x: 100 * x)


def pixels(recording):
    return with_behaviour(recording, position=lambda x: np.round(5 * x))


def unknown_scale(recording):
    recording = with_behaviour(recording)
    recording.behaviour["position"].attrs["units"] = "track"
    return recording


def too_fast(recording):
    return with_behaviour(recording, speed=lambda v: 10 * v)


def never_fast(recording):
    return with_behaviour(recording, speed=lambda v: v / 100)


def swapped_lights(recording):
    rows = running(recording)[::90]

    def jump(x):
        x[rows] += 0.5
        return x

    return with_behaviour(recording, position=jump)


def lost_tracking(recording):
    rows = running(recording)
    rows = rows[: rows.size // 8]

    def lose(x):
        x[rows] = np.nan
        return x

    return with_behaviour(recording, position=lose)


def dropped_frames(recording):
    rows = running(recording)
    kept = np.setdiff1d(np.arange(recording.time.size), rows[500:1500])
    return replace(recording, behaviour=recording.behaviour.isel(time=kept))


def clock_that_starts_later(recording):
    times, unit = spikes(recording)
    return with_spikes(recording, times + 150.0, unit)


def acquisition_stopped(recording):
    times, unit = spikes(recording)
    kept = (times < 100) | (times > 125)
    return with_spikes(recording, times[kept], unit[kept])


def five_laps(recording):
    return with_behaviour(recording, lap=lambda lap: np.where(lap < 5, lap, -1))


def nothing_after_running(recording):
    phase = flags(np.full(recording.epochs.sizes["epoch"], "pre"), ("pre", "post"), "epoch", "x")
    return replace(recording, epochs=recording.epochs.assign(phase=phase))


def one_way(recording):
    return with_behaviour(recording, head_direction=lambda angle: np.mod(angle, 2 * np.pi) / 4)


def degrees(recording):
    return with_behaviour(recording, head_direction=np.rad2deg)


FAULTS = [
    ("active_units", four_cells, "problem"),
    ("place_cells", spikes_at_random, "problem"),
    ("field_stability", units_exchanged_halfway, "problem"),
    ("unit_contamination", imported_without_refractory_periods, "problem"),
    ("duplicate_units", sorted_twice, "look"),
    ("silent_units", lost_halfway, "problem"),
    ("position_units", centimetres, "problem"),
    ("position_units", pixels, "problem"),
    ("position_units", unknown_scale, "look"),
    ("running_speed", too_fast, "problem"),
    ("running_speed", never_fast, "problem"),
    ("tracking_jumps", swapped_lights, "problem"),
    ("lost_tracking", lost_tracking, "look"),
    ("clock_gaps", dropped_frames, "look"),
    ("spikes_outside_epochs", clock_that_starts_later, "look"),
    ("silent_stretches", acquisition_stopped, "look"),
    ("silent_stretches", clock_that_starts_later, "problem"),
    ("laps", five_laps, "problem"),
    ("offline_time", nothing_after_running, "problem"),
    ("heading_coverage", one_way, "problem"),
    ("heading_turns", degrees, "problem"),
]


def test_a_good_recording_passes_them_all(recording, events):
    made = check_recording(material(recording, lambda: events))
    assert [one.name for one in made] == [one.__name__ for one in CHECKS]
    told = {one.name: one.verdict for one in made}
    assert told.pop("unit_contamination") == "not_run"  # Poisson spikes have no refractory period
    assert set(told.values()) == {"fine"}
    assert all(one.sentence.endswith(".") for one in made)


@pytest.mark.parametrize(
    ("name", "plant", "verdict"), FAULTS, ids=[f"{n}-{p.__name__}" for n, p, _ in FAULTS]
)
def test_a_planted_fault_is_found(recording, events, name, plant, verdict):
    found = check(plant(recording), events, name)
    assert found.verdict == verdict, found
    assert len(found.sentence) > 60


@pytest.mark.parametrize(("n", "verdict"), [(20, "look"), (5, "problem")])
def test_few_candidate_events_are_said(recording, events, n, verdict):
    after = np.flatnonzero(events["phase"].values == 2)
    assert check(recording, events.isel(event=after[:n]), "candidate_events").verdict == verdict


def test_every_check_has_a_fault_that_it_is_for():
    assert {one.__name__ for one in CHECKS} == {name for name, *_ in FAULTS} | {"candidate_events"}


def test_what_a_recording_lacks_is_not_run_with_its_reason(hand_made):
    def nothing():
        raise MissingData("expected units in CA1, found none")

    made = check_recording(material(hand_made(regions=("ADN",) * 3), nothing))
    told = {one.name: one for one in made}
    for name in ("place_cells", "laps", "running_speed", "heading_turns", "candidate_events"):
        assert told[name].verdict == "not_run"
        assert "expected" in told[name].sentence or "no " in told[name].sentence
    assert np.isnan(told["laps"].value)


def test_checks_are_the_same_when_read_from_a_file(recording, events, tmp_path):
    made = check_recording(material(recording, lambda: events))
    save(checks_dataset(made), tmp_path / "checks.nc", Provenance("a test", "check", 1, {}))
    assert repr(checks_of(load(tmp_path / "checks.nc"))) == repr(made)
    assert {one.verdict for one in made} <= set(VERDICTS)
    assert isinstance(checks_dataset(made), xr.Dataset)
