"""Candidate events: population bursts with a ripple while the animal does not move."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import MissingData, NeurosimError
from neurosim.contract import PHASES, STATES
from neurosim.decode.bins import bin_index, make_bins
from neurosim.decode.common import smoothed
from neurosim.decode.ripples import MEDIAN_DEVIATION, ripple_power
from neurosim.errors import choices
from neurosim.files import flag_names, flags
from neurosim.recording import Recording

BIN = 0.001  # s
PIECE = 1_000_000  # bins
SCALES = ("mean", "median", "run")


@dataclass(frozen=True)
class BurstDetection:
    """When a population burst is a candidate event.

    Attributes
    ----------
    states : tuple of str
        States that are searched, each with its own mean and SD.
    smoothing_s : float
        SD of the Gaussian on the population rate (1 ms bins).
    scale : str
        What z is taken about: ``mean`` (and SD) of the state itself, ``median`` (and 1.4826 times
        the median absolute deviation), or ``run``: mean and SD of the running animal, which no
        burst raises, however often they are.
    peak_z : float
        The burst's peak exceeds this many SD.
    edge_z : float
        It lasts from where the rate rises above this to where it falls below.
    min_duration_s, max_duration_s : float
        Bursts of other durations are left out.
    min_cells : int
        Fewest active units.
    max_speed_m_s : float
        The animal is never faster within the burst.
    ripple_z : float or None
        Ripple power exceeds this in the burst (see `neurosim.decode.ripples`), where there is one;
        None where none is asked for.
    """

    states: tuple[str, ...]
    smoothing_s: float
    scale: str
    peak_z: float
    edge_z: float
    min_duration_s: float
    max_duration_s: float
    min_cells: int
    max_speed_m_s: float
    ripple_z: float | None

    def __post_init__(self) -> None:
        if self.scale not in SCALES:
            raise NeurosimError(
                f"candidates.scale: expected one of {choices(SCALES)}, found {self.scale!r}"
            )


def population_rate(times: np.ndarray, intervals: np.ndarray, smoothing_s: float) -> np.ndarray:
    """Smoothed population rate (bin,) in 1 ms bins, Hz, one interval after another.

    Of the bins of a day the rates alone are held. Smoothing does not cross intervals.

    Parameters
    ----------
    times : array (spike,)
        Sorted, s.
    intervals : array (interval, 2)
        Start and stop, s.
    smoothing_s : float
    """
    edges = bin_edges(intervals)
    rate = np.empty(edges[-1])
    for interval, first, last in zip(intervals, edges[:-1], edges[1:], strict=True):
        inside = times[slice(*np.searchsorted(times, interval))]
        index = bin_index(inside, make_bins(interval, BIN))
        fired = np.bincount(index[index >= 0], minlength=last - first) / BIN
        if last > first:
            rate[first:last] = smoothed(fired, smoothing_s / BIN, mode="nearest")
    return rate


def bin_edges(intervals: np.ndarray) -> np.ndarray:
    """First bin (interval + 1,) of each interval among the bins of all."""
    return np.cumsum([0, *(make_bins(one, BIN).size for one in intervals)])


def background(rate: np.ndarray, scale: str) -> tuple[float, float]:
    """Middle and spread of population rates (bin,), Hz: what lies at z = 0, and what at 1 above.

    Parameters
    ----------
    rate : array (bin,)
        Of the state, or for ``run`` of the running animal.
    scale : str
        One of `SCALES`. A population that is silent for more than half of the time has no median
        deviation: there the SD stands in, else a single spike would be a burst.
    """
    if scale == "median":
        middle = float(np.median(rate))
        spread = MEDIAN_DEVIATION * float(np.median(np.abs(rate - middle)))
        return middle, spread if spread > 0 else _mean_and_sd(rate)[1]
    return _mean_and_sd(rate)


def _mean_and_sd(rate: np.ndarray) -> tuple[float, float]:
    """Mean and SD; of a day's bins a piece at a time."""
    mean = float(rate.mean())
    pieces = [rate[first : first + PIECE] for first in range(0, rate.size, PIECE)]
    squares = math.fsum(float(np.square(piece - mean).sum()) for piece in pieces)
    return mean, math.sqrt(squares / rate.size)


def _runs(above: np.ndarray) -> np.ndarray:
    """First and last-plus-one bins (run, 2) of each stretch of an interval above the edge."""
    change = np.flatnonzero(np.diff(above, prepend=False, append=False))
    return change.reshape(-1, 2)


