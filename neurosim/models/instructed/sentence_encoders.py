"""What turns the number of an instruction into a vector by weights that are trained.

A batch tells few different instructions to many trials: each of them is read once.
"""

from abc import ABC, abstractmethod

import numpy as np
import torch
from torch import Tensor, nn

from neurosim.models.instructed.token_states import TokenStates

N_AT_ONCE = 64  # instructions in a batch


class SentenceEncoder(nn.Module, ABC):
    """Vectors of tellings, from frozen features through trained layers.

    Attributes
    ----------
    n_tellings : int
    width : int
        Dimensions of a vector.
    """

    n_tellings: int
    width: int

    @abstractmethod
    def encode(self, telling: Tensor) -> Tensor:
        """Read tellings (telling,), each on its own, to vectors (telling, width)."""

    def forward(self, telling: Tensor) -> Tensor:
        """Vectors (trial, width) of the tellings (trial,) of a batch."""
        distinct, place = torch.unique(telling, return_inverse=True)
        return self.encode(distinct)[place]

    @torch.no_grad()
    def features(self) -> np.ndarray:
        """Vectors (telling, width) of all tellings, with the weights as they are now."""
        device = next(self.parameters()).device
        parts = torch.arange(self.n_tellings, device=device).split(N_AT_ONCE)
        return torch.cat([self.encode(part) for part in parts]).cpu().numpy()


class StatesEncoder(SentenceEncoder):
    """An encoder that starts from frozen states of tokens.

    Parameters
    ----------
    states : TokenStates
        Of every telling. They are not part of the module's state: whoever loads trained weights
        builds the module from the same instructions.
    """

    def __init__(self, states: TokenStates) -> None:
        super().__init__()
        self.n_tellings, _, self.width = states.states.shape
        self.register_buffer("_states", states.states, persistent=False)
        self.register_buffer("_mask", states.mask, persistent=False)

    def told(self, telling: Tensor) -> TokenStates:
        """States of the tokens of tellings (telling,), padded to the longest of them."""
        mask = self._mask[telling]
        longest = int(mask.sum(dim=1).max())
        return TokenStates(self._states[telling, :longest], mask[:, :longest])
