"""What is kept of communication between networks, and how files of one instructor are joined.

Dimensions: ``regime`` (what the instructor and its writer were trained without), ``partner``
(trained on all tasks, or without the one that it is told), ``told`` (what it is told: a training
wording of the task, a written instruction, one of the written that is novel, or a copied
embedding), ``task``, ``message``, ``embedding``.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.stats.confusion import count_confusions
from neurosim.tasks.psychophysics.catalogue import TASKS

REGIMES = ("all", "held_out", "held_out_by_writer")
TOLD = ("wording", "instruction", "novel", "embedding")
_ABOUT = {
    "partner_performance": "part of a partner's trials done right",
    "message_performance": "part of a partner's trials done right with each message",
    "message_text": "instruction that was written",
    "message_understood": "task whose instruction it is, or other",
    "novel": "share of the messages that are none of the instructions the writer learned",
    "retold": "share of instructions that a writer gives back as wordings of the same task",
    "embedding_performance": "part of the instructor's trials done right with what it inferred",
    "batches_to_embedding": "batches until the criterion, infinite if it was not reached",
    "confusion": "messages by the task whose instruction they are",
    "writer_loss": "cross-entropy of a token in training",
}
_UNITS = {"writer_loss": "nats"}
_TEXTS = ("message_text", "message_understood")


def described(
    found: xr.Dataset, understood: Sequence[str], network: str, hold_out: str, number: int
) -> xr.Dataset:
    """Count who understood what, and say what each variable is.

    Parameters
    ----------
    found : Dataset (regime, task, ...)
        With ``message_understood`` (regime, task, message).
    understood : sequence of str
        Tasks of the study.
    network, hold_out, number
        Of the instructor.
    """
    tasks = found["task"].values.tolist()
    meant = np.repeat(tasks, found.sizes["message"]).tolist()
    counts = [
        count_confusions(meant, each.values.ravel().tolist(), understood)["count"].sel(meant=tasks)
        for each in found["message_understood"].transpose("regime", "task", "message")
    ]
    confusion = xr.concat(counts, found["regime"]).rename(meant="task")
    found = found.assign(confusion=confusion)
    found["partner_performance"] = found["partner_performance"].transpose(
        "regime", "partner", "told", "task"
    )
    for name, about in _ABOUT.items():
        units = {} if name in _TEXTS else {"units": _UNITS.get(name, "1")}
        found[name].attrs = {**units, "long_name": about}
    found.attrs = {"network": network, "hold_out": hold_out, "number": number}
    return found


def mean_or_nan(values: np.ndarray) -> np.ndarray:
    """Mean over the last axis of what is no NaN; NaN if nothing is."""
    known = ~np.isnan(values)
    n = known.sum(axis=-1)
    return np.where(n, np.where(known, values, 0).sum(axis=-1) / np.maximum(n, 1), np.nan)


def join_communication(found: Sequence[xr.Dataset]) -> xr.Dataset:
    """Join what one instructor's trainings with different hold-outs taught.

    Parameters
    ----------
    found : sequence of Dataset
        Of `communication.measure_communication`, with one network, number and setting, and each
        task once in each regime.

    Returns
    -------
    Dataset
        With all regimes, and all tasks in the order of the catalogue; where a task was not taught
        in a regime, numbers are NaN, counts 0 and texts empty. ``writer_loss`` is the mean of the
        regime's writers. The attribute ``hold_out`` names all.

    Raises
    ------
    NeurosimError
        If there is none, they are of different instructors, or a task is there twice.
    """
    _require_one_instructor(found)
    regimes = [r for r in REGIMES if any(r in each["regime"].values for each in found)]
    names = [t for t in TASKS if any(t in each["task"].values for each in found)]
    places = {"regime": regimes, "task": names}
    joined = found[0].drop_vars("writer_loss").map(_emptied, keep_attrs=True, places=places)
    for each in found:
        part = {key: each[key].values for key in places}
        for name in joined.data_vars:
            joined[name].loc[part] = each[name].transpose(*joined[name].dims).values
    losses = xr.concat([each["writer_loss"] for each in found], "file", join="outer")
    joined["writer_loss"] = losses.mean("file", keep_attrs=True).sel(regime=regimes)
    hold_outs = ", ".join(each.attrs["hold_out"] for each in found)
    return joined.assign_attrs({**found[0].attrs, "hold_out": hold_outs})


def _emptied(variable: xr.DataArray, places: dict[str, list[str]]) -> xr.DataArray:
    """Give a variable of the same kind with other regimes and tasks, and nothing in it."""
    kind = variable.dtype.kind
    empty = {"U": "", "O": "", "i": 0}.get(kind, np.nan)
    coords = {k: v for k, v in variable.coords.items() if k not in places}
    shape = [len(places[d]) if d in places else variable.sizes[d] for d in variable.dims]
    values = np.full(shape, empty, dtype=object if kind == "U" else variable.dtype)
    return xr.DataArray(values, {**coords, **places}, variable.dims, attrs=variable.attrs)


def _require_one_instructor(found: Sequence[xr.Dataset]) -> None:
    if not found:
        raise NeurosimError("communication: expected files of an instructor, found none")
    whose = sorted({f"{each.attrs['network']} {each.attrs['number']}" for each in found})
    if len(whose) > 1:
        raise NeurosimError(
            f"communication: expected files of one instructor, found those of {', '.join(whose)}"
        )
    for dim in ("message", "embedding", "epoch"):
        sizes = sorted({each.sizes[dim] for each in found})
        if len(sizes) > 1:
            raise NeurosimError(
                f"communication: expected files of one setting, found {sizes[0]} and {sizes[-1]} "
                f"of {dim}; measure them anew"
            )
    seen: set[tuple[str, str]] = set()
    for each in found:
        new = {(r, t) for r in each["regime"].values for t in each["task"].values}
        if new & seen:
            raise NeurosimError(
                "communication: expected each task once in each regime, found "
                f"{sorted(new & seen)[0]} in two files; leave one out"
            )
        seen |= new
