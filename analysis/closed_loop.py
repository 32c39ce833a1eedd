"""What agents replay, planted in a recording and read back by the decoder."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.agents import agent_row, words
from analysis.plots import BLACK, BLUE, GREY, RED, WIDTH, figure, finish
from analysis.results import result
from neurosim.files import flag_names
from neurosim.stats.intervals import Estimate, proportion_interval
from neurosim.stats.summary import NAN, Row

DIRECTIONS = ("forward", "reverse")
LABELS = {"before_run": "before run", "after_reward": "after reward"}
PAIRS = ("raised", "removed")
POINTS, LEVEL = 0.05, 0.01  # what the loop has to meet: of shares, and of the reward's effect


def analyse(paths: xr.Dataset, events: Mapping[str, xr.Dataset]) -> xr.DataTree:
    """Rows of the decoded forward share beside the agents', and of the decoded reward effect.

    Parameters
    ----------
    paths : Dataset (path, condition)
        What agents replay, from `neurosim.agents.replay_paths.paths_dataset`.
    events : Mapping of condition to Dataset (event)
        Decoded, blind, from the recordings in which it was planted.

    Returns
    -------
    DataTree
        ``/summary``; ``/loop`` (condition): ``agent_share``, ``decoded_share`` of forward
        sequences with its interval, numbers and rates by direction.
    """
    found = {name: _counts(data) for name, data in events.items()}
    own = {name: _own(paths, name) for name in events}
    rows: list[Row] = []
    for name, counts in found.items():
        n = counts["forward"] + counts["reverse"]
        row = agent_row(
            "forward_share",
            f"decoded,{LABELS.get(name, words(name))}",
            "likelihood",
            np.zeros(0),
            interval=lambda _, c=counts, n=n: _share(c["forward"], n),
            origin="recovered",
            n_unit="event",
            truth=own[name]["share"],
            test="forward among the significant candidates after running that have a "
            f"direction; truth: the agents' own share; {counts['unresolved']} unresolved, "
            f"{counts['rejected']} not significant; holds within {POINTS:g}",
        )
        off = abs(row.estimate - row.truth)
        verdict = "holds" if off <= POINTS else "does not hold"
        rows.append(replace(row, verdict=verdict) if np.isfinite(off) else row)
    for reward in PAIRS:
        pair = f"{reward}_usual", f"{reward}_changed"
        if all(name in found for name in pair):
            rows += [_effect(reward, way, pair, found, own) for way in DIRECTIONS]
    return result(rows, {"loop": _table(found, own)})


def _counts(data: xr.Dataset) -> dict[str, float]:
    """Numbers of candidates after running by decoded direction, and seconds of rest and sleep."""
    after = flag_names(data["phase"]) == "post"
    passed = data["significant"].values == 1
    way = flag_names(data["direction"])
    counts = {
        name: int((after & passed & (way == name)).sum()) for name in (*DIRECTIONS, "unresolved")
    }
    counts["rejected"] = int((after & ~passed).sum())
    counts["seconds"] = float(data["seconds_after"].sel(searched=["rest", "nrem"]).sum())
    return counts


def _own(paths: xr.Dataset, name: str) -> dict[str, float]:
    """The agents' own share of forward sequences, and sequences a lap by direction."""
    number = paths["condition"].values.tolist().index(name)
    here = paths.isel(path=np.flatnonzero(paths["condition_index"].values == number))
    share = float((here["stop"] > here["start"]).mean()) if here.sizes["path"] else NAN
    per_lap = float(paths["per_lap"].sel(condition=name))
    return {"share": share, "forward": share * per_lap, "reverse": (1 - share) * per_lap}


def _share(n: int, total: int) -> Estimate:
    return proportion_interval(np.arange(total) < n)


