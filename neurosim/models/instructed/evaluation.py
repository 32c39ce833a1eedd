"""How well an instructed network does its tasks, and what its units do meanwhile."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from neurosim.models.instructed.network import InstructedNetwork
from neurosim.models.instructed.sensorimotor import SensorimotorNetwork
from neurosim.tasks.psychophysics.catalogue import TASKS
from neurosim.tasks.psychophysics.judging import judge
from neurosim.tasks.psychophysics.source import NUMBERS, TrialSource
from neurosim.tasks.psychophysics.timing import EPOCHS
from neurosim.tasks.psychophysics.trials import Trials

N_AT_ONCE = 256  # trials of a pass, which bounds the memory it takes


@torch.no_grad()
def respond(
    network: SensorimotorNetwork, inputs: np.ndarray, information: Tensor
) -> tuple[np.ndarray, np.ndarray]:
    """Run trials without training.

    Parameters
    ----------
    network : SensorimotorNetwork
    inputs : (trial, step, 65) array
    information : (trial, information) or (information,) tensor

    Returns
    -------
    output : (trial, step, 33) array
    activity : (trial, step, unit) array
    """
    information = information.detach().expand(len(inputs), -1)
    parts = [
        network(torch.from_numpy(inputs[at : at + N_AT_ONCE]), information[at : at + N_AT_ONCE])
        for at in range(0, len(inputs), N_AT_ONCE)
    ]
    output, activity = (torch.cat(part).numpy() for part in zip(*parts, strict=True))
    return output, activity


@torch.no_grad()
def told_right(network: InstructedNetwork, trials: Trials, telling: np.ndarray) -> np.ndarray:
    """Which trials (trial,) are done right when they are told so (trial,)."""
    information = network.information(torch.from_numpy(telling))
    output, _ = respond(network.sensorimotor, trials.inputs, information)
    return judge(output, trials)


def informed_performance(network: InstructedNetwork, trials: Trials, information: Tensor) -> float:
    """Part of the trials that are done right with this information (information,)."""
    output, _ = respond(network.sensorimotor, trials.inputs, information)
    return float(judge(output, trials).mean())


def performance(
    network: InstructedNetwork,
    tasks: Sequence[str],
    source: TrialSource,
    n_trials: int,
    rng: np.random.Generator,
    split: str = "train",
    told_as: Mapping[str, str] | None = None,
) -> np.ndarray:
    """Measure the performance of tasks.

    Parameters
    ----------
    network : InstructedNetwork
    tasks : sequence of str
    source : TrialSource
    n_trials : int
        Of each task.
    rng : numpy.random.Generator
    split : {"train", "validation"}
        Wordings that are told.
    told_as : Mapping of str to str, optional
        The task that each is told as; itself if not given.

    Returns
    -------
    (task,) array
        Part of the trials done right.
    """
    found = []
    for task in tasks:
        trials = source.draw(task, n_trials, rng)
        told = NUMBERS[told_as[task] if told_as else task]
        telling = network.information.tell(np.full(n_trials, told), rng, split)
        found.append(told_right(network, trials, telling).mean())
    return np.array(found)


def onset_activity(
    network: InstructedNetwork,
    tasks: Sequence[str],
    source: TrialSource,
    n_trials: int,
    rng: np.random.Generator,
    told_as: Mapping[str, str] | None = None,
) -> np.ndarray:
    """Record all units at the first step in which a stimulus is shown.

    Parameters
    ----------
    network, tasks, source, n_trials, rng, told_as
        See `performance`.

    Returns
    -------
    (task, trial, unit) float32 array
    """
    found = []
    for task in tasks:
        trials = source.draw(task, n_trials, rng)
        told = NUMBERS[told_as[task] if told_as else task]
        telling = torch.from_numpy(network.information.tell(np.full(n_trials, told), rng))
        with torch.no_grad():
            information = network.information(telling)
        _, activity = respond(network.sensorimotor, trials.inputs, information)
        found.append(activity[np.arange(n_trials), onset_steps(trials)])
    return np.array(found)


def onset_steps(trials: Trials) -> np.ndarray:
    """First step (trial,) in which a stimulus is shown; in the response epoch of RT tasks."""
    reaction = np.array([task.reaction for task in TASKS.values()])[trials.task]
    response = EPOCHS.index("response")
    return np.where(
        reaction, trials.epochs[:, response], trials.epochs[:, EPOCHS.index("stimulus_1")]
    )


def withholding_performance(trials: Trials) -> float:
    """Performance of one who fixates and never responds: the part in which no response is due."""
    return float(np.isnan(trials.direction).mean())
