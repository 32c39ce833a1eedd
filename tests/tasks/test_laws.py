"""Laws of chains: turned around they are the same law, and the reader is exact."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.tasks.chain_measures import token_bits
from neurosim.tasks.chains import N_SPECIAL, chains_of, task_of
from neurosim.tasks.laws import ChainLaw, draw_chains
from neurosim.tasks.readers import LawReader

LONGEST = 6


@st.composite
def laws(draw, n_states=4):
    """Laws in which states share places, so that a place does not tell the state."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    n = draw(st.integers(2, n_states))
    onward = rng.dirichlet(np.ones(n + 1), size=n)
    start = rng.dirichlet(np.ones(n))
    place = np.minimum(np.arange(n), rng.integers(1, n + 1))
    place = np.unique(place, return_inverse=True)[1]
    nothing = np.zeros(n, dtype=int)
    return ChainLaw(start, onward[:, :-1], onward[:, -1], place, nothing, nothing)


def probability(law, places):
    """Probability of a chain of places, by summing over all ways through states."""
    total = 0.0
    for states in product(range(law.start.size), repeat=len(places)):
        if [law.place[s] for s in states] == list(places):
            p = law.start[states[0]] * law.stop[states[-1]]
            for a, b in pairwise(states):
                p *= law.step[a, b]
            total += p
    return total


@given(laws())
def test_a_law_turned_twice_is_itself(law):
    again = law.turned().turned()
    assert np.allclose(again.start, law.start)
    assert np.allclose(again.step, law.step)
    assert np.allclose(again.stop, law.stop)


@given(laws(), st.lists(st.integers(0, 3), min_size=1, max_size=4))
def test_a_chain_is_as_probable_under_the_turned_law_read_backwards(law, places):
    places = [min(p, law.n_places - 1) for p in places]
    assert probability(law.turned(), places[::-1]) == pytest.approx(probability(law, places))


@given(laws(), st.integers(0, 1000), st.sampled_from(["forward", "reverse"]))
def test_the_reader_pays_what_a_chain_costs_given_its_end(law, seed, order):
    """Oracle: enumeration of all ways through states."""
    places, _ = draw_chains(law, 3, np.random.default_rng(seed))
    places = [chain[:4] for chain in places if chain.size <= 4]
    if not places:
        return
    read = law.turned() if order == "reverse" else law
    task = task_of(chains_of(places, ["a"] * len(places), law.n_places), order)
    found = token_bits(LawReader(read).predict(task.source, task.target[:, :-1]), task.target)
    for row, chain in enumerate(places):
        given_end = chain[-1] if order == "reverse" else chain[0]
        begin = read.start[read.place == given_end].sum()
        expected = np.log2(begin / probability(law, chain.tolist()))
        assert np.nansum(found[row]) == pytest.approx(expected)


@given(laws())
def test_predictions_are_probabilities(law):
    places, _ = draw_chains(law, 5, np.random.default_rng(0))
    task = task_of(chains_of(places, ["a"] * 5, law.n_places), "forward")
    found = np.exp2(LawReader(law).predict(task.source, task.target[:, :-1]))
    there = task.target[:, :-1] >= N_SPECIAL
    there[:, 0] = True
    assert np.allclose(found.sum(axis=2)[there], 1.0)


def test_drawn_chains_follow_the_law():
    law = ChainLaw(
        np.array([0.25, 0.75]),
        np.array([[0.0, 0.5], [0.2, 0.0]]),
        np.array([0.5, 0.8]),
        *(np.arange(2), np.zeros(2, int), np.zeros(2, int)),
    )
    places, last = draw_chains(law, 40_000, np.random.default_rng(1))
    assert np.mean([chain[0] for chain in places]) == pytest.approx(0.75, abs=0.01)
    assert np.mean([chain.size for chain in places]) == pytest.approx(law.visits.sum(), abs=0.02)
    assert np.bincount(last) / last.size == pytest.approx(law.last, abs=0.01)
    assert all(law.place[end] == chain[-1] for end, chain in zip(last, places, strict=True))


def test_endpoint_entropies_are_those_of_the_places_shown():
    law = ChainLaw(
        np.full(4, 0.25),
        np.zeros((4, 4)),
        np.ones(4),
        *(np.array([0, 0, 1, 1]), np.zeros(4, int), np.zeros(4, int)),
    )
    assert law.endpoint_entropies() == (1.0, 1.0)


@pytest.mark.parametrize(
    ("start", "stop", "message"),
    [([0.5, 0.4], [1.0, 1.0], "sum to 1"), ([1.0, 0.0], [1.0, 1.0], "be reached")],
)
def test_what_is_no_law_is_refused(start, stop, message):
    nothing = np.zeros(2, dtype=int)
    with pytest.raises(NeurosimError, match=message):
        ChainLaw(np.array(start), np.zeros((2, 2)), np.array(stop), np.arange(2), nothing, nothing)
