"""What is measured of the inner compass itself: rotation, turns, lags, errors."""

from collections.abc import Iterator, Sequence

import numpy as np

from neurosim.calibration.compass_sessions import Stretch
from neurosim.decode.bayes import circular_difference
from neurosim.decode.common import smoothed
from neurosim.decode.rotation import path_rotation
from neurosim.network.compass import Course

FAST = np.deg2rad(200.0)  # rad/s; commands beyond are fast turns
AROUND = 0.1  # s before and after a fast turn
KERNEL = 0.02  # s, SD of the Gaussian on both signals of a lag
MAX_LAG = 0.1  # s
EVERY = 0.1  # s between the samples in which rotation is followed


def rotation_rates(
    courses: Sequence[Course], stretches: Sequence[Stretch], reversal: float
) -> tuple[float, float, float]:
    """Net rotation (deg/min), turns of 360 degrees clockwise and the other way (1/min)."""
    found = [
        path_rotation(*followed(*pair), reversal) for pair in zip(courses, stretches, strict=True)
    ]
    minutes = sum(block.duration for block in found) / 60
    numbers = [
        sum(getattr(block, name) for block in found)
        for name in ("net", "clockwise_turns", "counter_clockwise_turns")
    ]
    return tuple(number / minutes for number in numbers)


def followed(course: Course, stretch: Stretch) -> tuple[np.ndarray, np.ndarray]:
    """Times (s) and rotation of the ring (sample,), deg, as often as a decoder would see it."""
    step = stretch.ready.timeline.step
    every = max(round(EVERY / step), 1)
    heading = np.rad2deg(course.heading[::every])
    return np.arange(heading.size) * every * step, heading - heading[0]


def fast_turns(command: np.ndarray, step: float) -> Iterator[tuple[slice, int]]:
    """Find fast turns in a command (sample,): samples with some around, and the direction."""
    for direction in (-1, 1):
        fast = np.flatnonzero(
            np.diff((direction * command > FAST).astype(int), prepend=0, append=0)
        )
        around = round(AROUND / step)
        for first, last in zip(fast[::2], fast[1::2], strict=True):
            if first >= around and last + around < command.size:
                yield slice(first - around, last + around), direction


def turn_amplitudes(
    stretches: Sequence[Stretch], courses: Sequence[Course], direction: int
) -> tuple[np.ndarray, np.ndarray]:
    """How far the ring turns in the commanded direction around fast turns.

    Parameters
    ----------
    stretches, courses : sequence
    direction : int
        -1 clockwise turns alone, 1 the others, 0 all.

    Returns
    -------
    turned, commanded : array (turn,)
        Rotation of the ring, and of the command in the same time, deg.
    """
    turned, commanded = [], []
    for stretch, course in zip(stretches, courses, strict=True):
        command, step = stretch.ready.turning.command[stretch.rows], stretch.ready.timeline.step
        for rows, sign in fast_turns(command, step):
            if direction in (0, sign):
                turned.append(sign * (course.heading[rows.stop] - course.heading[rows.start]))
                commanded.append(sign * command[rows].sum() * step)
    return np.rad2deg(np.array(turned)), np.rad2deg(np.array(commanded))


def turn_lag(stretches: Sequence[Stretch], courses: Sequence[Course]) -> float:
    """Lag (s) of the ring's rotation behind the difference of the colliculi's spikes.

    The peak of their cross-correlation, both smoothed alike.
    """
    step = stretches[0].ready.timeline.step
    total = 0.0
    for stretch, course in zip(stretches, courses, strict=True):
        drives = stretch.ready.drives
        drive = drives["right"][stretch.rows] - drives["left"][stretch.rows]
        velocity = np.gradient(course.heading, step)
        pair = [smoothed(x - x.mean(), KERNEL / step, mode="nearest") for x in (drive, velocity)]
        total = total + cross_covariance(*pair, round(MAX_LAG / step))
    return peak(total) * step


def cross_covariance(first: np.ndarray, second: np.ndarray, longest: int) -> np.ndarray:
    """Covariance of two signals (sample,) by the lag of the second, -longest to longest."""
    n = first.size
    lags = range(-longest, longest + 1)
    return np.array(
        [first[max(0, -k) : n - max(0, k)] @ second[max(0, k) : n + min(0, k)] for k in lags]
    )


def peak(values: np.ndarray) -> float:
    """Place of the highest value, from the middle, between samples by a parabola."""
    top = int(np.clip(np.argmax(values), 1, values.size - 2))
    before, here, after = values[top - 1 : top + 2]
    curvature = before - 2 * here + after
    shift = 0.5 * (before - after) / curvature if curvature < 0 else 0.0
    return top + shift - (values.size - 1) / 2


def against_head(stretches: Sequence[Stretch], courses: Sequence[Course]) -> tuple[float, float]:
    """Median error (deg) against the head of the moment, and the ring's lead (s)."""
    step, errors, total = stretches[0].ready.timeline.step, [], 0.0
    for stretch, course in zip(stretches, courses, strict=True):
        head = stretch.ready.turning.head[stretch.rows]
        errors.append(np.abs(circular_difference(course.heading, head)))
        velocities = [np.gradient(angle, step) for angle in (course.heading, head)]
        pair = [smoothed(v - v.mean(), KERNEL / step, mode="nearest") for v in velocities]
        total = total + cross_covariance(*pair, round(MAX_LAG / step))
    return float(np.rad2deg(np.median(np.concatenate(errors)))), peak(total) * step


def least_error(stretches: Sequence[Stretch], courses: Sequence[Course]) -> tuple[float, float]:
    """Least median error (deg) against the head at any lead, and that lead (s).

    A ring that anticipates is wrong about the head of the moment by as much as it leads. Here the
    ring is compared with the head from -`MAX_LAG` to `MAX_LAG` later, over the same samples of
    the ring at every lead.
    """
    step = stretches[0].ready.timeline.step
    longest = round(MAX_LAG / step)
    pairs = [
        (course.heading, stretch.ready.turning.head[stretch.rows])
        for stretch, course in zip(stretches, courses, strict=True)
    ]
    leads = np.arange(-longest, longest + 1)
    errors = [
        np.median(np.concatenate([_absolute_error(*pair, lead, longest) for pair in pairs]))
        for lead in leads
    ]
    best = int(np.argmin(errors))
    return float(np.rad2deg(errors[best])), float(leads[best] * step)


def _absolute_error(ring: np.ndarray, head: np.ndarray, lead: int, longest: int) -> np.ndarray:
    """Error (sample,), rad, against the head some samples later, without the ends."""
    here = slice(longest, ring.size - longest)
    return np.abs(circular_difference(ring[here], head[here.start + lead : here.stop + lead]))


def head_path(stretch: Stretch) -> tuple[np.ndarray, np.ndarray]:
    """Times (s) and rotation of the head (sample,), deg."""
    step = stretch.ready.timeline.step
    every = max(round(EVERY / step), 1)
    head = np.rad2deg(stretch.ready.turning.head[stretch.rows][::every])
    return np.arange(head.size) * every * step, head


def clockwise_share(paths: Sequence[tuple[np.ndarray, np.ndarray]], reversal: float) -> float:
    """Clockwise share of the rotation of several paths."""
    found = [path_rotation(*path, reversal) for path in paths]
    clockwise = sum(block.clockwise for block in found)
    return clockwise / (clockwise + sum(block.counter_clockwise for block in found))
