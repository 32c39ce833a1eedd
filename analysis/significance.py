"""How many candidate events are replay? Fractions that pass the shuffles."""

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
from analysis.results import (
    AFTER,
    BEFORE,
    Answer,
    EventTables,
    Quantity,
    result,
    rows_of_quantity,
    share,
)
from neurosim.cells.paths import KINDS
from neurosim.stats.intervals import fraction_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import Row

REFERENCE = "A067"  # range of published fractions (reviewed by Denovellis 2021)
ESTIMATOR = "weighted_correlation"
LEVEL = 0.05  # drawn to compare with
DIRECTED = ("forward", "reverse")


def _significant(table: pd.DataFrame, single: bool, state: str, phase: str) -> Answer:
    """Share of significant candidates; after running the truth is the share with replay."""
    events = table[(table.state == state) & (table.phase == phase)]
    estimate = share(events.significant, single=single)
    if single or phase == BEFORE:
        return Answer(estimate)
    return Answer(estimate, share(events.planted_direction.isin(DIRECTED), single=False).value)


def analyse(
    events: EventTables, references: Mapping[str, Reference], states: Sequence[str]
) -> xr.DataTree:
    """Summarise significant fractions.

    After running the truth is the share of candidates with a planted replay. Before running
    nothing of the track can be replayed: what is significant there is false, at about the level
    of the shuffles if they are calibrated.

    Returns
    -------
    DataTree
        ``/summary``; ``/kinds`` (kind): fraction of simulated events that are significant by
        what was planted.
    """
    rows: list[Row] = []
    for state, phase in [(s, p) for s in states for p in (AFTER, BEFORE)]:
        answers = events.answers(_significant, state, phase)
        if phase == BEFORE:  # not every state is visited before running
            answers = {name: a for name, a in answers.items() if a.estimate.n}
        quantity = Quantity(
            "replay",
            "significant_fraction",
            "1",
            ESTIMATOR,
            "recovered" if phase == AFTER else "emergent",
            interval=fraction_interval,
            test=f"t interval over subjects; {events.level}",
            single_unit="event",
            single_test=f"Wilson interval over events; {events.level}",
        )
        rows += rows_of_quantity(
            quantity,
            state if phase == AFTER else f"{state},before running",
            answers,
            events.missing if phase == AFTER else {},
            events.simulated,
            references[REFERENCE] if phase == AFTER else None,
            "no candidate event after running",
        )
    return result(rows, {"kinds": _by_kind(events.planted())})


def _by_kind(tables: Sequence[pd.DataFrame]) -> xr.Dataset:
    """Fraction of events that are significant, by what was planted, all subjects together."""
    events = pd.concat(tables) if tables else pd.DataFrame({"planted_kind": []})
    kinds = [*KINDS, "none"]
    groups = [events[events.planted_kind == kind] for kind in kinds]
    return xr.Dataset(
        {
            "significant_fraction": (
                "kind",
                [group.significant.mean() if len(group) else np.nan for group in groups],
                {"units": "1", "long_name": "fraction that passes every shuffle"},
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
    """Draw the fraction that passes every shuffle by what was planted."""
    names, counts = kinds["kind"].values.astype(str), kinds["n_events"].values
    if not counts.any():
        return say_nothing_to_draw(axes, "no candidate event with planted truth")
    fraction = kinds["significant_fraction"].values
    places = np.arange(len(names))
    bars = axes.barh(places, fraction, 0.7, color=[COLOURS[n] for n in names])
    labels = [f"{value:.2f}" if np.isfinite(value) else "" for value in fraction]
    axes.bar_label(bars, labels, padding=2)
    axes.axvline(LEVEL, color=BLACK, ls="--", lw=1, label=f"{LEVEL:g}, the usual level of a test")
    ticks = [
        f"{name.replace('_', ' ')}, n = {number}"
        for name, number in zip(names, counts, strict=True)
    ]
    axes.set_yticks(places, ticks)
    axes.invert_yaxis()
    axes.set(ylabel="planted", xlabel="significant fraction (1)", xlim=(0, 1.12))
    finish(axes, "By what was planted", columns=1)
