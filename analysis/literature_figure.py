"""The same planted events as each paper's estimator reports them, in one figure."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from analysis.plots import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    WIDTH,
    figure,
    finish,
    nothing_to_draw,
)
from neurosim.calibration.papers import KINDS, MOVING
from neurosim.decode.published import PAPERS
from neurosim.decode.published.diffusion import exponent
from neurosim.decode.published.models import TRAJECTORIES
from neurosim.files import flag_names

SLOWEST, FASTEST = 0.1, 60.0  # m/s: what is slower or faster is drawn at these ends
RIGHT_END = 420.0  # m/s: beyond the fastest there is room for words
MIXTURE, CONTINUOUS = "stationary-continuous", "continuous"
READERS = (  # whose speed is drawn, where its published value stands, and in which colour
    (
        "lee_wilson2002", "Lee & Wilson 2002:\nmatched sequences", "lee_wilson2002,compression",
        PURPLE,
    ),
    ("davidson2009", "Davidson 2009:\nsignificant lines", "davidson2009,speed", ORANGE),
    (
        MIXTURE, "Denovellis 2021: stationary-\ncontinuous mixture",
        "denovellis2021,speed_mixture", RED,
    ),
    (CONTINUOUS, "Denovellis 2021:\nwhere continuous", "", RED),
    ("krause2022", "Krause & Drugowitsch 2022:\nlikeliest path", "krause2022,compression", SKY),
    ("ours", "here: likelihood, where\ndirected by evidence", "", BLUE),
)  # fmt: skip
CALLED = {  # what a reader takes for a trajectory
    "lee_wilson2002": "Lee & Wilson: a match",
    "davidson2009": "Davidson: significant line",
    "takigawa2024": "Takigawa: significant, calibrated",
    "denovellis2021": "Denovellis: any continuous",
    "krause2022": "Krause: momentum or diffusion",
    "ours": "here: directed",
}
SHORT = {
    "hover_and_jump": "hover,\njump",
    "accelerating": "accel-\nerating",
    "diffusive": "diffu-\nsive",
    "stationary": "station-\nary",
    "fragmented": "fragm-\nented",
}


def draw(tree: xr.DataTree) -> Figure:
    """Draw speeds, what is taken for a trajectory, and how displacement grows."""
    if "papers" not in tree.children or not tree["papers"].data_vars:
        return nothing_to_draw("no planted event")
    data = tree["papers"].to_dataset()
    summary = tree["summary"].to_dataset().to_dataframe()
    with figure(WIDTH, 9.0, ncols=2, nrows=2, width_ratios=[1.4, 1], height_ratios=[1.5, 1]) as (
        drawn,
        axes,
    ):
        grid = axes[0, 0].get_gridspec()
        for axis in axes[0]:
            axis.remove()
        _draw_speeds(drawn.add_subplot(grid[0, :]), data, summary)
        _draw_called(axes[1, 0], data)
        _draw_displacement(axes[1, 1], data["displacement"].sel(group="forward"))
        return drawn


def _draw_speeds(axes: Axes, data: xr.Dataset, summary: pd.DataFrame) -> None:
    """Draw every event's speed as reported, one line a paper, planted above."""
    moving = np.isin(flag_names(data["kind"]), MOVING)
    planted = data["true_speed"].values
    lines = [("planted along a stretch", planted, "", BLACK)]
    lines += [
        (label, _speed(data, reader), condition, colour)
        for reader, label, condition, colour in READERS
    ]
    for place, (_, values, condition, colour) in enumerate(lines):
        _draw_published(axes, place, summary, condition, float(data.attrs["run_speed_m_s"]))
        _draw_line(axes, place, values, moving, colour)
    if np.isfinite(planted).any():
        axes.axvline(np.nanmedian(planted), color=BLACK, lw=1, ls="--", zorder=0)
    axes.set_yticks(range(len(lines)), [line[0] for line in lines])
    axes.set(xscale="log", xlim=(SLOWEST * 0.85, RIGHT_END), ylim=(len(lines) - 0.45, -0.5))
    ticks = [SLOWEST, 0.2, 0.5, 1, 2, 5, 10, 20, 50]
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(
        ticks, [f"\N{LESS-THAN OR EQUAL TO} {SLOWEST:g}", *(f"{t:g}" for t in ticks[1:])]
    )
    axes.tick_params("y", length=0)
    axes.set(xlabel="speed that is reported (m/s)")
    for colour, label in ((BLACK, "event along a stretch (in colour)"), (GREY, "any other (grey)")):
        axes.plot([], [], ".", ms=7, color=colour, label=label)
    finish(axes, "The same planted events, as each paper would report them", columns=3)


def _speed(data: xr.Dataset, reader: str) -> np.ndarray:
    """Speed (event,) by a reader, or in the bins of one dynamic of the state-space model."""
    if reader in (MIXTURE, CONTINUOUS):
        return data["dynamic_speed"].sel(dynamic=reader).values
    return data["speed"].sel(reader=reader).values


