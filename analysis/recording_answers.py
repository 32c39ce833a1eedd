"""What the page of a recording says first, in plain words: recorded, worth, found, to look at."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binom

from analysis.one_recording import OneRecording, reasons
from analysis.page import format_number
from neurosim import MissingData
from neurosim.decode.bins import group_name
from neurosim.decode.checks.verdicts import Check, percent
from neurosim.decode.common import laps_of
from neurosim.decode.event_tests import CALIBRATED
from neurosim.files import flag_names
from neurosim.stats.intervals import Estimate, proportion_interval
from neurosim.stats.likelihood_ratio import HARDLY, discriminates, likelihood_ratio
from neurosim.stats.summary import NAN, Row

RESOLVED = ("forward", "reverse")
MUCH = 0.05  # p of as many events by chance, below which there are more than chance gives
VERDICTS = {
    "cannot": "This recording cannot tell replay from chance.",
    "hardly": "This recording hardly tells replay from chance.",
    "can": "This recording can tell replay from chance.",
}
LIMITS = {
    "cannot": "; the interval holds 1, at which a pass tells nothing.",
    "hardly": f"; below {HARDLY:g}, which the interval does not exclude, a pass changes little.",
    "can": ".",
}
STATES = {"run": "running", "nrem": "NREM", "rem": "REM"}


@dataclass(frozen=True)
class Worth:
    """What the test is worth on the recording's own cells.

    Attributes
    ----------
    verdict : str
        ``cannot``, ``hardly``, ``can``; or ``unknown`` with a `reason`.
    power, false : Estimate
        Shares of planted replays and of null events that pass.
    ratio : Estimate
        Power over false positives.
    reason : str
    """

    verdict: str
    power: Estimate
    false: Estimate
    ratio: Estimate
    reason: str = ""


def worth(one: OneRecording) -> Worth:
    """Measure what the test of replay is worth on the recording's own cells."""
    own = one.loaded("own")
    if own is None:
        nothing = Estimate(NAN, NAN, NAN, 0)
        of_own = [row for row in one.rows if row.quantity == "own_speed_bias"]
        return Worth("unknown", nothing, nothing, nothing, "; ".join(reasons(of_own)))
    passed, null = own["significant"].values == 1, own["set"].values == 1
    ratio = likelihood_ratio(passed[~null], passed[null])
    power, false = proportion_interval(passed[~null]), proportion_interval(passed[null])
    return Worth(discriminates(ratio), power, false, ratio)


def recorded(one: OneRecording) -> list[str]:
    """Say what was recorded."""
    recording = one.recording
    names, counts = np.unique(recording.units["region"].values.astype(str), return_counts=True)
    units = ", ".join(f"{n} {name}" for name, n in zip(names, counts, strict=True))
    states, minutes = flag_names(recording.epochs["state"]), _minutes(recording)
    spent = ", ".join(
        f"{minutes[states == state].sum():.1f} min {_word(state)}"
        for state in dict.fromkeys(states)
    )
    said = [f"{units} units; {spent}."]
    if one.simulated:
        said.append("It was simulated: what was planted stands beside the numbers below.")
    try:
        outbound = laps_of(recording).outbound
        known = recording.length_unit == "m"
        scale = f"of {recording.track_length:.2f} m" if known else "of unknown length"
        said.append(
            f"{outbound.size} laps on a linear track {scale}: {int(outbound.sum())} outbound, "
            f"{int((~outbound).sum())} inbound."
        )
    except MissingData as gap:
        said.append(f"No laps: {gap}.")
    if recording.length_unit != "m":
        said.append("The scale is not known: lengths are parts of the track.")
    return said


def told(found: Worth) -> list[str]:
    """Say what can be told from the recording."""
    if found.verdict == "unknown":
        return [
            "What the test of replay is worth on these cells is not known: no replay could be "
            f"planted in them ({found.reason}). Events are tested at the nominal level instead, "
            "which is not the false-positive rate."
        ]
    return [
        f"{VERDICTS[found.verdict]} Of replays planted in its own cells {_percent(found.power)} "
        f"pass the test, against {_percent(found.false)} of null events. An event that passes is "
        f"{_range(found.ratio)} times as likely where there is replay as where there is none"
        + LIMITS[found.verdict]
    ]


def came_out(one: OneRecording, found: Worth) -> list[str]:
    """Say what came out."""
    said = []
    for state in one.options.states:
        passing = count_passing(one, found, state)
        if passing.n:
            said.append(_events(one, passing))
            said.append(_compression(one, passing))
            said.append(_direction(one, passing))
    return [sentence for sentence in (*said, _position(one), *_heading(one)) if sentence]


def to_look_at(checks: Sequence[Check]) -> list[Check]:
    """Checks that are not fine, problems first."""
    return [c for verdict in ("problem", "look") for c in checks if c.verdict == verdict]


def headline(one: OneRecording, found: Worth) -> str:
    """Say all of it in a line."""
    wrong = to_look_at(one.checks)
    n = sum(check.verdict == "problem" for check in wrong)
    looks = f"{n} problem{'s' * (n != 1)}, {len(wrong) - n} to look at" if wrong else "all fine"
    verdict = VERDICTS.get(found.verdict, "What it can tell is not known.")
    return f"{recorded(one)[0]} {verdict} Checks: {looks}."


def _minutes(recording) -> np.ndarray:
    return (recording.epochs["stop"] - recording.epochs["start"]).values / 60


