"""Mazes: their endpoint entropies are set one apart from the other."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.tasks.chain_measures import token_bits
from neurosim.tasks.chains import ORDERS, task_of
from neurosim.tasks.event_graphs import GRAPHS, event_graph, laps_in_maze, make_maze
from neurosim.tasks.mazes import (
    build_maze,
    decision_maze,
    hourglass,
    maze_dataset,
    maze_from_dataset,
    ring,
    similar_pair,
)
from neurosim.tasks.readers import LawReader

MAZES = {
    "converging": hourglass(3, 0, 0.7, 1.0, 2),
    "diverging": hourglass(0, 3, 1.0, 0.7, 2),
    "matched": hourglass(2, 2, 0.7, 0.7, 2),
    "wide": hourglass(1, 2, 0.5, 0.4, 1, branching=4),
    "ring": ring(6, 5, 0.7),
    "decision": decision_maze(0.3, 0.6, 0.6),
    "pair": similar_pair(8, 2, 0.2),
    **{name: event_graph(name) for name in GRAPHS},
}


def binary(p):
    return -sum(q * np.log2(q) for q in (p, 1 - p) if q > 0)


@given(st.integers(0, 3), st.integers(0, 3), st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_entropies_of_an_hourglass_are_set_one_apart_from_the_other(before, after, p_in, p_out):
    law = hourglass(before, after, p_in, p_out, corridor=2).law
    first, last = law.endpoint_entropies()
    assert first == pytest.approx(before * binary(p_in), abs=1e-9)
    assert last == pytest.approx(after * binary(p_out), abs=1e-9)


@pytest.mark.parametrize("name", MAZES)
def test_bits_differ_as_the_endpoint_entropies_do(name):
    """H(rest | last) - H(rest | first) = H(first) - H(last), on drawn laps."""
    maze = MAZES[name]
    laps = laps_in_maze(maze, 4000, np.random.default_rng(3))
    bits = {}
    for order in ORDERS:
        law = maze.law if order == "forward" else maze.law.turned()
        task = task_of(laps, order)
        found = token_bits(LawReader(law).predict(task.source, task.target[:, :-1]), task.target)
        bits[order] = np.nansum(found, axis=1)
    first, last = maze.law.endpoint_entropies()
    difference = bits["reverse"] - bits["forward"]
    error = 4 * difference.std() / np.sqrt(difference.size) + 1e-9
    assert difference.mean() == pytest.approx(first - last, abs=error)


@pytest.mark.parametrize("name", MAZES)
def test_laps_take_legal_ways_and_every_maze_survives_a_file(name):
    maze = MAZES[name]
    laps = laps_in_maze(maze, 200, np.random.default_rng(0))
    assert all(maze.legal[chain[:-1], chain[1:]].all() for chain in laps.places)
    again = maze_from_dataset(maze_dataset(maze))
    assert np.array_equal(again.law.step, maze.law.step)
    assert np.array_equal(again.legal, maze.legal)
    assert np.array_equal(again.decision, maze.decision)
    assert maze.position.shape == (maze.law.n_places, 2)


def test_a_ring_has_no_ends_and_no_preferred_side():
    first, last = MAZES["ring"].law.endpoint_entropies()
    assert first == pytest.approx(np.log2(6))
    assert last == pytest.approx(np.log2(6))


def test_the_decision_maze_has_two_choice_points_and_dead_ends_that_lead_back():
    maze = MAZES["decision"]
    assert maze.decision.sum() == 2
    blind = np.flatnonzero((maze.legal.sum(axis=0) == 1) & (maze.legal.sum(axis=1) == 1))
    assert any((maze.legal[place] & maze.legal[:, place]).any() for place in blind)
    laps = laps_in_maze(maze, 2000, np.random.default_rng(0))
    astray = np.mean([6 in chain.tolist() for chain in laps.places])
    assert astray == pytest.approx(0.3, abs=0.04)
    assert set(laps.reward.tolist()) == {1, 2}


def test_paths_of_a_similar_pair_stay_in_their_environment():
    maze = MAZES["pair"]
    laps = laps_in_maze(maze, 300, np.random.default_rng(0))
    ends = {int(chain[-1]) for chain in laps.places}
    assert len(ends) == 1  # the outcome does not tell the environment, the context does
    own = [
        {p for c, k in zip(laps.places, laps.context, strict=True) if k == n for p in c.tolist()}
        for n in (0, 1)
    ]
    assert own[0] & own[1]
    assert own[0] - own[1]
    assert own[1] - own[0]


def test_causal_graphs_have_no_circles_and_name_their_events():
    for name, (_, ways) in GRAPHS.items():
        graph = nx.DiGraph((a, b) for a in ways for b in ways[a])
        assert nx.is_directed_acyclic_graph(graph)
        assert len(event_graph(name).names) == graph.number_of_nodes()
        for share in ways.values():
            assert sum(share.values()) == pytest.approx(1.0)


def test_unknown_kinds_and_options_are_named():
    with pytest.raises(NeurosimError, match="expected a kind"):
        build_maze("spiral")
    with pytest.raises(NeurosimError, match="depth"):
        build_maze("ring", depth=3)
    assert make_maze("events", name="fault_traces").law.n_places == 20
