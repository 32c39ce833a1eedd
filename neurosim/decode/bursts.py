"""Candidate events: population bursts with a ripple while the animal does not move."""

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


def population_rate(
    times: np.ndarray, intervals: np.ndarray, smoothing_s: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Smoothed population rate in 1 ms bins.

    Returns
    -------
    start : array (bin,)
        s.
    rate : array (bin,)
        Hz, smoothed within each interval.
    interval : array (bin,)
    """
    bins = make_bins(intervals, BIN)
    index = bin_index(times, bins)
    rate = np.bincount(index[index >= 0], minlength=bins.size) / BIN
    for number in range(len(intervals)):
        rows = bins.rows(number)
        if rows.stop > rows.start:
            rate[rows] = smoothed(rate[rows], smoothing_s / BIN, mode="nearest")
    return bins.start, rate, bins.interval


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
        return middle, spread if spread > 0 else float(rate.std())
    return float(rate.mean()), float(rate.std())


def _runs(above: np.ndarray, interval: np.ndarray) -> np.ndarray:
    """First and last-plus-one bins (run, 2) of each stretch above the edge within an interval."""
    group = np.where(above, interval, -1)
    change = np.flatnonzero(np.diff(group, prepend=-1, append=-1))
    starts, stops = change[:-1], change[1:]
    return np.column_stack([starts, stops])[group[starts] >= 0]


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
    return background(population_rate(times, intervals, detection.smoothing_s)[1], "run")


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
    start, rate, interval = population_rate(times, intervals, detection.smoothing_s)
    middle, spread = reference or background(rate, detection.scale)
    z = (rate - middle) / (spread if spread > 0 else 1.0)
    runs = _runs(z > detection.edge_z, interval)
    peak = np.array([z[first:last].max() for first, last in runs])
    begin, end = start[runs[:, 0]], start[runs[:, 1] - 1] + BIN
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
