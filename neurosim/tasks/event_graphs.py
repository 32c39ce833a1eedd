"""Chains of events from known causal graphs: reasons and answers, faults, decisions.

The graphs are small and made up for this purpose: what is known of them is the point. Each is a
law of chains (`neurosim.tasks.laws`), from causes to outcomes, drawn in layers.
"""

from dataclasses import replace

import networkx as nx
import numpy as np

from neurosim import NeurosimError
from neurosim.tasks.chains import Chains, chains_of
from neurosim.tasks.laws import draw_chains
from neurosim.tasks.mazes import Maze, build_maze, maze_of_ways

Graph = tuple[dict[str, float], dict[str, dict[str, float]]]

# Few premises and many conclusions: an answer tells its reasons, a premise not its answer.
QUESTION_ANSWERING: Graph = (
    {"it is winter": 0.6, "it is summer": 0.4},
    {
        "it is winter": {"nights are long": 0.5, "it is cold": 0.5},
        "it is summer": {"nights are short": 0.3, "it is hot": 0.7},
        "nights are long": {"lamps burn long": 0.6, "people sleep long": 0.4},
        "it is cold": {"ponds freeze": 0.4, "heaters run": 0.6},
        "nights are short": {"birds sing early": 1.0},
        "it is hot": {"ponds dry up": 0.3, "people drink more": 0.7},
        "lamps burn long": {"the bill is high": 0.7, "moths gather": 0.3},
        "people sleep long": {"shops open late": 1.0},
        "ponds freeze": {"children skate": 0.6, "ducks leave": 0.4},
        "heaters run": {"the bill is high": 0.5, "the air is dry": 0.5},
        "birds sing early": {"people wake early": 1.0},
        "ponds dry up": {"ducks leave": 0.5, "frogs fall silent": 0.5},
        "people drink more": {"glasses run out": 0.5, "the well falls": 0.5},
    },
)

# Many causes and few symptoms: a cause tells its symptom, a symptom not its cause.
FAULT_TRACES: Graph = (
    {
        "worn seal": 0.2,
        "split hose": 0.15,
        "blocked filter": 0.15,
        "stuck valve": 0.1,
        "loose plug": 0.15,
        "old battery": 0.15,
        "broken belt": 0.1,
    },
    {
        "worn seal": {"coolant leaks": 0.7, "oil leaks": 0.3},
        "split hose": {"coolant leaks": 1.0},
        "blocked filter": {"oil runs short": 0.6, "air runs short": 0.4},
        "stuck valve": {"coolant stands": 1.0},
        "loose plug": {"sparks fail": 1.0},
        "old battery": {"voltage drops": 1.0},
        "broken belt": {"voltage drops": 0.5, "coolant stands": 0.5},
        "coolant leaks": {"engine overheats": 1.0},
        "oil leaks": {"oil runs short": 1.0},
        "oil runs short": {"parts grind": 1.0},
        "air runs short": {"engine misfires": 1.0},
        "coolant stands": {"engine overheats": 1.0},
        "sparks fail": {"engine misfires": 1.0},
        "voltage drops": {"sparks fail": 0.3, "lamps dim": 0.7},
        "engine overheats": {"engine stops": 1.0},
        "parts grind": {"engine stops": 0.8, "lamp warns": 0.2},
        "engine misfires": {"engine stops": 0.5, "lamp warns": 0.5},
        "lamps dim": {"lamp warns": 1.0},
    },
)

# As many decisions as outcomes.
DECISION_SUPPORT: Graph = (
    {"order early": 0.4, "order late": 0.3, "make it here": 0.3},
    {
        "order early": {"parts in stock": 0.8, "storage full": 0.2},
        "order late": {"parts in stock": 0.4, "parts missing": 0.6},
        "make it here": {"parts in stock": 0.6, "parts missing": 0.4},
        "storage full": {"rent a hall": 1.0},
        "parts in stock": {"build on plan": 1.0},
        "parts missing": {"work overtime": 0.5, "wait": 0.5},
        "rent a hall": {"build on plan": 1.0},
        "build on plan": {"deliver in time": 0.9, "deliver late": 0.1},
        "work overtime": {"deliver in time": 0.7, "cancel": 0.3},
        "wait": {"deliver late": 0.6, "cancel": 0.4},
    },
)

GRAPHS = {
    "question_answering": QUESTION_ANSWERING,
    "fault_traces": FAULT_TRACES,
    "decision_support": DECISION_SUPPORT,
}


def event_graph(name: str) -> Maze:
    """Give the law of a causal graph of events.

    Parameters
    ----------
    name : {"question_answering", "fault_traces", "decision_support"}

    Returns
    -------
    Maze
        Places are events; `position` has their layer and their place in it.

    Raises
    ------
    NeurosimError
        If the graph has a circle or a cause that something causes.
    """
    starts, ways = GRAPHS[name]
    graph = nx.DiGraph((cause, effect) for cause in ways for effect in ways[cause])
    if not nx.is_directed_acyclic_graph(graph):
        raise NeurosimError(f"event graph {name!r}: expected no circle of causes, found one")
    roots = {event for event, degree in graph.in_degree() if degree == 0}
    if roots != set(starts):
        raise NeurosimError(
            f"event graph {name!r}: expected the first events {sorted(roots)}, "
            f"found {sorted(starts)}"
        )
    position = {}
    for layer, events in enumerate(nx.topological_generations(graph)):
        for row, event in enumerate(events):
            position[event] = (float(layer), row - (len(events) - 1) / 2)
    ends = [event for event, degree in graph.out_degree() if degree == 0]
    rewards = {event: 1 + number % 2 for number, event in enumerate(ends)}
    maze = maze_of_ways(starts, ways, position, rewards=rewards)
    return replace(maze, names=tuple(position))


def make_maze(kind: str, **options: float | str) -> Maze:
    """Make a maze of a kind, or the causal graph of a name (kind ``events``)."""
    if kind == "events":
        return event_graph(str(options["name"]))
    return build_maze(kind, **options)


def laps_in_maze(maze: Maze, n: int, rng: np.random.Generator) -> Chains:
    """Draw laps in a maze."""
    law = maze.law
    places, last = draw_chains(law, n, rng)
    names = [f"lap{number}" for number in range(n)]
    return chains_of(places, names, law.n_places, law.reward[last], law.context[last])
