"""What the questions share: tables of events, rows over subjects and for single recordings."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from neurosim import MissingData
from neurosim.decode.shuffles import is_significant
from neurosim.decode.trajectories import ESTIMATORS
from neurosim.files import flag_names, load
from neurosim.stats.summary import Row, dataset_to_rows, rows_to_dataset

BEFORE, AFTER = "pre", "post"


def available(
    paths: Sequence[Path], group: str | None = None
) -> tuple[dict[str, xr.Dataset], dict[str, str]]:
    """Load the files of all recordings.

    Returns
    -------
    data : dict of recording name to Dataset
    missing : dict of recording name to str
        Why a recording cannot answer.
    """
    data, missing = {}, {}
    for path in paths:
        try:
            data[path.stem] = load(path, group)
        except MissingData as gap:
            missing[path.stem] = str(gap)
    return data, missing


def event_table(events: Path, significance: Path, planted: Path, alpha: float) -> pd.DataFrame:
    """Put all that is known of a recording's candidate events into one table.

    Parameters
    ----------
    events, significance, planted : Path
        Outputs of the rules decode_events, shuffle_events and match_planted_events.
    alpha : float
        Level of each shuffle.

    Returns
    -------
    DataFrame
        A row an event: ``state``, ``phase``, ``direction``, ``duration`` s, ``significant``,
        ``compression_<estimator>``, and, for simulated recordings, ``planted_kind`` (``none``
        where nothing was planted) and ``planted_compression``.

    Raises
    ------
    MissingData
        If the recording has no such events.
    """
    decoded, tested = load(events), load(significance)
    table = pd.DataFrame(
        {
            "state": flag_names(decoded["state"]),
            "phase": flag_names(decoded["phase"]),
            "direction": flag_names(decoded["direction"]),
            "duration": decoded["stop"].values - decoded["start"].values,
            "significant": is_significant(tested["p_value"].values, alpha),
        }
    )
    for estimator in ESTIMATORS:
        table[f"compression_{estimator}"] = decoded["compression"].sel(estimator=estimator).values
    try:
        truth = load(planted)
    except MissingData:
        return table
    table["planted_kind"] = flag_names(truth["planted_kind"])
    table["planted_compression"] = truth["planted_compression"].values
    return table


def event_tables(
    events: Sequence[Path], significance: Sequence[Path], planted: Sequence[Path], alpha: float
) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """Make the event tables of all recordings; those that have none give the reason."""
    tables, missing = {}, {}
    for paths in zip(events, significance, planted, strict=True):
        try:
            tables[paths[0].stem] = event_table(*paths, alpha)
        except MissingData as gap:
            missing[paths[0].stem] = str(gap)
    return tables, missing


def is_simulated(table: pd.DataFrame) -> bool:
    """Whether a table of events comes with planted truth."""
    return "planted_kind" in table


def per_subject(
    tables: Mapping[str, pd.DataFrame], number: Callable[..., float], *options: str
) -> np.ndarray:
    """Compute ``number(table, *options)`` for each simulated subject (subject,)."""
    simulated = [table for table in tables.values() if is_simulated(table)]
    return np.array([number(table, *options) for table in simulated], dtype=float)


def result(rows: Sequence[Row], data: Mapping[str, xr.Dataset] | None = None) -> xr.DataTree:
    """Put the rows of a question under ``/summary`` and what its figure shows beside them."""
    groups = {"/summary": rows_to_dataset(rows)}
    groups |= {f"/{name}": dataset for name, dataset in (data or {}).items()}
    return xr.DataTree.from_dict(groups)


def rows_of(path: Path) -> list[Row]:
    """Read the rows that a question left in its file."""
    return dataset_to_rows(load(path, "summary"))


EVENT_COLUMNS = {
    "recording": ("", "recording"),
    "state": ("", "state"),
    "phase": ("", "phase of the session"),
    "direction": ("", "decoded direction"),
    "duration": ("s", "duration of the event"),
    "significant": ("1", "1 where the event passes every shuffle"),
    "planted_kind": ("", "what was planted"),
    "planted_compression": ("1", "planted compression"),
} | {f"compression_{estimator}": ("1", f"compression by {estimator}") for estimator in ESTIMATORS}


def events_dataset(tables: Mapping[str, pd.DataFrame]) -> xr.Dataset:
    """Put the event tables of all recordings into one Dataset (row)."""
    table = pd.concat([t.assign(recording=name) for name, t in tables.items()], ignore_index=True)
    variables = {}
    for name, (unit, long_name) in EVENT_COLUMNS.items():
        if name not in table:
            continue
        values = table[name]
        if values.dtype == bool:
            values = values.astype(np.int8)
        elif values.dtype.kind not in "if":
            values = values.astype(object).where(values.notna(), "")
        attributes = {"long_name": long_name} | ({"units": unit} if unit else {})
        variables[name] = ("row", values.to_numpy(), attributes)
    return xr.Dataset(variables)
