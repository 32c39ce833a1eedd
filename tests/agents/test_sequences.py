"""Sequences in replay: runs of steps made by hand."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim.agents.memory import Experience
from neurosim.agents.sequences import sequences_in


def move(a, b):
    return Experience(a, 0, 0.0, b, False)


def backups(*moves):
    return [(move(a, b),) for a, b in moves]


@pytest.mark.parametrize(
    ("moves", "expected"),
    [
        ([(0, 1), (1, 2), (2, 3)], [("forward", (0, 1, 2, 3))]),
        ([(2, 3), (1, 2), (0, 1)], [("reverse", (3, 2, 1, 0))]),
        (
            [(0, 1), (1, 2), (2, 3), (7, 8), (6, 7), (5, 6)],
            [("forward", (0, 1, 2, 3)), ("reverse", (8, 7, 6, 5))],
        ),
        ([(0, 1), (1, 2), (5, 6), (6, 7)], []),  # two runs too short, side by side
        ([(0, 1), (1, 2)], []),
        ([(0, 1)], []),
        ([], []),
        ([(3, 3), (3, 3), (3, 3), (3, 3)], []),  # a wall, again and again
        ([(0, 1), (1, 2), (2, 2), (2, 3), (3, 4), (4, 5)], [("forward", (2, 3, 4, 5))]),
    ],
)
def test_sequences_made_by_hand(moves, expected):
    found = [(way, states) for way, states in sequences_in(backups(*moves), 3)]
    if (2, 2) in moves:  # the bump is a step of the first run, which it ends
        assert found[-1:] == expected
    else:
        assert found == expected


def test_a_step_at_the_turn_belongs_to_both_runs():
    """Forward to a state, and back from it: the other lane leads to where the first run ended."""
    found = sequences_in(backups((0, 1), (1, 2), (2, 3), (9, 2), (8, 9), (7, 8)), 3)
    assert found == [("forward", (0, 1, 2, 3)), ("reverse", (3, 2, 9, 8, 7))]


def test_of_a_backup_that_writes_many_values_the_last_step_is_new():
    grown = [(move(0, 1),), (move(0, 1), move(1, 2)), (move(0, 1), move(1, 2), move(2, 3))]
    assert sequences_in(grown, 3) == [("forward", (0, 1, 2, 3))]


@given(st.lists(st.integers(0, 99), min_size=2, max_size=12, unique=True), st.integers(1, 12))
def test_a_walk_is_found_both_ways_if_it_is_long_enough(states, min_steps):
    steps = [(move(a, b),) for a, b in pairwise(states)]
    enough = len(steps) >= max(min_steps, 2)  # one step alone has no direction
    assert sequences_in(steps, min_steps) == ([("forward", tuple(states))] if enough else [])
    back = [("reverse", tuple(states[::-1]))] if enough else []
    assert sequences_in(steps[::-1], min_steps) == back
