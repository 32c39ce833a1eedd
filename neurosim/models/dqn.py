r"""A deep Q-network whose replays are made by a learner apart from the acting agent.

Mnih et al. 2015 (10.1038/nature14236) with double Q-learning (van Hasselt et al. 2016,
10.1609/aaai.v30i1.10295): the actor steps through a Gymnasium environment and fills a memory; the
learner draws from it, and now and then hands its weights to the actor.
"""

from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from gymnasium import spaces
from torch import nn

from neurosim import NeurosimError
from neurosim.agents.memory import PrioritisedMemory
from neurosim.errors import choices
from neurosim.tasks.world_env import WorldEnv

POLICIES = ("last", "uniform", "prioritised", "movie_forward", "movie_reverse")


@dataclass(frozen=True)
class DqnParameters:
    """Size and budget.

    Attributes
    ----------
    width : int
        Units of the hidden layer.
    learning_rate, discount, epsilon : float
    epsilon_steps : int
        Steps over which exploration falls from 1 to `epsilon`.
    batch_size : int
        Experiences of an update.
    n_updates : int
        After each step of the actor.
    hand_over : int
        Updates from one hand-over of the weights to the next.
    memory_size : int
    alpha : float
        Power of the priorities.
    beta : (float, float)
        Power of the weights at first and at last.
    """

    width: int = 64
    learning_rate: float = 1e-3
    discount: float = 0.95
    epsilon: float = 0.1
    epsilon_steps: int = 1000
    batch_size: int = 32
    n_updates: int = 1
    hand_over: int = 100
    memory_size: int = 10_000
    alpha: float = 0.6
    beta: tuple[float, float] = (0.4, 1.0)


class Learner:
    """What replays: it never acts.

    Parameters
    ----------
    n_cells, n_actions : int
    parameters : DqnParameters
    policy : {"last", "uniform", "prioritised", "movie_forward", "movie_reverse"}
        ``last`` replays nothing but the last step, again and again.
    n_steps : int
        Steps of the whole training, over which the weights of drawing become fair.
    rng : numpy.random.Generator
    """

    def __init__(
        self,
        n_cells: int,
        n_actions: int,
        parameters: DqnParameters,
        policy: str,
        n_steps: int,
        rng: np.random.Generator,
    ) -> None:
        if policy not in POLICIES:
            raise NeurosimError(f"policy: expected one of {choices(POLICIES)}, found {policy!r}")
        self._given, self._policy, self._rng, self._n_total = parameters, policy, rng, n_steps
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**63 - 1)))
            self._network = nn.Sequential(
                nn.Linear(n_cells, parameters.width),
                nn.ReLU(),
                nn.Linear(parameters.width, n_actions),
            )
        self._target = deepcopy(self._network)
        self._optimiser = torch.optim.Adam(
            self._network.parameters(), lr=parameters.learning_rate, fused=True
        )
        size = parameters.memory_size
        alpha = parameters.alpha if policy == "prioritised" else 0.0
        self._memory = PrioritisedMemory(size, alpha)
        self._before = torch.zeros(size, n_cells)
        self._after = torch.zeros(size, n_cells)
        self._action = torch.zeros(size, dtype=torch.long)
        self._reward = torch.zeros(size)
        self._ends = torch.zeros(size)
        self.n_replayed = 0
        self._ended: list[tuple[int, int]] = []
        self._first, self._cursor, self._n_added, self._n_updates = 0, np.zeros(0, int), 0, 0

    def keep(
        self, before: np.ndarray, action: int, reward: float, after: np.ndarray, ends: bool
    ) -> None:
        """Keep a step of the actor."""
        index = self._memory.add()
        self._before[index], self._after[index] = torch.from_numpy(before), torch.from_numpy(after)
        self._action[index], self._reward[index], self._ends[index] = action, reward, float(ends)
        self._n_added += 1
        if ends:
            self._ended.append((self._first, self._n_added))
            self._first = self._n_added

    def weights(self) -> nn.Module:
        """Give a copy of the network to act by."""
        return deepcopy(self._network).requires_grad_(False)

    def update(self) -> None:
        """Replay one batch."""
        index, weight = self._draw()
        if index.size == 0:
            return
        self.n_replayed += index.size
        rows = torch.from_numpy(index)
        value = self._network(self._before[rows]).gather(1, self._action[rows, None])[:, 0]
        with torch.no_grad():
            best = self._network(self._after[rows]).argmax(dim=1, keepdim=True)
            later = self._target(self._after[rows]).gather(1, best)[:, 0]
            goal = self._reward[rows] + self._given.discount * (1 - self._ends[rows]) * later
        error = goal - value
        loss = (torch.from_numpy(weight).float() * nn.functional.huber_loss(
            value, goal, reduction="none"
        )).mean()  # fmt: skip
        self._optimiser.zero_grad()
        loss.backward()
        self._optimiser.step()
        if self._policy == "prioritised":
            self._memory.update(index, error.detach().numpy())
        self._n_updates += 1
        if self._n_updates % self._given.hand_over == 0:
            self._target.load_state_dict(self._network.state_dict())

    def _draw(self) -> tuple[np.ndarray, np.ndarray]:
        """Indices (drawn,) of what is replayed, and their weights."""
        size = self._given.batch_size
        if self._policy.startswith("movie"):
            index = self._next_of_movie(size)
            return index, np.ones(index.size)
        if self._policy == "last":
            newest = (self._n_added - 1) % self._given.memory_size
            return np.array([newest]), np.ones(1)
        if len(self._memory) < size:
            return np.zeros(0, int), np.zeros(0)
        low, high = self._given.beta
        beta = low + (high - low) * min(1.0, self._n_added / self._n_total)
        return self._memory.draw(size, beta, self._rng)

    def _next_of_movie(self, size: int) -> np.ndarray:
        """Next frames of an episode drawn among those kept, then of another."""
        oldest = self._n_added - len(self._memory)
        self._ended = [(first, last) for first, last in self._ended if first >= oldest]
        if (self._cursor < oldest).any():  # a part of the episode was overwritten
            self._cursor = np.zeros(0, int)
        while self._ended and self._cursor.size < size:
            first, last = self._ended[int(self._rng.integers(len(self._ended)))]
            frames = np.arange(first, last)
            frames = frames[::-1] if self._policy == "movie_reverse" else frames
            self._cursor = np.concatenate([self._cursor, frames])
        index, self._cursor = self._cursor[:size], self._cursor[size:]
        return index % self._given.memory_size


