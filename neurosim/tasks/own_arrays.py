"""Arrays of a user's tasks, checked as they are taken; see `neurosim.tasks.own_tasks`."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neurosim import NeurosimError
from neurosim.errors import choices
from neurosim.files import load_arrays
from neurosim.tasks.examples import NOT_ASKED, Examples

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class OwnExamples:
    """What a file holds.

    Attributes
    ----------
    examples : Examples
    task : array (example,) of str, or None
        Name of the task.
    is_test : array (example,) of bool, or None
        Whether it is only tested.
    """

    examples: Examples
    task: np.ndarray | None
    is_test: np.ndarray | None


def read_own_examples(path: Path) -> OwnExamples:
    """Read and check a file of examples.

    Raises
    ------
    NeurosimError
        If the file or an array is missing, or an array is not what is documented.
    """
    arrays = load_arrays(path)
    x, y = (_numbers(arrays, name, path) for name in ("x", "y"))
    if x.ndim not in (2, 3) or 0 in x.shape:
        raise NeurosimError(
            f"{path}: 'x': expected a shape (example, feature) or (example, step, feature), "
            f"found {x.shape}"
        )
    _check_answers(y, x, path)
    if x.ndim == 2:
        x, y = x[:, None], y[:, None]
    asked = y.astype(np.float32 if y.dtype.kind == "f" else np.int64)
    choice = _marks(arrays, "choice", x.shape[:2], path)
    examples = Examples(x.astype(np.float32), asked, choice)
    return OwnExamples(
        examples, _task_names(arrays, len(x), path), _marks(arrays, "is_test", x.shape[:1], path)
    )


def _numbers(arrays: Arrays, name: str, path: Path) -> np.ndarray:
    """Take an array of finite numbers."""
    if name not in arrays:
        raise NeurosimError(f"{path}: expected an array {name!r}, found {choices(arrays)}")
    values = arrays[name]
    if values.dtype.kind not in "iuf":
        raise NeurosimError(
            f"{path}: {name!r}: expected numbers, found {values.dtype}; "
            "give classes as whole numbers from 0"
        )
    bad = int((~np.isfinite(values)).sum())
    if bad:
        raise NeurosimError(
            f"{path}: {name!r}: expected finite numbers, found {bad} that are not; "
            "remove those examples"
        )
    return values


def _check_answers(y: np.ndarray, x: np.ndarray, path: Path) -> None:
    """Hold y to x: classes of each example (and step), or values of each."""
    if y.dtype.kind == "f":
        if y.ndim != x.ndim or y.shape[:-1] != x.shape[:-1] or y.shape[-1] == 0:
            raise NeurosimError(
                f"{path}: 'y': expected values of a shape {(*x.shape[:-1], 'outputs')} to 'x' "
                f"{x.shape}, found {y.shape}; give classes as whole numbers"
            )
        return
    if y.shape != x.shape[:-1]:
        raise NeurosimError(
            f"{path}: 'y': expected classes of a shape {x.shape[:-1]} to 'x' {x.shape}, found "
            f"{y.shape}; give values of a regression as floating-point numbers"
        )
    if y.min() < NOT_ASKED:
        raise NeurosimError(
            f"{path}: 'y': expected classes from 0, or {NOT_ASKED} where nothing is asked, found "
            f"{y.min()}"
        )


def _marks(arrays: Arrays, name: str, shape: tuple[int, ...], path: Path) -> np.ndarray | None:
    """Take an array of 0 and 1, if it is there, as bool."""
    if name not in arrays:
        return None
    values = arrays[name]
    if values.shape != shape or not np.isin(values, (0, 1)).all():
        raise NeurosimError(
            f"{path}: {name!r}: expected 0 and 1 in a shape {shape}, found {values.dtype} in "
            f"{values.shape}"
        )
    return values == 1


def _task_names(arrays: Arrays, n: int, path: Path) -> np.ndarray | None:
    """Take the name of each example's task, if it is there."""
    if "task" not in arrays:
        return None
    values = arrays["task"]
    if values.shape != (n,) or values.dtype.kind not in "iuU":
        raise NeurosimError(
            f"{path}: 'task': expected whole numbers or texts in a shape {(n,)}, found "
            f"{values.dtype} in {values.shape}"
        )
    return values.astype(str)