def _draw_line(axes: Axes, place: int, values: np.ndarray, moving: np.ndarray, colour: str) -> None:
    """Draw events as dots, and their quartiles and 5 and 95 % quantiles as bars."""
    known = np.isfinite(values)
    share = known.mean()
    shown = np.clip(values, SLOWEST, FASTEST)
    # A regular spread instead of a random one: the figure is the same each time.
    spread = (np.arange(values.size) * 0.618034) % 1 - 0.5
    for chosen, dots in ((known & ~moving, GREY), (known & moving, colour)):
        axes.plot(
            shown[chosen],
            place - 0.08 + 0.4 * spread[chosen],
            ".",
            ms=4,
            mew=0,
            alpha=0.5,
            color=dots,
            rasterized=True,
        )
    if known.any():
        q = np.quantile(shown[known], [0.05, 0.25, 0.5, 0.75, 0.95])
        below = place + 0.24
        axes.plot(q[[0, 4]], [below] * 2, color=colour, lw=1.5, zorder=4)
        axes.plot(q[[1, 3]], [below] * 2, color=colour, lw=6, solid_capstyle="butt", zorder=4)
        axes.plot(q[2], below, "o", ms=7, mfc="white", mec=colour, mew=2, zorder=5)
        text = f"median {np.median(values[known]):.1f} m/s,\n{100 * share:.0f} % of the events"
    else:
        text = "no event"
    axes.text(RIGHT_END, place, text, ha="right", va="center", fontsize=9, color=BLACK)


def _draw_published(
    axes: Axes, place: int, summary: pd.DataFrame, condition: str, run_speed: float
) -> None:
    """Draw a published speed, or a compression times the running speed."""
    rows = summary[(summary.condition == condition) & (summary.reference_id != "")]
    if not condition or rows.empty:
        return
    row = rows.iloc[0]
    factor = run_speed if row.unit == "1" else 1.0
    low, high = (factor * value for value in (row.reference_low, row.reference_high))
    if np.isfinite([low, high]).all():
        axes.barh(
            place, high - max(low, 1e-3), 0.86, max(low, 1e-3), color=GREEN, alpha=0.2, zorder=0
        )
    if np.isfinite(row.reference):
        value = factor * row.reference
        axes.plot([value] * 2, [place - 0.43, place + 0.43], color=GREEN, lw=2.5, zorder=1)
    axes.plot([], [], color=GREEN, lw=2.5, label="published")


def trajectories_called(data: xr.Dataset) -> pd.DataFrame:
    """Share of each planted kind (column) that each reader (row) takes for a trajectory."""
    alpha = data.attrs["alpha"]
    called = {
        "lee_wilson2002": (data["matched"].values == 1).any(axis=(1, 2)),
        "davidson2009": data["line_p_value"].values <= alpha,
        "takigawa2024": data["correlation_graded"].values <= data.attrs["calibrated_alpha"],
        "denovellis2021": data["dynamic_bins"].sel(dynamic="continuous").values > 0,
        "krause2022": np.isin(flag_names(data["published_model"]), TRAJECTORIES),
        "ours": flag_names(data["our_model"]) == "directed",
    }
    kind = flag_names(data["kind"])
    present = [name for name in KINDS if (kind == name).any()]
    return pd.DataFrame({name: {r: c[kind == name].mean() for r, c in called.items()}
                         for name in present})  # fmt: skip


def _draw_called(axes: Axes, data: xr.Dataset) -> None:
    """Draw which kinds of planted events each reader takes for a trajectory."""
    shares = 100 * trajectories_called(data).loc[list(CALLED)]
    colours = LinearSegmentedColormap.from_list("share", ["white", BLUE])
    axes.imshow(shares, cmap=colours, vmin=0, vmax=125, aspect="auto")
    for (row, column), value in np.ndenumerate(shares.to_numpy()):
        colour = "white" if value > 75 else BLACK
        axes.text(column, row, f"{value:.0f}", ha="center", va="center", color=colour, fontsize=9)
    n_moving = sum(name in MOVING for name in shares.columns)
    axes.axvline(n_moving - 0.5, color=BLACK, lw=1.5)
    names = [SHORT.get(name, name) for name in shares.columns]
    axes.set_xticks(range(len(names)), names, fontsize=7.5)
    axes.set_yticks(range(len(CALLED)), CALLED.values(), fontsize=8.5)
    axes.tick_params(length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    finish(axes, "Taken for a trajectory (% of the planted kind)", lines=0)


def _draw_displacement(axes: Axes, displacement: xr.DataArray) -> None:
    """Draw the squared displacement of forward events against the lag."""
    lag = displacement["lag"].values
    styles = {
        "planted": ("planted", BLACK, "-"),
        "stella2019": (PAPERS["stella2019"].name, RED, "o-"),
        "ours": ("here: halves of the cells", BLUE, "s-"),
    }
    for place, (label, colour, style) in styles.items():
        values = displacement.sel(place=place).mean("population").values
        alpha = exponent(values, lag, weighted=place == "ours")
        values = np.where(values > 0, values, np.nan)
        label = f"{label}: \N{GREEK SMALL LETTER ALPHA} = {alpha:.2f}"
        axes.plot(1000 * lag, values, style, ms=4, color=colour, label=label)
    start = displacement.sel(place="stella2019").mean("population").values[0]
    if np.isfinite(start):
        axes.plot(
            1000 * lag,
            start * lag / lag[0],
            ls="--",
            lw=2,
            color=GREEN,
            label="published: \N{GREEK SMALL LETTER ALPHA} = 0.5",
        )
    axes.set(xscale="log", yscale="log")
    axes.set_xticks([8, 16, 32, 64], ["8", "16", "32", "64"])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set(xlabel="time lag (ms)", ylabel="squared displacement (m²)")
    axes.set_ylim(bottom=axes.get_ylim()[0] / 5)  # room for the legend
    axes.legend(loc="lower right", fontsize=8, borderaxespad=0.2, handlelength=1.5)
    finish(axes, "Displacement of forward events", lines=0)
