"""A memory at work: what comes in, what is written and read where, and what is answered."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.plots import BLACK, BLUE, GREY, ORANGE, WIDTH, figure, finish, nothing_to_draw

PICTURES = (  # of the trace: variable, label of the axis, colour map, lowest and highest
    ("input", "channel", "RdBu_r", (-1, 1)),
    ("target", "bit", "Greys", (0, 1)),
    ("output", "bit", "Greys", (0, 1)),
    ("contents", "slot", "viridis", (0, None)),
    ("written", "slot", "Blues", (0, 1)),
    ("read", "slot", "Oranges", (0, 1)),
)
TITLES = {
    "input": "input (blue -1, red 1)",
    "target": "asked for",
    "output": "answered: probability of a 1",
    "contents": "memory: length of each slot's vector",
    "written": "weight of the write",
    "read": "weight of the reads, all heads",
}
LINES = {"memory": (BLUE, "with memory"), "lstm": (ORANGE, "plain LSTM")}


def draw(tree: xr.DataTree) -> Figure:
    """Draw an episode of the first training of each kind of skill, and learning below."""
    shown = shown_skills(tree)
    if not shown:
        return nothing_to_draw("no skill was learned")
    n_rows = len(PICTURES) + 1
    grid = {"nrows": n_rows, "ncols": len(shown), "squeeze": False}
    grid |= {"height_ratios": [1.0] * len(PICTURES) + [1.6]}
    with figure(WIDTH, 1.55 * n_rows, **grid) as (drawn, panels):
        for column, name in zip(panels.T, shown, strict=True):
            trace = with_contents(tree[f"{name}/trace"].to_dataset())
            for axes, picture in zip(column, PICTURES, strict=False):
                _picture(drawn, axes, trace, *picture)
            data = tree[name].to_dataset()
            column[0].set_title(f"{_title(data)}\n{TITLES['input']}", fontsize=10)
            _learning(column[-1], data)
        return drawn


def shown_skills(tree: xr.DataTree) -> list[str]:
    """Give the first skill of each kind."""
    first: dict[str, str] = {}
    for name in tree.children:
        if name != "summary":
            first.setdefault(tree[name].attrs["skill"], name)
    return list(first.values())


def with_contents(trace: xr.Dataset) -> xr.Dataset:
    """Add the length of each slot's vector (step, slot), and sum reads over heads."""
    lengths = np.sqrt(np.square(trace["slots"]).sum("width"))
    return trace.assign(contents=lengths, read=trace["read"].sum("head"))


def _title(data: xr.Dataset) -> str:
    kinds = {"copy": "Copy", "recall": "Recall"}
    skill, length = data.attrs["skill"], int(data.attrs["trained_length"])
    return f"{kinds.get(skill, skill)}, length {length}"


def _picture(
    drawn: Figure,
    axes,
    trace: xr.Dataset,
    name: str,
    label: str,
    colours: str,
    ends: tuple[float, float | None],
) -> None:
    values = trace[name].transpose(..., "step").values
    style = {"aspect": "auto", "interpolation": "none", "cmap": colours}
    picture = axes.imshow(values, vmin=ends[0], vmax=ends[1], **style)
    axes.set_facecolor("0.93")  # where nothing is asked
    axes.set(ylabel=label)
    axes.set_title(TITLES[name], fontsize=9, fontweight="normal")
    axes.tick_params(labelbottom=name == PICTURES[-1][0])
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if name == PICTURES[-1][0]:
        axes.set(xlabel="step")
    drawn.colorbar(picture, ax=axes, pad=0.01, aspect=8)


def _learning(axes, data: xr.Dataset) -> None:
    """Draw the share of bits along training, a line a training."""
    for network, (colour, label) in LINES.items():
        if network not in data["network"].values:
            continue
        curves = data["learning"].sel(network=network).transpose("seed", "point").values
        for number, curve in enumerate(curves):
            axes.plot(
                data["point"], curve, color=colour, lw=1.3, label=label if not number else None
            )
    axes.axhline(0.99, color=BLACK, ls=":", lw=1)
    axes.axhline(0.5, color=GREY, ls=":", lw=1)
    axes.set(xlabel="share of the training", ylabel="bits right (1)", ylim=(0.45, 1.02))
    finish(axes, "", columns=2, lines=1)
