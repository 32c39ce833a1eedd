r"""Replay chosen by what it is worth: gain x need (Mattar & Daw 2018, 10.1038/s41593-018-0232-z).

Writing a value at state :math:`s` changes the policy there. Its gain is what the new policy earns
above the old one by the new values, :math:`\sum_a (\pi_{new} - \pi_{old}) Q_{new}`; its need is the
discounted number of visits that the policy will pay to :math:`s` from here on, a row of the
successor representation :math:`(1 - \gamma T)^{-1}`. Steps come from the learned model, so that
their sequences need never have happened; the last sequence may be extended by the step that the
policy would take next, which writes the values of all of its states.
"""

from dataclasses import dataclass

import numpy as np

from neurosim.agents.memory import Experience
from neurosim.agents.policies import Policy
from neurosim.agents.replay import NoReplay, Replayed, Values
from neurosim.agents.world_model import WorldModel

UNLIMITED = 10**9  # writes
ROUNDING = 1e-12  # of a value: a smaller change is none


@dataclass(frozen=True)
class ImaginationParameters:
    """Settings of gain x need.

    Attributes
    ----------
    gain_floor : float
        Gain that every known step has at least. Mattar & Daw's 1e-10 makes agents replay where
        nothing is to be gained, and forward sequences come of that alone at a learning rate of 1.
    threshold : float
        Replay is over when nothing is worth more.
    longest : int
        Steps of the longest sequence that is written at once.
    """

    gain_floor: float = 0.0
    threshold: float = 0.0
    longest: int = 20


class Imagination(NoReplay):
    """Replay by gain x need.

    Parameters
    ----------
    model : WorldModel
    policy : callable
        Of the agent: values (..., action) to probabilities.
    parameters : ImaginationParameters
    rng : numpy.random.Generator
        Draws among equally valuable steps.
    """

    def __init__(
        self,
        model: WorldModel,
        policy: Policy,
        parameters: ImaginationParameters,
        rng: np.random.Generator,
    ) -> None:
        self._model, self._policy, self._rng = model, policy, rng
        self._parameters = parameters
        self._last: list[Experience] = []

    def observe(self, step: Experience, error: float) -> None:
        """Begin a new sequence after every step."""
        self._last = []

    def replay(self, values: Values, here: int, n_writes: int) -> Replayed:
        """Write what is worth most, again and again, as far as the budget goes."""
        done: Replayed = []
        left = n_writes
        while left > 0 and (steps := self._best(values, here, left)):
            done.append(self._written(values, steps))
            left -= len(steps)
        return done

    def replay_backups(self, values: Values, here: int, n_backups: int) -> Replayed:
        """Replay as Mattar & Daw count: so many backups, whatever each of them writes."""
        done: Replayed = []
        self._last = []
        while len(done) < n_backups and (steps := self._best(values, here, UNLIMITED)):
            done.append(self._written(values, steps))
        return done

    def _written(self, values: Values, steps: list[Experience]) -> tuple[Experience, ...]:
        write_sequence(values, steps)
        self._last = steps
        return tuple(steps)

    def _best(self, values: Values, here: int, budget: int) -> list[Experience]:
        """Most valuable step, or longer sequence; nothing if none is worth it."""
        state, action, gain = self._gains(values)
        longer = self._extended(values) if len(self._last) < budget else []
        if state.size == 0 and not longer:
            return []
        need = need_of(self._model, self._policy(values.table), values.discount, here)
        worth = gain * need[state]
        found: list[Experience] = []
        best = self._parameters.threshold
        if worth.size and worth.max() > best:
            best = float(worth.max())
            chosen = int(self._rng.choice(np.flatnonzero(worth >= best * (1 - 1e-9))))
            found = [self._model.step(int(state[chosen]), int(action[chosen]))]
        if longer and self._worth_of(values, longer, need) > best:
            return longer
        return found

    def _gains(self, values: Values) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """States, actions and gains (step,) of the known steps that are worth anything."""
        model, table = self._model, values.table
        later = np.where(model.ends, 0.0, values.discount * table.max(axis=1)[model.next_state])
        target = model.reward + later
        change = values.learning_rate * (target - table)
        known = model.known
        if self._parameters.gain_floor == 0:
            known = known & (np.abs(change) > ROUNDING * (np.abs(target) + np.abs(table)))
        state, action = np.nonzero(known)
        gain = gain_of(table[state], action, change[state, action], self._policy)
        gain = np.maximum(gain, self._parameters.gain_floor)
        worth = gain > 0
        return state[worth], action[worth], gain[worth]

    def _extended(self, values: Values) -> list[Experience]:
        """The last sequence and the step that the agent would take after it, if that is known."""
        if not self._last or len(self._last) >= self._parameters.longest or self._last[-1].ends:
            return []
        here = self._last[-1].following
        action = int(values.table[here].argmax())
        if not self._model.known[here, action] or here in {step.state for step in self._last}:
            return []
        return [*self._last, self._model.step(here, action)]

    def _worth_of(self, values: Values, steps: list[Experience], need: np.ndarray) -> float:
        """Need times gain, over all states of a sequence."""
        state = np.array([step.state for step in steps])
        action = np.array([step.action for step in steps])
        change = values.learning_rate * (returns_of(values, steps) - values.table[state, action])
        gain = gain_of(values.table[state], action, change, self._policy)
        return float((need[state] * np.maximum(gain, self._parameters.gain_floor)).sum())


def gain_of(
    values: np.ndarray, action: np.ndarray, change: np.ndarray, policy: Policy
) -> np.ndarray:
    """What a changed policy earns above the old one by the new values.

    Parameters
    ----------
    values : array (step, action)
        Before.
    action : array (step,) of int
        Whose value is written.
    change : array (step,)
        Of that value.
    policy : callable

    Returns
    -------
    array (step,)
    """
    new = values.copy()
    new[np.arange(action.size), action] += change
    return ((policy(new) - policy(values)) * new).sum(axis=1)


def need_of(model: WorldModel, policy: np.ndarray, discount: float, here: int) -> np.ndarray:
    """Discounted number of visits (state,) from here on, under a policy (state, action).

    After the end of an episode the next begins where it did before, if that is known.
    """
    n_states = policy.shape[0]
    moves = np.zeros((n_states, n_states))
    np.add.at(moves, (np.arange(n_states)[:, None], model.next_state), policy)
    for terminal, start in model.restarts.items():
        moves[terminal] = np.arange(n_states) == start
    arrived = np.zeros(n_states)
    arrived[here] = 1.0
    return np.linalg.solve(np.eye(n_states) - discount * moves.T, arrived)


def returns_of(values: Values, steps: list[Experience]) -> np.ndarray:
    """Return (step,) of each step of a sequence: its rewards and the value where it leads."""
    last = steps[-1]
    total = 0.0 if last.ends else float(values.table[last.following].max())
    found = np.zeros(len(steps))
    for row in range(len(steps) - 1, -1, -1):
        total = steps[row].reward + values.discount * total
        found[row] = total
    return found


def write_sequence(values: Values, steps: list[Experience]) -> None:
    """Write the values of all steps of a sequence, each towards its return."""
    for step, target in zip(steps, returns_of(values, steps).tolist(), strict=True):
        before = values.table[step.state, step.action]
        values.table[step.state, step.action] += values.learning_rate * (target - before)
