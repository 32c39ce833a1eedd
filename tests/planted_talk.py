"""Networks made by hand that do RTGo and AntiRTGo as one number of what they are told says."""

from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from neurosim.models.instructed.information import (
    TaskInformation,
    bag_of_words,
    in_order,
    wordings_of,
)
from neurosim.models.instructed.network import InstructedNetwork
from neurosim.models.instructed.sensorimotor import N_INFORMATION
from neurosim.tasks.psychophysics.instructions import SPLITS, Instructions, read_instructions
from neurosim.tasks.psychophysics.source import NUMBERS, TrialSource
from neurosim.tasks.psychophysics.timing import Timing

PRO, ANTI = TASKS = ("RTGo", "AntiRTGo")
CSV = Path(__file__).parents[1] / "config" / "instructions.csv"
SOURCE = TrialSource(Timing(30))
GAIN = 4  # of the one number that counts
_SMOOTH = np.exp(-0.5 * (8 * np.minimum(np.arange(32), 32 - np.arange(32)) * 2 / 32) ** 2)


@cache
def instructions(n_each: int | None = None) -> Instructions:
    """Give the project's instructions, or the first `n_each` to train with and to validate with."""
    found = read_instructions(CSV)
    train, validation = (
        {task: texts[:n_each] for task, texts in found.of(split).items()} for split in SPLITS
    )
    return Instructions(train, validation)


class PlantedSensorimotor(nn.Module):
    """Respond where the stimulus is, or opposite, as the first number of the information says.

    Its units show what it is told and nothing else.
    """

    def __init__(self, sign: int) -> None:
        super().__init__()
        self.n_units = 2 * N_INFORMATION
        self.sign = nn.Parameter(torch.tensor(float(sign)))
        smooth = np.stack([np.roll(_SMOOTH, k) for k in range(32)]) / (_SMOOTH**2).sum()
        self.register_buffer("smooth", torch.from_numpy(smooth.astype(np.float32)))

    def forward(self, inputs: Tensor, information: Tensor) -> tuple[Tensor, Tensor]:
        seen = (inputs[..., 1:33] + inputs[..., 33:]) @ self.smooth
        pro = torch.sigmoid(GAIN * self.sign * information[:, 0])[:, None, None]
        response = pro * seen + (1 - pro) * seen.roll(16, dims=2)
        shown = seen.max(dim=2, keepdim=True).values > 0.5
        fixation = torch.where(shown, 0.05, 0.85)
        output = torch.cat([fixation, (0.05 + response).clamp(0, 1)], dim=2)
        activity = torch.cat([information.relu(), (-information).relu()], dim=1)
        return output, activity[:, None].expand(-1, inputs.shape[1], -1)


def planted_network(
    sign: int = 1, name: str = "bownet", voices: bool = False, n_each: int | None = None
) -> InstructedNetwork:
    """Give a network that reads the instructions of both tasks.

    Parameters
    ----------
    sign : {1, -1}
        Of the number that means "toward the stimulus": networks of different signs read the same
        words and do the same tasks, but what one has inferred tells the other the contrary.
    voices : bool
        Whether other numbers, which do not matter, tell the wordings of a task apart.
    n_each : int, optional
        Wordings that it knows of each task; see `instructions`.
    """
    features = bag_of_words(instructions(n_each))
    wordings = wordings_of(instructions(n_each))
    rows, wanted = [], []
    for task, meaning in zip(TASKS, (1, -1), strict=True):
        first = NUMBERS[task] * wordings.total
        rows += range(first, first + wordings.total)
        wanted += [meaning * sign] * wordings.total
    weights, *_ = np.linalg.lstsq(features[rows], np.array(wanted, np.float32), rcond=None)
    encoder = nn.Linear(features.shape[1], N_INFORMATION)
    with torch.no_grad():
        encoder.weight.zero_()
        encoder.bias.zero_()
        if voices:
            drawn = np.random.default_rng(0).normal(size=encoder.weight.shape)
            encoder.weight.copy_(torch.from_numpy(drawn.astype(np.float32)))
        encoder.weight[0] = torch.from_numpy(weights.astype(np.float32))
    information = TaskInformation(features, wordings, encoder)
    return InstructedNetwork(name, information, PlantedSensorimotor(sign)).eval()


def texts() -> list[str]:
    """All wordings in the order of their tellings."""
    return in_order(instructions())
