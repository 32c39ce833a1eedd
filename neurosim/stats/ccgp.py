"""Cross-condition generalisation: does what tells two tasks apart also tell like pairs apart?

A dichotomy is a set of pairs of tasks that differ in the same way (DM and AntiDM, DMMod1 and
AntiDMMod1, ...). A linear decoder learns to tell the tasks of one pair apart and is asked about
every other pair (Bernardi et al. 2020, doi:10.1016/j.cell.2020.09.031; over tasks: Riveland &
Pouget 2024, doi:10.1038/s41593-024-01607-5). Which task is at which pole is given, so that an axis
that is turned round scores below one half.

The decoder is scikit-learn's LinearSVC, as published, with its default penalty (C = 1) and on
vectors as they are. It is solved in its primal form, which is faster where there are more samples
than features and needs no random numbers. The penalty is stronger for vectors that are smaller, so
that the sizes of layers and models enter their scores: `scaled` takes them out.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from neurosim import NeurosimError

Pairs = Sequence[tuple[str, str]]
MAX_STEPS = 10_000  # of the solver; poles that nearly touch take more than the usual 1,000
TIED = 1e-6  # a decision below this part of the largest there could be is rounding: half right


def keep_known_pairs(dichotomies: Mapping[str, Pairs], tasks: Sequence[str]) -> dict[str, Pairs]:
    """Give the pairs of which both tasks are known, of dichotomies that keep two or more.

    Examples
    --------
    >>> keep_known_pairs({"a": [("p", "q"), ("r", "s"), ("t", "u")], "b": [("p", "r")]}, "pqrs")
    {'a': (('p', 'q'), ('r', 's'))}
    """
    known = set(tasks)
    kept = {axis: tuple(p for p in pairs if known >= set(p)) for axis, pairs in dichotomies.items()}
    return {axis: pairs for axis, pairs in kept.items() if len(pairs) > 1}


def decode_across(
    vectors: Mapping[str, np.ndarray], dichotomies: Mapping[str, Pairs], scaled: bool = False
) -> xr.Dataset:
    """Train a decoder on each pair of each dichotomy, and test it on all the others.

    Parameters
    ----------
    vectors : dict of str to array (sample, feature)
        What stands for each task: activity of trials at one time, embeddings of its instructions,
        or its one rule vector.
    dichotomies : dict of str to sequence of (str, str)
        Pairs of tasks by the name of the axis on which they differ, the pole of 1 first.
    scaled : bool
        Divide all vectors by one number, their root mean squared distance from their mean.

    Returns
    -------
    Dataset (decoding, pole)
        ``axis`` (decoding), ``train`` and ``test`` (decoding, pole): names of tasks; ``score``
        (decoding): share of the samples of the tested pair that fall on their side, both tasks
        weighing the same, where a sample on the border is half right. Orthogonal rule vectors
        give 1/2 that way, and sums of vectors of poles give 1.

    Raises
    ------
    NeurosimError
        If a dichotomy has no two pairs, or a task no vectors that can be used beside the others.
    """
    vectors = _checked(vectors, dichotomies)
    if scaled:
        vectors = _scaled(vectors)
    rows = [
        (axis, pairs[trained], pairs[tested], score)
        for axis, pairs in dichotomies.items()
        for trained, scores in enumerate(_score_pairs(vectors, pairs))
        for tested, score in enumerate(scores)
        if tested != trained
    ]
    axis, train, test, score = zip(*rows, strict=True)
    return xr.Dataset(
        {
            "axis": ("decoding", np.array(axis, dtype=object), {"long_name": "dichotomy"}),
            "train": (("decoding", "pole"), np.array(train, dtype=object)),
            "test": (("decoding", "pole"), np.array(test, dtype=object)),
            "score": ("decoding", np.array(score), {"units": "1", "long_name": "share right"}),
        },
        coords={"pole": [1, -1]},
    )


def score_tasks(decodings: xr.Dataset, tasks: Sequence[str] | None = None) -> dict[str, float]:
    """Mean score of the decodings in which each task is trained on or tested.

    Parameters
    ----------
    decodings : Dataset (decoding, pole)
        Of `decode_across`.
    tasks : sequence of str, optional
        All that are in a decoding if not given.

    Raises
    ------
    NeurosimError
        If a task is in no decoding.
    """
    members = np.concatenate([decodings["train"].values, decodings["test"].values], axis=1)
    score = decodings["score"].values
    chosen = dict.fromkeys(members.ravel()) if tasks is None else tasks
    inside = {task: (members == task).any(axis=1) for task in chosen}
    for task, rows in inside.items():
        if not rows.any():
            raise NeurosimError(
                f"ccgp: task {task!r}: expected it in a pair of a dichotomy, found it in none"
            )
    return {task: float(score[rows].mean()) for task, rows in inside.items()}


def score_axes(decodings: xr.Dataset) -> dict[str, float]:
    """Mean score of the decodings of each dichotomy."""
    axis, score = decodings["axis"].values, decodings["score"].values
    return {name: float(score[axis == name].mean()) for name in dict.fromkeys(axis.tolist())}


def _checked(
    vectors: Mapping[str, np.ndarray], dichotomies: Mapping[str, Pairs]
) -> dict[str, np.ndarray]:
    """Vectors of the tasks that are in a pair, all held to one number of features."""
    if not dichotomies:
        raise NeurosimError("ccgp: dichotomies: expected at least one, found none")
    checked: dict[str, np.ndarray] = {}
    for axis, pairs in dichotomies.items():
        if len(pairs) < 2:
            raise NeurosimError(
                f"ccgp: dichotomy {axis!r}: expected two pairs of tasks or more, found {len(pairs)}"
            )
        for task in dict.fromkeys(name for pair in pairs for name in pair):
            if task not in vectors:
                raise NeurosimError(
                    f"ccgp: dichotomy {axis!r}: expected vectors of task {task!r}, found none; "
                    "leave its pair out with keep_known_pairs"
                )
            checked[task] = np.asarray(vectors[task], dtype=float)
    n_features = next(iter(checked.values())).shape[-1:]
    for task, samples in checked.items():
        if samples.ndim != 2 or not samples.size or samples.shape[1:] != n_features:
            raise NeurosimError(
                f"ccgp: task {task!r}: expected vectors (sample, {n_features[0]}), at least one, "
                f"found shape {samples.shape}"
            )
        if not np.isfinite(samples).all():
            raise NeurosimError(f"ccgp: task {task!r}: expected finite vectors, found others")
    return checked


def _scaled(vectors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Vectors of a root mean squared distance of 1 from the mean over tasks, each weighing alike.

    Vectors that are all the same stay as they are.
    """
    centre = np.mean([samples.mean(axis=0) for samples in vectors.values()], axis=0)
    squares = [((samples - centre) ** 2).sum(axis=1).mean() for samples in vectors.values()]
    size = float(np.sqrt(np.mean(squares))) or 1.0
    return {task: samples / size for task, samples in vectors.items()}


