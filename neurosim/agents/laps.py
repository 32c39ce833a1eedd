"""What an agent replays before and after laps on a track that it runs back and forth.

The agent runs a `neurosim.tasks.worlds.two_way_track`, learns from every step, and replays by gain
x need before each lap and after its reward, as the simulated rats of Mattar & Daw 2018
(10.1038/s41593-018-0232-z) do. In laps drawn at random the reward at one end is another, as in
Ambrose, Pfeiffer & Foster 2016 (10.1016/j.neuron.2016.07.018).
"""

from dataclasses import dataclass, replace

import numpy as np

from neurosim import NeurosimError
from neurosim.agents.imagination import Imagination, ImaginationParameters
from neurosim.agents.learning import POLICIES, LearningParameters
from neurosim.agents.memory import Experience
from neurosim.agents.policies import softmax
from neurosim.agents.replay import NoReplay, Replayed, Values
from neurosim.agents.sequences import sequences_in
from neurosim.agents.world_model import WorldModel
from neurosim.errors import choices
from neurosim.tasks.worlds import World, two_way_track

WHEN = ("before_run", "after_reward")
ENDS = ("first", "last")  # places of the track
DIRECTIONS = ("forward", "reverse")
OTHER_POLICIES = (
    "movie_forward", "movie_reverse", "uniform", "prioritised", "prioritised_sweeping",
)  # fmt: skip


@dataclass(frozen=True)
class LapParameters:
    """Settings of an agent on a track.

    Attributes
    ----------
    n_places : int
    n_laps : int
        Laps, the first `n_practice` of which are not counted.
    n_practice : int
    n_backups : int
        At each end of a lap.
    learning_rate, discount : float
    inverse_temperature : float
        Of the softmax policy.
    reward_sd : float
        Of the noise on every reward.
    gain_floor : float
        See `neurosim.agents.imagination.ImaginationParameters`.
    min_steps : int
        Steps of the shortest sequence that counts.
    policy : str
        What is replayed: ``imagination``, or another of `neurosim.agents.learning.POLICIES` with
        as many writes as that has backups.
    """

    n_places: int = 10
    n_laps: int = 100
    n_practice: int = 20
    n_backups: int = 20
    learning_rate: float = 1.0
    discount: float = 0.9
    inverse_temperature: float = 5.0
    reward_sd: float = 0.1
    gain_floor: float = 1e-10
    min_steps: int = 3
    policy: str = "imagination"


@dataclass(frozen=True)
class ReplayEvent:
    """A sequence of replayed steps that follow each other on the track.

    Attributes
    ----------
    lap : int
    when : {"before_run", "after_reward"}
    end : {"first", "last"}
        Where the agent is.
    changed : bool
        Whether the reward at the end that is changed was another one in this lap.
    direction : {"forward", "reverse"}
        Order of the steps, against that of behaviour.
    states : tuple of int
        In the order of replay.
    """

    lap: int
    when: str
    end: str
    changed: bool
    direction: str
    states: tuple[int, ...]


@dataclass(frozen=True)
class Laps:
    """What an agent replayed.

    Attributes
    ----------
    events : list of ReplayEvent
    n_laps : array (changed, end) of int
        Laps that were counted, with the usual reward and with the other one, by where they led.
    """

    events: list[ReplayEvent]
    n_laps: np.ndarray


