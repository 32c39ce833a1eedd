"""Chains of places: paths on a track or in a maze, true or decoded, as sequences of tokens."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import MissingData

PAD, START, STOP = 0, 1, 2
N_SPECIAL = 3
ORDERS = ("forward", "reverse")
SPLITS = ("groups", "paths")


@dataclass(frozen=True)
class Chains:
    """Chains of places with the lap or event that each comes from.

    Attributes
    ----------
    places : list of array (step,)
        Place numbers from 0, in the order of behaviour; neighbours differ.
    group : array (chain,) of str
        Name of the lap or event; chains of one group never stand on both sides of a split.
    n_places : int
        Number of places.
    reward : array (chain,) of int
        Size of the reward at the end, from 0 (none).
    context : array (chain,) of int
        What does not change along a chain, such as the environment.
    counts : array (chain, end, bin, cell), optional
        Spikes before the chain's beginning and after its end, for readers of spikes.
    """

    places: list[np.ndarray]
    group: np.ndarray
    n_places: int
    reward: np.ndarray
    context: np.ndarray
    counts: np.ndarray | None = None

    def take(self, rows: np.ndarray) -> "Chains":
        """Give the chains of some rows (chain,) of int."""
        return Chains(
            [self.places[row] for row in rows],
            self.group[rows],
            self.n_places,
            self.reward[rows],
            self.context[rows],
            None if self.counts is None else self.counts[rows],
        )

    @property
    def size(self) -> int:
        """Number of chains."""
        return len(self.places)


def chains_of(
    places: Sequence[np.ndarray],
    group: Sequence[str] | np.ndarray,
    n_places: int,
    reward: np.ndarray | None = None,
    context: np.ndarray | None = None,
    counts: np.ndarray | None = None,
) -> Chains:
    """Make chains; without rewards or contexts all have those of number 0."""
    nothing = np.zeros(len(places), dtype=int)
    return Chains(
        [np.asarray(chain, dtype=int) for chain in places],
        np.asarray(group, dtype=object),
        n_places,
        nothing if reward is None else np.asarray(reward, dtype=int),
        nothing if context is None else np.asarray(context, dtype=int),
        counts,
    )


@dataclass(frozen=True)
class Task:
    """What models read and what they have to generate.

    Attributes
    ----------
    source : array (chain, 3) of int or array (chain, bin, cell) of float
        Token of the place at one end, reward and context there; or spikes.
    target : array (chain, longest) of int
        START, places, STOP, padding.
    """

    source: np.ndarray
    target: np.ndarray

    def take(self, rows: np.ndarray) -> "Task":
        """Give the task of some chains."""
        return Task(self.source[rows], self.target[rows])


def places_along(positions: np.ndarray, length: float, n_places: int) -> np.ndarray:
    """Turn positions (sample,) in m into the places (step,) visited one after another."""
    place = np.clip((positions / length * n_places).astype(int), 0, n_places - 1)
    return steps_of(place)


def steps_of(place: np.ndarray) -> np.ndarray:
    """Leave out of places (sample,) those that repeat the one before (step,)."""
    return place[np.flatnonzero(np.diff(place, prepend=-1))]


def chains_dataset(chains: Chains) -> xr.Dataset:
    """Write chains as a contiguous ragged array: steps after one another, their number a chain."""
    sizes = [chain.size for chain in chains.places]
    steps = np.concatenate([np.empty(0, int), *chains.places]).astype(np.int32)
    dataset = xr.Dataset(
        {
            "place": ("step", steps, {"long_name": "place"}),
            "row_size": (
                "chain",
                np.array(sizes, dtype=np.int32),
                {"long_name": "steps of the chain", "sample_dimension": "step"},
            ),
            "group": ("chain", chains.group.astype(object), {"long_name": "lap or event"}),
            "reward": (
                "chain",
                chains.reward.astype(np.int32),
                {"long_name": "size of the reward at the end"},
            ),
            "context": ("chain", chains.context.astype(np.int32), {"long_name": "context"}),
        },
        attrs={"n_places": chains.n_places},
    )
    if chains.counts is not None:
        dataset["counts"] = (
            ("chain", "end", "bin", "cell"),
            chains.counts.astype(np.float32),
            {"units": "1", "long_name": "spikes before the chain's beginning and after its end"},
        )
    return dataset


def chains_from_dataset(dataset: xr.Dataset) -> Chains:
    """Read chains written by `chains_dataset`."""
    ends = np.cumsum(dataset["row_size"].values)
    places = np.split(dataset["place"].values, ends[:-1]) if ends.size else []
    return chains_of(
        places,
        dataset["group"].values.astype(str),
        int(dataset.attrs["n_places"]),
        dataset["reward"].values,
        dataset["context"].values,
        dataset["counts"].values if "counts" in dataset else None,
    )


def join_chains(parts: Sequence[Chains]) -> Chains:
    """Put chains together; each part has cells of its own."""
    return chains_of(
        [chain for part in parts for chain in part.places],
        np.concatenate([part.group for part in parts]),
        parts[0].n_places,
        np.concatenate([part.reward for part in parts]),
        np.concatenate([part.context for part in parts]),
        _joined_counts([part.counts for part in parts]),
    )


def moved_on(chains: Chains, n_before: int, n_places: int) -> Chains:
    """Number the places of chains on from those of other tracks.

    Parameters
    ----------
    chains : Chains
    n_before : int
        Places of the tracks before.
    n_places : int
        Places of all tracks together.
    """
    return chains_of(
        [chain + n_before for chain in chains.places],
        chains.group,
        n_places,
        chains.reward,
        chains.context,
    )


def _joined_counts(parts: Sequence[np.ndarray | None]) -> np.ndarray | None:
    """Spikes (chain, end, bin, cell) of all parts, each with cells of its own."""
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or not known:
        return None
    rows, cells = (np.cumsum([0, *(part.shape[axis] for part in known)]) for axis in (0, 3))
    counts = np.zeros((rows[-1], *known[0].shape[1:3], cells[-1]), dtype=np.float32)
    for part, row, cell in zip(known, rows[:-1], cells[:-1], strict=True):
        counts[row : row + part.shape[0], :, :, cell : cell + part.shape[3]] = part
    return counts


def split_chains(
    chains: Chains, test_fraction: float, rng: np.random.Generator, by: str = "groups"
) -> tuple[np.ndarray, np.ndarray]:
    """Split chains by lap or event, or by the path that they take.

    Parameters
    ----------
    chains : Chains
    test_fraction : float
        Share of groups, or of paths, that are held out.
    rng : numpy.random.Generator
    by : {"groups", "paths"}
        With ``paths`` no path of the held-out chains is among those learned.

    Returns
    -------
    train, test : array (chain,) of int
        Indices; no group (or path) is in both.

    Raises
    ------
    MissingData
        If there are fewer than two groups (or paths).
    """
    if by == "paths":
        label = np.array([" ".join(map(str, chain.tolist())) for chain in chains.places])
    else:
        label = chains.group.astype(str)
    names = np.unique(label)
    if names.size < 2:
        raise MissingData(f"chains: expected at least 2 {by} to split, found {names.size}")
    n_test = int(np.clip(round(test_fraction * names.size), 1, names.size - 1))
    is_test = np.isin(label, rng.permutation(names)[:n_test])
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)


def task_of(chains: Chains, order: str, longest: int | None = None) -> Task:
    """Turn chains into what a model reads and what it has to generate.

    Parameters
    ----------
    chains : Chains
        With spikes, the source is the spikes.
    order : {"forward", "reverse"}
        ``reverse`` reads the outcome (last place, reward) and generates its causes, the last
        first; ``forward`` reads the first place and generates what follows, the reward being
        part of what it does not know. One is the other on the chain turned around, so size and
        budget of the two tasks are the same.
    longest : int, optional
        Tokens of the target; by default those of the longest chain.

    Returns
    -------
    Task
    """
    is_reverse = order == "reverse"
    turned = [chain[::-1] if is_reverse else chain for chain in chains.places]
    needed = max((chain.size for chain in turned), default=1) + 1
    target = np.full((len(turned), longest or needed), PAD)
    for row, chain in enumerate(turned):
        target[row, : chain.size + 1] = [START, *(chain[1:] + N_SPECIAL), STOP]
    if chains.counts is not None:
        return Task(chains.counts[:, 1 if is_reverse else 0].astype(np.float32), target)
    first = np.array([chain[0] + N_SPECIAL for chain in turned], dtype=int)
    reward = chains.reward if is_reverse else np.zeros_like(chains.reward)
    return Task(np.stack([first, reward, chains.context], axis=1), target)


def chains_in(tokens: np.ndarray) -> list[list[int]]:
    """Places of chains in tokens (chain, token) that follow START, up to the stop token."""
    found = []
    for row in tokens.tolist():
        ends = [row.index(mark) for mark in (STOP, PAD) if mark in row]
        found.append([token - N_SPECIAL for token in row[: min(ends, default=len(row))]])
    return found


def endpoint_entropy(chains: Chains) -> tuple[float, float]:
    """Entropy of the first and of the last place in bits (plug-in estimate).

    Their difference decides which order can win: H(rest | first) - H(rest | last) equals
    H(last) - H(first).
    """
    return _entropy([c[0] for c in chains.places]), _entropy([c[-1] for c in chains.places])


def _entropy(places: Sequence[int]) -> float:
    _, counts = np.unique(np.asarray(places), return_counts=True)
    share = counts / counts.sum()
    return float((share * np.log2(1 / share)).sum())
