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
from neurosim.decode.slopes import SLOPES_WITH_INTERVAL
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
WITH_INTERVAL = ("likelihood", *SLOPES_WITH_INTERVAL)
LABELS = {name: name.replace("_", " ") for name in ESTIMATORS} | {
    "posterior_regression_all_bins": "regression, all bins"
}


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
    interval holds the truth, of those that have one (a regression needs three observations),
    accuracy the share of resolved events whose direction is right. Each is computed within a
    population and then averaged over populations (t interval): events of a population share its
    fields.

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
        ``/summary``; ``/table`` (row): bias, spread and coverage of all estimators.
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
    """Events as a table: resolved, right; estimate / truth and covered of each estimator.

    Covered is 1 where the interval holds the truth, 0 where not, NaN where there is none.
    """
    truth = events["true_speed"].values
    outbound, forward = (events[f"{n}_probability"].values for n in ("outbound", "forward"))
    sure = np.minimum(np.maximum(outbound, 1 - outbound), np.maximum(forward, 1 - forward))
    frame = pd.DataFrame(
        {
            "ratio": events["ratio"].values.round(6),
            "population": events["population"].values,
            "n_spikes": events["n_spikes"].values,
            "resolved": sure >= min_probability,
            "right": (forward > 0.5) == (events["true_forward"].values == 1),
        }
    )
    frame["group"] = pd.cut(frame.n_spikes, SPIKE_EDGES, right=False, labels=SPIKE_GROUPS)
    for name in ESTIMATORS:
        one = events.sel(estimator=name)
        low, high = one["speed_low"].values, one["speed_high"].values
        frame[name] = one["speed"].values / truth
        frame[_covered(name)] = np.where(np.isfinite(low), (low <= truth) & (truth <= high), np.nan)
    return frame


def _covered(estimator: str) -> str:
    """Name the column that says whether an estimator's interval holds the truth."""
    return f"{estimator}_covered"


def _coverage(group: pd.DataFrame, estimator: str) -> tuple[Estimate, int]:
    """Coverage over populations, and the number of events that have an interval."""
    known = group[_covered(estimator)].dropna()
    return fraction_interval(_by_population(known, group).mean().to_numpy(float)), known.size


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
    for name in WITH_INTERVAL:
        estimate, n_events = _coverage(group, name)
        rows.append(
            make_row(
                "replay",
                "interval_coverage",
                estimator=name,
                estimate=estimate,
                truth=COVERAGE,
                test=f"t interval over populations; {n_events} events",
                reason="no event with an interval",
                **shared,
            )
        )
    resolved = group[group.resolved]
    for quantity, values, of, truth in (
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
    """Bias, spread (the quartiles' distance of the logarithm / 1.349) and coverage of each."""
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
                "coverage": _coverage(group, name)[0].value,
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
        "coverage": "share of 90 % intervals that hold the truth, averaged over populations",
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
    """Draw estimated against planted ratios, what intervals cover, and what few spikes do."""
    rows = _parsed(tree["summary"].to_dataset().to_dataframe())
    plain = rows[rows.ratio.notna() & (rows.extra == "")]
    shown = sorted(plain.cells.unique()) or [np.nan]
    grid = {"nrows": 2, "ncols": 3, "sharex": "col"}
    ratios = {"width_ratios": [1, 1, 1.15], "height_ratios": [1.3, 1]}
    with figure(WIDTH, 7.0, **grid, **ratios) as (drawn, axes):
        for column, n_cells in enumerate((shown[0], shown[-1])):
            _draw_ratios(*axes[:, column], plain[plain.cells == n_cells], f"{n_cells:.0f} cells")
        _draw_spike_counts(*axes[:, 2], rows[rows.group != ""])
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


def _draw_ratios(above, below, rows: pd.DataFrame, title: str) -> None:
    """Draw estimate / truth and coverage of each estimator against the planted ratio."""
    if rows.empty:
        for axes in (above, below):
            say_nothing_to_draw(axes, "no table of traversals")
        return
    above.axhline(1.0, ls="--", color=BLACK, lw=1.5, label="planted", zorder=4)
    for axes, quantity in ((above, "compression_bias"), (below, "interval_coverage")):
        for name in ESTIMATORS:
            one = rows[(rows.quantity == quantity) & (rows.estimator == name)].sort_values("ratio")
            style = {"fmt": "o-", "ms": 4, "color": COLOURS[name], "label": LABELS[name]}
            if name == "likelihood":
                style |= {"lw": 2.5, "zorder": 5}
            interval_points(axes, one.ratio, one, **style)
    above.set(xscale="log", yscale="log", ylim=(0.08, 25))
    for axis in (below.xaxis, above.yaxis):
        axis.set_major_formatter(ScalarFormatter())
        axis.set_minor_formatter(NullFormatter())
    below.set_xticks(sorted(rows.ratio.unique()))
    above.set_yticks([0.1, 0.2, 0.5, 1, 2, 5, 10, 20])
    above.set(ylabel="estimated / planted speed (1)")
    below.set(xlabel="planted compression (ratio)")
    _finish_coverage(below)
    finish(above, title, columns=2, lines=4)


def _draw_spike_counts(above, below, rows: pd.DataFrame) -> None:
    """Draw bias and direction of the likelihood, and all coverage, in short events by spikes."""
    if rows.empty:
        for axes in (above, below):
            say_nothing_to_draw(axes, "no short events")
        return

    def draw_line(axes, quantity: str, estimator: str, style: str, label: str = "") -> None:
        chosen = rows[(rows.quantity == quantity) & (rows.estimator == estimator)]
        means = chosen.groupby("group").estimate.mean().reindex(SPIKE_GROUPS)
        axes.plot(range(len(means)), means, style, ms=5, color=COLOURS[estimator], label=label)

    draw_line(above, "compression_bias", "likelihood", "o-", "median of estimate / truth")
    draw_line(above, "direction_accuracy", "likelihood", "^--", "direction right, of resolved")
    draw_line(above, "direction_unresolved_fraction", "likelihood", "v:", "direction unresolved")
    for name in WITH_INTERVAL:
        draw_line(below, "interval_coverage", name, "o-")
    above.axhline(1.0, color=BLACK, lw=1, ls="--")
    ticks = [group.replace("-", "–") for group in SPIKE_GROUPS]
    below.set_xticks(range(len(ticks)), ticks, rotation=30, ha="right", rotation_mode="anchor")
    above.set(ylabel="likelihood (1)", ylim=(0, None))
    below.set(xlabel="spikes in the event")
    _finish_coverage(below)
    finish(above, "Events of 60–300 ms", columns=1, lines=4)


def _finish_coverage(axes) -> None:
    """Mark what intervals should cover."""
    axes.axhline(COVERAGE, color=BLACK, lw=1.5, ls=":", zorder=4)
    axes.set(ylabel="90 % interval covers (1)", ylim=(-0.03, 1.03))
