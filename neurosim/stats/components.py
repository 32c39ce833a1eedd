"""Principal components of activity or embeddings under several conditions together."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neurosim import NeurosimError


@dataclass(frozen=True)
class Components:
    """Vectors along the directions in which they vary most.

    Attributes
    ----------
    scores : dict of str to array (sample, component)
        Of each condition.
    directions : array (component, feature)
        Of length one, the largest entry of each positive.
    explained : array (component,)
        Share of the variance.
    """

    scores: dict[str, np.ndarray]
    directions: np.ndarray
    explained: np.ndarray


def find_components(vectors: Mapping[str, np.ndarray], n_components: int = 3) -> Components:
    """Principal components of the vectors of all conditions together.

    Parameters
    ----------
    vectors : dict of str to array (sample, feature)
    n_components : int

    Raises
    ------
    NeurosimError
        If samples cannot be stacked, do not vary, or have fewer dimensions than asked for.
    """
    arrays = {name: np.asarray(samples, dtype=float) for name, samples in vectors.items()}
    shapes = [samples.shape for samples in arrays.values()]
    if not shapes or len({shape[1:] for shape in shapes}) > 1 or any(len(s) != 2 for s in shapes):
        raise NeurosimError(
            "components: expected samples (sample, feature) with as many features in all "
            f"conditions, found shapes {shapes}"
        )
    stacked = np.concatenate(list(arrays.values()))
    if not np.isfinite(stacked).all():
        raise NeurosimError("components: expected finite samples, found others")
    most = min(len(stacked) - 1, stacked.shape[1])
    if not 1 <= n_components <= most:
        raise NeurosimError(
            f"components: expected from 1 to {most} of samples of shape {stacked.shape}, found "
            f"{n_components}"
        )
    centre = stacked.mean(axis=0)
    _, spread, directions = np.linalg.svd(stacked - centre, full_matrices=False)
    if not spread.any():
        raise NeurosimError("components: expected samples that vary, found one vector throughout")
    directions = directions[:n_components]
    largest = np.abs(directions).argmax(axis=1)[:, None]
    directions = directions * np.sign(np.take_along_axis(directions, largest, axis=1))
    return Components(
        scores={name: (samples - centre) @ directions.T for name, samples in arrays.items()},
        directions=directions,
        explained=spread[:n_components] ** 2 / (spread**2).sum(),
    )