@dataclass(frozen=True)
class Passing:
    """Candidate events of a state after running that pass, beside what chance gives.

    Attributes
    ----------
    state : str
    n, passed : int
        Candidates, and those that pass.
    expected : Estimate
        Number that pass by chance; with an interval where it was measured on own cells.
    beyond : bool
        Whether more pass than chance gives.
    nominal : bool
        Whether they were tested at the nominal level, since nothing was calibrated.
    """

    state: str
    n: int
    passed: int
    expected: Estimate
    beyond: bool
    nominal: bool


def count_passing(one: OneRecording, found: Worth, state: str) -> Passing:
    """Count the events that pass, beside those that would by chance.

    More pass than chance gives where as many have a probability below `MUCH` (binomial) at the
    upper end of the false-positive rate that was measured on the own cells; at the nominal level
    where none was.
    """
    events = _of_state(one, state)
    n = len(events)
    passed = int(events.significant.sum()) if n else 0
    level = one.options.alpha
    rate = found.false if found.verdict != "unknown" else Estimate(level, NAN, NAN, 0)
    highest = rate.high if rate.n else level
    chance = float(binom.sf(passed - 1, n, highest))
    expected = Estimate(n * rate.value, n * rate.low, n * rate.high, n)
    tested = one.loaded("significance")
    nominal = tested is None or CALIBRATED not in tested.attrs
    return Passing(state, n, passed, expected, chance < MUCH, nominal)


def _events(one: OneRecording, passing: Passing) -> str:
    """Say how many events pass, beside how many would by chance."""
    low, high = passing.expected.low, passing.expected.high
    expected = f"{passing.expected.value:.0f}"
    expected += f" ({low:.0f} to {high:.0f})" if np.isfinite(low) else ""
    level = f" at the nominal level of {one.options.alpha:g}" if passing.nominal else ""
    words = "more than chance gives" if passing.beyond else "no more than chance may give"
    return (
        f"After running, {passing.passed} of {passing.n} candidate events in "
        f"{_word(passing.state)} pass the test{level}; {expected} are expected by chance: {words}."
    )


def _of_state(one: OneRecording, state: str) -> pd.DataFrame:
    """Candidate events of a state after running."""
    return pd.DataFrame() if one.events is None else one.events[one.events.state == state]


def _compression(one: OneRecording, passing: Passing) -> str:
    state = passing.state
    measured = one.row("compression_ratio", state, estimator="likelihood")
    corrected = one.row("compression_corrected", state, "median")
    if measured is None:
        return ""
    if not passing.beyond:
        return (
            f"So the compression of those that pass, {_interval(measured)} (median), and their "
            "direction say nothing of replay."
        )
    text = f"Events of {_word(state)} that pass are compressed {_interval(measured)} times (median)"
    if corrected is None:
        rows = [
            row
            for row in one.rows
            if row.quantity == "compression_corrected" and state in row.condition.split(",")
        ]
        return f"{text}; that could not be corrected: {'; '.join(reasons(rows))}."
    return (
        f"{text}; corrected for what the decoder makes of these cells, and for events that pass "
        f"by chance, {_interval(corrected)} times."
    )


def _direction(one: OneRecording, passing: Passing) -> str:
    row = one.row("forward_share", passing.state)
    if row is None or not passing.beyond:
        return ""
    events = _of_state(one, passing.state)
    of_resolved = events[events.significant & events.direction.isin(RESOLVED)]
    forward = proportion_interval((of_resolved.direction == "forward").to_numpy())
    return f"Of the {forward.n} among them that have a direction {_percent(forward)} are forward."


def _position(one: OneRecording) -> str:
    widths = one.options.bins_s
    row = one.row("wake_position_error_median", f"{1000 * min(widths, key=_from_quarter):g}ms")
    if row is None:
        return ""
    decoded = one.loaded("wake", group_name(min(widths, key=_from_quarter)))
    part = row.estimate / float(decoded.attrs["track_length"])
    length = "" if row.unit == "track" else f"{_interval(row, 100)} cm, "
    return (
        f"Awake, on laps that the fields were not fitted on, the median error of the decoded "
        f"position is {length}{percent(part)} of the track."
    )


def _from_quarter(width: float) -> float:
    return abs(width - 0.25)


def _heading(one: OneRecording) -> list[str]:
    error = one.row("wake_heading_error_median")
    said = []
    if error is not None:
        said.append(f"Awake, the decoded heading is off by {_interval(error)} degrees (median).")
    ratios = {
        state: one.row("drift_ratio", f"{state}/wake", "all bins", estimator="bayes")
        for state in ("rem", "nrem")
    }
    asleep = [f"{_interval(row)} in {_word(state)}" for state, row in ratios.items() if row]
    if asleep:
        said.append(
            f"Asleep the decoded heading drifts {' and '.join(asleep)} times as fast as awake."
        )
    return said


def _percent(share: Estimate) -> str:
    """Word a share.

    >>> _percent(Estimate(0.25, 0.2, 0.31, 100))
    '25 % (20 to 31)'
    """
    text = f"{100 * share.value:.0f} %"
    if np.isfinite(share.low):
        text += f" ({100 * share.low:.0f} to {100 * share.high:.0f})"
    return text


def _word(state: str) -> str:
    return STATES.get(state, state)


def _interval(row: Row, factor: float = 1) -> str:
    low, high = factor * row.ci_low, factor * row.ci_high
    return _range(Estimate(factor * row.estimate, low, high, row.n))


def _range(estimate: Estimate) -> str:
    text = format_number(estimate.value)
    if np.isfinite(estimate.low):
        text += f" ({format_number(estimate.low)} to {format_number(estimate.high)})"
    return text
