"""Geometry of what stands for tasks in each layer: does one task lie to another as like ones do?

Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
import xarray as xr

from neurosim import NeurosimError
from neurosim.models.instructed.evaluation import onset_activity
from neurosim.models.instructed.information import TaskInformation
from neurosim.models.instructed.network import InstructedNetwork, NetworkName
from neurosim.stats.ccgp import decode_across, keep_known_pairs, score_axes, score_tasks
from neurosim.stats.components import find_components
from neurosim.stats.intervals import Estimate
from neurosim.stats.parallelism import compare_axes
from neurosim.tasks.psychophysics.catalogue import DICHOTOMIES, dichotomy
from neurosim.tasks.psychophysics.source import NUMBERS, TrialSource

Vectors = Mapping[str, np.ndarray]  # (sample, feature) of each task
SCALINGS = {"published": False, "unit": True}  # whether vectors are brought to one size
SQUARE = (("DMMod1", "AntiDMMod1"), ("DMMod2", "AntiDMMod2"))  # poles of an axis, in two contexts
SQUARE_AXES = ("strongest_weakest", "modality")  # from pole to pole, and from context to context
N_COMPONENTS = 3
ABOUT = {
    "ccgp": ("1", "cross-condition generalisation of the pairs with a task"),
    "ccgp_axis": ("1", "cross-condition generalisation along an axis"),
    "ccgp_swapped": ("1", "cross-condition generalisation of held-out tasks told as others"),
    "component": ("1", "place along principal components"),
    "explained": ("1", "share of the variance"),
    "parallelism": ("1", "cosine between steps along an axis in two contexts"),
    "parallelism_low": ("1", "lower end of the 95 % interval of the cosine"),
    "parallelism_high": ("1", "upper end of the 95 % interval of the cosine"),
}


def told_vectors(
    network: InstructedNetwork, tasks: Sequence[str], hidden: np.ndarray | None, n_hidden: int
) -> dict[str, Vectors]:
    """Give the vectors of all tellings to train with, from the words to the network.

    Parameters
    ----------
    network : InstructedNetwork
    tasks : sequence of str
    hidden : (layer, telling, feature) array, optional
        Hidden layers of the language model, in the order of their tellings.
    n_hidden : int
        How many of them, from the last back, are taken.

    Returns
    -------
    dict of str to vectors
        By layer: ``hidden_0`` and so on, or ``features`` (rules, bag of words, embedding) where
        none are given; then ``information``. Hidden layers of a shuffled network are left out,
        since what a language model makes of a task is told of another one, and so are those of a
        tuned network, which were read before the model was tuned.

    Raises
    ------
    NeurosimError
        If hidden layers do not match the tellings.
    """
    information = network.information
    with torch.no_grad():
        everything = information(torch.arange(len(information.features))).numpy()
    found = {"features": information.features.numpy(), "information": everything}
    variants = NetworkName.parse(network.name).variants
    if hidden is not None and not {"shuffled", "tuned"} & set(variants):
        _check_hidden(hidden, len(information.features))
        first = max(len(hidden) - n_hidden, 0)
        layers = {f"hidden_{first + number}": layer for number, layer in enumerate(hidden[first:])}
        found = {**layers, "information": everything}
    return {layer: _by_task(values, information, tasks) for layer, values in found.items()}


def _check_hidden(hidden: np.ndarray, n_tellings: int) -> None:
    if hidden.ndim != 3 or hidden.shape[1] != n_tellings or not len(hidden):
        raise NeurosimError(
            f"representation: hidden layers: expected (layer, {n_tellings} tellings, feature) of "
            f"the network's language model, found shape {hidden.shape}"
        )


def _by_task(values: np.ndarray, information: TaskInformation, tasks: Sequence[str]) -> Vectors:
    return {task: values[information.tellings(NUMBERS[task])] for task in tasks}


def network_vectors(
    network: InstructedNetwork,
    tasks: Sequence[str],
    source: TrialSource,
    n_trials: int,
    rng: Callable[[str], np.random.Generator],
    told_as: Mapping[str, str] | None = None,
) -> Vectors:
    """Give the activity at stimulus onset (trial, unit) in each task.

    Parameters
    ----------
    network : InstructedNetwork
    tasks : sequence of str
    source : TrialSource
    n_trials : int
    rng : callable
        Gives the generator of a task by its name, so that all networks see the same trials.
    told_as : Mapping of str to str, optional
        The task that each is told as; itself if not given.
    """
    return {
        task: onset_activity(network, [task], source, n_trials, rng(task), told_as)[0]
        for task in tasks
    }


def told_as_next(tasks: Sequence[str]) -> dict[str, str]:
    """Pair each task with the next one, the last with the first.

    >>> told_as_next(["Go", "DM", "DMS"])
    {'Go': 'DM', 'DM': 'DMS', 'DMS': 'Go'}
    """
    return dict(zip(tasks, [*tasks[1:], *tasks[:1]], strict=True))


def score_layers(layers: Mapping[str, Vectors], tasks: Sequence[str]) -> xr.Dataset:
    """Measure cross-condition generalisation in each layer.

    Parameters
    ----------
    layers : dict of str to vectors
    tasks : sequence of str
        Of the study: dichotomies keep the pairs that are among them.

    Returns
    -------
    Dataset
        ``ccgp`` (layer, scaling, task) and ``ccgp_axis`` (layer, scaling, axis); NaN for a task
        that is in no pair, and for an axis with fewer than two. ``unit`` vectors are brought to
        one size before they are decoded, ``published`` ones are not.
    """
    scores = [
        [_score(vectors, tasks, scaled) for scaled in SCALINGS.values()]
        for vectors in layers.values()
    ]
    dims = ("layer", "scaling")
    return xr.Dataset(
        {
            "ccgp": ((*dims, "task"), [[task for task, _ in row] for row in scores]),
            "ccgp_axis": ((*dims, "axis"), [[axis for _, axis in row] for row in scores]),
        },
        {
            "layer": list(layers),
            "scaling": list(SCALINGS),
            "task": list(tasks),
            "axis": list(DICHOTOMIES),
        },
    )


def score_swapped(vectors: Vectors, swapped: Vectors) -> xr.Dataset:
    """Measure how held-out tasks generalise when they are told as other ones.

    Parameters
    ----------
    vectors : vectors
        Of all tasks.
    swapped : vectors
        Of the held-out ones, told as others; they take the place of those above.

    Returns
    -------
    Dataset
        ``ccgp_swapped`` (scaling, task); NaN for tasks that were not held out.
    """
    tasks = list(vectors)
    scores = np.array(
        [_score({**vectors, **swapped}, tasks, scaled)[0] for scaled in SCALINGS.values()]
    )
    scores[:, [task not in swapped for task in tasks]] = np.nan
    return xr.Dataset(
        {"ccgp_swapped": (("scaling", "task"), scores)},
        {"scaling": list(SCALINGS), "task": tasks},
    )


def _score(vectors: Vectors, tasks: Sequence[str], scaled: bool) -> tuple[list, list]:
    """Scores (task,) and (axis,)."""
    pairs = keep_known_pairs({axis: dichotomy(axis) for axis in DICHOTOMIES}, tasks)
    if not pairs:
        return [np.nan] * len(tasks), [np.nan] * len(DICHOTOMIES)
    decodings = decode_across(vectors, pairs, scaled)
    by_task, by_axis = score_tasks(decodings), score_axes(decodings)
    return (
        [by_task.get(task, np.nan) for task in tasks],
        [by_axis.get(axis, np.nan) for axis in DICHOTOMIES],
    )


def describe_square(spaces: Mapping[str, Vectors]) -> xr.Dataset:
    """Lay out the four decision tasks of one modality, and measure how parallel their axes are.

    Parameters
    ----------
    spaces : dict of str to vectors
        With all tasks of `SQUARE`.

    Returns
    -------
    Dataset
        ``component`` (space, decoded, sample, axis3) along the principal components of the four
        tasks together, NaN beyond the samples that there are; ``explained`` (space, axis3);
        ``parallelism`` and its ``parallelism_low`` and ``parallelism_high`` (space, axis): cosine
        between the steps from the stronger to the weaker in both modalities (strongest_weakest),
        and from modality 1 to 2 in both (modality); NaN on all other axes.
    """
    decoded = [task for poles in SQUARE for task in poles]
    n_samples = max(len(vectors[task]) for vectors in spaces.values() for task in decoded)
    component = np.full((len(spaces), len(decoded), n_samples, N_COMPONENTS), np.nan, np.float32)
    explained, parallel = [], np.full((3, len(spaces), len(DICHOTOMIES)), np.nan)
    columns = [DICHOTOMIES.index(axis) for axis in SQUARE_AXES]
    for place, vectors in enumerate(spaces.values()):
        found = find_components({task: vectors[task] for task in decoded}, N_COMPONENTS)
        for row, scores in zip(component[place], found.scores.values(), strict=True):
            row[: len(scores)] = scores
        explained.append(found.explained)
        (p, q), (r, s) = SQUARE
        axes = compare_axes(((vectors[p], vectors[q]), (vectors[r], vectors[s])))
        parallel[:, place, columns] = np.transpose([_numbers(each) for each in axes])
    dims = ("space", "axis")
    names = ("parallelism", "parallelism_low", "parallelism_high")
    return xr.Dataset(
        {
            "component": (("space", "decoded", "sample", "axis3"), component),
            "explained": (("space", "axis3"), explained),
            **{name: (dims, values) for name, values in zip(names, parallel, strict=True)},
        },
        {"space": list(spaces), "decoded": decoded, "axis": list(DICHOTOMIES)},
    )


def _numbers(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.value, estimate.low, estimate.high
