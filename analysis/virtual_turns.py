"""Does the sleeping compass turn where the colliculus commands? From spikes alone."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from analysis.headings import (
    Headings,
    events_in,
    imported_names,
    permutation_p,
    scalars,
    single,
    with_p_values,
)
from analysis.plots import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    WIDTH,
    draw_headings,
    finish,
    panels,
    say_nothing_to_draw,
)
from analysis.results import Answer, Quantity, result, rows_of_quantity
from neurosim import MissingData
from neurosim.decode.bins import group_name
from neurosim.decode.drift import find_turns
from neurosim.decode.heading import normal_brain
from neurosim.decode.turn_relations import PAIRS, probability
from neurosim.stats.intervals import mean_interval, proportion_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row

SAME, OTHER = PAIRS
SHOWN = 20.0  # s in the figure
EYE_CLAIM = "C001"
FREE = "no published number ({})"
ALPHA = 0.05
LAG_TOLERANCE = 10.0  # ms
NO_PAIR = "expected two epochs of REM to pair with each other, found one"
NO_PEAK = "the correlation has no peak within the longest lag"


def analyse(headings: Headings, references: Mapping[str, Reference]) -> xr.DataTree:
    """Summarise virtual turns: how many, after which commands, how far, how late, with the eyes.

    Lag and amplitude have no published number (C024, C025): they are reported as free.

    Returns
    -------
    DataTree
        ``/summary``; ``/triggered`` and ``/correlation`` (recording, pairs, lag); ``/eye``
        (movement) of the first animal; ``/wake``, ``/rem`` (time) of one animal with the events
        in ``/wake_events`` and ``/rem_events``.
    """
    rows = [
        *_turn_rates(headings),
        *_event_rows(headings),
        *_lag_rows(headings),
        *_eye_rows(headings, references),
    ]
    return result(rows, _shown(headings))


def _quantity(name: str, unit: str, estimator: str, origin: str, **given: object) -> Quantity:
    return Quantity("heading", name, unit, estimator, origin, **given)


def _turn_rates(headings: Headings) -> list[Row]:
    """Turns of the decoded heading, whatever commanded them."""
    decoded, missing = headings.get("decoded", f"rem/{group_name(headings.bin_s)}")
    planted, _ = headings.get("planted", "decoded")
    answers = {}
    for name, found in decoded.items():
        try:
            here = normal_brain(found)
        except MissingData as gap:
            missing = missing | {name: f"{name}: {gap}"}
            continue
        turns = find_turns(
            here["estimate"].values,
            here["interval"].values,
            headings.bin_s,
            headings.limits["min_speed_deg_s"],
            headings.limits["min_angle_deg"],
        )
        truth = NAN
        if name in planted:
            truth = float(planted[name]["turn_rate"].sel(state="rem", bin=headings.bin_s))
        seconds = here.sizes["time"] * headings.bin_s
        answers[name] = single(turns.sizes["turn"] / seconds, truth)
    quantity = _quantity("rem_turn_rate", "s-1", "bayes", "recovered")
    condition = f"{headings.bin_s * 1000:g}ms"
    return rows_of_quantity(quantity, condition, answers, missing, headings.simulated)


def _event_rows(headings: Headings) -> list[Row]:
    """Turns after population turn events, and as long after the start of another epoch."""
    found, missing = headings.get("virtual", "events")
    turned = {name: data["turn"] for name, data in found.items()}
    rows: list[Row] = []
    for pairs in PAIRS:
        recovered = pairs == SAME
        absent = missing | ({} if recovered else _without_pairs(turned))
        here = {n: turn.sel(pairs=pairs).values for n, turn in turned.items() if n not in absent}
        for name, unit, number, null, free in (
            ("turn_probability", "1", _share, "null_probability", "C002"),
            ("turn_amplitude", "degree", _mean_turn, "null_amplitude", "C025"),
        ):
            truth = headings.truth("events", name) if recovered else {}
            answers = {
                n: Answer(number(values, n not in headings.simulated), truth.get(n, NAN))
                for n, values in here.items()
            }
            text = f"t interval over subjects; {FREE.format(free)}"
            quantity = _quantity(
                name,
                unit,
                pairs,
                "recovered" if recovered else "emergent",
                test=text,
                single_unit="event",
                single_test=f"interval over events; {FREE.format(free)}",
            )
            made = rows_of_quantity(quantity, "rem", answers, absent, headings.simulated)
            if recovered:
                observed = {n: answer.estimate.value for n, answer in answers.items()}
                drawn = {n: data[null].values for n, data in found.items()}
                made = with_p_values(made, observed, drawn, headings.simulated, "events in time")
            rows += made
    return rows


def _without_pairs(turned: Mapping[str, xr.DataArray]) -> dict[str, str]:
    return {
        name: f"{name}: {NO_PAIR}"
        for name, turn in turned.items()
        if not np.isfinite(turn.sel(pairs=OTHER)).any()
    }


def _share(turned: np.ndarray, alone: bool) -> object:
    """Share of turns in the commanded direction; with an interval where a recording is alone."""
    known = turned[np.isfinite(turned)]
    return proportion_interval(known > 0) if alone else single(probability(turned)).estimate


def _mean_turn(turned: np.ndarray, alone: bool) -> object:
    interval = mean_interval(turned)
    return interval if alone else single(interval.value).estimate


def _lag_rows(headings: Headings) -> list[Row]:
    """Lag of the decoded heading behind the colliculus, and the height of the peak."""
    found, missing = headings.get("virtual", "correlation")
    planted, _ = headings.get("planted", "correlation")
    rows: list[Row] = []
    for pairs in PAIRS:
        here = {name: data.sel(pairs=pairs) for name, data in found.items()}
        none = {
            name: f"{name}: {NO_PAIR}"
            for name, data in here.items()
            if not np.isfinite(data["correlation"]).any()
        }
        here = {name: data for name, data in here.items() if name not in none}
        truth = {name: float(data["turn_lag"].sel(pairs=SAME)) for name, data in planted.items()}
        recovered = pairs == SAME
        lag = _quantity(
            "turn_lag",
            "ms",
            pairs,
            "recovered" if recovered else "emergent",
            test=f"t interval over subjects; {FREE.format('C024')}",
            single_test=f"none: one recording; {FREE.format('C024')}",
        )
        answers = scalars(here, "turn_lag", truth if recovered else {}, 1000.0)
        given = (missing | none, headings.simulated)
        made = rows_of_quantity(lag, "rem", answers, *given, nothing=NO_PEAK)
        rows += [_lag_judged(row) if recovered else row for row in made]
        peak = _quantity("turn_correlation", "1", pairs, "emergent")
        tops = {n: single(float(data["correlation"].max())) for n, data in here.items()}
        rows += rows_of_quantity(peak, "rem", tops, *given)
    return rows


def _lag_judged(row: Row) -> Row:
    """Judge a lag by the milliseconds that it is off: a part of a lag near zero means nothing."""
    if not np.isfinite(row.estimate) or not np.isfinite(row.truth):
        return row
    near = abs(row.estimate - row.truth) <= LAG_TOLERANCE
    return replace(
        row,
        test=f"{row.test}; recovers within {LAG_TOLERANCE:g} ms",
        verdict="recovers" if near else "does not recover",
    )


def _eye_rows(headings: Headings, references: Mapping[str, Reference]) -> list[Row]:
    """Do eye movements in REM go with the heading? A claim without a number (C001)."""
    found, missing = headings.get("virtual", "eye")
    null = {name: data["null_correlation"].values for name, data in found.items()}
    rows: list[Row] = []
    observed = {name: float(data["correlation"]) for name, data in found.items()}
    for variable, condition in (("correlation", "rem,amplitude"), ("agreement", "rem,direction")):
        quantity = _quantity(
            "eye_heading_correlation",
            "1",
            "pearson" if variable == "correlation" else "share_agreeing",
            "planted",
            single_unit="recording",
        )
        made = rows_of_quantity(
            quantity,
            condition,
            scalars(found, variable, {}),
            missing,
            headings.simulated,
            references[EYE_CLAIM],
        )
        if variable == "correlation":
            made = with_p_values(made, observed, null, headings.simulated, "movements")
        p = permutation_p(
            [observed.get(n, NAN) for n in headings.simulated],
            [null.get(n) for n in headings.simulated],
        )
        rows += [_judged(row, p if row.origin == "planted" else row.p_value) for row in made]
    return rows


def _judged(row: Row, p_value: float) -> Row:
    """Word the verdict on the claim: in simulated REM the eyes follow the same commands."""
    if not np.isfinite(row.estimate) or not np.isfinite(p_value):
        return row
    if p_value >= ALPHA:
        return replace(row, verdict="does not hold")
    return replace(row, verdict="holds only when planted" if row.origin == "planted" else "holds")


def _shown(headings: Headings) -> dict[str, xr.Dataset]:
    """What the figure shows."""
    shown: dict[str, xr.Dataset] = {}
    for group, variable in (("triggered", "velocity"), ("correlation", "correlation")):
        found, _ = headings.get("virtual", group)
        if found:
            joined = xr.concat(
                [data[variable] for data in found.values()],
                xr.Variable("recording", list(found)),
            )
            shown[group] = joined.to_dataset(name=variable)
    eyes, _ = headings.get("virtual", "eye")
    first = next((eyes[name] for name in (*headings.simulated, *eyes) if name in eyes), None)
    if first is not None:
        shown["eye"] = first[["eye", "heading"]]
    return shown | _example(headings)


def _example(headings: Headings) -> dict[str, xr.Dataset]:
    """Decoded heading of the first animal with turn events, awake and in REM, and the events."""
    turns, _ = headings.get("turns", "events")
    group = group_name(headings.bin_s)
    decoded = {state: headings.get("decoded", f"{state}/{group}")[0] for state in ("wake", "rem")}
    planted, _ = headings.get("planted", "rem")
    names = [n for n in headings.simulated if n in turns and n in decoded["rem"] and n in planted]
    if not names:
        return {}
    name, shown = names[0], {}
    for state, truth in (("wake", "heading"), ("rem", "planted")):
        if name not in decoded[state]:
            continue
        here = decoded[state][name]
        if state == "rem":
            here = here.assign(planted=planted[name]["planted"])
        first = _longest_epoch(here)
        near = here.isel(time=((here["time"] >= first) & (here["time"] < first + SHOWN)).values)
        shown[state] = xr.Dataset(
            {
                "true": near[truth].variable,
                "estimate": near["estimate"].variable,
            },
            {"time": near["time"]},
            {"bin_s": headings.bin_s},
        )
        start, stop, direction = events_in(turns[name], "run" if state == "wake" else "rem")
        inside = (start >= first) & (start < first + SHOWN)
        shown[f"{state}_events"] = _events(start[inside], stop[inside], direction[inside])
    return shown


def _longest_epoch(decoded: xr.Dataset) -> float:
    """Time (s) of the first bin of the longest epoch; of all bins where epochs are not told."""
    if "interval" not in decoded:
        return float(decoded["time"][0])
    _, first, size = np.unique(decoded["interval"].values, return_index=True, return_counts=True)
    return float(decoded["time"].values[first[size.argmax()]])


def _events(start: np.ndarray, stop: np.ndarray, direction: np.ndarray) -> xr.Dataset:
    return xr.Dataset(
        {
            "start": ("event", start, {"units": "s", "long_name": "start of the turn event"}),
            "stop": ("event", stop, {"units": "s", "long_name": "end of the turn event"}),
            "direction": (
                "event",
                direction.astype(np.int8),
                {"long_name": "commanded: 1 counter-clockwise, -1 clockwise"},
            ),
        }
    )


def draw(tree: xr.DataTree) -> Figure:
    """Draw headings with turn events, the event-triggered average, the lag, and the eyes."""
    layout = [["wake"] * 3, ["rem"] * 3, ["triggered", "correlation", "eye"]]
    heights = {"height_ratios": [1, 1, 1.3]}
    with panels(WIDTH, 9.0, layout, **heights) as (drawn, axes):
        for state, title in (("wake", "Awake in the arena"), ("rem", "REM")):
            if state in tree:
                _draw_headings(
                    axes[state],
                    tree[state].to_dataset(),
                    tree[f"{state}_events"].to_dataset(),
                    f"{title}: decoded heading and turn events of the colliculus",
                )
            else:
                say_nothing_to_draw(axes[state], f"{title}: no animal with turn events")
        summary = tree["summary"].to_dataset().to_dataframe()
        _draw_triggered(axes["triggered"], tree, imported_names(summary))
        _draw_correlation(axes["correlation"], tree, summary)
        _draw_eye(axes["eye"], tree)
        return drawn


def _draw_headings(axes, shown: xr.Dataset, events: xr.Dataset, title: str) -> None:
    """Draw true and decoded heading over the turn events."""
    first, width = float(shown["time"][0]), float(shown.attrs["bin_s"])
    time = shown["time"].values - first
    label = "true" if title.startswith("Awake") else "planted"
    draw_headings(axes, time, shown["true"].values, shown["estimate"].values, width, label=label)
    for start, stop, direction in zip(
        *(events[name].values for name in ("start", "stop", "direction")), strict=True
    ):
        colour, word = (BLUE, "counter-clockwise") if direction > 0 else (RED, "clockwise")
        axes.axvspan(
            start - first, stop - first, color=colour, alpha=0.25, lw=0, label=f"event, {word}"
        )
    axes.set(xlabel="time (s)", xlim=(0, SHOWN))
    finish(axes, title, columns=4)


def _draw_triggered(axes, tree: xr.DataTree, imported: set[str]) -> None:
    """Draw the decoded angular velocity around events, a line an animal, and the control."""
    if "triggered" not in tree:
        return say_nothing_to_draw(axes, "no turn events of the colliculus")
    velocity = tree["triggered"]["velocity"]
    _draw_pairs(axes, velocity, imported)
    axes.set(xlabel="time from the event (s)", ylabel="turning as commanded (deg/s)")
    finish(axes, "Event-triggered virtual turn", columns=1, lines=3)


def _draw_pairs(axes, values: xr.DataArray, imported: set[str]) -> None:
    """Draw lines by lag, thin for animals and thick for their mean, and those of other epochs."""
    names = values["recording"].values.astype(str)
    for name in [name for name in names if name in imported]:
        line = values.sel(recording=name, pairs=SAME)
        axes.plot(line["lag"], line, color=PURPLE, lw=2, zorder=4, label=name)
    values = values.isel(recording=[k for k, name in enumerate(names) if name not in imported])
    lag = values["lag"].values
    for pairs, colour, words in (
        (OTHER, GREY, "SC and ADN of different epochs"),
        (SAME, ORANGE, "of the same epoch"),
    ):
        lines = values.sel(pairs=pairs).values
        lines = lines[np.isfinite(lines).any(axis=1)]
        if not len(lines):
            continue
        axes.plot(lag, lines.T, color=colour, lw=0.6, alpha=0.5)
        axes.plot(lag, np.nanmean(lines, axis=0), color=colour, lw=2.2, label=words)
    axes.axhline(0, color=GREY, lw=0.6, ls=":")
    axes.axvline(0, color=GREY, lw=0.6, ls=":")


def _draw_correlation(axes, tree: xr.DataTree, summary: pd.DataFrame) -> None:
    """Draw the cross-correlation, and the planted lag."""
    if "correlation" not in tree:
        return say_nothing_to_draw(axes, "no turn cells of the colliculus")
    _draw_pairs(axes, tree["correlation"]["correlation"], imported_names(summary))
    rows = summary[(summary.quantity == "turn_lag") & summary.truth.notna()]
    for row in rows.itertuples():
        axes.axvline(row.truth / 1000, color=BLACK, lw=1.5, ls="--", label="planted lag")
    axes.set(xlabel="ADN after SC (s)", ylabel="correlation (1)")
    finish(axes, "Lag of the compass", columns=1, lines=3)


def _draw_eye(axes, tree: xr.DataTree) -> None:
    """Draw eye movements against virtual turns of one animal."""
    if "eye" not in tree:
        return say_nothing_to_draw(axes, "no eye positions in this run")
    axes.plot(tree["eye"]["eye"], tree["eye"]["heading"], ".", color=BLUE, ms=4, alpha=0.6)
    axes.axhline(0, color=GREY, lw=0.6, ls=":")
    axes.axvline(0, color=GREY, lw=0.6, ls=":")
    axes.set(xlabel="rapid eye movement, one animal (deg)", ylabel="virtual turn (deg)")
    finish(axes, "Eye movements in REM", columns=1, lines=3)
