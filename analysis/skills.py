"""What an external memory is good for: to copy a sequence, and to recall what went with what."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from analysis.memory_rows import READS_ZERO, memory_row
from analysis.results import result
from analysis.skills_figure import draw
from neurosim.stats.intervals import fraction_interval
from neurosim.stats.summary import Row

__all__ = ["analyse", "draw"]

MEMORY, PLAIN = "memory", "lstm"


def analyse(skills: Mapping[str, xr.Dataset], traces: Mapping[str, xr.Dataset]) -> xr.DataTree:
    """Rows of the share of bits, and of whole sequences, that are right on fresh episodes.

    Parameters
    ----------
    skills : Mapping of name to Dataset (network, seed, length)
        From `neurosim.models.skill_study.compare_on_skill`.
    traces : Mapping of name to Dataset (step, ...)
        An episode of a trained agent each, with its memory.

    Returns
    -------
    DataTree
        ``/summary``; a group a skill with its ``learning``, and below it the ``trace``.
    """
    rows = [row for data in skills.values() for row in _rows_of(data)]
    shown = {}
    for name, data in skills.items():
        shown[name] = data[["learning"]].drop_attrs(deep=False).assign_attrs(
            skill=data.attrs["skill"], trained_length=data.attrs["trained_length"]
        )  # fmt: skip
        shown[f"{name}/trace"] = traces[name].drop_attrs(deep=False)
    return result(rows, shown)


def network_of(estimator: str) -> str:
    """Name the network of a row: ``memory`` or ``lstm``."""
    return estimator.partition(",")[0]


def is_trained_length(data: xr.Dataset, length: int) -> bool:
    """Whether a length is the one that was trained."""
    return int(data.attrs["trained_length"]) == length


def condition_of(data: xr.Dataset, network: str, length: int) -> str:
    """Word memory or none, the tested length, and what else differs from the training."""
    parts = ["with" if network_of(network) == MEMORY else "without", f"length={length}"]
    if not is_trained_length(data, length):
        parts.append(f"trained={int(data.attrs['trained_length'])}")
    if network.endswith(READS_ZERO):
        parts.append(READS_ZERO)
    return ",".join(parts)


def right(data: xr.Dataset, name: str, network: str, length: int | None = None) -> np.ndarray:
    """Share (seed,) that is right at a length, by default the trained one."""
    length = int(data.attrs["trained_length"]) if length is None else length
    return data[name].sel(network=network, length=length).values.astype(float)


def _rows_of(data: xr.Dataset) -> list[Row]:
    skill, rows = data.attrs["skill"], []
    for network in data["network"].values.astype(str):
        n_updates = int(data["n_updates"].sel(network=network))
        test = f"t interval over trainings of {n_updates} updates each; chance is 0.5"
        for length in data["length"].values.tolist():
            condition = condition_of(data, network, length)
            bits, whole = (right(data, n, network, length) for n in ("bits", "sequences"))
            rows += [
                memory_row(
                    quantity,
                    where,
                    network_of(network),
                    values,
                    test=test,
                    estimate=fraction_interval(values),
                )
                for quantity, where, values in (
                    (f"{skill}_accuracy", condition, bits),
                    ("sequence_accuracy", f"{skill},{condition}", whole),
                )
            ]
    return rows
