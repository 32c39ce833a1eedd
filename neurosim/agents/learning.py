"""Tabular agents that learn a maze, with a replay policy between their steps."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from neurosim import NeurosimError
from neurosim.agents.imagination import Imagination, ImaginationParameters
from neurosim.agents.memory import Experience
from neurosim.agents.policies import greedy
from neurosim.agents.replay import (
    DrawnReplay,
    MovieReplay,
    NoReplay,
    PrioritisedSweeping,
    Replayed,
    Values,
    writes_in,
)
from neurosim.agents.world_model import WorldModel
from neurosim.errors import choices
from neurosim.tasks.worlds import World


@dataclass(frozen=True)
class LearningParameters:
    """How agents learn, and when a maze counts as learned.

    Attributes
    ----------
    learning_rate, discount, epsilon : float
    n_writes : int
        Values that may be written in replay after each step of the agent.
    n_episodes : int
        Episodes of the learning curve.
    max_steps : int
        Steps after which an agent is stopped.
    slack : float
        Length of an episode over the shortest way, up to which it is near-optimal.
    n_in_a_row : int
        Such episodes, one after another, that make the criterion.
    memory_size : int
        Experiences kept for replay.
    trace : float
        Lambda of TD(lambda).
    threshold : float
        Imagination is over when no step is worth more.
    bonus : float
        Added to the value of an action when the agent acts, times the root of the steps since it
        was last taken there (Sutton 1990, 10.1016/B978-1-55860-141-3.50030-4; on acting instead
        of on rewards, as in Sutton & Barto 2018, exercise 8.4: a bonus in the replayed rewards
        is never taken back by gain x need, since lowering the best value changes no policy).
    """

    learning_rate: float = 1.0
    discount: float = 0.95
    epsilon: float = 0.1
    n_writes: int = 5
    n_episodes: int = 30
    max_steps: int = 60_000
    slack: float = 1.5
    n_in_a_row: int = 3
    memory_size: int = 10_000
    trace: float = 0.9
    threshold: float = 0.0
    bonus: float = 0.0


@dataclass(frozen=True)
class Learned:
    """One agent's way through a maze.

    Attributes
    ----------
    length : array (episode,) of int
        Steps of each episode that came to its end.
    n_steps : int
        Steps of the agent.
    n_writes : int
        Values written besides those of the steps themselves: in replay, or along a trace.
    steps_to_criterion : float
        Steps of the agent until the criterion was met; the number allowed if it never was.
    reached : bool
        Whether it was met.
    values : array (state, action)
    """

    length: np.ndarray
    n_steps: int
    n_writes: int
    steps_to_criterion: float
    reached: bool
    values: np.ndarray


Maker = Callable[[WorldModel, LearningParameters, np.random.Generator], NoReplay]

POLICIES: dict[str, Maker] = {
    "none": lambda model, given, rng: NoReplay(),
    "td_lambda": lambda model, given, rng: NoReplay(),
    "movie_forward": lambda model, given, rng: MovieReplay(rng, False, given.memory_size),
    "movie_reverse": lambda model, given, rng: MovieReplay(rng, True, given.memory_size),
    "uniform": lambda model, given, rng: DrawnReplay(rng, given.memory_size),
    "prioritised": lambda model, given, rng: DrawnReplay(rng, given.memory_size, alpha=0.6),
    "prioritised_sweeping": lambda model, given, rng: PrioritisedSweeping(model),
    "imagination": lambda model, given, rng: Imagination(
        model, greedy(given.epsilon), ImaginationParameters(threshold=given.threshold), rng
    ),
}


class Agent:
    """A tabular agent in a maze.

    Parameters
    ----------
    world : World
    policy : str
        Of `POLICIES`.
    parameters : LearningParameters
    rng : numpy.random.Generator
        Of its actions; replay draws from a generator spawned from it.

    Raises
    ------
    NeurosimError
        If there is no such policy.
    """

    def __init__(
        self, world: World, policy: str, parameters: LearningParameters, rng: np.random.Generator
    ) -> None:
        if policy not in POLICIES:
            raise NeurosimError(
                f"replay policy: expected one of {choices(POLICIES)}, found {policy!r}"
            )
        self.world, self._given, self._rng = world, parameters, rng
        table = np.zeros((world.n_states, world.n_actions))
        self.values = Values(table, parameters.learning_rate, parameters.discount)
        self.model = WorldModel(world.n_states, world.n_actions)
        self._replay = POLICIES[policy](self.model, parameters, rng.spawn(1)[0])
        self._trace = np.zeros_like(table) if policy == "td_lambda" else None
        self.n_writes = 0
        self._after = world.start[0]  # where the next episode begins

    def act(self, state: int) -> tuple[int, bool]:
        """Draw an action, and say whether it is among the best."""
        values = self.values.table[state]
        wanted = values
        if self._given.bonus:
            wanted = values + self._given.bonus * np.sqrt(self.model.age(state))
        best = np.flatnonzero(wanted == wanted.max())
        action = int(best[int(self._rng.integers(best.size))])
        if self._rng.random() < self._given.epsilon:
            action = int(self._rng.integers(values.size))
        return action, bool(values[action] == values.max())

    def take_step(self, state: int) -> Experience:
        """Act once, learn from it and replay."""
        action, is_best = self.act(state)
        following = int(self.world.next_state[state, action])
        step = Experience(
            state, action, float(self.world.reward[following]), following,
            bool(self.world.terminal[following]),
        )  # fmt: skip
        self.model.learn(step)
        if step.ends:
            self.model.learn_restart(following, self._after)
        error = self._learn(step, is_best)
        self._replay.observe(step, error)
        done = self._replay.replay(self.values, following, self._given.n_writes)
        self.n_writes += writes_in(done)
        return step

    def replay(self, here: int, n_writes: int) -> Replayed:
        """Replay between episodes, from a state on."""
        done = self._replay.replay(self.values, here, n_writes)
        self.n_writes += writes_in(done)
        return done

    def _learn(self, step: Experience, is_best: bool) -> float:
        """Q-learning, or Watkins's Q(lambda) with replacing traces."""
        if self._trace is None:
            return self.values.write(step)
        error = self.values.error(step)
        if not is_best:
            self._trace[:] = 0.0  # what led to an exploring step is not credited with what follows
        self._trace[step.state] = 0.0
        self._trace[step.state, step.action] = 1.0
        self.values.table += self._given.learning_rate * error * self._trace
        self.n_writes += int(np.count_nonzero(self._trace)) - 1  # besides that of the step itself
        self._trace *= 0.0 if step.ends else self._given.discount * self._given.trace
        return error

    def run_episode(self, number: int, max_steps: int) -> tuple[int, bool]:
        """Steps of an episode, and whether it came to its end."""
        starts = self.world.start
        state, self._after = starts[number % len(starts)], starts[(number + 1) % len(starts)]
        for length in range(1, max_steps + 1):
            step = self.take_step(state)
            state = step.following
            if step.ends:
                return length, True
        return max_steps, False


