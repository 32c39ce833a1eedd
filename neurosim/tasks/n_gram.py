"""Counts of what follows what: the simplest reader of chains that learns."""

import numpy as np

from neurosim.tasks.chains import N_SPECIAL, PAD, START, Task


class NGram:
    """Probabilities of the next token given the two before, backing off to one and to none.

    Counts are interpolated with those of the shorter context (Jelinek & Mercer 1980; Chen &
    Goodman 1999, 10.1006/csla.1999.0128): a context that was met ``n`` times has the weight
    ``n / (n + strength)``.

    Parameters
    ----------
    task : Task
        What is learned; sources are tokens.
    n_places : int
    strength : float
        Pseudo-counts of the shorter context.
    """

    def __init__(self, task: Task, n_places: int, strength: float = 0.5) -> None:
        self.n_tokens = N_SPECIAL + n_places
        self._strength = strength
        n = self.n_tokens
        before, last, came = _grams(task.source, task.target[:, :-1], task.target[:, 1:])
        self._pairs = np.zeros((n, n, n))
        np.add.at(self._pairs, (before, last, came), 1.0)

    def predict(self, source: np.ndarray, tokens: np.ndarray) -> np.ndarray:
        """See `neurosim.tasks.readers.Reader`."""
        before, last = _contexts(source, tokens)
        allowed = np.ones(self.n_tokens)
        allowed[[PAD, START]] = 0.0
        singles = self._pairs.sum(axis=0)
        guess = self._mixed(singles.sum(axis=0), allowed / allowed.sum())
        guess = self._mixed(singles[last], guess)
        guess = self._mixed(self._pairs[before, last], guess)
        with np.errstate(divide="ignore"):
            return np.log2(guess)

    def follow(self, source: np.ndarray, tokens: np.ndarray) -> np.ndarray:
        """See `neurosim.tasks.readers.Reader`."""
        return self.predict(source, tokens)[:, -1]

    def _mixed(self, counts: np.ndarray, shorter: np.ndarray) -> np.ndarray:
        met = counts.sum(axis=-1, keepdims=True)
        return (counts + self._strength * shorter) / (met + self._strength)


def _contexts(source: np.ndarray, tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tokens two and one before each next one (chain, step), the source's place at the front."""
    read = np.column_stack([np.full(len(tokens), START), source[:, 0], tokens[:, 1:]])
    return read[:, :-1], read[:, 1:]


def _grams(
    source: np.ndarray, tokens: np.ndarray, came: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    before, last = _contexts(source, tokens)
    there = came != PAD
    return before[there], last[there], came[there]
