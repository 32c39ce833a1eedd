"""How does the inner compass move in REM? Virtual turns and drift, from spikes alone."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import (
    BLACK,
    BLUE,
    GREEN,
    OTHERS,
    RED,
    WIDTH,
    draw_headings,
    figure,
    finish,
    interval_points,
    published_range,
    recording_name,
    say_nothing_to_draw,
)
from analysis.results import (
    Answer,
    Quantity,
    available,
    result,
    rows_of_quantity,
)
from neurosim.decode.bins import group_name
from neurosim.decode.heading import drift_speed, find_turns
from neurosim.stats.intervals import mean_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row

REFERENCE = "B005b"  # decoded drift in REM, public re-analysis
SHOWN = 25.0  # s of REM in the figure
DRIFT = Quantity("heading", "rem_drift_speed", "degree s-1", "bayes", "recovered")
TURNS = Quantity("heading", "rem_turn_rate", "s-1", "bayes", "recovered")
ERROR = Quantity("heading", "rem_heading_error_median", "degree", "bayes", "emergent")


def _turns(decoded: xr.Dataset, turns: Mapping[str, float]) -> xr.Dataset:
    return find_turns(
        decoded["estimate"].values,
        decoded["interval"].values,
        float(decoded.attrs["bin_s"]),
        turns["min_speed_deg_s"],
        turns["min_angle_deg"],
    )


def _turn_rate(decoded: xr.Dataset, turns: Mapping[str, float]) -> float:
    """Virtual turns a second."""
    seconds = decoded.sizes["time"] * float(decoded.attrs["bin_s"])
    return _turns(decoded, turns).sizes["turn"] / seconds


def _drift(decoded: xr.Dataset) -> float:
    return drift_speed(
        decoded["estimate"].values, decoded["interval"].values, float(decoded.attrs["bin_s"])
    )


def analyse(
    decoded_paths: Sequence[Path],
    planted_paths: Sequence[Path],
    simulated: Sequence[str],
    widths: Sequence[float],
    turns: Mapping[str, float],
    references: Mapping[str, Reference],
) -> xr.DataTree:
    """Summarise drift, error and turns of the decoded heading in REM.

    Parameters
    ----------
    decoded_paths, planted_paths : sequence of Path
        Outputs of decode_sleep_heading and match_planted_heading, a group a bin width.
    simulated : sequence of str
        Names of the simulated subjects.
    widths : sequence of float
        Bin widths, s.
    turns : Mapping
        ``bin_s``, ``min_speed_deg_s``, ``min_angle_deg``.
    references : Mapping of id to Reference

    Returns
    -------
    DataTree
        ``/summary``; ``/example`` (time) with the first subject's turns in ``/turns``.
    """
    rows: list[Row] = []
    data: dict[str, xr.Dataset] = {}
    for width in widths:
        decoded, missing = available(decoded_paths, group_name(width))
        planted, _ = available(planted_paths, group_name(width))
        at_turns = width == turns["bin_s"]
        condition = f"{width * 1000:g}ms"
        for quantity, answers in _answers(decoded, planted, turns if at_turns else None):
            # The published drift names no bin width: it stands beside one width only.
            reference = references[REFERENCE] if at_turns and quantity is DRIFT else None
            absent = {} if quantity is ERROR else missing
            rows += rows_of_quantity(quantity, condition, answers, absent, simulated, reference)
        shown = [name for name in simulated if name in decoded and name in planted]
        if at_turns and shown:
            first = decoded[shown[0]]
            data["example"] = first.assign(planted=planted[shown[0]]["planted"])
            data["turns"] = _turns(first, turns)
    return result(rows, data)


def _answers(
    decoded: Mapping[str, xr.Dataset],
    planted: Mapping[str, xr.Dataset],
    turns: Mapping[str, float] | None,
) -> Iterator[tuple[Quantity, dict[str, Answer]]]:
    """Quantities of one bin width with what each recording answers."""

    def answer(name: str, number: float, truth: str) -> Answer:
        known = float(planted[name][truth]) if name in planted else NAN
        return Answer(mean_interval([number]), known)

    yield DRIFT, {n: answer(n, _drift(d), "drift_speed") for n, d in decoded.items()}
    if turns is not None:
        rates = {name: _turn_rate(data, turns) for name, data in decoded.items()}
        yield TURNS, {name: answer(name, rate, "turn_rate") for name, rate in rates.items()}
    errors = {name: float(data["error_median"]) for name, data in planted.items()}
    yield ERROR, {name: Answer(mean_interval([error])) for name, error in errors.items()}


def draw(tree: xr.DataTree) -> Figure:
    """Draw decoded and planted heading in REM with the turns found, and drift by bin width."""
    summary = tree["summary"].to_dataset().to_dataframe()
    with figure(WIDTH, 3.9, ncols=2, width_ratios=[1.8, 1]) as (drawn, (left, right)):
        if "example" in tree:
            _draw_example(left, tree["example"].to_dataset(), tree["turns"].to_dataset())
        else:
            say_nothing_to_draw(left, "turns were not looked for at any of these bin widths")
        _draw_drift(right, summary[summary.quantity == "rem_drift_speed"])
        return drawn


def _draw_example(axes, example: xr.Dataset, turns: xr.Dataset) -> None:
    """Draw the first seconds of planted and decoded heading over the turns that were found."""
    time = example["time"].values - float(example["time"][0])
    shown, width = time < SHOWN, float(example.attrs["bin_s"])
    planted, decoded = example["planted"].values[shown], example["estimate"].values[shown]
    draw_headings(axes, time[shown], planted, decoded, width, label="planted")
    for first, last, amplitude in zip(
        turns["first"].values, turns["last"].values, turns["amplitude"].values, strict=True
    ):
        if time[last] < SHOWN:
            label = "turn counter-clockwise" if amplitude > 0 else "turn clockwise"
            colour = BLUE if amplitude > 0 else RED
            axes.axvspan(time[first], time[last], color=colour, alpha=0.2, lw=0, label=label)
    axes.set(xlabel="time in REM (s)", xlim=(0, SHOWN))
    finish(axes, f"Virtual turns in REM, {width * 1000:g} ms bins", columns=2, lines=2)


def _draw_drift(axes, rows: pd.DataFrame) -> None:
    """Draw the drift by bin width, planted, decoded, published and in imported recordings."""
    rows = rows[np.isfinite(rows.estimate)]
    if rows.empty:
        return say_nothing_to_draw(axes, "no estimate of the drift in this run")
    rows = rows.assign(width=rows.condition.str.extract(r"([\d.]+)ms")[0].astype(float))
    axes.axhspan(*published_range(next(rows.itertuples())), color=GREEN, alpha=0.2, lw=0)
    axes.axhline(rows.reference.max(), color=GREEN, lw=1, label="published (\u00b1 20 %)")
    colours = itertools.cycle(OTHERS)
    for name, here in rows.groupby(rows.condition.map(recording_name), sort=False):
        colour, label = (next(colours), name) if name else (BLUE, "decoded")
        interval_points(axes, here.width, here, fmt="o-", color=colour, label=label)
    axes.plot(rows.width, rows.truth, "D", ms=7, color=BLACK, label="planted, same bins")
    widths = sorted(set(rows.width))
    axes.set(xscale="log", xlabel="bin (ms)", ylabel="drift speed (deg/s)", ylim=(0, None))
    axes.set_xticks(widths, [f"{width:g}" for width in widths])
    axes.minorticks_off()
    finish(axes, "Drift depends on the bin", columns=2, lines=2)
