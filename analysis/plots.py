"""How figures look: colours that colour-blind people can tell apart, one size, one style."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurosim.files import written_aside

# Okabe & Ito (2008): https://jfly.uni-koeln.de/color/
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, YELLOW, BLACK = "#56B4E9", "#CC79A7", "#F0E442", "#000000"
GREY = "#888888"
COLOURS = {
    "likelihood": BLUE,
    "posterior_regression": ORANGE,
    "forward": BLUE,
    "reverse": RED,
    "unresolved": GREY,
    "empty": YELLOW,
    "none": SKY,
    "truth": BLACK,
    "published": GREEN,
}
POSTERIOR_MAP = "Blues"
STYLE = {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "figure.dpi": 100,
    "savefig.dpi": 150,
    "svg.hashsalt": "neurosim",
    "svg.fonttype": "path",
}


@contextmanager
def figure(width: float, height: float, **grid: object) -> Iterator[tuple[Figure, object]]:
    """Make a figure (inches) with axes in the project's style; close it afterwards."""
    with mpl.rc_context(STYLE):
        drawn, axes = plt.subplots(figsize=(width, height), layout="constrained", **grid)
        try:
            yield drawn, axes
        finally:
            plt.close(drawn)


def save_figure(drawn: Figure, *outs: Path) -> None:
    """Write a figure to each path by its suffix (png, svg), without a date."""
    for out in outs:
        metadata = {"Date": None} if out.suffix == ".svg" else {}
        with written_aside(out) as aside:
            drawn.savefig(aside, metadata=metadata)


def published_band(axes: Axes, low: float, high: float, label: str) -> None:
    """Shade a published range across the axes."""
    axes.axhspan(low, high, color=COLOURS["published"], alpha=0.15, lw=0, label=label)


def say_nothing_to_draw(axes: Axes, reason: str) -> None:
    """Say on empty axes why there is nothing."""
    axes.text(0.5, 0.5, reason, ha="center", va="center", wrap=True, transform=axes.transAxes)
    axes.set_axis_off()
