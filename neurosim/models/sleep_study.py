"""What a model learns from wake, from replay and from both, and what it keeps afterwards."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.models.chain_scores import Question
from neurosim.models.chain_study import StudyParameters, order_of, split_laps, trained
from neurosim.models.chain_training import train
from neurosim.models.chain_transformer import ChainModel
from neurosim.seeds import generator
from neurosim.tasks.chain_measures import similarities
from neurosim.tasks.chains import Chains, chains_in, join_chains, task_of
from neurosim.tasks.readers import generate

REGIMES = ("wake", "replay_forward", "replay_reverse", "replay", "wake_and_replay")
KEPT = ("wake", "wake_and_replay")  # what is asked for again after the gap
GAPS = ("nothing_replayed", "replay_interleaved")
ESTIMATORS = ("forward", "reverse")
NOTHING = 0.05  # similarity of a model that has learned nothing that could be kept


def regimes_of(wake: Chains, replay: Chains, is_reverse: np.ndarray) -> dict[str, Chains]:
    """What each regime learns from."""
    return {
        "wake": wake,
        "replay_forward": replay.take(np.flatnonzero(~is_reverse)),
        "replay_reverse": replay.take(np.flatnonzero(is_reverse)),
        "replay": replay,
        "wake_and_replay": join_chains([wake, replay]),
    }


def learn_from_sleep(
    asked: Chains,
    learned: Mapping[str, Chains],
    other: Chains,
    replay: Chains,
    parameters: StudyParameters,
    seed: int,
    name: str,
) -> xr.Dataset:
    """Train the twins under each regime with equal numbers of updates, then on other experience.

    Parameters
    ----------
    asked : Chains
        True chains; those of held-out laps are asked about.
    learned : Mapping of regime to Chains
        From `regimes_of`.
    other : Chains
        Chains of another track, which fill the gap; places are numbered on from those of `asked`.
    replay : Chains
        What is replayed in the gap, if anything is.
    parameters, seed, name
        See `neurosim.models.chain_study.compare_readers`.

    Returns
    -------
    Dataset (seed, regime, estimator, gap)
        ``similarity`` (seed, regime, estimator) of greedy chains on held-out laps;
        ``similarity_after`` (..., gap) after the gap and ``retention``, its share of before;
        ``n_learned`` (seed, regime) chains learned from.
    """
    found = [
        _one_seed(asked, learned, other, replay, parameters, (seed, name, number))
        for number in range(parameters.n_seeds)
    ]
    data = xr.concat(found, dim="seed")
    return data.assign_coords(seed=("seed", np.arange(len(found)), {"long_name": "training"}))


def _one_seed(
    asked: Chains,
    learned: Mapping[str, Chains],
    other: Chains,
    replay: Chains,
    parameters: StudyParameters,
    stream: tuple[int, str, int],
) -> xr.Dataset:
    def rng(purpose: str) -> np.random.Generator:
        return generator(stream[0], "learn_from_sleep", stream[1], stream[2], purpose)

    every = [asked, other, replay, *learned.values()]
    longest = max(chain.size for chains in every for chain in chains.places) + 1
    n_places = other.n_places
    before = np.full((len(learned), len(ESTIMATORS)), np.nan)
    after = np.full((*before.shape, len(GAPS)), np.nan)
    n_learned = np.zeros(len(learned), dtype=int)
    for row, (regime, chains) in enumerate(learned.items()):
        try:
            rows, test = split_laps(chains, asked, parameters.test_fraction, rng("split"), "groups")
        except MissingData:
            continue  # no event of that kind but those of held-out laps
        known, held_out = _numbered(chains.take(rows), n_places), asked.take(test)
        replayed = _kept(replay, held_out)
        n_learned[row] = rows.size
        for column, estimator in enumerate(ESTIMATORS):
            question = Question.about(held_out, order_of(estimator), longest)
            model, _ = trained(estimator, known, longest, parameters, rng)
            before[row, column] = _similarity(model, question)
            for gap, name in enumerate(GAPS if regime in KEPT else ()):
                during = [other] if name == GAPS[0] else [other, _numbered(replayed, n_places)]
                kept = deepcopy(model)
                _go_on(kept, during, estimator, longest, parameters, rng)
                after[row, column, gap] = _similarity(kept, question)
    dims = ("regime", "estimator")
    one = {"units": "1"}
    return xr.Dataset(
        {
            "similarity": (dims, before, one | {"long_name": "similarity on held-out laps"}),
            "similarity_after": (
                (*dims, "gap"),
                after,
                one | {"long_name": "similarity after other experience"},
            ),
            "retention": (
                (*dims, "gap"),
                after / np.where(before > NOTHING, before, np.nan)[:, :, None],
                one | {"long_name": "similarity after other experience over that before"},
            ),
            "n_learned": ("regime", n_learned, {"long_name": "chains learned from"}),
        },
        coords={"regime": list(learned), "estimator": list(ESTIMATORS), "gap": list(GAPS)},
    )


def _numbered(chains: Chains, n_places: int) -> Chains:
    """Give chains among more places."""
    return replace(chains, n_places=n_places)


def _kept(replay: Chains, held_out: Chains) -> Chains:
    """Leave out replays of held-out laps."""
    away = set(held_out.group.tolist())
    return replay.take(np.flatnonzero([lap not in away for lap in replay.group.tolist()]))


def _go_on(
    model: ChainModel,
    during: list[Chains],
    estimator: str,
    longest: int,
    parameters: StudyParameters,
    rng: Callable[[str], np.random.Generator],
) -> None:
    """Train on, each part of the experience as often as the others."""
    size = max(part.size for part in during)
    even = [part.take(np.resize(np.arange(part.size), size)) for part in during if part.size]
    order = order_of(estimator)
    task = task_of(join_chains(even), order, longest)
    train(model, task, parameters.training, rng("gap"), order)


def _similarity(model: ChainModel, question: Question) -> float:
    tokens = generate(model, question.task.source, question.task.target.shape[1] - 1)
    return float(similarities(chains_in(tokens), question.true).mean())
