"""Arrays of an ``.npz`` under documented names, checked as they are taken."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from neurosim import NeurosimError
from neurosim.errors import choices
from neurosim.files import load_arrays

NEEDED = ("spike_time_s", "spike_unit", "position_time_s", "x", "y")


def read_arrays(path: Path, rename: Mapping[str, str]) -> dict[str, np.ndarray]:
    """Read the arrays of an ``.npz`` under the documented names.

    Parameters
    ----------
    path : Path
    rename : Mapping
        Name in the file to documented name.

    Raises
    ------
    NeurosimError
        If the file is missing or no ``.npz``, or a needed array is missing.
    """
    path = Path(path)
    found = load_arrays(path)
    for theirs in rename:
        if theirs not in found:
            raise NeurosimError(
                f"{path}: --rename {theirs}={rename[theirs]}: expected an array {theirs!r}, "
                f"found {choices(found)}"
            )
    arrays = {
        rename.get(name, name): _decoded(values, name, path) for name, values in found.items()
    }
    for name in NEEDED:
        if name not in arrays:
            raise NeurosimError(
                f"{path}: expected an array {name!r}, found {choices(arrays)}; "
                f"if it has another name there, give --rename THEIRS={name}"
            )
    return arrays


def _decoded(values: np.ndarray, name: str, path: Path) -> np.ndarray:
    """Turn bytes, as MATLAB and HDF5 write them, into text."""
    if values.dtype.kind != "S":
        return values
    try:
        return np.char.decode(values, "utf-8")
    except UnicodeDecodeError as error:
        raise NeurosimError(f"{path}: {name!r}: expected text in UTF-8, found {error}") from error


def numbers(arrays: Mapping[str, np.ndarray], name: str, path: Path) -> np.ndarray:
    """Take an array (n,) of numbers as float64."""
    values = arrays[name]
    if values.dtype.kind not in "iuf" or values.ndim != 1:
        raise NeurosimError(
            f"{path}: {name!r}: expected numbers in one dimension, found {values.dtype} of shape "
            f"{values.shape}"
        )
    return values.astype(float)


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
