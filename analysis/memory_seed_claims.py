"""What seed 002 claims of its agent, beside that agent built right and tested on other data."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import xarray as xr

from analysis.few_shot import N_STEPS, PERFORMANCE, met_by_mean, performance, steps_needed
from analysis.memory_rows import (
    OVER_TRAININGS,
    all_of,
    at_least,
    at_most,
    claim_row,
    has_one_step,
    left_out,
    methods_in,
    share_taken,
    takes,
    values_of,
)
from neurosim.stats.intervals import fraction_interval, mean_interval
from neurosim.stats.references import TOLERANCE, Reference
from neurosim.stats.summary import Row
from neurosim.tasks.function_tasks import irreducible_error
from neurosim.tasks.transfer import average_error, forgetting

AGENT, NO_REPLAY = "seed_agent", "seed_agent,no_replay"
FLAT = 0.01  # rise of an error, a task, that is still called flat; our choice, the text has none
FEW_STEPS = 10
LEAST_TAKEN = {"forgetting": 0.2, "average_error": 0.15}  # of the reductions by replay
SHOWN = "holds only when the task is shown"
FIRST = "the first network of the family (plain, a perceptron without memory, unless configured)"
LEARNED = ("maml", "scratch")  # trained to adapt as the text says, and not at all as it does


def seed_claims(
    sequences: Mapping[str, xr.Dataset],
    families: Mapping[str, xr.Dataset],
    references: Mapping[str, Reference],
) -> list[Row]:
    """Rows of all claims, a condition a sequence of functions or a family of tasks.

    Parameters
    ----------
    sequences : Mapping of sequence to Dataset (learner, seed, time, task)
        Those without the seed's agent are left out.
    families : Mapping of family to Dataset (learner, seed, task, step)
    references : Mapping of id to Reference
    """
    own = {
        name: data
        for name, data in sequences.items()
        if {AGENT, NO_REPLAY} <= set(methods_in(data))
    }
    rows = [row for name, data in own.items() for row in _of_sequence(name, data, references)]
    cued = {name for name, data in own.items() if is_cued(data)}
    rows = [_where_shown(row, rows, cued) for row in rows]
    for name, data in families.items():
        for method in methods_in(data):
            if method.partition(",")[0] in LEARNED:
                rows += _of_family(name, data, method, references["H004"].in_unit(0.01, "1"))
    return rows


def is_cued(data: xr.Dataset) -> bool:
    """Whether no part of the error is irreducible: the task is shown."""
    return "best_error" in data and bool((data["best_error"] == 0).all())


def _where_shown(row: Row, rows: list[Row], cued: set[str]) -> Row:
    """Say of a claim that it holds only where the task is shown, if it does not hold elsewhere."""
    others = [r for r in rows if r.quantity == row.quantity and r.condition not in cued]
    fails = others and all(r.verdict == "does not hold" for r in others)
    if row.condition in cued and row.verdict == "holds" and fails:
        return replace(row, verdict=SHOWN)
    return row


def _of_sequence(name: str, data: xr.Dataset, references: Mapping[str, Reference]) -> list[Row]:
    with_replay, without = (values_of(data, "error", method) for method in (AGENT, NO_REPLAY))
    second = with_replay[:, 2, 0], without[:, 2, 0]
    oldest = with_replay[:, -1, :-1].max(axis=1)
    when = "on the first task after the second one was learned"
    n_tasks = data.sizes["task"]
    return [
        claim_row(
            "error_just_learned",
            name,
            AGENT,
            with_replay[:, 1, 0],
            at_most(with_replay[:, 1, 0], references["H001b"].value),
            reference=references["H001b"],
            test="error on the first task just after it was learned, claimed to be .05 (holds if "
            f"at most that); {OVER_TRAININGS}",
        ),
        claim_row(
            "error_with_replay",
            name,
            AGENT,
            second[0],
            at_most(second[0], references["H001a"].value),
            reference=references["H001a"],
            test=f"error {when}, claimed to be at most .08; {_floor(data, 2)}{OVER_TRAININGS}",
        ),
        claim_row(
            "error_without_replay",
            name,
            NO_REPLAY,
            second[1],
            near(second[1], references["H001c"].value),
            reference=references["H001c"],
            test=f"error {when}, claimed to be .3 (holds within {TOLERANCE:.0%}); {OVER_TRAININGS}",
        ),
        claim_row(
            "old_task_error",
            name,
            AGENT,
            oldest,
            at_most(oldest, references["H005"].high),
            reference=references["H005"],
            test="largest error on an old task at the end, claimed to be below .1; "
            f"{_floor(data, n_tasks)}{OVER_TRAININGS}",
        ),
        _reduction(
            "forgetting", name, forgetting(with_replay), forgetting(without), references["H002"]
        ),
        _reduction(
            "average_error",
            name,
            average_error(with_replay),
            average_error(without),
            references["H003"],
        ),
        _flat_curve(name, data),
    ]


def _flat_curve(name: str, data: xr.Dataset) -> Row:
    """Whether errors stay as they are, of tasks just learned and of the first one, and are low.

    The text's curve is of just-learned tasks by their number, which is flat too where all old
    tasks are lost, or where nothing is learned.
    """
    with_replay, without = (values_of(data, "error", method) for method in (AGENT, NO_REPLAY))
    slope, rise = slope_just_learned(with_replay), rise_of_first(with_replay)
    above = just_learned(with_replay) - just_learned(values_of(data, "error", "mean"))
    first, other, over = (mean_interval(v).value for v in (rise, rise_of_first(without), above))
    return claim_row(
        "flat_curve",
        name,
        AGENT,
        slope,
        all_of(at_most(slope, FLAT), at_most(rise, FLAT), at_most(above.mean(axis=1), 0.0)),
        test="slope over tasks of the error just after learning each; holds if it, and the rise "
        f"of the error on the first task (here {first:.3f} a task; without replay {other:.3f}), "
        f"are at most {FLAT:g} a task and just-learned tasks have no more error than the mean of "
        f"all outcomes so far (here {over:+.3f}); {OVER_TRAININGS}",
    )


def just_learned(error: np.ndarray) -> np.ndarray:
    """Error (training, task) of each task, from (training, time, task), just after it."""
    task = np.arange(error.shape[-1])
    return error[:, task + 1, task]


def slope_just_learned(error: np.ndarray) -> np.ndarray:
    """Least-squares slope (training,) of the just-learned error over the number of the task."""
    errors = just_learned(error)
    return np.polyfit(np.arange(errors.shape[1]), errors.T, 1)[0]


def rise_of_first(error: np.ndarray) -> np.ndarray:
    """Rise (training,) of the error on the first task, a task that is learned after it."""
    return (error[:, -1, 0] - error[:, 1, 0]) / (error.shape[-1] - 1)


def _floor(data: xr.Dataset, n_tasks: int) -> str:
    """Word what the best predictor of the tasks so far has, where the task is not shown.

    It has the least error on average over them, which on one task is no bound.
    """
    if "best_error" not in data or is_cued(data) or not has_one_step(data):
        return ""
    lowest = irreducible_error(n_tasks)[0]
    return (
        f"the predictor with the least mean error over {n_tasks} tasks that are not shown has "
        f"{lowest:.3f} on the first; "
    )


def _reduction(
    measure: str, name: str, with_replay: np.ndarray, without: np.ndarray, reference: Reference
) -> Row:
    """Share of a measure that replay takes away."""
    least = LEAST_TAKEN[measure]
    return claim_row(
        f"{measure}_reduction",
        name,
        AGENT,
        share_taken(without, with_replay),
        takes(without, with_replay, least),
        reference=reference.in_unit(0.01, "1"),
        test=f"1 - {measure.replace('_', ' ')} with replay / without it, paired by seed; claimed "
        f"to be at least {least:.0%}; {left_out(without)}judged on {1 - least:.0%} of what is "
        f"without replay minus what is with it; {OVER_TRAININGS}",
        reason="nothing is lost without replay",
    )


def near(values: np.ndarray, claimed: float) -> str:
    """Whether the mean of values (training,) lies within 20 % of a claimed one."""
    above = at_least(values, claimed * (1 - TOLERANCE))
    below = at_most(values, claimed * (1 + TOLERANCE))
    return all_of(above, below)


def _of_family(name: str, data: xr.Dataset, method: str, reference: Reference) -> list[Row]:
    shown = values_of(performance(data).to_dataset(name="shown"), "shown", method)
    reached = shown[..., N_STEPS].mean(axis=1)
    needed = values_of(steps_needed(data).to_dataset(name="needed"), "needed", method)
    easy = met_by_mean(data)
    told = (~easy).sum(axis=1)  # tasks of which the criterion tells anything
    quick = ((needed < FEW_STEPS) & ~easy).sum(axis=1) / np.where(told > 0, told, np.nan)
    network = method.partition(",")[2] or FIRST
    kind = "accuracy" if data.attrs["kind"] == "classification" else "part of the variance"
    return [
        claim_row(
            "five_steps",
            name,
            method,
            reached,
            at_least(reached, PERFORMANCE),
            reference=reference,
            test=f"performance ({kind}) on unseen tasks after {N_STEPS} inner steps, of the "
            f"adapted parameters; network: {network}; claimed to be 90 %; {OVER_TRAININGS}",
        ),
        claim_row(
            "fewer_than_ten_steps",
            name,
            method,
            quick,
            at_least(quick, 0.5),
            estimate=fraction_interval(quick),
            test=f"part of unseen tasks with a performance ({kind}) of {PERFORMANCE:g} in fewer "
            f"than {FEW_STEPS} steps, without the {easy.mean():.0%} in which the mean answer has "
            f"it; network: {network}; holds from one half; {OVER_TRAININGS}",
            reason="the mean answer has the performance in all tasks",
        ),
    ]
