"""What instructed networks do when they are told otherwise than the experiment has it.

In other words, wrongly, by arithmetic on what related tasks are told, with a whole family held
out; and what can be learned by input weights alone, and what a condition in an instruction costs
(Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5, figs. 2c to 2f and supplement).
"""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
import xarray as xr

from analysis.instruction_conditional import conditional_rows
from analysis.instruction_controls_figure import draw
from analysis.instruction_controls_shown import controls_shown
from analysis.instruction_criterion import to_criterion
from analysis.instruction_data import (
    FAMILIES,
    Measurements,
    by_task,
    curves_of,
    hold_outs_in,
    networks_in,
    task_table,
)
from analysis.instruction_learning import groups
from analysis.instruction_published import published
from analysis.instruction_rows import (
    ALL_FAMILIES,
    ALL_SETS,
    RULES,
    as_published,
    difference_rows,
    effect_words,
    instruction_row,
    measured_tasks,
    none_rows,
    not_run_rows,
    over_tasks,
    paired,
    said_of,
)
from analysis.results import result
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row

__all__ = ["analyse", "draw"]

N_LAST = 5  # batches that the performance at the end of learning is the mean of
TUNED = ",tuned"  # ends the name of a network whose language model was trained too
TOLD = {  # how held-out tasks are told: measure, and what it is in words
    "zero_shot": "as they are",
    "zero_shot_validation": "in words kept for validation",
    "swapped": "as other tasks that were held out",
    "composed": "by a - b + c of related tasks (mean over up to four compositions; the published "
    "uses one)",
}
TAUTOLOGY = "structurenet"  # its rules are sums, so that composed ones are those it is told anyway
SAID = f"a tautology of {TAUTOLOGY}: a - b + c is exactly what it is told"
NEEDED = {  # what a row needs that no published network asks for
    "conditional_deficit": "two held-out tasks of either kind are needed, with and without a "
    "condition in their instructions",
    "input_weights_only": "no task was learned by input weights at this scale",
}


def analyse(measured: Measurements, references: Mapping[str, Reference]) -> xr.DataTree:
    """Rows of all controls.

    Parameters
    ----------
    measured : Measurements
    references : Mapping of id to Reference

    Returns
    -------
    DataTree
        ``/summary``; ``/told``: performance of held-out tasks (network, measure) and its interval
        over tasks; ``/families`` the same by family; ``/curves`` (network, task, batch) of input
        weights; ``/deficit`` (network) and its ``null`` (network, split).
    """
    table = task_table(measured.held_out)
    names = networks_in(measured.held_out)
    rows: list[Row] = []
    for network in names:
        for condition, hold_out in groups(measured):
            if network.split(",")[0] not in RULES:
                rows += _row("validation_performance", "validation", measured, table, network,
                             condition, hold_out, references)  # fmt: skip
        for condition, hold_out in groups(measured, without=False):
            for measure in _ways(network):
                quantity = f"zero_shot_{measure.removeprefix('zero_shot_')}"
                rows += _row(quantity, measure, measured, table, network, condition, hold_out,
                             references)  # fmt: skip
        rows += _families(measured, table, network, references)
        rows += _gaps(measured, table, network)
        rows += _input_weights(measured, network)
    rows += _tuned(measured, table, references)
    values = {name: by_task(table, "zero_shot", name, FAMILIES) for name in names}
    rows += difference_rows("family_difference", measured.condition(ALL_FAMILIES), values,
                            base="structurenet", what="held-out families")  # fmt: skip
    rows += conditional_rows(measured, table, references)
    for quantity in ("validation_performance", "zero_shot_swapped", "zero_shot_composed",
                     "zero_shot_tuned", "conditional_deficit_t"):  # fmt: skip
        rows += not_run_rows(quantity, measured, references, rows)
    rows += not_run_rows("zero_shot_family", measured, references, rows, ALL_FAMILIES)
    for quantity, reason in NEEDED.items():
        rows += none_rows(quantity, measured, rows, reason)
    return result(rows, controls_shown(measured, table))


def _ways(network: str) -> list[str]:
    """Ways of telling other than in training; of a rule there is no other wording."""
    ways = list(TOLD)[1:]
    return ways[1:] if network.split(",")[0] in RULES else ways


