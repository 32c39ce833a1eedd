"""Methods against forgetting side by side, on the same tasks in the same order."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np
import xarray as xr
from torch import nn

from neurosim import NeurosimError
from neurosim.errors import choices
from neurosim.models.continual import Learner
from neurosim.models.continual_methods import LearnerParameters, Method
from neurosim.models.plain_networks import Factory, n_weights, new_network
from neurosim.models.replay_buffer import Imagine
from neurosim.models.task_losses import Batch, Score, can_be_lesioned, check_kind, score
from neurosim.progress import progress
from neurosim.seeds import generator
from neurosim.tasks.examples import TaskSequence
from neurosim.tasks.trivial_predictors import TRIVIAL, trivial_error

Build = Callable[[np.random.Generator], TaskSequence]
READS_ZERO = "reads_zero"


def compare_methods(
    build: Build,
    networks: Mapping[str, Factory],
    methods: Mapping[str, Method],
    parameters: LearnerParameters,
    n_seeds: int,
    seed: int,
    trivial: tuple[str, ...] = TRIVIAL,
    imagine: Imagine | None = None,
    own: Mapping[str, LearnerParameters] | None = None,
    first: int = 0,
) -> xr.Dataset:
    """Train and test each method on a sequence of tasks, with several seeds.

    Within a seed all methods see the same tasks and batches, and those of one network start from
    the same weights: they are compared in pairs.

    Parameters
    ----------
    build : callable
        ``build(rng)`` gives the sequence of a seed.
    networks : Mapping of str to callable
        ``factory(n_inputs, n_outputs)`` by the name that methods call it by.
    methods : Mapping of str to Method
    parameters : LearnerParameters
    n_seeds : int
    seed : int
        Of the run.
    trivial : tuple of str
        Of `neurosim.tasks.trivial_predictors.TRIVIAL`.
    imagine : callable, optional
        For methods that replay imagination.
    own : Mapping of str to LearnerParameters, optional
        Parameters of methods that have some of their own.
    first : int
        Number of the first seed, so that a study can be done in parts.

    Returns
    -------
    Dataset (learner, seed, time, task)
        ``error``: mean squared, or 1 - accuracy; ``accuracy`` and ``choice_accuracy`` (at the steps
        that take memory), NaN where there is none. Time 0 is before any training. A lesioned
        network is the method ``<name>,reads_zero``. ``best_<measure>`` (seed, task): what the best
        observer scores (`TaskSequence.best`), where it is known. ``n_weights`` (learner); the
        attribute ``n_steps`` is the number of steps of an example: with one, nothing that is
        written into a memory can be read.

    Raises
    ------
    NeurosimError
        If a method needs a network or an imagination that is not there.
    """
    own = own or {}
    for name, method in methods.items():
        if method.network not in networks:
            raise NeurosimError(
                f"method {name!r}: expected a network among {choices(networks)}, "
                f"found {method.network!r}"
            )
    tables: dict[str, list[np.ndarray]] = {}
    sizes: dict[str, int] = {}
    sequences = []
    numbers = range(first, first + n_seeds)
    for number in progress(numbers, "learn tasks in turn"):
        sequence = build(generator(seed, "continual", number, "tasks"))
        check_kind(sequence.kind)
        sequences.append(sequence)
        for name in trivial:
            tables.setdefault(name, []).append(_trivial(sequence, name))
        for name, method in methods.items():
            rng = partial(generator, seed, "continual", number)
            network = new_network(
                networks[method.network],
                sequence.n_features,
                sequence.n_outputs,
                rng("weights"),  # so that what networks have in common starts the same
            )
            learner = Learner(
                network, sequence, method, own.get(name, parameters), rng("batches"), imagine
            )
            for row, table in _learned(learner, sequence, name):
                tables.setdefault(row, []).append(table)
                sizes[row] = n_weights(network)
    return _dataset(tables, sequences, numbers, sizes)


def _learned(
    learner: Learner, sequence: TaskSequence, name: str
) -> Iterator[tuple[str, np.ndarray]]:
    """Train on all tasks; give the tables (measure, time, task) of a method and of its lesion."""
    lesions = {name: False}
    if learner.method.lesion:
        if not can_be_lesioned(learner.network):
            raise NeurosimError(
                f"method {name!r}: expected a network whose reads can be set to zero for its "
                f"lesion, found {type(learner.network).__name__}, whose forward has no 'reads'"
            )
        lesions[f"{name},{READS_ZERO}"] = True
    tests = [Batch.of(task.test) for task in sequence.tasks]
    found: dict[str, list] = {row: [] for row in lesions}
    for time in range(len(tests) + 1):
        if time:
            learner.learn(time - 1)
        for row, lesion in lesions.items():
            found[row].append(_tested(learner.network, tests, sequence.kind, lesion))
    for row, scores in found.items():
        yield row, np.moveaxis(np.array(scores), -1, 0)


def _tested(network: nn.Module, tests: list[Batch], kind: str, lesion: bool) -> list[Score]:
    network.eval()
    scores = [score(network, test, kind, lesion) for test in tests]
    network.train()
    return scores


def _trivial(sequence: TaskSequence, name: str) -> np.ndarray:
    error = trivial_error(sequence, name)
    missing = np.full_like(error, np.nan)
    return np.stack([error, missing if sequence.kind == "regression" else 1 - error, missing])


def _dataset(
    tables: Mapping[str, list[np.ndarray]],
    sequences: list[TaskSequence],
    numbers: range,
    sizes: Mapping[str, int],
) -> xr.Dataset:
    dims = ("learner", "seed", "time", "task")
    about = {
        "error": "error on the task's test: mean squared, or 1 - accuracy",
        "accuracy": "share of right answers on the task's test",
        "choice_accuracy": "share of right answers where the answer takes memory",
    }
    values = np.array([tables[name] for name in tables])
    data = {
        name: (dims, values[:, :, row], {"units": "1", "long_name": text})
        for row, (name, text) in enumerate(about.items())
    }
    weights = np.array([sizes.get(name, 0) for name in tables])
    data["n_weights"] = ("learner", weights, {"units": "1", "long_name": "trained weights"})
    sequence = sequences[-1]
    for name in sequence.best:
        known = np.array([one.best[name] for one in sequences])
        text = f"{name.replace('_', ' ')} of the best observer"
        data[f"best_{name}"] = (("seed", "task"), known, {"units": "1", "long_name": text})
    n_tasks = len(sequence.tasks)
    coords = {
        "learner": list(tables),
        "seed": ("seed", list(numbers), {"long_name": "training"}),
        "time": ("time", np.arange(n_tasks + 1), {"long_name": "tasks learned so far"}),
        "task": [task.name for task in sequence.tasks],
    }
    n_steps = sequence.tasks[0].train.x.shape[1]
    about = {"sequence": sequence.name, "kind": sequence.kind, "n_steps": n_steps}
    return xr.Dataset(data, coords, about)
