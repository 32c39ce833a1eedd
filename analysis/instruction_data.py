"""What was measured of instructed networks, put into tables: a row a network, hold-out and task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from neurosim import MissingData
from neurosim.files import load

SETS, FAMILIES = "set_", "family_"  # how hold-outs of either kind begin
ORDER = (  # of networks in tables and figures: from what tells nothing to what tells all
    "simplenet",
    "bownet",
    "blank_words",
    "blank_encoder",
    "gptnet",
    "gptnet_xl",
    "bertnet",
    "clipnet_s",
    "sbertnet",
    "sbertnet_published",
    "sbertnet_l",
    "structurenet",
)
COLUMNS = ("network", "hold_out", "number", "task", "measure", "value")
PER_TASK = ("trained", "held_out", "task")  # dimensions that name tasks
NOT_A_NUMBER = ("curve",)  # drawn, not averaged


@dataclass(frozen=True)
class Measurements:
    """All that was measured at one scale.

    Attributes
    ----------
    scale : str
        Name of the configuration (default, medium, paper), the first part of every condition.
    held_out, input_learning, representation : sequence of Dataset
        Of `neurosim.models.instructed`, one a network and hold-out. Attributes: ``network``,
        ``hold_out``, ``number``.
    communication : sequence of Dataset
        One an instructor.
    gallery : sequence of Dataset
        Trials of networks.
    missing : Mapping of network to str
        Why a network could not be trained.
    thresholds : Dataset, optional
        Of the confidence tasks, with ``correct`` (noise, contrast) and the attributes
        ``parted_by`` and ``criterion``.
    words : int, optional
        Different words of the instructions.
    """

    scale: str
    held_out: Sequence[xr.Dataset] = ()
    input_learning: Sequence[xr.Dataset] = ()
    representation: Sequence[xr.Dataset] = ()
    communication: Sequence[xr.Dataset] = ()
    gallery: Sequence[xr.Dataset] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
    thresholds: xr.Dataset | None = None
    words: int | None = None

    def condition(self, *parts: str) -> str:
        """Condition of a row."""
        return ",".join((self.scale, *parts))


def read_measurements(
    scale: str,
    *,
    thresholds: Path | None = None,
    words: int | None = None,
    **files: Sequence[Path],
) -> Measurements:
    """Load the files of a study.

    Parameters
    ----------
    scale : str
    thresholds : Path, optional
        Of the confidence tasks, where the study has such.
    words : int, optional
        Different words of the instructions.
    **files : sequence of Path
        By attribute of `Measurements`. A network whose file says that it could not be trained is
        known by the file's name: ``{network}_{number}.nc``, or ``{network}.nc``.

    Returns
    -------
    Measurements
    """
    found: dict[str, list[xr.Dataset]] = {}
    missing: dict[str, str] = {}
    for kind, paths in files.items():
        found[kind] = []
        for path in paths:
            try:
                found[kind].append(load(path))
            except MissingData as gap:
                missing[network_of(path)] = str(gap)
    levels = load(thresholds) if thresholds else None
    return Measurements(scale, missing=missing, thresholds=levels, words=words, **found)


def network_of(path: Path) -> str:
    """Name the network that a file is of.

    >>> network_of(Path("held_out/set_1/sbertnet_l,mlp_0.nc"))
    'sbertnet_l,mlp'
    >>> network_of(Path("communication/bownet.nc"))
    'bownet'
    """
    name, _, number = path.stem.rpartition("_")
    return name if number.isdigit() else path.stem


def task_table(datasets: Sequence[xr.Dataset]) -> pd.DataFrame:
    """Put everything that was measured of single tasks into one table.

    Parameters
    ----------
    datasets : sequence of Dataset
        With variables over ``trained``, ``held_out`` or ``task``; of other dimensions (repeats)
        the mean is taken. Text and learning curves are left out.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`.
    """
    rows = []
    for data in datasets:
        about = [data.attrs.get(name, "") for name in ("network", "hold_out")]
        about.append(int(data.attrs.get("number", 0)))
        for name, values in data.data_vars.items():
            along = [dim for dim in values.dims if dim in PER_TASK]
            if len(along) != 1 or values.dtype.kind not in "fiu" or name in NOT_A_NUMBER:
                continue
            means = values.mean([dim for dim in values.dims if dim not in along])
            tasks = data[along[0]].values.astype(str)
            rows += [
                (*about, task, name, value)
                for task, value in zip(tasks, means.values.astype(float), strict=True)
            ]
    return as_table(rows)


def as_table(rows: Sequence[tuple]) -> pd.DataFrame:
    """Make a table with `COLUMNS` whose names of few kinds are compared fast."""
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype(dict.fromkeys(("network", "hold_out", "measure"), "category"))


def by_task(table: pd.DataFrame, measure: str, network: str, hold_out: str = SETS) -> pd.DataFrame:
    """Values (number, task) of a measure.

    Parameters
    ----------
    table : DataFrame
        Of `task_table`.
    measure, network : str
    hold_out : str
        A hold-out, or how those that are taken begin; a task that is in several of them (a trained
        one) has their mean.

    Returns
    -------
    DataFrame
        A row a training, a column a task, in the order of their names; NaN where a task was not
        measured.
    """
    together = hold_out in (SETS, FAMILIES)
    taken = table.hold_out.str.startswith(hold_out) if together else table.hold_out == hold_out
    chosen = table[(table.measure == measure) & (table.network == network) & taken]
    if chosen.empty:
        return pd.DataFrame()
    return chosen.pivot_table(index="number", columns="task", values="value", dropna=False)


def in_both(first: pd.DataFrame, second: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keep the tasks that were measured in both."""
    first, second = (values.dropna(axis="columns", how="all") for values in (first, second))
    shared = first.columns.intersection(second.columns)
    return first[shared], second[shared]


def networks_in(datasets: Sequence[xr.Dataset]) -> list[str]:
    """Names of all networks, in `ORDER`, variants after what they are variants of."""
    return in_order({str(data.attrs["network"]) for data in datasets if "network" in data.attrs})


def in_order(names: Sequence[str] | set[str]) -> list[str]:
    """Sort names of networks as `ORDER` has them; others stand last.

    >>> in_order(["structurenet", "sbertnet,mlp", "mine", "sbertnet", "simplenet"])
    ['simplenet', 'sbertnet', 'sbertnet,mlp', 'structurenet', 'mine']
    """
    place = {name: number for number, name in enumerate(ORDER)}

    def key(name: str) -> tuple[int, str]:
        return place.get(name.partition(",")[0], len(place)), name

    return sorted(names, key=key)


def hold_outs_in(datasets: Sequence[xr.Dataset], kind: str = SETS) -> list[str]:
    """Names of all hold-outs of a kind, by their number."""
    names = {str(data.attrs["hold_out"]) for data in datasets if "hold_out" in data.attrs}

    def key(name: str) -> tuple[int, str]:
        number = name.removeprefix(kind)
        return (int(number) if number.isdigit() else 0), name

    return sorted((name for name in names if name.startswith(kind)), key=key)


def curves_of(datasets: Sequence[xr.Dataset], network: str, kind: str = SETS) -> xr.DataArray:
    """Mean learning curve (task, batch) of each held-out task of a network, over its trainings.

    Curves of different lengths are cut to the shortest. Without any the result is empty.
    """
    own = [
        data["curve"]
        for data in datasets
        if data.attrs.get("network") == network
        and "curve" in data
        and str(data.attrs["hold_out"]).startswith(kind)
    ]
    if not own:
        return xr.DataArray(np.empty((0, 0)), dims=("task", "batch"))
    own = [c.mean([d for d in c.dims if d not in ("held_out", "batch")]) for c in own]
    shortest = min(curve.sizes["batch"] for curve in own)
    joined = xr.concat([c.isel(batch=slice(shortest)) for c in own], dim="held_out")
    return joined.groupby("held_out").mean().rename(held_out="task").transpose("task", "batch")
