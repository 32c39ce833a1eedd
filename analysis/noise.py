"""How chains fare under decoding noise, and in larger mazes."""

import re

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import BLACK, BLUE, RED, WIDTH, figure, finish, nothing_to_draw
from analysis.results import result
from analysis.reverse_models import Reversed, learned_row, values_of

COLOURS_OF = {"forward": BLUE, "reverse": RED}
ALL = "wake_decoded"


def noise_levels(given: Reversed) -> dict[str, dict[float, xr.Dataset]]:
    """What was learned from laps decoded with a part of the spikes, by track and part."""
    found: dict[str, dict[float, xr.Dataset]] = {}
    for condition, data in given.trained.items():
        track, source = condition.split(",")
        match = re.fullmatch(r"wake_kept_(\d+)", source)
        if match or source == ALL:
            part = int(match[1]) / 100 if match else 1.0
            found.setdefault(track, {})[part] = data
    return {track: dict(sorted(parts.items())) for track, parts in found.items() if len(parts) > 1}


def analyse(given: Reversed) -> xr.DataTree:
    """Rows of similarity by the part of the spikes that was kept.

    Returns
    -------
    DataTree
        ``/summary``; ``/noise`` (track, kept, estimator, seed) similarity; ``/sizes`` (maze,
        estimator): places of each maze and the share of the Bayes-optimal similarity.
    """
    rows, tracks = [], {}
    for track, parts in noise_levels(given).items():
        for part, data in parts.items():
            rows += [
                learned_row(
                    "noise_similarity",
                    f"{track},kept={part:g}",
                    estimator,
                    values_of(data, "similarity", estimator),
                )
                for estimator in COLOURS_OF
            ]
        kept = xr.Variable("kept", list(parts), {"units": "1", "long_name": "spikes kept"})
        twins = [d["similarity"].sel(estimator=list(COLOURS_OF)) for d in parts.values()]
        tracks[track] = xr.concat(twins, dim=kept)
    data = {}
    if tracks:
        along = xr.Variable("track", list(tracks), {"long_name": "track"})
        data["noise"] = xr.concat(tracks.values(), dim=along).to_dataset(name="similarity")
    if given.mazes:
        data["sizes"] = _sizes(given)
    return result(rows, data)


def _sizes(given: Reversed) -> xr.Dataset:
    """Places of each maze, and how near its models come to the law."""
    trained = {maze: data for maze, data in given.from_true_paths().items() if maze in given.mazes}
    part = [
        [values_of(data, "bayes_fraction", estimator).mean() for estimator in COLOURS_OF]
        for data in trained.values()
    ]
    return xr.Dataset(
        {
            "n_places": (
                "maze",
                [int(data.attrs["n_places"]) for data in trained.values()],
                {"long_name": "places of the maze"},
            ),
            "bayes_fraction": (
                ("maze", "estimator"),
                np.array(part).reshape(-1, len(COLOURS_OF)),
                {"units": "1", "long_name": "similarity over the Bayes-optimal one"},
            ),
        },
        coords={"maze": list(trained), "estimator": list(COLOURS_OF)},
    )


def draw(tree: xr.DataTree) -> Figure:
    """Draw similarity against the spikes kept, and against the size of the maze."""
    if "noise" not in tree and "sizes" not in tree:
        return nothing_to_draw("nothing was decoded with fewer spikes")
    with figure(WIDTH, 3.8, ncols=2) as (drawn, (left, right)):
        if "noise" in tree:
            data = tree["noise"].to_dataset()["similarity"].isel(track=0)
            for estimator, colour in COLOURS_OF.items():
                here = data.sel(estimator=estimator).transpose("kept", "seed")
                left.plot(here["kept"], here, ".", color=colour, alpha=0.4)
                left.plot(here["kept"], here.mean("seed"), "o-", color=colour, label=estimator)
            left.set(xscale="log", ylim=(0, 1.03), ylabel="similarity on held-out laps (1)")
            left.set_xticks(data["kept"].values, [f"{k:g}" for k in data["kept"].values])
            left.minorticks_off()
            left.set_xlabel("spikes kept for decoding (1)")
        finish(left, "Decoding noise", columns=2)
        if "sizes" in tree:
            data = tree["sizes"].to_dataset()
            for shift, (estimator, colour) in zip((0.97, 1.03), COLOURS_OF.items(), strict=True):
                part = data["bayes_fraction"].sel(estimator=estimator)
                right.plot(data["n_places"] * shift, part, "o", color=colour, label=estimator)
            right.axhline(1, color=BLACK, lw=1)
            right.set(xscale="log", xlabel="places of the maze (number)")
            right.set(ylabel="similarity over the Bayes-optimal one (1)", ylim=(0, 1.1))
            right.set_xticks([10, 20, 50, 100], ["10", "20", "50", "100"])
            right.minorticks_off()
        finish(right, "Size of the maze", columns=2)
        return drawn
