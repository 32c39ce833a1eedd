"""How wrong is each estimator of replay speed? Bias, intervals and direction on planted events."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, ScalarFormatter

from analysis.plots import (
    BLACK,
    COLOURS,
    WIDTH,
    figure,
    finish,
    interval_points,
    say_nothing_to_draw,
)
from analysis.results import result
from neurosim.decode.trajectories import ESTIMATORS
from neurosim.files import load
from neurosim.stats.intervals import (
    Estimate,
    fraction_interval,
    geometric_interval,
    median_interval,
)
from neurosim.stats.summary import Row, make_row

SPIKE_EDGES = (0, 5, 10, 20, 40, 80, 160)
SPIKE_GROUPS = [f"{a}-{b - 1}" for a, b in pairwise(SPIKE_EDGES)]
MIN_EVENTS = 20  # fewer in a group of spike counts say nothing
COVERAGE = 0.9


def describe_table(table: Mapping[str, object]) -> str:
    """Word what a table differs in, as a condition.

    >>> describe_table({"n_cells": 80, "gain": 1.0, "bin_s": 0.02, "spikes": "bursty"})
    'cells=80,gain=1,bin=20ms,spikes=bursty'
    """
    parts = [f"cells={table['n_cells']}"]
    if "gain" in table:
        parts.append(f"gain={table['gain']:g}")
    if "bin_s" in table:
        parts.append(f"bin={1000 * table['bin_s']:g}ms")
    if "wake_s" in table:
        parts.append(f"wake={table['wake_s']:g}s")
    if "spikes" in table:
        parts.append(f"spikes={table['spikes']}")
    return ",".join(parts)


def analyse(
    paths: Sequence[Path],
    tables: Mapping[str, Mapping],
    min_probability: float,
) -> xr.DataTree:
    """Summarise every calibration table.

    Bias is the median over events of estimate / truth, coverage the share of events whose 90 %
    interval holds the truth, accuracy the share of resolved events whose direction is right. Each
    is computed within a population and then averaged over populations (t interval): events of a
    population share its fields.

    Parameters
    ----------
    paths : sequence of Path
        Outputs of calibrate_kinematics, named after their tables.
    tables : Mapping of table name to Mapping
        What each table differs in.
    min_probability : float
        Posterior of map and of direction from which an event is resolved.

    Returns
    -------
    DataTree
        ``/summary``; ``/table`` (row): bias and spread of all estimators.
    """
    rows: list[Row] = []
    spread: list[dict] = []
    for path in paths:
        condition = describe_table(tables[path.stem])
        for design in ("traversal", "short"):
            events = _frame(load(path, design), min_probability)
            column = "ratio" if design == "traversal" else "group"
            for value, group in events.groupby(column, observed=True, sort=True):
                if design == "traversal":
                    where = f"{condition},ratio={value:g}"
                else:
                    where = f"{condition},duration=60-300ms,n_spikes={value}"
                if len(group) >= MIN_EVENTS:
                    rows += _rows(group, where)
                    spread += _spreads(group, where)
    return result(rows, {"table": _table(spread)})


def _frame(events: xr.Dataset, min_probability: float) -> pd.DataFrame:
    """Events as a table: estimate / truth of each estimator, covered, resolved, right."""
    truth = events["true_speed"].values
    outbound, forward = (events[f"{n}_probability"].values for n in ("outbound", "forward"))
    sure = np.minimum(np.maximum(outbound, 1 - outbound), np.maximum(forward, 1 - forward))
    frame = pd.DataFrame(
        {
            "ratio": events["ratio"].values.round(6),
            "population": events["population"].values,
            "n_spikes": events["n_spikes"].values,
            "covered": (events["speed_low"].values <= truth)
            & (truth <= events["speed_high"].values),
            "resolved": sure >= min_probability,
            "right": (forward > 0.5) == (events["true_forward"].values == 1),
        }
    )
    frame["group"] = pd.cut(frame.n_spikes, SPIKE_EDGES, right=False, labels=SPIKE_GROUPS)
    for name in ESTIMATORS:
        frame[name] = events["speed"].sel(estimator=name).values / truth
    return frame


def _by_population(values: pd.Series, group: pd.DataFrame) -> pd.core.groupby.SeriesGroupBy:
    return values.groupby(group.population)


def _rows(group: pd.DataFrame, condition: str) -> list[Row]:
    """Rows of one cell of a table."""
    shared = {"condition": condition, "origin": "recovered", "unit": "1", "n_unit": "population"}
    rows = [
        make_row(
            "replay",
            "compression_bias",
            estimator=name,
            estimate=_bias(group, name),
            truth=1.0,
            test="t interval over populations on logarithms of the median",
            **shared,
        )
        for name in ESTIMATORS
    ]
    resolved = group[group.resolved]
    for quantity, values, of, truth in (
        ("interval_coverage", group.covered, group, COVERAGE),
        ("direction_accuracy", resolved.right, resolved, 1.0),
        ("direction_unresolved_fraction", ~group.resolved, group, np.nan),
    ):
        estimate = fraction_interval(_by_population(values, of).mean().to_numpy(float))
        rows.append(
            make_row(
                "replay",
                quantity,
                estimator="likelihood",
                estimate=estimate,
                truth=truth,
                test=f"t interval over populations; {len(of)} events",
                reason="no resolved event",
                **(shared | ({} if np.isfinite(truth) else {"origin": "emergent"})),
            )
        )
    return rows


def _bias(group: pd.DataFrame, estimator: str) -> Estimate:
    """Bias over populations; one population stands for itself with its order statistics."""
    values = group[estimator].replace(0.0, np.nan)
    medians = _by_population(values, group).median().to_numpy(float)
    if np.isfinite(medians).sum() < 2:
        return median_interval(values.to_numpy(float))
    return geometric_interval(medians)


def _spreads(group: pd.DataFrame, condition: str) -> list[dict]:
    """Bias and spread of every estimator: the quartiles' distance of the logarithm / 1.349."""
    found = []
    for name in ESTIMATORS:
        values = group[name].to_numpy(float)
        values = np.log(values[np.isfinite(values) & (values > 0)])
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75]) if values.size else [np.nan] * 3
        found.append(
            {
                "condition": condition,
                "estimator": name,
                "bias": np.exp(middle),
                "spread": (high - low) / 1.349,
                "undefined": 1 - values.size / len(group),
                "n_events": len(group),
            }
        )
    return found


