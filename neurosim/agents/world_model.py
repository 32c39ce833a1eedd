"""What an agent has seen of a maze: the last outcome of every action that it took."""

import numpy as np

from neurosim.agents.memory import Experience


class WorldModel:
    """A learned model of moves that always succeed.

    Parameters
    ----------
    n_states, n_actions : int

    Attributes
    ----------
    next_state : array (state, action) of int
        The state itself where an action was never taken.
    reward : array (state, action)
    ends : array (state, action) of bool
        Whether the episode ended.
    known : array (state, action) of bool
        Whether the action was taken.
    predecessors : list of set of (int, int)
        States and actions that lead to each state.
    restarts : dict of int to int
        Where the episode after one that ended in a state began.
    """

    def __init__(self, n_states: int, n_actions: int) -> None:
        self.next_state = np.tile(np.arange(n_states)[:, None], (1, n_actions))
        self.reward = np.zeros((n_states, n_actions))
        self.ends = np.zeros((n_states, n_actions), dtype=bool)
        self.known = np.zeros((n_states, n_actions), dtype=bool)
        self.predecessors: list[set[tuple[int, int]]] = [set() for _ in range(n_states)]
        self.restarts: dict[int, int] = {}
        self._n_steps = 0
        self._taken = np.zeros((n_states, n_actions))

    def learn(self, step: Experience) -> None:
        """Keep what an action led to."""
        pair = step.state, step.action
        if self.known[pair]:
            self.predecessors[self.next_state[pair]].discard(pair)
        self.next_state[pair], self.reward[pair] = step.following, step.reward
        self.ends[pair], self.known[pair] = step.ends, True
        self.predecessors[step.following].add(pair)
        self._n_steps += 1
        self._taken[pair] = self._n_steps

    def age(self, state: int) -> np.ndarray:
        """Steps (action,) since each action was last taken in a state, or since the beginning."""
        return self._n_steps - self._taken[state]

    def step(self, state: int, action: int) -> Experience:
        """What an action is known to lead to."""
        pair = state, action
        reward, following = float(self.reward[pair]), int(self.next_state[pair])
        return Experience(state, action, reward, following, bool(self.ends[pair]))

    def learn_restart(self, terminal: int, start: int) -> None:
        """Keep where the episode after one that ended in a state began."""
        self.restarts[terminal] = start
