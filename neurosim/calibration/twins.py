r"""Twins of a recording: its cells, its laps and its events, with replay that is known.

What an estimator does depends on the cells that it is given: how many there are, where their
fields lie, how well the laps tell them, how many spikes an event has. So the recording is drawn
anew with everything that was measured of it and nothing else:

wake
    In every bin in which the animal ran each unit fires at the rate of its estimated field, in
    bursts that make the counts as variable about the fields as they were
    (`neurosim.decode.tuning.count_dispersion`). The twin's fields are estimated from that.
offline
    Each of its events has the duration and, on average, the spikes of a recorded candidate event.
    They come along a path of constant speed: at each moment units fire in proportion to their
    fields there.

A twin that is analysed as the recording was shows what the analysis makes of a known truth: a
parametric bootstrap (Efron & Tibshirani 1993, doi:10.1201/9780429246593, ch. 6).
"""

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from scipy.interpolate import make_interp_spline

from neurosim import MissingData
from neurosim.cells.irregular import Spiking, add_bursts
from neurosim.decode.position import fit_place_fields, running_bins
from neurosim.decode.trajectories import lap_speed
from neurosim.decode.tuning import FieldParameters
from neurosim.recording import Recording, spikes_dataset
from neurosim.world.laps import DIRECTIONS, LapTimes

GAP = 0.1  # s of silence between the events of a twin
N_STEPS = 100  # of a path, in each of which the fields stay as they are
FINE = 4  # places of a twin's field for each position bin of the recording's
MOST_BURSTS = 0.8  # no spike is followed by another of its burst with a higher probability


@dataclass(frozen=True)
class TwinParameters:
    """How twins of a recording are made.

    Attributes
    ----------
    n_twins : int
        Each has laps of its own, and so fields.
    n_events : int
        Over all twins.
    min_span : float
        Shortest path, as a part of the track.
    slowest_ratio, fastest_ratio : float
        Compression is log-uniform between these, as far as the path fits on the track.
    """

    n_twins: int
    n_events: int
    min_span: float
    slowest_ratio: float
    fastest_ratio: float


@dataclass(frozen=True)
class Paths:
    """Paths of constant speed, one an event.

    Attributes
    ----------
    start, stop : array (event,)
        m.
    duration : array (event,)
        s.
    outbound : array (event,) of bool
        Map that is replayed.
    log_range : array (event,)
        Width of the range, on the logarithm, that the speed was drawn from.
    """

    start: np.ndarray
    stop: np.ndarray
    duration: np.ndarray
    outbound: np.ndarray
    log_range: np.ndarray

    @property
    def forward(self) -> np.ndarray:
        """Whether each path (event,) leads along the running direction of its map."""
        return (self.stop > self.start) == self.outbound


@dataclass(frozen=True)
class Twin:
    """One twin.

    Attributes
    ----------
    recording : Recording
        Its spikes are those of the events alone, on a clock of their own.
    fields : Dataset (direction, position, unit)
        Estimated from the twin's laps.
    events : Dataset (event)
        ``start`` and ``stop`` s, ``source``: the recorded event that it has duration and spikes of.
    truth : Dataset (event)
        ``compression``, ``speed`` m s-1, ``forward``, ``log_range``.
    """

    recording: Recording
    fields: xr.Dataset
    events: xr.Dataset
    truth: xr.Dataset


