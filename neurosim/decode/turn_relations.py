"""What the decoded heading does with turn commands in REM, measured in one recording.

Four questions, each a group of its own, so that a recording without colliculus or without eyes
still answers the others: virtual turns after population turn events, the lag of the heading behind
the colliculus, the lead of head-direction cells on the head awake, and eye movements.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.decode.anticipation import anticipation
from neurosim.decode.bins import Bins
from neurosim.decode.eye_turns import EyeMovements, eye_dataset
from neurosim.decode.heading import HeadingSpikes, heading_epochs, intervals_of
from neurosim.decode.virtual_turns import (
    FineHeading,
    TurnRelation,
    epoch_rows,
    fine_heading,
    lagged_correlation,
    moved_to_next_epoch,
    paired,
    peak_lag,
    rate_difference,
    triggered_average,
    turns_after,
)
from neurosim.files import explained, flag_names
from neurosim.recording import Recording

PAIRS = ("same_epochs", "other_epochs")
WITHIN_STATE = "within_state"  # threshold of the lab's rule for population turn events


@dataclass(frozen=True)
class Anticipation:
    """Which leads of the cells on the head are tried.

    Attributes
    ----------
    max_shift_s, step_s : float
    """

    max_shift_s: float
    step_s: float


@dataclass(frozen=True)
class TurnCells:
    """Turn cells that were found in the colliculus.

    Attributes
    ----------
    units : array (cell,) of int
        Indices of the recording's units.
    preferred : array (cell,)
        1 counter-clockwise, -1 clockwise.
    """

    units: np.ndarray
    preferred: np.ndarray


@dataclass(frozen=True)
class TurnEvents:
    """Population turn events in REM of the normal brain.

    Attributes
    ----------
    time : array (event,)
        Starts, s, sorted.
    direction : array (event,)
        Commanded: 1 counter-clockwise, -1 clockwise.
    """

    time: np.ndarray
    direction: np.ndarray


@dataclass(frozen=True)
class RelationParameters:
    """How turns are related.

    Attributes
    ----------
    turns : TurnRelation
    anticipation : Anticipation
    eye : EyeMovements
    n_permutations : int
        Shifts of the events in a circle within their epochs, and permutations of eye movements.
    """

    turns: TurnRelation
    anticipation: Anticipation
    eye: EyeMovements
    n_permutations: int

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "RelationParameters":
        """From the keys of `TurnRelation` and, beside them, those of this class."""
        given = dict(values)
        return cls(
            anticipation=Anticipation(**given.pop("anticipation")),
            eye=EyeMovements(**given.pop("eye")),
            n_permutations=given.pop("n_permutations"),
            turns=TurnRelation(**given),
        )


def turn_cells_found(cells: xr.Dataset) -> TurnCells:
    """Turn cells among the units (unit,) of `neurosim.decode.turn_cells.turn_cells`."""
    preferred = cells["preferred_turn"].values
    chosen = preferred != 0
    return TurnCells(cells["unit_index"].values[chosen], preferred[chosen])


def rem_turn_events(events: xr.Dataset) -> TurnEvents:
    """Events (event,) in REM by the lab's rule, of `neurosim.decode.turn_events.turn_events`."""
    chosen = flag_names(events["state"]) == "rem"
    chosen &= flag_names(events["threshold"]) == WITHIN_STATE
    clockwise = flag_names(events["direction"]) == "clockwise"
    direction = np.where(clockwise, -1, 1)
    return TurnEvents(events["start"].values[chosen], direction[chosen])


