"""A recording at a glance: place fields, decoding awake, and candidate events over the session."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from analysis.event_browser import position_label
from analysis.one_recording import OneRecording
from analysis.plots import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    PALE,
    PURPLE,
    SKY,
    WIDTH,
    broken,
    finish,
    panels,
    say_nothing_to_draw,
)
from neurosim.decode.bins import group_name
from neurosim.decode.event_tests import passes
from neurosim.files import flag_names
from neurosim.world.laps import DIRECTIONS

SHOWN = 60.0  # s of decoding
STATES = {"run": ORANGE, "rest": PALE, "nrem": SKY, "rem": PURPLE}
LOWEST = 1.0  # Hz; units that nowhere fire as much have no field to draw
N_BINS = 60  # of the session


def draw(one: OneRecording) -> Figure:
    """Draw the overview of a recording.

    Above: the place fields of the CA1 units in both running directions, a row a unit, sorted by
    where the field peaks, and a minute of decoded beside true position. Below: candidate events
    over the session, those that pass the test beside all.
    """
    layout = [[*DIRECTIONS, "wake", "wake"], ["session"] * 4]
    with panels(WIDTH, 7.2, layout, height_ratios=[1.35, 1]) as (drawn, axes):
        _draw_fields(drawn, [axes[name] for name in DIRECTIONS], one)
        _draw_wake(axes["wake"], one)
        _draw_session(axes["session"], one)
        return drawn


def _draw_fields(drawn: Figure, axes: list[Axes], one: OneRecording) -> None:
    """Draw the fields of each direction, each unit as a part of its highest rate."""
    fields = one.loaded("fields")
    if fields is None:
        for axis in axes:
            say_nothing_to_draw(axis, "no place fields")
        return
    rate = fields["rate"].values  # (direction, position, unit)
    rate = rate[:, :, rate.max(axis=(0, 1)) >= LOWEST]
    if not rate.size:
        for axis in axes:
            say_nothing_to_draw(axis, f"no unit fires at {LOWEST:g} Hz")
        return
    highest = rate.max(axis=(0, 1))
    extent = [0, float(fields.attrs["track_length"]), rate.shape[2] - 0.5, -0.5]
    for axis, of_direction, name in zip(axes, rate, DIRECTIONS, strict=True):
        order = np.argsort(of_direction.argmax(axis=0), kind="stable")
        image = axis.imshow(
            (of_direction / highest).T[order], aspect="auto", cmap="viridis", vmin=0, vmax=1,
            extent=extent, interpolation="nearest",
        )  # fmt: skip
        axis.set(xlabel=position_label(one.recording))
        axis.locator_params("x", nbins=4)
        finish(axis, f"{name.capitalize()} (n = {rate.shape[2]})")
    axes[0].set(ylabel="unit (sorted by its field's peak)")
    axes[1].set(yticklabels=[])
    drawn.colorbar(image, ax=axes, label="part of the unit's highest rate (1)", aspect=35,
                   location="bottom", shrink=0.7)  # fmt: skip


def _busiest(time: np.ndarray) -> float:
    """Start of the minute with most bins of running, s."""
    counted = np.searchsorted(time, time + SHOWN) - np.arange(time.size)
    return float(time[np.argmax(counted)])


def _draw_wake(axes: Axes, one: OneRecording) -> None:
    """Draw decoded beside true position, on laps that the fields were not fitted on."""
    width = min(one.options.bins_s, key=lambda width: abs(width - 0.25))
    decoded = one.loaded("wake", group_name(width))
    if decoded is None:
        return say_nothing_to_draw(axes, "no position was decoded")
    start = _busiest(decoded["time"].values)
    inside = (decoded["time"] >= start) & (decoded["time"] < start + SHOWN)
    shown = decoded.isel(time=inside.values)
    time = shown["time"].values - start
    true = broken(time, shown["position"].values, 1.5 * width)
    axes.plot(*true, ".-", ms=3, lw=1.2, color=BLACK, label="true")
    axes.plot(time, shown["estimate"], "o", ms=4, mfc="none", color=BLUE, label="decoded")
    axes.set(xlabel=f"time from {start:.0f} s (s)", ylabel=position_label(one.recording))
    axes.set(ylim=(0, float(decoded.attrs["track_length"])), xlim=(0, SHOWN))
    finish(axes, f"Held-out laps, {width * 1000:g} ms bins", columns=2)


def _draw_session(axes: Axes, one: OneRecording) -> None:
    """Draw candidate events a minute over the session, on the states."""
    epochs = one.recording.epochs
    start, stop = (epochs[name].values / 60 for name in ("start", "stop"))
    states, first = flag_names(epochs["state"]), start.min()
    events = one.loaded("events")
    edges = np.linspace(0, stop.max() - first, N_BINS + 1)
    top = 1.0
    if events is not None and events.sizes["event"]:
        time = events["start"].values / 60 - first
        top = _draw_rates(axes, time, passes(one.loaded("significance"), one.options.alpha), edges)
    for state, begin, end in zip(states, start - first, stop - first, strict=True):
        axes.axvspan(begin, end, 0, 0.06, color=STATES[state], lw=0)
    handles = [Patch(color=STATES[state], label=state) for state in dict.fromkeys(states)]
    old, _ = axes.get_legend_handles_labels()
    axes.set(xlabel="time from the first epoch (min)", ylabel="candidate events (1/min)")
    axes.set(xlim=(0, edges[-1]), ylim=(-0.12 * top, 1.18 * top))
    axes.set_yticks([tick for tick in axes.get_yticks() if 0 <= tick <= 1.1 * top])
    finish(axes, "Candidate events over the session")
    axes.set_title(axes.get_title("left"), pad=20)
    axes.legend(
        handles=[*handles, *old], loc="lower left", bbox_to_anchor=(0, 1), ncols=7,
        borderaxespad=0.2, borderpad=0.1, handlelength=1.3, columnspacing=1.0,
    )  # fmt: skip


def _draw_rates(axes: Axes, time: np.ndarray, passed: np.ndarray, edges: np.ndarray) -> float:
    """Draw all events and those that pass as rates, the latter one by one too; the highest rate."""
    width = edges[1] - edges[0]
    rate, significant = (np.histogram(chosen, edges)[0] / width for chosen in (time, time[passed]))
    top = float(rate.max(initial=0)) or 1.0
    axes.stairs(rate, edges, color=GREY, fill=True, alpha=0.45, label="all")
    axes.stairs(significant, edges, color=BLUE, lw=1.5, label="pass the test")
    axes.plot(time[passed], np.full(passed.sum(), 1.1 * top), "|", ms=9, mew=1.2, color=BLUE,
              label="one that passes")  # fmt: skip
    return top
