"""Cross-condition generalisation by layer, where tasks are told as others, and what it goes with.

Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5, figs. 3e and 3f.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from analysis.instruction_data import Measurements, as_table, by_task, networks_in
from analysis.instruction_rows import (
    ALL_SETS,
    as_published,
    effect_words,
    instruction_row,
    is_control,
    over_tasks,
    paired,
    said_of,
)
from neurosim.stats.differences import mean_over_seeds
from neurosim.stats.intervals import Estimate
from neurosim.stats.summary import NAN, Row

PUBLISHED, UNIT = "published", "unit"  # scalings of vectors before they are decoded
NETWORK = "network"  # layer: units at stimulus onset
FROZEN = ("hidden_", "features")  # how layers begin that no training changes
SHARED = "tasks share decodings, so that intervals over them are somewhat too narrow"
HELD_OUT, TRAINED, SWAPPED = "held out", "trained", "swapped"


def measure_of(layer: str, scaling: str, kind: str) -> str:
    """Name a CCGP in a table of measures."""
    return f"{layer},{scaling},{kind}"


def ccgp_table(datasets: Sequence[xr.Dataset]) -> pd.DataFrame:
    """Put the CCGP of every task into one table: a row a network, hold-out, task and layer.

    Parameters
    ----------
    datasets : sequence of Dataset
        With ``ccgp`` (layer, scaling, task), ``is_held_out`` (task), and ``ccgp_swapped``
        (scaling, task) of held-out tasks.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`; measures are named by `measure_of`.
    """
    rows = []
    for data in datasets:
        about = (data.attrs["network"], data.attrs["hold_out"], int(data.attrs["number"]))
        kinds = [HELD_OUT if left_out else TRAINED for left_out in data["is_held_out"].values]
        tasks = data["task"].values.astype(str)
        for layer, scaling, scores in _scores(data):
            rows += [
                (*about, task, measure_of(layer, scaling, kind), score)
                for task, kind, score in zip(tasks, kinds, scores, strict=True)
            ]
        if "ccgp_swapped" in data:
            for scaling in data["scaling"].values.astype(str):
                scores = data["ccgp_swapped"].sel(scaling=scaling).values.astype(float)
                rows += [
                    (*about, task, measure_of(NETWORK, scaling, SWAPPED), score)
                    for task, kind, score in zip(tasks, kinds, scores, strict=True)
                    if kind == HELD_OUT
                ]
    return as_table(rows)


def _scores(data: xr.Dataset) -> Iterator[tuple[str, str, np.ndarray]]:
    for layer in data["layer"].values.astype(str):
        for scaling in data["scaling"].values.astype(str):
            yield (
                layer,
                scaling,
                data["ccgp"].sel(layer=layer, scaling=scaling).values.astype(float),
            )


def layers_of(measured: Measurements, network: str) -> list[str]:
    """Layers of a network, from the words to its units."""
    own = [data for data in measured.representation if data.attrs["network"] == network]
    return list(dict.fromkeys(layer for data in own for layer in data["layer"].values.astype(str)))


def is_frozen(layer: str) -> bool:
    """Whether a layer is the same with all hold-outs: words as they are read, before training."""
    return layer.startswith(FROZEN)


def layer_estimate(layer: str, values: pd.DataFrame) -> Estimate:
    """Mean over tasks (number, task), with an interval where training made the layer."""
    found = over_tasks(values)
    return Estimate(found.value, NAN, NAN, found.n) if is_frozen(layer) else found


def layer_rows(measured: Measurements, table: pd.DataFrame, network: str) -> list[Row]:
    """Rows of every layer as published; of the last two also of vectors brought to one size."""
    wanted = [(layer, PUBLISHED, HELD_OUT) for layer in layers_of(measured, network)]
    wanted += [("information", UNIT, HELD_OUT), (NETWORK, UNIT, HELD_OUT)]
    wanted += [(NETWORK, PUBLISHED, TRAINED)]
    rows = []
    for layer, scaling, kind in wanted:
        values = by_task(table, measure_of(layer, scaling, kind), network)
        if values.empty:
            continue
        measured_of = values.dropna(axis=1, how="all")
        over = f"{said_of(measured_of)}; {SHARED}"
        if is_frozen(layer):
            over = "no interval: the layer is frozen, one embedding for all sets, and tasks share "
            over += "decodings"
        size = "as they are" if scaling == PUBLISHED else "brought to one size"
        parts = [layer, *([UNIT] if scaling == UNIT else []), *([kind] if kind == TRAINED else [])]
        rows.append(
            instruction_row(
                "ccgp",
                measured.condition(ALL_SETS, *parts),
                network,
                layer_estimate(layer, values),
                test=f"tasks that were {'never ' * (kind == HELD_OUT)}trained; linear decoders of "
                f"vectors {size}, trained on one pair of tasks and tested on like pairs "
                f"(chance 0.5); {over}",
                reason="no held-out task has a like pair among the tasks of the study",
            )
        )
    return rows


def swapped_rows(measured: Measurements, table: pd.DataFrame, network: str) -> list[Row]:
    """Row of what is lost where held-out tasks are told as others."""
    told, swapped = (
        by_task(table, measure_of(NETWORK, PUBLISHED, kind), network)
        for kind in (HELD_OUT, SWAPPED)
    )
    if swapped.empty:
        return []
    lost = paired(told, swapped)
    return [
        instruction_row(
            "ccgp",
            measured.condition(ALL_SETS, NETWORK, SWAPPED),
            network,
            over_tasks(swapped),
            test=f"{said_of(swapped, 'tasks that were never trained, told as others')}; {SHARED}",
        ),
        instruction_row(
            "ccgp_swapped_drop",
            measured.condition(ALL_SETS, NETWORK),
            network,
            lost.difference,
            test="told as they are less told as other held-out tasks, paired over tasks; paired t "
            f"test; {effect_words(lost)}; {as_published(told, swapped)}; {SHARED}",
            p_value=lost.p_value,
        ),
    ]


def task_means(
    measured: Measurements, table: pd.DataFrame, performance: pd.DataFrame
) -> pd.DataFrame:
    """CCGP of units and zero-shot performance of held-out tasks, means over trainings.

    Returns
    -------
    DataFrame
        Columns network, task, ccgp and zero_shot; controls and tasks without one are left out.
    """
    measure = measure_of(NETWORK, PUBLISHED, HELD_OUT)
    rows = []
    for network in networks_in(measured.representation):
        if is_control(network):
            continue
        ccgp, right = by_task(table, measure, network), by_task(performance, "zero_shot", network)
        shared = ccgp.columns.intersection(right.columns)
        if shared.empty:
            continue
        means = [mean_over_seeds(values[shared].to_numpy()) for values in (ccgp, right)]
        rows += [(network, *each) for each in zip(shared, *means, strict=True)]
    found = pd.DataFrame(rows, columns=["network", "task", "ccgp", "zero_shot"])
    return found.dropna(ignore_index=True)
