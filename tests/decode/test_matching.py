"""Matching of found and planted events against brute force."""

from itertools import product

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from neurosim.cells.paths import KINDS
from neurosim.cells.planted import EVENT_DIRECTIONS as DIRECTIONS
from neurosim.cells.planted import MAPS
from neurosim.contract import STATES
from neurosim.decode.matching import match_intervals, planted_beside
from neurosim.files import flag_names, flags

LENGTHS = st.lists(st.tuples(st.floats(0.01, 3.0), st.floats(0.01, 2.0)), max_size=8)


def disjoint(lengths: list[tuple[float, float]]) -> np.ndarray:
    """Intervals from gaps and durations."""
    return np.cumsum(np.array(lengths).reshape(-1)).reshape(-1, 2)


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    return min(a[1], b[1]) - max(a[0], b[0])


def brute_force(found: np.ndarray, planted: np.ndarray, min_overlap: float) -> list[int]:
    """Take the pair with the largest overlap among those free, again and again."""
    match = [-1] * len(found)
    while True:
        pairs = [
            (overlap(found[i], planted[j]), -i, -j)
            for i, j in product(range(len(found)), range(len(planted)))
            if match[i] < 0
            and j not in match
            and overlap(found[i], planted[j]) > 0
            and overlap(found[i], planted[j])
            >= min_overlap * min(np.ptp(found[i]), np.ptp(planted[j]))
        ]
        if not pairs:
            return match
        _, i, j = max(pairs)
        match[-i] = -j


@given(LENGTHS, LENGTHS, st.sampled_from([0.0, 0.3, 0.5, 0.9]))
def test_it_equals_brute_force(found, planted, min_overlap):
    found, planted = disjoint(found), disjoint(planted)
    match = match_intervals(found, planted, min_overlap)
    assert match.tolist() == brute_force(found, planted, min_overlap)


@given(LENGTHS, LENGTHS)
def test_no_planted_event_is_matched_twice(found, planted):
    match = match_intervals(disjoint(found), disjoint(planted), 0.1)
    used = match[match >= 0]
    assert np.unique(used).size == used.size


@given(LENGTHS)
def test_events_found_exactly_match_themselves(planted):
    intervals = disjoint(planted)
    match = match_intervals(intervals, intervals, 1.0)
    assert match.tolist() == list(range(len(intervals)))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([[0.0, 1.0]], [0]),
        ([[1.0, 2.0]], [-1]),  # touching is no overlap
        ([[0.7, 1.2]], [0]),  # .3 of the shorter .5: more than half
        ([[0.8, 1.3]], [-1]),  # .2 of .5: less than half
        ([[0.4, 0.5], [0.0, 1.0]], [-1, 0]),  # the longer overlap wins
        ([[0.6, 3.7]], [1]),  # .7 of the second against .4 of the first
        ([[5.0, 6.0]], [-1]),
    ],
)
def test_hand_made_matches(found, expected):
    planted = np.array([[0.0, 1.0], [3.0, 4.0]])
    assert match_intervals(np.array(found), planted, 0.5).tolist() == expected


@pytest.mark.parametrize(("n_found", "n_planted"), [(0, 3), (3, 0), (0, 0)])
def test_nothing_matches_nothing(n_found, n_planted):
    found = disjoint([(1.0, 1.0)] * n_found)
    planted = disjoint([(1.0, 1.0)] * n_planted)
    assert match_intervals(found, planted, 0.5).tolist() == [-1] * n_found


def test_what_was_planted_is_handed_on_by_name():
    places = ("none", "linear", "w")
    truth = xr.Dataset(
        {
            "start": ("event", [1.0, 2.0]),
            "stop": ("event", [1.1, 2.1]),
            "kind": flags(np.array(["reverse", "remote"]), KINDS, "event", "kind"),
            "direction": flags(np.array(["reverse", "forward"]), DIRECTIONS, "event", "way"),
            "environment": flags(np.array(["linear", "w"]), places, "event", "environment"),
            "map": flags(np.array(["outbound", "mixed"]), MAPS, "event", "map"),
            "state": flags(np.array(["rest", "nrem"]), STATES, "event", "state"),
            **{
                name: ("event", [1.0, 2.0])
                for name in ("path_start", "path_stop", "speed", "compression")
            },
        },
        attrs={"home": "linear"},
    )
    candidates = xr.Dataset({"start": ("event", [0.0, 2.0]), "stop": ("event", [0.5, 2.1])})
    beside = planted_beside(candidates, truth, 0.5)
    assert flag_names(beside["planted_kind"]).tolist() == ["none", "remote"]
    assert flag_names(beside["planted_direction"]).tolist() == ["none", "forward"]
    assert flag_names(beside["planted_environment"]).tolist() == ["none", "w"]
    assert flag_names(beside["planted_map"]).tolist() == ["none", "mixed"]
    assert flag_names(beside["planted_state"]).tolist() == ["none", "nrem"]
    assert beside["n_planted"].sel(state=["run", "rest", "nrem"]).values.tolist() == [0, 1, 1]
    np.testing.assert_array_equal(beside["planted_speed"], [np.nan, 2.0])
