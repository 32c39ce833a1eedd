"""Agents with a memory: any controller, explicit state, no tensor without a gradient."""

import pytest
import torch

from neurosim import NeurosimError
from neurosim.models.memory_agent import CONTROLLERS, AgentParameters, AgentState, MemoryAgent

MEMORY = {"n_slots": 6, "width": 5, "n_heads": 2}


def agent(controller="lstm", memory=MEMORY, seed=0, **options):
    torch.manual_seed(seed)
    given = AgentParameters.from_mapping(
        {"controller": controller, "width": 8, "memory": memory and {**memory, **options}}
    )
    return MemoryAgent(4, 3, given)


@pytest.mark.parametrize("controller", CONTROLLERS)
@pytest.mark.parametrize("memory", [None, MEMORY])
def test_two_halves_are_the_whole(controller, memory):
    network, x = agent(controller, memory), torch.randn(2, 7, 4)
    whole, end = network.run(x)
    first, state = network.run(x[:, :3])
    second, after = network.run(x[:, 3:], state)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole)
    if memory is not None:
        torch.testing.assert_close(after.memory.slots, end.memory.slots)


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_no_step_knows_a_later_one(controller):
    network, x = agent(controller), torch.randn(1, 6, 4)
    other = x.clone()
    other[:, 4:] += 1
    before, after = network(x), network(other)
    torch.testing.assert_close(before[:, :4], after[:, :4])
    assert (before[:, 4:] - after[:, 4:]).abs().max() > 1e-3


@pytest.mark.parametrize("order", ["steps", "links"])
@pytest.mark.parametrize("controller", CONTROLLERS)
def test_every_weight_gets_a_gradient(controller, order):
    network = agent(controller, order=order)
    network(torch.randn(3, 8, 4)).square().sum().backward()
    for name, weight in network.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.abs().max() > 0, name


def test_evaluation_changes_nothing():
    network, x = agent(), torch.randn(5, 4, 4)
    kept = {name: value.clone() for name, value in network.state_dict().items()}
    first = network(x)
    network(torch.randn(5, 9, 4))
    assert torch.equal(network(x), first)
    assert all(torch.equal(kept[name], value) for name, value in network.state_dict().items())


def test_reads_set_to_zero_leave_the_controller_alone():
    network, x = agent(), torch.randn(2, 5, 4)
    hidden, _ = network.controller(x, ())
    seen = torch.cat([hidden, x, torch.zeros(2, 5, 10)], dim=-1)
    torch.testing.assert_close(network(x, reads=False), network.output(seen))
    assert (network(x) - network(x, reads=False)).abs().max() > 1e-3


def test_a_state_of_another_past_gives_another_answer():
    network, x = agent(), torch.randn(1, 3, 4)
    _, state = network.run(torch.randn(1, 4, 4))
    cleared = AgentState(state.controller, network.memory.initial(1))
    differs = (network.run(x, state)[0] - network.run(x, cleared)[0]).abs().max()
    assert differs > 1e-4  # the memory alone carries it


def test_a_trace_is_the_memory_step_by_step():
    network, x = agent(), torch.randn(2, 5, 4)
    trace = network.trace(x)
    _, state = network.run(x)
    assert trace.slots.shape == (2, 5, 6, 5)
    assert trace.read.shape == (2, 5, 2, 6)
    torch.testing.assert_close(trace.slots[:, -1], state.memory.slots)
    torch.testing.assert_close(trace.written[:, -1], state.memory.written)
    torch.testing.assert_close(trace.slots[:, :2], network.trace(x[:, :2]).slots)


def test_an_unknown_controller_lists_the_known():
    with pytest.raises(NeurosimError, match=r"controller: expected one of lstm, gru, transformer"):
        AgentParameters(controller="brain")
