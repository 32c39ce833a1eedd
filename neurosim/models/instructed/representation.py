"""How a trained network represents its tasks: geometry of its layers and tuning of its units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.models.instructed import layer_geometry, unit_tuning, unit_variance
from neurosim.models.instructed.experiment import Experiment
from neurosim.models.instructed.layer_geometry import (
    SQUARE,
    describe_square,
    network_vectors,
    score_layers,
    score_swapped,
    told_as_next,
    told_vectors,
)
from neurosim.models.instructed.network import InstructedNetwork
from neurosim.seeds import generator
from neurosim.tasks.examples import made
from neurosim.tasks.psychophysics.source import TrialSource

ABOUT = {
    **layer_geometry.ABOUT,
    **unit_tuning.ABOUT,
    **unit_variance.ABOUT,
    "is_held_out": ("1", "whether the network never trained the task"),
}


@dataclass(frozen=True)
class RepresentationParameters:
    """How a network's representation is measured.

    Attributes
    ----------
    n_trials : int
        Of each task, for each analysis.
    n_hidden : int
        Hidden layers of the language model that are decoded, from the last back.
    n_clusters : int
        Most clusters of units that are tried.
    n_shuffles : int
        Of units' variances over tasks.
    """

    n_trials: int = 250
    n_hidden: int = 12
    n_clusters: int = 30
    n_shuffles: int = 19

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be used."""
        least = {"n_trials": 4, "n_hidden": 1, "n_clusters": 2, "n_shuffles": 1}
        for key, number in least.items():
            if not getattr(self, key) >= number:
                raise NeurosimError(
                    f"representation: {key}: expected {number} or more, found {getattr(self, key)}"
                )

    @classmethod
    def from_mapping(cls, given: Mapping) -> "RepresentationParameters":
        """Build from the keys of the configuration."""
        return made(cls, given, "representation")


def measure_representation(
    network: InstructedNetwork,
    hold_out: str,
    number: int,
    experiment: Experiment,
    parameters: RepresentationParameters,
    hidden: np.ndarray | None = None,
) -> xr.Dataset:
    """Measure how a trained network represents the tasks of a study.

    Trials of one number and hold-out are the same for all networks.

    Parameters
    ----------
    network : InstructedNetwork
    hold_out : str
    number : int
    experiment : Experiment
        With thresholds.
    parameters : RepresentationParameters
    hidden : (layer, telling, feature) array, optional
        Hidden layers of its language model, in the order of their tellings.

    Returns
    -------
    Dataset
        ``is_held_out`` (task), and the variables of `layer_geometry.score_layers`,
        `layer_geometry.score_swapped` (where two tasks are held out or more),
        `layer_geometry.describe_square` (where the study has its four tasks),
        `unit_variance.describe_clusters` and `unit_tuning.measure_tuning`.

    Raises
    ------
    NeurosimError
        If hidden layers do not match the tellings.
    """
    tasks = experiment.tasks
    _, left_out = experiment.split(hold_out)
    rng = partial(generator, experiment.seed, "instruction", number, "representation", hold_out)
    layers = told_vectors(network, tasks, hidden, parameters.n_hidden)
    vectors = partial(
        network_vectors, network, source=experiment.source, n_trials=parameters.n_trials
    )
    layers["network"] = vectors(tasks, rng=partial(rng, "onset"))
    parts = [score_layers(layers, tasks)]
    if len(left_out) > 1:
        swapped = vectors(left_out, rng=partial(rng, "onset"), told_as=told_as_next(left_out))
        parts.append(score_swapped(layers["network"], swapped))
    if set(tasks) >= {task for poles in SQUARE for task in poles}:
        parts.append(describe_square({name: layers[name] for name in ("network", "information")}))
    parts += _describe_units(network, tasks, left_out, experiment.source, parameters, rng)
    found = xr.merge(parts, compat="equals", join="exact")
    found["is_held_out"] = ("task", np.isin(tasks, left_out).astype(np.int8))
    for name, variable in found.data_vars.items():
        variable.attrs = dict(zip(("units", "long_name"), ABOUT[name], strict=True))
    found.attrs = {"network": network.name, "hold_out": hold_out, "number": number}
    return found


def _describe_units(
    network: InstructedNetwork,
    tasks: Sequence[str],
    left_out: Sequence[str],
    source: TrialSource,
    parameters: RepresentationParameters,
    rng: partial,
) -> list[xr.Dataset]:
    n = parameters.n_trials
    variance = unit_variance.unit_variance(network, tasks, source, n, partial(rng, "variance"))
    clusters = unit_variance.describe_clusters(
        variance, tasks, parameters.n_clusters, parameters.n_shuffles, rng("clusters")
    )

    def of_task(task: str) -> unit_tuning.Recorded:
        return unit_tuning.record(network, task, source, n, rng("tuning", task))

    return [clusters, *unit_tuning.measure_tuning(of_task, tasks, left_out)]
