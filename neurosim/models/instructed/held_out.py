"""Tasks that a network never trained: told in words, told wrongly, composed, and learned.

Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import torch
from torch import Tensor

from neurosim.models.instructed.evaluation import informed_performance, told_right
from neurosim.models.instructed.network import InstructedNetwork
from neurosim.tasks.psychophysics.catalogue import TASKS
from neurosim.tasks.psychophysics.source import NUMBERS, TrialSource


def swapped_performance(
    network: InstructedNetwork,
    tasks: Sequence[str],
    source: TrialSource,
    n_trials: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Measure held-out tasks that are told as other held-out tasks.

    Parameters
    ----------
    network : InstructedNetwork
    tasks : sequence of str
        At least two.
    source : TrialSource
    n_trials : int
        Of each task, told as each other one.
    rng : numpy.random.Generator

    Returns
    -------
    (task,) array
        Mean performance over the other tasks that it is told as.
    """
    return np.array(
        [
            np.mean(told_as(network, task, [t for t in tasks if t != task], source, n_trials, rng))
            for task in tasks
        ]
    )


def told_as(
    network: InstructedNetwork,
    task: str,
    others: Sequence[str],
    source: TrialSource,
    n_trials: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Performance (other,) of the same trials of a task, told as each of other tasks."""
    trials = source.draw(task, n_trials, rng)
    numbers = [np.full(n_trials, NUMBERS[other]) for other in others]
    tellings = [network.information.tell(number, rng) for number in numbers]
    return np.array([told_right(network, trials, telling).mean() for telling in tellings])


def neighbour_performance(
    network: InstructedNetwork,
    task: str,
    trained: Sequence[str],
    source: TrialSource,
    n_trials: int,
    rng: np.random.Generator,
) -> tuple[float, str]:
    """Measure what the instruction of the best trained task does for a held-out one.

    The neighbour is chosen on other trials than those that its performance is reported from.

    Returns
    -------
    performance : float
    neighbour : str
    """
    chosen_on = told_as(network, task, trained, source, n_trials, rng)
    best = trained[int(np.argmax(chosen_on))]
    return float(told_as(network, task, [best], source, n_trials, rng)[0]), best


def related_tasks(task: str, trained: Sequence[str]) -> list[tuple[str, str, str]]:
    """Find trained tasks (a, b, c) of its family, of which a is to b as the task is to c.

    The task's place on the axes is then that of a - b + c.

    Returns
    -------
    list of (str, str, str)
        In the order of the catalogue.
    """
    goal = TASKS[task]
    family = sorted((t for t in trained if TASKS[t].family == goal.family), key=NUMBERS.get)
    places = {tuple(TASKS[name].structure): name for name in family}
    found = []
    for a, c in combinations([name for name in family if name != task], 2):
        b = places.get(tuple(TASKS[a].structure + TASKS[c].structure - goal.structure))
        if b not in (None, a, c, task):
            found.append((a, b, c))
    return found


@torch.no_grad()
def composed_information(network: InstructedNetwork, relatives: tuple[str, str, str]) -> Tensor:
    """Information a - b + c (information,) of related tasks, each the mean of its tellings."""
    a, b, c = (network.information.of_task(NUMBERS[name]) for name in relatives)
    return a - b + c


def composed_performance(
    network: InstructedNetwork,
    task: str,
    trained: Sequence[str],
    source: TrialSource,
    n_trials: int,
    rng: np.random.Generator,
    n_most: int = 4,
) -> float:
    """Measure a held-out task whose information is composed of that of related tasks.

    Parameters
    ----------
    network, task, trained, source, n_trials, rng
        As of `neighbour_performance`.
    n_most : int
        Compositions that are tried, at most.

    Returns
    -------
    float
        Mean over the compositions; NaN if there is none.
    """
    relatives = related_tasks(task, trained)[:n_most]
    trials = source.draw(task, n_trials, rng)
    found = [
        informed_performance(network, trials, composed_information(network, each))
        for each in relatives
    ]
    return float(np.mean(found)) if found else np.nan
