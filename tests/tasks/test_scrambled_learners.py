"""Movie and imagination: the same objects seen, another order kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.decode.state_orders import chain_transitions
from neurosim.tasks.scrambled import shown_in_pairs, shown_without_pairs
from neurosim.tasks.scrambled_learners import (
    DOG,
    VASE,
    WATER,
    believed_places,
    imagined_transitions,
    learned_rule,
    learner_transitions,
    make_task,
    movie_transitions,
    replayed_chains,
)

HIDDEN = [[0, 1, 2, 3], [4, 5, 6, 7]]


def study_2(seed, n_training=1):
    rng = np.random.default_rng(seed)
    return make_task(HIDDEN, shown_without_pairs(HIDDEN, rng), n_training, rng)


def test_water_vase_dog():
    """One training set teaches that the last comes first; new objects are put in that order."""
    training = [([[WATER, VASE, DOG]], [[DOG, VASE, WATER]])]
    rule = learned_rule(training)
    milk, glass, cat = 1, 2, 0
    seen = [[milk, glass, cat]]
    imagined = imagined_transitions(believed_places(rule, seen, 3), [3])
    assert replayed_chains(imagined) == [[cat, glass, milk]]
    assert replayed_chains(movie_transitions(seen, 3)) == [[milk, glass, cat]]


@given(st.integers(0, 500))
def test_each_learner_has_the_order_that_is_its_own(seed):
    task = study_2(seed)
    learned = learner_transitions(task)
    np.testing.assert_array_equal(learned["seen"], chain_transitions(task.seen, 8))
    np.testing.assert_array_equal(learned["inferred"], chain_transitions(task.inferred, 8))
    assert not (learned["seen"] * (learned["inferred"] + learned["inferred"].T)).any()
    for name, chains in (("seen", task.seen), ("inferred", task.inferred)):
        assert sorted(replayed_chains(learned[name])) == sorted(chains)


def test_whole_pairs_leave_both_learners_with_the_same_transitions(rng):
    """The first study: which order is replayed cannot be told from transitions."""
    task = make_task(HIDDEN, shown_in_pairs(HIDDEN, rng), 2, rng)
    learned = learner_transitions(task)
    np.testing.assert_allclose(learned["seen"], learned["inferred"])


def test_contradicting_sets_leave_doubt_in_proportion():
    training = [([[0, 1, 2]], [[0, 1, 2]])] * 3 + [([[0, 1, 2]], [[2, 1, 0]])]
    belief = believed_places(learned_rule(training), [[0, 1, 2]], 3)
    found = imagined_transitions(belief, [3])
    assert found[0, 1] == found[1, 2] == pytest.approx(0.75)
    assert found[1, 0] == found[2, 1] == pytest.approx(0.25)


def test_experience_shown_again_changes_no_share():
    once, often = movie_transitions([[0, 1, 2]], 3), movie_transitions([[0, 1, 2]] * 5, 3)
    np.testing.assert_array_equal(once, often)
    np.testing.assert_allclose(movie_transitions([[0, 1], [0, 2], [0, 2]], 3)[0], [0, 1 / 3, 2 / 3])


def test_a_circle_is_no_chain_and_ends_where_it_closes():
    assert replayed_chains(chain_transitions([[0, 1, 2, 0]], 3)) == []
    assert replayed_chains(chain_transitions([[3, 0, 1, 2, 0]], 4)) == [[3, 0, 1, 2]]


def test_what_cannot_be_learned_is_named():
    with pytest.raises(NeurosimError, match="no set"):
        learned_rule([])
    with pytest.raises(NeurosimError, match="one number of places"):
        learned_rule([([[0, 1]], [[0, 1]]), ([[0, 1, 2]], [[0, 1, 2]])])
    with pytest.raises(NeurosimError, match=r"hidden sequences, found \[7\]"):
        learned_rule([([[0, 7]], [[0, 1]])])
    with pytest.raises(NeurosimError, match="expected 3 places"):
        believed_places(np.eye(3), [[0, 1]], 2)
    with pytest.raises(NeurosimError, match="expected 3 hidden places"):
        imagined_transitions(np.eye(3), [2, 2])
