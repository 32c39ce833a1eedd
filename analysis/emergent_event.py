"""One emergent event, as a strip: frames of the posterior, spikes of CA3, paths, potential."""

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.plots import (
    BLACK,
    BLUE,
    GREY,
    HALO,
    ORANGE,
    PALE,
    POSTERIOR_MAP,
    RED,
    WIDTH,
    finish,
    nothing_to_draw,
    panels,
    say_nothing_to_draw,
)
from analysis.results import result
from neurosim.files import flag_names

FRAMES = 6
MAP_COLOURS = {"outbound": BLUE, "inbound": RED, "both": GREY}
STATE_WORDS = {"nrem": "NREM", "rem": "REM", "rest": "rest"}


def analyse(example: xr.Dataset) -> xr.DataTree:
    """Put the event beside an empty summary: it shows one event and counts none."""
    return result([], {"example": example})


def draw(tree: xr.DataTree) -> Figure:
    """Draw frames of the posterior over the track, and below them the event along time."""
    example = tree["example"].to_dataset()
    if "posterior" not in example:
        return nothing_to_draw(example.attrs.get("missing", "no replay in this run"))
    names = [f"frame{k}" for k in range(FRAMES)]
    layout = [names, *([name] * FRAMES for name in ("raster", "posterior", "potential"))]
    with panels(WIDTH, 9.5, layout, height_ratios=[1, 2.2, 2.2, 1]) as (drawn, axes):
        _draw_frames([axes[name] for name in names], example)
        _draw_raster(axes["raster"], example)
        _draw_posterior(axes["posterior"], example)
        _draw_potential(axes["potential"], example)
        _share_time([axes[name] for name in ("raster", "posterior", "potential")], example)
        drawn.suptitle(caption(example), fontsize=11, ha="left", x=0.015)
        return drawn


def caption(example: xr.Dataset) -> str:
    """Word the event: what was decoded, and what CA3 did."""
    words = example.attrs
    decoded = f"decoded {words['direction']}"
    if np.isfinite(words["speed_m_s"]):
        decoded += f" at {words['speed_m_s']:.1f} m/s ({words['compression']:.0f}-fold)"
    return (
        f"{words['network']}, {STATE_WORDS[words['state']]}, {1000 * words['duration_s']:.0f} ms: "
        f"{decoded}; packet in CA3 {words['packet_direction']} at "
        f"{words['packet_speed_m_s']:.1f} m/s"
    )


def _draw_frames(axes: list[Axes], example: xr.Dataset) -> None:
    """Draw the posterior over the track at times spread over the event."""
    posterior, position = example["posterior"].values, example["position"].values
    time = 1000 * example["bin_time"].values
    paths = [example[f"{name}_position"].values for name in ("packet", "decoded")]
    rows = frame_rows(np.isfinite([*posterior.T, *paths]).all(axis=0))
    top = 1.08 * posterior[rows].max(initial=0.01)
    for one, row in zip(axes, rows, strict=False):
        one.fill_between(position, posterior[row], color=BLUE, alpha=0.6, lw=0)
        one.plot(position, posterior[row], color=BLUE, lw=1)
        one.axvline(float(example["packet_position"][row]), color=BLACK, lw=2)
        one.axvline(float(example["decoded_position"][row]), color=ORANGE, lw=2, ls="--")
        one.set(xlim=(0, example.attrs["route_length_m"]), ylim=(0, top), yticks=[])
        one.set_title(f"{time[row]:.0f} ms", fontsize=9, fontweight="normal")
        one.set_xlabel("position (m)", fontsize=8)
        one.tick_params(labelsize=8)
    for one in axes[len(rows) :]:
        one.set_axis_off()
    axes[0].set_ylabel("probability")


def frame_rows(is_known: np.ndarray) -> np.ndarray:
    """Bins (frame,) that become frames, evenly spread over those (bin,) with all there is."""
    known = np.flatnonzero(is_known)
    places = np.linspace(0, known.size - 1, min(FRAMES, known.size))
    return known[np.round(places).astype(int)]


def _draw_raster(axes: Axes, example: xr.Dataset) -> None:
    """Draw spikes of CA3 at the centre of the cell's field, and the packet over them."""
    time, centre = 1000 * example["spike_time"].values, example["spike_centre"].values
    if not time.size:
        return say_nothing_to_draw(axes, "no spike of CA3")
    maps = flag_names(example["spike_map"])
    for name, colour in MAP_COLOURS.items():
        here = maps == name
        label = "cells of both maps" if name == "both" else f"cells of the {name} map"
        axes.plot(time[here], centre[here], ".", ms=3, mew=0, color=colour)
        axes.plot([], [], ".", ms=9, mew=0, color=colour, label=label)
    _draw_path(axes, example, "packet_position", BLACK, "-", "packet")
    axes.set(ylabel="field centre (m)", ylim=(0, example.attrs["route_length_m"]))
    finish(axes, "Spikes of CA3", columns=4)


def _draw_posterior(axes: Axes, example: xr.Dataset) -> None:
    """Draw the posterior along time with the decoded path and the packet."""
    time = 1000 * example["bin_time"].values
    half = np.diff(time).min() / 2 if time.size > 1 else 2.5
    span = [time[0] - half, time[-1] + half]
    length = example.attrs["route_length_m"]
    axes.imshow(
        example["posterior"].values.T,
        origin="lower",
        aspect="auto",
        extent=[*span, 0, length],
        cmap=mpl.colormaps[POSTERIOR_MAP].with_extremes(bad=PALE),
        vmin=0,
    )
    _draw_path(axes, example, "packet_position", BLACK, "-", "packet in CA3")
    _draw_path(axes, example, "decoded_position", ORANGE, "--", "decoded from CA1")
    axes.set(ylabel="position (m)", ylim=(0, length))
    finish(axes, "Decoded from CA1, blind to CA3", columns=2)


def _draw_path(axes: Axes, example: xr.Dataset, name: str, colour: str, style: str, label: str):
    axes.plot(
        1000 * example["bin_time"].values,
        example[name].values,
        style,
        color=colour,
        lw=2,
        path_effects=HALO,
        label=label,
    )


def _draw_potential(axes: Axes, example: xr.Dataset) -> None:
    """Draw the field potential."""
    if "field_potential" not in example:
        return say_nothing_to_draw(axes, "no field potential")
    time, potential = 1000 * example["sample_time"].values, example["field_potential"].values
    axes.plot(time, potential, color=BLACK, lw=0.8)
    axes.set(ylabel="current (pA)")
    finish(axes, "Field potential: synaptic current of a pyramidal cell")


def _share_time(axes: list[Axes], example: xr.Dataset) -> None:
    """Give panels the same time, with the event's limits; label the lowest."""
    stop = 1000 * example.attrs["duration_s"]
    low = 1000 * float(example["sample_time"].min()) if "sample_time" in example else -50.0
    for one in axes:
        if one.axison:
            one.set_xlim(low, stop - low)
            for edge in (0, stop):
                one.axvline(edge, color=GREY, lw=0.8, ls=":")
    axes[-1].set_xlabel("time from the event's start (ms)")
