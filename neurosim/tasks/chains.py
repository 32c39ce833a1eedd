"""Chains of places: paths on the track, true or decoded, as sequences of tokens."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import MissingData

PAD, START, STOP = 0, 1, 2
N_SPECIAL = 3
ORDERS = ("forward", "reverse")


@dataclass(frozen=True)
class Chains:
    """Chains of places with the lap or event that each comes from.

    Attributes
    ----------
    places : list of array (step,)
        Place numbers from 0; neighbours differ.
    group : array (chain,) of str
        Name of the lap or event; chains of one group never stand on both sides of a split.
    n_places : int
        Number of places.
    """

    places: list[np.ndarray]
    group: np.ndarray
    n_places: int


def places_along(positions: np.ndarray, length: float, n_places: int) -> np.ndarray:
    """Turn positions (sample,) in m into the places (step,) visited one after another."""
    place = np.clip((positions / length * n_places).astype(int), 0, n_places - 1)
    return place[np.flatnonzero(np.diff(place, prepend=-1))]


def chains_dataset(chains: Chains) -> xr.Dataset:
    """Write chains as a contiguous ragged array: steps after one another, their number a chain."""
    sizes = [chain.size for chain in chains.places]
    steps = np.concatenate([np.empty(0, int), *chains.places]).astype(np.int32)
    return xr.Dataset(
        {
            "place": ("step", steps, {"long_name": "place"}),
            "row_size": (
                "chain",
                np.array(sizes, dtype=np.int32),
                {"long_name": "steps of the chain", "sample_dimension": "step"},
            ),
            "group": ("chain", chains.group.astype(object), {"long_name": "lap or event"}),
        },
        attrs={"n_places": chains.n_places},
    )


def chains_from_dataset(dataset: xr.Dataset) -> Chains:
    """Read chains written by `chains_dataset`."""
    ends = np.cumsum(dataset["row_size"].values)
    places = np.split(dataset["place"].values, ends[:-1]) if ends.size else []
    return Chains(list(places), dataset["group"].values.astype(str), int(dataset.attrs["n_places"]))


def join_chains(parts: Sequence[Chains]) -> Chains:
    """Put the chains of several subjects together."""
    return Chains(
        places=[chain for part in parts for chain in part.places],
        group=np.concatenate([part.group for part in parts]),
        n_places=parts[0].n_places,
    )


def split_groups(
    group: np.ndarray, test_fraction: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Split chains by lap or event.

    Returns
    -------
    train, test : array (chain,) of int
        Indices; no group is in both.

    Raises
    ------
    MissingData
        If there are fewer than two groups.
    """
    names = np.unique(group)
    if names.size < 2:
        raise MissingData(f"chains: expected at least 2 laps or events, found {names.size}")
    n_test = int(np.clip(round(test_fraction * names.size), 1, names.size - 1))
    chosen = rng.permutation(names)[:n_test]
    is_test = np.isin(group, chosen)
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)


def task_tokens(chains: Chains, order: str) -> tuple[np.ndarray, np.ndarray]:
    """Turn chains into what a model reads and what it has to generate.

    Parameters
    ----------
    chains : Chains
    order : {"forward", "reverse"}
        ``reverse`` reads the outcome (last place) and generates its causes, the last first;
        ``forward`` reads the first place and generates what follows. One is the other on the
        chain turned around, so size and budget of the two tasks are the same.

    Returns
    -------
    source : array (chain, 1) of int
    target : array (chain, longest) of int
        START, places, STOP, padding.
    """
    turned = [chain[::-1] if order == "reverse" else chain for chain in chains.places]
    longest = max((chain.size for chain in turned), default=1) + 1
    target = np.full((len(turned), longest), PAD)
    for row, chain in enumerate(turned):
        target[row, : chain.size + 1] = [START, *(chain[1:] + N_SPECIAL), STOP]
    source = np.array([[chain[0] + N_SPECIAL] for chain in turned]).reshape(-1, 1)
    return source, target


def edit_distance(a: Sequence[int], b: Sequence[int]) -> int:
    """Smallest number of insertions, deletions and replacements that turn a into b.

    Examples
    --------
    >>> edit_distance([1, 2, 3], [2, 3, 4])
    2
    """
    previous = list(range(len(b) + 1))
    for i, left in enumerate(a, start=1):
        current = [i]
        for j, right in enumerate(b, start=1):
            change = previous[j - 1] + (left != right)
            current.append(min(previous[j] + 1, current[-1] + 1, change))
        previous = current
    return previous[-1]


def similarity(generated: Sequence[int], true: Sequence[int]) -> float:
    """One minus the edit distance over the longer length; 1 for two empty chains."""
    longest = max(len(generated), len(true))
    return 1.0 if longest == 0 else 1 - edit_distance(generated, true) / longest


def endpoint_entropy(chains: Chains) -> tuple[float, float]:
    """Entropy of the first and of the last place in bits (plug-in estimate).

    Their difference decides which order can win: H(rest | first) - H(rest | last) equals
    H(last) - H(first).
    """

    def bits(places: np.ndarray) -> float:
        share = np.bincount(places, minlength=chains.n_places) / places.size
        share = share[share > 0]
        return float(-(share * np.log2(share)).sum())

    first = np.array([chain[0] for chain in chains.places])
    last = np.array([chain[-1] for chain in chains.places])
    return bits(first), bits(last)
