"""What is in somebody's file, whatever its format: what `--show` lists and guesses go by."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

KINDS = ("position", "head direction", "field potential", "rewards", "other")


@dataclass(frozen=True)
class FoundSeries:
    """A series on a clock.

    Attributes
    ----------
    path : str
        Its name in the file.
    kind : str
        One of `KINDS`: what it may be.
    unit : str
        As the file says.
    shape : tuple of int
    start, stop : float
        First and last time, s; NaN where it has none.
    low, high : float
        Range of its values, in its unit; NaN where it has none.
    certain : bool
        Whether its type says what it is; else its name or unit does.
    """

    path: str
    kind: str
    unit: str
    shape: tuple[int, ...]
    start: float
    stop: float
    low: float
    high: float
    certain: bool = True


@dataclass(frozen=True)
class FoundIntervals:
    """A table of intervals.

    Attributes
    ----------
    path : str
        Its name in the file.
    start, stop : array (interval,)
        s.
    columns : Mapping of column to array (interval,) of str
        Columns whose values may be labels.
    """

    path: str
    start: np.ndarray
    stop: np.ndarray
    columns: Mapping[str, np.ndarray]

    def labels(self, column: str | None) -> np.ndarray:
        """Labels (interval,); the table's name for all without a column."""
        if column is None:
            return np.full(self.start.size, self.path.rsplit("/", 1)[-1])
        return self.columns[column]


@dataclass(frozen=True)
class Contents:
    """All of it.

    Attributes
    ----------
    n_units, n_spikes : int
    unit_columns : Mapping of column to array (unit,) of str
        What is said of units in words.
    series : tuple of FoundSeries
    intervals : tuple of FoundIntervals
    arrays : Mapping of name to str
        Of an ``.npz``: all arrays, described.
    missing : tuple of str
        Documented arrays that an ``.npz`` must have and lacks.
    """

    n_units: int
    n_spikes: int
    unit_columns: Mapping[str, np.ndarray]
    series: tuple[FoundSeries, ...]
    intervals: tuple[FoundIntervals, ...]
    arrays: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    def of_kind(self, kind: str) -> list[FoundSeries]:
        """Series that may be of a kind."""
        return [series for series in self.series if series.kind == kind]


def counted(values: np.ndarray) -> dict[str, int]:
    """How often each value (row,) occurs, the most frequent first."""
    names, numbers = np.unique(values, return_counts=True)
    order = np.argsort(-numbers, kind="stable")
    return dict(zip(names[order].tolist(), numbers[order].tolist(), strict=True))
