"""What agents replay before laps and after reward, and what that depends on."""

from dataclasses import replace

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.agents import COLOURS, agent_row
from analysis.plots import BLUE, GREY, RED, WIDTH, figure, finish
from analysis.results import result
from analysis.reverse_models import corrected, paired_p_value
from neurosim.stats.intervals import fraction_interval, mean_interval, proportion_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row

NEGLIGIBLE = 0.2  # of the effect on reverse sequences
PUBLISHED = "E002"  # forward before, reverse after a run; reward changes reverse only


def analyse(
    counts: xr.Dataset, shortcuts: xr.Dataset, references: dict[str, Reference]
) -> xr.DataTree:
    """Rows of directions by place and time, of the reward's effect, and of shortcuts.

    Parameters
    ----------
    counts : Dataset (setting, reward, agent, changed, when, end, direction)
        From `neurosim.agents.studies.replay_at_ends`.
    shortcuts : Dataset (policy, bonus, agent)
        From `neurosim.agents.studies.meet_shortcuts`.
    references : dict of id to Reference

    Returns
    -------
    DataTree
        ``/summary``; ``/counts`` and ``/shortcuts`` as given.
    """
    rows: list[Row] = []
    first = str(counts["setting"].values[0])
    for setting in counts["setting"].values.astype(str):
        suffix = "" if setting == first else f",{setting}"
        usual = counts["n_events"].sel(setting=setting, reward="baseline", changed="same")
        published = references[PUBLISHED] if setting == first else None
        for when in counts["when"].values.astype(str):
            share = forward_share(usual.sel(when=when).sum("end"))
            rows.append(
                agent_row(
                    "forward_share",
                    f"agent,{when.replace('_', ' ')}{suffix}",
                    _policy_of(setting),
                    share,
                    interval=fraction_interval,
                    reference=published,
                    reason="no sequence was replayed",
                )
            )
        reverse = usual.sel(direction="reverse").sum("end")
        total = reverse.sum("when").values
        rows.append(
            agent_row(
                "reverse_at_end",
                f"agent{suffix}",
                _policy_of(setting),
                np.divide(
                    reverse.sel(when="after_reward").values,
                    total,
                    out=np.full(total.shape, NAN),
                    where=total > 0,
                ),
                test="share of all reverse sequences that are replayed after reward; t interval "
                "over agents",
                reason="no reverse sequence was replayed",
            )
        )
        rows += _reward_effects(counts.sel(setting=setting), suffix, _policy_of(setting))
    rows += _claims(counts.isel(setting=0), references[PUBLISHED])
    rows += _shortcut_rows(shortcuts)
    return result(rows, {"counts": counts, "shortcuts": shortcuts})


def forward_share(counts: xr.DataArray) -> np.ndarray:
    """Forward among forward and reverse sequences (agent,); NaN where there are none."""
    total = counts.sum("direction").values
    forward = counts.sel(direction="forward").values
    return np.divide(forward, total, out=np.full(total.shape, NAN), where=total > 0)


def rate_change(data: xr.Dataset, reward: str, end: str, direction: str) -> np.ndarray:
    """Sequences a lap after reward in changed laps minus in the same agent's others (agent,)."""
    here = data.sel(reward=reward)
    events = here["n_events"].sel(when="after_reward", end=end, direction=direction)
    rate = events / here["n_laps"].sel(end=end)
    return (rate.sel(changed="changed") - rate.sel(changed="same")).values.astype(float)


def _policy_of(setting: str) -> str:
    """Replay policy of a setting: settings of imagination, or other policies by their names."""
    return setting if setting in COLOURS else "imagination"


def _reward_effects(data: xr.Dataset, suffix: str, policy: str) -> list[Row]:
    rows, changes = [], {}
    for reward in ("raised", "removed"):
        for end in data["end"].values.astype(str):
            for direction in data["direction"].values.astype(str):
                where = "changed_end" if end == "last" else "other_end"
                condition = f"agent,{direction},{where},{reward}{suffix}"
                changes[condition] = rate_change(data, reward, end, direction)
    p_values = corrected({name: paired_p_value(change) for name, change in changes.items()})
    for condition, change in changes.items():
        rows.append(
            agent_row(
                "reward_effect",
                condition,
                policy,
                change,
                p_value=p_values[condition],
                test="sequences a lap after reward, in laps with the other reward (or back from "
                "it) minus in laps without; paired t test over agents, Holm over ends, directions "
                "and rewards",
            )
        )
    return rows


