"""Checks of the head direction: does it cover the circle, does it turn as heads do."""

import numpy as np

from neurosim import MissingData
from neurosim.decode.checks.material import Material
from neurosim.decode.checks.verdicts import Check, Limits, judge, percent
from neurosim.decode.common import MAX_GAP

N_SECTORS = 36
MIN_TIME_S = 1.0  # in a sector
COVERED = Limits(0.9, 0.5)
FAST_DEG_S = Limits(720.0, 2000.0)
QUANTILE = 0.99


def heading_coverage(material: Material) -> Check:
    """Ask how much of the circle the head covers awake."""
    heading, time, _ = _heading(material)
    sector = np.floor(np.mod(heading, 2 * np.pi) / (2 * np.pi) * N_SECTORS).astype(int)
    spent = np.bincount(sector % N_SECTORS, minlength=N_SECTORS) * float(np.median(np.diff(time)))
    covered = float((spent >= MIN_TIME_S).mean())
    return judge(
        "heading_coverage", covered, "of the circle", COVERED, (heading.size, "sample"),
        f"Running, the head points into {percent(covered)} of the circle for a second or more in "
        "every 10 degrees.",
        "Head-direction cells are tuned where the head pointed alone, and a decoded heading "
        "cannot leave that part: a session in an open arena covers the circle.",
    )  # fmt: skip


def heading_turns(material: Material) -> Check:
    """Ask whether the head turns as fast as heads do."""
    heading, time, near = _heading(material)
    turn = np.angle(np.exp(1j * np.diff(heading))) / np.diff(time)
    fast = float(np.rad2deg(np.quantile(np.abs(turn[near]), QUANTILE)))
    still = bool(np.abs(turn[near]).max(initial=0.0) == 0)
    return judge(
        "heading_turns", fast, "degree s-1", FAST_DEG_S, (int(near.sum()), "step"),
        f"The head turns faster than {fast:.0f} deg/s 1 % of the time.",
        "Heads do not turn like that: the angle is in degrees instead of rad, the tracker swaps "
        "the lights on the head, or the heading does not move at all.",
        "problem" if still else None,
    )  # fmt: skip


def _heading(material: Material) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Known headings (sample,) rad and times s while running, and which steps have no gap."""
    recording = material.recording
    if "head_direction" not in recording.behaviour:
        raise MissingData("no head direction was recorded")
    time = recording.time
    heading = recording.behaviour["head_direction"].values.astype(float)
    known = np.flatnonzero(material.running & np.isfinite(heading))
    if known.size < 2:
        raise MissingData("no head direction is known while the animal runs")
    step = np.median(np.diff(time))
    near = np.diff(time[known]) <= MAX_GAP * step
    return heading[known], time[known], near
