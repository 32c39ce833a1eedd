"""States of the tokens of sentences, and how they become one vector a sentence.

Sentences differ in length, so all but the longest are padded on the right. Padding never counts: a
sentence has the same vector whoever else is read with it (the published code takes its mean over
the padding too, so that there it has not).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from neurosim import NeurosimError
from neurosim.errors import choices

POOLINGS = ("mean", "cls", "eos")


@dataclass(frozen=True)
class TokenStates:
    """States of the tokens of sentences.

    Attributes
    ----------
    states : (sentence, token, width) float tensor
    mask : (sentence, token) bool tensor
        True for tokens, False for the padding after them.
    """

    states: Tensor
    mask: Tensor

    @classmethod
    def join(cls, parts: list["TokenStates"]) -> "TokenStates":
        """Put sentences one after another, padded to the longest of all."""
        longest = max(part.mask.shape[1] for part in parts)
        states, masks = [], []
        for part in parts:
            lacking = longest - part.mask.shape[1]
            states.append(torch.nn.functional.pad(part.states, (0, 0, 0, lacking)))
            masks.append(torch.nn.functional.pad(part.mask, (0, lacking)))
        return cls(torch.cat(states), torch.cat(masks))


def require_pooling(pooling: str) -> None:
    """Raise a NeurosimError unless there is such a pooling."""
    if pooling not in POOLINGS:
        raise NeurosimError(
            f"language model: pooling: expected one of {choices(POOLINGS)}, found {pooling!r}"
        )


def pool(states: Tensor, mask: Tensor, pooling: str) -> Tensor:
    """Give one vector a sentence.

    Parameters
    ----------
    states : (sentence, token, width) tensor
    mask : (sentence, token) bool tensor
        False where a sentence is padded, on its right.
    pooling : {"mean", "cls", "eos"}
        The mean over tokens, the first token, or the last one.

    Returns
    -------
    (sentence, width) tensor

    Raises
    ------
    NeurosimError
        If there is no such pooling.
    """
    require_pooling(pooling)
    if pooling == "cls":
        return states[:, 0]
    n_tokens = mask.sum(dim=1)
    if pooling == "eos":
        return states[torch.arange(len(states), device=states.device), n_tokens - 1]
    return (states * mask[..., None]).sum(dim=1) / n_tokens[:, None]
