"""What the questions share: tables of events, rows over subjects and for single recordings."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from neurosim import MissingData
from neurosim.decode.event_dynamics import best_dynamics
from neurosim.decode.event_tests import CALIBRATED, passes
from neurosim.decode.trajectories import ESTIMATORS
from neurosim.files import flag_names, load
from neurosim.stats.intervals import Estimate, mean_interval, proportion_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row, dataset_to_rows, make_row, rows_to_dataset

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


@dataclass(frozen=True)
class Quantity:
    """A number that every recording can be asked for.

    Attributes
    ----------
    study, name, unit, estimator, origin : str
        Columns of the summary; `origin` is that of simulated recordings, imported ones are
        measured.
    interval : callable
        Estimate over simulated subjects from their numbers (subject,).
    test : str
        What that interval is.
    single_unit, single_test : str
        What was counted within an imported recording, and what its interval is.
    """

    study: str
    name: str
    unit: str
    estimator: str
    origin: str
    interval: Callable[[np.ndarray], Estimate] = mean_interval
    test: str = "t interval over subjects"
    single_unit: str = "recording"
    single_test: str = "none: one recording"


@dataclass(frozen=True)
class Answer:
    """What one recording answers.

    Attributes
    ----------
    estimate : Estimate
        The number; of a simulated subject only the value is used.
    truth : float
        What was planted.
    """

    estimate: Estimate
    truth: float = NAN


def rows_of_quantity(
    quantity: Quantity,
    condition: str,
    answers: Mapping[str, Answer],
    missing: Mapping[str, str],
    simulated: Sequence[str],
    reference: Reference | None = None,
    nothing: str = "no data",
) -> list[Row]:
    """Build the rows of a quantity: one over simulated subjects, one for each imported recording.

    Parameters
    ----------
    quantity : Quantity
    condition : str
        Condition of the rows; imported recordings add their name.
    answers : Mapping of recording name to Answer
    missing : Mapping of recording name to str
        Why a recording cannot answer.
    simulated : sequence of str
        Names of the simulated subjects.
    reference : Reference, optional
    nothing : str
        The reason given where a recording was asked and had nothing to count.

    Returns
    -------
    list of Row
        Where there is no number the row says ``not run`` and why.
    """
    subjects = [answers[name] for name in simulated if name in answers]
    rows = []
    if subjects or any(name in missing for name in simulated):
        values = np.array([answer.estimate.value for answer in subjects], dtype=float)
        truths = np.array([answer.truth for answer in subjects], dtype=float)
        rows.append(
            make_row(
                quantity.study,
                quantity.name,
                condition=condition,
                estimator=quantity.estimator,
                estimate=quantity.interval(values),
                origin=quantity.origin,
                unit=quantity.unit,
                n_unit="subject",
                truth=quantity.interval(truths).value,
                reference=reference,
                test=quantity.test,
                reason=next((missing[n] for n in simulated if n in missing), nothing),
            )
        )
    imported = [name for name in (*answers, *missing) if name not in simulated]
    for name in imported:
        empty = Answer(Estimate(NAN, NAN, NAN, 0))
        rows.append(
            make_row(
                quantity.study,
                quantity.name,
                condition=",".join(filter(None, (condition, f"recording={name}"))),
                estimator=quantity.estimator,
                estimate=answers.get(name, empty).estimate,
                origin="measured",
                unit=quantity.unit,
                n_unit=quantity.single_unit,
                reference=reference,
                test=quantity.single_test,
                reason=missing.get(name, nothing),
            )
        )
    return rows


def share(successes: pd.Series, *, single: bool) -> Estimate:
    """Fraction of events; with an interval only where one recording stands for itself."""
    if single:
        return proportion_interval(successes.to_numpy(bool))
    return Estimate(float(successes.mean()) if len(successes) else NAN, NAN, NAN, len(successes))


@dataclass(frozen=True)
class EventTables:
    """Candidate events of all recordings.

    Attributes
    ----------
    tables : dict of recording name to DataFrame
        A row an event; see `event_table`.
    missing : dict of recording name to str
        Why a recording has none.
    simulated : tuple of str
        Names of the simulated subjects: those with planted columns.
    level : str
        What an event had to pass, in words.
    """

    tables: dict[str, pd.DataFrame]
    missing: dict[str, str]
    simulated: tuple[str, ...]
    level: str

    def planted(self) -> list[pd.DataFrame]:
        """Tables of the simulated subjects."""
        return [self.tables[name] for name in self.simulated if name in self.tables]

    def answers(
        self, number: Callable[..., Answer], *options: str, imported: bool = True
    ) -> dict[str, Answer]:
        """Ask every recording for ``number(table, single, *options)``."""
        return {
            name: number(table, name not in self.simulated, *options)
            for name, table in self.tables.items()
            if imported or name in self.simulated
        }


def describe_level(tested: xr.Dataset, alpha: float) -> str:
    """Word what an event had to pass."""
    shuffles = " and ".join(tested["shuffle"].values.astype(str))
    if CALIBRATED in tested.attrs:
        return f"{shuffles} pass at the calibrated {float(tested.attrs[CALIBRATED]):.3g}"
    return f"{shuffles} pass at {alpha:g}"


def event_table(
    events: Path, significance: Path, alpha: float, dynamics: Path | None = None
) -> pd.DataFrame:
    """Put what was decoded of a recording's candidate events into one table.

    Parameters
    ----------
    events, significance : Path
        Outputs of the rules decode_events and shuffle_events.
    alpha : float
        Level of each shuffle.
    dynamics : Path, optional
        Output of the rule compare_dynamics.

    Returns
    -------
    DataFrame
        A row an event: ``state``, ``phase``, ``direction``, ``duration`` s, ``significant``,
        ``compression_<estimator>``, and ``speed_low``, ``speed_high``: the 90 % interval of the
        speed, m s-1; ``changes_speed``: two speeds are ten times as probable as one; with
        `dynamics` also ``dynamic``, the one that explains the event best.

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
            "significant": passes(tested, alpha),
            "speed_low": decoded["speed_low"].values,
            "speed_high": decoded["speed_high"].values,
            "changes_speed": decoded["piecewise_log_bayes_factor"].values > np.log(10),
        }
    )
    for estimator in ESTIMATORS:
        table[f"compression_{estimator}"] = decoded["compression"].sel(estimator=estimator).values
    if dynamics is not None:
        table["dynamic"] = _dynamics_or_unknown(dynamics, len(table))
    return table


