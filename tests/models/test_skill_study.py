"""Skills: what is learned with a memory, what is lost without its reads, what it costs."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from neurosim import NeurosimError
from neurosim.models.memory_agent import AgentParameters, MemoryAgent
from neurosim.models.memory_cost import OF_LINKS, count_costs, operations_per_step
from neurosim.models.memory_sensitivity import vary_skill, with_value
from neurosim.models.skill_study import SkillParameters, compare_on_skill
from neurosim.models.skill_training import SkillTraining, score_skill, train_skill

AGENT = {
    "controller": "lstm",
    "width": 40,
    "memory": {"n_slots": 8, "width": 12, "sharpness": 10.0},
}
BUDGET = {"n_test": 100, "batch_size": 16, "learning_rate": 0.01}


def parameters(n_updates, lstm_updates=20, length=3, n_slots=8):
    skill = {
        "skill": "copy",
        "length": length,
        "n_slots": n_slots,
        "n_updates": n_updates,
        "lstm_updates": lstm_updates,
    }
    return SkillParameters.from_mapping(skill, BUDGET, AGENT)


class Echo(nn.Module):
    """Copies perfectly what it heard, however long."""

    def forward(self, x):
        length = (x.shape[1] - 1) // 2
        out = torch.zeros(*x.shape[:2], 8)
        out[:, length + 1 :] = x[:, :length, :8]
        return out


def test_a_perfect_network_scores_one_and_a_silent_one_by_chance(rng):
    assert score_skill(Echo(), "copy", 5, 50, rng) == (1.0, 1.0)
    bits, sequences = score_skill(nn.Linear(10, 8), "copy", 5, 400, rng)
    assert bits == pytest.approx(0.5, abs=0.05)
    assert sequences == 0


def test_a_memory_learns_to_copy_and_needs_what_it_reads():
    results, trace = compare_on_skill(parameters(200), 1, seed=3)
    bits = results["bits"].sel(seed=0, length=3)
    assert bits.sel(network="memory") > 0.98
    assert bits.sel(network="memory,reads_zero") < 0.8  # the controller holds some
    assert results["sequences"].sel(network="memory,reads_zero", length=3).item() < 0.05
    assert results["learning"].sel(network="memory").values[0, 0] < 0.8
    sizes = results["n_weights"]
    assert 1 <= sizes.sel(network="lstm") / sizes.sel(network="memory") < 1.05
    said = trace["target"].notnull().all("bit").values
    right = (trace["output"].values[said] > 0.5) == (trace["target"].values[said] > 0.5)
    assert right.mean() > 0.8
    assert trace.sizes["slot"] == 8


def test_the_same_seed_gives_the_same_numbers():
    first, second = (compare_on_skill(parameters(6), 2, seed=5)[0] for _ in range(2))
    assert first.identical(second)
    assert not np.array_equal(first["bits"][0, 0], first["bits"][0, 1])


def test_training_leaves_the_global_state_alone():
    before, state = torch.random.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    compare_on_skill(parameters(2), 1, seed=0)
    assert torch.equal(before, torch.random.get_rng_state())
    np.testing.assert_array_equal(state, np.random.get_state()[1])  # noqa: NPY002


def test_testing_does_not_change_training():
    """Episodes of the curve come from a stream of their own."""
    found = []
    for n_test in (1, 30):
        torch.manual_seed(0)
        network = nn.Linear(10, 8)
        rng = np.random.default_rng(0)
        train_skill(network, "copy", 2, SkillTraining(25), rng, n_test=n_test)
        found.append(network.weight.detach().clone())
    assert torch.equal(*found)


def test_operations_of_a_step_are_those_of_its_products():
    given = AgentParameters.from_mapping(AGENT)
    agent, slots, width, units, n_in = MemoryAgent(10, 8, given), 8, 12, 40, 10
    seen = units + n_in
    expected = 4 * units * (n_in + units)  # LSTM
    expected += seen * (2 * width + 2 + 4 + 2 * width + 2)  # interface
    expected += 2 * width * slots + 3 * slots + width * slots  # memory
    expected += 8 * (seen + width)  # output
    assert operations_per_step(agent, n_in, 4) == 2 * expected


def test_links_cost_the_square_of_the_slots_and_attention_the_length():
    given = AgentParameters.from_mapping(AGENT)
    costs = count_costs(given, [8, 16, 32], [4, 16])
    cost = costs["operations"]
    assert (cost.diff("n_slots") > 0).all()
    more = cost.sel(order="links") - cost.sel(order="steps")
    products, updates = 2 * 2, OF_LINKS
    np.testing.assert_array_equal(
        more.isel(controller=0, length=0), (products + updates) * more["n_slots"] ** 2
    )
    assert (cost.sel(controller="lstm").diff("length") == 0).all()
    assert (cost.sel(controller="transformer").diff("length") > 0).all()
    alone = (cost - costs["memory_operations"]).isel(order=0)
    assert (alone.diff("n_slots") == 0).all()
    assert (alone < cost.isel(order=0)).all()


def test_the_memory_is_varied_and_nothing_else():
    given = parameters(10)
    changed = with_value(given.agent, "n_slots", 4.0)
    assert changed == replace(given.agent, memory=replace(given.agent.memory, n_slots=4))
    bits = vary_skill(given, "sharpness", [1.0, 10.0], 1, seed=0)
    assert bits.shape == (2, 1)
    assert bits[0] != bits[1]
    assert vary_skill(given, "alpha", [0.6], 2, seed=0).isnull().all()
    with pytest.raises(NeurosimError, match=r"expected one of .*alpha.*, found 'mood'"):
        vary_skill(given, "mood", [1.0], 1, seed=0)
