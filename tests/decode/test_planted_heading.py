"""Comparisons of decoded headings with the planted one."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from planted_turns import CLOCK, STEP, planted_turns

from neurosim import MissingData
from neurosim.decode.drift import drift_speed
from neurosim.decode.planted_heading import (
    compare_headings,
    planted_at,
    planted_beside,
    planted_lead,
    planted_relations,
)
from neurosim.decode.turn_relations import Anticipation, TurnEvents
from neurosim.decode.virtual_turns import TurnRelation
from neurosim.files import flags

HOW = TurnRelation(bin_s=0.01, smoothing_s=0.05, max_lag_s=0.3, window_s=0.5)
LEADS = Anticipation(max_shift_s=0.1, step_s=0.01)


def truth_of(planted) -> xr.Dataset:
    """The planted heading and command on the behaviour clock, as a simulation writes them."""
    clock = planted.recording.time
    sample = np.round(clock / STEP).astype(int)
    return xr.Dataset(
        {
            "heading": ("time", planted.heading[sample]),
            "command": ("time", planted.command[sample]),
        },
        {"time": clock},
    )


@pytest.fixture(scope="module")
def planted(hand_made_session):
    return planted_turns(
        hand_made_session, np.random.default_rng(4), lag=0.04, lead=0.02, rem=(30.0, 30.0)
    )


def decoded_dataset(heading: np.ndarray, width: float, inactivation=None) -> xr.Dataset:
    n = heading.size
    names = np.full(n, "none") if inactivation is None else inactivation
    return xr.Dataset(
        {
            "estimate": ("time", heading),
            "interval": ("time", np.zeros(n, int)),
            "inactivation": flags(names, ("none", "saline"), "time", "inactivation"),
        },
        {"time": (np.arange(n) + 0.5) * width},
        {"bin_s": width, "state": "rem"},
    )


def test_planted_angles_lie_between_samples_but_not_across_epochs():
    heading = np.array([0.0, 0.2, 0.4, 90.0, 90.2])
    truth = xr.Dataset({"heading": ("time", heading)}, {"time": np.arange(5.0)})
    found = planted_at(truth, np.array([0.5, 1.75, 2.4, 2.6, 3.5]))
    np.testing.assert_allclose(found, [0.1, 0.35, 0.4, 90.0, 90.1])


def test_errors_and_drift_are_those_of_the_normal_brain():
    truth = xr.Dataset(
        {"heading": ("time", 2.0 * np.arange(0, 40, CLOCK))}, {"time": np.arange(0, 40, CLOCK)}
    )
    times = (np.arange(300) + 0.5) * 0.1
    off = np.where(times < 20, np.deg2rad(10), np.deg2rad(90))
    names = np.where(times < 20, "none", "saline")
    decoded = decoded_dataset(np.mod(2.0 * times + off, 2 * np.pi), 0.1, names)

    def give(state, _):
        if state != "rem":
            raise MissingData("not recorded")
        return decoded

    found = compare_headings(give, truth, (0.1,), 60.0, 30.0).sel(state="rem", bin=0.1)
    assert float(found["error_median"]) == pytest.approx(10)
    assert float(found["drift_speed"]) == pytest.approx(np.rad2deg(2.0))
    assert float(found["turn_rate"]) == pytest.approx(1 / 20)
    other = compare_headings(give, truth, (0.1,), 60.0, 30.0).sel(state="nrem", bin=0.1)
    assert np.isnan(other["error_median"])
    planted = planted_beside(decoded, truth)
    assert drift_speed(planted, np.zeros(300), 0.1) == pytest.approx(np.rad2deg(2.0))


def relations(planted, events, truth=None) -> dict[str, xr.Dataset]:
    truth = truth_of(planted) if truth is None else truth
    return planted_relations(planted.recording, truth, events, HOW, LEADS)


def test_planted_lag_lead_and_turns_are_read_from_the_truth(planted):
    rem = planted.starts > planted.recording.epochs["start"].values[1]
    events = TurnEvents(planted.starts[rem], planted.directions[rem])
    found = relations(planted, lambda: events)
    lag = found["correlation"]["turn_lag"].sel(pairs="same_epochs")
    assert float(lag) == pytest.approx(0.04, abs=0.002)
    assert float(found["anticipation"]["anticipation"]) == pytest.approx(0.02, abs=0.001)
    assert float(found["events"]["turn_probability"]) == 1
    assert float(found["events"]["turn_amplitude"]) == pytest.approx(60, abs=3)


def test_what_cannot_be_compared_says_why(planted):
    def none_found():
        raise MissingData("no colliculus")

    found = relations(planted, none_found, truth_of(planted).drop_vars("command"))
    assert found["events"].attrs["missing"] == "no colliculus"
    assert "command" in found["correlation"].attrs["missing"]
    asleep = planted.recording.epochs.assign(
        state=flags(np.array(["nrem"] * 3), ("nrem",), "epoch", "state")
    )
    with pytest.raises(MissingData, match="open arena"):
        planted_lead(replace(planted.recording, epochs=asleep), truth_of(planted), LEADS)
