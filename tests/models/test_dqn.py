"""A deep Q-network: what its learner replays, what it learns, and that it never acts."""

import numpy as np
import pytest
import torch
import xarray as xr

from neurosim import NeurosimError
from neurosim.agents.learning import LearningParameters
from neurosim.agents.studies import compare_policies
from neurosim.models.dqn import DqnParameters, Learner, train_dqn
from neurosim.models.dqn_study import compare_deep_policies
from neurosim.tasks.world_env import WorldEnv, place_code
from neurosim.tasks.worlds import track_world
from neurosim.world.graph import linear_track

POLICIES = ["last", "uniform", "prioritised", "movie_forward", "movie_reverse"]
SMALL = DqnParameters(width=16, batch_size=8, epsilon_steps=100, hand_over=20, memory_size=500)
ONE_HOT = np.eye(5, dtype=np.float32)


class CountingEnv(WorldEnv):
    n_steps = 0

    def step(self, action):
        self.n_steps += 1
        return super().step(action)


def corridor(n_places=5):
    world = track_world("corridor", linear_track(0.2 * n_places), 0.2, 0, 1)
    return CountingEnv(world, place_code(world, 20, 1.0, np.random.default_rng(0)))


def trained(policy="uniform", parameters=SMALL, n_steps=300, seed=0):
    return train_dqn(corridor(), policy, parameters, n_steps, np.random.default_rng(seed))[0]


def learner(policy, parameters=SMALL, n_cells=5, n_actions=2, n_steps=1000, seed=0):
    rng = np.random.default_rng(seed)
    return Learner(n_cells, n_actions, parameters, policy, n_steps, rng)


@pytest.mark.parametrize("policy", POLICIES)
def test_the_same_generator_gives_the_same_training_whatever_torch_drew_before(policy):
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    one = trained(policy)
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(6)
    assert one.tolist() == trained(policy).tolist()
    assert one.tolist() != trained(policy, seed=1).tolist()


@pytest.mark.parametrize("n_updates", [0, 3])
def test_the_learner_takes_no_step_in_the_maze(n_updates):
    env = corridor()
    parameters = DqnParameters(width=8, batch_size=4, n_updates=n_updates)
    lengths, _ = train_dqn(env, "uniform", parameters, 120, np.random.default_rng(0))
    assert env.n_steps == 120
    assert lengths.sum() <= 120
    assert lengths.min() >= env.world.best_length(0)


def kept_frames(memory, lengths):
    """Keep episodes; each frame is told by its reward, its number. The last one stays open."""
    first, episodes = 0, []
    for row, length in enumerate(lengths):
        frames = list(range(first, first + length))
        for frame in frames:
            ends = frame == frames[-1] and row < len(lengths) - 1
            memory.keep(ONE_HOT[frame % 5], 0, float(frame), ONE_HOT[(frame + 1) % 5], ends)
        episodes.append(frames)
        first += length
    return episodes


def replayed(memory, n_batches):
    """Frames in the order of replay."""
    index = [memory._draw()[0] for _ in range(n_batches)]
    return memory._reward[torch.from_numpy(np.concatenate(index))].int().tolist()


@pytest.mark.parametrize("policy", ["movie_forward", "movie_reverse"])
def test_movies_play_frames_of_whole_episodes_in_order(policy):
    """A batch may end within an episode; the next goes on there. Open episodes are not played."""
    memory = learner(policy)
    *ended, _ = kept_frames(memory, [3, 13, 5, 9, 4])
    frames = replayed(memory, 60)
    assert len(frames) == 60 * SMALL.batch_size
    whole = {e[-1] if policy == "movie_reverse" else e[0]: e for e in ended}
    seen = set()
    while frames:
        episode = whole[frames[0]]
        order = episode[::-1] if policy == "movie_reverse" else episode
        assert frames[: len(order)] == order[: len(frames)]
        seen.add(frames[0])
        frames = frames[len(order) :]
    assert seen == set(whole)


@pytest.mark.parametrize("policy", ["movie_forward", "movie_reverse"])
def test_movies_forget_whole_episodes(policy):
    memory = learner(policy, DqnParameters(width=8, batch_size=8, memory_size=20))
    *_, third, fourth, last = kept_frames(memory, [9, 7, 6, 5, 8])
    assert set(replayed(memory, 40)) == set(third + fourth)
    assert not set(replayed(memory, 40)) & set(last)


