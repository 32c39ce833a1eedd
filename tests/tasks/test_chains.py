"""Chains of places: tokens, splits and similarity."""

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import MissingData
from neurosim.tasks.chain_measures import edit_distance, similarity
from neurosim.tasks.chains import (
    N_SPECIAL,
    PAD,
    START,
    STOP,
    chains_dataset,
    chains_from_dataset,
    chains_in,
    chains_of,
    endpoint_entropy,
    join_chains,
    moved_on,
    places_along,
    split_chains,
    task_of,
)

words = st.lists(st.integers(0, 3), max_size=7)


def chains(*places, group=None):
    names = group if group is not None else [f"s/lap{i}" for i in range(len(places))]
    return chains_of([np.array(p) for p in places], names, 10)


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
    task = task_of(chains([1, 2, 3], [4, 3]), "reverse")
    n = N_SPECIAL
    assert task.source[:, 0].tolist() == [3 + n, 3 + n]
    assert task.target.tolist() == [[START, 2 + n, 1 + n, STOP], [START, 4 + n, STOP, PAD]]


@given(st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=6), min_size=1, max_size=5))
def test_forward_task_is_the_reverse_task_of_the_turned_chains(places):
    turned = [p[::-1] for p in places]
    forward = task_of(chains(*places), "forward")
    reverse = task_of(chains(*turned), "reverse")
    assert np.array_equal(forward.source, reverse.source)
    assert np.array_equal(forward.target, reverse.target)


@given(st.integers(0, 99), st.floats(0.05, 0.95))
def test_no_lap_or_event_is_on_both_sides_of_a_split(seed, fraction):
    group = np.array(["a", "a", "b", "c", "c", "c", "d"])
    laps = chains(*[[1, 2]] * 7, group=group)
    train, test = split_chains(laps, fraction, np.random.default_rng(seed))
    assert not set(group[train]) & set(group[test])
    assert sorted([*train, *test]) == list(range(7))
    assert train.size
    assert test.size


def test_a_single_lap_cannot_be_split(rng):
    with pytest.raises(MissingData):
        split_chains(chains([1, 2], [2, 3], group=["a", "a"]), 0.5, rng)


def test_held_out_paths_are_never_learned(rng):
    laps = chains([1, 2, 3], [1, 2, 3], [3, 2], [4, 5], [4, 5], [3, 2])
    train, test = split_chains(laps, 0.4, rng, "paths")
    known = {tuple(laps.places[row]) for row in train}
    assert known.isdisjoint({tuple(laps.places[row]) for row in test})
    assert sorted([*train, *test]) == list(range(6))


def test_the_reward_is_read_with_the_outcome_alone():
    laps = chains_of([[1, 2], [2, 3]], ["a", "b"], 10, reward=[1, 2], context=[0, 1])
    assert task_of(laps, "reverse").source[:, 1:].tolist() == [[1, 0], [2, 1]]
    assert task_of(laps, "forward").source[:, 1:].tolist() == [[0, 0], [0, 1]]


def test_spikes_at_the_end_that_is_read_are_the_source():
    counts = np.arange(2 * 2 * 3 * 4).reshape(2, 2, 3, 4)
    laps = chains_of([[1, 2], [2, 3]], ["a", "b"], 10, counts=counts)
    assert np.array_equal(task_of(laps, "forward").source, counts[:, 0])
    assert np.array_equal(task_of(laps, "reverse").source, counts[:, 1])


def test_animals_that_are_joined_keep_cells_of_their_own():
    one, other = (chains_of([[1, 2]], ["a"], 10, counts=np.full((1, 2, 3, n), n)) for n in (2, 5))
    joined = join_chains([one, other]).counts
    assert joined.shape == (2, 2, 3, 7)
    assert (joined[0, :, :, :2] == 2).all()
    assert (joined[0, :, :, 2:] == 0).all()
    assert (joined[1, :, :, 2:] == 5).all()
    assert join_chains([one, chains([1, 2])]).counts is None


def test_places_of_another_track_are_numbered_on():
    moved = moved_on(chains([1, 2]), 10, 15)
    assert moved.places[0].tolist() == [11, 12]
    assert moved.n_places == 15


def test_tokens_are_read_up_to_the_stop():
    n = N_SPECIAL
    assert chains_in(np.array([[1 + n, STOP, PAD], [2 + n, 3 + n, 4 + n], [STOP, PAD, PAD]])) == [
        [1],
        [2, 3, 4],
        [],
    ]


def test_places_along_drops_repetitions_and_keeps_the_ends():
    positions = np.array([0.0, 0.1, 0.3, 0.35, 0.3, 1.99, 2.0])
    assert places_along(positions, 2.0, 10).tolist() == [0, 1, 9]


def test_chains_survive_a_dataset():
    before = chains_of(
        [[1, 2, 3], [4, 3]],
        ["s/lap0", "s/lap1"],
        10,
        reward=[1, 0],
        context=[0, 2],
        counts=np.ones((2, 2, 3, 4)),
    )
    after = chains_from_dataset(chains_dataset(before))
    assert [p.tolist() for p in after.places] == [[1, 2, 3], [4, 3]]
    assert after.group.tolist() == before.group.tolist()
    assert after.n_places == 10
    assert (after.reward.tolist(), after.context.tolist()) == ([1, 0], [0, 2])
    assert np.array_equal(after.counts, before.counts)


def test_endpoint_entropy_of_a_converging_maze():
    first, last = endpoint_entropy(chains([0, 9], [1, 9], [2, 9], [3, 9]))
    assert first == pytest.approx(2.0)
    assert last == 0.0
