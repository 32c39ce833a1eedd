"""In which tasks units vary, and whether they form clusters.

Yang et al. 2019, doi:10.1038/s41593-018-0310-2.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
import xarray as xr

from neurosim.models.instructed.evaluation import respond
from neurosim.models.instructed.network import InstructedNetwork
from neurosim.stats.unit_clusters import SILENT, cluster_units, task_variance
from neurosim.tasks.psychophysics.decision import Thresholds
from neurosim.tasks.psychophysics.source import NUMBERS, TrialSource
from neurosim.tasks.psychophysics.trials import Trials

ABOUT = {
    "task_variance": ("1", "variance of activity over the trials of a task"),
    "task_variance_share": ("1", "task variance over the unit's largest"),
    "cluster": ("1", "number of the cluster, the largest first; -1 for silent units"),
    "n_clusters": ("1", "number of clusters of the largest silhouette"),
    "silhouette": ("1", "silhouette of the clusters"),
    "silhouette_of": ("1", "silhouette of a number of clusters"),
    "silhouette_null": ("1", "largest silhouette of units shuffled over tasks"),
}


def unit_variance(
    network: InstructedNetwork,
    tasks: Sequence[str],
    source: TrialSource,
    n_trials: int,
    rng: Callable[[str], np.random.Generator],
) -> np.ndarray:
    """Measure how much each unit varies with the stimuli of each task.

    Trials have no noise, and are told the mean over the wordings of their task, so that neither
    adds variance; nor does timing, since steps are counted from the start of each epoch.

    Parameters
    ----------
    network : InstructedNetwork
    tasks : sequence of str
    source : TrialSource
    n_trials : int
    rng : callable
        Gives the generator of a task by its name.

    Returns
    -------
    (unit, task) array
    """
    still = noiseless(source)
    found = []
    for task in tasks:
        trials = still.draw(task, n_trials, rng(task))
        with torch.no_grad():
            information = network.information.of_task(NUMBERS[task])
        _, activity = respond(network.sensorimotor, trials.inputs, information)
        found.append(task_variance(aligned(activity, trials)))
    return np.stack(found, axis=1)


def noiseless(source: TrialSource) -> TrialSource:
    """Give the same source without noise; confidence tasks keep their contrasts."""
    if source.thresholds is not None:
        silent = (side * np.array([0.0, 1.0]) for side in source.thresholds)
        source = source.with_thresholds(Thresholds(*silent))
    return replace(source, noise=(0.0, 0.0))


def aligned(activity: np.ndarray, trials: Trials) -> np.ndarray:
    """Line up the epochs of trials, each as long as it lasts in all of them.

    Parameters
    ----------
    activity : (trial, step, unit) array
    trials : Trials

    Returns
    -------
    (trial, step, unit) array
        From the first stimulus on; before it, trials are alike.
    """
    stops = np.concatenate(
        [trials.epochs[:, 1:], np.full((len(activity), 1), activity.shape[1])], axis=1
    )
    lengths = (stops - trials.epochs).min(axis=0)
    step = np.concatenate(
        [
            trials.epochs[:, epoch, None] + np.arange(lengths[epoch])
            for epoch in range(1, len(lengths))
        ],
        axis=1,
    )
    return activity[np.arange(len(activity))[:, None], step]


def describe_clusters(
    variance: np.ndarray,
    tasks: Sequence[str],
    n_clusters: int,
    n_shuffles: int,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Cluster units by the tasks in which they vary.

    Parameters
    ----------
    variance : (unit, task) array
    tasks : sequence of str
    n_clusters : int
        Most that are tried; fewer than there are units that are not silent.
    n_shuffles : int
    rng : numpy.random.Generator

    Returns
    -------
    Dataset
        ``task_variance`` (unit, task), and, where two clusters or more could be told apart,
        ``task_variance_share`` (unit, task) of the unit's largest (NaN for silent units),
        ``cluster`` (unit), -1 for silent units, ``n_clusters``, ``silhouette``,
        ``silhouette_of`` (n_tried) clusters, and ``silhouette_null`` (shuffle).
    """
    found = xr.Dataset({"task_variance": (("unit", "task"), variance)}, {"task": list(tasks)})
    active = int((variance.sum(axis=1) >= SILENT).sum())
    tried = range(2, min(n_clusters, active - 1) + 1)
    if len(tasks) < 2 or not tried:
        return found
    clusters = cluster_units(variance, rng, tried, n_shuffles)
    return found.assign(
        task_variance_share=(("unit", "task"), clusters.variance),
        cluster=("unit", clusters.label),
        n_clusters=clusters.n_clusters,
        silhouette=clusters.silhouette,
        silhouette_of=("n_tried", list(clusters.silhouettes.values())),
        silhouette_null=("shuffle", clusters.null),
    ).assign_coords(
        n_tried=("n_tried", list(clusters.silhouettes), {"long_name": "clusters that were tried"})
    )
