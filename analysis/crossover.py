"""When generating from the end is cheaper than from the start: endpoint entropies decide."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import BLACK, BLUE, GREY, RED, WIDTH, figure, finish, nothing_to_draw
from analysis.results import result
from analysis.reverse_models import Reversed, learned_row, values_of
from neurosim.stats.intervals import mean_interval
from neurosim.stats.summary import Row

MATCHED = 0.05  # bit; endpoint entropies that differ by less are drawn as matched
SLOPE = -1.0  # H(rest | last) - H(rest | first) = H(first) - H(last)


def analyse(given: Reversed) -> xr.DataTree:
    """Difference of total bits against that of endpoint entropies, by maze, from true paths.

    Mazes in which whole paths are held out are left out: there the law knows more than can be
    learned.

    Returns
    -------
    DataTree
        ``/summary``; ``/mazes`` (maze, seed): ``entropy_difference``, ``bits_difference``,
        ``excess_forward``, ``excess_reverse`` a step.
    """
    trained = given.from_true_paths()
    mazes = {maze: data for maze, data in trained.items() if maze not in given.unseen}
    if not mazes:
        return result([])
    rows: list[Row] = []
    points = {}
    for maze, data in mazes.items():
        first, last = given.entropies(f"{maze},true_paths")
        bits = values_of(data, "total_bits", "reverse") - values_of(data, "total_bits", "forward")
        points[maze] = (last - first, bits)
        rows.append(learned_row("bits_reverse_minus_forward", maze, "reverse", bits, unit="bit"))
    x = np.array([point[0] for point in points.values()])
    y = np.stack([point[1] for point in points.values()])  # (maze, seed)
    rows.append(
        learned_row(
            "crossover_slope",
            "all_mazes",
            "least_squares",
            _slopes(x, y),
            interval=mean_interval,
            test="slope of bits against H(last) - H(first) over mazes; t interval over trainings; "
            f"theory {SLOPE:g}",
        )
    )
    excess = {
        order: np.stack([values_of(d, "excess_bits_per_step", order) for d in mazes.values()])
        for order in ("forward", "reverse")
    }
    bit = {"units": "bit"}
    data = xr.Dataset(
        {
            "entropy_difference": ("maze", x, bit | {"long_name": "H(last) - H(first)"}),
            "bits_difference": (
                ("maze", "seed"),
                y,
                bit | {"long_name": "total bits, reverse minus forward"},
            ),
            **{
                f"excess_{order}": (
                    ("maze", "seed"),
                    values,
                    bit | {"long_name": f"excess bits a step, {order}"},
                )
                for order, values in excess.items()
            },
        },
        coords={"maze": ("maze", list(mazes), {"long_name": "maze"})},
    )
    return result(rows, {"mazes": data})


def _slopes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Slope (seed,) of a line through all mazes; NaN with fewer than two entropies."""
    away = x - x.mean()
    return away @ y / (away @ away) if np.ptp(x) > 0 else np.full(y.shape[1], np.nan)


def draw(tree: xr.DataTree) -> Figure:
    """Draw the crossover, and the excess of both orders."""
    if "mazes" not in tree:
        return nothing_to_draw("no model was trained on true paths")
    data = tree["mazes"].to_dataset()
    x, y = data["entropy_difference"].values, data["bits_difference"].values
    with figure(WIDTH, 4.6, ncols=2) as (drawn, (left, right)):
        ends = np.array([min(x.min(), -1) - 0.4, max(x.max(), 1) + 0.4])
        left.plot(ends, SLOPE * ends, color=BLACK, lw=1.2, label="identity: slope -1")
        left.axhline(0, color=GREY, lw=0.8)
        left.axvline(0, color=GREY, lw=0.8)
        left.plot(x, y.mean(axis=1), "o", color=RED, ms=6, label="maze, mean over trainings")
        _name_points(left, x, y.mean(axis=1), data["maze"].values.astype(str))
        left.set(xlabel="H(last) - H(first) (bit)", ylabel="total bits: reverse - forward")
        finish(left, "Reverse is cheaper to the right of zero", columns=2)
        for order, colour in (("forward", BLUE), ("reverse", RED)):
            values = data[f"excess_{order}"].values
            shift = 0.04 if order == "reverse" else -0.04
            right.errorbar(
                x + shift,
                values.mean(axis=1),
                yerr=values.std(axis=1, ddof=1) if values.shape[1] > 1 else None,
                fmt="o",
                color=colour,
                ms=5,
                lw=1,
                label=order,
            )
        right.axhline(0, color=BLACK, lw=1)
        right.set(xlabel="H(last) - H(first) (bit)", ylabel="excess over the law (bit a step)")
        right.set_ylim(bottom=min(-0.02, right.get_ylim()[0]))
        finish(right, "Neither order learns worse", columns=2)
        return drawn


def _name_points(axes, x: np.ndarray, y: np.ndarray, names: np.ndarray) -> None:
    """Name points beside them; those of matched endpoints in a corner, where there is room."""
    words = np.array([name.replace("_", " ") for name in names])
    is_matched = np.abs(x) < MATCHED
    for number, place in enumerate(np.flatnonzero(~is_matched)[np.argsort(x[~is_matched])]):
        is_above = number % 2 == 0
        axes.annotate(
            words[place],
            (x[place], y[place]),
            xytext=(7, 3) if is_above else (-7, -3),
            textcoords="offset points",
            ha="left" if is_above else "right",
            va="bottom" if is_above else "top",
            fontsize=7.5,
            color=GREY,
        )
    if is_matched.any():
        axes.text(
            0.99,
            0.98,
            "at zero:\n" + "\n".join(words[is_matched]),
            transform=axes.transAxes,
            ha="right",
            va="top",
            fontsize=7.5,
            color=GREY,
        )
