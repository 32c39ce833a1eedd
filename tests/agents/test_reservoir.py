"""A reservoir: who is kept, what is drawn, and the order of movies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.agents.reservoir import DROPPED, Reservoir, annealed

MOVIES = ["movie_forward", "movie_reverse"]


def kept_of(sizes, size, rng):
    """Show examples, told by their numbers, in groups; give what the slots hold in the end."""
    memory, held, number = Reservoir(size), {}, 0
    for n in sizes:
        for example, slot in enumerate(memory.add(n, rng)):
            if slot != DROPPED:
                held[int(slot)] = number + example
        number += n
    return memory, held


@given(st.lists(st.integers(0, 40), min_size=1, max_size=8), st.integers(1, 30), st.integers(0, 99))
def test_the_slots_hold_distinct_examples_and_the_memory_knows_when_they_came(sizes, size, seed):
    memory, held = kept_of(sizes, size, np.random.default_rng(seed))
    assert len(memory) == min(size, sum(sizes)) == len(held)
    assert sorted(held) == list(range(len(memory)))
    assert len(set(held.values())) == len(held)
    assert [held[slot] for slot in range(len(memory))] == memory.arrival.tolist()


@pytest.mark.parametrize("sizes", [[40], [7] * 5 + [5], [1] * 40])
def test_every_example_is_equally_likely_to_be_kept(sizes):
    """However many come at a time; the standard error of a share is .011."""
    rng = np.random.default_rng(0)
    times = np.zeros(40)
    for _ in range(1500):
        _, held = kept_of(sizes, 10, rng)
        times[list(held.values())] += 1
    share = times / 1500
    assert share.sum() == pytest.approx(10)
    assert np.abs(share - 0.25).max() < 0.045


def test_one_long_task_does_not_push_out_the_one_before_it():
    memory = Reservoir(100)
    rng = np.random.default_rng(0)
    memory.add(500, rng)
    memory.add(500, rng)
    assert (memory.arrival < 500).mean() == pytest.approx(0.5, abs=0.15)


def filled(order, n=12, size=20, alpha=0.6):
    memory = Reservoir(size, alpha, order)
    slots = memory.add(n, np.random.default_rng(0))
    return memory, slots


def test_large_errors_are_replayed_more_and_weigh_less(rng):
    memory, slots = filled("prioritised", n=2, alpha=1.0)
    memory.update(slots, np.array([3.0, 1.0]))
    slot, weight = memory.next(4000, 1.0, rng)
    often = slot == slots[0]
    assert often.mean() == pytest.approx(0.75, abs=0.03)
    assert weight[often] == pytest.approx(1 / 3, rel=1e-3)
    assert weight[~often] == pytest.approx(1.0)


def test_what_is_new_is_replayed_as_much_as_the_worst_so_far(rng):
    memory, slots = filled("prioritised", n=9, alpha=1.0)
    memory.update(slots, np.r_[8.0, np.zeros(8)])
    new = memory.add(1, rng)
    slot, _ = memory.next(3000, 0.0, rng)
    assert (slot == new[0]).mean() == pytest.approx(0.5, abs=0.04)


def test_uniform_replay_does_not_look_at_errors(rng):
    memory, slots = filled("uniform", n=4)
    memory.update(slots, np.array([1e6, 0.0, 0.0, 0.0]))
    slot, weight = memory.next(4000, 0.7, rng)
    assert np.bincount(slot) / 4000 == pytest.approx(0.25, abs=0.03)
    assert (weight == 1).all()


@pytest.mark.parametrize("order", MOVIES)
@pytest.mark.parametrize("size", [20, 200])
def test_a_movie_goes_through_all_that_is_kept_in_order_and_begins_anew(order, size, rng):
    memory = Reservoir(size, order=order)
    memory.add(90, rng)
    kept = np.sort(memory.arrival)
    kept = kept[::-1] if order == "movie_reverse" else kept
    frames = np.concatenate([memory.next(n, 1.0, rng)[0] for n in (7, 1, 12, 100, 30)])
    assert memory.arrival[frames].tolist() == np.resize(kept, frames.size).tolist()


@pytest.mark.parametrize(("order", "sign"), [("movie_forward", 1), ("movie_reverse", -1)])
def test_a_movie_goes_on_where_it_was_when_frames_are_replaced(order, sign, rng):
    memory = Reservoir(30, order=order)
    memory.add(60, rng)
    shown = memory.arrival[memory.next(10, 1.0, rng)[0]][-1]
    memory.add(200, rng)
    following = memory.arrival[memory.next(1, 1.0, rng)[0]][0]
    later = sign * memory.arrival
    expected = later[later > sign * shown]
    assert sign * following == (expected.min() if expected.size else later.min())


def test_an_empty_memory_replays_nothing(rng):
    for order in ("uniform", *MOVIES):
        slot, weight = Reservoir(5, order=order).next(3, 1.0, rng)
        assert slot.size == weight.size == 0


def test_beta_goes_from_its_first_value_to_its_last_and_stays():
    assert [annealed((0.4, 1.0), done) for done in (0.0, 0.5, 1.0, 2.0)] == [0.4, 0.7, 1.0, 1.0]


def test_unknown_orders_and_empty_memories_are_refused():
    with pytest.raises(NeurosimError, match="'movie_forward', 'movie_reverse', 'prioritised'"):
        Reservoir(5, order="dreams")
    with pytest.raises(NeurosimError, match="expected 1 or more, found 0"):
        Reservoir(0)