def make_twin(
    recording: Recording,
    fields: xr.Dataset,
    candidates: xr.Dataset,
    laps: LapTimes,
    n_events: int,
    parameters: TwinParameters,
    field_parameters: FieldParameters,
    fit_bin_s: float,
    rng: np.random.Generator,
) -> Twin:
    """Draw one twin of a recording.

    Parameters
    ----------
    recording : Recording
    fields : Dataset (direction, position, unit)
        From `neurosim.decode.position.fit_place_fields`.
    candidates : Dataset (event)
        ``start`` and ``stop`` of the recorded events, s.
    laps : LapTimes
    n_events : int
        Of this twin.
    parameters : TwinParameters
    field_parameters : FieldParameters
    fit_bin_s : float
        Bin in which spikes and positions are matched, s.
    rng : numpy.random.Generator

    Returns
    -------
    Twin

    Raises
    ------
    MissingData
        If no recorded event can hold a path.
    """
    units = fields["unit_index"].values
    bursts = burst_probability(float(fields["dispersion"]))
    awake = replace(
        recording, spikes=_wake_spikes(recording, fields, field_parameters, fit_bin_s, bursts, rng)
    )
    recorded = _recorded_events(recording, units, candidates, laps, _length(fields), parameters)
    chosen = _rounds(n_events, recorded[0].size, rng)
    source, duration, n_spikes = (column[chosen] for column in recorded)
    paths = _drawn_paths(duration, lap_speed(laps), _length(fields), parameters, rng)
    start = np.cumsum(duration + GAP) - duration
    times, unit = _event_spikes(fields, paths, start, n_spikes, bursts, rng)
    offline = replace(recording, spikes=spikes_dataset(times, units[unit]))
    events = xr.Dataset(
        {
            "start": ("event", start, {"units": "s", "long_name": "start of the event"}),
            "stop": ("event", start + duration, {"units": "s", "long_name": "end of the event"}),
            "source": ("event", source, {"long_name": "recorded event that it is like"}),
        }
    )
    twin_fields = fit_place_fields(awake, field_parameters, fit_bin_s)
    return Twin(offline, twin_fields, events, _truth(paths, laps))


def burst_probability(dispersion: float) -> float:
    r"""Probability that a spike is followed by another of its burst.

    With geometric numbers of spikes the variance of counts is :math:`(1 + p) / (1 - p)` times
    their mean.

    Examples
    --------
    >>> burst_probability(1.0), burst_probability(3.0)
    (0.0, 0.5)
    """
    return float(np.clip((dispersion - 1) / (dispersion + 1), 0, MOST_BURSTS))


def _length(fields: xr.Dataset) -> float:
    return float(fields.attrs["track_length"])


