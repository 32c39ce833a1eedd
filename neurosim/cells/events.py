"""Planted offline events: when the map is replayed, which way and how fast."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.cells.place import PlaceCells
from neurosim.contract import PHASES, STATES
from neurosim.files import flag_names, flags
from neurosim.world.laps import DIRECTIONS, LapTimes

KINDS = ("forward", "reverse", "empty")
MAPS = (*DIRECTIONS, "none")


@dataclass(frozen=True)
class EventParameters:
    """What is planted in one state.

    Attributes
    ----------
    rate_hz : float
        Bursts a second.
    replay_fraction : float
        Fraction of bursts after running that replay the track; the others are empty bursts,
        and so are all bursts before running.
    forward_fraction : float
        Fraction of replays along the running direction of their map.
    compression_median, compression_log_sd : float
        Log-normal ratio of the laps' time over the stretch to the event's time.
    """

    rate_hz: float
    replay_fraction: float
    forward_fraction: float
    compression_median: float
    compression_log_sd: float


@dataclass(frozen=True)
class BurstParameters:
    """What bursts of all states share.

    Attributes
    ----------
    gain : float
        Rate within a burst over the rate while running.
    min_span_m : float
        Shortest replayed stretch.
    min_gap_s : float
        Shortest time between bursts.
    empty_duration_s, empty_duration_log_sd : float
        Log-normal duration of empty bursts.
    """

    gain: float
    min_span_m: float
    min_gap_s: float
    empty_duration_s: float
    empty_duration_log_sd: float


def plant_events(
    epochs: xr.Dataset,
    by_state: Mapping[str, EventParameters],
    bursts: BurstParameters,
    laps: LapTimes,
    track_length: float,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Draw the bursts of a session and what each replays.

    The compression of a replay is drawn; its duration follows as the laps' median time over the
    replayed stretch divided by the compression.

    Parameters
    ----------
    epochs : Dataset (epoch)
    by_state : Mapping of state to EventParameters
        States that are not named have no events.
    bursts : BurstParameters
    laps : LapTimes
        The laps of this session.
    track_length : float
        m.
    rng : numpy.random.Generator

    Returns
    -------
    Dataset (event)
        ``start``, ``stop`` s; flags ``kind``, ``map``, ``state``, ``phase``; ``path_start``,
        ``path_stop`` m, ``speed`` m s-1 (positive) and ``compression``, NaN for empty bursts.

    Raises
    ------
    NeurosimError
        If the animal ran no lap in one direction, so that there is nothing to replay.
    """
    if laps.outbound.all() or not laps.outbound.any():
        raise NeurosimError(
            f"simulation.environments: expected at least one lap each way to replay, found "
            f"{int(laps.outbound.sum())} outbound and {int((~laps.outbound).sum())} inbound; "
            "lengthen duration_s of the first linear track"
        )
    tables = []
    for state, phase, start, stop in zip(
        flag_names(epochs["state"]),
        flag_names(epochs["phase"]),
        epochs["start"].values,
        epochs["stop"].values,
        strict=True,
    ):
        if state in by_state:
            table = _draw_bursts(by_state[state], bursts, laps, track_length, stop - start, rng)
            if phase == "pre":
                _empty(table, np.ones(table["kind"].size, dtype=bool), bursts, rng)
            tables.append(_place_bursts(table, start, stop, state, phase, bursts.min_gap_s))
    names = ("start", "stop", "kind", "map", "state", "phase")
    names += ("path_start", "path_stop", "speed", "compression")
    return _events_dataset(
        {name: np.concatenate([[], *(table[name] for table in tables)]) for name in names}
    )


