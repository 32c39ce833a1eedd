"""The figure of emergent replay: every outcome by network and state, beside what was published."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from analysis.plots import (
    BLUE,
    ORANGE,
    PALE,
    PURPLE,
    WIDTH,
    draw_reference,
    figure,
    interval_points,
    nothing_to_draw,
    published_range,
    say_nothing_to_draw,
)

STATES = {"rest": ORANGE, "nrem": BLUE, "rem": PURPLE}
STEP = 0.26  # between states of a design, where designs are 1 apart
LINE = 0.4  # inches: a design
FRAME = 1.5  # inches: title and axis of a row of panels


@dataclass(frozen=True)
class Panel:
    """A panel of the figure.

    Attributes
    ----------
    quantity, title, label : str
    estimators : tuple of str
        The first is drawn filled, the second open.
    column : str
        Numbers of single networks that stand behind the first.
    log : bool
        Whether the axis is logarithmic.
    """

    quantity: str
    title: str
    label: str
    estimators: tuple[str, ...]
    column: str
    log: bool = False


PANELS = (
    Panel(
        "emergent_compression",
        "Compression\n(open: middle of path)",
        "lap time / replay time",
        ("likelihood", "crossing"),
        "compression_likelihood",
        True,
    ),
    Panel(
        "emergent_speed_check",
        "Decoded / direct speed\n(open: same direction)",
        "ratio, share (1)",
        ("crossing", "direction_agreement"),
        "speed_ratio_crossing",
    ),
    Panel(
        "emergent_forward_share",
        "Forward share\n",
        "of both ways (1)",
        ("networks",),
        "forward_share",
    ),
    Panel(
        "emergent_significant_fraction",
        "Replays of events\n(open: shuffles alone)",
        "share (1)",
        ("replay", "significant"),
        "replay_share",
    ),
    Panel("emergent_event_rate", "Event rate\n", "events (1/s)", ("candidates",), "event_rate"),
    Panel(
        "emergent_network_events",
        "Time in events of CA3\n(open: decoded events)",
        "share (1)",
        ("network", "decoded"),
        "network_occupancy",
    ),
    Panel(
        "emergent_event_duration",
        "Duration\n(open: replays)",
        "median (s)",
        ("candidates", "replays"),
        "candidate_duration",
        True,
    ),
    Panel(
        "emergent_ripple_frequency",
        "Ripple frequency\n",
        "peak in events (Hz)",
        ("spectrum",),
        "ripple_frequency",
    ),
)


def draw(tree: xr.DataTree) -> Figure:
    """Draw each outcome with its interval by design and state, and the published ranges."""
    summary = tree["summary"].to_dataset().to_dataframe()
    networks = tree["networks"].to_dataset().to_dataframe()
    drawn_rows = summary[summary.quantity.isin([p.quantity for p in PANELS])]
    drawn_rows = drawn_rows[~drawn_rows.condition.str.contains("against=")]
    designs = list(dict.fromkeys(drawn_rows.condition.str.partition(",")[2]))
    if not designs or not np.isfinite(drawn_rows.estimate).any():
        return nothing_to_draw("no network in this run")
    height = 2 * (FRAME + LINE * len(designs)) + 0.4
    with figure(WIDTH, height, nrows=2, ncols=4, sharey=True) as (drawn, axes):
        for panel, one in zip(PANELS, axes.flat, strict=True):
            _draw_panel(one, panel, drawn_rows, networks, designs)
        for one in axes[:, 0]:
            labels = [design_label(design) for design in designs]
            one.set_yticks(range(len(designs)), labels, fontsize=8.5)
        axes[0, 0].set_ylim(len(designs) - 0.5, -0.5)
        _draw_legend(drawn, axes)
        return drawn


def design_label(design: str) -> str:
    """Name a design for an axis: ``linear,symmetric,no_learning`` is linear symmetric."""
    track, rule, *marks = design.split(",")
    track = {"w": "W"}.get(track, track)
    return "\n".join([f"{track} {rule}", *(mark.replace("_", " ") for mark in marks)])


def _draw_panel(
    axes: Axes, panel: Panel, summary: pd.DataFrame, networks: pd.DataFrame, designs: list[str]
) -> None:
    shown = (summary.quantity == panel.quantity) & summary.estimator.isin(panel.estimators)
    rows = summary[shown & np.isfinite(summary.estimate)]
    axes.set_title(panel.title, fontsize=9.5)
    axes.tick_params("y", length=0)
    if rows.empty:
        return say_nothing_to_draw(axes, "no estimate in this run")
    for place, design in enumerate(designs):
        if place % 2:
            axes.axhspan(place - 0.5, place + 0.5, color=PALE, alpha=0.5, lw=0)
        for shift, (state, colour) in zip((-STEP, 0, STEP), STATES.items(), strict=True):
            condition = f"{state},{design}"
            here, ours = (table[table.condition == condition] for table in (rows, networks))
            if len(here):
                _draw_state(axes, place + shift, panel, here, ours[panel.column], colour)
    _set_range(axes, panel, rows, networks)
    axes.set_xlabel(panel.label)


def _set_range(axes: Axes, panel: Panel, rows: pd.DataFrame, networks: pd.DataFrame) -> None:
    """Show all estimates, networks and published ranges; wide intervals may leave the axes."""
    if "share" in panel.label or "of both ways" in panel.label:
        top = max(1.0, np.nanmax(rows.estimate)) + 0.03
        axes.set_xlim(-0.03, top)
        return
    published = [published_range(row) for row in rows.itertuples()]
    values = np.concatenate([rows.estimate, networks[panel.column], np.ravel(published)])
    values = values[np.isfinite(values)]
    if panel.log:
        values = values[values > 0]
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=6))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xlim(values.min() / 1.2, values.max() * 1.2)
    else:
        margin = 0.05 * np.ptp(values) or 1.0
        axes.set_xlim(values.min() - margin, values.max() + margin)


def _draw_state(
    axes: Axes, place: float, panel: Panel, rows: pd.DataFrame, numbers: pd.Series, colour: str
) -> None:
    """Draw a design in a state: the published range, every network, and the estimates."""
    places = np.full(len(numbers), place)
    axes.plot(numbers, places, "|", ms=5, mew=0.8, color=colour, alpha=0.5, zorder=2)
    for estimator, face in zip(panel.estimators, (colour, "white"), strict=False):
        row = rows[rows.estimator == estimator]
        if row.empty:
            continue
        if np.isfinite(row.reference_low.iloc[0]) or np.isfinite(row.reference.iloc[0]):
            draw_reference(axes, next(row.itertuples()), place, 0.9 * STEP)
        interval_points(
            axes, [place], row, sideways=True, color=colour, mfc=face, ms=4.5, capsize=2, lw=1.2
        )


def _draw_legend(drawn: Figure, axes: np.ndarray) -> None:
    """Draw one legend for all panels, above them."""
    one = axes.flat[0]
    handles = [one.plot([], [], "o-", ms=5, color=c, label=s)[0] for s, c in STATES.items()]
    handles += one.plot([], [], "|", ms=7, color="black", alpha=0.6, label="single networks")
    found = {}
    for panel in axes.flat:
        found |= {
            label: handle
            for handle, label in zip(*panel.get_legend_handles_labels(), strict=True)
            if label.startswith(("published", "claimed"))
        }
    labels = [handle.get_label() for handle in handles]
    drawn.legend(
        [*handles, *found.values()],
        [{"nrem": "NREM", "rem": "REM"}.get(label, label) for label in labels] + list(found),
        loc="outside upper center",
        ncols=6,
    )
