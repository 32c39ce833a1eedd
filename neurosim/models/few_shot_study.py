"""How fast a new task of a family is learned, by what the network was trained on before."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.errors import choices
from neurosim.models.maml import InnerParameters
from neurosim.models.meta_training import MetaTraining, TaskSet, best_rate, meta_train
from neurosim.models.plain_networks import Factory, new_network
from neurosim.models.task_losses import check_kind
from neurosim.progress import progress
from neurosim.seeds import generator
from neurosim.tasks.continual import TaskFamily
from neurosim.tasks.examples import made

METHODS = ("maml", "first_order", "pretrained", "scratch")
RATES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


@dataclass(frozen=True)
class FewShotParameters:
    """Budget of a comparison.

    Attributes
    ----------
    training : MetaTraining
    n_validation, n_test : int
        Tasks that no method was trained on: those that the rate of each is chosen by, and those
        that are reported.
    n_steps : int
        Inner steps of the curves.
    rates : tuple of float
        Rates to choose from, each method its own: what suits one of them is no handicap of others.
    """

    training: MetaTraining = field(default_factory=MetaTraining)
    n_validation: int = 30
    n_test: int = 50
    n_steps: int = 10
    rates: tuple[float, ...] = RATES

    @classmethod
    def from_mapping(cls, given: Mapping) -> "FewShotParameters":
        """Build from the keys of the configuration; those left out have their defaults."""
        options = dict(given)
        if "training" in options:
            training = dict(options["training"])
            if "inner" in training:
                training["inner"] = made(InnerParameters, training["inner"], "training.inner")
            options["training"] = made(MetaTraining, training, "training")
        if "rates" in options:
            options["rates"] = tuple(options["rates"])
        return made(cls, options, "few_shot")


def compare_few_shot(
    family: TaskFamily,
    networks: Mapping[str, Factory],
    parameters: FewShotParameters,
    n_seeds: int,
    seed: int,
    methods: tuple[str, ...] = METHODS,
    first: int = 0,
) -> xr.Dataset:
    """Meta-train networks and let them adapt to unseen tasks of the family.

    Parameters
    ----------
    family : TaskFamily
        Its tasks have a support to adapt to and a query to be tested on.
    networks : Mapping of str to callable
        ``factory(n_inputs, n_outputs)``.
    parameters : FewShotParameters
    n_seeds : int
    seed : int
        Of the run.
    methods : tuple of str
        ``maml`` and ``first_order`` are trained for what they are after the inner steps,
        ``pretrained`` on the same tasks mixed, ``scratch`` on nothing.
    first : int
        Number of the first seed, so that a study can be done in parts.

    Returns
    -------
    Dataset (learner, seed, task, step)
        ``error`` on the queries of the parameters after so many steps: mean squared, or 1 -
        accuracy; ``rate`` (learner, seed) of the steps; ``mean_error`` (seed, task) of the mean
        answer of the support. A method is named ``<method>`` with the
        first network and ``<method>,<network>`` with others.

    Raises
    ------
    NeurosimError
        If a method is unknown.
    """
    check_kind(family.kind)
    for method in methods:
        if method not in METHODS:
            raise NeurosimError(f"method: expected one of {choices(METHODS)}, found {method!r}")
    errors: dict[str, list[np.ndarray]] = {}
    rates: dict[str, list[float]] = {}
    trivial = []
    sizes = parameters.training.n_tasks, parameters.n_validation, parameters.n_test
    numbers = range(first, first + n_seeds)
    for number in progress(numbers, "learn to learn"):
        rng = partial(generator, seed, "few_shot", number)
        sets = [
            TaskSet.drawn(family, n, rng("tasks", use))
            for n, use in zip(sizes, ("train", "validation", "test"), strict=True)
        ]
        trivial.append(sets[-1].mean_errors())
        for place, (network, factory) in enumerate(networks.items()):
            for method in methods:
                name = f"{method},{network}" if place else method
                error, rate = _adapted(
                    method, factory, family, sets, parameters, rng("weights", network),
                    rng("batches"),
                )  # fmt: skip
                errors.setdefault(name, []).append(error)
                rates.setdefault(name, []).append(rate)
    return _dataset(errors, rates, trivial, family, numbers)


def _adapted(
    method: str,
    factory: Factory,
    family: TaskFamily,
    sets: list[TaskSet],
    parameters: FewShotParameters,
    weights: np.random.Generator,
    batches: np.random.Generator,
) -> tuple[np.ndarray, float]:
    """Train by a method; give the error (task, step) on unseen tasks and the rate of the steps."""
    train, validation, test = sets
    network = new_network(factory, family.n_features, family.n_outputs, weights)
    given, inner = parameters.training, parameters.training.inner
    if method == "pretrained":
        given = replace(given, inner=replace(inner, n_steps=0))
    elif method != "scratch":
        given = replace(given, inner=replace(inner, first_order=method == "first_order"))
    if method != "scratch":
        meta_train(network, train, given, batches)
    rate = best_rate(network, validation, inner, parameters.rates)
    steps = InnerParameters(parameters.n_steps, rate, first_order=True)
    return test.errors(network, steps), rate


def _dataset(
    errors: Mapping[str, list[np.ndarray]],
    rates: Mapping[str, list[float]],
    trivial: list[np.ndarray],
    family: TaskFamily,
    numbers: range,
) -> xr.Dataset:
    values = np.array(list(errors.values()))
    about = {
        "error": "error on queries: mean squared, or 1 - accuracy",
        "rate": "rate of the inner steps",
        "mean_error": "error on queries of the mean answer, or most frequent class, of the support",
    }
    found = {
        "error": (("learner", "seed", "task", "step"), values),
        "rate": (("learner", "seed"), np.array(list(rates.values()))),
        "mean_error": (("seed", "task"), np.array(trivial)),
    }
    return xr.Dataset(
        {
            name: (dims, array, {"units": "1", "long_name": about[name]})
            for name, (dims, array) in found.items()
        },
        {
            "learner": list(errors),
            "seed": ("seed", list(numbers), {"long_name": "training"}),
            "task": ("task", np.arange(values.shape[2]), {"long_name": "unseen task"}),
            "step": ("step", np.arange(values.shape[3]), {"long_name": "inner steps taken"}),
        },
        {"family": family.name, "kind": family.kind},
    )
