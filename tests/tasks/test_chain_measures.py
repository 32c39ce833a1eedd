"""Measures of chains and of predictions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim.tasks.chain_measures import (
    bleu,
    by_distance,
    calibration_error,
    exact_matches,
    legal_fraction,
    redundancy,
    similarities,
    similarity,
    steps_from,
    token_bits,
    token_hits,
)
from neurosim.tasks.chains import chains_of, task_of

words = st.lists(st.integers(0, 3), max_size=6)


@given(st.lists(st.tuples(words, words), min_size=1, max_size=8))
def test_similarities_are_those_of_pairs(pairs):
    first, second = zip(*pairs, strict=True)
    assert similarities(first, second).tolist() == [similarity(a, b) for a, b in pairs]


def test_bleu_is_one_for_the_true_chains_and_falls_with_errors():
    true = [[1, 2, 3, 4, 5], [5, 4, 3, 2]]
    assert bleu(true, true) == pytest.approx(1.0)
    assert 0 < bleu([[1, 2, 3, 4, 9], [5, 4, 3, 2]], true) < 1
    assert bleu([[7, 8], [9]], true) < 0.1


def test_steps_are_legal_in_the_order_of_behaviour():
    legal = np.zeros((4, 4), dtype=bool)
    legal[[0, 1, 2], [1, 2, 3]] = True
    assert legal_fraction([[2, 1, 0]], np.array([3]), legal, "reverse").tolist() == [1.0]
    assert legal_fraction([[2, 1, 0]], np.array([3]), legal, "forward").tolist() == [0.0]
    assert np.isnan(legal_fraction([[]], np.array([3]), legal, "forward")[0])


def test_redundancy_counts_steps_back_to_where_a_chain_has_been():
    assert redundancy([[1, 2, 1, 0]], np.array([0])).tolist() == [0.5]
    assert redundancy([[1, 2, 3]], np.array([0])).tolist() == [0.0]


def test_exact_matches():
    assert exact_matches([[1, 2], [1]], [[1, 2], [2]]).tolist() == [1.0, 0.0]


def predictions(share):
    """The same probabilities at every step of two chains of 2 and 3 places."""
    task = task_of(chains_of([[0, 1], [0, 1, 2]], ["a", "b"], 3), "forward")
    n_chains, n_steps = task.target.shape[0], task.target.shape[1] - 1
    return np.log2(np.broadcast_to(share, (n_chains, n_steps, 6))), task.target


def test_bits_and_hits_stop_with_the_chain():
    share = np.array([1e-9, 1e-9, 0.25, 0.25, 0.4, 0.1])
    predicted, target = predictions(share)
    bits, hits = token_bits(predicted, target), token_hits(predicted, target)
    assert bits[0, 1] == pytest.approx(2.0)
    assert np.isnan(bits[0, 2])
    assert hits[1].tolist() == [1.0, 0.0, 0.0]


def test_predictions_that_come_as_often_as_they_say_are_calibrated(rng):
    share = np.array([1e-9, 1e-9, 0.2, 0.1, 0.5, 0.2])
    target = np.column_stack([np.ones(4000, int), rng.choice(6, size=4000, p=share / share.sum())])
    predicted = np.broadcast_to(np.log2(share), (4000, 1, 6))
    assert calibration_error(predicted, target) < 0.03
    confident = np.log2(np.array([1e-9, 1e-9, 0.01, 0.01, 0.97, 0.01]))
    assert calibration_error(np.broadcast_to(confident, (4000, 1, 6)), target) == pytest.approx(
        0.47, abs=0.03
    )


def test_distances_are_counted_from_the_outcome_in_either_order():
    values = np.array([[1.0, 2.0, 9.0, np.nan], [4.0, 9.0, np.nan, np.nan]])  # 9: stop tokens
    assert by_distance(values, "reverse", 4)[1:3].tolist() == [2.5, 2.0]
    assert np.isnan(by_distance(values, "reverse", 4)[[0, 3]]).all()
    assert by_distance(values, "forward", 4)[:2].tolist() == [3.0, 1.0]


def test_steps_have_a_place_before_and_after():
    task = task_of(chains_of([[4, 2, 0], [1, 3]], ["a", "b"], 5), "forward")
    before, after = steps_from(task.target, np.array([4, 1]))
    assert before.tolist() == [[4, 2, -1], [1, -1, -1]]
    assert after.tolist() == [[2, 0, -1], [3, -1, -1]]
