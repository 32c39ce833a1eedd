"""Random streams: a stable function of seed and names."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from neurosim.seeds import generator, integer_seed

NAMES = st.lists(st.text("ab/1", min_size=1, max_size=4), max_size=3).map(tuple)


def first_draw(seed: int, *names: object) -> float:
    return generator(seed, *names).random()


def test_streams_are_what_they_were_when_results_were_published():
    assert first_draw(1, "simulate_recording", "rat1", "hypnogram") == 0.9022398017471442
    assert integer_seed(1, "agents", 3) == 196984560749631569


def test_a_stream_does_not_depend_on_the_streams_made_before_it():
    names = ["rat1", "rat2", "rat3"]
    forwards = {name: first_draw(1, name) for name in names}
    backwards = {name: first_draw(1, name) for name in reversed(names)}
    assert forwards == backwards


@pytest.mark.parametrize(
    "other", [(2, "a", "b"), (1, "a", "c"), (1, "b", "a"), (1, "a"), (1,), (1, "ab")]
)
def test_seed_names_and_their_order_make_another_stream(other):
    assert first_draw(1, "a", "b") != first_draw(*other)


@given(NAMES, NAMES)
@example(names=("a", "b"), others=("a/b",))
def test_different_names_never_share_a_stream(names, others):
    assert (first_draw(1, *names) == first_draw(1, *others)) == (names == others)


def test_numpy_global_state_is_neither_read_nor_changed():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first_draw(5, "x")
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_integer_seeds_fit_into_63_bits():
    seeds = [integer_seed(0, name) for name in range(200)]
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert len(set(seeds)) == 200
