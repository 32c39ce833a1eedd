"""Learning curves of held-out tasks: by all weights, or by those from the inputs alone."""

from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch

from neurosim.models.instructed.network import InstructedNetwork
from neurosim.models.instructed.sensorimotor import task_loss
from neurosim.tasks.psychophysics.judging import judge
from neurosim.tasks.psychophysics.source import NUMBERS, TrialSource

CRITERION = 0.95
N_SUSTAINED = 5  # batches in a row whose mean must reach the criterion


@dataclass(frozen=True)
class LearningParameters:
    """How a held-out task is learned.

    Attributes
    ----------
    n_batches : int
    n_trials : int
        Of a batch.
    learning_rate : float
    clip : float
        Largest gradient of a weight.
    """

    n_batches: int = 100
    n_trials: int = 256
    learning_rate: float = 8e-4
    clip: float = 0.5


def learn_task(
    network: InstructedNetwork,
    task: str,
    source: TrialSource,
    parameters: LearningParameters,
    rng: np.random.Generator,
    input_weights_only: bool = False,
) -> np.ndarray:
    """Let a copy of a network learn one task.

    Parameters
    ----------
    network : InstructedNetwork
        Stays as it is.
    task : str
    source : TrialSource
    parameters : LearningParameters
    rng : numpy.random.Generator
    input_weights_only : bool
        Leave the recurrent weights, the read-out and the information as they are.

    Returns
    -------
    (batch,) array
        Performance on each batch, before it is learned from; the first is zero-shot.
    """
    learner = deepcopy(network).train()
    weights = list(learner.parameters())
    if input_weights_only:
        weights = learner.sensorimotor.input_weights()
    learner.requires_grad_(False)
    for weight in weights:
        weight.requires_grad_(True)
    optimiser = torch.optim.Adam(weights, lr=parameters.learning_rate, fused=True)
    found = np.empty(parameters.n_batches)
    for batch in range(parameters.n_batches):
        trials = source.draw(task, parameters.n_trials, rng)
        told = np.full(parameters.n_trials, NUMBERS[task])
        telling = torch.from_numpy(learner.information.tell(told, rng))
        output, _ = learner(torch.from_numpy(trials.inputs), telling)
        found[batch] = judge(output.detach().numpy(), trials).mean()
        loss = task_loss(output, torch.from_numpy(trials.target), torch.from_numpy(trials.mask))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_value_(weights, parameters.clip)
        optimiser.step()
    return found


def batches_to_criterion(curve: np.ndarray, criterion: float = CRITERION) -> np.ndarray:
    """Count the batches that are learned from until a task is done well enough.

    Parameters
    ----------
    curve : (..., batch) array
        Performance on each batch.
    criterion : float
        For the mean of `N_SUSTAINED` batches in a row (fewer if the curve is shorter).

    Returns
    -------
    (...) array
        Batches before the first of them; infinite if that is never reached.
    """
    n = min(N_SUSTAINED, curve.shape[-1])
    means = np.lib.stride_tricks.sliding_window_view(curve, n, axis=-1).mean(axis=-1)
    reached = means >= criterion - 1e-9
    return np.where(reached.any(axis=-1), reached.argmax(axis=-1), np.inf)
