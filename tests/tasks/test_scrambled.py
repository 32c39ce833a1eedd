"""Scrambled experience: pairs that are kept whole cannot tell a movie from imagination."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.tasks.scrambled import shared_runs, shown_in_pairs, shown_without_pairs

TRUE = [[0, 1, 2, 3], [4, 5, 6, 7]]


@given(st.integers(0, 1000))
def test_whole_pairs_share_every_transition_and_no_longer_run(seed):
    """The trap: sequenceness of transitions cannot separate seen from inferred order here."""
    seen = shown_in_pairs(TRUE, np.random.default_rng(seed))
    assert shared_runs(seen, TRUE) == 1.0
    assert shared_runs(seen, TRUE, length=3) == 0.0


@given(st.integers(0, 1000))
def test_broken_pairs_share_no_transition_either_way_and_keep_the_objects(seed):
    seen = shown_without_pairs(TRUE, np.random.default_rng(seed))
    assert shared_runs(seen, TRUE) == 0.0
    assert shared_runs(seen, [chain[::-1] for chain in TRUE]) == 0.0
    assert sorted(item for chain in seen for item in chain) == list(range(8))
    assert [len(chain) for chain in seen] == [4, 4]


def test_pairs_come_in_another_order_each_time():
    orders = {str(shown_in_pairs(TRUE, np.random.default_rng(seed))) for seed in range(20)}
    assert len(orders) > 15


def test_an_order_shares_all_runs_with_itself_and_part_with_a_part():
    assert shared_runs(TRUE, TRUE, length=4) == 1.0
    assert shared_runs([[0, 1, 2]], TRUE) == pytest.approx(2 / 6)


def test_sequences_that_cannot_be_broken_up_are_refused():
    with pytest.raises(NeurosimError, match="no transition"):
        shown_without_pairs([[0, 1]], np.random.default_rng(0))
