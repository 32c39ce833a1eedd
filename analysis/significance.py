"""How many candidate events are replay? Fractions that pass both shuffles."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import (
    BLACK,
    COLOURS,
    WIDTH,
    draw_rows,
    figure,
    figure_height,
    finish,
    say_nothing_to_draw,
)
from analysis.results import AFTER, BEFORE, is_simulated, per_subject, result
from neurosim.stats.intervals import fraction_interval, mean_interval, proportion_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import Row, make_row, not_run_row

REFERENCE = "A067"  # range of published fractions (reviewed by Denovellis 2021)
ESTIMATOR = "weighted_correlation"
LEVEL = 0.05  # drawn to compare with
TEST = "t interval; events pass the time-bin and the column-cycle shuffle"


def _candidates(table: pd.DataFrame, state: str, phase: str) -> pd.DataFrame:
    return table[(table.state == state) & (table.phase == phase)]


def _share(values: pd.Series) -> float:
    return float(values.mean()) if len(values) else np.nan


def _significant(table: pd.DataFrame, state: str, phase: str) -> float:
    return _share(_candidates(table, state, phase).significant)


def _planted(table: pd.DataFrame, state: str, phase: str) -> float:
    return _share(_candidates(table, state, phase).planted_kind.isin(["forward", "reverse"]))


def analyse(
    tables: Mapping[str, pd.DataFrame],
    missing: Mapping[str, str],
    references: Mapping[str, Reference],
    states: Sequence[str],
) -> xr.DataTree:
    """Summarise significant fractions; the truth is the share of candidates with planted replay.

    Before running nothing of the track can be replayed: what is significant there is false.

    Returns
    -------
    DataTree
        ``/summary``; ``/kinds`` (kind): fraction of simulated events that are significant by
        what was planted.
    """
    rows: list[Row] = []
    for state, phase in [(s, p) for s in states for p in (AFTER, BEFORE)]:
        condition = state if phase == AFTER else f"{state},before running"
        simulated = per_subject(tables, _significant, state, phase)
        if np.isfinite(simulated).any():
            truth = per_subject(tables, _planted, state, phase)
            rows.append(
                make_row(
                    "replay",
                    "significant_fraction",
                    condition=condition,
                    estimator=ESTIMATOR,
                    estimate=fraction_interval(simulated),
                    origin="recovered",
                    unit="1",
                    n_unit="subject",
                    truth=mean_interval(truth).value,
                    reference=references[REFERENCE] if phase == AFTER else None,
                    test=TEST,
                )
            )
        for name, table in tables.items():
            events = _candidates(table, state, phase)
            if is_simulated(table) or events.empty:
                continue
            rows.append(
                make_row(
                    "replay",
                    "significant_fraction",
                    condition=f"{condition},recording={name}",
                    estimator=ESTIMATOR,
                    estimate=proportion_interval(events.significant.to_numpy(bool)),
                    origin="measured",
                    unit="1",
                    n_unit="event",
                    reference=references[REFERENCE],
                    test="Wilson interval over events; events pass both shuffles",
                )
            )
    rows += [
        not_run_row(
            "replay",
            "significant_fraction",
            condition=f"recording={name}",
            origin="measured",
            reason=reason,
        )
        for name, reason in missing.items()
    ]
    return result(rows, {"kinds": _by_kind(tables)})


def _by_kind(tables: Mapping[str, pd.DataFrame]) -> xr.Dataset:
    """Fraction of events that are significant, by what was planted, all subjects together."""
    simulated = [table for table in tables.values() if is_simulated(table)]
    events = pd.concat(simulated) if simulated else pd.DataFrame({"planted_kind": []})
    kinds = ["forward", "reverse", "empty", "none"]
    groups = [events[events.planted_kind == kind] for kind in kinds]
    return xr.Dataset(
        {
            "significant_fraction": (
                "kind",
                [_share(group.get("significant", pd.Series(dtype=float))) for group in groups],
                {"units": "1", "long_name": "fraction that passes both shuffles"},
            ),
            "n_events": ("kind", [len(group) for group in groups], {"long_name": "events"}),
        },
        coords={"kind": kinds},
    )


def draw(tree: xr.DataTree) -> Figure:
    """Draw significant fractions by state and by what was planted."""
    summary = tree["summary"].to_dataset().to_dataframe()
    with figure(WIDTH, figure_height(summary), ncols=2) as (drawn, (left, right)):
        draw_rows(left, summary, "significant fraction of candidate events (1)")
        left.set_xlim(0, 1)
        finish(left, "By state", columns=3)
        _draw_kinds(right, tree["kinds"].to_dataset())
        return drawn


def _draw_kinds(axes, kinds: xr.Dataset) -> None:
    """Draw the fraction that passes both shuffles by what was planted."""
    names, counts = kinds["kind"].values.astype(str), kinds["n_events"].values
    if not counts.any():
        return say_nothing_to_draw(axes, "no candidate event with planted truth")
    fraction = kinds["significant_fraction"].values
    bars = axes.bar(range(len(names)), fraction, 0.7, color=[COLOURS[n] for n in names])
    labels = [f"{value:.2f}" if np.isfinite(value) else "" for value in fraction]
    axes.bar_label(bars, labels, padding=2)
    axes.axhline(LEVEL, color=BLACK, ls="--", lw=1, label=f"{LEVEL:g}, the usual level of a test")
    ticks = [f"{name}\nn = {number}" for name, number in zip(names, counts, strict=True)]
    axes.set_xticks(range(len(names)), ticks)
    axes.set(xlabel="planted", ylabel="significant fraction (1)", ylim=(0, 1.08))
    finish(axes, "By what was planted", columns=1)