def _table(spread: Sequence[Mapping]) -> xr.Dataset:
    long_names = {
        "condition": "cell of the table",
        "estimator": "estimator",
        "bias": "median of estimate / truth over all events",
        "spread": "robust SD of log(estimate / truth)",
        "undefined": "share of events without an estimate",
        "n_events": "events",
    }
    frame = pd.DataFrame(spread, columns=list(long_names))
    variables = {}
    for name, long_name in long_names.items():
        attributes = {"long_name": long_name}
        if frame[name].dtype.kind == "f":
            attributes["units"] = "1"
        values = frame[name].to_numpy()
        variables[name] = ("row", values, attributes)
    return xr.Dataset(variables)


def draw(tree: xr.DataTree) -> Figure:
    """Draw estimated against planted ratios, and what few spikes do to the likelihood."""
    summary = tree["summary"].to_dataset().to_dataframe()
    bias = _parsed(summary[summary.quantity == "compression_bias"])
    with figure(WIDTH, 4.6, ncols=3, width_ratios=[1, 1, 1.15]) as (drawn, axes):
        plain = bias[bias.ratio.notna() & (bias.extra == "")]
        shown = sorted(plain.cells.unique())
        for axis, n_cells in zip(axes[:2], [shown[0], shown[-1]] if shown else [], strict=False):
            _draw_ratios(axis, plain[plain.cells == n_cells], f"{n_cells:.0f} cells")
        if not shown:
            for axis in axes[:2]:
                say_nothing_to_draw(axis, "no table of traversals")
        axes[1].set(ylabel="")
        _draw_spike_counts(axes[2], _parsed(summary))
        return drawn


def _parsed(rows: pd.DataFrame) -> pd.DataFrame:
    """Split conditions into cells, ratio, spikes in the event and what else differs."""
    parts = [dict(p.split("=", 1) for p in c.split(",") if "=" in p) for c in rows.condition]
    known = ("cells", "ratio", "n_spikes", "duration")
    return rows.assign(
        cells=[float(p.get("cells", np.nan)) for p in parts],
        ratio=[float(p.get("ratio", np.nan)) for p in parts],
        group=[p.get("n_spikes", "") for p in parts],
        extra=[",".join(f"{k}={v}" for k, v in p.items() if k not in known) for p in parts],
    )


def _draw_ratios(axes, rows: pd.DataFrame, title: str) -> None:
    """Draw estimate / truth of each estimator against the planted ratio."""
    ratios = np.array(sorted(rows.ratio.unique()))
    axes.axhline(1.0, ls="--", color=BLACK, lw=1.5, label="planted", zorder=4)
    for name in ESTIMATORS:
        one = rows[rows.estimator == name].sort_values("ratio")
        style = {"fmt": "o-", "ms": 4} | ({"lw": 2.5, "zorder": 5} if name == "likelihood" else {})
        label = name.replace("_", " ").replace("posterior regression all", "regression, all")
        interval_points(axes, one.ratio, one, color=COLOURS[name], label=label, **style)
    axes.set(xscale="log", yscale="log", ylim=(0.08, 25))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(ScalarFormatter())
        axis.set_minor_formatter(NullFormatter())
    axes.set_xticks(ratios)
    axes.set_yticks([0.1, 0.2, 0.5, 1, 2, 5, 10, 20])
    axes.set(xlabel="planted compression (ratio)", ylabel="estimated / planted speed (1)")
    finish(axes, title, columns=2, lines=4)


def _draw_spike_counts(axes, rows: pd.DataFrame) -> None:
    """Draw bias, coverage and accuracy of the likelihood in short events by their spikes."""
    rows = rows[(rows.group != "") & (rows.estimator == "likelihood")]
    if rows.empty:
        return say_nothing_to_draw(axes, "no short events")
    order = SPIKE_GROUPS
    styles = {
        "compression_bias": ("median of estimate / truth", COLOURS["likelihood"], "o"),
        "interval_coverage": ("90 % interval covers", COLOURS["line_fit"], "s"),
        "direction_accuracy": (
            "direction right, of resolved",
            COLOURS["posterior_regression"],
            "^",
        ),
        "direction_unresolved_fraction": ("direction unresolved", COLOURS["unresolved"], "v"),
    }
    for quantity, (label, colour, marker) in styles.items():
        values = rows[rows.quantity == quantity].groupby("group").estimate.mean()
        places = [order.index(group) for group in order if group in values.index]
        axes.plot(
            places,
            [values[order[place]] for place in places],
            marker + "-",
            ms=5,
            color=colour,
            label=label,
        )
    axes.axhline(1.0, color=BLACK, lw=1, ls="--")
    axes.axhline(COVERAGE, color=COLOURS["line_fit"], lw=1, ls=":")
    ticks = [group.replace("-", "–") for group in order]
    axes.set_xticks(range(len(order)), ticks, rotation=30, ha="right", rotation_mode="anchor")
    axes.set(xlabel="spikes in the event", ylabel="likelihood (1)", ylim=(0, None))
    finish(axes, "Events of 60–300 ms", columns=1, lines=4)