def relate_turns(
    recording: Recording,
    curves: xr.Dataset,
    turn_cells: Callable[[], TurnCells],
    turn_events: Callable[[], TurnEvents],
    how: RelationParameters,
    rng: np.random.Generator,
) -> xr.DataTree:
    """Relate the decoded heading to turn commands; what cannot be asked is a group that says why.

    Parameters
    ----------
    recording : Recording
    curves : Dataset (heading, unit)
        Heading tuning; see `neurosim.decode.heading.fit_heading_tuning`.
    turn_cells, turn_events : callable
        Give what was found of the colliculus, or raise `MissingData`.
    how : RelationParameters
    rng : numpy.random.Generator

    Returns
    -------
    DataTree
        ``/events`` (event, permutation), ``/triggered`` (lag, pairs), ``/correlation`` (lag,
        pairs), ``/anticipation`` (shift), ``/eye`` (movement, permutation).
    """
    spikes = HeadingSpikes.of(recording)
    cells = np.flatnonzero(curves["is_head_direction_cell"].values)

    def heading() -> FineHeading:
        bins = rem_bins(recording, how.turns)
        return FineHeading.of(fine_heading(spikes, curves, bins, how.turns), bins)

    fine = _once(heading)
    makers = {
        "events": lambda: events_dataset(
            fine(), turn_events(), how.turns.window_s, how.n_permutations, rng
        ),
        "triggered": lambda: triggered_dataset(fine(), turn_events(), how.turns),
        "correlation": lambda: correlation_dataset(
            fine(), _rate(recording, turn_cells(), fine().bins, how.turns), how.turns
        ),
        "anticipation": lambda: anticipation(
            spikes, cells, how.anticipation.max_shift_s, how.anticipation.step_s
        ),
        "eye": lambda: eye_dataset(
            recording, fine(), how.eye, 2 * how.turns.smoothing_s, how.n_permutations, rng
        ),
    }
    return xr.DataTree.from_dict({f"/{name}": explained(make) for name, make in makers.items()})


def _once(make: Callable[[], FineHeading]) -> Callable[[], FineHeading]:
    """Call a function at most once; a recording without REM raises each time it is asked."""
    made: list[FineHeading] = []

    def give() -> FineHeading:
        if not made:
            made.append(make())
        return made[0]

    return give


def rem_bins(recording: Recording, how: TurnRelation) -> Bins:
    """Fine bins of REM of the normal brain; MissingData if there is none."""
    epochs = heading_epochs(recording, "rem", "none")
    bins = how.bins(intervals_of(recording, epochs))
    if bins.size == 0:
        raise MissingData(f"{recording.name}: expected time in state 'rem', found none")
    return bins


def _rate(recording: Recording, cells: TurnCells, bins: Bins, how: TurnRelation) -> np.ndarray:
    if cells.units.size == 0:
        raise MissingData(f"{recording.name}: expected turn cells in SC, found none")
    return rate_difference(recording, cells.units, cells.preferred, bins, how)


