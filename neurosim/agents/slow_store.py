"""What replay moves from a fast store to a slow learner over nights.

By day the agent acts on values that it writes at once (the fast, episodic store). At night a
policy replays from that store into the values of a slow learner, a little at a time. Then the fast
store is taken away, and the slow learner has to find the way alone (complementary learning systems:
McClelland, McNaughton & O'Reilly 1995, 10.1037/0033-295X.102.3.419).
"""

from dataclasses import dataclass

import numpy as np

from neurosim.agents.learning import POLICIES, Agent, LearningParameters
from neurosim.agents.memory import Experience
from neurosim.agents.policies import greedy
from neurosim.agents.replay import NoReplay, Values
from neurosim.tasks.worlds import World


@dataclass(frozen=True)
class NightParameters:
    """Days and nights.

    Attributes
    ----------
    n_nights : int
    n_episodes : int
        A day.
    n_writes : int
        A night, into the slow learner.
    learning_rate : float
        Of the slow learner.
    n_tests : int
        Episodes by the slow learner alone, every morning.
    max_length : int
        Steps after which a test is given up.
    """

    n_nights: int = 5
    n_episodes: int = 5
    n_writes: int = 500
    learning_rate: float = 0.1
    n_tests: int = 10
    max_length: int = 200


def performance_alone(
    world: World,
    policy: str,
    learning: LearningParameters,
    nights: NightParameters,
    rng: np.random.Generator,
) -> np.ndarray:
    """Performance (night,) of the slow learner with the fast store removed.

    Parameters
    ----------
    world : World
        Of which the first start is used.
    policy : str
        Of the replay at night, of `neurosim.agents.learning.POLICIES`.
    learning : LearningParameters
        Of the fast store.
    nights : NightParameters
    rng : numpy.random.Generator

    Returns
    -------
    array (night,)
        Mean over tests of the fewest steps to the goal over those taken; 0 where it is not found.
    """
    agent = Agent(world, "none", learning, rng)
    slow = Values(np.zeros_like(agent.values.table), nights.learning_rate, learning.discount)
    night = POLICIES[policy](agent.model, learning, rng.spawn(1)[0])
    tests = rng.spawn(1)[0]
    found = np.zeros(nights.n_nights)
    for number in range(nights.n_nights):
        for _ in range(nights.n_episodes):
            _live(agent, night, learning.max_steps)
        night.replay(slow, world.start[0], nights.n_writes)
        found[number] = np.mean(
            [_test(world, slow, learning.epsilon, nights, tests) for _ in range(nights.n_tests)]
        )
    return found


def _live(agent: Agent, night: NoReplay, max_steps: int) -> None:
    """Run an episode by day, and keep it for the night."""
    state = agent.world.start[0]
    for _ in range(max_steps):
        step: Experience = agent.take_step(state)
        night.observe(step, step.reward)
        state = step.following
        if step.ends:
            return


def _test(
    world: World, slow: Values, epsilon: float, nights: NightParameters, rng: np.random.Generator
) -> float:
    """Fewest steps over those that the slow learner takes, learning nothing."""
    state, act = world.start[0], greedy(epsilon)
    for length in range(1, nights.max_length + 1):
        chances = act(slow.table[state])
        state = int(world.next_state[state, int(rng.choice(chances.size, p=chances))])
        if world.terminal[state]:
            return world.best_length(world.start[0]) / length
    return 0.0