def test_a_movie_ends_when_its_episode_is_overwritten():
    memory = learner("movie_forward", DqnParameters(width=8, batch_size=4, memory_size=20))
    kept_frames(memory, [16, 1])
    first = replayed(memory, 1)
    for frame in range(100, 118):  # all of that episode is overwritten
        memory.keep(ONE_HOT[0], 0, float(frame), ONE_HOT[1], frame == 117)
    after = replayed(memory, 1)
    assert first == [0, 1, 2, 3]
    assert after in ([16, 100, 101, 102], [])  # of the episode that is kept, or nothing


def test_movies_wait_for_the_end_of_an_episode():
    memory = learner("movie_forward")
    before = [p.clone() for p in memory.weights().parameters()]
    for _ in range(20):
        memory.keep(ONE_HOT[0], 0, 0.0, ONE_HOT[1], False)
        memory.update()
    after = memory.weights().parameters()
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def chain_values(discount):
    """Four places in a row, on and stay, a reward at the end."""
    best = discount ** np.array([3.0, 2.0, 1.0, 0.0])
    return np.column_stack([best, discount * best])


@pytest.mark.parametrize("policy", POLICIES[1:])
def test_the_learner_comes_to_the_values_of_a_known_chain(policy):
    """From a memory alone, in which every step is kept, one episode after another."""
    parameters = DqnParameters(
        width=32, learning_rate=5e-3, discount=0.8, batch_size=16, hand_over=25, memory_size=200
    )
    memory = learner(policy, parameters, n_steps=80)
    for _ in range(10):
        for place in range(4):
            memory.keep(ONE_HOT[place], 1, 0.0, ONE_HOT[place], False)
            memory.keep(ONE_HOT[place], 0, float(place == 3), ONE_HOT[place + 1], place == 3)
    for _ in range(500):
        memory.update()
    with torch.no_grad():
        found = memory.weights()(torch.from_numpy(ONE_HOT[:4])).numpy()
    assert found == pytest.approx(chain_values(0.8), abs=0.03)


def test_weights_that_were_handed_over_stay_as_they_were():
    memory = learner("uniform")
    for _ in range(10):
        memory.keep(ONE_HOT[0], 0, 1.0, ONE_HOT[1], True)
    actor = memory.weights()
    seen = torch.from_numpy(ONE_HOT)
    before = actor(seen).clone()
    for _ in range(50):
        memory.update()
    assert torch.equal(actor(seen), before)
    assert not torch.allclose(memory.weights()(seen), before, atol=1e-2)
    assert not any(p.requires_grad for p in actor.parameters())


@pytest.mark.parametrize("policy", ["uniform", "prioritised"])
def test_a_corridor_is_learned(policy):
    parameters = DqnParameters(
        width=32, learning_rate=5e-3, epsilon_steps=300, hand_over=20, batch_size=16
    )
    env = corridor(7)
    lengths, _ = train_dqn(env, policy, parameters, 900, np.random.default_rng(0))
    shortest = env.world.best_length(0)
    assert lengths[:3].mean() > 3 * shortest
    assert lengths[-10:].mean() < 2 * shortest


def test_last_replays_the_newest_step_also_when_the_memory_is_full():
    memory = learner("last", DqnParameters(width=8, memory_size=7))
    for frame in range(20):
        memory.keep(ONE_HOT[0], 0, float(frame), ONE_HOT[1], frame % 3 == 0)
        assert replayed(memory, 2) == [frame, frame]


def test_an_unknown_policy_is_refused():
    with pytest.raises(NeurosimError, match="expected one of"):
        learner("dreams")


DEEP = ["last", "uniform", "movie_reverse"]


@pytest.fixture(scope="module")
def study():
    return compare_deep_policies("linear", DEEP, 250, 20, 2, 1)


def test_the_deep_study_holds_what_that_of_tables_does(study):
    tables = compare_policies("linear", ["none"], [1], LearningParameters(max_steps=500), 2, 1)
    assert dict(study.sizes) == {"writes": 1, "policy": 3, "agent": 2, "episode": 30}
    assert set(study.data_vars) == set(tables.data_vars)
    assert study.attrs == tables.attrs
    for name, variable in study.data_vars.items():
        assert variable.dims == tables[name].dims
        assert {"units", "long_name"} <= set(variable.attrs)
    curve = study["episode_length"]
    assert curve.min() >= study.attrs["shortest"]
    assert (curve.sum("episode") <= 250).all()
    assert (study["steps_to_criterion"] <= 250).all()
    xr.testing.assert_identical(study, compare_deep_policies("linear", DEEP, 250, 20, 2, 1))


def test_the_sizes_of_batches_are_described(study):
    assert {"units", "long_name"} <= set(study["writes"].attrs)


def test_the_last_step_alone_is_one_experience_a_step(study):
    assert (study["writes_per_step"].sel(policy="last") == 1).all()
