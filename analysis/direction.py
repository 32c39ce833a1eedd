"""Which way does replay run? Decoded direction against the planted one."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import BLACK, GREY, WIDTH, draw_rows, figure, figure_height, finish
from analysis.results import (
    AFTER,
    Answer,
    EventTables,
    Quantity,
    replay_events,
    result,
    rows_of_quantity,
    share,
)
from neurosim.cells.paths import KINDS
from neurosim.decode.trajectories import EVENT_DIRECTIONS
from neurosim.stats.intervals import fraction_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import Row

DIRECTED = ("forward", "reverse")
FORWARD = {"rest": "A044c"}  # Davidson 2009, awake: forward among forward and reverse


NO_EVENT = "no significant event with a direction after running"


def _accuracy(table: pd.DataFrame, single: bool, state: str) -> Answer:
    """Share of resolved events with a planted direction whose decoded direction is right."""
    events = replay_events(table, state)
    events = events[events.planted_direction.isin(DIRECTED) & events.direction.isin(DIRECTED)]
    return Answer(share(events.direction == events.planted_direction, single=single), truth=1.0)


def _unresolved(table: pd.DataFrame, single: bool, state: str) -> Answer:
    return Answer(share(replay_events(table, state).direction == "unresolved", single=single))


def _forward_share(table: pd.DataFrame, single: bool, state: str) -> Answer:
    """Share of forward events among resolved ones; the truth is that of the planted ones."""
    events = replay_events(table, state)
    resolved = events[events.direction.isin(DIRECTED)]
    estimate = share(resolved.direction == "forward", single=single)
    if single:
        return Answer(estimate)
    planted = events[events.planted_direction.isin(DIRECTED)]
    return Answer(estimate, share(planted.planted_direction == "forward", single=False).value)


def analyse(
    events: EventTables, references: Mapping[str, Reference], states: Sequence[str]
) -> xr.DataTree:
    """Summarise direction over significant events after running.

    Returns
    -------
    DataTree
        ``/summary``; ``/confusion`` (state, planted, decoded): numbers of candidate events.
    """
    questions = (
        ("direction_accuracy", "recovered", _accuracy, False),
        ("direction_unresolved_fraction", "emergent", _unresolved, True),
        ("forward_share", "recovered", _forward_share, True),
    )
    rows: list[Row] = []
    for state in states:
        for name, origin, number, imported in questions:
            quantity = Quantity(
                "replay",
                name,
                "1",
                "likelihood",
                origin,
                interval=fraction_interval,
                single_unit="event",
                single_test="Wilson interval over events",
            )
            rows += rows_of_quantity(
                quantity,
                state,
                events.answers(number, state, imported=imported),
                events.missing if imported else {},
                events.simulated,
                references.get(FORWARD.get(state, "")) if name == "forward_share" else None,
                NO_EVENT,
            )
    return result(rows, {"confusion": _confusion(events.planted(), states)})


def _confusion(tables: Sequence[pd.DataFrame], states: Sequence[str]) -> xr.Dataset:
    """Count simulated candidates by what was planted and what was decoded."""
    decoded = (*EVENT_DIRECTIONS, "not significant")
    planted = (*KINDS, "none")
    counts = np.zeros((len(states), len(planted), len(decoded)), dtype=np.int64)
    for table in tables:
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
        str(kind).replace("unresolved", "un-\nresolved").replace(" ", "\n").replace("_", " ")
        for kind in kinds.values
    ]
