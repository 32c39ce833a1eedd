r"""Mazes whose endpoint entropies are set, as laws of chains.

For any law :math:`H(rest|first) - H(rest|last) = H(last) - H(first)`, since both sides complete
:math:`H(chain)`: generating a chain from its end is cheaper than from its start only where the
start is more predictable than the end. Places of a maze are numbered; `Maze.position` says where
they are drawn.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.errors import choices
from neurosim.tasks.laws import ChainLaw


@dataclass(frozen=True)
class Maze:
    """A maze: its law and where its places are.

    Attributes
    ----------
    law : ChainLaw
    position : array (place, space)
        Where places are drawn, in steps.
    decision : array (place,) of bool
        Whether paths part at a place in the order of behaviour.
    names : tuple of str
        What places are called, where they are events.
    """

    law: ChainLaw
    position: np.ndarray
    decision: np.ndarray
    names: tuple[str, ...] = ()

    @property
    def legal(self) -> np.ndarray:
        """Whether a place may follow a place (place, next place) in the order of behaviour."""
        allowed = np.zeros((self.law.n_places, self.law.n_places), dtype=bool)
        first, second = np.nonzero(self.law.step)
        allowed[self.law.place[first], self.law.place[second]] = True
        return allowed


def maze_dataset(maze: Maze) -> xr.Dataset:
    """Write a maze: its law by state, and its places."""
    law = maze.law
    described = {
        "start": (("state",), law.start, "probability that a chain begins in a state"),
        "step": (("state", "next_state"), law.step, "probability that a state follows"),
        "stop": (("state",), law.stop, "probability that a chain ends in a state"),
        "place": (("state",), law.place.astype(np.int32), "place that a state shows"),
        "context": (("state",), law.context.astype(np.int32), "context of a state"),
        "reward": (("state",), law.reward.astype(np.int32), "size of the reward at an end"),
        "position": (("place_number", "space"), maze.position, "where a place is drawn, steps"),
        "decision": (
            ("place_number",),
            maze.decision.astype(np.int8),
            "1 where paths part at a place",
        ),
        "name": (("place_number",), _names(maze), "what a place is called"),
    }
    return xr.Dataset(
        {
            key: (
                dims,
                values,
                {"long_name": words} | ({"units": "1"} if values.dtype.kind == "f" else {}),
            )
            for key, (dims, values, words) in described.items()
        }
    )


def _names(maze: Maze) -> np.ndarray:
    return np.array(maze.names or [""] * maze.law.n_places, dtype=object)


def maze_from_dataset(dataset: xr.Dataset) -> Maze:
    """Read a maze written by `maze_dataset`."""
    law = ChainLaw(
        *(dataset[key].values for key in ("start", "step", "stop", "place", "context", "reward")),
        n_places=dataset.sizes["place_number"],
    )
    names = tuple(dataset["name"].values.astype(str))
    return Maze(law, dataset["position"].values, dataset["decision"].values == 1, names)


Ways = Mapping[object, Mapping[object, float]]


def maze_of_ways(
    starts: Mapping[object, float],
    ways: Ways,
    position: Mapping[object, tuple[float, float]],
    place_of: Mapping[object, object] | None = None,
    contexts: Mapping[object, int] | None = None,
    rewards: Mapping[object, int] | None = None,
) -> Maze:
    """Build a maze from the ways between named states.

    Parameters
    ----------
    starts : Mapping of state to probability
    ways : Mapping of state to Mapping of next state to probability
        A state without ways ends the chain; ``None`` as the next state ends it too.
    position : Mapping of place to (x, y)
        Of every place, in the order of their numbers.
    place_of : Mapping of state to place, optional
        Of states that are no places.
    contexts, rewards : Mapping, optional
        Context and reward of states; 0 where they are not named.

    Returns
    -------
    Maze
    """
    shown, contexts, rewards = place_of or {}, contexts or {}, rewards or {}
    states = list(dict.fromkeys([*starts, *ways, *(s for w in ways.values() for s in w)]))
    states = [state for state in states if state is not None]
    index = {state: number for number, state in enumerate(states)}
    places = {place: number for number, place in enumerate(position)}
    step = np.zeros((len(states), len(states)))
    stop = np.zeros(len(states))
    for state in states:
        for following, probability in (ways.get(state) or {None: 1.0}).items():
            if following is None:
                stop[index[state]] += probability
            else:
                step[index[state], index[following]] += probability
    start = np.zeros(len(states))
    for state, probability in starts.items():
        start[index[state]] = probability
    place = np.array([places[shown.get(state, state)] for state in states])
    law = ChainLaw(
        start=start,
        step=step,
        stop=stop,
        place=place,
        context=np.array([contexts.get(state, 0) for state in states]),
        reward=np.array([rewards.get(state, 0) for state in states]),
        n_places=len(position),
    )
    return Maze(law, np.array(list(position.values()), dtype=float), _decisions(law))


def _decisions(law: ChainLaw) -> np.ndarray:
    """Whether some state of a place (place,) has more than one way on."""
    branches = (law.step > 0).sum(axis=1) + (law.stop > 0) > 1
    return np.bincount(law.place, branches, minlength=law.n_places) > 0


def hourglass(
    depth_in: int, depth_out: int, p_in: float, p_out: float, corridor: int, branching: int = 2
) -> Maze:
    """Paths that run together, pass a corridor and part again.

    Each endpoint is drawn branch by branch with probability `p_in` or `p_out` of the first branch,
    the others sharing the rest: entropies of the first and of the last place are set one apart
    from the other. With `depth_out` 0 the maze converges on one goal; with `depth_in` 0 it
    diverges from one start.

    Parameters
    ----------
    depth_in, depth_out : int
        Branchings before and after the corridor.
    p_in, p_out : float
    corridor : int
        Places of the corridor.
    branching : int
        Branches at each point where paths meet or part.
    """
    shares = {
        side: np.array([p, *[(1 - p) / (branching - 1)] * (branching - 1)])
        for side, p in (("in", p_in), ("out", p_out))
    }
    middle = [("middle", number) for number in range(corridor)]
    inward, outward = _leaves(depth_in, branching), _leaves(depth_out, branching)
    ways: dict[object, dict[object, float]] = {}
    for word in inward:
        ways[("in", word)] = {("in", word[:-1]) if len(word) > 1 else middle[0]: 1.0}
    for place, following in pairwise(middle):
        ways[place] = {following: 1.0}
    for word in [(), *outward]:
        if len(word) < depth_out:
            place = ("out", word) if word else middle[-1]
            ways[place] = {("out", (*word, b)): float(shares["out"][b]) for b in range(branching)}
    full = [word for word in inward if len(word) == depth_in]
    starts = {("in", word): float(np.prod(shares["in"][list(word)])) for word in full}
    position = {("in", word): (-float(len(word)), _height(word, branching)) for word in inward}
    position |= {p: (float(number), 0.0) for number, p in enumerate(middle)}
    position |= {
        ("out", word): (corridor - 1.0 + len(word), _height(word, branching)) for word in outward
    }
    ends = [("out", word) for word in outward if len(word) == depth_out] or middle[-1:]
    rewards = {end: 1 + number % 2 for number, end in enumerate(ends)}
    return maze_of_ways(starts or {middle[0]: 1.0}, ways, position, rewards=rewards)


def _leaves(depth: int, branching: int) -> list[tuple[int, ...]]:
    """Words of the branches of a tree, those nearest to the root first."""
    words: list[tuple[int, ...]] = []
    layer: list[tuple[int, ...]] = [()]
    for _ in range(depth):
        layer = [(*word, b) for word in layer for b in range(branching)]
        words += layer
    return words


def _height(word: Sequence[int], branching: int) -> float:
    return float(sum((b - (branching - 1) / 2) * 4 / branching**k for k, b in enumerate(word)))


def ring(n_places: int, n_steps: int, p_onward: float) -> Maze:
    """Walk on a ring: onward with a probability, else back; the null, since it has no ends.

    The walk is as unlikely to be turned around as one likes (it is irreversible), and still costs
    as much from its end as from its start.
    """
    ways = {}
    for step in range(n_steps - 1):
        for place in range(n_places):
            onward, back = (place + 1) % n_places, (place - 1) % n_places
            ways[place, step] = {(onward, step + 1): p_onward, (back, step + 1): 1 - p_onward}
    angle = 2 * np.pi * np.arange(n_places) / n_places
    radius = n_places / (2 * np.pi)
    return maze_of_ways(
        {(place, 0): 1 / n_places for place in range(n_places)},
        ways,
        {p: (radius * np.cos(a), radius * np.sin(a)) for p, a in enumerate(angle.tolist())},
        {(p, s): p for p in range(n_places) for s in range(n_steps)},
        rewards={(p, n_steps - 1): 1 for p in range(n_places)},
    )


def decision_maze(p_astray: float, p_start: float, p_goal: float) -> Maze:
    """Two starts, a junction, two choice points with dead ends, and two goals of other rewards.

    At each choice point the animal goes astray with a probability, turns at the dead end and comes
    back; it does not go astray twice at one point. Starts and goals have the entropies of
    `p_start` and `p_goal`.
    """
    ways: dict[object, dict[object, float]] = {
        "start a": {"approach a": 1.0},
        "approach a": {"junction": 1.0},
        "start b": {"approach b": 1.0},
        "approach b": {"junction": 1.0},
        "junction": {"choice 1": 1.0},
        "choice 1": {"blind 1": p_astray, "passage": 1 - p_astray},
        "blind 1": {"dead end 1": 1.0},
        "dead end 1": {"blind 1 back": 1.0},
        "blind 1 back": {"choice 1 again": 1.0},
        "choice 1 again": {"passage": 1.0},
        "passage": {"choice 2": 1.0},
        "choice 2": {
            "blind 2": p_astray,
            "arm a": (1 - p_astray) * p_goal,
            "arm b": (1 - p_astray) * (1 - p_goal),
        },
        "blind 2": {"dead end 2": 1.0},
        "dead end 2": {"blind 2 back": 1.0},
        "blind 2 back": {"choice 2 again": 1.0},
        "choice 2 again": {"arm a": p_goal, "arm b": 1 - p_goal},
        "arm a": {"goal a": 1.0},
        "arm b": {"goal b": 1.0},
    }
    position = {
        "start a": (-2.0, 1.0), "approach a": (-1.0, 1.0),
        "start b": (-2.0, -1.0), "approach b": (-1.0, -1.0),
        "junction": (0.0, 0.0), "choice 1": (1.0, 0.0),
        "blind 1": (1.0, 1.0), "dead end 1": (1.0, 2.0),
        "passage": (2.0, 0.0), "choice 2": (3.0, 0.0),
        "blind 2": (4.0, 0.0), "dead end 2": (5.0, 0.0),
        "arm a": (3.0, 1.0), "goal a": (3.0, 2.0),
        "arm b": (3.0, -1.0), "goal b": (3.0, -2.0),
    }  # fmt: skip
    return maze_of_ways(
        {"start a": p_start, "start b": 1 - p_start},
        ways,
        position,
        {
            "blind 1 back": "blind 1",
            "choice 1 again": "choice 1",
            "blind 2 back": "blind 2",
            "choice 2 again": "choice 2",
        },
        rewards={"goal a": 1, "goal b": 2},
    )


def similar_pair(n_steps: int, shared_every: int, p_detour: float) -> Maze:
    """Two environments, one path in each, that share places, the outcome among them.

    In each environment every place that is not shared may be passed by (a detour through a place
    of its own) with a probability, so that the environments are learned, not looked up.
    """
    ways: dict[object, dict[object, float]] = {}
    shown: dict[object, object] = {}
    position: dict[object, tuple[float, float]] = {}
    for context in (0, 1):
        side = 1.0 - 2 * context
        for step in range(n_steps):
            is_shared = step % shared_every == shared_every - 1 or step == n_steps - 1
            place = ("both", step) if is_shared else (context, step)
            shown[context, step] = place
            position[place] = (float(step), 0.0 if is_shared else side)
            onward = {(context, step + 1): 1.0}
            if step + 1 < n_steps - 1 and (step + 1) % shared_every != shared_every - 1:
                detour = (context, step + 1, "detour")
                onward = {(context, step + 1): 1 - p_detour, detour: p_detour}
                shown[detour] = detour
                position[detour] = (float(step + 1), 2 * side)
                ways[detour] = {(context, step + 2): 1.0}
            if step < n_steps - 1:
                ways[context, step] = onward
    return maze_of_ways(
        {(0, 0): 0.5, (1, 0): 0.5},
        ways,
        position,
        shown,
        {state: state[0] for state in shown},
        {(context, n_steps - 1): 1 for context in (0, 1)},
    )


BUILDERS: dict[str, Callable[..., Maze]] = {
    "hourglass": hourglass,
    "ring": ring,
    "decision": decision_maze,
    "similar_pair": similar_pair,
}


def build_maze(kind: str, **options: float) -> Maze:
    """Build a maze of a kind.

    Raises
    ------
    NeurosimError
        If the kind is unknown or an option is not one of its own.
    """
    if kind not in BUILDERS:
        raise NeurosimError(f"maze: expected a kind among {choices(BUILDERS)}, found {kind!r}")
    try:
        return BUILDERS[kind](**options)
    except TypeError as error:
        raise NeurosimError(f"maze of the kind {kind!r}: {error}; see {kind} in mazes") from error
