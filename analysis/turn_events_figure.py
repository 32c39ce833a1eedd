"""The figure of population turn events: rates, what follows them, patterns in sleep."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.plots import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    WIDTH,
    figure,
    finish,
    interval_points,
    published_range,
    recording_name,
    say_nothing_to_draw,
)
from analysis.turn_events import EVENTS, NO_POPULATION, NULL
from neurosim.decode.turn_events import OF_WAKE, STATES, WITHIN_STATE

STATE_WORDS = {"run": "wake", "rem": "REM", "nrem": "NREM"}
MEASURE_WORDS = {"pairwise_correlations": "pairs", "event_pattern": "events"}
DIRECTION_COLOURS = {"clockwise": RED, "counter_clockwise": BLUE}
SHOWN = 10.0  # s of population rates


def draw(tree: xr.DataTree) -> Figure:
    """Draw population rates, rates of events by state, ratios, and what follows events."""
    summary = tree["summary"].to_dataset().to_dataframe()
    with figure(WIDTH, 9.6, nrows=3, ncols=2) as (drawn, axes):
        for place, state in zip(axes[0], ("run", "rem"), strict=True):
            if "example" in tree:
                _draw_example(place, tree["example"].to_dataset(), state)
            else:
                say_nothing_to_draw(place, NO_POPULATION)
        _draw_rates(axes[1, 0], summary[summary.quantity == "turn_event_rate"])
        _draw_ratios(axes[1, 1], tree, summary)
        _draw_course(axes[2, 0], tree["course"].to_dataset() if "course" in tree else None)
        _draw_patterns(axes[2, 1], summary[summary.quantity == "pattern_similarity"])
        return drawn


def _draw_example(axes: Axes, example: xr.Dataset, state: str) -> None:
    """Draw seconds of the summed rates of both directions over their thresholds."""
    time = example["time"].values
    for direction, colour in DIRECTION_COLOURS.items():
        chosen = example.sel(direction=direction, state=state)
        rate, level = chosen["rate"].values, float(chosen["threshold_rate"])
        if not np.isfinite(level):
            continue
        label = direction.replace("_", "-")
        axes.plot(time, rate, lw=1, color=colour, label=label)
        above = np.where(rate > level, rate, np.nan)
        axes.fill_between(time, level, above, color=colour, alpha=0.35, lw=0)
        axes.axhline(level, color=colour, lw=0.8, ls="--")
    axes.set(xlabel="time (s)", ylabel="summed rate (Hz)", xlim=(0, SHOWN), ylim=(0, None))
    title = f"{STATE_WORDS[state]}, {example.attrs['recording']}"
    finish(axes, title[:1].upper() + title[1:], columns=2)


def _draw_course(axes: Axes, course: xr.Dataset | None) -> None:
    """Draw the probability of a turn about events in wake, a line a recording."""
    if course is None or not np.isfinite(course["course"].values).any():
        return say_nothing_to_draw(axes, "no population turn event in wake")
    delay = 1000 * course["delay"].values
    for index, values in enumerate(course["course"].values):
        label = "turn the same way" if index == 0 else None
        axes.plot(delay, values, lw=1, color=BLUE, alpha=0.7, label=label)
    axes.axhline(float(course["baseline"].mean()), color=GREY, lw=1, ls="--", label="at any time")
    axes.set(xlabel="delay from the event's start (ms)", ylabel="probability (1)", ylim=(0, 1))
    axes.set_xlim(delay[0], delay[-1])
    axes.set_xticks([-1000, -500, 0, 500, 1000])
    finish(axes, "Turns of the head about events", columns=2)


def _draw_rates(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw rates by state with both thresholds, of Poisson populations, and as published."""
    rows = rows[np.isfinite(rows.estimate) & (rows.condition.map(recording_name) == "")]
    if rows.empty:
        return say_nothing_to_draw(axes, NO_POPULATION)
    parts = rows.condition.str.split(",", expand=True)
    rows = rows.assign(place=parts[0].map(list(STATES).index), threshold=parts[1])
    styles = (
        (EVENTS, WITHIN_STATE, -0.24, BLUE, "o", "threshold of the state"),
        (EVENTS, OF_WAKE, -0.08, ORANGE, "s", "threshold of wake"),
        (NULL, WITHIN_STATE, 0.08, GREY, "^", "Poisson, of the state"),
        (NULL, OF_WAKE, 0.24, GREY, "v", "Poisson, of wake"),
    )
    for estimator, threshold, shift, colour, mark, label in styles:
        chosen = rows[(rows.estimator == estimator) & (rows.threshold == threshold)]
        if len(chosen):
            style = {"fmt": mark, "color": colour, "label": label}
            interval_points(axes, chosen.place + shift, chosen, **style)
    for row in rows[rows.reference.notna()].itertuples():
        low, high = published_range(row)
        axes.bar(
            row.place - 0.24, high - low, 0.2, low, color=GREEN, alpha=0.25, label="published range"
        )
    for _, threshold, shift, *_ in styles[:2]:
        chosen = rows[(rows.estimator == EVENTS) & (rows.threshold == threshold)]
        places = chosen.place + shift
        axes.hlines(
            chosen.truth, places - 0.08, places + 0.08, color=BLACK, lw=2.5, label="planted command"
        )
    axes.set_xticks(range(len(STATES)), [STATE_WORDS[state] for state in STATES])
    axes.set(ylabel="events of a direction (1/s)", ylim=(0, None))
    finish(axes, "Rate of population turn events", columns=2, lines=3)