def _score_pairs(vectors: Mapping[str, np.ndarray], pairs: Pairs) -> np.ndarray:
    """Scores of the decoder of each pair on each pair (train pair, test pair)."""
    weight, bias = (np.array(part) for part in zip(*(_fit(vectors, p) for p in pairs), strict=True))
    right = [
        [
            _share_above(sign * vectors[name], weight, sign * bias)
            for name, sign in zip(pair, (1, -1), strict=True)
        ]
        for pair in pairs
    ]
    return np.mean(right, axis=1).T


def _share_above(samples: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Share of samples on the positive side of each decoder (decoder,), half of those between."""
    decision = samples @ weight.T + bias
    largest = np.linalg.norm(samples, axis=1)[:, None] * np.linalg.norm(weight, axis=1)
    decision[np.abs(decision) <= TIED * (largest + np.abs(bias))] = 0.0
    return (1 + np.sign(decision)).mean(axis=0) / 2


def _fit(vectors: Mapping[str, np.ndarray], pair: tuple[str, str]) -> tuple[np.ndarray, float]:
    """Weights (feature,) and bias of the decoder that tells the tasks of a pair apart."""
    from sklearn.svm import LinearSVC  # takes half a second to import

    first, second = (vectors[name] for name in pair)
    # the poles weigh the same, however many samples each has
    decoder = LinearSVC(dual=False, class_weight="balanced", max_iter=MAX_STEPS)
    decoder.fit(np.concatenate([first, second]), np.repeat([1, -1], [len(first), len(second)]))
    return decoder.coef_[0], float(decoder.intercept_[0])
