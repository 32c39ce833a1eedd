"""Turn cells that were found beside those that were planted: for comparisons with truth only."""

import numpy as np
import xarray as xr

from neurosim.cells.colliculus import HEMISPHERES
from neurosim.decode.turn_cells import normal_intervals
from neurosim.decode.turn_events import (
    DIRECTIONS,
    STATES,
    THRESHOLDS,
    PopulationRate,
    TurnEventRule,
    find_crossings,
    gaussian_smoothed,
    thresholds_of,
)
from neurosim.recording import Recording
from neurosim.world.turning import CLOCKWISE


def precision_and_recall(found: np.ndarray, planted: np.ndarray) -> tuple[float, float]:
    """Precision and recall of turn cells, counting one with the wrong sign as wrong.

    Parameters
    ----------
    found, planted : array (unit,)
        Preferred turns: -1, 1, or 0 for no turn cell.

    Returns
    -------
    precision, recall : float
        NaN where nothing was found, or planted.
    """
    right = np.count_nonzero((found == planted) & (planted != 0))
    n_found, n_planted = np.count_nonzero(found), np.count_nonzero(planted)
    return right / n_found if n_found else np.nan, right / n_planted if n_planted else np.nan


def clockwise_share(preferred: np.ndarray) -> float:
    """Share of turn cells (unit,) that prefer clockwise turns; NaN without any."""
    cells = preferred[preferred != 0]
    return float(np.mean(cells == CLOCKWISE)) if cells.size else np.nan


def compare_turn_cells(found: xr.Dataset, truth: xr.Dataset) -> xr.Dataset:
    """Compare the turn cells of a recording with those that were planted.

    Parameters
    ----------
    found : Dataset (unit)
        From `neurosim.decode.turn_cells.turn_cells`.
    truth : Dataset (cell)
        The recording's ``truth/cells/SC``.

    Returns
    -------
    Dataset
        ``planted_turn`` (unit); ``precision``, ``recall``; ``clockwise_share`` (hemisphere) of
        the planted turn cells.
    """
    by_unit = dict(zip(truth["unit_index"].values, truth["preferred_turn"].values, strict=True))
    planted = np.array([by_unit[unit] for unit in found["unit_index"].values], dtype=np.int8)
    precision, recall = precision_and_recall(found["preferred_turn"].values, planted)
    side = found["hemisphere"].values.astype(str)
    shares = [clockwise_share(planted[side == hemisphere]) for hemisphere in HEMISPHERES]
    return xr.Dataset(
        {
            "planted_turn": ("unit", planted, {"long_name": "planted preferred turn"}),
            "precision": ((), precision, {"units": "1", "long_name": "precision of turn cells"}),
            "recall": ((), recall, {"units": "1", "long_name": "recall of turn cells"}),
            "clockwise_share": (
                "hemisphere",
                shares,
                {"units": "1", "long_name": "planted share of clockwise turn cells"},
            ),
        },
        coords={"hemisphere": list(HEMISPHERES)},
    )


def command_population(
    truth: xr.Dataset, intervals: np.ndarray, sign: int, smoothing_s: float
) -> PopulationRate:
    """Smooth the command's part of one direction as a population's rate is, without its noise.

    Parameters
    ----------
    truth : Dataset (time)
        The recording's ``truth/heading``, with ``command`` in rad s-1 on an even clock.
    intervals : array (interval, 2)
        s.
    sign : {-1, 1}
    smoothing_s : float
        SD of the Gaussian, s.
    """
    clock, command = truth["time"].values, truth["command"].values
    step = (clock[-1] - clock[0]) / (clock.size - 1)
    rows = np.searchsorted(clock, intervals)
    towards = np.maximum(sign * command, 0.0)
    parts = [gaussian_smoothed(towards[a:b], smoothing_s / step) for a, b in rows]
    first = np.concatenate([[0], np.cumsum(rows[:, 1] - rows[:, 0])])
    return PopulationRate(np.concatenate(parts), first, intervals[:, 0], step)


def command_event_rates(
    recording: Recording, truth: xr.Dataset, rule: TurnEventRule
) -> xr.DataArray:
    """Count turns in the planted command by the rule that finds them in spikes.

    All commands count: fast turns, and what walls and slow turning ask for.

    Returns
    -------
    DataArray (direction, state, threshold)
        1/s; NaN for states that the recording lacks.
    """
    found = np.full((len(DIRECTIONS), len(STATES), len(THRESHOLDS)), np.nan)
    for i, sign in enumerate(DIRECTIONS.values()):
        states = {}
        for state in STATES:
            intervals = normal_intervals(recording, state)
            if intervals.size:
                states[state] = command_population(truth, intervals, sign, rule.smoothing_s)
        for state, population in states.items():
            for name, level in thresholds_of(states, state, rule).items():
                start, _ = find_crossings(population, level)
                place = (i, STATES.index(state), THRESHOLDS.index(name))
                found[place] = start.size / population.seconds
    return xr.DataArray(
        found,
        dims=("direction", "state", "threshold"),
        coords={
            "direction": list(DIRECTIONS),
            "state": list(STATES),
            "threshold": list(THRESHOLDS),
        },
        attrs={"units": "s-1", "long_name": "turns in the planted command"},
    )