def learn(
    world: World, policy: str, parameters: LearningParameters, rng: np.random.Generator
) -> Learned:
    """Let an agent learn until the criterion is met and the learning curve is long enough.

    Parameters
    ----------
    world : World
    policy : str
        Of `POLICIES`.
    parameters : LearningParameters
    rng : numpy.random.Generator

    Returns
    -------
    Learned
    """
    agent = Agent(world, policy, parameters, rng)
    best = np.array([world.best_length(state) for state in world.start])
    lengths: list[int] = []
    steps, met = 0, np.inf
    while (np.isinf(met) or len(lengths) < parameters.n_episodes) and steps < parameters.max_steps:
        length, ended = agent.run_episode(len(lengths), parameters.max_steps - steps)
        steps += length
        if not ended:
            break
        lengths.append(length)
        if np.isinf(met):
            shortest = best[np.arange(len(lengths)) % best.size]
            met = criterion(np.array(lengths), shortest, parameters)
    reached = bool(np.isfinite(met))
    met = min(met, parameters.max_steps)
    return Learned(np.array(lengths), steps, agent.n_writes, met, reached, agent.values.table)


def criterion(
    length: np.ndarray, shortest: np.ndarray | int, parameters: LearningParameters
) -> float:
    """Steps until some episodes in a row were near-optimal; infinite if they never were.

    Parameters
    ----------
    length : array (episode,) of int
    shortest : array (episode,) of int, or int
        Fewest steps that an episode takes.
    parameters : LearningParameters
    """
    near = length <= np.ceil(parameters.slack * np.asarray(shortest))
    n = parameters.n_in_a_row
    if near.size < n:
        return np.inf
    in_a_row = np.lib.stride_tricks.sliding_window_view(near, n).all(axis=1)
    first = np.flatnonzero(in_a_row)
    return float(length[: first[0] + n].sum()) if first.size else np.inf
