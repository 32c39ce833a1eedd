"""Mazes as Gymnasium environments: place-cell activity, or the number of the state, is observed."""

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from neurosim.tasks.worlds import World


def place_code(world: World, n_cells: int, field_sd: float, rng: np.random.Generator) -> np.ndarray:
    """Expected activity (state, cell) of place cells with one Gaussian field each, peak 1.

    Parameters
    ----------
    world : World
    n_cells : int
        Fields lie at places drawn without replacement as long as there are enough.
    field_sd : float
        Width of the fields, steps of the shortest way: fields do not reach through walls.
    rng : numpy.random.Generator
    """
    n = world.n_states
    drawn = np.concatenate([rng.permutation(n) for _ in range(-(-n_cells // n))])[:n_cells]
    distance = np.minimum(world.distance, world.distance.T)[:, drawn]
    return np.exp(-0.5 * (distance / field_sd) ** 2).astype(np.float32)


class WorldEnv(gymnasium.Env[Any, np.int64]):
    """A maze in which an episode leads from its start to a goal.

    Parameters
    ----------
    world : World
    code : array (state, cell), optional
        Activity that is observed; without it the number of the state is.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012  (Gymnasium reads it so)

    def __init__(self, world: World, code: np.ndarray | None = None) -> None:
        self.world, self._code = world, code
        self.action_space = spaces.Discrete(world.n_actions)
        if code is None:
            self.observation_space: spaces.Space[Any] = spaces.Discrete(world.n_states)
        else:
            self.observation_space = spaces.Box(0.0, 1.0, (code.shape[1],), np.float32)
        self._state, self._n_episodes = world.start[0], 0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin an episode at the next of the world's starts; the option ``state`` sets another.

        Returns
        -------
        observation : int or array (cell,)
        info : dict
            ``state``, the number of the state.
        """
        super().reset(seed=seed)
        if seed is not None:
            self._n_episodes = 0
        starts = self.world.start
        self._state = int((options or {}).get("state", starts[self._n_episodes % len(starts)]))
        self._n_episodes += 1
        return self._observed(), {"state": self._state}

    def step(self, action: np.int64) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Take a step; an episode ends at the goal and is never cut short."""
        self._state = int(self.world.next_state[self._state, int(action)])
        reward = float(self.world.reward[self._state])
        ends = bool(self.world.terminal[self._state])
        return self._observed(), reward, ends, False, {"state": self._state}

    def _observed(self) -> Any:
        return self._state if self._code is None else self._code[self._state].copy()
