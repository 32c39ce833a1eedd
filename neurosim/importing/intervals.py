"""Tables of labelled intervals become the epochs of a recording.

A session has several tables: sleep states in one, what was run in another, drugs in a third. They
overlap, and a recording's epochs do not. So the session is cut wherever an interval begins or ends;
each piece takes its state, phase, environment and inactivation from the last table that says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from neurosim import NeurosimError
from neurosim.importing.epochs import Epoch, EpochColumns
from neurosim.importing.labels import Meaning

TOLERANCE = 1e-6  # s; intervals may overlap by so much where times were rounded


@dataclass(frozen=True)
class Labelled:
    """Intervals with meanings, out of one table.

    Attributes
    ----------
    name : str
        Of the table, for messages.
    start, stop : array (interval,)
        s.
    label : sequence of str
        (interval,)
    meanings : Mapping of label to Meaning
        Intervals with other labels are left out.
    """

    name: str
    start: np.ndarray
    stop: np.ndarray
    label: Sequence[str]
    meanings: Mapping[str, Meaning]


def combine(tables: Sequence[Labelled], path: Path) -> EpochColumns:
    """Cut a session into epochs.

    Parameters
    ----------
    tables : sequence of Labelled
        Later ones win over earlier ones.
    path : Path
        The file; the beginning of every message.

    Raises
    ------
    NeurosimError
        If two intervals of one table overlap and disagree, or no piece has a state.
    """
    kept = [_meaningful(table, path) for table in tables]
    edges = np.unique(np.concatenate([np.empty(0), *(np.r_[t.start, t.stop] for t in kept)]))
    edges = edges[np.concatenate([[True], np.diff(edges) > TOLERANCE])] if edges.size else edges
    n = max(edges.size - 1, 0)
    said = {field.name: np.full(n, None, dtype=object) for field in fields(Meaning)}
    for table in kept:
        for name, values in _said_by(table, edges, path).items():
            said[name] = np.where(values == None, said[name], values)  # noqa: E711
    pieces = [
        (float(edges[i]), float(edges[i + 1]), {name: said[name][i] for name in said})
        for i in range(n)
        if said["state"][i] is not None
    ]
    if not pieces:
        raise NeurosimError(
            f"{path}: expected intervals that say when the animal ran, rested or slept, found "
            "none that do; map their labels to states (--show writes a map to edit, --map uses "
            "it), or give --epoch START:STOP:STATE:PHASE:ENVIRONMENT"
        )
    return EpochColumns.of(_with_phases(_merged(pieces)))


def _meaningful(table: Labelled, path: Path) -> Labelled:
    """Leave intervals without meaning out, and check the times of the others."""
    keep = np.array(
        [bool(table.meanings.get(label, Meaning()).fields) for label in table.label], dtype=bool
    )
    start, stop = table.start[keep], table.stop[keep]
    wrong = np.flatnonzero(~(stop > start))  # NaN among them
    if wrong.size:
        raise NeurosimError(
            f"{path}: intervals {table.name!r}: expected stop after start, found {start[wrong[0]]} "
            f"to {stop[wrong[0]]} s; correct or remove that interval"
        )
    labels = [label for label, kept in zip(table.label, keep, strict=True) if kept]
    return Labelled(table.name, start, stop, labels, table.meanings)


def _said_by(table: Labelled, edges: np.ndarray, path: Path) -> dict[str, np.ndarray]:
    """What one table says of each piece (piece,), None where it does not."""
    middle = (edges[:-1] + edges[1:]) / 2
    said = {field.name: np.full(middle.size, None, dtype=object) for field in fields(Meaning)}
    for start, stop, label in zip(table.start, table.stop, table.label, strict=True):
        inside = slice(*np.searchsorted(middle, [start, stop]))
        for name, value in table.meanings[label].fields.items():
            other = [v for v in said[name][inside] if v is not None and v != value]
            if other:
                raise NeurosimError(
                    f"{path}: intervals {table.name!r}: expected intervals without overlap, found "
                    f"{label!r} from {start} to {stop} s ({name} {value}) where it is {other[0]} "
                    "already; trim them, or map one of the labels to null"
                )
            said[name][inside] = value
    return said


def _merged(pieces: list[tuple[float, float, dict]]) -> list[tuple[float, float, dict]]:
    """Join pieces that touch and say the same."""
    merged = pieces[:1]
    for start, stop, said in pieces[1:]:
        first, last, before = merged[-1]
        if said == before and start - last <= TOLERANCE:
            merged[-1] = (first, stop, before)
        else:
            merged.append((start, stop, said))
    return merged


def _with_phases(pieces: list[tuple[float, float, dict]]) -> list[Epoch]:
    """Fill in what was not said: before the first run is ``pre``, after it ``post``."""
    runs = [start for start, _, said in pieces if said["state"] == "run"]
    epochs = []
    for start, stop, said in pieces:
        default = "pre" if runs and start < runs[0] else "post"
        epochs.append(
            Epoch(
                start,
                stop,
                said["state"],
                said["phase"] or ("run" if said["state"] == "run" else default),
                said["environment"] or "none",
                said["inactivation"] or "none",
            )
        )
    return epochs
