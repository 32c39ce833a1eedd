"""Turn cells and commands beside the truth."""

import numpy as np
import pytest
import xarray as xr

from neurosim.decode.planted_turns import (
    clockwise_share,
    command_event_rates,
    compare_turn_cells,
    precision_and_recall,
)
from neurosim.decode.turn_events import TurnEventRule
from neurosim.recording import open_truth, unit_index

RULE = TurnEventRule(0.001, 0.05, 1.0, 5, 1)


@pytest.mark.parametrize(
    ("found", "planted", "expected"),
    [
        ([-1, 1, 0, 0], [-1, 1, 0, 0], (1.0, 1.0)),
        ([-1, -1, 0, 0], [-1, 1, 0, 0], (0.5, 0.5)),
        ([-1, 0, 1, 0], [-1, 1, 0, 0], (0.5, 0.5)),
        ([-1, 0, 0, 0], [-1, 1, 1, -1], (1.0, 0.25)),
        ([0, 0], [1, 0], (np.nan, 0.0)),
        ([1, 0], [0, 0], (0.0, np.nan)),
    ],
)
def test_a_turn_cell_of_the_wrong_sign_is_wrong(found, planted, expected):
    assert precision_and_recall(np.array(found), np.array(planted)) == pytest.approx(
        expected, nan_ok=True
    )


def test_the_clockwise_share_is_of_turn_cells():
    assert clockwise_share(np.array([-1, -1, 1, 0, 0, 0])) == pytest.approx(2 / 3)
    assert np.isnan(clockwise_share(np.zeros(3)))


def test_units_are_matched_by_their_index_in_the_recording():
    found = xr.Dataset(
        {
            "preferred_turn": ("unit", np.array([-1, 0, 1], np.int8)),
            "hemisphere": ("unit", np.array(["left", "left", "right"], dtype=object)),
            "unit_index": unit_index(np.array([3, 5, 8])),
        }
    )
    truth = xr.Dataset(
        {
            "preferred_turn": ("cell", np.array([1, -1, -1], np.int8)),
            "unit_index": unit_index(np.array([8, 5, 3]), "cell"),
        }
    )
    matched = compare_turn_cells(found, truth)
    assert matched["planted_turn"].values.tolist() == [-1, -1, 1]
    assert (matched["precision"].item(), matched["recall"].item()) == (1.0, pytest.approx(2 / 3))
    assert matched["clockwise_share"].values.tolist() == [1.0, 0.0]


def test_turns_in_a_command_are_counted_by_state_and_direction(recording, recording_path):
    truth = open_truth(recording_path, "heading").copy()
    clock = truth["time"].values
    command = np.zeros(clock.size)
    start, stop = recording.intervals(environment="arena")[0]
    for turn in np.arange(start + 1, stop - 1, 2.0):  # one clockwise turn every two seconds
        command[(clock >= turn) & (clock < turn + 0.3)] = -2.0
    truth["command"] = ("time", command)
    rates = command_event_rates(recording, truth, RULE)
    awake = rates.sel(state="run", threshold="within_state")
    assert awake.sel(direction="clockwise").item() == pytest.approx(0.5, rel=0.05)
    assert awake.sel(direction="counter_clockwise").item() == 0.0
    assert rates.sel(state="nrem", direction="clockwise", threshold="wake_threshold").item() == 0.0
