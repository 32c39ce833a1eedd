"""What the questions about decoded headings share: their files, and tests within animals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from analysis.plots import recording_name
from analysis.results import Answer
from neurosim import MissingData
from neurosim.decode.bins import group_name
from neurosim.files import flag_names, load_groups
from neurosim.stats.intervals import Estimate
from neurosim.stats.summary import NAN, Row

GROUPS = {  # of each kind of file; those of a bin width are added
    "decoded": ("tuning", "drift", "pair_correlations"),
    "turns": ("events",),
    "virtual": ("events", "triggered", "correlation", "anticipation", "eye"),
    "planted": ("decoded", "rem", "events", "correlation", "anticipation"),
}
ALPHA = 0.05
Found = tuple[dict[str, xr.Dataset], dict[str, str]]


@dataclass(frozen=True)
class Headings:
    """What was decoded of all recordings.

    Attributes
    ----------
    get : callable
        ``get(kind, group)`` gives data and reasons why there are none, by recording name. The
        kinds are outputs of decode_heading, measure_turns, relate_turns and
        match_planted_heading, and the groups those of `GROUPS`.
    simulated : tuple of str
        Names of the simulated animals.
    bin_s : float
        Time bin of the numbers that are given at one width.
    limits : Mapping
        ``min_speed_deg_s`` and ``min_angle_deg`` of a turn.
    """

    get: Callable[[str, str], Found]
    simulated: tuple[str, ...]
    bin_s: float
    limits: Mapping[str, float]

    def truth(self, group: str, variable: str) -> dict[str, float]:
        """A scalar of the planted heading by recording name."""
        data, _ = self.get("planted", group)
        return {name: float(found[variable]) for name, found in data.items()}


def load_headings(
    paths: Mapping[str, Sequence[Path]],
    simulated: Sequence[str],
    bin_s: float,
    limits: Mapping[str, float],
) -> Headings:
    """Load the outputs of the rules by kind, each file at once."""
    at_width = tuple(f"{state}/{group_name(bin_s)}" for state in ("wake", "rem"))
    groups = GROUPS | {"decoded": (*GROUPS["decoded"], *at_width)}
    loaded: dict[tuple[str, str], Found] = {}
    for kind, names in groups.items():
        loaded |= {(kind, name): ({}, {}) for name in names}
        for path in paths[kind]:
            try:
                found = load_groups(path, names)
            except MissingData as gap:
                found = {name: xr.Dataset(attrs={"missing": str(gap)}) for name in names}
            for name, data in found.items():
                here, missing = loaded[kind, name]
                if "missing" in data.attrs:
                    missing[path.stem] = data.attrs["missing"]
                else:
                    here[path.stem] = data
    return Headings(lambda kind, name: loaded[kind, name], tuple(simulated), bin_s, limits)


def scalars(
    data: Mapping[str, xr.Dataset], variable: str, truth: Mapping[str, float], factor: float = 1.0
) -> dict[str, Answer]:
    """Answers of recordings from a scalar variable, in another unit where a factor is given."""
    return {
        name: single(factor * float(found[variable]), factor * truth.get(name, NAN))
        for name, found in data.items()
    }


def single(value: float, truth: float = NAN) -> Answer:
    """Answer of a recording that gives one number without an interval."""
    return Answer(Estimate(value, NAN, NAN, int(np.isfinite(value))), truth)


def with_p_values(
    rows: Sequence[Row],
    observed: Mapping[str, float],
    null: Mapping[str, np.ndarray],
    simulated: Sequence[str],
    what: str,
) -> list[Row]:
    """Add one-sided p values by permutation within animals.

    The numbers of an animal are averaged over animals, and so are its permutations: no animal is
    exchanged for another.

    Parameters
    ----------
    rows : sequence of Row
        Of `analysis.results.rows_of_quantity`.
    observed : Mapping of recording name to float
    null : Mapping of recording name to array (permutation,)
    simulated : sequence of str
    what : str
        What was permuted; goes into the rows' test.
    """
    tested = []
    for row in rows:
        name = row.condition.partition("recording=")[2]
        names = [name] if name else [n for n in simulated if n in observed]
        p = permutation_p([observed.get(n, NAN) for n in names], [null.get(n) for n in names])
        text = f"{row.test}; p by permutation of {what} within animals"
        tested.append(replace(row, p_value=p, test=text) if np.isfinite(p) else row)
    return tested


def permutation_p(observed: Sequence[float], null: Sequence[np.ndarray | None]) -> float:
    """Share of permutations whose mean over animals is at least the observed one, plus one."""
    known = [k for k, value in enumerate(observed) if np.isfinite(value) and null[k] is not None]
    if not known:
        return NAN
    mean = float(np.mean([observed[k] for k in known]))
    drawn = np.mean([np.asarray(null[k], dtype=float) for k in known], axis=0)
    drawn = drawn[np.isfinite(drawn)]
    return (1 + int((drawn >= mean - 1e-12).sum())) / (1 + drawn.size) if drawn.size else NAN


def imported_names(summary: pd.DataFrame) -> set[str]:
    """Names of the imported recordings among the conditions of a summary."""
    return {recording_name(condition) for condition in summary.condition} - {""}


def events_in(turns: xr.Dataset, state: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Start, stop (event,) in s and direction (1, -1) of a state's events by the lab's rule."""
    chosen = flag_names(turns["state"]) == state
    chosen &= flag_names(turns["threshold"]) == "within_state"
    direction = np.where(flag_names(turns["direction"])[chosen] == "clockwise", -1, 1)
    return turns["start"].values[chosen], turns["stop"].values[chosen], direction
