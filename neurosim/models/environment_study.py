"""Whether chains generated in one environment stray into a similar one, before and after replay."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from neurosim.models.chain_scores import Question
from neurosim.models.chain_study import StudyParameters, order_of, split_laps, trained
from neurosim.seeds import generator
from neurosim.tasks.chain_measures import similarities
from neurosim.tasks.chains import Chains, chains_in
from neurosim.tasks.readers import generate

ESTIMATORS = ("forward", "reverse")


def separate_environments(
    asked: Chains,
    learned: Mapping[str, Chains],
    environment: np.ndarray,
    parameters: StudyParameters,
    seed: int,
    name: str,
) -> xr.Dataset:
    """Train the twins on what was decoded in two environments; count steps into the wrong one.

    Parameters
    ----------
    asked : Chains
        True chains of both environments.
    learned : Mapping of regime to Chains
        What was decoded, in places of both environments.
    environment : array (place,) of int
        Environment of each place.
    parameters, seed, name
        See `neurosim.models.chain_study.compare_readers`.

    Returns
    -------
    Dataset (seed, regime, estimator)
        ``confusion``: share of drawn steps into the environment that the held-out lap was not
        in; ``similarity`` of greedy chains; ``learned_confusion`` (regime,): share of the steps
        learned from that lie in another environment than the rest of their chain.
    """
    longest = max(c.size for part in (asked, *learned.values()) for c in part.places) + 1
    shape = parameters.n_seeds, len(learned), len(ESTIMATORS)
    confusion, like = np.full(shape, np.nan), np.full(shape, np.nan)
    for number in range(parameters.n_seeds):

        def rng(purpose: str, number: int = number) -> np.random.Generator:
            return generator(seed, "separate_environments", name, number, purpose)

        for row, chains in enumerate(learned.values()):
            rows, test = split_laps(chains, asked, parameters.test_fraction, rng("split"), "groups")
            known, held_out = chains.take(rows), asked.take(test)
            here = np.array([environment[chain[0]] for chain in held_out.places])
            for column, estimator in enumerate(ESTIMATORS):
                model, _ = trained(estimator, known, longest, parameters, rng)
                question = Question.about(held_out, order_of(estimator), longest)
                source, steps = question.task.source, longest - 1
                drawn = chains_in(generate(model, source, steps, rng("draws")))
                greedy = chains_in(generate(model, source, steps))
                confusion[number, row, column] = _strayed(drawn, here, environment)
                like[number, row, column] = similarities(greedy, question.true).mean()
    return xr.Dataset(
        {
            "confusion": (
                ("seed", "regime", "estimator"),
                confusion,
                {"units": "1", "long_name": "generated steps into the other environment"},
            ),
            "similarity": (
                ("seed", "regime", "estimator"),
                like,
                {"units": "1", "long_name": "similarity of greedy chains on held-out laps"},
            ),
            "learned_confusion": (
                "regime",
                [_mixed(chains, environment) for chains in learned.values()],
                {"units": "1", "long_name": "steps learned from that lie in the rarer environment"},
            ),
        },
        coords={
            "seed": ("seed", np.arange(parameters.n_seeds), {"long_name": "training"}),
            "regime": list(learned),
            "estimator": list(ESTIMATORS),
        },
    )


def _strayed(chains: list[list[int]], here: np.ndarray, environment: np.ndarray) -> float:
    """Share of steps that lie in another environment than `here` (chain,)."""
    where = [environment[chain] != h for chain, h in zip(chains, here, strict=True) if chain]
    return float(np.concatenate(where).mean()) if where else np.nan


def _mixed(chains: Chains, environment: np.ndarray) -> float:
    """Share of the steps that lie in the environment which is rarer in their chain."""
    where = [environment[chain] for chain in chains.places]
    rarer = [min((w == 0).sum(), (w == 1).sum()) for w in where]
    return float(np.sum(rarer) / np.sum([w.size for w in where]))
