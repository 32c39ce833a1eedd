"""Arrays under documented names, checked as they are taken."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from neurosim import NeurosimError
from neurosim.errors import choices


def numbers(arrays: Mapping[str, np.ndarray], name: str, path: Path) -> np.ndarray:
    """Take an array (n,) of numbers as float64; itself where it is that.

    A day of 200 units has half a gigabyte of spike times: no copy without need.
    """
    values = arrays[name]
    if values.dtype.kind not in "iuf" or values.ndim != 1:
        raise NeurosimError(
            f"{path}: {name!r}: expected numbers in one dimension, found {values.dtype} of shape "
            f"{values.shape}"
        )
    return values.astype(float, copy=False)


def times(arrays: Mapping[str, np.ndarray], name: str, path: Path) -> np.ndarray:
    """Take an array (n,) of finite times in s."""
    values = numbers(arrays, name, path)
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        raise NeurosimError(
            f"{path}: {name!r}: expected finite times, found {values[bad[0]]} at index {bad[0]} "
            f"({bad.size} in all); remove those samples"
        )
    return values


def texts(
    arrays: Mapping[str, np.ndarray], name: str, path: Path, allowed: Sequence[str] | None = None
) -> np.ndarray:
    """Take an array (n,) of texts, each out of those allowed."""
    values = arrays[name]
    if values.dtype.kind != "U" or values.ndim != 1:
        raise NeurosimError(
            f"{path}: {name!r}: expected texts in one dimension, found {values.dtype} of shape "
            f"{values.shape}"
        )
    unknown = sorted(set(values.tolist()) - set(allowed)) if allowed else []
    if unknown:
        raise NeurosimError(f"{path}: {name!r}: {unknown[0]!r} is not one of {choices(allowed)}")
    return values
