"""How figures look: colours that colour-blind people can tell apart, one size, one style."""

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from neurosim.files import written_aside
from neurosim.stats.references import TOLERANCE, decides_on

# Okabe & Ito (2008): https://jfly.uni-koeln.de/color/
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, YELLOW, BLACK = "#56B4E9", "#CC79A7", "#F0E442", "#000000"
GREY, PALE = "#707070", "#EBEBEB"
COLOURS = {
    "likelihood": BLUE,
    "posterior_regression": ORANGE,
    "posterior_regression_all_bins": GREY,
    "line_fit": GREEN,
    "rank_order": PURPLE,
    "map_regression": SKY,
    "step_size": RED,
    "evidence_known_fields": PURPLE,
    "forward": BLUE,
    "reverse": RED,
    "unresolved": GREY,
    "accelerating": SKY,
    "hover_and_jump": SKY,
    "remote": YELLOW,
    "diffusive": GREEN,
    "stationary": GREEN,
    "fragmented": ORANGE,
    "empty": PURPLE,
    "none": GREY,
    "population_vector": ORANGE,
    "population_vector_corrected": BLUE,
    "theta_lag": BLUE,
    "theta_sweep": ORANGE,
    "template_correlation": ORANGE,
    "poisson_regression": BLUE,
    "conditional_likelihood": ORANGE,
    "truth": BLACK,
    "published": GREEN,
}
OTHERS = (PURPLE, ORANGE, GREEN, RED)  # imported recordings, in turn
POSTERIOR_MAP = "Blues"
WIDTH = 10.0  # inches: the width of the report's column
LINE = 16.0  # points: a line of a legend
STYLE = {
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.formatter.use_mathtext": False,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "figure.dpi": 100,
    "figure.autolayout": False,
    "figure.constrained_layout.use": False,
    "savefig.dpi": 150,
    "svg.hashsalt": "neurosim",
    "svg.fonttype": "path",
}
HALO = (patheffects.withStroke(linewidth=4, foreground="white"),)


@contextmanager
def figure(width: float, height: float, **grid: object) -> Iterator[tuple[Figure, object]]:
    """Make a figure (inches) with axes in the project's style; close it afterwards."""
    with mpl.rc_context(STYLE):
        drawn, axes = plt.subplots(figsize=(width, height), layout="constrained", **grid)
        drawn.get_layout_engine().set(wspace=0.06)
        try:
            yield drawn, axes
        finally:
            plt.close(drawn)


@contextmanager
def panels(
    width: float, height: float, layout: Sequence[Sequence[str]], **options: object
) -> Iterator[tuple[Figure, dict[str, Axes]]]:
    """Make a figure (inches) whose axes have names; a name repeated in `layout` is one of them."""
    with mpl.rc_context(STYLE):
        drawn, axes = plt.subplot_mosaic(
            layout, figsize=(width, height), layout="constrained", **options
        )
        drawn.get_layout_engine().set(wspace=0.06)
        try:
            yield drawn, axes
        finally:
            plt.close(drawn)


def save_figure(drawn: Figure, *outs: Path) -> None:
    """Write a figure to each path by its suffix (png, svg), the same bytes each time.

    The figure's title, if it has one, is written into the file too, where the report finds it.
    """
    title = "; ".join(drawn.get_suptitle().splitlines())
    _settle(drawn)
    for out in outs:
        metadata = {"Title": title} if title else {}
        if out.suffix == ".svg":
            metadata["Date"] = None
        with mpl.rc_context(STYLE), written_aside(out) as aside:
            drawn.savefig(aside, metadata=metadata)


def _settle(drawn: Figure) -> None:
    """Lay the axes out for good; the last digits of the layout's solver change between runs."""
    with mpl.rc_context(STYLE):
        drawn.draw_without_rendering()
        drawn.set_layout_engine(None)  # after "none" every file would be drawn twice
    for axes in drawn.axes:
        axes.set_position(np.round(axes.get_position(original=True).bounds, 6))


def nothing_to_draw(reason: str) -> Figure:
    """Make a small figure that says why there is nothing to see."""
    with figure(WIDTH, 1.5) as (drawn, axes):
        say_nothing_to_draw(axes, reason)
        return drawn


def say_nothing_to_draw(axes: Axes, reason: str) -> None:
    """Say on empty axes why there is nothing."""
    axes.text(0.5, 0.5, reason, ha="center", va="center", wrap=True, transform=axes.transAxes)
    axes.set_axis_off()


def finish(axes: Axes, title: str, columns: int = 0, lines: int = 1) -> None:
    """Give axes a title and, between it and the data, a legend that hides nothing.

    Parameters
    ----------
    axes : Axes
    title : str
    columns : int
        Of the legend; 0 for none.
    lines : int
        Least room for the legend. Axes side by side have the same, so that their titles align.
    """
    handles, labels = axes.get_legend_handles_labels()
    entries = dict(zip(labels, handles, strict=True))
    needed = math.ceil(len(entries) / columns) if columns else 0
    axes.set_title(title, pad=4 + LINE * max(lines, needed))
    if needed:
        axes.legend(
            entries.values(),
            entries.keys(),
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=columns,
            borderaxespad=0.2,
            borderpad=0.1,
            handlelength=1.3,
            columnspacing=1.0,
            handletextpad=0.6,
        )


def plain_log(axis: Axis) -> None:
    """Label a logarithmic axis with plain numbers at 1 and 3."""
    axis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def figure_height(rows: pd.DataFrame) -> float:
    """Height (inches) that gives every condition of `draw_rows` a line of its own."""
    return max(3.9, 1.5 + 0.5 * rows[np.isfinite(rows.estimate)].condition.nunique())


