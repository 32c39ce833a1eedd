"""How does the inner compass move in REM? Virtual turns and drift, from spikes alone."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import BLACK, BLUE, COLOURS, GREY, RED, figure
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
    with figure(9, 3.4, ncols=2, width_ratios=[1.8, 1]) as (drawn, (left, right)):
        if "example" in tree:
            _draw_example(left, tree["example"].to_dataset(), tree["turns"].to_dataset())
        drift = summary[(summary.quantity == "rem_drift_speed") & (summary.origin == "recovered")]
        width = drift.condition.str.removesuffix("ms").astype(float)
        error = np.abs(np.stack([drift.ci_low, drift.ci_high]) - drift.estimate.to_numpy())
        right.errorbar(width, drift.estimate, yerr=error, fmt="o-", color=BLUE, label="decoded")
        right.plot(width, drift.truth, "D", color=BLACK, label="planted, same bins")
        right.axhline(
            drift.reference.iloc[0], color=COLOURS["published"], ls="--", label="published"
        )
        right.set(xscale="log", xlabel="bin (ms)", ylabel="drift speed (deg/s)", ylim=(0, None))
        right.set_xticks(width, [f"{w:g}" for w in width], minor=False)
        right.minorticks_off()
        right.set_title("Drift depends on the bin")
        right.legend(fontsize=8)
        return drawn


def _draw_example(axes, example: xr.Dataset, turns: xr.Dataset) -> None:
    time = example["time"].values
    shown = time < time[0] + SHOWN
    start = time[0]
    for first, last, amplitude in zip(
        turns["first"].values, turns["last"].values, turns["amplitude"].values, strict=True
    ):
        if time[last] < start + SHOWN:
            colour = BLUE if amplitude > 0 else RED
            axes.axvspan(time[first] - start, time[last] - start, color=colour, alpha=0.15, lw=0)
    planted = np.rad2deg(example["planted"].values[shown])
    decoded = np.rad2deg(example["estimate"].values[shown])
    axes.plot(time[shown] - start, planted, ".", ms=4, color=BLACK, label="planted")
    axes.plot(time[shown] - start, decoded, "x", ms=4, color=GREY, label="decoded")
    axes.set(xlabel="time in REM (s)", ylabel="heading (deg)", ylim=(0, 360))
    axes.set_yticks([0, 90, 180, 270, 360])
    axes.set_title("Virtual turns: counter-clockwise blue, clockwise red")
    axes.legend(fontsize=8, loc="upper right")
