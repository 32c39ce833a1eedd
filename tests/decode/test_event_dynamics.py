"""Dynamics of a recording's candidate events on its linear track."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from neurosim import MissingData
from neurosim.decode import event_dynamics
from neurosim.decode.dynamic_models import DynamicsParameters
from neurosim.decode.dynamics import DYNAMICS
from neurosim.decode.event_dynamics import (
    best_dynamics,
    compare_dynamics,
    counts_evidence,
    evidence_dataset,
)
from neurosim.files import flags

N_UNITS, N_PLACES, LENGTH = 40, 25, 2.0
PLACES = (np.arange(N_PLACES) + 0.5) * LENGTH / N_PLACES
PARAMETERS = DynamicsParameters(bin_s=0.005, speed_ratio=1.15)
STARTS = 1.0 + 0.5 * np.arange(4)


def fields(occupancy: np.ndarray | None = None, length: float = LENGTH) -> xr.Dataset:
    """Two maps of 40 fields along the track, in another order each."""
    centre = np.linspace(0, LENGTH, N_UNITS)
    rate = np.stack(
        [
            0.1 + 20 * np.exp(-0.5 * ((PLACES[:, None] - c) / 0.12) ** 2)
            for c in (centre, np.random.default_rng(1).permutation(centre))
        ]
    )
    return xr.Dataset(
        {
            "rate": (("direction", "position", "unit"), rate),
            "occupancy": (
                ("direction", "position"),
                np.ones((2, N_PLACES)) if occupancy is None else occupancy,
            ),
            "unit_index": ("unit", np.arange(N_UNITS)),
        },
        {"position": PLACES},
        {"track_length": length},
    )


def candidates(stop: np.ndarray) -> xr.Dataset:
    return xr.Dataset(
        {
            "start": ("event", STARTS),
            "stop": ("event", stop),
            "state": flags(np.array([0, 1, 0, 0]), ("rest", "nrem"), "event", "state"),
        }
    )


def recording() -> SimpleNamespace:
    """A run along the first map, a place held, silence, and two spikes in 2 ms."""
    time, unit = [], []
    for k in range(30):
        time += [STARTS[0] + 0.005 * k + 0.001 * j for j in range(3)]
        unit += [int(N_UNITS * (k + 0.5) / 30)] * 3
        time += [STARTS[1] + 0.005 * k + 0.001 * j for j in range(3)]
        unit += [19, 20, 21]
    time += [STARTS[3], STARTS[3] + 0.001]
    unit += [5, 6]
    order = np.argsort(time, kind="stable")
    spikes = np.array(time)[order], np.array(unit)[order]
    return SimpleNamespace(name="hand made", spikes_of=lambda units: spikes)


@pytest.fixture
def found() -> xr.Dataset:
    stop = STARTS + np.array([0.15, 0.15, 0.1, 0.002])
    return compare_dynamics(recording(), fields(), candidates(stop), PARAMETERS)


def test_runs_and_places_held_are_told_apart(found):
    assert best_dynamics(found).tolist()[:3] == ["directed", "stationary", "none"]
    assert found["n_spikes"].values.tolist()[:3] == [90, 90, 0]
    np.testing.assert_allclose(found["probability"].sum("dynamic"), 1.0)
    assert found["dynamic"].values.tolist() == list(DYNAMICS)


def test_events_keep_what_the_candidates_say(found):
    assert found["state"].attrs["flag_meanings"] == "rest nrem"
    np.testing.assert_array_equal(found["start"], STARTS)


def test_events_without_a_bin_say_nothing(found):
    """The last is shorter than a bin."""
    assert found["n_spikes"][3] == 0
    np.testing.assert_array_equal(found["log_evidence"][3], 0.0)
    assert best_dynamics(found)[3] == "none"
    assert np.all(np.isfinite(found["log_evidence"]))


@pytest.mark.parametrize("some", [1, 2])
def test_how_many_events_at_a_time_changes_nothing(found, monkeypatch, some):
    monkeypatch.setattr(event_dynamics, "EVENTS", some)
    stop = found["stop"].values
    parts = compare_dynamics(recording(), fields(), candidates(stop), PARAMETERS)
    xr.testing.assert_allclose(parts, found)


def test_no_candidates_give_no_rows():
    none = candidates(STARTS + 0.1).isel(event=slice(0))
    found = compare_dynamics(recording(), fields(), none, PARAMETERS)
    assert found["log_evidence"].shape == (0, 4)
    assert best_dynamics(found).size == 0


def test_a_map_that_was_never_run_is_left_out():
    """A track run one way only; the other map may hold anything."""
    given = fields()
    counts = np.random.default_rng(2).poisson(0.3, (30, N_UNITS))
    seen = np.array([[True] * N_PLACES, [False] * N_PLACES])
    rate, event = given["rate"].values.copy(), np.zeros(30, int)
    one = counts_evidence(counts, event, rate[:1], seen[:1], PLACES, PARAMETERS)
    rate[1] = np.nan
    both = counts_evidence(counts, event, rate, seen, PLACES, PARAMETERS)
    np.testing.assert_allclose(one.log_evidence, both.log_evidence, rtol=1e-12)


def test_a_track_without_room_for_a_directed_event_cannot_answer():
    with pytest.raises(MissingData, match=r"longer than the 0\.5 m .* found 0\.4 m"):
        compare_dynamics(recording(), fields(length=0.4), candidates(STARTS + 0.1), PARAMETERS)


def test_probability_is_that_of_equal_priors():
    log_evidence = np.log([[0.1, 0.2, 0.3, 0.4], [1e-300, 1, 1e-300, 1]]) - 1000
    found = evidence_dataset(log_evidence, np.array([3, 4]))
    np.testing.assert_allclose(found["probability"][0], [0.1, 0.2, 0.3, 0.4])
    np.testing.assert_allclose(found["probability"][1], [0, 0.5, 0, 0.5], atol=1e-12)
    assert best_dynamics(found)[0] == "fragmented"
