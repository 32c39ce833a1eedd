"""Turn cells of the colliculus, found from spikes and the head's direction alone."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import MissingData, NeurosimError
from neurosim.decode.bins import Bins, count_spikes, make_bins
from neurosim.decode.common import smoothed, units_of
from neurosim.decode.turn_tests import TurnCellTest, classify_units
from neurosim.recording import Recording, unit_index

REGION = "SC"
MAX_LOST = 0.5  # s; the heading is interpolated over lost frames for so long
SPEED_EDGES = np.arange(-425.0, 426.0, 50.0)  # deg/s, of the turn tuning
NORMAL = "none"  # the inactivation of a brain that nothing was done to


@dataclass(frozen=True)
class Turning:
    """How the head turns in the open arena.

    Attributes
    ----------
    bins : Bins
        Bins (bin,) in which the head's direction is known.
    velocity : array (bin,)
        Angular velocity, deg/s, positive counter-clockwise.
    """

    bins: Bins
    velocity: np.ndarray


def normal_intervals(recording: Recording, state: str) -> np.ndarray:
    """Epochs (epoch, 2) of a state without an inactivation, s.

    Wake (``run``) is all time in open arenas, moving or not: on tracks turns are forced.
    """
    chosen = {"state": state, "inactivation": NORMAL}
    if state != "run":
        return recording.intervals(**chosen)
    arenas = [recording.intervals(**chosen, environment=a) for a in recording.arena_environments]
    together = np.concatenate([np.empty((0, 2)), *arenas])
    return together[np.argsort(together[:, 0])]


def turning_in_arenas(recording: Recording, width: float) -> Turning:
    """Measure the head's angular velocity in open arenas, in bins of `width` s.

    Raises
    ------
    MissingData
        If the recording has no head direction or no open arena.
    """
    if "head_direction" not in recording.behaviour:
        raise MissingData(
            f"{recording.name}: expected '/behaviour/head_direction', found none; "
            "turn cells need the head's direction"
        )
    bins = make_bins(normal_intervals(recording, "run"), width)
    heading = recording.behaviour["head_direction"].values.astype(float)
    known = np.flatnonzero(np.isfinite(heading))
    if bins.size == 0 or known.size < 2:
        raise MissingData(
            f"{recording.name}: expected time in an open arena with the head's direction, found "
            "none; turn cells need it"
        )
    clock, unwrapped = recording.time[known], np.unwrap(heading[known])
    after = np.clip(np.searchsorted(clock, bins.centre), 1, clock.size - 1)
    tracked = clock[after] - clock[after - 1] <= MAX_LOST
    tracked &= (bins.start >= clock[0] - MAX_LOST) & (bins.stop <= clock[-1] + MAX_LOST)
    bins = bins.take(tracked)
    return Turning(bins, angular_velocity(clock, unwrapped, bins))


def angular_velocity(clock: np.ndarray, heading: np.ndarray, bins: Bins) -> np.ndarray:
    """Angular velocity (bin,) in deg/s of a heading (time,) in rad without jumps by a turn."""
    turned = np.interp(bins.stop, clock, heading) - np.interp(bins.start, clock, heading)
    return np.rad2deg(turned) / bins.width


def find_turn_cells(counts: np.ndarray, velocity: np.ndarray, test: TurnCellTest) -> xr.Dataset:
    """Find the turn cells among units of one animal, and describe how units follow turns.

    Parameters
    ----------
    counts : array (bin, unit)
        Spikes.
    velocity : array (bin,)
        Angular velocity, deg/s.
    test : TurnCellTest

    Returns
    -------
    Dataset (unit, lag, speed)
        ``p_value`` and ``q_value`` of `neurosim.decode.turn_tests.classify_units`;
        ``preferred_turn``: -1 clockwise, 1 counter-clockwise, 0 for no turn cell. At the lag of
        the best correlation (``peak_lag`` s, positive where the turn follows the spikes), with
        rates in preferred turns, in turns the other way and at rest: ``turn_index``, clockwise
        minus counter-clockwise over their sum, positive for clockwise as published (C011);
        ``modulation_depth``, (preferred - rest) / (preferred + rest); ``gain``, the slope of the
        rate on the angular velocity in the preferred direction, Hz per deg/s;
        ``turn_tuning``, the rate by angular velocity, Hz. ``average_turn`` is the
        spike-triggered average of the angular velocity, deg/s.

    Raises
    ------
    NeurosimError
        If counts and velocity do not have the same bins.
    """
    if len(counts) != velocity.size:
        raise NeurosimError(
            f"turn cells: expected counts in the {velocity.size} bins of the angular velocity, "
            f"found {len(counts)}"
        )
    classes = classify_units(counts, velocity, test)
    cross, reach = classes.shifted.cross, test.reach
    rates = _turn_rates(counts, velocity, classes.shifted.lag, test)
    n_spikes = counts.sum(axis=0)[:, None]
    average = np.divide(cross, n_spikes, out=np.full(cross.shape, np.nan), where=n_spikes > 0)
    described = _described(classes.sign, rates, test)
    return described.assign(
        p_value=(
            "unit",
            classes.p_value,
            {"units": "1", "long_name": "p value of being no turn cell"},
        ),
        q_value=(
            "unit",
            classes.q_value,
            {"units": "1", "long_name": "p value adjusted within the animal"},
        ),
        preferred_turn=(
            "unit",
            classes.preferred,
            {"long_name": "preferred turn: -1 clockwise, 1 counter-clockwise, 0 none"},
        ),
        peak_lag=(
            "unit",
            classes.shifted.lag * test.bin_s,
            {"units": "s", "long_name": "lag of turns behind spikes where they go together best"},
        ),
        average_turn=(
            ("unit", "lag"),
            average.astype(np.float32),
            {"units": "degree s-1", "long_name": "spike-triggered average of angular velocity"},
        ),
    ).assign_coords(
        lag=(
            "lag",
            np.arange(-reach, reach + 1) * test.bin_s,
            {"units": "s", "long_name": "time from the spike"},
        )
    )


@dataclass(frozen=True)
class TurnRates:
    """Rates (unit,) at each unit's lag, Hz.

    Attributes
    ----------
    clockwise, counter_clockwise, rest : array (unit,)
        In turns either way, and without one.
    tuning : array (unit, speed)
        By angular velocity; NaN where the head never turned so fast.
    slope : array (unit, direction)
        Hz per deg/s, clockwise and counter-clockwise.
    """

    clockwise: np.ndarray
    counter_clockwise: np.ndarray
    rest: np.ndarray
    tuning: np.ndarray
    slope: np.ndarray


def _turn_rates(
    counts: np.ndarray, velocity: np.ndarray, lag: np.ndarray, test: TurnCellTest
) -> TurnRates:
    """Measure rates by the angular velocity at each unit's lag, units of a lag together."""
    n_units, width, limit = counts.shape[1], test.bin_s, test.turn_speed_deg_s
    fast = smoothed(velocity, test.smoothing_s / width, mode="nearest")
    parts = np.full((3, n_units), np.nan)
    tuning, slope = np.full((n_units, SPEED_EDGES.size - 1), np.nan), np.empty((n_units, 2))
    for value in np.unique(lag):
        units = np.flatnonzero(lag == value)
        speed, spikes = np.roll(fast, -value), counts[:, units]
        masks = np.stack([speed < -limit, speed > limit, np.abs(speed) <= limit])
        drives = np.stack([np.clip(-speed, 0, None), np.clip(speed, 0, None)])
        drives -= drives.mean(axis=1, keepdims=True)
        bins = np.digitize(speed, SPEED_EDGES) - 1
        inside = (bins >= 0) & (bins < SPEED_EDGES.size - 1)
        one_of = bins[inside, None] == np.arange(SPEED_EDGES.size - 1)
        parts[:, units] = _mean_rates(masks, spikes, width)
        tuning[units] = _mean_rates(one_of.T, spikes[inside], width).T
        slope[units] = (drives @ spikes / (drives**2).sum(axis=1, keepdims=True) / width).T
    return TurnRates(*parts, tuning, slope)