def _dynamics_or_unknown(path: Path, n_events: int) -> np.ndarray:
    """Best dynamics (event,), or ``unknown`` where the recording cannot say."""
    try:
        return best_dynamics(load(path))
    except MissingData:
        return np.full(n_events, "unknown", dtype=object)


def event_tables(
    events: Sequence[Path],
    significance: Sequence[Path],
    planted: Sequence[Path],
    simulated: Sequence[str],
    alpha: float,
    dynamics: Sequence[Path] = (),
) -> EventTables:
    """Make the event tables of all recordings, with planted columns for the simulated ones.

    The planted columns are those of `planted_columns`; `dynamics` are files as in `event_table`.
    """
    evidence = {path.stem: path for path in dynamics}
    tables, missing = {}, {}
    levels: dict[str, None] = {}
    for event_file, p_values, truth_file in zip(events, significance, planted, strict=True):
        name = event_file.stem
        try:
            table = event_table(event_file, p_values, alpha, evidence.get(name))
            if name in simulated:
                table = table.assign(**planted_columns(load(truth_file)))
            tables[name] = table
            levels[describe_level(load(p_values), alpha)] = None
        except MissingData as gap:
            missing[name] = str(gap)
    return EventTables(tables, missing, tuple(simulated), " or ".join(levels))


def is_steady(truth: xr.Dataset) -> np.ndarray:
    """Whether each event (event,) was planted at one speed on the track that is decoded."""
    here = flag_names(truth["planted_environment"]) == truth.attrs["home"]
    return here & np.isin(flag_names(truth["planted_kind"]), ["forward", "reverse"])


def planted_columns(truth: xr.Dataset) -> dict[str, np.ndarray]:
    """Say what was planted, seen from the track on which events are decoded.

    Parameters
    ----------
    truth : Dataset (event)
        From `neurosim.decode.matching.planted_beside`.

    Returns
    -------
    dict of str to array (event,)
        ``planted_kind`` (``none`` where nothing was planted, ``remote`` for whatever was planted
        in another environment); ``planted_direction``, ``none`` elsewhere than on the track; and
        ``planted_compression`` and ``planted_speed`` (m s-1) of events that run along the track
        at one speed.
    """
    place, kind = flag_names(truth["planted_environment"]), flag_names(truth["planted_kind"])
    here = place == truth.attrs["home"]
    kind = np.where(here | (place == "none"), kind, "remote").astype(object)
    direction = np.where(here, flag_names(truth["planted_direction"]), "none").astype(object)
    steady = is_steady(truth)
    return {
        "planted_kind": kind,
        "planted_direction": direction,
        "planted_compression": np.where(steady, truth["planted_compression"].values, np.nan),
        "planted_speed": np.where(steady, truth["planted_speed"].values, np.nan),
    }


def replay_events(table: pd.DataFrame, state: str) -> pd.DataFrame:
    """Significant events of a state after running: what a lab would call replay."""
    return table[(table.state == state) & (table.phase == AFTER) & table.significant]


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
    "dynamic": ("", "dynamic that explains the event best"),
    "planted_kind": ("", "what was planted"),
    "planted_direction": ("", "planted direction"),
    "planted_compression": ("1", "planted compression"),
    "speed_low": ("m s-1", "5 % quantile of the speed"),
    "speed_high": ("m s-1", "95 % quantile of the speed"),
    "changes_speed": ("1", "1 where two speeds are ten times as probable as one"),
    "planted_speed": ("m s-1", "planted speed"),
} | {f"compression_{estimator}": ("1", f"compression by {estimator}") for estimator in ESTIMATORS}


def events_dataset(tables: Mapping[str, pd.DataFrame]) -> xr.Dataset:
    """Put the event tables of all recordings into one Dataset (row)."""
    if not tables:
        return xr.Dataset()
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


def judged_as_planted(row: Row, holds: bool) -> Row:
    """Word the verdict on a row that is planted without a number to recover.

    Measured rows, rows without an estimate, and rows with a truth keep theirs.
    """
    if row.origin != "planted" or not math.isfinite(row.estimate) or math.isfinite(row.truth):
        return row
    return replace(row, verdict="holds only when planted" if holds else "does not hold")