def train_dqn(
    env: WorldEnv,
    policy: str,
    parameters: DqnParameters,
    n_steps: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, float]:
    """Let an actor and a learner work on a maze for a number of steps.

    Parameters
    ----------
    env : WorldEnv
        Observed through place cells.
    policy : str
        See `Learner`.
    parameters : DqnParameters
    n_steps : int
        Of the actor.
    rng : numpy.random.Generator

    Returns
    -------
    length : array (episode,) of int
        Steps of the episodes that came to their end.
    replays : float
        Experiences replayed a step.

    Raises
    ------
    NeurosimError
        If the environment shows numbers of states, or there is no such policy.
    """
    if not isinstance(env.observation_space, spaces.Box):
        raise NeurosimError(
            "environment: expected place cells to observe, found states; give a code"
        )
    n_cells, n_actions = env.observation_space.shape[0], int(env.action_space.n)
    learner = Learner(n_cells, n_actions, parameters, policy, n_steps, rng.spawn(1)[0])
    actor, lengths = learner.weights(), []
    seen, _ = env.reset(seed=int(rng.integers(2**31)))
    begun = 0
    for step in range(n_steps):
        share = min(1.0, step / parameters.epsilon_steps)
        epsilon = 1.0 + (parameters.epsilon - 1.0) * share
        if rng.random() < epsilon:
            action = int(rng.integers(n_actions))
        else:
            action = int(actor(torch.from_numpy(seen)).argmax())
        after, reward, ends, _, _ = env.step(np.int64(action))
        learner.keep(seen, action, reward, after, ends)
        for _ in range(parameters.n_updates):
            learner.update()
        if (step * parameters.n_updates) % parameters.hand_over < parameters.n_updates:
            actor = learner.weights()
        seen = after
        if ends:
            lengths.append(step + 1 - begun)
            begun = step + 1
            seen, _ = env.reset()
    return np.array(lengths), learner.n_replayed / n_steps
