"""How well instructed networks do tasks that they were trained on, and ones that they never were.

Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5, figs. 2a and 2b.
"""

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from analysis.instruction_criterion import CRITERION, to_criterion
from analysis.instruction_data import (
    SETS,
    Measurements,
    by_task,
    curves_of,
    hold_outs_in,
    networks_in,
    task_table,
)
from analysis.instruction_learning_figure import draw
from analysis.instruction_neighbours import neighbour_rows, published_order
from analysis.instruction_order import order_rows
from analysis.instruction_published import published
from analysis.instruction_rows import (
    ALL_SETS,
    difference_rows,
    instruction_row,
    measured_tasks,
    none_rows,
    not_run_rows,
    over_tasks,
    said_of,
)
from analysis.instruction_set_up import set_up_rows
from analysis.results import result
from neurosim.stats.differences import mean_over_seeds
from neurosim.stats.intervals import Estimate, fraction_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row

__all__ = ["analyse", "draw"]

ANTI = "AntiDMMod1"  # the held-out task that the published figures follow
BASELINES = {
    "withholding": "never responds, whatever it is told",
    "neighbour": "told as the trained task whose instruction does best for it on other trials",
}


def analyse(measured: Measurements, references: Mapping[str, Reference]) -> xr.DataTree:
    """Rows of trained tasks, of held-out ones at first sight, and of learning these.

    Parameters
    ----------
    measured : Measurements
    references : Mapping of id to Reference

    Returns
    -------
    DataTree
        ``/summary``; ``/performance``: ``training`` and ``zero_shot`` (network, task), means over
        trainings, and the published means; ``/curves``: ``performance`` (network, task, batch).
    """
    table = task_table(measured.held_out)
    rows: list[Row] = []
    for network in networks_in(measured.held_out):
        for condition, hold_out in groups(measured):
            rows += _trained(measured, table, network, condition, hold_out)
        for condition, hold_out in groups(measured, without=False):
            rows += _zero_shot(measured, table, network, condition, hold_out, references)
        rows += _one_task(measured, table, network, references)
        rows += to_criterion("batches_to_criterion", measured, measured.held_out, network)
    rows += _withheld(measured, table) + _differences(measured, table)
    rows += order_rows(measured, table, networks_in(measured.held_out))
    for quantity in ("training_performance", "zero_shot", "zero_shot_anti_dm_mod1"):
        rows += not_run_rows(quantity, measured, references, rows)
    rows += none_rows("batches_to_criterion", measured, rows, "no task was held out at this scale")
    rows += set_up_rows(measured, references)
    return result(rows, _shown(measured, table, references))


def groups(measured: Measurements, without: bool = True) -> list[tuple[str, str]]:
    """Give conditions, each with the hold-outs it takes: all sets together, and every one.

    With `without` also the networks that were trained on everything, if there are any.
    """
    sets = hold_outs_in(measured.held_out)
    together = [(ALL_SETS, SETS)] if sets else []
    all_tasks = hold_outs_in(measured.held_out, "none") if without else []
    everything = [("nothing held out", name) for name in all_tasks]
    return together + [(name, name) for name in sets] + everything


def _trained(
    measured: Measurements, table: pd.DataFrame, network: str, condition: str, hold_out: str
) -> list[Row]:
    """Rows of trained tasks: their mean, the worst one, and how many reach the criterion."""
    values = by_task(table, "training", network, hold_out)
    if values.empty:
        return []
    means = values.mean()
    reached = (means >= CRITERION).to_numpy(float)
    where = measured.condition(condition)
    worst = str(means.idxmin())
    return [
        instruction_row(
            "training_performance",
            where,
            network,
            over_tasks(values),
            test=said_of(values, "tasks that were trained, told as in training"),
        ),
        instruction_row(
            "worst_trained_task",
            where,
            network,
            fraction_interval(values[worst].to_numpy()),
            n_unit="training",
            test=f"lowest of {means.size} trained tasks: {worst}; t interval over trainings",
        ),
        instruction_row(
            "tasks_at_criterion",
            where,
            network,
            Estimate(float(reached.mean()), NAN, NAN, reached.size),
            test=f"share of trained tasks with at least {CRITERION:.0%} of trials done right, "
            f"{int(reached.sum())} of {reached.size}; of the mean over trainings",
        ),
    ]