def _row(
    quantity: str,
    measure: str,
    measured: Measurements,
    table: pd.DataFrame,
    network: str,
    condition: str,
    hold_out: str,
    references: Mapping[str, Reference],
) -> list[Row]:
    """Row of a measure of tasks, none if nothing was measured."""
    values = by_task(table, measure, network, hold_out)
    if values.empty:
        return []
    together = condition in (ALL_SETS, ALL_FAMILIES)
    what = f"tasks that were never trained, told {TOLD[measure]}" if measure in TOLD else (
        "tasks that were trained, told in words kept for validation"
    )  # fmt: skip
    if measure == "composed" and network == TAUTOLOGY:
        what += f"; {SAID}"
    held_out = by_task(table, "zero_shot", network, hold_out)
    return [
        instruction_row(
            quantity,
            measured.condition(condition),
            network,
            over_tasks(values),
            reference=published(references, quantity, network) if together else None,
            tasks=measured_tasks(held_out if measure == "validation" else values),
            test=said_of(values, what),
            reason="no task could be told that way",
        )
    ]


def _families(
    measured: Measurements, table: pd.DataFrame, network: str, references: Mapping[str, Reference]
) -> list[Row]:
    """Rows of tasks whose whole family was held out."""
    names = hold_outs_in(measured.held_out, FAMILIES)
    chosen = [(ALL_FAMILIES, FAMILIES), *((name, name) for name in names)] if names else []
    rows = []
    for condition, hold_out in chosen:
        found = _row("zero_shot_family", "zero_shot", measured, table, network, condition,
                     hold_out, references)  # fmt: skip
        told = f"{len(names)} of 12 families held out, one at a time; "
        rows += [replace(row, test=told + row.test) for row in found]
    return rows


def _gaps(measured: Measurements, table: pd.DataFrame, network: str) -> list[Row]:
    """Rows of what each way of telling costs, over the same tasks."""
    rows = []
    right = by_task(table, "zero_shot", network)
    for quantity, measure in (("swapped_drop", "swapped"), ("composed_drop", "composed")):
        other = by_task(table, measure, network)
        if other.empty or right.empty:
            continue
        gap, p_value = paired(right, other), NAN
        said = f"told as they are less told {TOLD[measure]}, paired over tasks"
        if measure == "composed" and network == TAUTOLOGY:
            said += f"; {SAID}, so that only trials differ, and nothing is tested"
        else:
            said += f"; paired t test; {effect_words(gap)}; {as_published(right, other)}"
            p_value = gap.p_value
        rows.append(
            instruction_row(
                quantity,
                measured.condition(ALL_SETS),
                network,
                gap.difference,
                test=said,
                p_value=p_value,
                reason="no task could be told that way",
            )
        )
    return rows


def _input_weights(measured: Measurements, network: str) -> list[Row]:
    """Rows of held-out tasks that are learned by the weights of the inputs alone."""
    curves = curves_of(measured.input_learning, network)
    if not curves.size:
        return []
    last = curves.isel(batch=slice(-N_LAST, None)).mean("batch")
    values = pd.DataFrame(last.values[None], columns=last["task"].values)
    n = curves.sizes["batch"]
    row = instruction_row(
        "input_weights_only",
        measured.condition(ALL_SETS),
        network,
        over_tasks(values),
        test=f"mean of the last {min(N_LAST, n)} of {n} batches of tasks that were never trained, "
        "the recurrent weights and the read-out as they were; t interval over tasks",
    )
    batches = to_criterion("input_weights_batches", measured, measured.input_learning, network)
    return [row, *batches]


def _tuned(
    measured: Measurements, table: pd.DataFrame, references: Mapping[str, Reference]
) -> list[Row]:
    """Rows of networks whose language model was trained too."""
    rows = []
    for network in networks_in(measured.held_out):
        values = by_task(table, "zero_shot", network)
        if TUNED not in network or values.empty:
            continue
        base = network.replace(TUNED, "")
        untuned = by_task(table, "zero_shot", base)
        gain = paired(values, untuned)
        rows.append(
            instruction_row(
                "zero_shot_tuned",
                measured.condition(ALL_SETS),
                base,
                over_tasks(values),
                reference=published(references, "zero_shot_tuned", base),
                tasks=measured_tasks(values),
                test=said_of(values, "the last layers of its language model were trained too")
                + f"; {gain.difference.value:+.3f} beside the frozen one, paired t test over "
                "tasks",
                p_value=gain.p_value,
            )
        )
    return rows
