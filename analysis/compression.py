"""How fast is replay? Compression by state and estimator, beside what was planted."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import BLACK, COLOURS, figure
from analysis.results import (
    AFTER,
    events_dataset,
    is_simulated,
    per_subject,
    result,
)
from neurosim.decode.trajectories import ESTIMATORS
from neurosim.stats.intervals import geometric_interval, median_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import Row, make_row, not_run_row

REFERENCES = {"rest": "A008", "nrem": "A006"}  # Davidson 2009 awake; Lee & Wilson 2002 asleep


def _chosen(table: pd.DataFrame, state: str) -> pd.DataFrame:
    """Significant events of a state after running: what a lab would call replay."""
    return table[(table.state == state) & (table.phase == AFTER) & table.significant]


def _median(table: pd.DataFrame, state: str, column: str) -> float:
    values = _chosen(table, state)[column]
    return float(np.nanmedian(values)) if values.notna().any() else np.nan


def analyse(
    tables: Mapping[str, pd.DataFrame],
    missing: Mapping[str, str],
    references: Mapping[str, Reference],
    states: Sequence[str],
) -> xr.DataTree:
    """Summarise compression: medians over significant events, blind to what was planted.

    Simulated subjects: geometric mean over subjects of the median, t interval on the logarithm;
    the truth is the same of the planted compression of those events. Imported recordings: median
    with an interval from order statistics.

    Returns
    -------
    DataTree
        ``/summary``; ``/events``: the events behind it.
    """
    rows: list[Row] = []
    for state in states:
        for estimator in ESTIMATORS:
            column = f"compression_{estimator}"
            truth = geometric_interval(per_subject(tables, _median, state, "planted_compression"))
            rows.append(
                make_row(
                    "replay",
                    "compression_ratio",
                    condition=state,
                    estimator=estimator,
                    estimate=geometric_interval(per_subject(tables, _median, state, column)),
                    origin="recovered",
                    unit="1",
                    n_unit="subject",
                    truth=truth.value,
                    reference=references[REFERENCES[state]],
                    test="t interval on logarithms",
                )
            )
            rows += _imported_rows(tables, references, state, estimator)
    for name, reason in missing.items():
        rows.append(
            not_run_row(
                "replay",
                "compression_ratio",
                condition=f"recording={name}",
                origin="measured",
                reason=reason,
            )
        )
    return result(rows, {"events": events_dataset(tables)})


def _imported_rows(
    tables: Mapping[str, pd.DataFrame],
    references: Mapping[str, Reference],
    state: str,
    estimator: str,
) -> list[Row]:
    """One row for each imported recording with events in the state."""
    rows = []
    for name, table in tables.items():
        if is_simulated(table) or not (table.state == state).any():
            continue
        values = _chosen(table, state)[f"compression_{estimator}"].to_numpy()
        rows.append(
            make_row(
                "replay",
                "compression_ratio",
                condition=f"{state},recording={name}",
                estimator=estimator,
                estimate=median_interval(values),
                origin="measured",
                unit="1",
                n_unit="event",
                reference=references[REFERENCES[state]],
                test="order-statistic interval over events",
            )
        )
    return rows


def draw(tree: xr.DataTree) -> Figure:
    """Draw compression by state and estimator, and event by event against the planted one."""
    summary = tree["summary"].to_dataset().to_dataframe()
    events = tree["events"].to_dataset().to_dataframe()
    with figure(9, 3.8, ncols=2, width_ratios=[1.1, 1]) as (drawn, (left, right)):
        _draw_rows(left, summary[(summary.estimator != "")])
        _draw_events(right, events)
        return drawn


def _draw_rows(axes, summary: pd.DataFrame) -> None:
    conditions = list(dict.fromkeys(summary.condition))
    for column, condition in enumerate(conditions):
        here = summary[summary.condition == condition]
        first = here.iloc[0]
        if np.isfinite(first.truth):
            axes.plot(
                [column - 0.35, column + 0.35],
                [first.truth] * 2,
                color=BLACK,
                lw=2,
                label="planted" if column == 0 else None,
            )
        low, high = first.reference_low, first.reference_high
        if not np.isfinite(low):
            low, high = 0.8 * first.reference, 1.2 * first.reference
        axes.fill_between(
            [column - 0.4, column + 0.4],
            low,
            high,
            color=COLOURS["published"],
            alpha=0.2,
            lw=0,
            label="published" if column == 0 else None,
        )
        for offset, (_, row) in zip((-0.15, 0.15), here.iterrows(), strict=False):
            error = np.array([[row.estimate - row.ci_low], [row.ci_high - row.estimate]])
            axes.errorbar(
                column + offset,
                row.estimate,
                yerr=np.nan_to_num(error),
                fmt="o",
                color=COLOURS[row.estimator],
                capsize=3,
                label=row.estimator.replace("_", " ") if column == 0 else None,
            )
    axes.set_xticks(range(len(conditions)), [c.replace(",", "\n") for c in conditions])
    axes.set_ylabel("compression (lap time / event time)")
    axes.set_ylim(bottom=0)
    axes.set_title("Compression of significant events")
    axes.legend(fontsize=8)


def _draw_events(axes, events: pd.DataFrame) -> None:
    known = events[events.get("planted_compression", pd.Series(dtype=float)).notna()]
    known = known[known.significant == 1]
    top = np.nanpercentile(known.planted_compression, 99) * 1.4
    axes.plot([0, top], [0, top], color=BLACK, lw=1, label="truth")
    for estimator in ESTIMATORS[::-1]:
        axes.plot(
            known.planted_compression,
            known[f"compression_{estimator}"],
            ".",
            ms=3,
            alpha=0.5,
            color=COLOURS[estimator],
            label=estimator.replace("_", " "),
        )
    axes.set(
        xlim=(0, top), ylim=(0, top), xlabel="planted compression", ylabel="decoded compression"
    )
    axes.set_title(f"Event by event (n = {len(known)})")
    axes.legend(fontsize=8)
