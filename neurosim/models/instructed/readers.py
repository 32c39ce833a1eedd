"""How a network reads any text, also one that nobody has written before."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from neurosim import NeurosimError
from neurosim.models.instructed.language_sources import language_model_of
from neurosim.models.instructed.network import (
    BLANK,
    RULE_NETWORKS,
    InstructedNetwork,
    NetworkName,
)
from neurosim.tasks.psychophysics.instructions import (
    Instructions,
    find_vocabulary,
    tokenise,
)

Features = Callable[[Sequence[str]], np.ndarray]
"""From texts to what a network makes of them before it learns (text, feature)."""


def bag_reader(instructions: Instructions) -> Features:
    """Give the reader of BOWNET: which words of the instructions a text has, 0 or 1.

    Words that no instruction has are not seen.
    """
    place = {word: number for number, word in enumerate(find_vocabulary(instructions))}

    def read(texts: Sequence[str]) -> np.ndarray:
        found = np.zeros((len(texts), len(place)), np.float32)
        for row, text in zip(found, texts, strict=True):
            row[[place[word] for word in tokenise(text) if word in place]] = 1
        return found

    return read


def reader_of(
    network: str, instructions: Instructions, own: Mapping[str, Mapping[str, str]] | None = None
) -> Features:
    """Give what reads texts for a network.

    Parameters
    ----------
    network : str
        Its name.
    instructions : Instructions
        That it was trained with.
    own : Mapping, optional
        See `neurosim.models.instructed.language_sources.language_model_of`.

    Raises
    ------
    NeurosimError
        If it cannot be told in new words.
    MissingModel
        If its language model is not on this machine.
    """
    name = _require_readable(network)
    if name.language_model is None:
        return bag_reader(instructions)
    model = language_model_of(name.language_model, own)
    return lambda texts: model.hidden(texts)[-1]


def remembered(features: Features) -> Features:
    """Read each different text once, however often it is asked for."""
    known: dict[str, np.ndarray] = {}

    def read(texts: Sequence[str]) -> np.ndarray:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known.update(zip(new, _read(features, new), strict=True))
        return np.array([known[text] for text in texts])

    return read


def _read(features: Features, texts: list[str]) -> np.ndarray:
    found = np.asarray(features(texts), np.float32)
    if found.ndim != 2 or len(found) != len(texts):
        raise NeurosimError(
            f"communication: features of {len(texts)} texts: expected an array (text, feature), "
            f"found shape {found.shape}"
        )
    return found


def require_reader(network: InstructedNetwork) -> None:
    """Refuse a network that cannot be told in new words.

    Raises
    ------
    NeurosimError
        If it is told by rules, or each task as another one, or by a model that learned with it and
        of which only what it made of the instructions was kept.
    """
    _require_readable(network.name)


def _require_readable(network: str) -> NetworkName:
    name = NetworkName.parse(network)
    if name.base in (*RULE_NETWORKS, *BLANK) or {"shuffled", "tuned"} & set(name.variants):
        raise NeurosimError(
            f"communication: network {network!r}: expected one that can be told in new words; take "
            "'bownet' or one with a language model, neither shuffled nor tuned"
        )
    return name


@torch.no_grad()
def understand(network: InstructedNetwork, texts: Sequence[str], features: Features) -> Tensor:
    """Give what a network is told by texts (text, information).

    Parameters
    ----------
    network : InstructedNetwork
    texts : sequence of str
    features : callable
        From texts to (text, feature), as the network's own instructions were read.

    Raises
    ------
    NeurosimError
        If the features are not as many as those that the network is told by.
    """
    found = _read(features, list(texts))
    expected = network.information.features.shape[1]
    if found.shape[1] != expected:
        raise NeurosimError(
            f"communication: network {network.name!r}: expected {expected} features of a text, "
            f"found {found.shape[1]}; read texts as its instructions were"
        )
    return network.information.encoder(torch.from_numpy(found))