def _draw_ratios(axes: Axes, tree: xr.DataTree, summary: pd.DataFrame) -> None:
    """Draw the ratio of REM to wake of each recording, with both thresholds."""
    rows = summary[summary.quantity == "turn_event_ratio_rem_wake"]
    rows = rows[np.isfinite(rows.estimate)]
    if rows.empty or "ratios" not in tree:
        return say_nothing_to_draw(axes, NO_POPULATION)
    rates = tree["ratios"].to_dataset()["event_rate"]
    ratio = rates.sel(state="rem") / rates.sel(state="run")
    spread = np.linspace(-0.15, 0.15, ratio.sizes["recording"])
    for place, (threshold, colour) in enumerate(((WITHIN_STATE, BLUE), (OF_WAKE, ORANGE))):
        values = ratio.sel(threshold=threshold).values
        axes.plot(place + spread, values, "o", ms=5, mfc="none", color=colour)
        over = rows[rows.condition == threshold]
        if len(over):
            label = "mean" if place == 0 else None
            interval_points(axes, [place + 0.3], over, color=colour, label=label)
            axes.hlines(
                over.truth, place + 0.2, place + 0.4, color=BLACK, lw=2.5, label="planted command"
            )
    published = rows[rows.reference.notna()]
    if len(published):
        row = next(published.itertuples())
        low, high = published_range(row)
        axes.axhspan(low, high, color=GREEN, alpha=0.2, lw=0, label="published range")
        axes.axhline(row.reference, color=GREEN, lw=1)
    axes.axhline(1, color=GREY, lw=0.8, ls=":")
    axes.set_xticks([0.07, 1.07], ["threshold of the state", "threshold of wake"])
    axes.set(ylabel="REM over wake (1)", xlim=(-0.4, 1.6))
    finish(axes, "REM over wake, a circle a recording", columns=3, lines=3)


def _draw_patterns(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the similarity of patterns awake and asleep beside that of permuted units."""
    rows = rows[np.isfinite(rows.estimate) & (rows.condition.map(recording_name) == "")]
    if rows.empty:
        return say_nothing_to_draw(axes, NO_POPULATION)
    conditions = list(dict.fromkeys(rows.condition))
    for estimator, colour, label in (
        ("units", BLUE, "the units themselves"),
        ("permuted_units", GREY, "permuted units"),
    ):
        chosen = rows[rows.estimator == estimator]
        places = chosen.condition.map(conditions.index)
        interval_points(axes, places, chosen, color=colour, label=label)
    axes.axhline(0, color=GREY, lw=0.8, ls=":")
    labels = []
    for condition in conditions:
        state, measure = condition.split(",")
        labels.append(f"{STATE_WORDS[state]}\n{MEASURE_WORDS[measure]}")
    axes.set_xticks(range(len(conditions)), labels)
    axes.set(
        ylabel="correlation with wake (1)", xlim=(-0.5, len(conditions) - 0.5), ylim=(-0.3, 1.1)
    )
    finish(axes, "Patterns of wake in sleep", columns=2)
