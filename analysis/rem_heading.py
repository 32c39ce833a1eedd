"""How does the inner compass move in REM? Virtual turns and drift, from spikes alone."""

import itertools
from collections.abc import Mapping, Sequence
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
from analysis.results import available, result
from neurosim.decode.bins import group_name
from neurosim.decode.heading import drift_speed, find_turns
from neurosim.stats.intervals import mean_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row, make_row, not_run_row

REFERENCE = "B005b"  # decoded drift in REM, public re-analysis
SHOWN = 25.0  # s of REM in the figure


def _turns(decoded: xr.Dataset, min_speed: float, min_angle: float) -> xr.Dataset:
    return find_turns(
        decoded["estimate"].values,
        decoded["interval"].values,
        float(decoded.attrs["bin_s"]),
        min_speed,
        min_angle,
    )


def _turn_rate(decoded: xr.Dataset, min_speed: float, min_angle: float) -> float:
    """Virtual turns a second."""
    seconds = decoded.sizes["time"] * float(decoded.attrs["bin_s"])
    return _turns(decoded, min_speed, min_angle).sizes["turn"] / seconds


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
    limits = (turns["min_speed_deg_s"], turns["min_angle_deg"])
    data: dict[str, xr.Dataset] = {}
    for width in widths:
        decoded, missing = available(decoded_paths, group_name(width))
        planted, _ = available(planted_paths, group_name(width))
        condition = f"{width * 1000:g}ms"
        numbers = [("rem_drift_speed", "degree s-1", _drift, "drift_speed", references[REFERENCE])]
        if width == turns["bin_s"]:
            rate = "rem_turn_rate", "s-1", lambda d: _turn_rate(d, *limits), "turn_rate", None
            numbers.append(rate)
            first = simulated[0]
            data["example"] = decoded[first].assign(planted=planted[first]["planted"])
            data["turns"] = _turns(decoded[first], *limits)
        for quantity, unit, number, truth, reference in numbers:
            rows += _rows(
                quantity, unit, number, truth, decoded, planted, simulated, condition, reference
            )
        errors = [float(planted[name]["error_median"]) for name in simulated]
        rows.append(
            make_row(
                "heading",
                "rem_heading_error_median",
                condition=condition,
                estimator="bayes",
                estimate=mean_interval(np.array(errors)),
                origin="recovered",
                unit="degree",
                n_unit="subject",
            )
        )
        rows += [
            not_run_row(
                "heading",
                "rem_drift_speed",
                condition=f"{condition},recording={name}",
                origin="measured",
                reason=reason,
            )
            for name, reason in missing.items()
        ]
    return result(rows, data)


def _rows(
    quantity, unit, number, truth, decoded, planted, simulated, condition, reference
) -> list[Row]:
    """Rows of one quantity: over simulated subjects, and for each imported recording."""
    shared = {"estimator": "bayes", "unit": unit, "reference": reference}
    values = np.array([number(decoded[name]) for name in simulated])
    true = np.mean([float(planted[name][truth]) for name in simulated])
    rows = [
        make_row(
            "heading",
            quantity,
            condition=condition,
            estimate=mean_interval(values),
            origin="recovered",
            n_unit="subject",
            truth=true,
            **shared,
        )
    ]
    for name in [n for n in decoded if n not in simulated]:
        rows.append(
            make_row(
                "heading",
                quantity,
                condition=f"{condition},recording={name}",
                estimate=mean_interval(np.array([number(decoded[name])])),
                origin="measured",
                n_unit="recording",
                truth=NAN,
                test="none: one recording",
                **shared,
            )
        )
    return rows


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
    axes.axhline(rows.reference.iloc[0], color=GREEN, lw=1, label="published (\u00b1 20 %)")
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
