"""A memory outside the network: against loops, closed forms and finite differences."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.spatial.distance import cosine
from scipy.special import softmax

from neurosim import NeurosimError
from neurosim.models.external_memory import (
    ALIKE,
    ORDERS,
    USE_KEPT,
    WHEN_FULL,
    Commands,
    ExternalMemory,
    MemoryParameters,
    allocation,
    by_content,
)

BACK, ON, CONTENT = (0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0)


def memory(seed=0, **options):
    torch.manual_seed(seed)
    return ExternalMemory(MemoryParameters(**{"n_slots": 5, "width": 3, **options}))


def commands(what=None, mode=CONTENT, key=None, free=0.0, gate=1.0, width=3):
    """Write `what` to a slot that is free (nothing if None), and read as told."""
    key = torch.zeros(width) if key is None else torch.as_tensor(key, dtype=torch.float32)
    add = torch.zeros(width) if what is None else torch.as_tensor(what, dtype=torch.float32)
    return Commands(
        keys=torch.stack([key, torch.zeros(width)])[None],
        modes=torch.tensor(mode)[None, None],
        free=torch.full((1, 1, 1), free),
        erase=torch.ones(1, 1, width),
        add=add[None, None],
        gate=torch.full((1, 1), 0.0 if what is None else gate),
        allocate=torch.ones(1, 1),
    )


def run(module, steps, state=None):
    state = module.initial(1) if state is None else state
    found = []
    for step in steps:
        read, state = module(state, step)
        found.append(read[0, 0])
    return torch.stack(found), state


def one_hot(n, i):
    return torch.eye(n)[i]


def random_commands(module, n_batch, rng):
    """Commands as an interface would give them."""
    given = module.given

    def normal(*shape):
        return torch.from_numpy(rng.standard_normal((n_batch, *shape)))

    return Commands(
        keys=3 * normal(given.n_heads + 1, given.width),
        modes=torch.softmax(normal(given.n_heads, 3), -1),
        free=torch.sigmoid(normal(given.n_heads, 1)),
        erase=torch.sigmoid(normal(1, given.width)),
        add=torch.tanh(normal(1, given.width)),
        gate=torch.sigmoid(normal(1)),
        allocate=torch.sigmoid(normal(1)),
    )


# ---------------------------------------------------------------- parts against loops


@given(hnp.arrays(float, (3, 6), elements=st.floats(0, 1)), st.sampled_from([ALIKE, 1e-3]))
def test_allocation_is_that_of_a_loop(use, alike):
    expected = np.zeros_like(use)
    for row, out in zip(use, expected, strict=True):
        before = 1.0
        for slot in np.argsort(np.round(row / alike), kind="stable"):
            out[slot] = (1 - row[slot]) * before
            before *= row[slot]
    found = allocation(torch.from_numpy(use), alike).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert (found.sum(axis=1) < 1 + 1e-9).all()


def test_content_is_the_softmax_of_cosines(rng):
    slots, keys = 2 + rng.random((2, 4, 3)), rng.standard_normal((2, 3, 3))
    found = by_content(torch.from_numpy(slots), torch.from_numpy(keys)).numpy()
    for b in range(2):
        for head in range(3):
            sharpness = np.linalg.norm(keys[b, head])
            likeness = [1 - cosine(keys[b, head], slot) for slot in slots[b]]
            np.testing.assert_allclose(found[b, head], softmax(sharpness * np.array(likeness)))


def test_faint_slots_are_found_by_nothing():
    slots = torch.tensor([[[0.01, 0.0], [0.0, 2.0]]])
    found = by_content(slots, torch.tensor([[[20.0, 20.0]]]))
    assert found[0, 0, 1] > 0.999


def test_links_are_those_of_a_loop(rng):
    module = memory(order="links").double()
    state, links = module.initial(1), np.zeros((5, 5))
    before = np.zeros(5)  # precedence: the last slot that was written, whenever that was
    for number in range(6):
        read_before, linked = state.read[0, 0].numpy().copy(), links.copy()
        step = random_commands(module, 1, rng)
        if number == 3:
            step = step._replace(gate=torch.zeros(1, 1, dtype=torch.float64))  # nothing is written
        with torch.no_grad():
            found = by_content(state.slots, step.keys)[0, 0].numpy()
            _, state = module(state, step)
        content, on, back = step.modes[0, 0].numpy()
        expected = content * found + on * linked @ read_before + back * linked.T @ read_before
        np.testing.assert_allclose(state.read[0, 0].numpy(), expected)
        written = state.written[0].numpy()
        for i in range(5):
            for j in range(5):
                old = (1 - written[i] - written[j]) * links[i, j]
                linked[i, j] = 0 if i == j else old + written[i] * before[j]
        links, before = linked, (1 - written.sum()) * before + written
        np.testing.assert_allclose(state.links[0].numpy(), links, atol=1e-12)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("when_full", WHEN_FULL)
def test_gradients_through_writes_across_time_are_finite_differences(order, when_full, rng):
    module = memory(order=order, when_full=when_full, n_heads=2, n_slots=4).double()
    steps = [random_commands(module, 2, rng) for _ in range(4)]
    leaves = [part.clone().requires_grad_() for step in steps for part in step]

    def last_read(first, *parts):
        state = module.initial(2)._replace(slots=first.expand(2, -1, -1))
        for at in range(0, len(parts), len(Commands._fields)):
            read, state = module(state, Commands(*parts[at : at + len(Commands._fields)]))
        return read

    first = module.first.detach().clone().requires_grad_()
    assert torch.autograd.gradcheck(last_read, (first, *leaves), atol=1e-6)
    early = list(leaves[: len(Commands._fields)])
    slopes = torch.autograd.grad(last_read(first, *leaves).square().sum(), early, allow_unused=True)
    written = dict(zip(Commands._fields, slopes, strict=True))
    for name in ("add", "erase", "gate", "allocate"):  # the first write still matters at the end
        assert written[name].abs().max() > 1e-6, name


# ---------------------------------------------------------------- what it does


@pytest.mark.parametrize("order", ORDERS)
def test_what_was_written_in_order_is_read_in_order_and_back(order):
    module = memory(order=order)
    items = 2 * torch.eye(3)
    _, state = run(module, [commands(item) for item in items])
    find_first = commands(key=20 * items[0] / 2)
    found, state = run(module, [find_first, commands(mode=ON), commands(mode=ON)], state)
    torch.testing.assert_close(found, items, atol=0.02, rtol=0)
    found, _ = run(module, [commands(mode=BACK), commands(mode=BACK)], state)
    torch.testing.assert_close(found, items[[1, 0]], atol=0.02, rtol=0)


@pytest.mark.parametrize("order", ORDERS)
def test_a_step_without_a_write_does_not_break_the_order(order):
    module = memory(order=order)
    items = 2 * torch.eye(3)
    _, state = run(module, [commands(items[0]), commands(), commands(), commands(items[1])])
    found, _ = run(module, [commands(key=20 * items[0]), commands(mode=ON)], state)
    torch.testing.assert_close(found, items[:2], atol=0.02, rtol=0)


def test_a_freed_slot_is_written_next_and_nothing_else_is_lost():
    module = memory(n_slots=3)
    items = 2 * torch.eye(3)
    _, full = run(module, [commands(item) for item in items])
    new = torch.tensor([-2.0, 0.0, 0.0])
    _, lost = run(module, [commands(new)], full)
    assert lost.written.sum() < 1e-3  # all are taken: nothing is overwritten
    freeing = commands(key=20 * items[1], free=1.0)
    _, state = run(module, [freeing, commands(new)], full)
    torch.testing.assert_close(
        state.slots[0], torch.stack([items[0], new, items[2]]), atol=0.01, rtol=0
    )


def test_the_least_used_slot_is_the_one_written_longest_ago():
    module = memory(n_slots=3, when_full="least_used")
    items = 2 * torch.eye(3)
    _, state = run(module, [commands(item) for item in items])
    assert state.use[0, 0].item() == pytest.approx(USE_KEPT**2)
    reading = commands(key=20 * items[0])
    _, state = run(module, [reading, commands(-items[0])], state)
    assert state.written[0].argmax() == 0  # reading is no use


def test_the_least_recent_slot_is_the_one_neither_written_nor_read():
    module = memory(n_slots=3, when_full="least_recent")
    items = 2 * torch.eye(3)
    _, state = run(module, [commands(item) for item in items])
    reading = commands(key=20 * items[0])
    _, state = run(module, [reading, commands(-items[0])], state)
    assert state.written[0].argmax() == 1


@pytest.mark.parametrize("when_full", ["least_used", "least_recent"])
def test_what_never_frees_writes_on_when_full(when_full):
    module = memory(n_slots=2, when_full=when_full)
    _, state = run(module, [commands(torch.ones(3)) for _ in range(7)])
    assert state.written.sum().item() == pytest.approx(1.0, abs=1e-4)


def test_slots_start_distinct_and_equal_ones_would_stay_equal():
    module = memory()
    gaps = torch.pdist(module.first)
    assert gaps.min() > 1e-3
    with torch.no_grad():
        module.first.zero_()
    by_key = commands(torch.ones(3), key=[9.0, 0, 0])._replace(allocate=torch.zeros(1, 1))
    _, state = run(module, [by_key] * 5)
    assert torch.pdist(state.slots[0]).max() == 0  # what seed 002 starts from, and never leaves


def test_state_is_passed_and_nothing_stays_in_the_module(rng):
    module = memory(n_heads=2, order="links").double()
    steps = [random_commands(module, 3, rng) for _ in range(6)]
    kept = {name: value.clone() for name, value in module.state_dict().items()}
    state = module.initial(3)
    for step in steps[:3]:
        _, state = module(state, step)
    again = state
    for step in steps[3:]:
        _, state = module(state, step)
    for step in steps[3:]:
        _, again = module(again, step)
    for a, b in zip(state, again, strict=True):
        assert a is b is None or torch.equal(a, b)
    assert all(torch.equal(kept[name], value) for name, value in module.state_dict().items())


@pytest.mark.parametrize("name", ["order", "when_full"])
def test_unknown_options_list_the_allowed(name):
    with pytest.raises(NeurosimError, match=rf"{name}: expected one of .*, found 'dreams'"):
        MemoryParameters(**{name: "dreams"})
