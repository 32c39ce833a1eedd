"""What a step of an agent costs, by the size of its memory and the length of the sequence."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
import xarray as xr
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from neurosim.models.external_memory import ORDERS
from neurosim.models.memory_agent import CONTROLLERS, AgentParameters, MemoryAgent
from neurosim.tasks.skills import N_BITS, N_FLAGS

OF_LINKS = 6  # operations that update a link: two outer products and four sums or products


def operations_per_step(agent: MemoryAgent, n_inputs: int, n_steps: int) -> float:
    """Floating-point operations of a step forward, for one example.

    Counted are the products and the update of the links, whose number is the square of the slots;
    all else is of their order or less.

    Parameters
    ----------
    agent : MemoryAgent
    n_inputs : int
    n_steps : int
        Length of the sequence, over which the count is averaged.
    """
    # attention that is one operation is not counted either
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        agent(torch.zeros(1, n_steps, n_inputs))
    counted = counter.get_total_flops() / n_steps
    for layer in agent.modules():
        if isinstance(layer, nn.LSTM):  # one fused operation, which the counter does not know
            counted += 2 * sum(p.numel() for p in layer.parameters() if p.ndim == 2)
    memory = agent.memory
    if memory is not None and memory.given.order == "links":
        counted += OF_LINKS * memory.given.n_slots**2
    return counted


def count_costs(given: AgentParameters, slots: Sequence[int], lengths: Sequence[int]) -> xr.Dataset:
    """Count operations for each controller, order, number of slots and length.

    Parameters
    ----------
    given : AgentParameters
        With a memory.
    slots, lengths : sequence of int

    Returns
    -------
    Dataset (controller, order, n_slots, length)
        ``operations`` a step and example, and ``memory_operations``, those of them that the
        controller alone does not make.
    """
    shape = len(CONTROLLERS), len(ORDERS), len(slots), len(lengths)
    found, of_memory = np.empty(shape), np.empty(shape)
    for at in np.ndindex(shape):
        controller, order, n_slots, length = (
            values[i] for values, i in zip((CONTROLLERS, ORDERS, slots, lengths), at, strict=True)
        )
        memory = replace(given.memory, order=order, n_slots=n_slots)
        parameters = replace(given, controller=controller, memory=memory)
        alone = replace(parameters, memory=None)
        counts = [_operations(one, length) for one in (parameters, alone)]
        found[at], of_memory[at] = counts[0], counts[0] - counts[1]
    dims = ("controller", "order", "n_slots", "length")
    text = "floating-point operations, a step and example"
    about = {"units": "1", "long_name": text}
    more = {"units": "1", "long_name": f"{text}, that a memory adds to its controller"}
    return xr.Dataset(
        {"operations": (dims, found, about), "memory_operations": (dims, of_memory, more)},
        {
            "controller": list(CONTROLLERS),
            "order": list(ORDERS),
            "n_slots": ("n_slots", list(slots), {"units": "1", "long_name": "slots"}),
            "length": ("length", list(lengths), {"units": "1", "long_name": "steps of a sequence"}),
        },
    )


def _operations(parameters: AgentParameters, n_steps: int) -> float:
    with torch.random.fork_rng(devices=[]):  # weights do not matter, but nobody else's may change
        agent = MemoryAgent(N_BITS + N_FLAGS, N_BITS, parameters)
    return operations_per_step(agent, N_BITS + N_FLAGS, n_steps)
