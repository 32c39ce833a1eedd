r"""What a model's chains are worth for choosing: errors at the choice points of a maze.

An agent that wants a goal values an action at a choice point by chains that a model generates:

- forward: chains from there on through the action; the mean of :math:`\gamma^{steps}` over those
  that reach the goal;
- reverse: chains back from the goal, each weighted by :math:`\gamma^{steps}` from the choice
  point; the weight of those that took the action. This is how often the action came before the
  goal, so it is habit times value; ``reverse_over_habit`` divides by how often the action is
  taken at all (Bayes' rule).

``habit`` takes the action most often taken, ``none`` draws among all.
"""

from collections.abc import Callable

import numpy as np
import xarray as xr

from neurosim.models.chain_study import StudyParameters, trained
from neurosim.seeds import generator
from neurosim.tasks.chains import N_SPECIAL, START, STOP, Chains, chains_in, task_of
from neurosim.tasks.mazes import Maze
from neurosim.tasks.readers import LawReader, Reader, generate

AGENTS = (
    "none", "habit", "forward", "reverse", "reverse_over_habit", "bayes", "bayes_forward",
)  # fmt: skip
DISCOUNT = 0.9  # a step (the seed's, H008)
N_CHAINS = 200  # generated for each value


def choose_by_models(
    chains: Chains, maze: Maze, parameters: StudyParameters, seed: int, name: str
) -> xr.Dataset:
    """Let agents choose at every decision point for every goal.

    Parameters
    ----------
    chains : Chains
        Experience, all of which is learned from.
    maze : Maze
        An action is right if no other leads to the goal in fewer steps.
    parameters, seed, name
        See `neurosim.models.chain_study.compare_readers`.

    Returns
    -------
    Dataset (seed, agent)
        ``choice_errors``: share of choices that are not right; ``n_choices``.
    """
    errors = np.array(
        [_one_seed(chains, maze, parameters, (seed, name, n)) for n in range(parameters.n_seeds)]
    )
    described = {"units": "1", "long_name": "choices that do not lead to the goal the shortest way"}
    return xr.Dataset(
        {
            "choice_errors": (("seed", "agent"), errors, described),
            "n_choices": ((), len(choices_in(maze)), {"long_name": "choices asked for"}),
        },
        coords={
            "seed": ("seed", np.arange(len(errors)), {"long_name": "training"}),
            "agent": list(AGENTS),
        },
    )


def choices_in(maze: Maze) -> list[tuple[int, int, list[int], list[int]]]:
    """Choice point, goal, actions and right actions, of all choices that matter."""
    away = _steps_to(maze.legal)
    goals = np.unique(maze.law.place[maze.law.stop > 0]).tolist()
    found = []
    for here in np.flatnonzero(maze.decision).tolist():
        actions = np.flatnonzero(maze.legal[here]).tolist()
        for goal in goals:
            steps = away[actions, goal]
            right = [a for a, s in zip(actions, steps, strict=True) if s == steps.min()]
            if np.isfinite(steps.min()) and len(right) < len(actions):
                found.append((here, goal, actions, right))
    return found


def _steps_to(legal: np.ndarray) -> np.ndarray:
    """Fewest steps (place, goal) along the ways of a maze."""
    from scipy.sparse.csgraph import shortest_path  # torch's users do not need it

    return shortest_path(legal.astype(float), unweighted=True)


def _one_seed(
    chains: Chains, maze: Maze, parameters: StudyParameters, stream: tuple[int, str, int]
) -> list[float]:
    """Share of errors (agent,)."""

    def rng(purpose: str) -> np.random.Generator:
        return generator(stream[0], "choose_by_models", stream[1], stream[2], purpose)

    longest = max(chain.size for chain in chains.places) + 1
    readers: dict[str, Reader] = {
        order: trained(order, chains, longest, parameters, rng)[0]
        for order in ("forward", "reverse")
    }
    readers |= {"bayes": LawReader(maze.law.turned()), "bayes_forward": LawReader(maze.law)}
    values = _Values(chains, maze, readers, longest, rng("chains"))
    ties = rng("ties")
    wrong = np.zeros(len(AGENTS))
    choices = choices_in(maze)
    for here, goal, actions, right in choices:
        for row, agent in enumerate(AGENTS):
            value = values.of(agent, here, goal, actions)
            best = np.flatnonzero(value >= value.max() - 1e-12)
            share = np.mean([actions[i] not in right for i in best])  # ties are drawn among
            wrong[row] += share if agent == "none" else actions[int(ties.choice(best))] not in right
    return (wrong / len(choices)).tolist()