def events_dataset(
    fine: FineHeading,
    events: TurnEvents,
    window: float,
    n_permutations: int,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Rotation in the commanded direction after each event, and what chance gives.

    Returns
    -------
    Dataset (pairs, event)
        ``turn`` deg, after the event (``same_epochs``) and as long after the start of the next
        epoch (``other_epochs``; NaN where there is none); ``null_probability`` and
        ``null_amplitude`` (permutation) with the events of each epoch shifted in a circle.
    """
    time, direction = events.time, events.direction
    if time.size == 0:
        raise MissingData("expected population turn events in REM, found none")
    try:
        elsewhere = moved_to_next_epoch(time, fine.bins)
    except MissingData:  # one epoch alone has no other
        elsewhere = np.full(time.size, np.nan)

    def turns(times: np.ndarray, signs: np.ndarray) -> np.ndarray:
        return turns_after(fine.rotation, fine.bins, times, signs, window)

    drawn = shifted_events(time, fine.bins, n_permutations, rng)
    null = turns(drawn.ravel(), np.tile(direction, n_permutations)).reshape(drawn.shape)
    described = {"units": "degree", "long_name": "rotation in the commanded direction"}
    return xr.Dataset(
        {
            "turn": (
                ("pairs", "event"),
                np.stack([turns(time, direction), turns(elsewhere, direction)]),
                described,
            ),
            "direction": (
                "event",
                direction.astype(np.int8),
                {"long_name": "commanded: 1 counter-clockwise, -1 clockwise"},
            ),
            "null_probability": (
                "permutation",
                np.array([probability(turned) for turned in null]),
                {"units": "1", "long_name": "share of commanded turns, events shifted"},
            ),
            "null_amplitude": (
                "permutation",
                np.array([_mean(turned) for turned in null]),
                {"units": "degree", "long_name": "mean rotation, events shifted"},
            ),
        },
        coords={
            "pairs": list(PAIRS),
            "time": ("event", time, {"units": "s", "long_name": "start of the event"}),
        },
        attrs={"window_s": window},
    )


def probability(turned: np.ndarray) -> float:
    """Share of rotations (event,) in the commanded direction; NaN is left out."""
    known = turned[np.isfinite(turned)]
    return float((known > 0).mean()) if known.size else np.nan


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else np.nan


def shifted_events(
    times: np.ndarray, bins: Bins, n_permutations: int, rng: np.random.Generator
) -> np.ndarray:
    """Shift events (event,) in a circle, all of an epoch by the same time (permutation, event)."""
    rows = epoch_rows(bins)
    starts = np.array([bins.start[part.start] for part in rows])
    lengths = np.array([bins.stop[part.stop - 1] for part in rows]) - starts
    owner = np.clip(np.searchsorted(starts, times, side="right") - 1, 0, None)
    shift = rng.random((n_permutations, len(rows))) * lengths
    return starts[owner] + np.mod(times - starts[owner] + shift[:, owner], lengths[owner])


def triggered_dataset(fine: FineHeading, events: TurnEvents, how: TurnRelation) -> xr.Dataset:
    """Average angular velocity around events in the commanded direction (pairs, lag), deg/s."""
    if events.time.size == 0:
        raise MissingData("expected population turn events in REM, found none")
    reach = round(how.window_s / how.bin_s)
    lags = np.arange(-reach, 2 * reach + 1) * how.bin_s
    try:
        elsewhere = moved_to_next_epoch(events.time, fine.bins)
    except MissingData:
        elsewhere = np.full(events.time.size, np.nan)
    average = [
        triggered_average(fine.velocity, fine.bins, times, events.direction, lags)
        for times in (events.time, elsewhere)
    ]
    return xr.Dataset(
        {
            "velocity": (
                ("pairs", "lag"),
                np.stack(average),
                {
                    "units": "degree s-1",
                    "long_name": "decoded angular velocity in the commanded direction",
                },
            )
        },
        coords={
            "pairs": list(PAIRS),
            "lag": ("lag", lags, {"units": "s", "long_name": "time from the start of the event"}),
        },
    )


def correlation_dataset(fine: FineHeading, rate: np.ndarray, how: TurnRelation) -> xr.Dataset:
    """Cross-correlation (pairs, lag) of a rate difference (bin,) with the angular velocity.

    Returns
    -------
    Dataset
        ``correlation`` (pairs, lag), ``turn_lag`` (pairs) s: the heading behind the colliculus
        where positive.
    """
    found, lag = np.full((2, how.lags.size), np.nan), np.full(2, np.nan)
    for row in range(2):
        try:
            pairs = paired(rate, fine.velocity, fine.bins, row)
        except MissingData:  # one epoch alone has no other
            continue
        found[row] = lagged_correlation(pairs, how.n_lags)
        lag[row] = peak_lag(found[row], how.lags)
    return xr.Dataset(
        {
            "correlation": (
                ("pairs", "lag"),
                found,
                {"units": "1", "long_name": "correlation of rate difference and turning"},
            ),
            "turn_lag": (
                "pairs",
                lag,
                {"units": "s", "long_name": "lag of the heading behind the colliculus"},
            ),
        },
        coords={
            "pairs": list(PAIRS),
            "lag": ("lag", how.lags, {"units": "s", "long_name": "time of ADN after SC"}),
        },
    )