def _zero_shot(
    measured: Measurements,
    table: pd.DataFrame,
    network: str,
    condition: str,
    hold_out: str,
    references: Mapping[str, Reference],
) -> list[Row]:
    """Rows of held-out tasks, and of what the best trained task's instruction does for them."""
    rows = []
    where = measured.condition(condition)
    values = by_task(table, "zero_shot", network, hold_out)
    if not values.empty:
        known = published(references, "zero_shot", network) if condition == ALL_SETS else None
        what = (
            f"tasks that were never trained, at first sight; {_which(measured, network, hold_out)}"
        )
        rows.append(
            instruction_row(
                "zero_shot",
                where,
                network,
                over_tasks(values),
                reference=known,
                tasks=measured_tasks(values),
                test=said_of(values, what),
            )
        )
    best = by_task(table, "neighbour", network, hold_out)
    if not best.empty:
        test = said_of(best, f"tasks that were never trained, {BASELINES['neighbour']}")
        estimator = f"{network},neighbour"
        rows.append(instruction_row("zero_shot", where, estimator, over_tasks(best), test=test))
    return rows


def _which(measured: Measurements, network: str, hold_out: str) -> str:
    own = [data for data in measured.held_out if data.attrs["network"] == network]
    sets = hold_outs_in(own) if hold_out == SETS else [hold_out]
    return "held out: " + ", ".join(name.replace("_", " ") for name in sets)


def _withheld(measured: Measurements, table: pd.DataFrame) -> list[Row]:
    """Rows of never responding, which is the same for all networks but for the trials drawn."""
    rows = []
    for condition, hold_out in groups(measured, without=False):
        all_networks = table[table.measure == "withholding"].assign(network="any")
        values = by_task(all_networks, "withholding", "any", hold_out)
        if not values.empty:
            test = said_of(values, BASELINES["withholding"])
            rows.append(
                instruction_row(
                    "zero_shot",
                    measured.condition(condition),
                    "withholding",
                    over_tasks(values),
                    test=test,
                )
            )
    return rows


def _one_task(
    measured: Measurements, table: pd.DataFrame, network: str, references: Mapping[str, Reference]
) -> list[Row]:
    """Row of the task whose single performance was published."""
    values = by_task(table, "zero_shot", network)
    if ANTI not in values:
        return []
    quantity = "zero_shot_anti_dm_mod1"
    return [
        instruction_row(
            quantity,
            measured.condition(ALL_SETS),
            network,
            fraction_interval(values[ANTI].to_numpy()),
            n_unit="training",
            reference=published(references, quantity, network),
            tasks=measured_tasks(values),
            test=f"{ANTI}, never trained, at first sight; t interval over trainings",
        )
    ]


def _differences(measured: Measurements, table: pd.DataFrame) -> list[Row]:
    """Rows of differences to SIMPLENET over tasks, and between neighbours as published."""
    names = networks_in(measured.held_out)
    values = {name: by_task(table, "zero_shot", name) for name in names}
    what, where = "zero-shot performance", measured.condition(ALL_SETS)
    rows = difference_rows("zero_shot_difference", where, values, what=what)
    return rows + neighbour_rows("zero_shot_welch", where, values, published_order(names), what)


def _shown(
    measured: Measurements, table: pd.DataFrame, references: Mapping[str, Reference]
) -> dict[str, xr.Dataset]:
    """Datasets of the figure."""
    names = networks_in(measured.held_out)
    about = {"units": "1", "long_name": "part of the trials done right"}
    parts = {}
    for measure in ("training", "zero_shot", "withholding"):
        means = {
            name: pd.Series(mean_over_seeds(values.to_numpy()), values.columns, dtype=float)
            for name in names
            if not (values := by_task(table, measure, name)).empty
        }
        shown = pd.DataFrame(means).T.reindex(names)
        dims = {"network": shown.index, "task": shown.columns}
        parts[measure] = xr.DataArray(shown.to_numpy(float), dims, ("network", "task"), attrs=about)
    performance = xr.Dataset(parts)
    known = [published(references, "zero_shot", name) for name in names]
    means = [NAN if each is None else each.value for each in known]
    performance["published"] = ("network", means, about)
    curves = {name: curves_of(measured.held_out, name) for name in names}
    curves = {name: curve for name, curve in curves.items() if curve.size}
    groups_shown = {"performance": performance}
    if curves:
        along = xr.Variable("network", list(curves))
        joined = xr.concat(list(curves.values()), dim=along, join="outer")
        groups_shown["curves"] = xr.Dataset({"performance": joined.assign_attrs(about)})
    return groups_shown
