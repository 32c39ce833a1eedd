"""The decoded heading beside the planted one: for comparisons with truth only."""

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.decode.anticipation import best_shift
from neurosim.decode.bayes import circular_difference
from neurosim.decode.bins import make_bins
from neurosim.decode.common import samples_between
from neurosim.decode.drift import drift_speed, find_turns
from neurosim.decode.heading import heading_at, heading_epochs, intervals_of, normal_brain
from neurosim.decode.heading_states import STATES
from neurosim.decode.turn_relations import (
    Anticipation,
    TurnEvents,
    correlation_dataset,
    probability,
    rem_bins,
)
from neurosim.decode.virtual_turns import FineHeading, TurnRelation, turns_after
from neurosim.files import explained
from neurosim.recording import Recording


def planted_at(truth: xr.Dataset, times: np.ndarray, name: str = "heading") -> np.ndarray:
    """Planted value (bin,) at times, between the samples of the truth: no angle is wrapped there.

    Across the jump from one epoch to the next the nearer sample holds.
    """
    after, part, _ = samples_between(truth["time"].values, times)
    values = truth[name].values.astype(float)
    before, later = values[after - 1], values[after]
    if name != "heading":
        return before + part * (later - before)
    jumps = np.abs(later - before) > np.pi
    nearer = np.where(part < 0.5, before, later)
    return np.where(jumps, nearer, before + part * (later - before))


def compare_headings(
    decoded: Callable[[str, float], xr.Dataset],
    truth: xr.Dataset,
    widths: Sequence[float],
    min_speed: float,
    min_angle: float,
) -> xr.Dataset:
    """Compare decoded headings with the planted one, where nothing was inactivated.

    Parameters
    ----------
    decoded : callable
        Gives what was decoded in a state with a bin width (s), or raises `MissingData`; see
        `neurosim.decode.heading_states.decode_heading`.
    truth : Dataset (time)
        The recording's ``truth/heading``.
    widths : sequence of float
        s.
    min_speed, min_angle : float
        What counts as a turn; see `neurosim.decode.drift.find_turns`.

    Returns
    -------
    Dataset (state, bin)
        ``error_median`` deg, ``drift_speed`` deg/s and ``turn_rate`` 1/s of the planted heading in
        the same bins; NaN in states that were not recorded.
    """
    names = {
        "error_median": ("degree", "median error of the decoded heading"),
        "drift_speed": ("degree s-1", "drift of the planted heading"),
        "turn_rate": ("s-1", "turns of the planted heading"),
    }
    found = np.full((len(names), len(STATES), len(widths)), np.nan)
    for row, state in enumerate(STATES):
        for column, width in enumerate(widths):
            try:
                here = normal_brain(decoded(state, width))
            except MissingData:
                continue
            planted, interval = planted_beside(here, truth), here["interval"].values
            error = np.abs(np.rad2deg(circular_difference(here["estimate"].values, planted)))
            turns = find_turns(planted, interval, width, min_speed, min_angle)
            found[:, row, column] = (
                np.nanmedian(error),
                drift_speed(planted, interval, width),
                turns.sizes["turn"] / (planted.size * width),
            )
    return xr.Dataset(
        {
            name: (("state", "bin"), values, {"units": unit, "long_name": long_name})
            for (name, (unit, long_name)), values in zip(names.items(), found, strict=True)
        },
        coords={
            "state": list(STATES),
            "bin": ("bin", np.array(widths), {"units": "s", "long_name": "time bin"}),
        },
    )


def planted_beside(decoded: xr.Dataset, truth: xr.Dataset) -> np.ndarray:
    """Planted heading (time,) of decoded bins, rad, from 0 to 2 pi."""
    return np.mod(planted_at(truth, decoded["time"].values), 2 * np.pi)


def planted_in_bins(decoded: xr.Dataset, truth: xr.Dataset) -> xr.Dataset:
    """Planted heading (time,) in the bins of a decoded one, rad; see `planted_beside`."""
    described = {"units": "rad", "long_name": "planted heading"}
    planted = planted_beside(decoded, truth)
    return xr.Dataset({"planted": ("time", planted, described)}, {"time": decoded["time"]})


def planted_relations(
    recording: Recording,
    truth: xr.Dataset,
    events: Callable[[], TurnEvents],
    how: TurnRelation,
    leads: Anticipation,
) -> dict[str, xr.Dataset]:
    """Measure on the planted heading what `neurosim.decode.turn_relations` does on the decoded.

    Parameters
    ----------
    recording : Recording
    truth : Dataset (time)
        ``truth/heading``, with the turn ``command`` where there is one.
    events : callable
        Gives the events whose turns were decoded, or raises `MissingData`.
    how : TurnRelation
    leads : Anticipation

    Returns
    -------
    dict of group name to Dataset
        ``events`` with ``turn_probability`` and ``turn_amplitude`` (deg) of the planted heading
        after them, ``correlation`` of command and planted turning, and ``anticipation`` (s).
    """
    makers = {
        "events": lambda: _planted_turns(recording, truth, events(), how),
        "correlation": lambda: _planted_lag(recording, truth, how),
        "anticipation": lambda: planted_lead(recording, truth, leads),
    }
    return {name: explained(make) for name, make in makers.items()}


def _planted_turns(
    recording: Recording, truth: xr.Dataset, events: TurnEvents, how: TurnRelation
) -> xr.Dataset:
    bins = rem_bins(recording, how)
    fine = FineHeading.of(planted_at(truth, bins.centre), bins)
    turned = turns_after(fine.rotation, bins, events.time, events.direction, how.window_s)
    known = turned[np.isfinite(turned)]
    if known.size == 0:
        raise MissingData(f"{recording.name}: expected events in REM, found none")
    return xr.Dataset(
        {
            "turn_probability": (
                (),
                probability(known),
                {"units": "1", "long_name": "share of planted turns in the commanded direction"},
            ),
            "turn_amplitude": (
                (),
                known.mean(),
                {"units": "degree", "long_name": "mean planted turn in the commanded direction"},
            ),
        }
    )


def _planted_lag(recording: Recording, truth: xr.Dataset, how: TurnRelation) -> xr.Dataset:
    """Cross-correlation of the turn command with the planted turning, under the same kernel."""
    if "command" not in truth:
        raise MissingData(f"{recording.name}: expected '/truth/heading/command', found none")
    bins = rem_bins(recording, how)
    heading = how.smooth(planted_at(truth, bins.centre), bins)
    command = how.smooth(planted_at(truth, bins.centre, "command"), bins)
    return correlation_dataset(FineHeading.of(heading, bins), command, how)


def planted_lead(recording: Recording, truth: xr.Dataset, leads: Anticipation) -> xr.Dataset:
    """By how much the planted heading leads the head in the arena: where they are most alike."""
    epochs = intervals_of(recording, heading_epochs(recording, "run", "none"))
    inner = epochs + np.array([leads.max_shift_s, -leads.max_shift_s])
    times = make_bins(inner[inner[:, 1] > inner[:, 0]], leads.step_s).centre
    if times.size == 0:
        raise MissingData(f"{recording.name}: expected time in an open arena, found none")
    ring = planted_at(truth, times)
    n = round(leads.max_shift_s / leads.step_s)
    shifts = np.arange(-n, n + 1) * leads.step_s
    likeness = np.array(
        [np.nanmean(np.cos(ring - heading_at(recording, times + shift))) for shift in shifts]
    )
    return xr.Dataset(
        {
            "anticipation": (
                (),
                best_shift(shifts, likeness),
                {"units": "s", "long_name": "lead of the planted heading on the head"},
            )
        }
    )
