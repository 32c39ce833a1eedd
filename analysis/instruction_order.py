"""Where networks that are told by a language model fall behind a bag of words.

It was published above it (Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5, fig. 2b). How far
behind it is in what was trained, in new wordings and in tasks that were held out; on which axes of
the task set; and whether it falls behind in the tasks that it learns less well.
"""

import numpy as np
import pandas as pd

from analysis.instruction_data import SETS, Measurements, by_task, in_both
from analysis.instruction_neighbours import language_in
from analysis.instruction_rows import (
    ALL_SETS,
    effect_words,
    instruction_row,
    none_rows,
    paired,
    words,
)
from analysis.reverse_models import corrected
from neurosim.stats.correlation import correlate
from neurosim.stats.differences import Difference, compare_means, mean_over_seeds
from neurosim.stats.summary import Row
from neurosim.tasks.psychophysics.catalogue import AXES, TASKS

BAG = "bownet"
FEWEST = 3  # tasks with an axis, and without it, that tell of it
WAYS = {  # measures, in words
    "training": "trained tasks, told as in training",
    "validation": "trained tasks, in words kept for validation",
    "zero_shot": "held-out tasks",
    "zero_shot_validation": "held-out tasks, in words kept for validation",
}
NEEDED = "networks told by a language model and by a bag of words, and the same held-out tasks"


def order_rows(measured: Measurements, table: pd.DataFrame, names: list[str]) -> list[Row]:
    """Rows of where each language network is behind the bag of words.

    Parameters
    ----------
    measured : Measurements
    table : DataFrame
        Of `analysis.instruction_data.task_table`.
    names : list of str
        Of all networks.

    Returns
    -------
    list of Row
        ``behind_bownet`` (condition: what was measured), ``behind_bownet_by_axis`` (condition: the
        axis) and ``behind_bownet_correlation``; estimator: the language network. p values are by
        Holm over ways of measuring, and over axes.
    """
    language = language_in(names)
    rows: list[Row] = []
    for name in [each for each in names if language and each in (language, f"{language},tuned")]:
        rows += _by_way(measured, table, name) + _by_axis(measured, table, name)
        rows += _with_training(measured, table, name)
    for quantity in ("behind_bownet", "behind_bownet_by_axis", "behind_bownet_correlation"):
        rows += none_rows(quantity, measured, rows, f"what is needed: {NEEDED}")
    return rows


def on_axis(behind: pd.Series) -> dict[str, Difference]:
    """Compare tasks that have a place on an axis of the task set with those that have none.

    Parameters
    ----------
    behind : Series (task,)
        A number of each task.

    Returns
    -------
    dict of str to Difference
        By axis of which at least `FEWEST` tasks have a place and as many have none: the mean of the
        former less that of the latter, by Welch's test.
    """
    has = {axis: _has(axis, behind) for axis in AXES}
    return {
        axis: compare_means(behind[placed].to_numpy(), behind[~placed].to_numpy())
        for axis, placed in has.items()
        if FEWEST <= placed.sum() <= len(behind) - FEWEST
    }


def _has(axis: str, behind: pd.Series) -> np.ndarray:
    """Whether each task (task,) has a place on an axis."""
    column = AXES.index(axis)
    return np.array([TASKS[task].structure[column] != 0 for task in behind.index], dtype=bool)


def _pair(table: pd.DataFrame, measure: str, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    return in_both(by_task(table, measure, BAG, SETS), by_task(table, measure, name, SETS))


def _behind(table: pd.DataFrame, measure: str, name: str) -> pd.Series:
    """What BOWNET has more (task,), means over trainings."""
    bag, own = _pair(table, measure, name)
    means = (mean_over_seeds(each.to_numpy()) for each in (bag, own))
    return pd.Series(np.subtract(*means), bag.columns).dropna() if bag.size else pd.Series()


def _by_way(measured: Measurements, table: pd.DataFrame, name: str) -> list[Row]:
    """Rows of how far behind it is, by what is measured."""
    pairs = {measure: _pair(table, measure, name) for measure in WAYS}
    found = {measure: paired(*pair) for measure, pair in pairs.items() if pair[0].size}
    p_values = corrected({measure: each.p_value for measure, each in found.items()})
    return [
        instruction_row(
            "behind_bownet",
            measured.condition(ALL_SETS, measure),
            name,
            each.difference,
            test=f"{WAYS[measure]}: performance of {words(BAG)} less that of {words(name)}, paired "
            f"over tasks; paired t test, Holm over ways of telling; {effect_words(each)}",
            p_value=p_values[measure],
        )
        for measure, each in found.items()
    ]


def _by_axis(measured: Measurements, table: pd.DataFrame, name: str) -> list[Row]:
    """Rows of how much further behind it is in held-out tasks that have a place on an axis."""
    behind = _behind(table, "zero_shot", name)
    found = on_axis(behind)
    p_values = corrected({axis: each.p_value for axis, each in found.items()})
    rows = []
    for axis, each in found.items():
        has = _has(axis, behind)
        rows.append(
            instruction_row(
                "behind_bownet_by_axis",
                measured.condition(ALL_SETS, axis),
                name,
                each.difference,
                test=f"held-out tasks: how far {words(name)} is behind {words(BAG)} in "
                f"{has.sum()} tasks with a place on this axis ({behind[has].mean():.3f}) less in "
                f"{(~has).sum()} without ({behind[~has].mean():.3f}); Welch's t test over tasks, "
                f"Holm over axes; {effect_words(each)}",
                p_value=p_values[axis],
            )
        )
    return rows


def _with_training(measured: Measurements, table: pd.DataFrame, name: str) -> list[Row]:
    """Row of whether it is behind in those held-out tasks that it learns less well elsewhere."""
    held_out, trained = (_behind(table, each, name) for each in ("zero_shot", "training"))
    both = held_out.index.intersection(trained.index)
    if len(both) < FEWEST:
        return []
    found = correlate(held_out[both].to_numpy(), trained[both].to_numpy())
    return [
        instruction_row(
            "behind_bownet_correlation",
            measured.condition(ALL_SETS),
            name,
            found.r,
            test=f"Pearson's r, over tasks, of how far {words(name)} is behind {words(BAG)} in a "
            "task that was held out, and in the same task where it was trained (without other "
            "sets); Fisher's interval",
            p_value=found.p_value,
        )
    ]