def find_candidates(recording: Recording, detection: BurstDetection) -> xr.Dataset:
    """Find candidate events in a recording.

    Parameters
    ----------
    recording : Recording
    detection : BurstDetection

    Returns
    -------
    Dataset (event)
        ``start``, ``stop`` s; ``peak_z``; ``ripple_z``, the peak of ripple power (NaN without
        one); ``n_cells``, ``n_spikes``; flags ``state``, ``phase``. The attribute ``ripple_rule``
        says what was asked of ripple power, or why nothing was; ``n_bursts`` counts the bursts
        that were candidates but for it, and ``n_bursts_without_ripple_power`` those of them in
        which it is not known, which are left out too.

    Raises
    ------
    MissingData
        If there are no CA1 units, none of the states was visited, or the animal never ran though
        bursts are held against that.
    NeurosimError
        If ripple power breaks the contract.
    """
    units = recording.units_in("CA1")
    if units.size == 0:
        raise MissingData(f"{recording.name}: expected units in CA1, found none")
    times, unit = recording.spikes_of(units)
    tables, reference = [], _awake(recording, times, detection)
    for state in detection.states:
        intervals = recording.intervals(state=state)
        if len(intervals):
            tables.append(
                _candidates_in(recording, times, unit, intervals, state, detection, reference)
            )
    if not tables:
        raise MissingData(
            f"{recording.name}: expected time in one of {', '.join(detection.states)}, found none"
        )
    columns = {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
    ripple_z, has_ripple, attributes = _ripples(recording, columns, detection)
    order = np.argsort(columns["start"], kind="stable")
    order = order[has_ripple[order]]
    seconds = {"units": "s"}
    return xr.Dataset(
        {
            "start": ("event", columns["start"][order], seconds | {"long_name": "burst start"}),
            "stop": ("event", columns["stop"][order], seconds | {"long_name": "burst end"}),
            "peak_z": (
                "event",
                columns["peak_z"][order],
                {"units": "1", "long_name": "peak of the population rate in SD above the mean"},
            ),
            "ripple_z": (
                "event",
                ripple_z[order],
                {"units": "1", "long_name": "peak of ripple power in SD above the background"},
            ),
            "n_cells": ("event", columns["n_cells"][order], {"long_name": "active units"}),
            "n_spikes": ("event", columns["n_spikes"][order], {"long_name": "spikes"}),
            "state": flags(columns["state"][order], STATES, "event", "state"),
            "phase": flags(columns["phase"][order], PHASES, "event", "phase of the session"),
        },
        attrs=attributes,
    )


def _awake(
    recording: Recording, times: np.ndarray, detection: BurstDetection
) -> tuple[float, float] | None:
    """Background of the running animal, where that is the scale."""
    if detection.scale != "run":
        return None
    intervals = recording.intervals(state="run")
    if not len(intervals):
        raise MissingData(f"{recording.name}: expected running, which bursts are held against")
    return background(population_rate(times, intervals, detection.smoothing_s), "run")


def _ripples(
    recording: Recording, columns: Mapping[str, np.ndarray], detection: BurstDetection
) -> tuple[np.ndarray, np.ndarray, dict[str, str | int]]:
    """Peak of ripple power in bursts (event,), whether that makes them candidates, attributes."""
    n = columns["start"].size
    if detection.ripple_z is None:
        attributes = {"ripple_rule": "population bursts alone: no ripple asked for", "n_bursts": n}
        return np.full(n, np.nan), np.ones(n, dtype=bool), attributes
    try:
        power = ripple_power(recording, detection.states)
    except MissingData as gap:
        rule = f"population bursts alone: {gap}"
        return np.full(n, np.nan), np.ones(n, dtype=bool), {"ripple_rule": rule, "n_bursts": n}
    peak = power.peak_z(columns["start"], columns["stop"])
    attributes = {
        "ripple_rule": f"peak of ripple power z > {detection.ripple_z:g}",
        "n_bursts": n,
        "n_bursts_without_ripple_power": int(np.isnan(peak).sum()),
    }
    return peak, peak > detection.ripple_z, attributes


def _candidates_in(
    recording: Recording,
    times: np.ndarray,
    unit: np.ndarray,
    intervals: np.ndarray,
    state: str,
    detection: BurstDetection,
    reference: tuple[float, float] | None,
) -> dict[str, np.ndarray]:
    """Candidates in the epochs of one state, about its own rates or about a reference."""
    begin, end, peak = _bursts(times, intervals, detection, reference)
    duration = end - begin
    keep = (peak > detection.peak_z) & (duration >= detection.min_duration_s)
    keep &= duration <= detection.max_duration_s
    begin, end, peak = begin[keep], end[keep], peak[keep]
    edges = np.searchsorted(times, np.column_stack([begin, end]))
    n_cells = np.array([np.unique(unit[a:b]).size for a, b in edges], dtype=np.int32)
    still = _max_speed(recording, begin, end) < detection.max_speed_m_s
    chosen = still & (n_cells >= detection.min_cells)
    phase = _phase_at(recording, begin)
    return {
        "start": begin[chosen],
        "stop": end[chosen],
        "peak_z": peak[chosen],
        "n_cells": n_cells[chosen],
        "n_spikes": np.diff(edges, axis=1)[chosen, 0].astype(np.int32),
        "state": np.full(chosen.sum(), state, dtype=object),
        "phase": phase[chosen],
    }


def _bursts(
    times: np.ndarray,
    intervals: np.ndarray,
    detection: BurstDetection,
    reference: tuple[float, float] | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Begin and end in s and peak z (burst,) of every stretch above the edge."""
    rate = population_rate(times, intervals, detection.smoothing_s)
    middle, spread = reference or background(rate, detection.scale)
    edges, found = bin_edges(intervals), [np.empty((3, 0))]
    for interval, first, last in zip(intervals, edges[:-1], edges[1:], strict=True):
        start = make_bins(interval, BIN).start
        z = (rate[first:last] - middle) / (spread if spread > 0 else 1.0)
        runs = _runs(z > detection.edge_z)
        peak = [z[a:b].max() for a, b in runs]
        found.append(np.stack([start[runs[:, 0]], start[runs[:, 1] - 1] + BIN, peak]))
    begin, end, peak = np.concatenate(found, axis=1)
    return begin, end, peak


def _max_speed(recording: Recording, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Highest speed (event,) tracked in each event; zero where tracking was lost or had ended."""
    speed, time = np.nan_to_num(recording.behaviour["speed"].values), recording.time
    reach = 1.5 * float(np.median(np.diff(time)))
    first = np.searchsorted(time, begin - reach)
    last = np.searchsorted(time, end + reach, side="right")
    return np.array([speed[a:b].max(initial=0.0) for a, b in zip(first, last, strict=True)])


def _phase_at(recording: Recording, times: np.ndarray) -> np.ndarray:
    epoch = np.searchsorted(recording.epochs["start"].values, times, side="right") - 1
    return flag_names(recording.epochs["phase"])[epoch]
