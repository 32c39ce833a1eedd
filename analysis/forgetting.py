"""What learners of one task after another forget, by what they do against it."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import xarray as xr

from analysis.forgetting_figure import draw
from analysis.memory_rows import (
    AGENTS,
    BASE,
    ONE_STEP,
    OVER_TRAININGS,
    UNTOLD,
    against,
    has_one_step,
    learners_in,
    left_out,
    memory_row,
    methods_in,
    share_taken,
    values_of,
    without_replay,
)
from analysis.results import result
from neurosim.stats.summary import NAN, Row
from neurosim.tasks import transfer

__all__ = ["analyse", "draw"]

MEASURES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "average_error": transfer.average_error,
    "forgetting": transfer.forgetting,
    "backward_transfer": transfer.backward_transfer,
    "forward_transfer": transfer.forward_transfer,
}
SHARES = {"average_accuracy": "accuracy", "choice_accuracy": "choice_accuracy"}
OBSERVERS = {  # rows of the best observers: quantity, variable, name
    ("average_error", "best_error", "best_observer"),
    ("average_accuracy", "best_accuracy", "best_observer"),
    ("choice_accuracy", "best_choice_accuracy", "best_observer"),
    ("average_accuracy", "best_step_accuracy", "best_observer,one_step"),
}
PAIRED = f"{OVER_TRAININGS}; paired t test against fine-tuning, Holm over methods that learn"


def analyse(sequences: Mapping[str, xr.Dataset]) -> xr.DataTree:
    """Rows of errors, forgetting and transfer by sequence and method.

    Parameters
    ----------
    sequences : Mapping of sequence to Dataset (learner, seed, time, task)
        From `neurosim.models.continual_study.compare_methods`.

    Returns
    -------
    DataTree
        ``/summary``; a group a sequence with its errors.
    """
    rows: list[Row] = []
    for name, data in sequences.items():
        here: list[Row] = []
        here += _measured(name, data) + _shares(name, data) + _observers(name, data)
        here += _ablations(name, data) + _reductions(name, data) + _beside_trivial(name, data)
        rows += [_unread(row) for row in here] if has_one_step(data) else here
    shown = {name: data[["error"]].drop_attrs(deep=False) for name, data in sequences.items()}
    return result(rows, shown)


def _unread(row: Row) -> Row:
    """Say of a row without memory that there was none to read."""
    if "no_memory" not in row.estimator.split(","):
        return row
    return replace(row, test=f"{ONE_STEP}; {row.test}")


def _measured(name: str, data: xr.Dataset) -> list[Row]:
    rows = []
    for quantity, measure in MEASURES.items():
        methods = methods_in(data) if quantity == "average_error" else learners_in(data)
        values = {method: measure(values_of(data, "error", method)) for method in methods}
        rows += _compared(quantity, name, data, values, "a single task has nothing to transfer")
    return rows


def _shares(name: str, data: xr.Dataset) -> list[Row]:
    """Rows of accuracies after the last task, where the sequence has them."""
    rows = []
    for quantity, variable in SHARES.items():
        if np.isfinite(data[variable]).any():
            last = data[variable].isel(time=-1).mean("task")
            values = {method: values_of(last.to_dataset(), variable, method) for method in
                      methods_in(data)}  # fmt: skip
            known = {method: v for method, v in values.items() if np.isfinite(v).any()}
            rows += _compared(quantity, name, data, known, "no data")
    return rows


def _compared(
    quantity: str, name: str, data: xr.Dataset, values: Mapping[str, np.ndarray], reason: str
) -> list[Row]:
    """Rows of all methods, with tests of those that learn: the others ask another question."""
    p_values = against({m: values[m] for m in learners_in(data) if m in values}, BASE)
    return [
        memory_row(
            quantity,
            name,
            method,
            each,
            test=PAIRED
            if BASE in values and method in p_values and method != BASE
            else OVER_TRAININGS,
            p_value=p_values.get(method, NAN),
            reason=reason,
        )
        for method, each in values.items()
    ]


def _ablations(name: str, data: xr.Dataset) -> list[Row]:
    """Rows of the error that an agent has more without a part of it."""
    rows = []
    for agent in AGENTS:
        without = [m for m in methods_in(data) if m.startswith(f"{agent},no_")]
        if not without or agent not in methods_in(data):
            continue
        errors = {m: transfer.average_error(values_of(data, "error", m)) for m in (agent, *without)}
        p_values = against(errors, agent)
        rows += [
            memory_row(
                "ablation_difference",
                name,
                method,
                errors[method] - errors[agent],
                test=f"average error minus that of {agent}, paired by seed; paired t test, Holm "
                f"over what is left out of it; {OVER_TRAININGS}",
                p_value=p_values[method],
            )
            for method in without
        ]
    return rows


def _observers(name: str, data: xr.Dataset) -> list[Row]:
    """Rows of observers that know the law of all tasks."""
    test = f"{OVER_TRAININGS}; knows the law of all tasks, but not which one it is in"
    return [
        memory_row(quantity, name, observer, data[variable].mean("task").values, test=test)
        for quantity, variable, observer in sorted(OBSERVERS)
        if variable in data
    ]


def forgotten(data: xr.Dataset, *methods: str) -> tuple[np.ndarray, ...]:
    """Forgetting (seed,) of each method."""
    return tuple(transfer.forgetting(values_of(data, "error", method)) for method in methods)


def reduction(data: xr.Dataset, method: str, base: str) -> np.ndarray:
    """Share of a method's forgetting (seed,) that another one does without; NaN without any."""
    return share_taken(*forgotten(data, base, method))


def _reductions(name: str, data: xr.Dataset) -> list[Row]:
    rows, methods = [], learners_in(data)
    for method in methods:
        bases = {name: BASE} if BASE in methods and method != BASE else {}
        twin = without_replay(method, methods)
        if twin not in (None, BASE):
            bases[f"{name},over=no_replay"] = twin
        rows += [
            memory_row(
                "forgetting_reduction",
                condition,
                method,
                reduction(data, method, base),
                test=f"1 - forgetting / that of {base}, paired by seed; "
                f"{left_out(*forgotten(data, base))}{OVER_TRAININGS}",
                reason=f"{base} forgets nothing",
            )
            for condition, base in bases.items()
        ]
    return rows


def _beside_trivial(name: str, data: xr.Dataset) -> list[Row]:
    """On how many tasks a learner is better than what looks at nothing."""
    names = data["task"].values.astype(str)
    n = names.size
    when = {"final": np.full(n, n), "just_learned": np.arange(n) + 1}
    rows = []
    for moment, time in when.items():
        bound = np.min([_at(data, other, time) for other in UNTOLD], axis=0)
        told = _at(data, "task_mean", time)
        for method in learners_in(data):
            error = _at(data, method, time)
            beaten = error < bound
            beside = ", ".join(names[~beaten.all(axis=0)])
            row = memory_row(
                "beats_trivial",
                f"{name},{moment}",
                method,
                beaten.sum(axis=1),
                unit="task",
                test=f"of {n} tasks, those with less error than zero and the mean so far; "
                f"{_share(error < told)} of them less than the mean of the very task; "
                + (f"not in every training: {beside}" if beside else "in every training"),
            )
            rows.append(replace(row, verdict="does not hold" if beside else "holds"))
    return rows


def _at(data: xr.Dataset, method: str, time: np.ndarray) -> np.ndarray:
    """Error (seed, task) of each task at a time of its own."""
    return values_of(data, "error", method)[:, time, np.arange(time.size)]


def _share(beaten: np.ndarray) -> str:
    return f"{beaten.mean():.0%}"
