"""Chains of places: tokens, splits and similarity."""

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import MissingData
from neurosim.tasks.chains import (
    N_SPECIAL,
    PAD,
    START,
    STOP,
    Chains,
    chains_dataset,
    chains_from_dataset,
    edit_distance,
    endpoint_entropy,
    places_along,
    similarity,
    split_groups,
    task_tokens,
)

words = st.lists(st.integers(0, 3), max_size=7)


def chains(*places, group=None):
    names = group or [f"s/lap{i}" for i in range(len(places))]
    return Chains([np.array(p) for p in places], np.array(names, dtype=object), 10)


@given(words, words)
def test_edit_distance_equals_the_recursive_definition(a, b):
    @lru_cache(None)
    def distance(i, j):
        if i == 0 or j == 0:
            return i + j
        return min(
            distance(i - 1, j) + 1,
            distance(i, j - 1) + 1,
            distance(i - 1, j - 1) + (a[i - 1] != b[j - 1]),
        )

    assert edit_distance(a, b) == distance(len(a), len(b))


@given(words, words)
def test_similarity_is_symmetric_and_one_only_for_equal_chains(a, b):
    assert similarity(a, b) == similarity(b, a)
    assert 0 <= similarity(a, b) <= 1
    assert (similarity(a, b) == 1) == (a == b)


def test_reverse_task_reads_the_outcome_and_generates_its_causes():
    source, target = task_tokens(chains([1, 2, 3], [4, 3]), "reverse")
    n = N_SPECIAL
    assert source.tolist() == [[3 + n], [3 + n]]
    assert target.tolist() == [[START, 2 + n, 1 + n, STOP], [START, 4 + n, STOP, PAD]]


@given(st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=6), min_size=1, max_size=5))
def test_forward_task_is_the_reverse_task_of_the_turned_chains(places):
    turned = [p[::-1] for p in places]
    forward = task_tokens(chains(*places), "forward")
    reverse = task_tokens(chains(*turned), "reverse")
    assert np.array_equal(forward[0], reverse[0])
    assert np.array_equal(forward[1], reverse[1])


@given(st.integers(0, 99), st.floats(0.05, 0.95))
def test_no_lap_or_event_is_on_both_sides_of_a_split(seed, fraction):
    group = np.array(["a", "a", "b", "c", "c", "c", "d"])
    train, test = split_groups(group, fraction, np.random.default_rng(seed))
    assert not set(group[train]) & set(group[test])
    assert sorted([*train, *test]) == list(range(7))
    assert train.size
    assert test.size


def test_a_single_lap_cannot_be_split(rng):
    with pytest.raises(MissingData):
        split_groups(np.array(["a", "a"]), 0.5, rng)


def test_places_along_drops_repetitions_and_keeps_the_ends():
    positions = np.array([0.0, 0.1, 0.3, 0.35, 0.3, 1.99, 2.0])
    assert places_along(positions, 2.0, 10).tolist() == [0, 1, 9]


def test_chains_survive_a_dataset():
    before = chains([1, 2, 3], [4, 3])
    after = chains_from_dataset(chains_dataset(before))
    assert [p.tolist() for p in after.places] == [[1, 2, 3], [4, 3]]
    assert after.group.tolist() == before.group.tolist()
    assert after.n_places == 10


def test_endpoint_entropy_of_a_converging_maze():
    first, last = endpoint_entropy(chains([0, 9], [1, 9], [2, 9], [3, 9]))
    assert first == pytest.approx(2.0)
    assert last == 0.0
