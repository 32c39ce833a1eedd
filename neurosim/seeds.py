"""Independent random generators from one seed and a list of names."""

import hashlib

import numpy as np


def _entropy(seed: int, names: tuple[object, ...]) -> list[int]:
    path = "/".join(str(name).replace("/", "//") for name in names)
    digest = hashlib.sha256(path.encode()).digest()
    return [seed, *np.frombuffer(digest, dtype="<u4").tolist()]


def generator(seed: int, *names: object) -> np.random.Generator:
    """Make the generator that belongs to a seed and a path of names.

    The names (subject, rule, repetition) are hashed with SHA-256, so a stream does not depend on
    the order in which jobs run, on Python's hash seed or on how many cores there are.

    Parameters
    ----------
    seed : int
        Non-negative seed of the whole run.
    *names : object
        What the stream is for; turned into strings.

    Returns
    -------
    numpy.random.Generator

    Examples
    --------
    >>> generator(1, "rat1").random() == generator(1, "rat1").random()
    True
    >>> generator(1, "rat1").random() == generator(1, "rat2").random()
    False
    """
    return np.random.default_rng(np.random.SeedSequence(_entropy(seed, names)))


def integer_seed(seed: int, *names: object) -> int:
    """Make a 63-bit seed for libraries that take an integer (torch)."""
    return int(generator(seed, *names).integers(0, 2**63 - 1))
