"""How fast is replay? Compression by state and estimator, beside what was planted."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import (
    BLACK,
    COLOURS,
    HALO,
    WIDTH,
    draw_rows,
    figure,
    figure_height,
    finish,
    say_nothing_to_draw,
)
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
    with figure(WIDTH, figure_height(summary), ncols=2) as (drawn, (left, right)):
        draw_rows(left, summary, "compression (lap time / event time)")
        finish(left, "Median over significant events", columns=2, lines=2)
        _draw_events(right, events)
        return drawn


def _draw_events(axes, events: pd.DataFrame) -> None:
    """Draw decoded against planted compression of significant events, with running medians."""
    planted = events.get("planted_compression", pd.Series(np.nan, events.index))
    known = events[planted.notna() & (events.significant == 1)]
    if known.empty:
        return say_nothing_to_draw(axes, "no significant event with a planted compression")
    top = 1.35 * np.nanpercentile(known.planted_compression, 99)
    axes.plot([0, top], [0, top], "--", color=BLACK, lw=1.5, label="decoded = planted", zorder=4)
    for estimator in ESTIMATORS[::-1]:
        colour = COLOURS[estimator]
        x, y = known.planted_compression, known[f"compression_{estimator}"]
        axes.plot(x, y, ".", ms=4, mew=0, alpha=0.45, color=colour, rasterized=True)
        axes.plot(
            *_running_median(x, y),
            color=colour,
            lw=2.5,
            path_effects=HALO,
            zorder=3,
            label=f"{estimator.replace('_', ' ')}, median",
        )
    axes.set(xlim=(0, top), ylim=(0, top))
    axes.set(xlabel="planted compression (ratio)", ylabel="decoded compression (ratio)")
    finish(axes, f"Event by event (n = {len(known)})", columns=2, lines=2)


def _running_median(x: pd.Series, y: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Medians of x and y in groups of neighbours in x, at least 20 events a group."""
    both = pd.DataFrame({"x": x, "y": y}).dropna().sort_values("x")
    groups = np.arange(len(both)) * min(12, len(both) // 20) // max(len(both), 1)
    medians = both.groupby(groups).median()
    return medians.x.to_numpy(), medians.y.to_numpy()