def _bursting(
    times: np.ndarray, unit: np.ndarray, probability: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Make bursts of spikes in any order; sorted spikes out."""
    order = np.argsort(times, kind="stable")
    spiking = Spiking(burst_probability=probability)
    return add_bursts(times[order], unit[order], spiking, rng)


def _wake_spikes(
    recording: Recording,
    fields: xr.Dataset,
    parameters: FieldParameters,
    width: float,
    bursts: float,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Draw the spikes of running from the fields, anywhere in their bins."""
    bins, state = running_bins(recording, parameters, width)
    rate = fields["rate"].values
    expected = rate.reshape(-1, rate.shape[2])[state] * width
    counts = rng.poisson(expected)
    row, unit = np.nonzero(counts)
    number = counts[row, unit]
    row, unit = np.repeat(row, number), np.repeat(unit, number)
    times = bins.start[row] + width * rng.random(row.size)
    times, unit = _bursting(times, unit, bursts, rng)
    return spikes_dataset(times, fields["unit_index"].values[unit])


def _recorded_events(
    recording: Recording,
    units: np.ndarray,
    candidates: xr.Dataset,
    laps: LapTimes,
    length: float,
    parameters: TwinParameters,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find recorded events that can hold a path: index, duration s, number of spikes (event,)."""
    start, stop = candidates["start"].values, candidates["stop"].values
    times, _ = recording.spikes_of(units)
    n_spikes = np.searchsorted(times, stop) - np.searchsorted(times, start)
    low, high = _speed_limits(stop - start, lap_speed(laps), length, parameters)
    usable = np.flatnonzero((n_spikes > 0) & (high > low))
    if usable.size == 0:
        raise MissingData(
            f"{recording.name}: expected candidate events that can hold a path of "
            f"{parameters.min_span:g} of the track, found none"
        )
    return usable.astype(np.int32), (stop - start)[usable], n_spikes[usable]


def _rounds(n: int, among: int, rng: np.random.Generator) -> np.ndarray:
    """Draw n indices: each as often as the others, and a random rest."""
    whole = np.tile(np.arange(among), n // among)
    return np.concatenate([whole, rng.choice(among, n % among, replace=False)])


def _speed_limits(
    duration: np.ndarray, typical: float, length: float, parameters: TwinParameters
) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest speed (event,) that is asked for and fits on the track, m s-1."""
    longest = length / duration
    low = np.maximum(parameters.slowest_ratio * typical, parameters.min_span * longest)
    return low, np.minimum(parameters.fastest_ratio * typical, longest)


def _drawn_paths(
    duration: np.ndarray,
    typical: float,
    length: float,
    parameters: TwinParameters,
    rng: np.random.Generator,
) -> Paths:
    """Draw speeds, places, maps and directions of movement."""
    n = duration.size
    low, high = np.log(_speed_limits(duration, typical, length, parameters))
    span = np.minimum(np.exp(low + (high - low) * rng.random(n)) * duration, length)
    first = rng.random(n) * (length - span)
    ends = np.column_stack([first, first + span])
    outbound, rising = rng.random(n) < 0.5, rng.random(n) < 0.5
    start, stop = np.where(rising[:, None], ends, ends[:, ::-1]).T
    return Paths(start, stop, duration, outbound, high - low)


def _event_spikes(
    fields: xr.Dataset,
    paths: Paths,
    starts: np.ndarray,
    n_spikes: np.ndarray,
    bursts: float,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the spikes of events: so many, when and of whom the fields along the path say."""
    positions = fields["position"].values
    fine = np.linspace(positions[0], positions[-1], FINE * positions.size)
    between = make_interp_spline(positions, fields["rate"].values, k=1, axis=1)
    rate = between(fine).reshape(2 * fine.size, -1)
    steps = (np.arange(N_STEPS) + 0.5) / N_STEPS
    place = paths.start[:, None] + steps * (paths.stop - paths.start)[:, None]
    state = _nearest(place, fine)
    state += np.where(paths.outbound, 0, fine.size)[:, None]
    event = np.repeat(np.arange(n_spikes.size), n_spikes)
    step = _drawn_columns(rate.sum(axis=1)[state], event, rng)
    unit = _drawn_columns(rate, state[event, step], rng)
    part = (step + rng.random(step.size)) / N_STEPS
    times = starts[event] + part * paths.duration[event]
    return _bursting(times, unit, bursts, rng)


def _nearest(values: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Index of the nearest point of an even grid, of values of any shape."""
    index = np.rint((values - grid[0]) / (grid[1] - grid[0])).astype(int)
    return np.clip(index, 0, grid.size - 1)


def _drawn_columns(weights: np.ndarray, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw a column (draw,) of each row (draw,) in proportion to weights (row, column)."""
    share = np.cumsum(weights, axis=1, dtype=float)
    share /= share[:, -1:]
    # Shares of all rows after one another are sorted: one search finds every draw.
    flat = (share + np.arange(len(share))[:, None]).ravel()
    found = np.searchsorted(flat, rows + rng.random(rows.size), side="right")
    return np.clip(found - rows * weights.shape[1], 0, weights.shape[1] - 1)


def _truth(paths: Paths, laps: LapTimes) -> xr.Dataset:
    """What was planted in the events."""
    maps = np.where(paths.outbound, *DIRECTIONS)
    running = laps.median_speed(paths.start, paths.stop, maps)
    speed = np.abs(paths.stop - paths.start) / paths.duration
    one = {"units": "1"}
    return xr.Dataset(
        {
            "compression": (
                "event",
                speed / running,
                one | {"long_name": "planted: time of the laps over the stretch / of the event"},
            ),
            "speed": ("event", speed, {"units": "m s-1", "long_name": "planted virtual speed"}),
            "forward": (
                "event",
                paths.forward.astype(np.int8),
                {"long_name": "1 where movement along the map's running direction was planted"},
            ),
            "log_range": (
                "event",
                paths.log_range,
                one | {"long_name": "range of log speed that the speed was drawn from"},
            ),
        }
    )
