"""Readers of chains side by side: trained on the same laps, asked about the same held-out laps.

``forward`` and ``reverse`` are twins; ``masked``, ``n_gram`` and ``bayes`` read in reverse order,
``bayes_forward`` in the order of behaviour. The two Bayes-optimal readers know the maze's law.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.models.chain_scores import Question, score, without_spikes
from neurosim.models.chain_training import TrainingParameters, train
from neurosim.models.chain_transformer import (
    ChainModel,
    ModelParameters,
    new_model,
    size_of_task,
)
from neurosim.seeds import generator
from neurosim.tasks.chains import ORDERS, Chains, split_chains, task_of
from neurosim.tasks.mazes import Maze
from neurosim.tasks.n_gram import NGram
from neurosim.tasks.readers import LawReader, Reader

ESTIMATORS = ("forward", "reverse", "masked", "n_gram", "bayes", "bayes_forward")


@dataclass(frozen=True)
class StudyParameters:
    """What a comparison takes.

    Attributes
    ----------
    n_seeds : int
        Trainings of each model.
    test_fraction : float
        Share of laps (or paths) that are held out.
    model : ModelParameters
    training : TrainingParameters
    """

    n_seeds: int
    test_fraction: float
    model: ModelParameters
    training: TrainingParameters

    @classmethod
    def from_mapping(cls, given: Mapping) -> "StudyParameters":
        """Build from the keys of the configuration."""
        model, training = dict(given["model"]), dict(given["training"])
        return cls(
            given["n_seeds"],
            given["test_fraction"],
            ModelParameters(**model),
            TrainingParameters(**training),
        )


def compare_readers(
    learned: Chains,
    asked: Chains,
    maze: Maze,
    parameters: StudyParameters,
    seed: int,
    name: str,
    split: str = "groups",
    estimators: tuple[str, ...] = ESTIMATORS,
    checkpoints: Path | None = None,
) -> xr.Dataset:
    """Train and compare readers with several seeds, each with a split of its own.

    Parameters
    ----------
    learned : Chains
        What is learned from: those of the laps that are not held out.
    asked : Chains
        True chains, of which those of the held-out laps are asked about; `learned` itself, or
        what truly happened in the laps that `learned` was decoded from.
    maze : Maze
        Its law is the bound.
    parameters : StudyParameters
    seed : int
        Of the run.
    name : str
        Of the maze and data; part of the streams' names.
    split : {"groups", "paths"}
        What is held out.
    estimators : tuple of str
        Of `ESTIMATORS`.
    checkpoints : Path, optional
        Folder of checkpoints, from which an interrupted study goes on.

    Returns
    -------
    Dataset (seed, estimator, distance, step, token)
        `neurosim.models.chain_scores.MEASURES` (seed, estimator); ``accuracy_by_distance``,
        ``bits_by_distance`` (seed, estimator, distance); ``loss`` (seed, estimator, update);
        ``n_test`` (seed,); of the first seed's first held-out lap ``example_token`` (estimator,
        step) and ``example_probability`` (estimator, step, token). Endpoint entropies are
        attributes.

    Raises
    ------
    MissingData
        If the laps cannot be split.
    """
    longest = max(chain.size for part in (learned, asked) for chain in part.places) + 1
    found = [
        _one_seed(learned, asked, maze, parameters, (seed, name, number), split, estimators,
                  longest, checkpoints)
        for number in range(parameters.n_seeds)
    ]  # fmt: skip
    data = xr.concat([one.drop_vars(EXAMPLE) for one in found], dim="seed")
    data = data.assign({key: found[0][key] for key in EXAMPLE})
    first, last = maze.law.endpoint_entropies()
    data = data.assign_coords(seed=("seed", np.arange(len(found)), {"long_name": "training"}))
    return data.assign_attrs(entropy_first=first, entropy_last=last, n_places=maze.law.n_places)


EXAMPLE = ["example_token", "example_probability", "example_true"]


def _one_seed(
    learned: Chains,
    asked: Chains,
    maze: Maze,
    parameters: StudyParameters,
    stream: tuple[int, str, int],
    split: str,
    estimators: tuple[str, ...],
    longest: int,
    checkpoints: Path | None,
) -> xr.Dataset:
    """Split, train and compare once."""
    seed, name, number = stream

    def rng(purpose: str) -> np.random.Generator:
        return generator(seed, "compare_readers", name, number, purpose)

    train_rows, test_rows = split_laps(
        learned, asked, parameters.test_fraction, rng("split"), split
    )
    known, held_out = learned.take(train_rows), asked.take(test_rows)
    questions = {order: Question.about(held_out, order, longest) for order in ORDERS}
    bounds = {
        order: LawReader(maze.law.turned() if order == "reverse" else maze.law) for order in ORDERS
    }
    parts, losses = [], []
    for estimator in estimators:
        order, question = order_of(estimator), questions[order_of(estimator)]
        loss = np.full(parameters.training.n_steps, np.nan)
        if estimator.startswith("bayes"):
            reader: Reader = bounds[order]
        elif estimator == "n_gram":
            reader = NGram(task_of(without_spikes(known), order, longest), learned.n_places)
        else:
            path = checkpoints and checkpoints / f"{estimator}-{number}.pt"
            reader, loss = trained(estimator, known, longest, parameters, rng, path)
        losses.append(loss)
        if estimator.startswith(("bayes", "n_gram")):  # they read no spikes
            question = Question.about(without_spikes(held_out), order, longest)
        parts.append(score(reader, question, bounds[order], held_out, maze, rng("draws")))
    data = xr.concat(parts, dim=xr.Variable("estimator", list(estimators)))
    return data.assign(
        loss=(
            ("estimator", "update"),
            np.array(losses, dtype=np.float32),
            {"units": "nat", "long_name": "cross entropy a token in training"},
        ),
        n_test=((), test_rows.size, {"long_name": "held-out chains"}),
        example_true=(
            "example_step",
            np.array((list(held_out.places[0]) + [-1] * longest)[:longest]),
            {"long_name": "places of the held-out chain, -1 beyond its end"},
        ),
    )


def order_of(estimator: str) -> str:
    """Order in which an estimator reads."""
    return "forward" if "forward" in estimator else "reverse"


def trained(
    estimator: str,
    known: Chains,
    longest: int,
    parameters: StudyParameters,
    rng: Callable[[str], np.random.Generator],
    checkpoint: Path | None = None,
) -> tuple[ChainModel, np.ndarray]:
    """Train a model and give its loss (update,).

    Parameters
    ----------
    estimator : {"forward", "reverse", "masked"}
    known : Chains
        What is learned.
    longest : int
        Tokens of the longest chain that is ever read.
    parameters : StudyParameters
    rng : callable
        Gives a generator for ``weights`` and for ``batches``: twins share both.
    checkpoint : Path, optional
    """
    order = order_of(estimator)
    task = task_of(known, order, longest)
    kind = "masked" if estimator == "masked" else "transformer"
    size = size_of_task(task.source, task.target, known.n_places)
    model = new_model(kind, size, parameters.model, rng("weights"))
    return model, train(model, task, parameters.training, rng("batches"), order, checkpoint)


def split_laps(
    learned: Chains, asked: Chains, test_fraction: float, rng: np.random.Generator, by: str
) -> tuple[np.ndarray, np.ndarray]:
    """Rows (chain,) of `learned` to learn from and of `asked` to be asked about.

    The split is of what truly happened; what was decoded from a held-out lap goes with it.

    Raises
    ------
    MissingData
        If nothing is left to learn from.
    """
    _, test = split_chains(asked, test_fraction, rng, by)
    held_out = set(asked.group[test].tolist())
    train_rows = np.flatnonzero([lap not in held_out for lap in learned.group.tolist()])
    if train_rows.size == 0:
        raise MissingData("chains: expected laps or events to learn from, found none")
    return train_rows, test
