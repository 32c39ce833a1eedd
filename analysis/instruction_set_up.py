"""How large the study was: tasks, sets, trainings, words, and how confidence was defined."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from analysis.instruction_data import Measurements, hold_outs_in, networks_in
from analysis.instruction_rows import instruction_row
from neurosim.stats.intervals import Estimate
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row

PUBLISHED_WORDS = 181  # of the published instructions


def set_up_rows(measured: Measurements, references: Mapping[str, Reference]) -> list[Row]:
    """Rows of the size of the study beside the published one."""
    return [_size(measured, references), _words(measured), _thresholds(measured)]


def trainings_each(measured: Measurements) -> str:
    """Say how often each network was trained without each set.

    Returns
    -------
    str
        One number, or the fewest and the most with whose they are.
    """
    runs = {
        (str(data.attrs["network"]), str(data.attrs["hold_out"]), int(data.attrs["number"]))
        for data in measured.held_out
    }
    each = Counter((network, hold_out) for network, hold_out, _ in runs)
    if not each:
        return "no training"
    fewest, most = min(each.values()), max(each.values())
    if fewest == most:
        return f"{most} training{'s' * (most > 1)} of each network and hold-out"
    more = sorted({network for (network, _), n in each.items() if n > fewest})
    return f"{fewest} to {most} trainings of each network and hold-out (more: {', '.join(more)})"


def _size(measured: Measurements, references: Mapping[str, Reference]) -> Row:
    tasks = {
        str(task)
        for data in measured.held_out
        for dim in ("trained", "held_out")
        if dim in data
        for task in data[dim].values
    }
    sets = hold_outs_in(measured.held_out)
    return instruction_row(
        "set_up",
        measured.scale,
        "",
        Estimate(float(len(tasks)) if tasks else NAN, NAN, NAN, len(measured.held_out)),
        unit="task",
        n_unit="trained network",
        reference=references.get("G025"),
        networks=(),
        test=f"tasks of the study; {len(sets)} sets held out, {trainings_each(measured)}; "
        f"networks: {', '.join(networks_in(measured.held_out))}; published: 50 tasks, 10 sets, "
        "5 trainings of each",
        reason="no network was measured",
    )


def _words(measured: Measurements) -> Row:
    """Row of the words of the instructions; the published ones are others."""
    n = measured.words
    row = instruction_row(
        "vocabulary_size",
        measured.scale,
        "",
        Estimate(NAN if n is None else float(n), NAN, NAN, n or 0),
        unit="word",
        n_unit="word",
        test="different words of the project's instructions, 20 of each task; beside it those of "
        f"the published ones ({PUBLISHED_WORDS}), which are worded otherwise",
        reason="the words of the instructions were not counted",
    )
    return replace(row, reference=float(PUBLISHED_WORDS))


def _thresholds(measured: Measurements) -> Row:
    """Row of what parted the levels of the confidence tasks: the criterion, or the median."""
    found = measured.thresholds
    share, n, test = NAN, 0, ""
    if found is not None:
        right = found["correct"].values.ravel()
        criterion, n = float(found.attrs["criterion"]), right.size
        share = float(np.mean(right >= criterion))
        by = str(found.attrs["parted_by"])
        how = (
            f"parted by the criterion of {criterion:.0%}, as published"
            if by == "criterion"
            else f"parted by the median, since the criterion of {criterion:.0%} parts none: "
            "confidence is not as published"
        )
        test = (
            f"share of the levels of noise and contrast at which the network that gives the "
            f"thresholds decides right in {criterion:.0%} of trials or more; {how}; right in "
            f"{right.min():.0%} to {right.max():.0%}"
        )
    return instruction_row(
        "confidence_thresholds",
        measured.scale,
        "",
        Estimate(share, NAN, NAN, n),
        n_unit="level of noise and contrast",
        test=test,
        reason="the study has no confidence tasks, or no thresholds were given",
    )