def _effect(
    reward: str,
    way: str,
    pair: tuple[str, str],
    found: Mapping[str, dict],
    own: Mapping[str, dict],
) -> Row:
    """Log ratio of decoded rates, changed over usual laps, beside the agents'."""
    from scipy import stats  # takes a second to import

    usual, changed = (found[name] for name in pair)
    n = np.array([usual[way], changed[way]])
    share = changed["seconds"] / (usual["seconds"] + changed["seconds"])
    p = float(stats.binomtest(int(n[1]), int(n.sum()), share).pvalue) if n.sum() else NAN
    estimate = Estimate(NAN, NAN, NAN, int(n.sum()))
    if n.all():
        ratio = float(np.log(n[1] / changed["seconds"]) - np.log(n[0] / usual["seconds"]))
        half = 1.96 * float(np.sqrt((1 / n).sum()))
        estimate = Estimate(ratio, ratio - half, ratio + half, int(n.sum()))
    theirs = [own[name][way] for name in pair]
    truth = float(np.log(theirs[1] / theirs[0])) if min(theirs) > 0 else NAN
    row = agent_row(
        "reward_effect",
        f"decoded,{way},changed_end,{reward}",
        "likelihood",
        np.zeros(0),
        interval=lambda _: estimate,
        origin="recovered",
        n_unit="event",
        truth=truth,
        p_value=p,
        test="log ratio of the rates of decoded events, changed over usual laps; exact "
        "conditional test, of one animal's events as if independent; truth: the agents' own "
        f"sequences a lap; holds where the sign is theirs at p < {LEVEL:g}",
        reason="no event of that direction in one of the two",
    )
    if not np.isfinite([row.estimate, truth]).all():
        return replace(row, verdict="no reference" if np.isfinite(row.estimate) else row.verdict)
    same = np.sign(row.estimate) == np.sign(truth) and p < LEVEL
    return replace(row, verdict="holds" if same else "does not hold")


def _table(found: Mapping[str, dict], own: Mapping[str, dict]) -> xr.Dataset:
    shares = [_share(c["forward"], c["forward"] + c["reverse"]) for c in found.values()]
    values = {
        "agent_share": ([own[name]["share"] for name in found], "forward share of the agents"),
        "decoded_share": ([s.value for s in shares], "decoded forward share"),
        "share_low": ([s.low for s in shares], "lower end of its 95 % interval"),
        "share_high": ([s.high for s in shares], "upper end of its 95 % interval"),
    }
    for way in DIRECTIONS:
        rate = [60 * c[way] / c["seconds"] for c in found.values()]
        values[f"{way}_rate"] = rate, f"{way} events a minute"
        values[f"agent_{way}"] = [own[name][way] for name in found], f"{way} sequences a lap"
    return xr.Dataset(
        {k: ("condition", v, {"units": "1", "long_name": text}) for k, (v, text) in values.items()},
        coords={"condition": list(found)},
    )


def draw(tree: xr.DataTree) -> Figure:
    """Draw the decoded forward share beside the agents', and rates by condition."""
    data = tree["loop"].to_dataset()
    names = data["condition"].values.astype(str)
    place = np.arange(names.size)
    with figure(WIDTH, 3.8, ncols=2) as (drawn, (left, right)):
        middle = data["decoded_share"].values
        error = [middle - data["share_low"].values, data["share_high"].values - middle]
        left.errorbar(place, middle, yerr=error, fmt="o", color=BLUE, capsize=3, label="decoded")
        left.plot(place, data["agent_share"], "_", color=BLACK, ms=22, mew=2, label="agents")
        left.axhline(0.5, color=GREY, lw=0.8)
        left.set(ylabel="forward share (1)", ylim=(0, 1.03))
        for shift, way, colour in ((-0.18, "forward", BLUE), (0.18, "reverse", RED)):
            right.bar(place + shift, data[f"{way}_rate"], 0.32, color=colour, label=way)
        right.set(ylabel="decoded events a minute")
        for axes, title in ((left, "Forward share"), (right, "Rates, read back")):
            axes.set_xticks(place, [words(name).replace(" ", "\n", 1) for name in names])
            finish(axes, title, columns=2)
        return drawn
