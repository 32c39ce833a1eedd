"""What a network loses on examples, and how well it answers when it is tested."""

from inspect import signature
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from neurosim import NeurosimError
from neurosim.errors import choices
from neurosim.tasks.examples import NOT_ASKED, Examples

KINDS = ("classification", "regression")


class Batch(NamedTuple):
    """Examples as tensors.

    Attributes
    ----------
    x : Tensor (example, step, feature)
    y : Tensor (example, step) of int64 or (example, step, output) of float32
    choice : Tensor (example, step) of bool or None
        Steps whose answer takes memory.
    """

    x: Tensor
    y: Tensor
    choice: Tensor | None = None

    @classmethod
    def of(cls, examples: Examples) -> "Batch":
        """Take examples over, with their numbers in the types of networks."""
        y = np.asarray(examples.y)
        y = y.astype(np.int64 if y.ndim == 2 else np.float32)
        choice = None if examples.choice is None else torch.from_numpy(examples.choice)
        return cls(
            torch.from_numpy(np.asarray(examples.x, dtype=np.float32)), torch.from_numpy(y), choice
        )

    def rows(self, index: np.ndarray) -> "Batch":
        """Some of the examples, to learn from."""
        chosen = torch.from_numpy(index)
        return Batch(self.x[chosen], self.y[chosen])

    @staticmethod
    def joined(parts: "list[Batch]") -> "Batch":
        """Some examples, then others."""
        return Batch(torch.cat([p.x for p in parts]), torch.cat([p.y for p in parts]))


def check_kind(kind: str) -> None:
    """Refuse what is neither regression nor classification.

    Raises
    ------
    NeurosimError
    """
    if kind not in KINDS:
        raise NeurosimError(f"kind of tasks: expected one of {choices(KINDS)}, found {kind!r}")


def losses(output: Tensor, y: Tensor, kind: str) -> Tensor:
    """Loss (example,): mean over what is asked in it, squared error or cross entropy in nats.

    Parameters
    ----------
    output : Tensor (example, step, output)
    y : Tensor (example, step) of int64 or (example, step, output)
        `NOT_ASKED` marks the steps of classification that do not count; an example without any
        that does has loss 0.
    kind : {"classification", "regression"}
    """
    if kind == "regression":
        return (output - y).square().flatten(1).mean(dim=1)
    cost = F.cross_entropy(
        output.flatten(0, 1), y.flatten(), ignore_index=NOT_ASKED, reduction="none"
    )
    n_asked = (y != NOT_ASKED).sum(dim=1).clamp_min(1)
    return cost.reshape(y.shape).sum(dim=1) / n_asked


def distances(output: Tensor, wanted: Tensor, y: Tensor, kind: str) -> Tensor:
    """Mean squared distance (example,) of outputs to earlier outputs, where something is asked."""
    apart = (output - wanted).square().mean(dim=2)
    if kind == "regression":
        return apart.mean(dim=1)
    asked = y != NOT_ASKED
    return (apart * asked).sum(dim=1) / asked.sum(dim=1).clamp_min(1)


class Score(NamedTuple):
    """How well examples are answered.

    Attributes
    ----------
    error : float
        Mean squared error; in classification 1 - accuracy.
    accuracy : float
        Share of the asked steps that are answered rightly; NaN in regression.
    chosen : float
        The same at the steps that take a choice from memory; NaN where there is none.
    """

    error: float
    accuracy: float
    chosen: float


@torch.no_grad()
def score(
    network: nn.Module,
    batch: Batch,
    kind: str,
    lesion: bool = False,
) -> Score:
    """Test a network.

    Parameters
    ----------
    network : nn.Module
    batch : Batch
    kind : {"classification", "regression"}
    lesion : bool
        Test with ``reads=False``: nothing is read from the memory.
    """
    output = network(batch.x, reads=False) if lesion else network(batch.x)
    if kind == "regression":
        return Score(losses(output, batch.y, kind).mean().item(), np.nan, np.nan)
    asked = batch.y != NOT_ASKED
    right = output.argmax(dim=2) == batch.y
    accuracy = _share(right, asked)
    chosen = np.nan if batch.choice is None else _share(right, asked & batch.choice)
    return Score(1 - accuracy, accuracy, chosen)


def _share(right: Tensor, asked: Tensor) -> float:
    n_asked = int(asked.sum())
    return float((right & asked).sum() / n_asked) if n_asked else np.nan


def can_be_lesioned(network: nn.Module) -> bool:
    """Whether a network takes ``reads=False``."""
    return "reads" in signature(network.forward).parameters
