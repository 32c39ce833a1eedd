"""Checks of the tracking: units of length, speeds, jumps, losses and gaps of the clock."""

import numpy as np

from neurosim import MissingData
from neurosim.decode.checks.material import Material, within
from neurosim.decode.checks.verdicts import Check, Limits, judge, percent
from neurosim.decode.common import MAX_GAP

SPAN_M = Limits(15.0, 30.0)  # the longest linear tracks of the field have 10 to 18 m
WHOLE = 0.99  # of the positions
FEW_PLACES = 10  # m; positions on a grid of 1 m are no positions in metres
FAST_M_S = Limits(2.0, 4.0)  # no rodent of a laboratory runs 4 m/s
JUMP = {"m": 5.0, "track": 3.0}  # a second, between neighbouring samples
JUMPS = Limits(0.001, 0.01)
MISSING = Limits(0.05, 0.25)
GAPS = Limits(0.01, 0.1)
QUANTILE = 0.99


def position_units(material: Material) -> Check:
    """Ask whether positions are in metres: their span, and whether they are whole numbers."""
    recording = material.recording
    if recording.length_unit != "m":
        limits = Limits(0.0, np.inf)
        return judge(
            "position_units", np.nan, "m", limits, (recording.time.size, "sample"),
            "The scale of the positions is not known: lengths are parts of the track.",
            "Compression needs no scale, but the running threshold of "
            f"{material.fields.min_speed_m_s:g} m/s is read as {material.fields.min_speed_m_s:g} "
            "tracks a second, and errors are not in m: import again with --track-length if the "
            "length is known.",
            verdict="look",
        )  # fmt: skip
    known = _known_positions(material)
    span = float(np.ptp(known, axis=0).max())
    whole = float((known == np.round(known)).all(axis=1).mean())
    found = f"Positions span {span:.3g} m"
    verdict = None
    if whole > WHOLE and span > 1:
        verdict, found = "problem", f"{found}, and {percent(whole)} of them are whole numbers"
    return judge(
        "position_units", span, "m", SPAN_M, (len(known), "sample"), f"{found}.",
        "They look like pixels or centimetres that were read as metres: import again with "
        "--track-length, or with --metres-per-unit 0.01 for centimetres.",
        verdict,
    )  # fmt: skip


def running_speed(material: Material) -> Check:
    """Ask whether the animal is as fast as animals are."""
    recording, slowest = material.recording, material.fields.min_speed_m_s
    if recording.length_unit != "m":
        raise MissingData("the scale of the positions is not known, so that speeds have none")
    speed = recording.behaviour["speed"].values[material.running].astype(float)
    speed = speed[np.isfinite(speed)]
    if not speed.size:
        raise MissingData("no speed is known while the animal runs")
    fast, moving = float(np.quantile(speed, QUANTILE)), float((speed > slowest).mean())
    verdict = "problem" if fast <= slowest else None
    return judge(
        "running_speed", fast, "m s-1", FAST_M_S, (speed.size, "sample"),
        f"In running epochs the animal is faster than {slowest:g} m/s {percent(moving)} of the "
        f"time and faster than {fast:.2g} m/s 1 % of it.",
        "No animal runs like that: the unit of the positions is wrong, or the tracking jumps.",
        verdict,
    )  # fmt: skip


def tracking_jumps(material: Material) -> Check:
    """Count steps between neighbouring samples that no animal makes."""
    recording = material.recording
    rows = np.flatnonzero(material.running)
    place = recording.behaviour["position"].values[rows].astype(float)
    where = recording.behaviour["environment"].values[rows]
    dt = np.diff(recording.time[rows])
    near = (dt <= MAX_GAP * _step(recording.time)) & (np.diff(where) == 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        speed = np.linalg.norm(np.diff(place, axis=0), axis=1) / dt
    near &= np.isfinite(speed)
    if not near.any():
        raise MissingData("no two neighbouring positions are known while the animal runs")
    limit = JUMP[recording.length_unit]
    jumps = int((speed[near] > limit).sum())
    unit = "m/s" if recording.length_unit == "m" else "tracks a second"
    return judge(
        "tracking_jumps", jumps / near.sum(), "of the samples", JUMPS, (int(near.sum()), "step"),
        f"{jumps} of {int(near.sum())} steps between neighbouring positions are faster than "
        f"{limit:g} {unit}.",
        "The tracker loses the animal or swaps its lights: such samples become NaN before the "
        "import, else they count as running.",
    )  # fmt: skip


def lost_tracking(material: Material) -> Check:
    """Ask how much of the running has no position."""
    rows = material.running
    if not rows.any():
        raise MissingData("no position was sampled while the animal runs")
    place = material.recording.behaviour["position"].values[rows]
    lost = float((~np.isfinite(place).all(axis=1)).mean())
    return judge(
        "lost_tracking", lost, "of the samples", MISSING, (int(rows.sum()), "sample"),
        f"{percent(lost)} of the samples of running epochs have no position.",
        "Laps with a gap are no laps, and fields lack what was run there: interpolate short gaps "
        "before the import.",
    )  # fmt: skip


def clock_gaps(material: Material) -> Check:
    """Ask how much of the running epochs the clock of the positions does not cover."""
    recording = material.recording
    epochs = recording.intervals(state="run")
    whole = float(np.diff(epochs, axis=1).sum())
    if not whole:
        raise MissingData("no epoch of running was recorded")
    step, missing, longest = _step(recording.time), 0.0, 0.0
    for (start, stop), rows in zip(epochs, within(recording.time, epochs), strict=True):
        gap = np.diff(recording.time[rows], prepend=start, append=stop)
        gap = gap[gap > max(MAX_GAP * step, 0.1)]
        missing, longest = missing + gap.sum(), max(longest, gap.max(initial=0.0))
    return judge(
        "clock_gaps", missing / whole, "of the running time", GAPS, (len(epochs), "epoch"),
        f"The clock of the positions misses {missing:.3g} of {whole:.0f} s of running; the "
        f"longest gap is {longest:.2g} s.",
        "Frames were dropped, or the epochs are on another clock: compare the first and last "
        "times of positions and epochs, in s.",
    )  # fmt: skip


def _step(time: np.ndarray) -> float:
    return float(np.median(np.diff(time)))


def _known_positions(material: Material) -> np.ndarray:
    place = material.recording.behaviour["position"].values[material.running].astype(float)
    place = place[np.isfinite(place).all(axis=1)]
    if not len(place):
        raise MissingData("no position is known while the animal runs")
    return place