def _claims(data: xr.Dataset, published: Reference) -> list[Row]:
    """What Mattar & Daw say: reverse follows reward, and reward moves reverse alone."""
    usual = data["n_events"].sel(reward="baseline", changed="same").sum("end")
    before, after = (
        1 - forward_share(usual.sel(when=when)) for when in ("before_run", "after_reward")
    )
    more = mean_interval(after - before)
    change = {way: rate_change(data, "raised", "last", way) for way in ("reverse", "forward")}
    reverse, forward = mean_interval(change["reverse"]), mean_interval(change["forward"])
    alone = max(abs(forward.low), abs(forward.high)) <= NEGLIGIBLE * abs(reverse.value)
    moves = reverse.low > 0
    return [
        replace(
            agent_row(
                "claim_reverse_follows_reward",
                "agent",
                "imagination",
                after - before,
                reference=published,
                test="share of reverse sequences after reward minus before laps",
            ),
            verdict="holds" if more.low > 0 else "does not hold",
        ),
        replace(
            agent_row(
                "claim_reward_moves_reverse_alone",
                "agent,raised",
                "imagination",
                change["reverse"],
                reference=published,
                test="reverse sequences a lap that a raised reward adds at its end; forward "
                f"{forward.value:+.2f} ({forward.low:.2f} to {forward.high:.2f}), to stay within "
                f"{NEGLIGIBLE:.0%} of that",
            ),
            verdict="holds" if moves and alone else "does not hold",
        ),
    ]


def _shortcut_rows(data: xr.Dataset) -> list[Row]:
    rows = []
    for policy in data["policy"].values.astype(str):
        for bonus in data["bonus"].values.tolist():
            here = data.sel(policy=policy, bonus=bonus)
            condition = f"bonus={bonus:g}"
            found = np.isfinite(here["steps_to_find"].values)
            rows += [
                agent_row(
                    "shortcut_found",
                    condition,
                    policy,
                    found,
                    interval=proportion_interval,
                    test="Wilson interval over agents",
                ),
                agent_row(
                    "replays_before_walked",
                    condition,
                    policy,
                    here["n_replays_before"].values,
                    test="paths through the opened wall that no episode had followed, replayed "
                    "before it was first taken at once; t interval over agents",
                ),
            ]
    return rows


def draw(tree: xr.DataTree) -> Figure:
    """Draw sequences a lap by time, direction and setting, and what rewards change."""
    counts = tree["counts"].to_dataset()
    with figure(WIDTH, 7.2, nrows=2) as (drawn, (above, below)):
        _by_setting(above, counts)
        _by_reward(below, counts.isel(setting=0))
        return drawn


def _by_setting(axes, counts: xr.Dataset) -> None:
    settings = counts["setting"].values.astype(str)
    usual = counts.sel(reward="baseline", changed="same")
    rate = usual["n_events"].sum("end") / usual["n_laps"].sum("end")
    for shift, (when, direction, colour, face) in enumerate(
        (
            ("before_run", "forward", BLUE, BLUE),
            ("before_run", "reverse", RED, RED),
            ("after_reward", "forward", BLUE, "white"),
            ("after_reward", "reverse", RED, "white"),
        )
    ):
        values = rate.sel(when=when, direction=direction).transpose("setting", "agent").values
        x = np.arange(settings.size) + 0.18 * (shift - 1.5)
        label = f"{direction}, {when.replace('_', ' ')}"
        axes.bar(x, values.mean(axis=1), 0.16, color=face, edgecolor=colour, label=label)
        axes.plot(np.repeat(x, values.shape[1]), values.ravel(), ".", color=GREY, ms=3, alpha=0.5)
    labels = [s.replace("_", "\n", 1).replace("_", " ") for s in settings]
    axes.set_xticks(range(settings.size), labels)
    axes.set(ylabel="sequences a lap")
    finish(axes, "What is replayed: imagination, under other settings, other policies", columns=4)


def _by_reward(axes, counts: xr.Dataset) -> None:
    places, labels = [], []
    for reward in ("raised", "removed"):
        for end in ("last", "first"):
            place = len(labels)
            labels.append(f"{reward},\n{'that' if end == 'last' else 'other'} end")
            for shift, (direction, colour) in enumerate((("forward", BLUE), ("reverse", RED))):
                change = rate_change(counts, reward, end, direction)
                mean = mean_interval(change)
                x = place + 0.2 * (shift - 0.5)
                error = np.nan_to_num([[mean.value - mean.low], [mean.high - mean.value]])
                axes.errorbar(
                    x, mean.value, yerr=error, fmt="o", color=colour, capsize=3,
                    label=direction,
                )  # fmt: skip
            places.append(place)
    axes.axhline(0, color=GREY, lw=1)
    axes.set_xticks(places, labels)
    axes.set(ylabel="change, sequences a lap")
    finish(axes, "What another reward at one end changes, after it", columns=2)
