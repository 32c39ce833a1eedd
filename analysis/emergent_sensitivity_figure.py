"""The figure of sensitivities: outcomes by the constants that decide them."""

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.plots import GREY, PALE, WIDTH, figure, nothing_to_draw

SHOWN = 25  # constants
LINE = 0.29  # inches: a constant
MAP = "PuOr_r"  # diverging; ColorBrewer counts it as safe for colour-blind people
SORTED_BY = "packet_speed"
LARGEST = 2.0  # log2 of the ratio at which colours end
TITLES = {
    "packet_speed": "packet\nspeed",
    "compression": "com-\npression",
    "event_rate": "event\nrate",
    "event_duration": "event\nduration",
    "ripple_frequency": "ripple\nfrequency",
    "forward_share": "forward\nshare",
    "sequence_share": "sequence\nshare",
}
RATIOS = ("packet_speed", "compression", "event_rate", "event_duration", "ripple_frequency")
SHARES = ("forward_share", "sequence_share")


def draw(tree: xr.DataTree) -> Figure:
    """Draw a map of effects, constants by groups; within one the largest effect on speed first.

    Colours: how many times an outcome changes between the ends of a constant's range; of shares
    the difference.
    """
    data = tree["sensitivity"].to_dataset()
    if not data.sizes["constant"]:
        return nothing_to_draw("no constant was varied in this run")
    data = data.isel(constant=shown(data))
    n = data.sizes["constant"]
    left_out = tree["sensitivity"].sizes["constant"] - n
    height = 2.2 + LINE * n
    with figure(WIDTH, height, ncols=2, width_ratios=[len(RATIOS), len(SHARES)]) as (drawn, axes):
        base, ends = data["base"].values, np.sort(data["factor"].values)[[0, -1]]
        images = [
            _draw_map(axes[0], data.sel(outcome=list(RATIOS)), LARGEST, in_log2=True),
            _draw_map(axes[1], data.sel(outcome=list(SHARES)), 1.0, in_log2=False),
        ]
        units = data["constant_unit"].values.astype(str)
        labels = [
            constant_label(name, value, unit)
            for name, value, unit in zip(data["constant"].values, base, units, strict=True)
        ]
        axes[0].set_yticks(range(n), labels, fontsize=8)
        axes[1].set_yticks([])
        _draw_groups(axes, data["group"].values.astype(str))
        words = f"outcome at {ends[1]:g} x over that at {ends[0]:g} x"
        bar = drawn.colorbar(images[0], ax=axes[0], location="bottom", label=words, aspect=40)
        bar.set_ticks([-2, -1, 0, 1, 2], labels=["1/4", "1/2", "1", "2", "4"])
        drawn.colorbar(images[1], ax=axes[1], location="bottom", label="difference", aspect=16)
        more = f"; {left_out} constants with smaller effects are not shown" if left_out else ""
        axes[0].set_title(f"What each constant decides{more}", pad=34)
        return drawn


def constant_label(name: str, value: float, unit: str) -> str:
    """Name a constant for an axis: ``pc_reset_mv`` of 45.4 mV is pc reset = 45.4 mV."""
    words = name.removesuffix("_" + unit.lower().replace(" ", "_").replace("-1", ""))
    return f"{words.replace('_', ' ')} = {value:.3g}{'' if unit == '1' else ' ' + unit}"


def shown(data: xr.Dataset) -> np.ndarray:
    """Indices (constant,) of what is drawn, in its order.

    Those with the largest effect on any outcome; groups by their largest effect on speed.
    """
    strength = strengths(data)  # (constant, outcome)
    largest = np.argsort(-strength.max(axis=1), kind="stable")[:SHOWN]
    speed = strength[:, data["outcome"].values.astype(str).tolist().index(SORTED_BY)]
    group = data["group"].values.astype(str)
    rank = {name: speed[largest][group[largest] == name].max() for name in set(group[largest])}
    return np.array(sorted(largest, key=lambda i: (-rank[group[i]], group[i], -speed[i], i)))


def strengths(data: xr.Dataset) -> np.ndarray:
    """Size of the effects (constant, outcome); infinite where an outcome vanishes at one end.

    A share counts as a ratio of four where it goes from nothing to all.
    """
    effect = data["effect"].values
    scale = np.where(np.isin(data["outcome"].values.astype(str), SHARES), np.log(4.0), 1.0)
    gone = data["vanishes"].values
    size = np.where(np.isfinite(effect), np.abs(effect) * scale, 0.0)
    return np.where((gone == 1) | (gone == 2), np.inf, size)


def _draw_map(
    axes: Axes, data: xr.Dataset, largest: float, *, in_log2: bool
) -> mpl.image.AxesImage:
    """Draw effects as colours; a sign says at which end an outcome is not there."""
    effect = data["effect"].values / (np.log(2) if in_log2 else 1.0)
    colours = mpl.colormaps[MAP].with_extremes(bad=PALE)
    image = axes.imshow(effect, cmap=colours, vmin=-largest, vmax=largest, aspect="auto")
    signs = {1: "none\nat low", 2: "none\nat high", 3: "none"}
    for (row, column), code in np.ndenumerate(data["vanishes"].values):
        if code:
            axes.text(column, row, signs[int(code)].replace("\n", " "), ha="center", va="center",
                      fontsize=6.5, color=GREY)  # fmt: skip
        elif _is_sure(data, row, column):
            dark = abs(effect[row, column]) > 0.6 * largest
            number = 2 ** effect[row, column] if in_log2 else effect[row, column]
            text = f"{number:.2g}" if in_log2 else f"{number:+.2f}".replace("-0.00", "0")
            axes.text(column, row, text, ha="center", va="center", fontsize=7.5,
                      color="white" if dark else "black")  # fmt: skip
    names = data["outcome"].values.astype(str)
    axes.set_xticks(range(names.size), [TITLES[name] for name in names], fontsize=9)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return image


def _is_sure(data: xr.Dataset, row: int, column: int) -> bool:
    """Whether the interval leaves no effect out; without an interval every number is shown."""
    low, high = (float(data[f"effect_{end}"].values[row, column]) for end in ("low", "high"))
    if not np.isfinite([low, high]).all():
        return bool(np.isfinite(data["effect"].values[row, column]))
    return low > 0 or high < 0


def _draw_groups(axes: np.ndarray, groups: np.ndarray) -> None:
    """Draw lines between the parts of the network and name them on the right."""
    starts = np.flatnonzero(np.append(True, groups[1:] != groups[:-1]))
    for first, last in zip(starts, [*starts[1:], groups.size], strict=True):
        for one in axes:
            one.axhline(first - 0.5, color="black", lw=0.8)
        axes[1].text(1.04, (first + last - 1) / 2, groups[first], fontsize=8, va="center",
                     transform=axes[1].get_yaxis_transform())  # fmt: skip
