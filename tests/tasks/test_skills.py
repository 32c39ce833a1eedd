"""Skills that need a memory: what is shown, what is asked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.tasks.skills import N_BITS, N_FLAGS, SKILLS, copy_episodes, recall_episodes

lengths = st.integers(1, 12)


@given(length=lengths)
def test_a_copy_is_what_was_shown(length):
    x, y, asked = copy_episodes(length, 4, np.random.default_rng(length))
    assert x.shape == (4, 2 * length + 1, N_BITS + N_FLAGS)
    assert asked.sum() == length
    shown = x[:, x[0, :, N_BITS] == 1, :N_BITS]
    np.testing.assert_array_equal(shown, 2 * y[:, asked] - 1)
    assert not x[:, asked].any()  # nothing is shown while it speaks
    assert (x[..., N_BITS + 1].sum(axis=1) == 1).all()


@given(n_pairs=lengths)
def test_recall_asks_for_the_value_after_each_key_once(n_pairs):
    x, y, asked = recall_episodes(n_pairs, 4, np.random.default_rng(n_pairs))
    assert asked.sum() == n_pairs
    for episode, answers in zip(x, y, strict=True):
        steps = [tuple(step[:N_BITS]) for step in episode]
        is_key, is_asked = episode[:, N_BITS] == 1, episode[:, N_BITS + 1] == 1
        pairs = {steps[i]: steps[i + 1] for i in np.flatnonzero(is_key)}
        assert len(pairs) == n_pairs  # all keys differ
        queries = np.flatnonzero(is_asked)
        assert {steps[i] for i in queries} == set(pairs)
        for i in queries:
            assert asked[i + 1]
            assert not episode[i + 1].any()
            np.testing.assert_array_equal(2 * answers[i + 1] - 1, pairs[steps[i]])


def test_keys_are_asked_in_an_order_of_their_own(rng):
    x, _, _ = recall_episodes(6, 50, rng)
    heard = x[:, :12:2, :N_BITS]
    queried = x[:, 12::2, :N_BITS]
    assert (heard == queried).all(axis=(1, 2)).mean() < 0.1


@pytest.mark.parametrize("skill", SKILLS)
def test_the_same_generator_gives_the_same_episodes(skill):
    first, second = (SKILLS[skill](3, 2, np.random.default_rng(1)) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


def test_more_pairs_than_keys_are_refused(rng):
    with pytest.raises(NeurosimError, match="at most 256 pairs of different keys, found 257"):
        recall_episodes(257, 1, rng)
