"""An agent with a memory outside its network: a controller that writes and reads slots.

As in seed 002 the controller sees the input alone, and the output sees the controller and what was
read. So the controller runs over a whole sequence at once, and the memory alone goes step by step.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from neurosim import NeurosimError
from neurosim.models.external_memory import Commands, ExternalMemory, MemoryParameters, MemoryState

CONTROLLERS = ("lstm", "gru", "transformer")
OPEN = 1.0  # bias of the gates that write and erase, and, negative, of those that free
ALLOCATE = 3.0  # bias of the gate that writes to free slots
INPUT_GAIN = 5.0  # of the input's weights in what is written, over those of the controller


@dataclass(frozen=True)
class AgentParameters:
    """An agent.

    Attributes
    ----------
    controller : {"lstm", "gru", "transformer"}
    width : int
        Units of the controller.
    memory : MemoryParameters or None
        None for a controller alone.
    """

    controller: str = "lstm"
    width: int = 100
    memory: MemoryParameters | None = field(default_factory=MemoryParameters)

    def __post_init__(self) -> None:
        if self.controller not in CONTROLLERS:
            raise NeurosimError(
                f"memory agent: controller: expected one of {', '.join(CONTROLLERS)}, "
                f"found {self.controller!r}"
            )

    @classmethod
    def from_mapping(cls, given: Mapping) -> "AgentParameters":
        """Build from nested mappings whose keys are the attributes' names."""
        memory = given["memory"]
        return cls(**{**given, "memory": None if memory is None else MemoryParameters(**memory)})


class AgentState(NamedTuple):
    """What an agent carries from one stretch of a sequence to the next.

    Attributes
    ----------
    controller : tuple of Tensor
        Hidden state of a recurrent controller; the inputs so far of a Transformer.
    memory : MemoryState or None
    """

    controller: tuple[Tensor, ...]
    memory: MemoryState | None


class Trace(NamedTuple):
    """The memory through a sequence.

    Attributes
    ----------
    slots : Tensor (batch, step, slot, width)
    written : Tensor (batch, step, slot)
    read : Tensor (batch, step, head, slot)
    use : Tensor (batch, step, slot)
    """

    slots: Tensor
    written: Tensor
    read: Tensor
    use: Tensor


