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
from neurosim.models.chain_training import TrainingParameters, train
from neurosim.models.chain_transformer import (
    ChainModel,
    MaskedModel,
    ModelParameters,
    new_model,
    size_of_task,
)
from neurosim.seeds import generator
from neurosim.tasks.chain_measures import (
    bleu,
    by_distance,
    calibration_error,
    exact_matches,
    legal_fraction,
    redundancy,
    similarities,
    steps_from,
    token_bits,
    token_hits,
)
from neurosim.tasks.chains import ORDERS, Chains, Task, chains_in, split_chains, task_of
from neurosim.tasks.mazes import Maze
from neurosim.tasks.n_gram import NGram
from neurosim.tasks.readers import LawReader, Reader, generate, predict_each, search_beam

ESTIMATORS = ("forward", "reverse", "masked", "n_gram", "bayes", "bayes_forward")
N_DISTANCES = 12  # steps from the outcome that are told apart
BEAM = 4
MEASURES = {
    "similarity": "similarity of greedy chains on held-out laps",
    "sampled_similarity": "similarity of drawn chains",
    "beam_similarity": "similarity of chains found by a beam",
    "exact_match": "held-out chains generated without error",
    "bleu": "BLEU of greedy chains",
    "legal_fraction": "generated steps that the maze allows",
    "redundancy": "generated steps that go where the chain has been",
    "true_redundancy": "steps of the true chains that go where the chain has been",
    "total_bits": "cost of a held-out chain given one end",
    "excess_bits": "cost of a held-out chain above the Bayes-optimal one in the same order",
    "excess_bits_per_step": "the same, a token",
    "bayes_fraction": "similarity over that of the Bayes-optimal reader in the same order",
    "calibration_error": "expected calibration error of the next token",
    "hidden_step_accuracy": "single hidden steps that are filled in",
    "decision_accuracy": "steps away from decision points that are predicted",
    "merge_accuracy": "steps into places where paths meet that are predicted",
    "other_accuracy": "other steps that are predicted",
}
BITS = ("total_bits", "excess_bits", "excess_bits_per_step")


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


@dataclass(frozen=True)
class Question:
    """What readers of one order are asked.

    Attributes
    ----------
    order : {"forward", "reverse"}
    task : Task
        Of the held-out laps.
    first : array (chain,)
        Place from which chains are generated.
    true : list of list of int
        What is to be generated.
    """

    order: str
    task: Task
    first: np.ndarray
    true: list[list[int]]

    @classmethod
    def about(cls, chains: Chains, order: str, longest: int) -> "Question":
        """Ask about chains."""
        task = task_of(chains, order, longest)
        end = -1 if order == "reverse" else 0
        first = np.array([chain[end] for chain in chains.places])
        return cls(order, task, first, chains_in(task.target[:, 1:]))


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
        `MEASURES` (seed, estimator); ``accuracy_by_distance``, ``bits_by_distance`` (seed,
        estimator, distance); ``loss`` (seed, estimator, update); ``n_test`` (seed,); of the first
        seed's first held-out lap ``example_token`` (estimator, step) and ``example_probability``
        (estimator, step, token). Endpoint entropies are attributes.

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


def without_spikes(chains: Chains) -> Chains:
    """Give chains whose ends are read as tokens."""
    return Chains(chains.places, chains.group, chains.n_places, chains.reward, chains.context)


