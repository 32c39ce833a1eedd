"""What a discount from the reward back does to the reverse model: on the loss, or on its input."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from neurosim.models.chain_study import StudyParameters, compare_readers
from neurosim.tasks.chains import Chains
from neurosim.tasks.mazes import Maze

PLACES = ("loss", "decoder")
KEPT = ("similarity", "exact_match", "bleu", "total_bits", "excess_bits", "bayes_fraction")


def vary_discount(
    chains: Chains,
    maze: Maze,
    parameters: StudyParameters,
    discounts: Sequence[float],
    seed: int,
    name: str,
) -> xr.Dataset:
    """Train the reverse model under several discounts, with the same splits, weights and batches.

    Parameters
    ----------
    chains, maze, parameters, seed, name
        See `neurosim.models.chain_study.compare_readers`.
    discounts : sequence of float
        With 1 among them, which is no discount in either place.

    Returns
    -------
    Dataset (place, discount, seed)
        Measures of `KEPT`, and ``accuracy_by_distance``, ``bits_by_distance`` (..., distance).
    """

    def compared(place: str, discount: float) -> xr.Dataset:
        used = _discounted(parameters, place, discount)
        found = compare_readers(chains, chains, maze, used, seed, name, estimators=("reverse",))
        return found.isel(estimator=0, drop=True)

    plain = compared(PLACES[0], 1.0)
    along = xr.Variable(
        "discount", np.array(discounts), {"units": "1", "long_name": "discount a step"}
    )
    by_place = [
        xr.concat([plain if d == 1.0 else compared(place, d) for d in discounts], dim=along)
        for place in PLACES
    ]
    along = xr.Variable("place", list(PLACES), {"long_name": "what is discounted"})
    together = xr.concat(by_place, dim=along)
    return together[[*KEPT, "accuracy_by_distance", "bits_by_distance"]]


def _discounted(parameters: StudyParameters, place: str, discount: float) -> StudyParameters:
    if place == "loss":
        return replace(parameters, training=replace(parameters.training, discount=discount))
    return replace(parameters, model=replace(parameters.model, discount=discount))
