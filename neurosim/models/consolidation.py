r"""Elastic weight consolidation: weights that mattered for old tasks are held back.

Kirkpatrick et al. 2017 (10.1073/pnas.1611835114): after each task :math:`t` the penalty
:math:`\frac\lambda 2 \sum_k F_{t,k} (\theta_k - \theta_{t,k})^2` is added, with the diagonal of the
Fisher information :math:`F_{t,k} = E[(\partial \log p(y \mid x) / \partial \theta_k)^2]`, :math:`y`
drawn from the network's own answers. The penalties of all tasks are one quadratic form.

Here :math:`p` is such that the loss of a step and output is :math:`-\log p` (answers of a
regression have a variance of 1/2) and :math:`F` is the curvature of the mean loss that was
trained: at :math:`\lambda = 1` an old task weighs as if it were still trained, whatever its kind.
"""

import numpy as np
import torch
from torch import Tensor, nn

from neurosim.models.stacked import outputs_of_each, stacked
from neurosim.models.task_losses import Batch, losses
from neurosim.tasks.examples import NOT_ASKED


class Consolidation:
    r"""Penalties of the tasks learned so far.

    Parameters
    ----------
    network : nn.Module
    strength : float
        :math:`\lambda`.
    """

    def __init__(self, network: nn.Module, strength: float) -> None:
        self._network, self._strength = network, strength
        zeros = {name: torch.zeros_like(p) for name, p in network.named_parameters()}
        self._weight, self._pull = zeros, dict(zeros)
        self._is_empty = True

    def add(self, batch: Batch, kind: str, rng: np.random.Generator) -> None:
        """Hold what the network knows now about a task, told by examples of it."""
        for name, value in fisher(self._network, batch, kind, rng).items():
            now = self._network.get_parameter(name).detach()
            self._weight[name] = self._weight[name] + value
            self._pull[name] = self._pull[name] + value * now
        self._is_empty = False

    def penalty(self) -> Tensor | float:
        """Penalty of the network's weights, up to a constant."""
        if self._is_empty:
            return 0.0
        total = sum(
            (0.5 * self._weight[name] * p.square() - self._pull[name] * p).sum()
            for name, p in self._network.named_parameters()
        )
        return self._strength * total


def fisher(
    network: nn.Module, batch: Batch, kind: str, rng: np.random.Generator
) -> dict[str, Tensor]:
    """Diagonal of the Fisher information of a network's weights, for its mean loss.

    Parameters
    ----------
    network : nn.Module
    batch : Batch
        Over whose inputs the mean is taken, one draw of answers each.
    kind : {"classification", "regression"}
    rng : numpy.random.Generator
        Draws the answers.

    Returns
    -------
    dict of Tensor
        By parameter, of its shape.
    """
    each = stacked(network, len(batch.x))
    output = outputs_of_each(network, each, batch.x.unsqueeze(1)).squeeze(1)
    drawn = _answers(output.detach(), batch.y, kind, rng)
    n_terms = torch.tensor(float(batch.y[0].numel()))
    if kind == "classification":
        n_terms = (batch.y != NOT_ASKED).sum(dim=1)
    # independent terms: the curvature of their mean is their number times its squared gradient
    loss = (n_terms.sqrt() * losses(output, drawn, kind)).sum()
    gradients = torch.autograd.grad(loss, list(each.values()), allow_unused=True)
    return {
        name: torch.zeros_like(values[0]) if g is None else g.square().mean(dim=0)
        for (name, values), g in zip(each.items(), gradients, strict=True)
    }


def _answers(output: Tensor, y: Tensor, kind: str, rng: np.random.Generator) -> Tensor:
    """Draw answers as the network gives them, where they are asked for."""
    if kind == "regression":
        noise = rng.standard_normal(output.shape, dtype=np.float32)
        return output + torch.from_numpy(noise) * 0.5**0.5
    share = torch.softmax(output, dim=-1).cumsum(dim=-1)
    level = torch.from_numpy(rng.random((*output.shape[:-1], 1), dtype=np.float32))
    drawn = (share < level).sum(dim=-1).clamp_max(output.shape[-1] - 1)
    return torch.where(y == NOT_ASKED, y, drawn)