def score(
    reader: Reader,
    question: Question,
    bound: LawReader,
    held_out: Chains,
    maze: Maze,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Measure a reader: `MEASURES` and accuracy and bits by distance from the outcome."""
    source, target = question.task.source, question.task.target
    known = Question.about(without_spikes(held_out), question.order, target.shape[1])
    max_steps = target.shape[1] - 1
    predicted = predict_each(reader, source, target[:, :-1])
    exact = predict_each(bound, known.task.source, target[:, :-1])
    bits, hits = token_bits(predicted, target), token_hits(predicted, target)
    total, least = np.nansum(bits, axis=1), np.nansum(token_bits(exact, target), axis=1)
    tokens = generate(reader, source, max_steps)
    greedy = chains_in(tokens)
    best = chains_in(generate(bound, known.task.source, max_steps))
    like = similarities(greedy, question.true)
    drawn = chains_in(generate(reader, source, max_steps, rng))
    beam = chains_in(search_beam(reader, source, max_steps, BEAM)[0])
    bound_like = similarities(best, question.true).mean()
    n_tokens = np.isfinite(bits).sum(axis=1)
    values = {
        "similarity": like.mean(),
        "sampled_similarity": similarities(drawn, question.true).mean(),
        "beam_similarity": similarities(beam, question.true).mean(),
        "exact_match": exact_matches(greedy, question.true).mean(),
        "bleu": bleu(greedy, question.true),
        "legal_fraction": _mean(legal_fraction(greedy, question.first, maze.legal, question.order)),
        "redundancy": _mean(redundancy(greedy, question.first)),
        "true_redundancy": _mean(redundancy(question.true, question.first)),
        "total_bits": total.mean(),
        "excess_bits": (total - least).mean(),
        "excess_bits_per_step": (total - least).sum() / n_tokens.sum(),
        "bayes_fraction": like.mean() / bound_like if bound_like > 0 else np.nan,
        "calibration_error": calibration_error(predicted, target),
        "hidden_step_accuracy": _hidden(reader, question, hits, rng),
        **_by_kind_of_step(hits, question, maze),
    }
    data = {
        name: ((), float(values[name]), _attributes(name)) for name in MEASURES
    }  # float64: statistics
    for name, of_tokens, unit in (("accuracy", hits, "1"), ("bits", bits, "bit")):
        data[f"{name}_by_distance"] = (
            "distance",
            by_distance(of_tokens, question.order, N_DISTANCES),
            {"units": unit, "long_name": f"{name} of a step, by its distance from the outcome"},
        )
    return xr.Dataset(data | _example(reader, source, tokens, max_steps))


def _attributes(name: str) -> dict[str, str]:
    return {"units": "bit" if name in BITS else "1", "long_name": MEASURES[name]}


def _mean(values: np.ndarray) -> float:
    there = values[np.isfinite(values)]
    return float(there.mean()) if there.size else np.nan


def _by_kind_of_step(hits: np.ndarray, question: Question, maze: Maze) -> dict[str, float]:
    """Accuracy away from decision points, into places where paths meet, and of other steps."""
    before, after = steps_from(question.task.target, question.first)
    earlier, later = (after, before) if question.order == "reverse" else (before, after)
    there = (after >= 0) & np.isfinite(hits)
    meets = maze.legal.sum(axis=0) > 1
    decides, merges = maze.decision[earlier] & there, meets[later] & there
    kinds = {
        "decision_accuracy": decides,
        "merge_accuracy": merges,
        "other_accuracy": there & ~decides & ~merges,
    }
    return {name: _mean(hits[chosen]) for name, chosen in kinds.items()}


def _hidden(
    reader: Reader, question: Question, hits: np.ndarray, rng: np.random.Generator
) -> float:
    """Accuracy at one step a chain: seen from both sides by the masked model, else from one."""
    target = question.task.target
    length = np.array([len(chain) for chain in question.true])
    rows = np.flatnonzero(length > 0)
    step = rng.integers(0, np.maximum(length, 1))
    if not isinstance(reader, MaskedModel):
        return _mean(hits[rows, step[rows]])
    filled = reader.fill(question.task.source, target, step)
    return float((filled == target[np.arange(len(target)), step + 1])[rows].mean())


def _example(reader: Reader, source: np.ndarray, tokens: np.ndarray, max_steps: int) -> dict:
    """The chain generated for the first held-out lap, with what each step could have been."""
    width = max_steps + 1
    chain = np.zeros(width, dtype=np.int32)
    chain[: tokens.shape[1]] = tokens[0]
    read = (
        np.column_stack([[1], chain[None, : max_steps - 1]]) if max_steps > 1 else np.array([[1]])
    )
    likely = np.exp2(reader.predict(source[:1], read)[0])
    probability = np.full((width, likely.shape[1]), np.nan, dtype=np.float32)
    probability[: likely.shape[0]] = likely
    return {
        "example_token": ("example_step", chain, {"long_name": "token generated, 0 beyond"}),
        "example_probability": (
            ("example_step", "token"),
            probability,
            {"units": "1", "long_name": "probability of each next token"},
        ),
    }
