"""The experiments on instructed networks: from settings, and files of others, to datasets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import xarray as xr

from neurosim.files import load
from neurosim.models.instructed.evaluation import performance, withholding_performance
from neurosim.models.instructed.held_out import (
    composed_performance,
    neighbour_performance,
    swapped_performance,
)
from neurosim.models.instructed.information import in_order
from neurosim.models.instructed.language_models import LanguageModel
from neurosim.models.instructed.language_sources import language_model_of
from neurosim.models.instructed.learning import (
    LearningParameters,
    batches_to_criterion,
    learn_task,
)
from neurosim.models.instructed.network import (
    BLANK,
    InstructedNetwork,
    NetworkName,
    build_network,
    features_of,
)
from neurosim.models.instructed.reading import blank_reader, freeze_reader, let_read
from neurosim.models.instructed.thresholds import is_parted, measure_decisions, part_levels
from neurosim.models.instructed.trained import load_network, network_to_dataset
from neurosim.models.instructed.training import Training, TrainingParameters, train
from neurosim.models.instructed.tuned_language import TunedLanguage
from neurosim.seeds import generator
from neurosim.tasks.examples import made
from neurosim.tasks.psychophysics.catalogue import TASKS, find_task, held_out_tasks
from neurosim.tasks.psychophysics.decision import Thresholds
from neurosim.tasks.psychophysics.instructions import Instructions, read_instructions
from neurosim.tasks.psychophysics.source import TrialSource, without_confidence
from neurosim.tasks.psychophysics.timing import Timing

_LEVEL = {"units": "1", "long_name": "SD of the noise, and contrast"}
N_CRITERION = 128  # trials of a task by which training is found to be at its criterion
TEACHER = "simplenet"  # whose decisions give the thresholds of the confidence tasks


@dataclass(frozen=True)
class Experiment:
    """What all networks of a study share.

    Attributes
    ----------
    tasks : tuple of str
        Those of the study, held out or not, in the order of the catalogue.
    n_units : int
        Of the sensorimotor network.
    source : TrialSource
    training : TrainingParameters
    seed : int
        Of the run.
    """

    tasks: tuple[str, ...]
    n_units: int
    source: TrialSource
    training: TrainingParameters
    seed: int

    @classmethod
    def from_mapping(cls, given: Mapping, seed: int) -> "Experiment":
        """Build from keys of the configuration: tasks, n_units, n_steps and training."""
        named = given["tasks"] or list(TASKS)
        chosen = {find_task(name).name for name in named}
        return cls(
            tasks=tuple(name for name in TASKS if name in chosen),
            n_units=given["n_units"],
            source=TrialSource(Timing(given["n_steps"])),
            training=made(TrainingParameters, given["training"], "training"),
            seed=seed,
        )

    def with_thresholds(self, found: xr.Dataset) -> "Experiment":
        """Give the same experiment with the thresholds that `find_confidence` found."""
        thresholds = Thresholds(found["above"].values, found["below"].values)
        return replace(self, source=self.source.with_thresholds(thresholds))

    def with_file(self, thresholds: Path | None) -> "Experiment":
        """Give the same experiment with the thresholds of a file, if there is one."""
        return self.with_thresholds(load(thresholds)) if thresholds else self

    def split(self, hold_out: str) -> tuple[list[str], list[str]]:
        """Part the tasks into those that are trained and those that are held out.

        Raises
        ------
        NeurosimError
            If too few are trained to fill a batch.
        """
        left_out = held_out_tasks(hold_out)
        trained = [name for name in self.tasks if name not in left_out]
        return trained, [name for name in self.tasks if name in left_out]


def find_confidence(
    experiment: Experiment,
    instructions: Instructions,
    n_trials: int,
    criterion: float,
    checkpoint: Path | None = None,
) -> xr.Dataset:
    """Train a network on all tasks but those of confidence, and find where it decides well.

    Parameters
    ----------
    experiment : Experiment
    instructions : Instructions
    n_trials : int
        At each noise and contrast.
    criterion : float
        Part of the decisions done right.
    checkpoint : Path, optional
        Of the training; see `neurosim.models.instructed.training.train`.

    Returns
    -------
    Dataset
        ``correct`` (noise, contrast); ``above`` and ``below`` (pair, level): noise and contrast.
        Its attribute ``parted_by`` says whether the criterion did it, or the median.
    """
    rng = partial(generator, experiment.seed, "instruction", "confidence")
    tasks = without_confidence(experiment.tasks)
    network = _build(TEACHER, instructions, None, experiment, rng)
    _trained(network, tasks, experiment, rng("trials"), checkpoint)
    correct = measure_decisions(network, experiment.source, n_trials, rng("decisions"))
    above, below = part_levels(correct, criterion)
    return xr.Dataset(
        {
            "correct": correct,
            "above": (("sure_pair", "level"), above, _LEVEL),
            "below": (("unsure_pair", "level"), below, _LEVEL),
        },
        attrs={
            "criterion": criterion,
            "parted_by": "criterion" if is_parted(correct, criterion) else "median",
        },
    )


def train_network(
    name: str,
    hold_out: str,
    number: int,
    experiment: Experiment,
    instructions: Instructions,
    hidden: np.ndarray | None = None,
    checkpoint: Path | None = None,
) -> xr.Dataset:
    """Train one network on all tasks but those held out.

    Parameters
    ----------
    name : str
        See `neurosim.models.instructed.network`.
    hold_out : str
        See `neurosim.tasks.psychophysics.catalogue.held_out_tasks`.
    number : int
        Of the training; networks of one number share their first weights and their trials.
    experiment : Experiment
    instructions : Instructions
    hidden : (telling, feature) array, optional
        A language model's view of the instructions.
    checkpoint : Path, optional

    Returns
    -------
    Dataset
        Weights, features, and ``loss`` (update).
    """
    rng = partial(generator, experiment.seed, "instruction", number)
    trained, _ = experiment.split(hold_out)
    network = _build(name, instructions, hidden, experiment, rng, hold_out)
    loss = _trained(network, trained, experiment, rng("trials"), checkpoint)
    return _kept(network, loss, hold_out, number)


def train_from_files(
    name: str,
    hold_out: str,
    number: int,
    experiment: Experiment,
    files: Mapping[str, Path],
    tuned: Mapping,
    own: Mapping[str, Mapping[str, str]],
    checkpoint: Path | None = None,
) -> xr.Dataset:
    """Train a network, or tune the language model of a trained one, by what files hold.

    Parameters
    ----------
    name, hold_out, number, experiment, checkpoint
        See `train_network`.
    files : Mapping of str to Path
        ``instructions``; ``thresholds`` of confidence tasks, ``embedding`` of a language model and
        the ``untuned`` network where there are such.
    tuned : Mapping
        Of `TrainingParameters`, and ``n_layers``; see `tune_network`.
    own : Mapping
        See `neurosim.models.instructed.language_sources.language_model_of`.

    Returns
    -------
    Dataset

    Raises
    ------
    MissingData
        If its language model is not there.
    """
    instructions = read_instructions(files["instructions"])
    experiment = experiment.with_file(files.get("thresholds"))
    hidden = load(files["embedding"])["hidden"].values[-1] if "embedding" in files else None
    if "untuned" not in files:
        return train_network(name, hold_out, number, experiment, instructions, hidden, checkpoint)
    budget = dict(tuned)
    n_layers = budget.pop("n_layers")
    shared = {key: getattr(experiment.training, key) for key in ("n_tasks", "n_each", "clip")}
    training = made(TrainingParameters, shared | budget, "tuned")
    network, model = (
        load_network(files["untuned"]),
        language_model_of(NetworkName.parse(name).base, own),
    )
    return tune_network(
        network, model, hold_out, number, experiment, instructions, training, n_layers, checkpoint
    )


def tune_network(
    network: InstructedNetwork,
    model: LanguageModel,
    hold_out: str,
    number: int,
    experiment: Experiment,
    instructions: Instructions,
    training: TrainingParameters,
    n_layers: int,
    checkpoint: Path | None = None,
) -> xr.Dataset:
    """Train a trained network on, the last layers of its language model with it.

    Parameters
    ----------
    network : InstructedNetwork
        Told by the model, and trained with the model frozen; a copy learns.
    model : LanguageModel
    hold_out, number, experiment, instructions, checkpoint
        As of `train_network`.
    training : TrainingParameters
    n_layers : int
        Layers of the model that are tuned.

    Returns
    -------
    Dataset
        As of `train_network`; the features are what the tuned model makes of the instructions.
    """
    rng = generator(experiment.seed, "instruction", number, "tuned")
    trained, _ = experiment.split(hold_out)
    tuned = let_read(network, TunedLanguage(model, in_order(instructions), n_layers))
    tuned.name = f"{network.name},tuned"
    loss = _trained(tuned, trained, replace(experiment, training=training), rng, checkpoint)
    return _kept(tuned, loss, hold_out, number)


def _kept(network: InstructedNetwork, loss: np.ndarray, hold_out: str, number: int) -> xr.Dataset:
    """Weights of a trained network, its reader frozen, and the loss of its training."""
    about = {"units": "1", "long_name": "weighted squared error of a batch"}
    weights = network_to_dataset(freeze_reader(network))
    return weights.assign(loss=("update", loss.astype(np.float32), about)).assign_attrs(
        hold_out=hold_out, number=number
    )


def _build(
    name: str,
    instructions: Instructions,
    hidden: np.ndarray | None,
    experiment: Experiment,
    rng: partial,
    hold_out: str = "none",
) -> InstructedNetwork:
    parsed, reader = NetworkName.parse(name), None
    base = parsed.base
    order = (hold_out,) if "shuffled" in parsed.variants else ()  # each hold-out its own order
    if base in BLANK:
        reader = blank_reader(base, instructions, rng("reader"))
        hidden = reader.features()
    features, wordings = features_of(name, instructions, hidden, rng("features", *order))
    network = build_network(name, features, wordings, experiment.n_units, rng("weights"))
    return network if reader is None else let_read(network, reader)


def _trained(
    network: InstructedNetwork,
    tasks: Sequence[str],
    experiment: Experiment,
    rng: np.random.Generator,
    checkpoint: Path | None,
) -> np.ndarray:
    training = Training(network, tasks, experiment.training, rng, experiment.source)

    def is_good(learner: InstructedNetwork) -> bool:
        trials = generator(experiment.seed, "instruction", "criterion", training.update)
        found = performance(learner, tasks, experiment.source, N_CRITERION, trials)
        return bool((found >= experiment.training.criterion).all())

    return train(training, checkpoint, is_good=is_good)


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
