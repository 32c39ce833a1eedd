r"""Compression of theta sequences, by the lags of cell pairs and by decoding within cycles.

**theta_lag** (`neurosim.decode.theta_lags`; Dragoi & Buzsaki 2006,
10.1016/j.neuron.2006.02.023; Skaggs et al. 1996,
10.1002/(SICI)1098-1063(1996)6:2<149::AID-HIPO6>3.0.CO;2-K). Running takes `1 / v` from one field
to the next, theta `k / (2 pi f)`: the compression is :math:`2 \pi f / (k v)`. Where the phase
falls by `P` degrees over a field's extent `E`, `k` is `P / E` and `f` the frequency of
precession, so that it is `E f_theta (360 / P) / v + 1` (`neurosim.cells.theta`).

**theta_sweep**. Likelihood lines through the place, relative to the animal, that spikes at each
theta phase represent, pooled over cycles. Fields are those of running, as a lab has them, so the
sweep that they show is shorter than `E 360 / P`: which cell fires is decided by its field around
the animal as well as by its phase. The two estimators measure different things.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.decode.theta_lags import (
    FieldTable,
    correlograms,
    find_fields,
    precession_frequency,
    theta_part,
    wave_number,
)
from neurosim.decode.tuning import FieldParameters, TrackRun, track_run
from neurosim.recording import Recording

N_PHASES = 16  # of the theta cycle
REACH, STEP = 0.5, 0.02  # m that a sweep may reach before and behind the animal
FINE = 0.01  # m; grid on which rates are interpolated


@dataclass(frozen=True)
class RunningSpikes:
    """Spikes while the animal runs on a track.

    Attributes
    ----------
    time, position, speed : array (spike,)
        s, m and m s-1.
    unit, direction : array (spike,) of int
        0 outbound, 1 inbound.
    """

    time: np.ndarray
    position: np.ndarray
    speed: np.ndarray
    unit: np.ndarray
    direction: np.ndarray


def running_spikes(
    recording: Recording, run: TrackRun, units: np.ndarray, min_speed: float
) -> RunningSpikes:
    """Find the spikes of some units while the animal runs faster than some speed (m s-1)."""
    times, unit = recording.spikes_of(units)
    position, _, velocity = run.at(times)
    fast = (np.abs(velocity) > min_speed) & (times >= run.time[0]) & (times <= run.time[-1])
    return RunningSpikes(
        times[fast],
        position[fast],
        np.abs(velocity[fast]),
        unit[fast],
        (velocity[fast] < 0).astype(int),
    )


def theta_lags(spikes: RunningSpikes, fields: FieldTable) -> xr.Dataset:
    """Measure the theta-scale lag of every pair of fields that overlap, and its slope.

    Returns
    -------
    Dataset (field_pair)
        ``distance`` of the centres along the running direction, m; ``lag`` s, known up to whole
        cycles; ``weight``, the spike pairs that theta modulates; and the numbers ``lag_slope``
        s m-1, ``frequency`` Hz of precession and ``running_speed`` m s-1.

    Raises
    ------
    MissingData
        If no fields overlap, or lags do not grow with distance.
    """
    owner = np.full(spikes.time.size, -1)
    for index, unit in enumerate(fields.unit):
        inside = (spikes.position >= fields.low[index]) & (spikes.position <= fields.high[index])
        inside &= (spikes.unit == unit) & (spikes.direction == fields.direction[index])
        owner[inside] = index
    used, n_fields = np.flatnonzero(owner >= 0), fields.unit.size
    a, b = np.triu_indices(n_fields, 1)
    overlap = np.minimum(fields.high[a], fields.high[b]) - np.maximum(fields.low[a], fields.low[b])
    pair = (fields.direction[a] == fields.direction[b]) & (fields.unit[a] != fields.unit[b])
    a, b = a[pair & (overlap > 0)], b[pair & (overlap > 0)]
    if a.size == 0:
        raise MissingData("theta lags: expected place fields that overlap, found none")
    counts = correlograms(spikes.time[used], owner[used], n_fields)
    own = np.einsum("lff->l", counts)
    frequency = precession_frequency(np.concatenate([own[:0:-1], own]))
    part = theta_part(np.concatenate([counts[:0:-1, b, a], counts[:, a, b]]), frequency)
    distance = (fields.centre[b] - fields.centre[a]) * np.where(fields.direction[a] == 0, 1, -1)
    slope = wave_number(part, distance) / (2 * np.pi * frequency)
    if not slope > 0:
        raise MissingData("theta lags: expected lags that grow with distance, found none")
    pairs = {
        "distance": (distance, "m", "distance of the fields' centres along the running direction"),
        "lag": (np.angle(part) / (2 * np.pi * frequency), "s", "theta-scale lag"),
        "weight": (np.abs(part), "1", "spike pairs that theta modulates"),
    }
    numbers = {
        "lag_slope": (slope, "s m-1", "theta-scale lag over distance"),
        "frequency": (frequency, "Hz", "frequency of the firing within fields"),
        "running_speed": (float(np.median(spikes.speed[used])), "m s-1", "running speed"),
    }
    return xr.Dataset(
        {n: ("field_pair", v, {"units": u, "long_name": text}) for n, (v, u, text) in pairs.items()}
        | {n: ((), v, {"units": u, "long_name": text}) for n, (v, u, text) in numbers.items()}
    )


@dataclass(frozen=True)
class Sweep:
    """The most probable line through the theta cycle.

    Attributes
    ----------
    span : float
        Way that it covers in a cycle, m; positive along the running direction.
    middle : float
        Where it is in the middle of the cycle, m ahead of the animal.
    cut : float
        Theta phase at which it begins, rad.
    """

    span: float
    middle: float
    cut: float


def fit_sweep(
    terms: np.ndarray, expected: np.ndarray, n_spikes: int, displacement: np.ndarray
) -> Sweep:
    """Weigh lines through the theta cycle by the likelihood of all spikes.

    The phase at which a sweep begins is not known and is fitted too; the gain is integrated out.

    Parameters
    ----------
    terms : array (phase, displacement)
        Sum over the spikes at a phase of the log rate of their cells at the place that lies this
        far ahead.
    expected : array (phase, displacement)
        Spikes that the rates there would give in the time at that phase.
    n_spikes : int
        All spikes.
    displacement : array (displacement,)
        m, equally spaced around zero.
    """
    n_phases, step, reach = len(terms), displacement[1] - displacement[0], displacement[-1]
    clock = (np.arange(n_phases) + 0.5) / n_phases - 0.5
    spans = np.arange(-2 * reach, 2 * reach + step / 2, step)
    middles = displacement[np.abs(displacement) <= 0.5 * reach + 1e-9]
    place = middles[:, None, None] + spans[:, None] * clock
    column = np.rint((place - displacement[0]) / step).astype(int)
    column = np.clip(column, 0, displacement.size - 1)
    best, found = -np.inf, Sweep(0.0, 0.0, 0.0)
    for cut in range(n_phases):
        phase = (np.arange(n_phases) + cut) % n_phases
        value = terms[phase, column].sum(axis=-1)
        value -= n_spikes * np.log(expected[phase, column].sum(axis=-1))
        top = int(value.argmax())
        if value.flat[top] > best:
            middle, span = np.unravel_index(top, value.shape)
            best = value.flat[top]
            found = Sweep(float(spans[span]), float(middles[middle]), 2 * np.pi * cut / n_phases)
    return found


def theta_sweep(
    spikes: RunningSpikes,
    run: TrackRun,
    fields: xr.Dataset,
    oscillations: xr.Dataset,
    min_speed: float,
) -> xr.Dataset:
    """Decode what spikes represent through the theta cycle, relative to the running animal.

    Only places from which a sweep of `REACH` stays on the track are used.

    Parameters
    ----------
    spikes : RunningSpikes
    run : TrackRun
    fields : Dataset (direction, position, unit)
    oscillations : Dataset (sample)
        ``time`` and ``theta_phase``.
    min_speed : float
        m s-1.

    Returns
    -------
    Dataset (theta_phase, displacement)
        ``spike_probability``: posterior of the displacement of a phase's spikes, the geometric
        mean over spikes; and the numbers ``sweep_span`` m, ``sweep_middle`` m, ``sweep_cut``
        rad, ``theta_frequency`` Hz and ``running_speed`` m s-1.

    Raises
    ------
    MissingData
        If the track is too short for a sweep, or nobody runs there.
    """
    displacement = np.arange(-REACH, REACH + STEP / 2, STEP)
    grid = np.arange(0.5 * FINE, run.length, FINE)
    rate = _interpolated(fields, grid)
    _, _, velocity = run.at(run.time)
    walks = (np.abs(velocity) > min_speed) & _is_within(run.position, run.length)
    chosen = _is_within(spikes.position, run.length)
    if not walks.any() or not chosen.any():
        raise MissingData(
            f"theta sweeps: expected spikes of running more than {REACH} m from the ends of the "
            "track, found none"
        )
    unwrapped = np.unwrap(oscillations["theta_phase"].values.astype(float))
    clock = oscillations["time"].values

    def phase_of(times: np.ndarray) -> np.ndarray:
        turns = np.interp(times, clock, unwrapped) / (2 * np.pi)
        return np.minimum((np.mod(turns, 1.0) * N_PHASES).astype(int), N_PHASES - 1)

    def ahead(position: np.ndarray, direction: np.ndarray) -> np.ndarray:
        place = position[:, None] + np.where(direction == 0, 1, -1)[:, None] * displacement
        return np.clip((place / FINE).astype(int), 0, grid.size - 1)

    direction, unit = spikes.direction[chosen], spikes.unit[chosen]
    place = ahead(spikes.position[chosen], direction)
    log_rate = np.log(rate)
    terms = np.zeros((N_PHASES, displacement.size))
    np.add.at(
        terms, phase_of(spikes.time[chosen]), log_rate[direction[:, None], place, unit[:, None]]
    )
    heading = (velocity[walks] < 0).astype(int)
    total = rate.sum(axis=2)[heading[:, None], ahead(run.position[walks], heading)]
    expected = np.zeros_like(terms)
    step = float(np.median(np.diff(run.time)))
    np.add.at(expected, phase_of(run.time[walks]), total * step)
    count = np.bincount(phase_of(spikes.time[chosen]), minlength=N_PHASES)
    sweep = fit_sweep(terms, expected, int(chosen.sum()), displacement)
    frequency = _frequency(clock, unwrapped, run.time[walks])
    speed = float(np.median(spikes.speed[chosen]))
    return _sweep_dataset(sweep, (terms, expected, count), displacement, frequency, speed)


def _is_within(position: np.ndarray, length: float) -> np.ndarray:
    return (position >= REACH) & (position <= length - REACH)


def _interpolated(fields: xr.Dataset, grid: np.ndarray) -> np.ndarray:
    """Rates (direction, position, unit) on a finer grid, Hz."""
    centres, rate = fields["position"].values, fields["rate"].values
    place = np.interp(grid, centres, np.arange(centres.size))
    low = np.minimum(place.astype(int), centres.size - 2)
    share = (place - low)[:, None]
    return rate[:, low] * (1 - share) + rate[:, low + 1] * share


def _frequency(clock: np.ndarray, unwrapped: np.ndarray, times: np.ndarray) -> float:
    """Mean frequency of theta at some times, Hz."""
    half = 0.1  # s
    turned = np.interp(times + half, clock, unwrapped) - np.interp(times - half, clock, unwrapped)
    return float(np.mean(turned) / (4 * np.pi * half))


def _sweep_dataset(
    sweep: Sweep,
    pooled: tuple[np.ndarray, np.ndarray, np.ndarray],
    displacement: np.ndarray,
    frequency: float,
    speed: float,
) -> xr.Dataset:
    terms, expected, count = pooled
    per_spike = terms / np.maximum(count, 1)[:, None] - np.log(expected)
    weights = np.exp(per_spike - per_spike.max(axis=1, keepdims=True))
    numbers = {
        "sweep_span": (sweep.span, "m", "way of the decoded place in a theta cycle"),
        "sweep_middle": (sweep.middle, "m", "decoded place ahead of the animal at mid-cycle"),
        "sweep_cut": (sweep.cut, "rad", "theta phase at which the sweep begins"),
        "theta_frequency": (frequency, "Hz", "frequency of theta while running"),
        "running_speed": (speed, "m s-1", "running speed"),
    }
    return xr.Dataset(
        {
            "spike_probability": (
                ("theta_phase", "displacement"),
                weights / weights.sum(axis=1, keepdims=True),
                {"units": "1", "long_name": "posterior of a spike's displacement, mean of logs"},
            )
        }
        | {n: ((), v, {"units": u, "long_name": text}) for n, (v, u, text) in numbers.items()},
        coords={
            "theta_phase": (
                "theta_phase",
                2 * np.pi * (np.arange(N_PHASES) + 0.5) / N_PHASES,
                {"units": "rad", "long_name": "theta phase"},
            ),
            "displacement": (
                "displacement",
                displacement,
                {"units": "m", "long_name": "ahead of the animal"},
            ),
        },
    )


def lag_sequences(
    recording: Recording, fields: xr.Dataset, parameters: FieldParameters
) -> xr.Dataset:
    """Measure theta lags on the track of some fields; see `theta_lags`.

    Adds ``compression``: the slope of running over that of theta.
    """
    _, spikes = _on_track(recording, fields, parameters)
    pairs = theta_lags(spikes, find_fields(fields["rate"].values, fields["position"].values))
    ratio = 1 / (pairs["lag_slope"].item() * pairs["running_speed"].item())
    return _with_compression(pairs, ratio)


def sweep_sequences(
    recording: Recording,
    fields: xr.Dataset,
    oscillations: xr.Dataset,
    parameters: FieldParameters,
) -> xr.Dataset:
    """Decode theta sweeps on the track of some fields; see `theta_sweep`.

    Adds ``compression``: the speed of the represented place, which moves on with the animal and
    sweeps within the cycle, over the running speed.
    """
    run, spikes = _on_track(recording, fields, parameters)
    sweep = theta_sweep(spikes, run, fields, oscillations, parameters.min_speed_m_s)
    speed = sweep["running_speed"].item()
    swept = sweep["sweep_span"].item() * sweep["theta_frequency"].item()
    return _with_compression(sweep, (swept + speed) / speed)


def _on_track(
    recording: Recording, fields: xr.Dataset, parameters: FieldParameters
) -> tuple[TrackRun, RunningSpikes]:
    run = track_run(recording, parameters.speed_smoothing_s, fields.attrs["environment"])
    units = fields["unit_index"].values
    return run, running_spikes(recording, run, units, parameters.min_speed_m_s)


def _with_compression(dataset: xr.Dataset, ratio: float) -> xr.Dataset:
    attributes = {"units": "1", "long_name": "speed of the sequence over the running speed"}
    return dataset.assign(compression=((), ratio, attributes))
