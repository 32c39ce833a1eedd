"""Generation: greedy, drawn, by a beam; and counts of what follows what."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim.tasks.chains import N_SPECIAL, PAD, START, STOP, chains_in, chains_of, task_of
from neurosim.tasks.event_graphs import laps_in_maze
from neurosim.tasks.mazes import decision_maze, hourglass
from neurosim.tasks.n_gram import NGram
from neurosim.tasks.readers import LawReader, generate, predict_each, search_beam


class Table:
    """A reader whose next token depends on the last one alone."""

    def __init__(self, seed, n_places=3):
        self.n_tokens = N_SPECIAL + n_places
        rng = np.random.default_rng(seed)
        share = rng.dirichlet(np.ones(self.n_tokens - 2), size=self.n_tokens)
        self.table = np.zeros((self.n_tokens, self.n_tokens))
        self.table[:, STOP:] = share

    def predict(self, source, tokens):
        read = np.column_stack([source[:, 0], tokens[:, 1:]])
        with np.errstate(divide="ignore"):
            return np.log2(self.table[read])

    def follow(self, source, tokens):
        return self.predict(source, tokens)[:, -1]


SOURCE = np.array([[N_SPECIAL, 0, 0], [N_SPECIAL + 1, 0, 0], [N_SPECIAL, 0, 0]])


@given(st.integers(0, 500))
def test_a_wide_beam_finds_the_most_probable_chain(seed):
    """Oracle: all chains of up to three places, those cut off among them."""
    reader = Table(seed)
    tokens, bits = search_beam(reader, SOURCE[:1], 3, width=200)
    best = -np.inf
    for length in range(4):
        for chain in product(range(N_SPECIAL, reader.n_tokens), repeat=length):
            whole = [*chain, STOP][:3]
            before = [N_SPECIAL, *whole]
            pairs = zip(before, whole, strict=False)
            best = max(best, sum(np.log2(reader.table[a, b]) for a, b in pairs))
    assert -bits[0] == pytest.approx(best)
    assert tokens.shape[1] <= 3


@given(st.integers(0, 500))
def test_a_beam_of_one_is_greedy(seed):
    reader = Table(seed)
    greedy, beam = generate(reader, SOURCE, 5), search_beam(reader, SOURCE, 5, 1)[0]
    assert chains_in(greedy) == chains_in(beam)


def test_equal_sources_give_equal_greedy_chains_and_end_at_the_stop():
    tokens = generate(Table(1), SOURCE, 6)
    assert np.array_equal(tokens[0], tokens[2])
    for row in tokens:
        after = np.flatnonzero(row == STOP)
        assert after.size == 0 or (row[after[0] + 1 :] == PAD).all()


def test_drawn_tokens_have_the_probabilities_of_the_reader(rng):
    reader = Table(4)
    many = np.repeat(SOURCE[:1], 20_000, axis=0)
    first = generate(reader, many, 1, rng)[:, 0]
    found = np.bincount(first, minlength=reader.n_tokens) / first.size
    assert found == pytest.approx(reader.table[N_SPECIAL], abs=0.015)


def test_chains_that_are_read_once_are_read_the_same(rng):
    laps = laps_in_maze(hourglass(2, 2, 0.6, 0.6, 2), 60, rng)
    task = task_of(laps, "forward")
    reader = LawReader(hourglass(2, 2, 0.6, 0.6, 2).law)
    whole = reader.predict(task.source, task.target[:, :-1])
    assert np.array_equal(whole, predict_each(reader, task.source, task.target[:, :-1]))


def test_what_cannot_be_under_a_law_costs_much_and_breaks_nothing():
    reader = LawReader(hourglass(2, 0, 0.6, 1.0, 2).law)
    impossible = task_of(chains_of([[5, 1, 3]], ["a"], reader.n_tokens - N_SPECIAL), "forward")
    found = reader.predict(impossible.source, impossible.target[:, :-1])
    assert np.isfinite(found).all()


@pytest.mark.parametrize("order", ["forward", "reverse"])
def test_counts_learn_a_law_of_one_step(order, rng):
    maze = hourglass(2, 2, 0.7, 0.6, 2)
    laps = laps_in_maze(maze, 8000, rng)
    task = task_of(laps, order)
    law = maze.law if order == "forward" else maze.law.turned()
    found = NGram(task, laps.n_places).predict(task.source, task.target[:, :-1])
    exact = LawReader(law).predict(task.source, task.target[:, :-1])
    there = task.target[:, 1:] != PAD
    assert np.abs(np.exp2(found) - np.exp2(exact))[there].max() < 0.06
    assert np.allclose(np.exp2(found).sum(axis=2), 1.0)


def test_counts_know_nothing_of_what_came_three_steps_ago(rng):
    """In the decision maze a dead end is not entered twice: that is two steps back, and known."""
    maze = decision_maze(0.5, 0.5, 0.5)
    task = task_of(laps_in_maze(maze, 500, rng), "forward")
    reader = NGram(task, maze.law.n_places)
    unseen = reader.predict(SOURCE[:1], np.array([[START, N_SPECIAL + 14]]))
    assert np.isfinite(unseen[0, -1, STOP])
    assert unseen[0, -1, START] == -np.inf
