"""What a discount from the reward back does: is 0.9 best?"""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import BLUE, GREY, RED, WIDTH, figure, finish
from analysis.results import result
from analysis.reverse_models import Reversed, learned_row
from neurosim.stats.intervals import mean_interval

BEST = "H008"
COLOURS_OF = {"loss": BLUE, "decoder": RED}
WORDS = {"loss": "on the loss", "decoder": "on the decoder's input"}
MEASURES = {"similarity": "1", "total_bits": "bit"}


def analyse(given: Reversed) -> xr.DataTree:
    """Rows of each discount, and of the best one of each training by total bits.

    Greedy chains hardly change where the most probable step stays the same, so the best discount
    is the one whose chains cost the fewest bits; equal ones share the rank.

    Returns
    -------
    DataTree
        ``/summary``; ``/discounts`` (maze, place, discount, seed).
    """
    rows = []
    for maze, data in given.discounts.items():
        for place in data["place"].values.astype(str):
            here = data.sel(place=place)
            for measure, unit in MEASURES.items():
                for discount in here["discount"].values:
                    values = here[measure].sel(discount=discount).values
                    condition = f"{maze},{place},discount={discount:g}"
                    quantity = f"discounted_{measure}"
                    rows.append(learned_row(quantity, condition, "reverse", values, unit=unit))
            best = best_discounts(here)
            rows.append(
                learned_row(
                    "best_discount",
                    f"{maze},{place}",
                    "reverse",
                    best,
                    interval=mean_interval,
                    reference=given.references[BEST],
                    test="discount whose held-out chains cost the fewest bits; t interval over "
                    "trainings",
                )
            )
    if not given.discounts:
        return result(rows)
    along = xr.Variable("maze", list(given.discounts), {"long_name": "maze"})
    return result(rows, {"discounts": xr.concat(given.discounts.values(), dim=along)})


def best_discounts(data: xr.Dataset) -> np.ndarray:
    """Discount (seed,) with the fewest total bits; the mean of those that tie."""
    bits = data["total_bits"].transpose("seed", "discount").values
    ties = bits <= bits.min(axis=1, keepdims=True) + 1e-9
    return np.array([data["discount"].values[row].mean() for row in ties])


def draw(tree: xr.DataTree) -> Figure:
    """Draw similarity and bits against the discount, applied to loss or to input."""
    data = tree["discounts"].to_dataset()
    n_mazes = data.sizes["maze"]
    with figure(WIDTH, 3.6 * n_mazes, nrows=n_mazes, ncols=2, squeeze=False) as (drawn, axes):
        for (left, right), maze in zip(axes, data["maze"].values.astype(str), strict=True):
            for panel, measure, unit in (
                (left, "similarity", "similarity (1)"),
                (right, "excess_bits", "excess bits a chain"),
            ):
                for place, colour in COLOURS_OF.items():
                    values = data[measure].sel(maze=maze, place=place)
                    mean = values.mean("seed")
                    panel.plot(data["discount"], values.T if values.dims[0] == "seed" else values,
                               color=colour, lw=0.6, alpha=0.4)  # fmt: skip
                    panel.plot(data["discount"], mean, "o-", color=colour, lw=2, label=WORDS[place])
                panel.axvline(0.9, color=GREY, ls=":", lw=1.2)
                panel.set(xlabel="discount a step from the reward (1)", ylabel=unit)
                title = (
                    f"{maze.replace('_', ' ')}; dotted: the seed's best" if panel is left else ""
                )
                finish(panel, title if panel is left else "", columns=2)
        return drawn