def condition_label(condition: str) -> str:
    """Word a condition for an axis, a part a line: ``nrem,recording=mine`` is nrem, mine."""
    parts = [
        part.removeprefix("recording=") if "=" in part else part.replace("_", " ")
        for part in condition.split(",")
    ]
    return "\n".join(re.sub(r"^([\d.]+)ms$", r"\1 ms", part) for part in parts)


def recording_name(condition: str) -> str:
    """Name the imported recording of a condition; nothing where there is none."""
    return condition.partition("recording=")[2]


def interval_points(
    axes: Axes, places: Sequence[float], rows: pd.DataFrame, *, sideways: bool = False, **style
) -> None:
    """Draw the estimates of rows with their 95 % intervals, where they have one."""
    error = np.abs(np.stack([rows.ci_low, rows.ci_high]) - rows.estimate.to_numpy())
    given = {"fmt": "o", "capsize": 3, "ms": 6, "lw": 1.5, "zorder": 3} | style
    if sideways:
        axes.errorbar(rows.estimate, places, xerr=error, **given)
    else:
        axes.errorbar(places, rows.estimate, yerr=error, **given)


def draw_rows(axes: Axes, rows: pd.DataFrame, xlabel: str) -> None:
    """Draw rows of the summary one below the other: estimate, planted truth, published range.

    Parameters
    ----------
    axes : Axes
    rows : DataFrame
        Rows of one quantity. Those without an estimate (not run) are left out; the estimators
        of a condition share its label.
    xlabel : str
        Quantity with its unit.
    """
    rows = rows[np.isfinite(rows.estimate)]
    if rows.empty:
        return say_nothing_to_draw(axes, "no estimate in this run")
    conditions, estimators = (list(dict.fromkeys(rows[c])) for c in ("condition", "estimator"))
    step = 0.76 / len(estimators)
    first = (1 - len(estimators)) / 2
    for name, group in rows.groupby("estimator", sort=False):
        shift = (first + estimators.index(name)) * step
        places = np.array([conditions.index(c) + shift for c in group.condition])
        for place, row in zip(places, group.itertuples(), strict=True):
            draw_reference(axes, row, place, step)
        axes.vlines(
            group.truth, places - step / 2, places + step / 2, color=BLACK, lw=2.5, zorder=2
        )
        colour, label = COLOURS.get(name, BLUE), name.replace("_", " ")
        interval_points(axes, places, group, sideways=True, color=colour, label=label)
    if rows.truth.notna().any():
        axes.plot([], [], "|", color=BLACK, ms=11, mew=2.5, label="planted")
    axes.set_yticks(range(len(conditions)), [condition_label(c) for c in conditions])
    axes.set(xlabel=xlabel, ylim=(len(conditions) - 0.5, -0.5))
    axes.tick_params("y", length=0)


def draw_reference(axes: Axes, row: tuple, place: float, height: float) -> None:
    """Draw what was published for a row: a range if it decides, a dotted line if it does not."""
    low, high = published_range(row)
    bottom, colour = place - height / 2, COLOURS["published"]
    span = [bottom, bottom + height]
    if not np.isfinite([low, high]).all():
        return
    if decides_on(row.trust, row.reference_id, row.verdict):
        axes.barh(
            bottom,
            high - low,
            height,
            low,
            align="edge",
            color=colour,
            alpha=0.2,
            label="published",
        )
        axes.plot([row.reference] * 2, span, color=colour, lw=1)
    else:
        label = "claimed, not checked"
        axes.plot([row.reference] * 2, span, ":", color=colour, lw=2, label=label)


def published_range(row: tuple) -> tuple[float, float]:
    """Read the published range of a row, else 20 % around its single value, as verdicts do."""
    if np.isfinite([row.reference_low, row.reference_high]).all():
        return row.reference_low, row.reference_high
    return row.reference * (1 - TOLERANCE), row.reference * (1 + TOLERANCE)


def broken(time: np.ndarray, values: np.ndarray, gap: float) -> tuple[np.ndarray, np.ndarray]:
    """Break a line wherever samples are further than `gap` apart: a NaN goes in between."""
    places = np.flatnonzero(np.diff(time) > gap) + 1
    return np.insert(time, places, np.nan), np.insert(values, places, np.nan)


def draw_headings(
    axes: Axes,
    time: np.ndarray,
    true: np.ndarray,
    decoded: np.ndarray,
    width: float,
    label: str = "true",
) -> None:
    """Draw true and decoded headings without jumps from 360 to 0 degrees.

    The true heading is unwrapped; the decoded one is drawn on the nearest turn.

    Parameters
    ----------
    axes : Axes
    time : array (bin,)
        s.
    true, decoded : array (bin,)
        rad.
    width : float
        Bin, s; the line breaks where bins are missing.
    label : str
        Of the true heading.
    """
    known = np.isfinite(true)
    time, true, decoded = time[known], true[known], decoded[known]
    if not time.size:
        return say_nothing_to_draw(axes, "no heading in this run")
    whole = np.rad2deg(np.unwrap(true))
    error = np.rad2deg(np.angle(np.exp(1j * (decoded - true))))
    axes.plot(*broken(time, whole, 1.5 * width), color=BLACK, lw=1.5, label=label)
    axes.plot(time, whole + error, ".", ms=4, color=ORANGE, label="decoded", zorder=3)
    step = next((s for s in (45, 90, 180, 360, 720) if np.ptp(whole) < 6 * s), 1440)
    axes.yaxis.set_major_locator(mpl.ticker.MultipleLocator(step))
    axes.grid(axis="y", lw=0.5, color=PALE)
    axes.set(ylabel="heading, unwrapped (deg)")
