"""What follows a population turn event in wake: does the head turn as it says?"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.decode.bins import bin_index, count_spikes
from neurosim.decode.common import units_of
from neurosim.decode.turn_cells import REGION, Turning, turning_in_arenas
from neurosim.decode.turn_events import (
    DIRECTIONS,
    TurnEventRule,
    find_crossings,
    members_of,
    population_rate,
    spikes_of_units,
)
from neurosim.decode.turn_tests import TurnCellTest, classify_units
from neurosim.recording import Recording

SHOWN = 1.0  # s about an event, of the course of the probability


@dataclass(frozen=True)
class TurnRule:
    """What counts as a turn of the head.

    Attributes
    ----------
    window_s : float
        Time in which the head turns, s.
    min_angle_deg : float
        Least rotation in that time, deg.
    """

    window_s: float
    min_angle_deg: float


def turns_ahead(turning: Turning, sign: int, rule: TurnRule) -> np.ndarray:
    """Whether the head turns in a direction within the window after each bin begins (bin,)."""
    reach = round(rule.window_s / turning.bins.width)
    total = np.concatenate([[0.0], np.cumsum(turning.velocity * turning.bins.width)])
    ahead = np.minimum(np.arange(turning.velocity.size) + reach, turning.velocity.size)
    return sign * (total[ahead] - total[:-1]) >= rule.min_angle_deg


def probability_by_shift(event_bins: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """Share of events that are followed by a turn, at all circular shifts of the events (shift,).

    Parameters
    ----------
    event_bins : array (event,) of int
        Bin in which each event starts.
    turns : array (bin,) of bool
        From `turns_ahead`.
    """
    n = turns.size
    events = np.bincount(event_bins, minlength=n).astype(float)
    followed = np.fft.irfft(np.conj(np.fft.rfft(events)) * np.fft.rfft(turns.astype(float)), n)
    return followed / event_bins.size


def wake_turn_probability(
    recording: Recording, test: TurnCellTest, events: TurnEventRule, turn: TurnRule
) -> xr.Dataset:
    """Measure how much a population turn event raises the probability of a turn of the head.

    Turn cells are chosen because they go with turns, so events of the same time would follow
    turns by choice: the events of each half of the time in open arenas are those of the cells
    that the other half finds. The probability at all times, which is that at randomly shifted
    events, stands beside it.

    Parameters
    ----------
    recording : Recording
    test : TurnCellTest
    events : TurnEventRule
    turn : TurnRule

    Returns
    -------
    Dataset (direction, delay)
        ``probability`` of a turn in the commanded direction within the window after an event's
        start, ``baseline`` and ``opposite_probability`` (of a turn the other way), 1, NaN where
        there are too few cells; ``p_value`` by all shifts longer than `test.min_shift_s`;
        ``n_events``; ``course``, the probability of a turn that begins at each delay from the
        event.

    Raises
    ------
    MissingData
        If there are no such units, too few turn cells, or too little time.
    """
    turning = turning_in_arenas(recording, test.bin_s)
    starts = _held_out_events(recording, turning, test, events)
    delays = np.arange(-round(SHOWN / test.bin_s), round(SHOWN / test.bin_s) + 1)
    n = len(DIRECTIONS)
    numbers = {name: np.full(n, np.nan) for name in ("probability", "baseline", "opposite", "p")}
    course, n_events = np.full((n, delays.size), np.nan), np.zeros(n, dtype=np.int64)
    for i, (direction, sign) in enumerate(DIRECTIONS.items()):
        event_bins = starts[direction]
        if event_bins.size == 0:
            continue
        turns = turns_ahead(turning, sign, turn)
        by_shift = probability_by_shift(event_bins, turns)
        numbers["probability"][i], numbers["baseline"][i] = by_shift[0], turns.mean()
        numbers["opposite"][i] = turns_ahead(turning, -sign, turn)[event_bins].mean()
        numbers["p"][i] = _shift_p_value(by_shift, test, turn)
        course[i], n_events[i] = np.take(by_shift, delays, mode="wrap"), event_bins.size
    return _effect_dataset(numbers, course, n_events, delays * test.bin_s)


def _shift_p_value(by_shift: np.ndarray, test: TurnCellTest, turn: TurnRule) -> float:
    """Share of long shifts with as high a probability; no less than one over those apart."""
    n, width = by_shift.size, test.bin_s
    far = np.minimum(np.arange(n), n - np.arange(n)) >= round(test.min_shift_s / width)
    as_high = np.count_nonzero(by_shift[far] >= by_shift[0] - 1e-9)
    apart = far.sum() * width / turn.window_s
    return float(max((1 + as_high) / (1 + far.sum()), 1 / (1 + apart)))


def _held_out_events(
    recording: Recording, turning: Turning, test: TurnCellTest, rule: TurnEventRule
) -> dict[str, np.ndarray]:
    """Bins (event,) in which events start, of cells that the other half of the time finds."""
    units = units_of(recording, REGION)
    counts = count_spikes(*recording.spikes_of(units), turning.bins, units.size)
    middle = turning.bins.size // 2
    halves = (slice(0, middle), slice(middle, turning.bins.size))
    starts: dict[str, list] = {direction: [] for direction in DIRECTIONS}
    reason = None
    for own, other in (halves, halves[::-1]):
        try:
            found = classify_units(counts[other], turning.velocity[other], test).preferred
            label = f"{recording.name}: half of the arena time"
            members = members_of(found, units, rule.min_cells, label)
        except MissingData as gap:
            reason = gap
            continue
        intervals = _intervals_of(turning, own)
        for direction, chosen in members.items():
            population = population_rate(spikes_of_units(recording, chosen), intervals, rule)
            start, _ = find_crossings(population, population.above_mean(rule.threshold_sd))
            inside = bin_index(population.times(start) + rule.bin_s / 2, turning.bins)
            starts[direction].append(inside[inside >= 0])
    if not any(starts.values()):
        raise reason
    return {name: np.concatenate([np.empty(0, int), *parts]) for name, parts in starts.items()}


def _intervals_of(turning: Turning, rows: slice) -> np.ndarray:
    """Stretches (interval, 2) in s that some bins cover without a gap."""
    bins = turning.bins.take(rows)
    broken = np.flatnonzero(bins.start[1:] > bins.stop[:-1] + 1e-6) + 1
    first = np.concatenate([[0], broken])
    last = np.concatenate([broken, [bins.size]]) - 1
    return np.column_stack([bins.start[first], bins.stop[last]])


def _effect_dataset(
    numbers: dict[str, np.ndarray], course: np.ndarray, n_events: np.ndarray, delay: np.ndarray
) -> xr.Dataset:
    words = {
        "probability": ("probability", "turns in the commanded direction after an event"),
        "baseline": ("baseline", "the same at any time"),
        "opposite_probability": ("opposite", "turns the other way after an event"),
        "p_value": ("p", "share of shifts with as high a probability"),
    }
    variables = {
        name: ("direction", numbers[key], {"units": "1", "long_name": long_name})
        for name, (key, long_name) in words.items()
    }
    variables["course"] = (
        ("direction", "delay"),
        course,
        {"units": "1", "long_name": "probability of a turn that begins at a delay"},
    )
    variables["n_events"] = ("direction", n_events, {"long_name": "events in wake"})
    delays = {"units": "s", "long_name": "delay from the event's start"}
    coordinates = {"direction": list(DIRECTIONS), "delay": ("delay", delay, delays)}
    return xr.Dataset(variables, coords=coordinates)