class _Values:
    """Values of actions by what each agent knows."""

    def __init__(
        self,
        chains: Chains,
        maze: Maze,
        readers: dict[str, Reader],
        longest: int,
        rng: np.random.Generator,
    ) -> None:
        self._chains, self._maze, self._readers = chains, maze, readers
        self._longest, self._rng = longest, rng
        self._backward: dict[tuple[str, int], list[list[int]]] = {}

    def of(self, agent: str, here: int, goal: int, actions: list[int]) -> np.ndarray:
        """Value (action,)."""
        by: dict[str, Callable[[], np.ndarray]] = {
            "none": lambda: np.zeros(len(actions)),
            "habit": lambda: self._habit(here, actions),
            "forward": lambda: self._forward("forward", here, goal, actions),
            "bayes_forward": lambda: self._forward("bayes_forward", here, goal, actions),
            "reverse": lambda: self._reverse("reverse", here, goal, actions),
            "reverse_over_habit": lambda: (
                self._reverse("reverse", here, goal, actions)
                / np.maximum(self._habit(here, actions), 1e-9)
            ),
            "bayes": lambda: (
                self._reverse("bayes", here, goal, actions)
                / np.maximum(self._habit(here, actions), 1e-9)
            ),
        }
        return by[agent]()

    def _habit(self, here: int, actions: list[int]) -> np.ndarray:
        counts = np.zeros(self._maze.law.n_places)
        for chain in self._chains.places:
            np.add.at(counts, chain[1:][chain[:-1] == here], 1)
        return counts[actions] / max(counts[actions].sum(), 1)

    def _reverse(self, name: str, here: int, goal: int, actions: list[int]) -> np.ndarray:
        """Weight of the generated ways back from the goal that took each action."""
        value = np.zeros(len(actions))
        for chain in self._ways_back(name, goal):
            way = [goal, *chain]
            for step in range(1, len(way)):
                if way[step] == here and way[step - 1] in actions:
                    value[actions.index(way[step - 1])] += DISCOUNT**step
        return value / N_CHAINS

    def _ways_back(self, name: str, goal: int) -> list[list[int]]:
        if (name, goal) not in self._backward:
            ends = [c for c in range(self._chains.size) if self._chains.places[c][-1] == goal]
            source = task_of(self._chains.take(np.array(ends[:1])), "reverse").source
            many = np.repeat(source, N_CHAINS, axis=0)
            tokens = generate(self._readers[name], many, self._longest - 1, self._rng)
            self._backward[name, goal] = chains_in(tokens)
        return self._backward[name, goal]

    def _forward(self, name: str, here: int, goal: int, actions: list[int]) -> np.ndarray:
        """Mean discounted arrival at the goal of generated ways on through each action."""
        begun = [c for c in range(self._chains.size) if here in self._chains.places[c]]
        chain = self._chains.places[begun[0]]
        prefix = chain[: int(np.flatnonzero(chain == here)[0]) + 1]
        source = task_of(self._chains.take(np.array(begun[:1])), "forward").source
        value = np.zeros(len(actions))
        for row, action in enumerate(actions):
            read = np.array([START, *(prefix[1:] + N_SPECIAL), action + N_SPECIAL])
            steps = self._roll_out(self._readers[name], source, read, goal)
            value[row] = (DISCOUNT**steps).sum() / N_CHAINS  # never: an infinite number of steps
        return value

    def _roll_out(
        self, reader: Reader, source: np.ndarray, read: np.ndarray, goal: int
    ) -> np.ndarray:
        """Steps (chain,) to the goal where chains that go on end there, else infinity."""
        many, tokens = np.repeat(source, N_CHAINS, axis=0), np.tile(read, (N_CHAINS, 1))
        steps = np.full(N_CHAINS, np.inf)
        over = np.zeros(N_CHAINS, dtype=bool)
        for step in range(1, self._longest - read.size + 1):
            scores = reader.follow(many, tokens)
            token = (scores - np.log2(self._rng.exponential(size=scores.shape))).argmax(axis=1)
            arrived = ~over & (token == STOP) & (tokens[:, -1] == goal + N_SPECIAL)
            steps[arrived] = step
            over |= token == STOP
            if over.all():
                break
            tokens = np.column_stack([tokens, token])
        return steps
