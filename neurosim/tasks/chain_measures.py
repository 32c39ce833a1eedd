"""How generated chains compare with true ones, and predictions with what came.

Similarity, exact match and BLEU compare chains; legality and redundancy ask only of the chain
itself; bits and calibration judge the probabilities of what truly came.
"""

from collections.abc import Sequence

import numpy as np

from neurosim.tasks.chains import N_SPECIAL, PAD

N_CONFIDENCES = 10  # bins of confidence


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


def similarities(generated: Sequence[Sequence[int]], true: Sequence[Sequence[int]]) -> np.ndarray:
    """Similarity (chain,) of each chain to the true one; equal pairs are compared once."""
    pairs = [(tuple(g), tuple(t)) for g, t in zip(generated, true, strict=True)]
    known = {pair: similarity(*pair) for pair in set(pairs)}
    return np.array([known[pair] for pair in pairs])


def exact_matches(generated: Sequence[Sequence[int]], true: Sequence[Sequence[int]]) -> np.ndarray:
    """Whether each chain (chain,) is generated without error."""
    return np.array([list(g) == list(t) for g, t in zip(generated, true, strict=True)], dtype=float)


def bleu(generated: Sequence[Sequence[int]], true: Sequence[Sequence[int]]) -> float:
    """BLEU of all chains together, from 0 to 1 (Papineni et al. 2002, 10.3115/1073083.1073135).

    By sacrebleu (Post 2018, 10.18653/v1/W18-6319), places as words; orders that are longer than
    the chains count for nothing, as there.
    """
    from sacrebleu.metrics import BLEU  # takes a moment to import

    def words(chains: Sequence[Sequence[int]]) -> list[str]:
        return [" ".join(map(str, chain)) for chain in chains]

    metric = BLEU(tokenize="none", effective_order=True, force=True)
    return metric.corpus_score(words(generated), [words(true)]).score / 100


def legal_fraction(
    generated: Sequence[Sequence[int]], first: np.ndarray, legal: np.ndarray, order: str
) -> np.ndarray:
    """Share of the steps of each chain (chain,) that the maze allows.

    Parameters
    ----------
    generated : sequence of sequence of int
        In the order of generation.
    first : array (chain,)
        Place from which each begins.
    legal : array (place, next place) of bool
        In the order of behaviour.
    order : {"forward", "reverse"}
        Of generation.

    Returns
    -------
    array (chain,)
        NaN where nothing was generated.
    """
    allowed = legal.T if order == "reverse" else legal
    found = np.full(len(generated), np.nan)
    for row, chain in enumerate(generated):
        if chain:
            places = np.array([first[row], *chain])
            found[row] = allowed[places[:-1], places[1:]].mean()
    return found


def redundancy(generated: Sequence[Sequence[int]], first: np.ndarray) -> np.ndarray:
    """Share of the steps of each chain (chain,) that go where it has been; NaN for empty ones."""
    found = np.full(len(generated), np.nan)
    for row, chain in enumerate(generated):
        if chain:
            places = [int(first[row]), *chain]
            found[row] = 1 - (len(set(places)) - 1) / len(chain)
    return found


def token_bits(log_probability: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Bits (chain, step) that the tokens which came cost; NaN where a chain is over.

    Parameters
    ----------
    log_probability : array (chain, step, token)
        Base 2, of the token after each of the target's tokens but the last.
    target : array (chain, step + 1) of int
    """
    came = target[:, 1:]
    bits = -np.take_along_axis(log_probability, came[:, :, None], axis=2)[:, :, 0]
    return np.where(came == PAD, np.nan, bits)


def token_hits(log_probability: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Whether the most probable token (chain, step) is the one that came; NaN beyond the end."""
    came = target[:, 1:]
    return np.where(came == PAD, np.nan, (log_probability.argmax(axis=2) == came).astype(float))


def calibration_error(log_probability: np.ndarray, target: np.ndarray) -> float:
    """Mean distance of confidence from accuracy, weighted by tokens, in bins of confidence.

    The expected calibration error of Guo et al. 2017, 10.48550/arXiv.1706.04599.
    """
    hits = token_hits(log_probability, target)
    there = np.isfinite(hits)
    confidence = np.exp2(log_probability.max(axis=2))[there]
    hits = hits[there]
    bin_ = np.minimum((confidence * N_CONFIDENCES).astype(int), N_CONFIDENCES - 1)
    count = np.bincount(bin_, minlength=N_CONFIDENCES)
    off = np.bincount(bin_, hits - confidence, minlength=N_CONFIDENCES)
    return float(np.abs(off).sum() / max(count.sum(), 1))


def by_distance(values: np.ndarray, order: str, n_distances: int) -> np.ndarray:
    """Mean of token values by their distance from the outcome.

    Parameters
    ----------
    values : array (chain, step)
        Of the tokens that are generated, NaN beyond the end. The last of a chain is its stop.
    order : {"forward", "reverse"}
    n_distances : int

    Returns
    -------
    array (distance,)
        From 0 for the outcome itself, which only the forward order generates; NaN where there is
        none. Stop tokens are left out: they are no places.
    """
    length = np.isfinite(values).sum(axis=1) - 1  # places generated
    step = np.arange(values.shape[1])
    distance = step + 1 + 0 * length[:, None]
    if order == "forward":
        distance = length[:, None] - 1 - step
    there = (step < length[:, None]) & (distance < n_distances)
    total = np.bincount(distance[there], values[there], minlength=n_distances)
    count = np.bincount(distance[there], minlength=n_distances)
    with np.errstate(invalid="ignore"):
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def steps_from(target: np.ndarray, first: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places before and after each generated step (chain, step); -1 where there is none.

    Parameters
    ----------
    target : array (chain, token) of int
        START, places, STOP, padding.
    first : array (chain,)
        Place of the source.
    """
    after = np.where(target[:, 1:] >= N_SPECIAL, target[:, 1:] - N_SPECIAL, -1)
    before = np.column_stack([first, after[:, :-1]])
    return np.where(after >= 0, before, -1), after
