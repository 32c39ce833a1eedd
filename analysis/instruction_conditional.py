"""What a condition in an instruction costs: "if ... then" beside plain imperatives.

Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5, fig. 2f.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from analysis.instruction_data import Measurements, by_task, in_both, networks_in
from analysis.instruction_published import published
from analysis.instruction_rows import ALL_SETS, effect_words, instruction_row, measured_tasks
from analysis.reverse_models import corrected
from neurosim.seeds import generator
from neurosim.stats.conditional_deficit import ConditionalDeficit, compare_deficits, measure_deficit
from neurosim.stats.intervals import Estimate
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row
from neurosim.tasks.psychophysics.catalogue import TASKS

OVER = "structurenet"  # does deduction without language
SEED = 0  # of the random splits, which are the same for all networks
FEWEST = 2  # tasks of a kind
WITHHOLDING = "withholding"  # estimator: never responds


def conditional_rows(
    measured: Measurements, table: pd.DataFrame, references: Mapping[str, Reference]
) -> list[Row]:
    """Rows of the deficit of each network, and of how much larger it is than without language."""
    values = {name: by_task(table, "zero_shot", name) for name in networks_in(measured.held_out)}
    values = {name: each for name, each in values.items() if _has_both(each)}
    rows = _of_withholding(measured, table)
    for network, each in values.items():
        rows += _of_network(measured, network, each, references)
    return rows + _over_structure(measured, values)


def withheld(table: pd.DataFrame) -> pd.DataFrame:
    """Performance (number, task) of never responding; that of all networks but for the trials."""
    own = table[table.measure == "withholding"].assign(network=WITHHOLDING)
    return by_task(own, "withholding", WITHHOLDING)


def _of_withholding(measured: Measurements, table: pd.DataFrame) -> list[Row]:
    """Row of what is left of the deficit where a network does nothing at all."""
    values = withheld(table)
    if not _has_both(values):
        return []
    found = deficit_of(values).over_tasks
    return [
        instruction_row(
            "conditional_deficit",
            measured.condition(ALL_SETS),
            WITHHOLDING,
            found.difference,
            test="conditional less imperative tasks where nothing is ever responded: the floor, "
            "since many conditional trials call for no response; Welch's interval over tasks",
        )
    ]


def _has_both(values: pd.DataFrame) -> bool:
    if values.empty:
        return False
    kind = is_conditional(values)
    return min(kind.sum(), (~kind).sum()) >= FEWEST


def is_conditional(values: pd.DataFrame) -> np.ndarray:
    """Whether the instruction of each task (task,) is a condition."""
    return np.array([TASKS[str(task)].conditional for task in values.columns], dtype=bool)


def deficit_of(values: pd.DataFrame) -> ConditionalDeficit:
    """Measure the deficit of a network (number, task) beside random splits of the tasks."""
    rng = generator(SEED, "instruction", "conditional_deficit")
    return measure_deficit(values.to_numpy(), is_conditional(values), rng)


def _of_network(
    measured: Measurements,
    network: str,
    values: pd.DataFrame,
    references: Mapping[str, Reference],
) -> list[Row]:
    found, kind = deficit_of(values), is_conditional(values)
    where, n_splits = measured.condition(ALL_SETS), len(found.null)
    t = found.against_null
    return [
        instruction_row(
            "conditional_deficit",
            where,
            network,
            found.over_tasks.difference,
            test=f"zero-shot performance of {kind.sum()} conditional tasks less that of "
            f"{(~kind).sum()} imperative ones; Welch's interval over tasks; p: share of {n_splits} "
            f"random splits that differ as much; {effect_words(found.over_tasks)}",
            p_value=found.p_value,
        ),
        instruction_row(
            "conditional_deficit_t",
            where,
            network,
            Estimate(t.t, NAN, NAN, found.by_seed.size),
            n_unit="training",
            reference=published(references, "conditional_deficit_t", network),
            tasks=measured_tasks(values),
            test=f"Welch's t of {found.by_seed.size} trainings against {n_splits} random splits, "
            "as published; splits of the same tasks are not independent of each other",
            p_value=t.p_value,
            reason="the published t test needs two trainings that differ",
        ),
    ]


def _over_structure(measured: Measurements, values: Mapping[str, pd.DataFrame]) -> list[Row]:
    """Rows of the deficit that a network has beyond that of the one without language."""
    if OVER not in values:
        return []
    found = {}
    for network, each in values.items():
        own, other = in_both(each, values[OVER])
        if network != OVER and _has_both(own):
            args = own.to_numpy(), other.to_numpy(), is_conditional(own)
            found[network] = compare_deficits(*args)
    p_values = corrected({name: each.p_value for name, each in found.items()})
    return [
        instruction_row(
            "conditional_deficit_difference",
            measured.condition(ALL_SETS, f"over={OVER}"),
            name,
            each.difference,
            test=f"deficit less that of {OVER}: the lead over it, conditional less imperative "
            f"tasks; Welch's t over tasks, Holm over networks; {effect_words(each)}",
            p_value=p_values[name],
        )
        for name, each in found.items()
    ]


def deficits_of(measured: Measurements, table: pd.DataFrame) -> xr.Dataset:
    """Deficit of each network with its interval, and those of random splits, for the figure."""
    names, found = [], []
    for name in networks_in(measured.held_out):
        values = by_task(table, "zero_shot", name)
        if _has_both(values):
            names.append(name)
            found.append(deficit_of(values))
    if not names:
        return xr.Dataset()
    about = {"units": "1", "long_name": "performance of conditional less imperative tasks"}
    differences = [each.over_tasks.difference for each in found]
    data = {
        part: ("network", [getattr(each, part) for each in differences], about)
        for part in ("value", "low", "high")
    }
    null = [each.null.mean(axis=1) for each in found]
    data["null"] = (("network", "split"), np.array(null), about)
    floor = withheld(table)
    if _has_both(floor):
        data["withholding"] = ((), deficit_of(floor).over_tasks.difference.value, about)
    return xr.Dataset(data, {"network": names})
