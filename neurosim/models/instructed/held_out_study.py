"""What is measured of a trained network's tasks, and of those that it never trained."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import xarray as xr

from neurosim.models.instructed.evaluation import performance, withholding_performance
from neurosim.models.instructed.experiment import Experiment
from neurosim.models.instructed.held_out import (
    composed_performance,
    neighbour_performance,
    swapped_performance,
)
from neurosim.models.instructed.learning import (
    LearningParameters,
    batches_to_criterion,
    learn_task,
)
from neurosim.models.instructed.network import InstructedNetwork
from neurosim.seeds import generator
from neurosim.tasks.examples import made


@dataclass(frozen=True)
class HeldOutParameters:
    """How held-out tasks are measured.

    Attributes
    ----------
    n_trials : int
        Of each task, each way it is told.
    n_repeats : int
        Learning curves of each task.
    learning : LearningParameters
    """

    n_trials: int
    n_repeats: int
    learning: LearningParameters

    @classmethod
    def from_mapping(cls, given: Mapping) -> "HeldOutParameters":
        """Build from the keys of the configuration."""
        options = dict(given)
        options["learning"] = made(LearningParameters, options["learning"], "held_out.learning")
        return made(cls, options, "held_out")


def measure_held_out(
    network: InstructedNetwork,
    hold_out: str,
    number: int,
    experiment: Experiment,
    parameters: HeldOutParameters,
) -> xr.Dataset:
    """Measure a trained network on the tasks that it was trained on and on those held out.

    Trials and tellings of one number are the same for all networks.

    Parameters
    ----------
    network : InstructedNetwork
    hold_out : str
    number : int
    experiment : Experiment
        With thresholds.
    parameters : HeldOutParameters

    Returns
    -------
    Dataset
        By trained task: ``training``, ``validation``. By held-out task: ``zero_shot``,
        ``zero_shot_validation``, ``swapped``, ``composed``, ``neighbour`` and
        ``withholding`` (held_out); ``neighbour_name``; ``curve`` (held_out, repeat, batch) and
        ``batches_to_criterion`` (held_out, repeat). All are parts of trials done right.
    """
    trained, left_out = experiment.split(hold_out)
    source, n = experiment.source, parameters.n_trials
    rng = partial(generator, experiment.seed, "instruction", number, "measure", hold_out)
    measure = partial(performance, network, source=source, n_trials=n)
    found = xr.Dataset(coords={"trained": trained, "held_out": left_out})
    for name, split in (("training", "train"), ("validation", "validation")):
        found[name] = ("trained", measure(trained, rng=rng("trained", split), split=split))
    if not left_out:
        return _described(found, network, hold_out, number)
    found["zero_shot"] = ("held_out", measure(left_out, rng=rng("zero_shot")))
    found["zero_shot_validation"] = (
        "held_out",
        measure(left_out, rng=rng("zero_shot"), split="validation"),
    )
    if len(left_out) > 1:
        swapped = swapped_performance(network, left_out, source, n, rng("swapped"))
        found["swapped"] = ("held_out", swapped)
    found["composed"] = (
        "held_out",
        [
            composed_performance(network, task, trained, source, n, rng("composed", task))
            for task in left_out
        ],
    )
    neighbours = [
        neighbour_performance(network, task, trained, source, n, rng("neighbour", task))
        for task in left_out
    ]
    found["neighbour"] = ("held_out", [part for part, _ in neighbours])
    found["neighbour_name"] = ("held_out", [name for _, name in neighbours])
    found["withholding"] = (
        "held_out",
        [
            withholding_performance(source.draw(task, n, rng("withholding", task)))
            for task in left_out
        ],
    )
    found["curve"] = (
        ("held_out", "repeat", "batch"),
        [
            [
                learn_task(network, task, source, parameters.learning, rng("learn", task, repeat))
                for repeat in range(parameters.n_repeats)
            ]
            for task in left_out
        ],
    )
    found["batches_to_criterion"] = (
        ("held_out", "repeat"),
        batches_to_criterion(found["curve"].values),
    )
    return _described(found, network, hold_out, number)


def measure_input_learning(
    network: InstructedNetwork,
    hold_out: str,
    number: int,
    experiment: Experiment,
    learning: LearningParameters,
) -> xr.Dataset:
    """Let a trained network learn its held-out tasks by its input weights alone.

    Returns
    -------
    Dataset
        ``curve`` (held_out, batch) and ``batches_to_criterion`` (held_out).
    """
    _, left_out = experiment.split(hold_out)
    rng = partial(generator, experiment.seed, "instruction", number, "input_weights", hold_out)
    curves = [
        learn_task(network, task, experiment.source, learning, rng(task), input_weights_only=True)
        for task in left_out
    ]
    found = xr.Dataset({"curve": (("held_out", "batch"), curves)}, {"held_out": left_out})
    found["batches_to_criterion"] = ("held_out", batches_to_criterion(found["curve"].values))
    return _described(found, network, hold_out, number)


_ABOUT = {
    "training": "performance of trained tasks, told as in training",
    "validation": "performance of trained tasks, told in other words",
    "zero_shot": "performance of held-out tasks",
    "zero_shot_validation": "performance of held-out tasks, told in the words for validation",
    "swapped": "performance of held-out tasks that are told as other held-out ones",
    "composed": "performance of held-out tasks, what is told composed of related tasks",
    "neighbour": "performance of held-out tasks that are told as the best trained one",
    "withholding": "performance of never responding",
    "curve": "performance on each batch, before it is learned from",
    "neighbour_name": "trained task whose telling does best for a held-out one",
    "batches_to_criterion": "batches that are learned from until a task is done well",
}


_TASKS = {"trained": "task that was trained", "held_out": "task that was held out"}


def _described(
    found: xr.Dataset, network: InstructedNetwork, hold_out: str, number: int
) -> xr.Dataset:
    found.attrs = {"network": network.name, "hold_out": hold_out, "number": number}
    for name, about in _ABOUT.items():
        if name in found:
            found[name].attrs = {"units": "1", "long_name": about}
    for name in set(found.coords) & set(_TASKS):
        found[name].attrs["long_name"] = _TASKS[name]
    return found
