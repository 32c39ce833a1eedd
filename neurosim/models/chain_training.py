r"""Training of models of chains, which can be interrupted.

The loss is the cross entropy of the tokens, those at :math:`k` steps from the reward weighted by
:math:`\delta^k`, the weights of a batch summing to 1.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from neurosim import NeurosimError
from neurosim.files import written_aside
from neurosim.models import chain_transformer
from neurosim.models.chain_transformer import (
    MODELS,
    ChainModel,
    ModelParameters,
    TaskSize,
    describe,
)
from neurosim.progress import progress
from neurosim.tasks.chains import PAD, Task

SOURCES = (Path(__file__), Path(chain_transformer.__file__))


@dataclass(frozen=True)
class TrainingParameters:
    """Budget and loss.

    Attributes
    ----------
    n_steps : int
        Updates (Adam, its rate falling as a cosine).
    batch_size : int
        Chains an update.
    learning_rate : float
    discount : float
        Weight on the loss for each step from the reward; 1 for none.
    """

    n_steps: int
    batch_size: int
    learning_rate: float
    discount: float = 1.0


class Training:
    """One training under way.

    Parameters
    ----------
    model : ChainTransformer or MaskedModel
    task : Task
        What is learned.
    parameters : TrainingParameters
    rng : numpy.random.Generator
        Draws the batches; its state is part of a checkpoint.
    order : {"forward", "reverse"}
        Where the reward is, for the discount.
    """

    def __init__(
        self,
        model: ChainModel,
        task: Task,
        parameters: TrainingParameters,
        rng: np.random.Generator,
        order: str = "reverse",
    ) -> None:
        self.model, self.parameters, self._rng = model, parameters, rng
        self._source, self._target = torch.from_numpy(task.source), torch.from_numpy(task.target)
        self._weight = torch.from_numpy(step_weights(task.target, parameters.discount, order))
        self._optimiser = torch.optim.Adam(
            model.parameters(), lr=parameters.learning_rate, fused=True
        )
        self._schedule = torch.optim.lr_scheduler.CosineAnnealingLR(
            self._optimiser, parameters.n_steps
        )
        self._losses: list[float] = []
        self._key = _key(model, task, parameters, order)

    @property
    def step(self) -> int:
        """Updates done."""
        return len(self._losses)

    @property
    def loss(self) -> np.ndarray:
        """Loss (step,) of the updates done, nats a token."""
        return np.array(self._losses)

    def advance(self, n_steps: int) -> None:
        """Make some more updates, as far as the budget goes."""
        self.model.train()
        for _ in range(min(n_steps, self.parameters.n_steps - self.step)):
            batch = torch.from_numpy(
                self._rng.integers(0, len(self._source), self.parameters.batch_size)
            )
            target = self._target[batch]
            read, asked = self.model.loss_inputs(target, self._rng)
            logits = self.model(self._source[batch], read)
            cost = nn.functional.cross_entropy(
                logits.flatten(0, 1), target[:, 1:].flatten(), reduction="none"
            )
            weight = (self._weight[batch] * asked).flatten()
            loss = (cost * weight).sum() / weight.sum().clamp_min(1e-9)
            self._optimiser.zero_grad()
            loss.backward()
            self._optimiser.step()
            self._schedule.step()
            self._losses.append(loss.item())

    def save(self, path: Path) -> None:
        """Write all that continuing takes, with the configuration that it belongs to."""
        state = {
            "key": self._key,
            "configuration": json.dumps(describe(self.model) | asdict(self.parameters)),
            "model": self.model.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "schedule": self._schedule.state_dict(),
            "rng": json.dumps(self._rng.bit_generator.state),
            "loss": self._losses,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_aside(path) as aside:
            torch.save(state, aside)

    def resume(self, path: Path) -> bool:
        """Go on from a checkpoint, if it is there and of this very training; say whether."""
        state = _read(path) if path.exists() else None
        if state is None or state["key"] != self._key:
            return False
        self.model.load_state_dict(state["model"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._schedule.load_state_dict(state["schedule"])
        self._rng.bit_generator.state = json.loads(state["rng"])
        self._losses = list(state["loss"])
        return True


def train(
    model: ChainModel,
    task: Task,
    parameters: TrainingParameters,
    rng: np.random.Generator,
    order: str = "reverse",
    checkpoint: Path | None = None,
    save_every: int = 500,
) -> np.ndarray:
    """Train a model, from its checkpoint on if there is one.

    Parameters
    ----------
    model, task, parameters, rng, order
        See `Training`.
    checkpoint : Path, optional
        Written every `save_every` updates and at the end.
    save_every : int

    Returns
    -------
    array (step,)
        Loss, nats a token.
    """
    training = Training(model, task, parameters, rng, order)
    if checkpoint is not None:
        training.resume(checkpoint)
    remaining = range(training.step, parameters.n_steps, save_every)
    for _ in progress(remaining, f"train the {order} {model.kind}"):
        training.advance(save_every)
        if checkpoint is not None:
            training.save(checkpoint)
    model.eval()
    return training.loss


def load_model(path: Path) -> ChainModel:
    """Give the model of a checkpoint, built from the configuration that it carries.

    Raises
    ------
    NeurosimError
        If the file is no checkpoint.
    """
    state = _read(path)
    if state is None:
        raise NeurosimError(f"{path}: expected a checkpoint of a model of chains, found none in it")
    given = json.loads(state["configuration"])
    model = MODELS[given["kind"]](TaskSize(**given["size"]), ModelParameters(**given["model"]))
    model.load_state_dict(state["model"])
    return model.eval()


def step_weights(target: np.ndarray, discount: float, order: str) -> np.ndarray:
    """Weights (chain, step) of the tokens to predict: the discount to their steps from the reward.

    Padding has the weight of the stop token before it (where it is asked for at all).
    """
    n_tokens = (target[:, 1:] != PAD).sum(axis=1, keepdims=True)
    step = np.arange(target.shape[1] - 1)
    distance = np.minimum(step, n_tokens - 1)
    if order == "forward":
        distance = np.maximum(n_tokens - 1 - step, 0)
    return (discount**distance).astype(np.float32)


def _key(model: ChainModel, task: Task, parameters: TrainingParameters, order: str) -> str:
    """What a checkpoint must share with a training to continue it: all but the updates done."""
    words = json.dumps([describe(model), asdict(parameters), order], sort_keys=True)
    digest = hashlib.sha256(words.encode())
    digest.update(torch.__version__.encode())
    for source in SOURCES:  # a model that other code trained is not what this code gives
        digest.update(source.read_bytes())
    for values in (task.source, task.target):
        digest.update(np.ascontiguousarray(values).tobytes())
    for values in model.state_dict().values():
        digest.update(values.numpy().tobytes())
    return digest.hexdigest()


def _read(path: Path) -> dict[str, Any] | None:
    """Read a checkpoint; None where the file is something else, or was cut off."""
    try:
        state = torch.load(path, weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, AttributeError) as error:
        if isinstance(error, OSError) and not path.exists():
            raise NeurosimError(f"{path}: expected a checkpoint, found no such file") from error
        return None
    except Exception:  # what a broken pickle raises is nowhere listed
        return None
    return state if isinstance(state, dict) and "configuration" in state else None