def _mean_rates(masks: np.ndarray, spikes: np.ndarray, width: float) -> np.ndarray:
    """Mean rates (mask, unit) in Hz of spikes (bin, unit) in bins of each mask; NaN in none."""
    n = masks.sum(axis=1, keepdims=True)
    summed = masks.astype(spikes.dtype) @ spikes
    return np.divide(summed, n * width, out=np.full(summed.shape, np.nan), where=n > 0)


def _described(sign: np.ndarray, rates: TurnRates, test: TurnCellTest) -> xr.Dataset:
    """Put rates into indices; see `find_turn_cells`."""
    clockwise = sign < 0
    preferred = np.where(clockwise, rates.clockwise, rates.counter_clockwise)
    middle = (SPEED_EDGES[1:] + SPEED_EDGES[:-1]) / 2
    depth = _contrast(preferred, rates.rest)
    index = _contrast(rates.clockwise, rates.counter_clockwise)
    slope = np.where(clockwise, rates.slope[:, 0], rates.slope[:, 1])
    return xr.Dataset(
        {
            "turn_index": (
                "unit",
                index,
                {"units": "1", "long_name": "rate in clockwise against counter-clockwise turns"},
            ),
            "modulation_depth": (
                "unit",
                depth,
                {"units": "1", "long_name": "rate in preferred turns against rest"},
            ),
            "gain": (
                "unit",
                slope,
                {"units": "Hz degree-1 s", "long_name": "added rate by angular velocity"},
            ),
            "turn_tuning": (
                ("unit", "speed"),
                rates.tuning.astype(np.float32),
                {"units": "Hz", "long_name": "rate by angular velocity"},
            ),
        },
        coords={
            "speed": (
                "speed",
                middle,
                {"units": "degree s-1", "long_name": "angular velocity, counter-clockwise"},
            )
        },
        attrs={"alpha": test.alpha, "bin_s": test.bin_s},
    )


def _contrast(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(a - b) / (a + b); NaN where both are zero."""
    total = a + b
    return np.divide(a - b, total, out=np.full(total.shape, np.nan), where=total > 0)


def turn_cells(recording: Recording, test: TurnCellTest) -> xr.Dataset:
    """Find the turn cells of a recording's colliculus from its time in open arenas.

    Returns
    -------
    Dataset (unit, lag, speed)
        As `find_turn_cells`, with ``unit_index`` and ``hemisphere`` of each unit.

    Raises
    ------
    MissingData
        If the recording has no such units, no head direction or too little time in an arena.
    """
    units = units_of(recording, REGION)
    turning = turning_in_arenas(recording, test.bin_s)
    counts = count_spikes(*recording.spikes_of(units), turning.bins, units.size)
    try:
        found = find_turn_cells(counts, turning.velocity, test)
    except MissingData as gap:
        raise MissingData(f"{recording.name}: {gap}") from gap
    hemisphere = recording.units["hemisphere"].values[units].astype(object)
    return found.assign(
        unit_index=unit_index(units),
        hemisphere=("unit", hemisphere, {"long_name": "hemisphere of the unit"}),
    )