class TrackAgent:
    """An agent that runs laps and replays at their ends.

    Parameters
    ----------
    parameters : LapParameters
    rng : numpy.random.Generator

    Raises
    ------
    NeurosimError
        If there is no such replay policy.
    """

    def __init__(self, parameters: LapParameters, rng: np.random.Generator) -> None:
        self._given, self._rng = parameters, rng
        self.world = two_way_track(parameters.n_places)
        table = np.zeros((self.world.n_states, self.world.n_actions))
        self.values = Values(table, parameters.learning_rate, parameters.discount)
        self.model = WorldModel(self.world.n_states, self.world.n_actions)
        self._policy = softmax(parameters.inverse_temperature)
        self._replay = self._replaying(rng.spawn(1)[0])

    def _replaying(self, rng: np.random.Generator) -> NoReplay:
        given = self._given
        if given.policy == "imagination":
            settings = ImaginationParameters(gain_floor=given.gain_floor)
            return Imagination(self.model, self._policy, settings, rng)
        if given.policy not in POLICIES:
            raise NeurosimError(
                f"replay policy: expected one of {choices(POLICIES)}, found {given.policy!r}"
            )
        return POLICIES[given.policy](self.model, LearningParameters(), rng)

    def run_lap(self, lap: int, world: World) -> list[tuple[str, str, Replayed]]:
        """Run a lap for the rewards of a world; give what is replayed when and at which end."""
        start = world.start[lap % 2]
        replayed = [(WHEN[0], self._end(start), self._backups(start))]
        state = start
        while True:
            step = self._take_step(state, world)
            state = step.following
            if step.ends:
                break
        self.model.learn_restart(state, world.start[(lap + 1) % 2])
        replayed.append((WHEN[1], self._end(state), self._backups(state)))
        return replayed

    def _take_step(self, state: int, world: World) -> Experience:
        chances = self._policy(self.values.table[state])
        action = int(self._rng.choice(chances.size, p=chances))
        following = int(world.next_state[state, action])
        ends = bool(world.terminal[following])
        reward = float(world.reward[following])
        if ends:
            reward += self._given.reward_sd * float(self._rng.standard_normal())
        step = Experience(state, action, reward, following, ends)
        self.model.learn(step)
        self._replay.observe(step, self.values.write(step))
        return step

    def _backups(self, here: int) -> Replayed:
        if not self.model.ends.any():
            return []  # no reward has been found yet
        if isinstance(self._replay, Imagination):
            return self._replay.replay_backups(self.values, here, self._given.n_backups)
        return self._replay.replay(self.values, here, self._given.n_backups)

    def _end(self, state: int) -> str:
        """Which end of the track a state is nearest to."""
        place = state % self._given.n_places
        return ENDS[int(place >= self._given.n_places / 2)]


def run_laps(
    parameters: LapParameters, changed_reward: float | None, rng: np.random.Generator
) -> Laps:
    """Let an agent run laps, and list what it replays after practice.

    Parameters
    ----------
    parameters : LapParameters
    changed_reward : float, optional
        Reward at the last place in laps that lead there, drawn with probability one half, after
        practice; 1 elsewhere. The lap back counts with the lap out. None for no change.
    rng : numpy.random.Generator

    Returns
    -------
    Laps
    """
    agent = TrackAgent(parameters, rng)
    usual, other = agent.world, agent.world
    if changed_reward is not None:
        other = usual.with_rewards({parameters.n_places - 1: changed_reward})
    events: list[ReplayEvent] = []
    n_laps, changed = np.zeros((2, len(ENDS)), dtype=int), False
    for lap in range(parameters.n_laps):
        is_counted = lap >= parameters.n_practice
        if lap % 2 == 0:  # out, and back again: the way back follows on the same reward
            changed = is_counted and changed_reward is not None and bool(rng.random() < 0.5)
        n_laps[int(changed), 1 - lap % 2] += is_counted  # the first lap leads to the last place
        for when, end, backups in agent.run_lap(lap, other if changed else usual):
            if is_counted:
                events += [
                    ReplayEvent(lap, when, end, changed, direction, states)
                    for direction, states in sequences_in(backups, parameters.min_steps)
                ]
    return Laps(events, n_laps)


def settings_of(standard: LapParameters) -> dict[str, LapParameters]:
    """Settings and policies that decide what is replayed, one changed at a time.

    The standard is the first: imagination with the settings of Mattar & Daw.
    """
    policies = {name: replace(standard, policy=name) for name in OTHER_POLICIES}
    return {
        "standard": standard,
        "no_gain_floor": replace(standard, gain_floor=0.0),
        "learning_rate_0.6": replace(standard, learning_rate=0.6),
        "learning_rate_0.3": replace(standard, learning_rate=0.3),
        "greedier": replace(standard, inverse_temperature=2 * standard.inverse_temperature),
        "certain_reward": replace(standard, reward_sd=0.0),
    } | policies
