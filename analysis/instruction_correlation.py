"""How zero-shot performance goes with CCGP over tasks that several networks share.

Networks do the same tasks: what a task has of its own is in all of them, and a network and task is
no unit of its own (Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5, fig. 3f, count it as
one). Here tasks are.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.instruction_data import Measurements
from analysis.instruction_rows import ALL_SETS, instruction_row
from neurosim.seeds import generator
from neurosim.stats.correlation import Correlation, correlate
from neurosim.stats.intervals import LEVEL, Estimate
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row

POOLED, WITHIN, TASK_MEANS = "all networks", "within networks", "task means"
WHAT = "Pearson's r of zero-shot performance and CCGP of units over held-out tasks"
N_RESAMPLES = 2000
SEED = 0
FEWEST = 5  # tasks, below which resampling them gives no interval
ONE = 1e-9  # of a variance: less is rounding


def correlation_rows(
    measured: Measurements, both: pd.DataFrame, references: Mapping[str, Reference]
) -> list[Row]:
    """Rows of how zero-shot performance goes with CCGP: over all, over tasks, and by network.

    Parameters
    ----------
    measured : Measurements
    both : DataFrame
        Columns network, task, ccgp and zero_shot.
    references : Mapping of id to Reference
    """
    if both.empty:
        return []
    shared = "bootstrap interval over tasks, which networks share"
    pooled, within, means = pooled_r(both), pooled_r(both, within=True), over_task_means(both)
    found: dict[str, tuple[Estimate, float, str, str]] = {
        POOLED: (
            pooled, NAN, "network and task",
            f"of all networks together, without the shuffled controls, as published; {shared}",
        ),
        WITHIN: (
            within, NAN, "network and task",
            "each less the mean of its network, so that better networks alone are none; "
            f"{shared}",
        ),
        TASK_MEANS: (
            means.r, means.p_value, "task",
            "of tasks, each the mean over networks of what it has more than its network's mean; "
            "Fisher's interval over tasks",
        ),
    }  # fmt: skip
    for name, own in both.groupby("network", sort=False):
        r = correlate(own.ccgp.to_numpy(), own.zero_shot.to_numpy())
        found[str(name)] = r.r, r.p_value, "task", "of one network; Fisher's interval over tasks"
    return [
        instruction_row(
            "ccgp_correlation",
            measured.condition(ALL_SETS),
            name,
            estimate,
            n_unit=n_unit,
            reference=references.get("G016") if name == POOLED else None,
            tasks=set(both.task.astype(str)),
            networks=both.network.astype(str).unique().tolist(),
            test=f"{WHAT}, {how}",
            p_value=p_value,
            reason="too few held-out tasks have both, or one of them does not vary",
        )
        for name, (estimate, p_value, n_unit, how) in found.items()
    ]


def over_task_means(both: pd.DataFrame) -> Correlation:
    """Correlate what tasks have more than their network's mean, means over networks (task,)."""
    values = both[["ccgp", "zero_shot"]]
    more = values - values.groupby(both.network).transform("mean")
    means = more.groupby(both.task).mean()
    return correlate(means.ccgp.to_numpy(), means.zero_shot.to_numpy())


def pooled_r(both: pd.DataFrame, within: bool = False, n: int = N_RESAMPLES) -> Estimate:
    """Pearson's r over networks and tasks, with a percentile interval from resampled tasks.

    Parameters
    ----------
    both : DataFrame
        Columns network, task, ccgp and zero_shot.
    within : bool
        Take the mean of each network off first.
    n : int
        Resamples; each takes a task with all its networks.
    """
    if both.empty:
        return Estimate(NAN, NAN, NAN, 0)
    group = both.network if within else pd.Series("", both.index)
    sums = _sums(both, group)
    n_tasks = sums.shape[0]
    value = float(_r(np.ones((1, n_tasks)), sums)[0])
    if n_tasks < FEWEST or not np.isfinite(value):
        return Estimate(value, NAN, NAN, len(both))
    rng = generator(SEED, "instruction", "correlation")
    drawn = rng.multinomial(n_tasks, np.full(n_tasks, 1 / n_tasks), size=n)
    low, high = np.nanquantile(_r(drawn, sums), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value, float(low), float(high), len(both))


def _sums(both: pd.DataFrame, group: pd.Series) -> np.ndarray:
    """Count, sums, squares and product (task, group, 6) of both numbers, about their means."""
    x, y = (both[name] - both[name].mean() for name in ("ccgp", "zero_shot"))
    parts = pd.DataFrame({"n": 1.0, "x": x, "y": y, "xx": x * x, "yy": y * y, "xy": x * y})
    tasks, groups = (pd.factorize(names)[0] for names in (both.task, group))
    sums = np.zeros((tasks.max() + 1, groups.max() + 1, parts.shape[1]))
    np.add.at(sums, (tasks, groups), parts.to_numpy())
    return sums


def _r(weights: np.ndarray, sums: np.ndarray) -> np.ndarray:
    """Correlation (resample,) within groups, of tasks taken so often (resample, task)."""
    n, x, y, xx, yy, xy = np.moveaxis(np.einsum("rt,tgk->rgk", weights, sums), -1, 0)
    some = np.maximum(n, 1)
    left = [(xx, x, x), (yy, y, y), (xy, x, y)]
    var_x, var_y, cov = ((whole - a * b / some).sum(axis=1) for whole, a, b in left)
    size = sums[..., 3].sum(), sums[..., 4].sum()
    varies = (var_x > ONE * size[0]) & (var_y > ONE * size[1])
    return np.where(varies, cov / np.sqrt(np.where(varies, var_x * var_y, 1)), np.nan)
