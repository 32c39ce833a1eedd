"""Trainings of a study, from settings and files of others to datasets: thresholds and networks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import xarray as xr

from neurosim.files import load
from neurosim.models.instructed.evaluation import performance
from neurosim.models.instructed.experiment import Experiment
from neurosim.models.instructed.information import in_order
from neurosim.models.instructed.language_models import LanguageModel
from neurosim.models.instructed.language_sources import language_model_of
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
from neurosim.tasks.psychophysics.instructions import Instructions, read_instructions
from neurosim.tasks.psychophysics.source import without_confidence

_LEVEL = {"units": "1", "long_name": "SD of the noise, and contrast"}
N_CRITERION = 128  # trials of a task by which training is found to be at its criterion
TEACHER = "simplenet"  # whose decisions give the thresholds of the confidence tasks


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
