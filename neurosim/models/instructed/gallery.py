"""A trial of each task, as a trained network does it."""

from functools import partial

import numpy as np
import torch
import xarray as xr

from neurosim.models.instructed.evaluation import respond
from neurosim.models.instructed.experiment import Experiment
from neurosim.models.instructed.network import InstructedNetwork
from neurosim.seeds import generator
from neurosim.tasks.psychophysics.encoding import population_vector
from neurosim.tasks.psychophysics.judging import judge
from neurosim.tasks.psychophysics.source import NUMBERS, TrialSource
from neurosim.tasks.psychophysics.timing import EPOCHS
from neurosim.tasks.psychophysics.trials import Trials

N_DRAWN = 16  # trials, of which the first that calls for a response is shown


def draw_gallery(
    network: InstructedNetwork, hold_out: str, number: int, experiment: Experiment
) -> xr.Dataset:
    """Draw a trial of each task, and let a trained network do it.

    Where some trials call for a response and others do not, one that does is drawn. The network
    does the others as well, as many of each task.

    Parameters
    ----------
    network : InstructedNetwork
    hold_out : str
        What it was trained without.
    number : int
        Of its training.
    experiment : Experiment
        With thresholds, if it has confidence tasks.

    Returns
    -------
    Dataset
        ``inputs`` (task, step, input), ``target`` and ``response`` (task, step, output);
        ``direction`` and ``answer`` (task): direction that is right and that of the network's
        output at the last step, rad; ``epoch_start`` (task, epoch), steps; ``is_right`` and
        ``is_held_out`` (task); ``performance`` (task) over all trials that were drawn.
    """
    _, left_out = experiment.split(hold_out)
    rng = partial(generator, experiment.seed, "instruction", number, "gallery", hold_out)
    shown = [_show(network, task, experiment.source, rng(task)) for task in experiment.tasks]
    found = xr.concat(shown, "task").assign_coords(task=list(experiment.tasks), epoch=list(EPOCHS))
    left = np.isin(experiment.tasks, left_out).astype(np.int8)
    found["is_held_out"] = "task", left, {"long_name": "1 where the task was never trained"}
    found.attrs = {"network": network.name, "hold_out": hold_out, "number": number}
    return found


def _show(
    network: InstructedNetwork, task: str, source: TrialSource, rng: np.random.Generator
) -> xr.Dataset:
    """Do trials of one task, and show one of them."""
    trials = source.draw(task, N_DRAWN, rng)
    telling = network.information.tell(np.full(N_DRAWN, NUMBERS[task]), rng)
    with torch.no_grad():
        information = network.information(torch.from_numpy(telling))
    output, _ = respond(network.sensorimotor, trials.inputs, information)
    return _describe(output, trials, judge(output, trials))


def _describe(output: np.ndarray, trials: Trials, right: np.ndarray) -> xr.Dataset:
    """Give the first of some trials of one task that calls for a response, or the first of all."""
    place = int(np.argmax(~np.isnan(trials.direction)))
    one = {"units": "1"}
    angle, steps = {"units": "rad"}, {"units": "1", "long_name": "first step of each epoch"}
    return xr.Dataset(
        {
            "inputs": (
                ("step", "input"),
                trials.inputs[place],
                one | {"long_name": "fixation, then 32 units of each modality"},
            ),
            "target": (
                ("step", "output"),
                trials.target[place],
                one | {"long_name": "target of fixation, then of 32 response units"},
            ),
            "response": (
                ("step", "output"),
                output[place],
                one | {"long_name": "output of the network"},
            ),
            "direction": (
                (),
                float(trials.direction[place]),
                angle | {"long_name": "direction of the right response"},
            ),
            "answer": (
                (),
                float(population_vector(output[place, -1, 1:]) % (2 * np.pi)),
                angle | {"long_name": "direction of the output at the last step"},
            ),
            "epoch_start": ("epoch", trials.epochs[place], steps),
            "is_right": ((), np.int8(right[place]), {"long_name": "1 where the trial is right"}),
            "performance": (
                (),
                float(right.mean()),
                one | {"long_name": f"part of {len(right)} trials done right"},
            ),
        }
    )
