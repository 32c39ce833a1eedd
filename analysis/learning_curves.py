"""How fast agents learn mazes, by what they replay."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.agents import (
    ALPHA,
    COLOURS,
    agent_row,
    by_agent,
    mazes_of,
    paired_log_p_value,
    words,
)
from analysis.plots import BLACK, WIDTH, figure, finish, plain_log
from analysis.results import result
from analysis.reverse_models import corrected
from neurosim.stats.intervals import Estimate, geometric_interval, mean_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import Row, make_row

BARS = (  # over which policy, at how many writes a step (0 for any), at most which part
    ("none", 0, 1 / 3),
    ("movie_forward", 0, 0.75),
    ("movie_reverse", 1, 0.9),
)
PRIORITISED = "E010"  # 41 of 49 games
SHARE = 4 / 6  # of the mazes on which a claim has to hold
COMPARED = ("none", "td_lambda", "movie_forward", "movie_reverse", "prioritised_sweeping")


def analyse(
    mazes: Mapping[str, xr.Dataset],
    deep: Mapping[str, xr.Dataset],
    references: Mapping[str, Reference],
) -> xr.DataTree:
    """Rows of steps to criterion and of learning area, ratios and claims.

    Parameters
    ----------
    mazes : Mapping of maze to Dataset
        From `neurosim.agents.studies.compare_policies`.
    deep : Mapping of maze to Dataset
        The same of deep Q-networks, where there are any.
    references : Mapping of id to Reference

    Returns
    -------
    DataTree
        ``/summary``; ``/learning`` and ``/deep`` (maze, writes, policy, agent, episode).
    """
    rows: list[Row] = []
    for suffix, datasets in (("", mazes), (",deep", deep)):
        for maze, data in datasets.items():
            for writes in data["writes"].values.tolist():
                for policy in data["policy"].values.astype(str):
                    chosen = {"writes": writes, "policy": policy}
                    rows += _rows_of(data, f"{maze},writes={writes}{suffix}", policy, chosen)
    for writes in _all_writes(mazes):
        rows += [row for over in COMPARED for row in _ratios(mazes, over, writes)]
    rows += _claims(mazes) + _prioritised(mazes, references)
    groups = {"learning": mazes_of(mazes)} | ({"deep": mazes_of(deep)} if deep else {})
    return result(rows, groups)


def _rows_of(data: xr.Dataset, condition: str, policy: str, chosen: dict) -> list[Row]:
    reached = by_agent(data, "reached", **chosen)
    test = f"t interval over agents; {int(reached.sum())} of {reached.size} met the criterion"
    few = "no agent ended as many episodes as the curve has"
    return [
        agent_row(name, condition, policy, by_agent(data, name, **chosen), test=test, reason=few)
        for name in ("steps_to_criterion", "learning_area", "writes_per_step")
    ]


def _all_writes(mazes: Mapping[str, xr.Dataset]) -> list[int]:
    return sorted({int(w) for data in mazes.values() for w in data["writes"].values})


def _with(mazes: Mapping[str, xr.Dataset], policy: str, writes: int) -> dict[str, xr.Dataset]:
    """Mazes that were learned with a policy, at a number of writes."""
    return {
        maze: data
        for maze, data in mazes.items()
        if policy in data["policy"].values and writes in data["writes"].values
    }


def ratio_to(data: xr.Dataset, over: str, writes: int) -> np.ndarray:
    """Steps to criterion of imagination over those of a policy (agent,), the same seed each."""
    steps = data["steps_to_criterion"].sel(writes=writes)
    return (steps.sel(policy="imagination") / steps.sel(policy=over)).values


def mean_ratio(data: xr.Dataset, over: str, writes: int) -> float:
    """Ratio of the mean steps to criterion."""
    steps = data["steps_to_criterion"].sel(writes=writes).mean("agent")
    return float(steps.sel(policy="imagination") / steps.sel(policy=over))


def _ratios(mazes: Mapping[str, xr.Dataset], over: str, writes: int) -> list[Row]:
    mazes = _with(mazes, over, writes)
    ratios = {maze: ratio_to(data, over, writes) for maze, data in mazes.items()}
    p_values = corrected({maze: paired_log_p_value(ratio) for maze, ratio in ratios.items()})
    return [
        agent_row(
            "steps_ratio",
            f"{maze},writes={writes},over={over}",
            "imagination",
            ratio,
            interval=geometric_interval,
            test="geometric mean of steps over steps, paired by seed; t test of logs, Holm over "
            f"mazes; the ratio of means is {mean_ratio(mazes[maze], over, writes):.2f}",
            p_value=p_values[maze],
        )
        for maze, ratio in ratios.items()
    ]


def _claims(mazes: Mapping[str, xr.Dataset]) -> list[Row]:
    """On how many mazes imagination needs at most a part of the steps of another policy."""
    rows = []
    for over, at_writes, part in BARS:
        for writes in [at_writes] if at_writes else _all_writes(mazes):
            found = {
                maze: geometric_interval(ratio_to(data, over, writes)).value
                for maze, data in _with(mazes, over, writes).items()
            }
            if not found:
                continue
            met = sum(ratio <= part for ratio in found.values())
            row = make_row(
                "imagination",
                f"claim_fewer_steps_than_{over}",
                condition=f"writes={writes}",
                estimator="imagination",
                estimate=Estimate(met, np.nan, np.nan, len(found)),
                origin="learned",
                unit="1",
                n_unit="maze",
                test=f"mazes with at most {part:.2g} of the steps to criterion (geometric mean of "
                "ratios, paired by seed); holds from "
                f"{SHARE:.0%} of them; {', '.join(f'{m} {r:.2f}' for m, r in found.items())}",
            )
            holds = "holds" if met >= SHARE * len(found) else "does not hold"
            rows.append(replace(row, verdict=holds))
    return rows


def _prioritised(mazes: Mapping[str, xr.Dataset], references: Mapping[str, Reference]) -> list[Row]:
    """On how many mazes prioritised replay is faster than uniform replay."""
    rows = []
    for writes in _all_writes(mazes):
        steps = {m: d["steps_to_criterion"].sel(writes=writes) for m, d in mazes.items()}
        if not all({"uniform", "prioritised"} <= set(s["policy"].values) for s in steps.values()):
            continue
        ratio = {
            maze: (s.sel(policy="prioritised") / s.sel(policy="uniform")).values
            for maze, s in steps.items()
        }
        p_values = corrected({maze: paired_log_p_value(r) for maze, r in ratio.items()})
        mean = {maze: geometric_interval(r).value for maze, r in ratio.items()}
        better = [m for m in mean if mean[m] < 1 and p_values[m] < ALPHA]
        worse = [m for m in mean if mean[m] > 1 and p_values[m] < ALPHA]
        row = make_row(
            "imagination",
            "claim_prioritised_beats_uniform",
            condition=f"writes={writes}",
            estimator="prioritised",
            estimate=Estimate(len(better), np.nan, np.nan, len(mean)),
            origin="learned",
            unit="1",
            n_unit="maze",
            reference=references[PRIORITISED],
            test=f"mazes with fewer steps (paired t tests of logs, Holm), more in {len(worse)}; "
            f"ratios {', '.join(f'{m} {r:.2f}' for m, r in mean.items())}; published: games",
        )
        verdict = "holds" if len(better) > len(mean) / 2 and not worse else "does not hold"
        rows.append(replace(row, verdict=verdict))
    return rows


def draw(tree: xr.DataTree) -> Figure:
    """Draw learning curves by maze, and steps to criterion beside them."""
    data = tree["learning"].to_dataset()
    writes = data["writes"].values.tolist()
    mazes = data["maze"].values.astype(str)
    grid = {"nrows": mazes.size, "ncols": 1 + len(writes), "squeeze": False}
    with figure(WIDTH, 2.7 * mazes.size, **grid) as (drawn, panels):
        for row, maze in zip(panels, mazes, strict=True):
            here = data.sel(maze=maze)
            _curves(row[0], here.sel(writes=writes[-1]), words(maze), writes[-1])
            for axes, n in zip(row[1:], writes, strict=True):
                _steps(axes, here.sel(writes=n), n, is_first=axes is row[1])
        return drawn


def _curves(axes, data: xr.Dataset, title: str, writes: int) -> None:
    for policy in data["policy"].values.astype(str):
        length = data["episode_length"].sel(policy=policy).mean("agent").values
        axes.plot(np.arange(1, length.size + 1), length, color=COLOURS[policy], label=words(policy))
    axes.axhline(float(data["shortest"]), color=BLACK, ls=":", lw=1)
    axes.set(xlabel="episode", ylabel="steps", yscale="log")
    plain_log(axes.yaxis)
    finish(axes, f"{title}, {writes} writes a step", lines=0)


def _steps(axes, data: xr.Dataset, writes: int, is_first: bool) -> None:
    policies = data["policy"].values.astype(str)
    for place, policy in enumerate(policies):
        values = by_agent(data, "steps_to_criterion", policy=policy)
        axes.plot(values, np.full(values.size, place), ".", color=COLOURS[policy], alpha=0.25)
        mean = mean_interval(values)
        error = [[max(mean.value - mean.low, 0)], [max(mean.high - mean.value, 0)]]
        error = np.nan_to_num(error)
        axes.errorbar(mean.value, place, xerr=error, fmt="o", color=COLOURS[policy], capsize=3)
    axes.set_yticks(range(policies.size), [words(policy) for policy in policies])
    axes.tick_params("y", labelleft=is_first)
    axes.set(xlabel="steps to criterion", xscale="log", ylim=(policies.size - 0.5, -0.5))
    plain_log(axes.xaxis)
    unit = "write" if writes == 1 else "writes"
    finish(axes, f"{writes} {unit} a step", lines=0)
