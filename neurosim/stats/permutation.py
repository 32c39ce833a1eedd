"""Tests of an effect within animals by permuting blocks, and what few animals can show at all.

The bins of a block depend on each other, so it is blocks (uninterrupted stretches of one state)
that are exchanged between conditions, and only within an animal. Exchanging them assumes that
nothing but the condition differs between blocks: not the hour, not the order.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np

from neurosim import NeurosimError
from neurosim.stats.intervals import LEVEL

DECIDING_RELABELLINGS = math.ceil(2 / (1 - LEVEL))  # with fewer, 95 % of them are all of them


@dataclass(frozen=True)
class Blocks:
    """A number for each block of some animals in two conditions.

    Attributes
    ----------
    value : array (block,)
        What is compared, a rate say.
    weight : array (block,)
        Positive: the block's duration, say.
    animal : array (block,)
        Name or number of the block's animal.
    treated : array (block,) of bool
        Condition of the block.
    """

    value: np.ndarray
    weight: np.ndarray
    animal: np.ndarray
    treated: np.ndarray

    def __post_init__(self) -> None:
        sizes = {len(column) for column in vars(self).values()}
        if len(sizes) != 1:
            raise NeurosimError(f"blocks: expected columns of one length, found {sorted(sizes)}")
        if not (np.isfinite(self.value).all() and np.all(self.weight > 0)):
            raise NeurosimError(
                "blocks: expected finite values and weights above 0; leave the others out"
            )
        for name in self.animals:
            here = self.treated[self.animal == name]
            if here.all() or not here.any():
                raise NeurosimError(
                    f"blocks: animal {name}: expected blocks in both conditions, found "
                    f"{here.sum()} treated of {here.size}; leave the animal out"
                )

    @property
    def animals(self) -> list:
        """Names of the animals, in the order of their first blocks."""
        return list(dict.fromkeys(self.animal.tolist()))


@dataclass(frozen=True)
class PermutationTest:
    """An effect beside its distribution over relabelled blocks.

    Attributes
    ----------
    effect : float
        Mean over animals of the difference: weighted mean of the treated blocks less that of
        the others.
    p_value : float
        Share of the relabellings, the given one included, whose effect is as far from zero.
    null_low, null_high : float
        Interval that holds at least 95 % of the relabellings.
    smallest_p_value : float
        The smallest p value that these blocks could have had.
    n_relabellings : int
    exact : bool
        Whether these are all relabellings that there are.
    n_animals : int
    """

    effect: float
    p_value: float
    null_low: float
    null_high: float
    smallest_p_value: float
    n_relabellings: int
    exact: bool
    n_animals: int

    @property
    def inside_null(self) -> bool:
        """Whether the effect lies inside the null interval."""
        return self.null_low <= self.effect <= self.null_high

    @property
    def can_reject(self) -> bool:
        """Whether there are so many relabellings that an effect can lie outside the interval."""
        return self.n_relabellings >= DECIDING_RELABELLINGS


def relabellings(
    animal: np.ndarray, treated: np.ndarray, limit: int, rng: np.random.Generator
) -> tuple[np.ndarray, bool]:
    """Exchange the conditions of blocks within animals.

    Parameters
    ----------
    animal, treated : array (block,)
        As in `Blocks`.
    limit : int
        Where there are more relabellings than this, so many are drawn, the given one among them.
    rng : numpy.random.Generator

    Returns
    -------
    labels : array (relabelling, block) of bool
    exact : bool
        Whether these are all that there are.
    """
    rows = [np.flatnonzero(animal == name) for name in dict.fromkeys(animal.tolist())]
    n_treated = [int(treated[row].sum()) for row in rows]
    total = math.prod(math.comb(row.size, k) for row, k in zip(rows, n_treated, strict=True))
    if total <= limit:
        choices = [itertools.combinations(row, k) for row, k in zip(rows, n_treated, strict=True)]
        labels = np.zeros((total, treated.size), dtype=bool)
        for index, chosen in enumerate(itertools.product(*choices)):
            labels[index, list(itertools.chain.from_iterable(chosen))] = True
        return labels, True
    labels = np.tile(treated.astype(bool), (limit, 1))
    for row in rows:
        labels[1:, row] = rng.permuted(labels[1:, row], axis=1)
    return labels, False


def permute_blocks(blocks: Blocks, limit: int, rng: np.random.Generator) -> PermutationTest:
    """Test whether the treated blocks differ, by exchanging conditions within animals.

    Parameters
    ----------
    blocks : Blocks
    limit : int
        Exact up to so many relabellings, else by so many random ones.
    rng : numpy.random.Generator

    Returns
    -------
    PermutationTest
        Of one animal or, stratified, of several.
    """
    labels, exact = relabellings(blocks.animal, blocks.treated, limit, rng)
    effects = _effects(blocks, labels)
    effect = float(_effects(blocks, blocks.treated[None].astype(bool))[0])
    slack = 1e-9 * float(np.abs(effects).max() or 1.0)  # the same sums in another order
    extreme = np.abs(effects) >= abs(effect) - slack
    largest = np.abs(effects) >= np.abs(effects).max() - slack
    # Order statistics that leave at most half of the rest outside on each side.
    outside = math.floor((1 - LEVEL) / 2 * effects.size)
    ranked = np.sort(effects)
    return PermutationTest(
        effect=effect,
        p_value=float(extreme.mean()),
        null_low=float(ranked[outside]) - slack,
        null_high=float(ranked[-1 - outside]) + slack,
        smallest_p_value=float(largest.mean()),
        n_relabellings=effects.size,
        exact=exact,
        n_animals=len(blocks.animals),
    )


def _effects(blocks: Blocks, labels: np.ndarray) -> np.ndarray:
    """Effect under each labelling (relabelling,)."""
    total = np.zeros(len(labels))
    for name in blocks.animals:
        here = blocks.animal == name
        weight, value = blocks.weight[here].astype(float), blocks.value[here].astype(float)
        treated = labels[:, here].astype(float)
        means = [(group @ (weight * value)) / (group @ weight) for group in (treated, 1 - treated)]
        total += means[0] - means[1]
    return total / len(blocks.animals)
