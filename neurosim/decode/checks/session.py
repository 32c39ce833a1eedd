"""Checks of the session: clocks that do not overlap, laps, time offline, candidate events."""

import numpy as np

from neurosim import MissingData
from neurosim.decode.checks.material import Material, within
from neurosim.decode.checks.verdicts import Check, Limits, judge, percent
from neurosim.decode.common import laps_of
from neurosim.files import flag_names

OUTSIDE = Limits(0.1, 0.5)  # of the spikes
SILENCE = Limits(0.02, 0.2)  # of the time in epochs
LONGEST_S, SPIKES = 2.0, 100  # a silence of all units counts if this many spikes were expected
LAPS = Limits(8, 3)  # in the direction with fewer
OFFLINE_MIN = Limits(1.0, 0.0)  # a minute gives some 20 to 30 candidate events
EVENTS = Limits(30, 10)  # with 30 a share is known within 18 points, with 10 within 31
AFTER = "post"


def spikes_outside_epochs(material: Material) -> Check:
    """Ask how many spikes lie in no epoch."""
    recording = material.recording
    times = recording.spikes["time"].values
    if not times.size:
        raise MissingData("the recording has no spikes")
    outside = ~_inside(times, material)
    part = float(outside.mean())
    return judge(
        "spikes_outside_epochs", part, "of the spikes", OUTSIDE, (times.size, "spike"),
        f"{percent(part)} of the spikes lie outside of all epochs; they are not used.",
        f"Spikes run from {times[0]:.0f} to {times[-1]:.0f} s, epochs from "
        f"{float(recording.epochs['start'].min()):.0f} to "
        f"{float(recording.epochs['stop'].max()):.0f} s: do both use one clock, in s?",
    )  # fmt: skip


def silent_stretches(material: Material) -> Check:
    """Ask for how long all units are silent at once."""
    recording = material.recording
    times = recording.spikes["time"].values
    epochs = np.column_stack([recording.epochs[name].values for name in ("start", "stop")])
    of_epochs = within(times, epochs)
    n_spikes = sum(rows.stop - rows.start for rows in of_epochs)
    if not n_spikes:
        raise MissingData("no spike lies in an epoch")
    whole = float(np.diff(epochs, axis=1).sum())
    long, silent = max(LONGEST_S, SPIKES * whole / n_spikes), 0.0
    for (start, stop), rows in zip(epochs, of_epochs, strict=True):
        gaps = np.diff(times[rows], prepend=start, append=stop)
        silent += gaps[gaps > long].sum()
    return judge(
        "silent_stretches", silent / whole, "of the time in epochs", SILENCE,
        (len(epochs), "epoch"),
        f"All units are silent at once for {silent:.3g} of {whole:.0f} s, in stretches of more "
        f"than {long:.1f} s.",
        "The spikes of those times are missing: the acquisition stopped, or spikes and epochs "
        "are on different clocks. Cut the epochs to what was recorded.",
    )  # fmt: skip


def laps(material: Material) -> Check:
    """Count the laps in each running direction."""
    outbound = laps_of(material.recording).outbound
    there, back = int(outbound.sum()), int((~outbound).sum())
    return judge(
        "laps", min(there, back), "laps", LAPS, (there + back, "lap"),
        f"The animal runs {there} laps outbound and {back} inbound.",
        "Each running direction has fields of its own, and they are estimated from these laps: "
        "with few the fields are rough, and direction and speed of replay with them.",
    )  # fmt: skip


def offline_time(material: Material) -> Check:
    """Add up the time after running in which candidate events are looked for."""
    recording, minutes = material.recording, {}
    for state in material.states:
        intervals = recording.intervals(state=state, phase=AFTER)
        minutes[state] = float(np.diff(intervals, axis=1).sum()) / 60
    whole = sum(minutes.values())
    spent = [f"{value:.1f} min of {state}" for state, value in minutes.items() if value]
    told = " and ".join(spent) or f"no time in {' or '.join(material.states)}"
    verdict = "problem" if whole == 0 else None
    return judge(
        "offline_time", whole, "min", OFFLINE_MIN, (len(material.states), "state"),
        f"After running there {'are' if spent else 'is'} {told}.",
        "Replay of the run is looked for in this time alone: score rest and sleep after running "
        "as epochs of the phase 'post'.",
        verdict,
    )  # fmt: skip


def candidate_events(material: Material) -> Check:
    """Count the candidate events after running."""
    events = material.find_events()
    n = int((flag_names(events["phase"]) == AFTER).sum())
    return judge(
        "candidate_events", n, "events", EVENTS, (events.sizes["event"], "candidate event"),
        f"{n} candidate events were found after running, {events.sizes['event']} in all.",
        "So few leave every share and every median wide open: read the intervals, and look for "
        "missing rest, lost units or a threshold that is too high.",
    )  # fmt: skip


def _inside(times: np.ndarray, material: Material) -> np.ndarray:
    """Whether each of sorted times lies in an epoch, ends too."""
    inside = np.zeros(times.size, dtype=bool)
    for rows in within(times, material.recording.intervals()):
        inside[rows] = True
    return inside
