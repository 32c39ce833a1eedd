r"""A memory outside the network: slots that are written, found again and freed, all differentiably.

Graves et al. 2016 (10.1038/nature20101) with some choices of ours. Slots start distinct, for of
equal ones content can never single one out. Order is kept by the order of writing (``steps``: from
the slot last read to the one written next, as slots are filled in turn) or by their link matrix
(``links``), which costs the square of the slots. And what happens when all slots are taken is an
option. The state is passed in and given back: nothing is hidden in the module.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from neurosim import NeurosimError

ORDERS = ("steps", "links")
WHEN_FULL = ("free_gates", "least_used", "least_recent")
USE_KEPT = 0.99  # of a slot's use, a step, where nothing frees slots (seed 002)
FAINT = 1.0  # length of a slot below which it is found less
SMALL = 1e-6
ALIKE = 0.1  # steps in which the use of slots is compared, where it is freed at once
ALIKE_FADING = 0.005  # where it fades: half of what it loses in a step
FIRST_SD = 0.05  # of the first contents


@dataclass(frozen=True)
class MemoryParameters:
    """Shape and rules of a memory.

    Attributes
    ----------
    n_slots : int
    width : int
        Numbers a slot.
    n_heads : int
        Read heads; there is one write head.
    order : {"steps", "links"}
    when_full : {"free_gates", "least_used", "least_recent"}
        Which slot is written next: one that a read has freed (writing stops when all are taken);
        the one least written lately; or the one written or read the longest time ago.
    sharpness : float
        Least strength of addressing by content; what is learned adds to it.
    """

    n_slots: int = 32
    width: int = 16
    n_heads: int = 1
    order: str = "steps"
    when_full: str = "free_gates"
    sharpness: float = 4.0

    def __post_init__(self) -> None:
        for name, allowed in (("order", ORDERS), ("when_full", WHEN_FULL)):
            if getattr(self, name) not in allowed:
                raise NeurosimError(
                    f"external memory: {name}: expected one of {', '.join(allowed)}, "
                    f"found {getattr(self, name)!r}"
                )


class MemoryState(NamedTuple):
    """All that a memory knows.

    Attributes
    ----------
    slots : Tensor (batch, slot, width)
    use : Tensor (batch, slot)
        How much each slot is taken, 0 to 1.
    written : Tensor (batch, slot)
        Weights of the last write.
    read : Tensor (batch, head, slot)
        Weights of the last reads.
    links : Tensor (batch, slot, slot) or None
        How much a slot was written right after another.
    precedence : Tensor (batch, slot) or None
        How much each slot was the last that was written, steps without a write aside.
    """

    slots: Tensor
    use: Tensor
    written: Tensor
    read: Tensor
    links: Tensor | None
    precedence: Tensor | None


class Commands(NamedTuple):
    """What a controller asks of the memory in one step.

    Attributes
    ----------
    keys : Tensor (batch, head, width)
        What to find, by the read heads and, last, by the write head; as long as addressing by it
        is sharp.
    modes : Tensor (batch, head, 3)
        Shares of reading by content, onward and backward from where was read last.
    free : Tensor (batch, head, 1)
        Whether each read head frees what it has read.
    erase, add : Tensor (batch, 1, width)
        What is written: the part of the old that is taken away, and the new.
    gate, allocate : Tensor (batch, 1)
        How much is written, and how much of it to a slot that is free.
    """

    keys: Tensor
    modes: Tensor
    free: Tensor
    erase: Tensor
    add: Tensor
    gate: Tensor
    allocate: Tensor


class ExternalMemory(nn.Module):
    """A bank of slots with one write head and several read heads.

    A step reads, then writes: what a step writes it need not read, and both find their slots in
    one product.

    Parameters
    ----------
    given : MemoryParameters

    Notes
    -----
    The first contents are parameters: distinct from the start, and faint, so that they are found
    by nothing until something is written or learned.
    """

    def __init__(self, given: MemoryParameters) -> None:
        super().__init__()
        self.given = given
        self.first = nn.Parameter(FIRST_SD * torch.randn(given.n_slots, given.width))

    def initial(self, n_batch: int) -> MemoryState:
        """Give the state in which nothing has been written yet."""
        given = self.given
        slots = self.first.expand(n_batch, -1, -1)
        empty = slots.new_zeros(n_batch, given.n_slots)
        read = slots.new_zeros(n_batch, given.n_heads, given.n_slots)
        if given.order == "steps":
            return MemoryState(slots, empty, empty, read, None, None)
        links = slots.new_zeros(n_batch, given.n_slots, given.n_slots)
        return MemoryState(slots, empty, empty, read, links, empty)

    def forward(self, state: MemoryState, commands: Commands) -> tuple[Tensor, MemoryState]:
        """Read, free and write.

        Returns
        -------
        read : Tensor (batch, head, width)
        state : MemoryState
        """
        found = by_content(state.slots, commands.keys)
        read = self._read_weights(state, found[:, :-1], commands)
        use = self._freed(state.use, read, commands)
        free = self._free(use)
        written = commands.gate * torch.lerp(found[:, -1], free, commands.allocate)
        change = torch.addcmul(commands.add, commands.erase, state.slots, value=-1)
        slots = torch.addcmul(state.slots, written.unsqueeze(2), change)
        use = self._used(use, written, read)
        after = MemoryState(slots, use, written, read, *self._linked(state, written))
        return read @ state.slots, after

    def _read_weights(self, state: MemoryState, found: Tensor, commands: Commands) -> Tensor:
        if state.links is None:
            onward, backward = state.read.roll(1, -1), state.read.roll(-1, -1)
        else:
            onward, backward = state.read @ state.links.mT, state.read @ state.links
        ways = torch.cat([found, onward, backward], dim=2).unflatten(2, (3, -1))
        return (commands.modes.unsqueeze(2) @ ways).squeeze(2)

    def _free(self, use: Tensor) -> Tensor:
        if self.given.when_full == "free_gates":
            return allocation(use, ALIKE)
        return allocation(use - use.amin(dim=1, keepdim=True), ALIKE_FADING)  # one is always free

    def _freed(self, use: Tensor, read: Tensor, commands: Commands) -> Tensor:
        if self.given.when_full != "free_gates":
            return use
        for kept in (1 - commands.free * read).unbind(1):
            use = use * kept
        return use

    def _used(self, use: Tensor, written: Tensor, read: Tensor) -> Tensor:
        match self.given.when_full:
            case "free_gates":
                return torch.addcmul(use, written, 1 - use)
            case "least_used":
                return torch.clamp(USE_KEPT * use + written, max=1.0)
            case _:
                return torch.maximum(USE_KEPT * use, torch.maximum(written, read.amax(dim=1)))

    def _linked(self, state: MemoryState, written: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """How much each slot was written right after each, and last of all.

        The temporal links and the precedence of Graves et al. 2016.
        """
        if state.links is None:
            return None, None
        to = written.unsqueeze(2)
        links = (1 - to - written.unsqueeze(1)) * state.links
        links = links + to * state.precedence.unsqueeze(1)
        last = (1 - written.sum(dim=1, keepdim=True)) * state.precedence + written
        return links * (1 - torch.eye(links.shape[1])), last


def by_content(slots: Tensor, keys: Tensor) -> Tensor:
    r"""Weights (batch, head, slot) by likeness.

    The softmax over slots of :math:`\beta\cos(k, M_i)`, where :math:`\beta` is the length of the
    key. A slot shorter than 1 counts as if it were 1 long: faint slots are like nothing.

    Parameters
    ----------
    slots : Tensor (batch, slot, width)
    keys : Tensor (batch, head, width)
    """
    length = torch.linalg.vector_norm(slots, dim=-1).clamp_min(FAINT)
    return torch.softmax((keys @ slots.mT) / length.unsqueeze(1), dim=-1)


def allocation(use: Tensor, alike: float) -> Tensor:
    r"""Weights (batch, slot) of the slots to write next, the least used first.

    :math:`a_{\phi_j} = (1 - u_{\phi_j}) \prod_{i<j} u_{\phi_i}` with slots in the order
    :math:`\phi` of their use (Graves et al. 2016, 10.1038/nature20101). Slots alike in use are
    taken in their own order: what a write leaves on the slots behind the one that it meant would
    otherwise send the next one to the far end, and no order of writing were kept.

    Parameters
    ----------
    use : Tensor (batch, slot)
    alike : float
        Uses are compared in steps of it.
    """
    index = (use.detach() / alike).round().argsort(dim=-1, stable=True)
    ordered = SMALL + (1 - SMALL) * use.gather(-1, index)
    logs = ordered.log()  # a running product costs more to differentiate where slots are free
    before = (logs.cumsum(dim=-1) - logs).exp()
    return torch.zeros_like(use).scatter(-1, index, (1 - ordered) * before)
