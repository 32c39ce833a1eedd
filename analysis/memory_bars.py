"""What was asked of an agent with a memory and replay, and whether it does it."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import xarray as xr

from analysis.forgetting import forgotten
from analysis.memory_rows import (
    BASE,
    LEAST,
    ONE_STEP,
    OVER_TRAININGS,
    READS_ZERO,
    at_least,
    at_most,
    claim_row,
    has_one_step,
    learners_in,
    left_out,
    methods_in,
    share_taken,
    takes,
    values_of,
)
from analysis.skills import right
from neurosim.stats.intervals import fraction_interval, mean_interval
from neurosim.stats.summary import Row
from neurosim.tasks.transfer import average_error

MATTERS = 0.05  # part of an error that is worth its cost
NO_WORSE = 0.1  # part of the error of ER by which a method may be worse and still be no worse
CUTS = {  # least part of forgetting that ER takes away
    "permuted_digits": 0.7,
    "split_digits": 0.8,
    "functions_cued": 0.5,
    "remapping_mazes": 0.5,
}
MAZES = "remapping_mazes"
LEARNED = 0.99  # of the bits
FALLS_SHORT = {("copy", 10): 0.95, ("copy", 20): 0.8}  # most bits of an LSTM at equal time
NEEDS = 0.25  # bits that reads set to zero must cost: half of what there is above chance


def bars(sequences: Mapping[str, xr.Dataset], skills: Mapping[str, xr.Dataset]) -> list[Row]:
    """Rows of what was asked.

    Parameters
    ----------
    sequences : Mapping of sequence to Dataset (learner, seed, time, task)
    skills : Mapping of name to Dataset (network, seed, length)
    """
    rows = [row for name, data in skills.items() for row in _of_skill(name, data)]
    for name, data in sequences.items():
        rows += _reads(name, data) + _cuts(name, data) + _beside_er(name, data)
        rows += _bound(name, data)
    return rows


def judged(difference: np.ndarray, margin: float) -> str:
    """Whether paired differences (training,) lie above zero, by as much as matters."""
    there = difference[np.isfinite(difference)]
    if there.size < LEAST:
        return "inconclusive"
    estimate = mean_interval(there)
    if np.ptp(there) == 0:
        return "holds" if there[0] >= margin and there[0] > 0 else "does not hold"
    if estimate.low > 0 and estimate.value >= margin:
        return "holds"
    return "does not hold" if estimate.high < margin else "inconclusive"


def _final(data: xr.Dataset, method: str) -> np.ndarray:
    return average_error(values_of(data, "error", method))


def _reads(name: str, data: xr.Dataset) -> list[Row]:
    """Whether reads set to zero cost anything."""
    rows = []
    for method in methods_in(data):
        lesioned = f"{method},{READS_ZERO}"
        if lesioned not in methods_in(data):
            continue
        before = _final(data, method)
        cost, margin = _final(data, lesioned) - before, MATTERS * before.mean()
        row = claim_row(
            "memory_is_read",
            name,
            method,
            cost,
            judged(cost, margin),
            test="average error with reads set to zero, in tests alone, minus without; holds "
            f"from {MATTERS:.0%} of the error; {OVER_TRAININGS}",
        )
        if has_one_step(data):
            row = replace(row, verdict="not run", test=f"{ONE_STEP}; {row.test}")
        rows.append(row)
    return rows


def _cuts(name: str, data: xr.Dataset) -> list[Row]:
    """Whether experience replay takes away as much of the forgetting as was asked."""
    if name not in CUTS or not {BASE, "er"} <= set(methods_in(data)):
        return []
    (lost, kept), least = forgotten(data, BASE, "er"), CUTS[name]
    halves = least == 0.5
    return [
        claim_row(
            "replay_halves_forgetting" if halves else "replay_cuts_forgetting",
            name if halves else f"{name},at_least={least:g}",
            "er",
            share_taken(lost, kept),
            takes(lost, kept, least),
            test=f"1 - forgetting / that of fine-tuning, paired by seed; {left_out(lost)}judged on "
            f"{1 - least:.0%} of that of fine-tuning minus its own; {OVER_TRAININGS}",
            reason="fine-tuning forgets nothing",
        )
    ]


def _beside_er(name: str, data: xr.Dataset) -> list[Row]:
    """Whether the agent is no worse than experience replay, and better on the mazes."""
    rows = []
    for other in ("er", "er,recurrent"):
        if not {"agent", other} <= set(methods_in(data)):
            continue
        reference = _final(data, other)
        more, condition = _final(data, "agent") - reference, f"{name},over={other}"
        paired = f"average error, paired by seed; {OVER_TRAININGS}"
        rows.append(
            claim_row(
                "no_worse_than_er",
                condition,
                "agent",
                more,
                at_most(more, NO_WORSE * reference.mean()),
                test=f"agent minus {other}, at most {NO_WORSE:.0%} of it; {paired}",
            )
        )
        if name == MAZES:
            rows.append(
                claim_row(
                    "better_than_er_on_mazes",
                    condition,
                    "agent",
                    -more,
                    judged(-more, 0.0),
                    test=f"{other} minus agent; {paired}",
                )
            )
    return rows


def _bound(name: str, data: xr.Dataset) -> list[Row]:
    """Whether joint training has the least error of a network's methods."""
    rows = []
    learners = learners_in(data)
    groups = {
        "joint": [m for m in learners if m.partition(",")[0] in (BASE, "er", "der++", "ewc")],
        "agent,joint": [m for m in learners if m == "agent" or m.startswith("agent,no_")],
    }
    groups["joint"] = [m for m in groups["joint"] if not m.endswith(",recurrent")]
    groups["joint,recurrent"] = [m for m in learners if m.endswith(",recurrent")]
    for joint, others in groups.items():
        others = [m for m in others if m != joint and "no_memory" not in m]
        if joint not in learners or not others:
            continue
        best = min(others, key=lambda method: _final(data, method).mean())
        more = _final(data, best) - _final(data, joint)
        rows.append(
            claim_row(
                "joint_is_the_bound",
                name,
                joint,
                more,
                at_least(more, 0.0),
                test=f"average error of the best other method of the network ({best}) minus that "
                f"of joint training, paired by seed; {OVER_TRAININGS}",
            )
        )
    return rows


def _of_skill(name: str, data: xr.Dataset) -> list[Row]:
    skill, length = data.attrs["skill"], int(data.attrs["trained_length"])
    condition = f"{skill},length={length}"
    bits = {n: right(data, "bits", n) for n in data["network"].values.astype(str)}
    learned = (bits["memory"] >= LEARNED).astype(float)
    lost = bits["memory"] - bits[f"memory,{READS_ZERO}"]
    rows = [
        claim_row(
            "skill_is_learned",
            condition,
            "memory",
            learned,
            "holds" if learned.all() else "does not hold",
            estimate=fraction_interval(learned),
            test=f"part of the trainings that have {LEARNED:.0%} of the bits on a fresh test",
        ),
        claim_row(
            "memory_is_read",
            condition,
            "memory",
            lost,
            judged(lost, NEEDS),
            test=f"bits minus those with reads set to zero; holds from {NEEDS:g}; {OVER_TRAININGS}",
        ),
    ]
    if (skill, length) in FALLS_SHORT:
        most = FALLS_SHORT[skill, length]
        rows.append(
            claim_row(
                "lstm_falls_short",
                condition,
                "lstm",
                bits["lstm"],
                at_most(bits["lstm"], most),
                test=f"bits of a plain LSTM of like size at equal time, at most {most:.0%}; "
                f"{OVER_TRAININGS}",
            )
        )
    return rows
