"""What a reader of chains is asked about held-out laps, and how its answers are measured."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim.models.chain_transformer import MaskedModel
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
from neurosim.tasks.chains import Chains, Task, chains_in, task_of
from neurosim.tasks.mazes import Maze
from neurosim.tasks.readers import LawReader, Reader, generate, predict_each, search_beam

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
