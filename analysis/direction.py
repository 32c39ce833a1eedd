"""Which way does replay run? Decoded direction against the planted one."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import BLACK, GREY, WIDTH, draw_rows, figure, figure_height, finish
from analysis.results import AFTER, is_simulated, per_subject, result
from neurosim.cells.events import KINDS
from neurosim.decode.trajectories import EVENT_DIRECTIONS
from neurosim.stats.intervals import fraction_interval, mean_interval, proportion_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import Row, make_row, not_run_row

DIRECTED = ("forward", "reverse")
FORWARD_REFERENCE = {"rest": "A044"}  # Davidson 2009: forward among significant, awake


def _events(table: pd.DataFrame, state: str) -> pd.DataFrame:
    return table[(table.state == state) & (table.phase == AFTER) & table.significant]


def _accuracy(table: pd.DataFrame, state: str) -> float:
    """Share of resolved events with a planted direction whose decoded direction is right."""
    events = _events(table, state)
    events = events[events.planted_kind.isin(DIRECTED) & events.direction.isin(DIRECTED)]
    return float((events.direction == events.planted_kind).mean()) if len(events) else np.nan


def _unresolved(table: pd.DataFrame, state: str) -> float:
    events = _events(table, state)
    return float((events.direction == "unresolved").mean()) if len(events) else np.nan


def _forward_share(table: pd.DataFrame, state: str) -> float:
    events = _events(table, state)
    events = events[events.direction.isin(DIRECTED)]
    return float((events.direction == "forward").mean()) if len(events) else np.nan


def _planted_share(table: pd.DataFrame, state: str) -> float:
    events = _events(table, state)
    events = events[events.planted_kind.isin(DIRECTED)]
    return float((events.planted_kind == "forward").mean()) if len(events) else np.nan


def analyse(
    tables: Mapping[str, pd.DataFrame],
    missing: Mapping[str, str],
    references: Mapping[str, Reference],
    states: Sequence[str],
) -> xr.DataTree:
    """Summarise direction over significant events after running.

    Returns
    -------
    DataTree
        ``/summary``; ``/confusion`` (state, planted, decoded): numbers of candidate events.
    """
    rows: list[Row] = []
    for state in states:
        shared = {"condition": state, "estimator": "likelihood", "unit": "1", "n_unit": "subject"}
        rows += [
            make_row(
                "replay",
                "direction_accuracy",
                estimate=fraction_interval(per_subject(tables, _accuracy, state)),
                origin="recovered",
                truth=1.0,
                **shared,
            ),
            make_row(
                "replay",
                "direction_unresolved_fraction",
                estimate=fraction_interval(per_subject(tables, _unresolved, state)),
                origin="recovered",
                **shared,
            ),
            make_row(
                "replay",
                "forward_share",
                estimate=fraction_interval(per_subject(tables, _forward_share, state)),
                origin="recovered",
                truth=mean_interval(per_subject(tables, _planted_share, state)).value,
                reference=references.get(FORWARD_REFERENCE.get(state, "")),
                **shared,
            ),
        ]
        rows += _imported_rows(tables, state)
    rows += [
        not_run_row(
            "replay", "forward_share", condition=f"recording={n}", origin="measured", reason=reason
        )
        for n, reason in missing.items()
    ]
    return result(rows, {"confusion": _confusion(tables, states)})


def _imported_rows(tables: Mapping[str, pd.DataFrame], state: str) -> list[Row]:
    rows = []
    for name, table in tables.items():
        if is_simulated(table) or not (table.state == state).any():
            continue
        events = _events(table, state)
        resolved = events[events.direction.isin(DIRECTED)]
        for quantity, values in (
            ("direction_unresolved_fraction", events.direction == "unresolved"),
            ("forward_share", resolved.direction == "forward"),
        ):
            rows.append(
                make_row(
                    "replay",
                    quantity,
                    condition=f"{state},recording={name}",
                    estimator="likelihood",
                    estimate=proportion_interval(values.to_numpy(bool)),
                    origin="measured",
                    unit="1",
                    n_unit="event",
                    test="Wilson interval over events",
                )
            )
    return rows


def _confusion(tables: Mapping[str, pd.DataFrame], states: Sequence[str]) -> xr.Dataset:
    """Count simulated candidates by what was planted and what was decoded."""
    decoded = (*EVENT_DIRECTIONS, "not significant")
    planted = (*KINDS, "none")
    counts = np.zeros((len(states), len(planted), len(decoded)), dtype=np.int64)
    for table in tables.values():
        if not is_simulated(table):
            continue
        label = np.where(table.significant, table.direction, "not significant")
        for s, state in enumerate(states):
            here = (table.state == state) & (table.phase == AFTER)
            for p, kind in enumerate(planted):
                for d, name in enumerate(decoded):
                    chosen = here & (table.planted_kind == kind) & (label == name)
                    counts[s, p, d] += int(chosen.sum())
    return xr.Dataset(
        {
            "n_events": (
                ("state", "planted", "decoded"),
                counts,
                {"long_name": "candidate events after running"},
            )
        },
        coords={"state": list(states), "planted": list(planted), "decoded": list(decoded)},
    )


def draw(tree: xr.DataTree) -> Figure:
    """Draw planted against decoded direction by state, and the share of forward events."""
    summary = tree["summary"].to_dataset().to_dataframe()
    confusion = tree["confusion"].to_dataset()["n_events"]
    states = confusion["state"].values.astype(str)
    share = summary[summary.quantity == "forward_share"]
    width = WIDTH * (len(states) + 1) / 3
    with figure(width, figure_height(share), ncols=len(states) + 1, squeeze=False) as (drawn, axes):
        for axis, state in zip(axes[0], states, strict=False):
            _draw_confusion(axis, confusion.sel(state=state), f"Candidates in {state}")
            if axis is not axes[0][0]:
                axis.set(ylabel="", yticklabels=[])
        draw_rows(axes[0][-1], share, "forward share (1)")
        axes[0][-1].set_xlim(0, 1)
        finish(axes[0][-1], "Forward, of those resolved", columns=3)
        return drawn


def _draw_confusion(axes, counts: xr.DataArray, title: str) -> None:
    """Draw numbers of events, shaded by the share of each planted kind."""
    share = (counts / np.maximum(counts.sum("decoded"), 1)).values
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), number in np.ndenumerate(counts.values):
        colour = "white" if share[row, column] > 0.5 else BLACK if number else GREY
        axes.text(column, row, f"{number}", ha="center", va="center", color=colour)
    axes.set_xticks(range(counts.sizes["decoded"]), _words(counts["decoded"]))
    axes.set_yticks(range(counts.sizes["planted"]), _words(counts["planted"]))
    axes.set(xlabel="decoded (number of events)", ylabel="planted")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelsize=9)
    finish(axes, title)


def _words(kinds: xr.DataArray) -> list[str]:
    return [
        str(kind).replace("unresolved", "un-\nresolved").replace(" ", "\n") for kind in kinds.values
    ]
