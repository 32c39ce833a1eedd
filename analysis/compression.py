"""How fast is replay? Compression by state and estimator, beside what was planted."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, ScalarFormatter

from analysis.plots import (
    BLACK,
    COLOURS,
    HALO,
    WIDTH,
    draw_rows,
    figure,
    figure_height,
    finish,
    nothing_to_draw,
    say_nothing_to_draw,
)
from analysis.results import (
    Answer,
    EventTables,
    Quantity,
    events_dataset,
    replay_events,
    result,
    rows_of_quantity,
    share,
)
from neurosim.decode.trajectories import ESTIMATORS
from neurosim.stats.intervals import fraction_interval, geometric_interval, median_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import Row

REFERENCES = {"rest": "A008", "nrem": "A006"}  # Davidson 2009 awake; Lee & Wilson 2002 asleep


NO_EVENT = "no significant event after running"


def _compression(table: pd.DataFrame, single: bool, state: str, column: str) -> Answer:
    events = replay_events(table, state)
    planted = np.nan if single else median_interval(events.planted_compression).value
    return Answer(median_interval(events[column]), planted)


def _undefined(table: pd.DataFrame, single: bool, state: str) -> Answer:
    """Share of events without net movement (or off the laps), whose compression is undefined."""
    events = replay_events(table, state)
    return Answer(share(events.compression_likelihood.isna(), single=single))


def _changing(table: pd.DataFrame, single: bool, state: str) -> Answer:
    """Share of events in which two speeds are ten times as probable as one."""
    return Answer(share(replay_events(table, state).changes_speed, single=single))


def _coverage(table: pd.DataFrame, single: bool, state: str) -> Answer:
    """Share of events whose 90 % interval of the speed covers the planted one."""
    events = replay_events(table, state)
    events = events[events.planted_speed.notna()]
    inside = events.planted_speed.between(events.speed_low, events.speed_high)
    return Answer(share(inside, single=single), truth=0.9)


def analyse(
    events: EventTables, references: Mapping[str, Reference], states: Sequence[str]
) -> xr.DataTree:
    """Summarise compression: medians over significant events, blind to what was planted.

    Simulated subjects: geometric mean over subjects of the median, t interval on the logarithm;
    the truth is the same of the planted compression of those events. Imported recordings: median
    with an interval from order statistics. Beside it how often the 90 % interval of the speed
    covers the planted one, and how often compression is undefined.

    Returns
    -------
    DataTree
        ``/summary``; ``/events``: the events behind it.
    """
    rows: list[Row] = []
    for state in states:
        for estimator in ESTIMATORS:
            quantity = Quantity(
                "replay",
                "compression_ratio",
                "1",
                estimator,
                "recovered",
                interval=geometric_interval,
                test="t interval over subjects on logarithms",
                single_unit="event",
                single_test="order-statistic interval over events",
            )
            rows += rows_of_quantity(
                quantity,
                state,
                events.answers(_compression, state, f"compression_{estimator}"),
                events.missing,
                events.simulated,
                references[REFERENCES[state]],
                NO_EVENT,
            )
        rows += _interval_rows(events, state)
    return result(rows, {"events": events_dataset(events.tables)})


def _interval_rows(events: EventTables, state: str) -> list[Row]:
    """Rows on the estimator's interval and on events without a compression."""
    shared = {"interval": fraction_interval, "single_unit": "event"}
    emergent = {"single_test": "Wilson interval over events", **shared}
    undefined, changing = (
        Quantity("replay", name, "1", "likelihood", "emergent", **emergent)
        for name in ("compression_undefined_fraction", "changing_speed_fraction")
    )
    coverage = Quantity("replay", "interval_coverage", "1", "likelihood", "recovered", **shared)
    rows = []
    for quantity, number in ((undefined, _undefined), (changing, _changing)):
        rows += rows_of_quantity(
            quantity, state, events.answers(number, state), events.missing, events.simulated,
            nothing=NO_EVENT,
        )  # fmt: skip
    return rows + rows_of_quantity(
        coverage, state, events.answers(_coverage, state, imported=False), {}, events.simulated,
        nothing=NO_EVENT,
    )  # fmt: skip


def draw(tree: xr.DataTree) -> Figure:
    """Draw compression by state and estimator, and event by event against the planted one."""
    summary = tree["summary"].to_dataset().to_dataframe()
    if not tree["events"].data_vars:
        return nothing_to_draw("no candidate event")
    events = tree["events"].to_dataset().to_dataframe()
    with figure(WIDTH, figure_height(summary), ncols=2) as (drawn, (left, right)):
        ratios = summary[summary.quantity == "compression_ratio"]
        draw_rows(left, ratios, "compression (lap time / event time)")
        if np.isfinite(ratios.estimate).any():
            left.set_xscale("log")
            left.xaxis.set_major_formatter(ScalarFormatter())
            left.xaxis.set_minor_formatter(NullFormatter())
        finish(left, "Median over significant events", columns=2, lines=5)
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
    finish(axes, f"Event by event (n = {len(known)})", columns=2, lines=5)


def _running_median(x: pd.Series, y: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Medians of x and y in groups of neighbours in x, at least 20 events a group."""
    both = pd.DataFrame({"x": x, "y": y}).dropna().sort_values("x")
    groups = np.arange(len(both)) * min(12, len(both) // 20) // max(len(both), 1)
    medians = both.groupby(groups).median()
    return medians.x.to_numpy(), medians.y.to_numpy()