class Recurrent(nn.Module):
    """An LSTM or a GRU over a sequence."""

    def __init__(self, kind: str, n_inputs: int, width: int) -> None:
        super().__init__()
        self.is_lstm = kind == "lstm"
        self.net = (nn.LSTM if self.is_lstm else nn.GRU)(n_inputs, width, batch_first=True)

    def forward(self, x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Hidden activity (batch, step, unit) and the state after it; () for none before."""
        given = None if not state else (state if self.is_lstm else state[0])
        hidden, after = self.net(x, given)
        return hidden, after if self.is_lstm else (after,)


class CausalTransformer(nn.Module):
    """A Transformer layer that sees the steps so far; position by sine and cosine."""

    N_HEADS = 4

    def __init__(self, n_inputs: int, width: int) -> None:
        super().__init__()
        self.embed = nn.Linear(n_inputs, width)
        self.layer = nn.TransformerEncoderLayer(
            width, self.N_HEADS, 2 * width, dropout=0.0, batch_first=True, norm_first=True
        )

    def forward(self, x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Hidden activity (batch, step, unit) and the inputs so far."""
        seen = torch.cat([*state, x], dim=1)
        embedded = self.embed(seen) + positions(seen.shape[1], self.embed.out_features)
        mask = nn.Transformer.generate_square_subsequent_mask(seen.shape[1])
        hidden = self.layer(embedded, src_mask=mask, is_causal=True)
        return hidden[:, -x.shape[1] :], (seen,)


def positions(n_steps: int, width: int) -> Tensor:
    """Sines and cosines of the step (step, width).

    Vaswani et al. 2017, 10.48550/arXiv.1706.03762.
    """
    step = torch.arange(n_steps).unsqueeze(1)
    rate = 10000.0 ** (-torch.arange(0, width, 2) / width)
    return torch.cat([torch.sin(step * rate), torch.cos(step * rate)], dim=1)[:, :width]


class Interface(nn.Module):
    """What a controller asks of its memory, from its activity and, past it, from the input.

    Writing is on at first, as an agent that never writes never learns what writing is good for;
    and keys are at first what the same input would write, as reading by content tells nothing as
    long as keys and contents have nothing in common.

    Parameters
    ----------
    n_seen, n_inputs : int
        Length of what is seen, and of the inputs at its end.
    given : MemoryParameters
    """

    def __init__(self, n_seen: int, n_inputs: int, given: MemoryParameters) -> None:
        super().__init__()
        self.given = given
        heads, width = given.n_heads, given.width
        self.keys = nn.Linear(n_seen, (heads + 1) * width)
        self.strengths = nn.Linear(n_seen, heads + 1)
        self.reading = nn.Linear(n_seen, 4 * heads)
        self.content = nn.Linear(n_seen, 2 * width)
        self.gates = nn.Linear(n_seen, 2)
        with torch.no_grad():
            add = self.content.weight[width:]
            add[:, -n_inputs:] *= INPUT_GAIN
            self.content.bias[:width] = OPEN
            self.content.bias[width:] = 0.0
            self.gates.bias[:] = torch.tensor([OPEN, ALLOCATE])
            self.reading.bias[:heads] = -OPEN
            self.keys.weight[:] = add.repeat(heads + 1, 1)
            self.keys.bias[:] = 0.0

    def forward(self, seen: Tensor) -> list[Commands]:
        """Commands of each step from what is seen (batch, step, seen)."""
        heads = self.given.n_heads
        by_head = (*seen.shape[:2], heads + 1, -1)
        strength = self.given.sharpness + F.softplus(self.strengths(seen))
        keys = strength.unsqueeze(-1) * F.normalize(self.keys(seen).reshape(by_head), dim=-1)
        free, modes = self.reading(seen).split([heads, 3 * heads], dim=-1)
        erase, add = self.content(seen).unsqueeze(2).chunk(2, dim=-1)
        gate, allocate = torch.sigmoid(self.gates(seen)).chunk(2, dim=-1)
        modes = torch.softmax(modes.unflatten(-1, (heads, 3)), dim=-1)
        parts = (
            *(keys, modes, torch.sigmoid(free).unsqueeze(-1)),
            *(torch.sigmoid(erase), torch.tanh(add), gate, allocate),
        )
        return [Commands(*step) for step in zip(*(p.unbind(1) for p in parts), strict=True)]


class MemoryAgent(nn.Module):
    """A controller with an external memory.

    Parameters
    ----------
    n_inputs, n_outputs : int
    parameters : AgentParameters
    """

    def __init__(self, n_inputs: int, n_outputs: int, parameters: AgentParameters) -> None:
        super().__init__()
        self.given = parameters
        width, given = parameters.width, parameters.memory
        if parameters.controller == "transformer":
            self.controller: nn.Module = CausalTransformer(n_inputs, width)
        else:
            self.controller = Recurrent(parameters.controller, n_inputs, width)
        n_read = 0
        self.memory = None if given is None else ExternalMemory(given)
        if self.memory is not None:
            n_read = given.n_heads * given.width
            self.interface = Interface(width + n_inputs, n_inputs, given)
        self.output = nn.Linear(width + n_inputs + n_read, n_outputs)

    def forward(self, x: Tensor, *, reads: bool = True) -> Tensor:
        """Outputs (batch, step, output) to inputs (batch, step, input), from the initial state.

        With `reads` False all that is read is zero.
        """
        return self.run(x, reads=reads)[0]

    def run(
        self,
        x: Tensor,
        state: AgentState | None = None,
        *,
        reads: bool = True,
        watch: Callable[[MemoryState], None] | None = None,
    ) -> tuple[Tensor, AgentState]:
        """Go on from a state (the initial one if None) and give the one after.

        Parameters
        ----------
        x : Tensor (batch, step, input)
        state : AgentState, optional
        reads : bool
            False for a lesion: what is read is zero.
        watch : callable, optional
            Called with the memory after each step.

        Returns
        -------
        output : Tensor (batch, step, output)
        state : AgentState
        """
        before = AgentState((), None) if state is None else state
        hidden, controller = self.controller(x, before.controller)
        seen = torch.cat([hidden, x], dim=-1)
        if self.memory is None:
            return self.output(seen), AgentState(controller, None)
        memory = self.memory.initial(len(x)) if before.memory is None else before.memory
        found = []
        for commands in self.interface(seen):
            read, memory = self.memory(memory, commands)
            found.append(read.flatten(1))
            if watch is not None:
                watch(memory)
        read = torch.stack(found, dim=1)
        output = self.output(torch.cat([seen, read if reads else torch.zeros_like(read)], dim=-1))
        return output, AgentState(controller, memory)

    @torch.no_grad()
    def trace(self, x: Tensor) -> Trace:
        """The memory after each step of a sequence, from the initial state."""
        states: list[MemoryState] = []
        self.run(x, watch=states.append)
        return Trace(
            *(torch.stack([getattr(s, name) for s in states], dim=1) for name in Trace._fields)
        )
