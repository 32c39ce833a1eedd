"""Sessions full of replay on a branching track: what was planted comes back."""

import copy

import numpy as np
import pytest

from neurosim import MissingData
from neurosim.calibration.rewards import RewardDesign, calibrate_rewards, rewarded_session
from neurosim.decode.bursts import BurstDetection
from neurosim.decode.reward_replay import RewardParameters
from neurosim.decode.tuning import FieldParameters

DETECTION = BurstDetection(("rest", "nrem"), 0.01, "mean", 3.0, 1.0, 0.04, 1.0, 5, 0.05, 3.0)
FIELDS = FieldParameters(50, 1.5, 0.08, 0.25, 0.05)
REWARDS = RewardParameters(0.005, 0.9, 0.5, 0.25, 0.15)


@pytest.fixture(scope="module")
def planted(small_parameters):
    wanted = copy.deepcopy(small_parameters)
    wanted["environments"]["w"]["duration_s"] = 300.0
    wanted["paths"] |= {"reward_discount": 0.9, "decision_gain": 2.0}
    wanted["place_cells"]["n_cells"] = 80
    wanted["events"]["rest"]["rate_hz"] = 0.2
    wanted["bursts"]["gain"] = 3.0
    design = RewardDesign(n_populations=1, rest_s=1500.0)
    return calibrate_rewards(wanted, design, DETECTION, FIELDS, 0.02, REWARDS, 1).isel(population=0)


@pytest.mark.parametrize(
    ("variable", "error"), [("firing_discount", 0.06), ("starts_discount", 0.12)]
)
def test_reverse_events_respond_to_reward_and_forward_ones_do_not(planted, variable, error):
    # Starts: 140 events, and weak bursts far from the reward are missed or cut.
    reverse, forward = planted[variable].sel(direction=["reverse", "forward"]).values
    assert reverse == pytest.approx(0.9, abs=error)
    assert forward == pytest.approx(1.0, abs=0.06)
    assert reverse < forward - 0.04


def test_gain_at_the_decision_point_is_found(planted):
    assert planted["decision_gain"].item() == pytest.approx(2.0, rel=0.2)


def test_profiles_count_what_is_used(planted):
    np.testing.assert_allclose(planted["starts"].sum("steps"), planted["n_events"])
    np.testing.assert_allclose(planted["expected_starts"].sum("steps"), planted["n_events"])
    assert planted["n_events"].min() > 40


def test_session_holds_the_branching_track_and_leaves_cells_alone(small_parameters):
    before = copy.deepcopy(small_parameters)
    changed = rewarded_session(small_parameters, 100.0)
    assert small_parameters == before
    assert list(changed["environments"]) == ["linear", "w"]
    assert changed["place_cells"] == small_parameters["place_cells"]
    without = small_parameters | {"environments": small_parameters["environments"] | {"w": None}}
    with pytest.raises(MissingData, match="branches"):
        rewarded_session(without, 100.0)
