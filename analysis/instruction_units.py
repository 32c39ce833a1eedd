"""What single units of instructed networks do: clusters of tasks, and tuning that turns with them.

Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5, fig. 4 and supplement; Yang et al. 2019,
doi:10.1038/s41593-018-0310-2.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import xarray as xr

from analysis.instruction_data import SETS, Measurements, networks_in
from analysis.instruction_rows import ALL_SETS, NETWORKS, instruction_row, none_rows
from analysis.instruction_units_figure import draw
from analysis.instruction_verdicts import FEWEST
from analysis.results import result
from neurosim.stats.intervals import Estimate, fraction_interval, mean_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import Row
from neurosim.tasks.psychophysics.catalogue import TASKS

__all__ = ["analyse", "draw"]

SHOWN = ("sbertnet", "bownet", "structurenet", "simplenet")  # whose clusters are drawn, the first


@dataclass(frozen=True)
class Change:
    """What two tasks that demand opposite things should change in the tuning of units.

    Attributes
    ----------
    dim : str
        Dimension of the pairs of tasks.
    share, n : str
        Variables (pair, window): share of tuned units that change so, and how many are tuned.
    quantity, words : str
    chance : float
        The share if tuning changed at random.
    """

    dim: str
    share: str
    n: str
    quantity: str
    words: str
    chance: float


CHANGES = (
    Change("turning", "turn_near", "turn_n", "preferred_direction_turn",
           "units whose preferred direction turns by pi, give or take pi / 4", 0.25),
    Change("flipping", "flip_share", "flip_n", "slope_flip",
           "units whose slope changes its sign", 0.5),
)  # fmt: skip


def analyse(measured: Measurements, references: Mapping[str, Reference]) -> xr.DataTree:
    """Rows of clusters of units, and of how many change their tuning as the tasks demand.

    Parameters
    ----------
    measured : Measurements
    references : Mapping of id to Reference
        None was published of these but in figures.

    Returns
    -------
    DataTree
        ``/summary``; ``/clusters`` (unit, task) of one network; ``/silhouettes`` (network);
        ``/turns`` (row): turns of tuned units where a task was never trained.
    """
    rows: list[Row] = []
    for network in networks_in(measured.representation):
        own = of_network(measured, network)
        rows += _clusters(measured, network, own)
        for change in CHANGES:
            rows += _changes(measured, network, own, change)
    reason = "no units were recorded at this scale"
    for quantity in ("unit_clusters", "cluster_silhouette", *(c.quantity for c in CHANGES)):
        rows += none_rows(quantity, measured, rows, reason)
    return result(rows, _shown(measured))


def of_network(measured: Measurements, network: str) -> list[xr.Dataset]:
    """Representations of a network that lacked a set, by hold-out and training."""
    return [
        data
        for data in measured.representation
        if data.attrs["network"] == network and str(data.attrs["hold_out"]).startswith(SETS)
    ]


def _clusters(measured: Measurements, network: str, own: Sequence[xr.Dataset]) -> list[Row]:
    own = [data for data in own if "silhouette" in data]
    if not own:
        return []
    where = measured.condition(ALL_SETS)
    null = np.concatenate([data["silhouette_null"].values for data in own])
    beaten = np.mean([(data["silhouette_null"] < data["silhouette"]).all() for data in own])
    active = np.mean([float((data["cluster"] >= 0).mean()) for data in own])
    over = "t interval over trainings and sets"
    return [
        instruction_row(
            "unit_clusters",
            where,
            network,
            mean_interval(np.array([float(data["n_clusters"]) for data in own])),
            unit="cluster",
            n_unit="training",
            test=f"clusters of units by the tasks in which they vary, by the largest silhouette; "
            f"{active:.0%} of units are active; {over}",
        ),
        instruction_row(
            "cluster_silhouette",
            where,
            network,
            mean_interval(np.array([float(data["silhouette"]) for data in own])),
            n_unit="training",
            test=f"mean silhouette; of units shuffled over tasks {null.mean():.3f}, at most "
            f"{null.max():.3f}; above all its shuffles in {beaten:.0%} of trainings; {over}",
        ),
    ]


class Pair(NamedTuple):
    """What two tasks changed in the tuning of a network's units.

    Attributes
    ----------
    family : str
    held_out : bool
        Whether one of both tasks was never trained.
    window : str
    share : Estimate
        Of tuned units, with its interval over units; NaN if there are none.
    """

    family: str
    held_out: bool
    window: str
    share: Estimate


def changes_in(datasets: Sequence[xr.Dataset], change: Change) -> Iterator[Pair]:
    """Give every pair of tasks of every training, in every window."""
    for data in datasets:
        if change.share not in data:
            continue
        left_out = data[f"{change.dim}_held_out"].any("pole").values
        for number, pair in enumerate(data[change.dim].values.astype(str)):
            for window in data["window"].values.astype(str):
                at = data.isel({change.dim: number}).sel(window=window)
                n = int(at[change.n])
                ends = ("", "_low", "_high")
                numbers = (float(at[change.share + end]) if n else np.nan for end in ends)
                family = TASKS[pair.split(", ")[0]].family
                yield Pair(family, bool(left_out[number]), window, Estimate(*numbers, n))


def _changes(
    measured: Measurements, network: str, own: Sequence[xr.Dataset], change: Change
) -> list[Row]:
    found: dict[tuple[str, bool, str], dict[tuple[str, int], list[Estimate]]] = {}
    for data in own:
        run = str(data.attrs["hold_out"]), int(data.attrs["number"])
        for pair in changes_in([data], change):
            found.setdefault(pair[:3], {}).setdefault(run, []).append(pair.share)
    rows = []
    for (family, left_out, window), runs in sorted(found.items()):
        estimate, n_unit, over = over_networks(list(runs.values()))
        middle = np.median([share.n for shares in runs.values() for share in shares])
        rows.append(
            instruction_row(
                change.quantity,
                measured.condition(ALL_SETS, family, "held out" if left_out else "trained", window),
                network,
                estimate,
                n_unit=n_unit,
                test=f"share of {change.words}, of those that are tuned in both tasks (by Holm "
                f"over units; {middle:.0f} units a pair in the middle); chance {change.chance:g}; "
                f"{over}",
                reason="no unit is tuned in both tasks",
            )
        )
    return rows


def over_networks(shares: Sequence[Sequence[Estimate]]) -> tuple[Estimate, str, str]:
    """Mean over trained networks of their mean over pairs, what was counted, and the interval.

    Parameters
    ----------
    shares : sequence of sequence of Estimate
        Of each network, of each pair of tasks; pairs without tuned units do not count.

    Returns
    -------
    estimate : Estimate
        One pair of one network has its interval over units, three networks or more have one over
        networks, and what lies between has none.
    n_unit, over : str
    """
    tuned = [[share for share in own if share.n] for own in shares]
    tuned = [own for own in tuned if own]
    if len(tuned) == 1 and len(tuned[0]) == 1:
        return tuned[0][0], "unit", "Wilson's interval over the units of one network"
    mean = fraction_interval(np.array([np.mean([s.value for s in own]) for own in tuned]))
    if mean.n >= FEWEST:
        return mean, NETWORKS, "t interval over trained networks, each the mean over its pairs"
    few = f"no interval: {FEWEST} trained networks are needed, found {mean.n}"
    return Estimate(mean.value, np.nan, np.nan, mean.n), NETWORKS, few


def _shown(measured: Measurements) -> dict[str, xr.Dataset]:
    """Datasets of the figure."""
    names = networks_in(measured.representation)
    shown: dict[str, xr.Dataset] = {}
    clustered = {
        name: own
        for name in names
        if (own := [d for d in of_network(measured, name) if "silhouette" in d])
    }
    if clustered:
        chosen = next((name for name in SHOWN if name in clustered), next(iter(clustered)))
        data = clustered[chosen][0]
        clusters = data[["task_variance_share", "cluster"]]
        shown["clusters"] = clusters.assign_attrs(
            network=chosen, hold_out=str(data.attrs["hold_out"])
        )
        values = {
            "silhouette": [np.mean([d["silhouette"] for d in own]) for own in clustered.values()],
            "null": [
                np.mean([d["silhouette_null"].values.max() for d in own])
                for own in clustered.values()
            ],
        }
        about = {"units": "1", "long_name": "mean silhouette of units"}
        silhouettes = {name: ("network", np.array(v), about) for name, v in values.items()}
        shown["silhouettes"] = xr.Dataset(silhouettes, {"network": list(clustered)})
    turns = [row for name in names for row in _turns(name, of_network(measured, name))]
    if turns:
        network, turn = zip(*turns, strict=True)
        about = {"units": "rad", "long_name": "turn of a unit's preferred direction"}
        shown["turns"] = xr.Dataset(
            {
                "network": ("row", np.array(network, dtype=object)),
                "turn": ("row", np.array(turn), about),
            }
        )
    return shown


def _turns(network: str, own: Sequence[xr.Dataset]) -> Iterator[tuple[str, float]]:
    """Turns of tuned units in the response, between tasks of which one was never trained."""
    for data in own:
        if "turn" not in data:
            continue
        chosen = data["turning_held_out"].any("pole").values
        late = data[["turn", "turn_tuned"]].sel(window="response").isel(turning=chosen)
        for turn in late["turn"].values[late["turn_tuned"].values == 1]:
            yield network, float(turn)