def _draw_bursts(
    parameters: EventParameters,
    bursts: BurstParameters,
    laps: LapTimes,
    track_length: float,
    duration: float,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Draw more bursts than fit into the epoch, with the gap before each."""
    n = int(2 * parameters.rate_hz * duration) + 10
    span = rng.uniform(min(bursts.min_span_m, track_length), track_length, n)
    low = rng.uniform(0, 1, n) * (track_length - span)
    # A stretch within an end zone has no lap time: move it until it reaches two lap points.
    reach = laps.points[[1, -2]]
    low = np.clip(low, reach[0] - span, reach[1])
    outbound = rng.random(n) < 0.5
    forward = rng.random(n) < parameters.forward_fraction
    increasing = outbound == forward
    compression = parameters.compression_median * np.exp(
        rng.normal(0, parameters.compression_log_sd, n)
    )
    maps = np.where(outbound, "outbound", "inbound")
    speed = compression * laps.median_speed(low, low + span, maps)
    table = {
        "kind": np.where(forward, "forward", "reverse").astype(object),
        "map": maps.astype(object),
        "path_start": np.where(increasing, low, low + span),
        "path_stop": np.where(increasing, low + span, low),
        "speed": speed,
        "compression": compression,
        "duration": span / speed,
    }
    _empty(table, rng.random(n) >= parameters.replay_fraction, bursts, rng)
    mean_gap = 1 / parameters.rate_hz - bursts.min_gap_s - np.mean(table["duration"])
    if mean_gap <= 0:
        fastest = 1 / (bursts.min_gap_s + np.mean(table["duration"]))
        raise NeurosimError(
            f"simulation.events: rate_hz: expected less than {fastest:.2f} Hz, which bursts and "
            f"the gaps between them leave room for, found {parameters.rate_hz}; lower it or "
            "bursts.min_gap_s"
        )
    table["gap"] = bursts.min_gap_s + rng.exponential(mean_gap, n)
    return table


def _empty(
    table: dict[str, np.ndarray],
    rows: np.ndarray,
    bursts: BurstParameters,
    rng: np.random.Generator,
) -> None:
    """Turn some rows into bursts that replay nothing."""
    table["kind"][rows], table["map"][rows] = "empty", "none"
    for name in ("path_start", "path_stop", "speed", "compression"):
        table[name][rows] = np.nan
    spread = np.exp(rng.normal(0, bursts.empty_duration_log_sd, rows.sum()))
    table["duration"][rows] = bursts.empty_duration_s * spread


def _place_bursts(
    table: dict[str, np.ndarray], start: float, stop: float, state: str, phase: str, margin: float
) -> dict[str, np.ndarray]:
    """Lay the bursts one after another into an epoch; drop those that no longer fit."""
    ends = start + np.cumsum(table["gap"] + table["duration"])
    keep = ends < stop - margin
    placed = {name: values[keep] for name, values in table.items()}
    placed["stop"] = ends[keep]
    placed["start"] = placed["stop"] - placed["duration"]
    placed["state"] = np.full(keep.sum(), state, dtype=object)
    placed["phase"] = np.full(keep.sum(), phase, dtype=object)
    return placed


def _events_dataset(columns: dict[str, np.ndarray]) -> xr.Dataset:
    described = {
        "start": ("s", "start of the burst"),
        "stop": ("s", "end of the burst"),
        "path_start": ("m", "track position at the start"),
        "path_stop": ("m", "track position at the end"),
        "speed": ("m s-1", "virtual speed"),
        "compression": ("1", "time of the laps over the stretch / time of the event"),
    }
    variables = {
        name: ("event", columns[name].astype(float), {"units": unit, "long_name": long_name})
        for name, (unit, long_name) in described.items()
    }
    variables["kind"] = flags(columns["kind"], KINDS, "event", "kind of the burst")
    variables["map"] = flags(columns["map"], MAPS, "event", "running direction of the map")
    variables["state"] = flags(columns["state"], STATES, "event", "state")
    variables["phase"] = flags(columns["phase"], PHASES, "event", "phase of the session")
    return xr.Dataset(variables)


def event_rate(
    events: xr.Dataset, cells: PlaceCells, gain: float, track_length: float
) -> tuple[callable, np.ndarray]:
    """Make the rate of place cells within bursts.

    In a replay each cell fires at `gain` times its rate at the virtual position; in an empty
    burst at `gain` times its mean rate over the track, whatever the time.

    Returns
    -------
    rate : callable
        For `neurosim.cells.spikes.thin_poisson`.
    max_rate_hz : array (cell,)
    """
    start, stop = events["start"].values, events["stop"].values
    path_start, path_stop = events["path_start"].values, events["path_stop"].values
    outbound = flag_names(events["map"]) == "outbound"
    is_empty = flag_names(events["kind"]) == "empty"
    mean_rate = cells.mean_track_rate(track_length)

    def rate(times: np.ndarray, cell: np.ndarray) -> np.ndarray:
        event = np.searchsorted(start, times, side="right") - 1
        progress = (times - start[event]) / (stop - start)[event]
        virtual = path_start[event] + progress * (path_stop - path_start)[event]
        replayed = cells.track_rate(np.nan_to_num(virtual), outbound[event], cell)
        return gain * np.where(is_empty[event], mean_rate[cell], replayed)

    return rate, gain * np.maximum(cells.peak.max(axis=0) + cells.background, mean_rate)
