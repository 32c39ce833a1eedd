"""Tuning curves from wake: place fields by running direction, and heading tuning."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.decode.common import samples_between, smoothed
from neurosim.decode.places import ArenaBins, PlaceBins
from neurosim.recording import Recording
from neurosim.world.graph import TrackGraph

THETA_CYCLE = 0.12  # s
MIN_EXPECTED = 0.05  # spikes in a window; fewer tell nothing of the variance


@dataclass(frozen=True)
class FieldParameters:
    """How place fields are estimated.

    Attributes
    ----------
    n_bins : int
        Position bins over a track, all its edges together.
    smoothing_bins : float
        SD of the Gaussian that smooths spikes and occupancy, in bins.
    min_speed_m_s : float
        Only faster samples count.
    speed_smoothing_s : float
        SD of the Gaussian that smooths the velocity along the track.
    rate_floor_hz : float
        Lowest rate; keeps the logarithm finite.
    arena_bin_m : float
        Width of the position bins in an arena.
    """

    n_bins: int
    smoothing_bins: float
    min_speed_m_s: float
    speed_smoothing_s: float
    rate_floor_hz: float
    arena_bin_m: float = 0.04


@dataclass(frozen=True)
class TrackRun:
    """The samples of the behaviour clock on which the animal is on one track.

    Attributes
    ----------
    environment : str
        Name of the track.
    graph : TrackGraph
    time, position : array (sample,)
        s and m, running or not, on the track.
    edge : array (sample,) of int
    velocity : array (sample,)
        Smoothed velocity along the edge, m s-1: positive outbound.
    """

    environment: str
    graph: TrackGraph
    time: np.ndarray
    position: np.ndarray
    edge: np.ndarray
    velocity: np.ndarray

    @property
    def length(self) -> float:
        """Length of the track, m."""
        return self.graph.length

    def at(self, times: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Interpolate position, edge and velocity (m, index, m s-1) at times.

        Where tracking was lost or the animal was elsewhere the velocity is zero, so that such
        times count as no running. Across a node the nearer sample holds, as track positions of
        two edges do not interpolate.
        """
        after, part, gap = samples_between(self.time, times)
        before = after - 1
        near = np.where(part < 0.5, before, after)
        same = self.edge[before] == self.edge[after]
        position = np.where(same, _mixed(self.position, after, part), self.position[near])
        velocity = np.where(same, _mixed(self.velocity, after, part), self.velocity[near])
        return position, self.edge[near], np.where(gap, 0.0, velocity)


def _mixed(values: np.ndarray, after: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Interpolate between samples."""
    return values[after - 1] + part * (values[after] - values[after - 1])


def track_run(
    recording: Recording, speed_smoothing_s: float, environment: str | None = None
) -> TrackRun:
    """Find where the animal is along a track, and how fast it runs there.

    Parameters
    ----------
    recording : Recording
    speed_smoothing_s : float
        SD of the Gaussian on the path, s.
    environment : str, optional
        A track; by default that of `Recording.track_name`.

    Raises
    ------
    MissingData
        If the recording has no position along the track.
    """
    name = recording.track_name(environment)
    sample, position, edge = recording.on_track(name)
    if sample.size < 2:
        raise MissingData(
            f"{recording.name}: '/behaviour/track_position': expected positions on the track "
            f"{name!r}, found none"
        )
    time, graph = recording.time[sample], recording.track_graph(name)
    step = float(np.median(np.diff(time)))
    travelled, orientation = graph.unroll(position, edge)
    smooth = smoothed(travelled, speed_smoothing_s / step, mode="nearest")
    velocity = orientation * np.gradient(smooth, time)
    return TrackRun(name, graph, time, position, edge, velocity)


@dataclass(frozen=True)
class ArenaRun:
    """The samples of the behaviour clock on which the animal is in one arena.

    Attributes
    ----------
    environment : str
        Name of the arena.
    time : array (sample,)
        s.
    position : array (sample, space)
        m.
    speed : array (sample,)
        m s-1.
    """

    environment: str
    time: np.ndarray
    position: np.ndarray
    speed: np.ndarray

    def at(self, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Interpolate position (time, space) and speed (m, m s-1); zero where it is not known."""
        after, part, gap = samples_between(self.time, times)
        position = np.column_stack([_mixed(axis, after, part) for axis in self.position.T])
        return position, np.where(gap, 0.0, _mixed(self.speed, after, part))


def arena_run(recording: Recording, environment: str) -> ArenaRun:
    """Find where the animal is in an arena, and how fast it walks.

    Raises
    ------
    MissingData
        If the recording has no position there.
    """
    position = recording.behaviour["position"].values.astype(float)
    known = np.isfinite(position).all(axis=1)
    here = np.flatnonzero(recording.samples_in(environment) & known)
    if here.size < 2:
        raise MissingData(
            f"{recording.name}: '/behaviour/position': expected positions in the arena "
            f"{environment!r}, found none"
        )
    speed = recording.behaviour["speed"].values.astype(float)[here]
    return ArenaRun(environment, recording.time[here], position[here], speed)


def state_of(
    column: np.ndarray, velocity: np.ndarray, min_speed: float, bins: PlaceBins
) -> np.ndarray:
    """Number the decoder's states: direction x position bin; -1 where the animal is too slow.

    Parameters
    ----------
    column : array (sample,) of int
        Position bin.
    velocity : array (sample,)
        Along the edge, m s-1; in an arena the speed.
    min_speed : float
        m s-1.
    bins : TrackBins or ArenaBins

    Returns
    -------
    array (sample,)
        ``direction * number of bins + bin`` with direction 0 outbound and 1 inbound; an arena
        has one direction.
    """
    if len(bins.directions) == 2:
        column = np.where(velocity > 0, column, column + bins.size)
    return np.where(np.abs(velocity) > min_speed, column, -1)


def rates_from_counts(
    counts: np.ndarray,
    state: np.ndarray,
    width: float,
    parameters: FieldParameters,
    bins: PlaceBins,
) -> tuple[np.ndarray, np.ndarray]:
    """Estimate rates as smoothed spikes over smoothed occupancy.

    Parameters
    ----------
    counts : array (bin, unit)
        Spikes.
    state : array (bin,)
        Decoder states; bins at -1 are left out.
    width : float
        Duration of a bin, s.
    parameters : FieldParameters
    bins : TrackBins or ArenaBins
        Smoothing follows their distances: around the corners of a track.

    Returns
    -------
    rate : array (direction, position, unit)
        Hz, at least the floor.
    occupancy : array (direction, position)
        s, not smoothed. Where it is zero the rate says nothing: the decoder masks it.
    """
    shape = (len(bins.directions), bins.size)
    n_states, n_units = shape[0] * shape[1], counts.shape[1]
    use = state >= 0
    occupancy = np.bincount(state[use], minlength=n_states).reshape(shape) * width
    cell = state[use, None] * n_units + np.arange(n_units)
    spikes = np.bincount(cell.ravel(), counts[use].ravel(), minlength=n_states * n_units)
    smoothed_time = bins.smoothed(occupancy[..., None], parameters.smoothing_bins)
    smoothed_spikes = bins.smoothed(spikes.reshape(*shape, n_units), parameters.smoothing_bins)
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = smoothed_spikes / smoothed_time
    rate = np.maximum(np.nan_to_num(rate, nan=0.0, posinf=0.0), parameters.rate_floor_hz)
    return rate, occupancy


def count_dispersion(counts: np.ndarray, expected: np.ndarray, start: np.ndarray) -> float:
    r"""Variance of spike counts about the fields over their mean, at least one.

    Spikes of bursts, or under a gain that all cells share, say less about the place than as many
    independent ones. Dividing a Poisson log likelihood by

    .. math:: \phi = \sum (n - \mu)^2 / \sum \mu

    makes up for it (quasi-likelihood; Wedderburn 1974, 10.1093/biomet/61.3.439). It is measured
    awake, over windows of a theta cycle, within which phase precession moves spikes about.

    Parameters
    ----------
    counts, expected : array (bin, unit)
        Spikes, and rate at the animal's place times the bin.
    start : array (bin,)
        s.

    Returns
    -------
    float
        1 for Poisson spikes, and where nothing can be said.
    """
    window = np.floor(start / THETA_CYCLE).astype(int)
    first = np.flatnonzero(np.diff(window, prepend=window[:1] - 1))
    if first.size == 0:
        return 1.0
    n, mu = (np.add.reduceat(values, first, axis=0, dtype=float) for values in (counts, expected))
    told = mu > MIN_EXPECTED
    return max(float(((n - mu)[told] ** 2).sum() / mu[told].sum()), 1.0) if told.any() else 1.0


def place_fields(
    rate: np.ndarray, occupancy: np.ndarray, bins: PlaceBins, environment: str, unit: str = "m"
) -> xr.Dataset:
    """Describe place fields as a Dataset (direction, position, unit).

    On a track ``position`` is the track position of the bins and ``edge`` their edge; in an
    arena it numbers the bins, whose middles are ``x`` and ``y``.
    """
    fields = xr.Dataset(
        {
            "rate": (
                ("direction", "position", "unit"),
                rate,
                {"units": "Hz", "long_name": "firing rate while running"},
            ),
            "occupancy": (
                ("direction", "position"),
                occupancy,
                {"units": "s", "long_name": "time spent running"},
            ),
        },
        coords={"direction": list(bins.directions)},
        attrs={"environment": environment},
    )
    if isinstance(bins, ArenaBins):
        x, y = bins.centres.T
        return fields.assign_coords(
            position=("position", np.arange(bins.size), {"long_name": "bin of the arena"}),
            x=("position", x, {"units": unit, "long_name": "x of the bin"}),
            y=("position", y, {"units": unit, "long_name": "y of the bin"}),
        )
    return fields.assign_coords(
        position=(
            "position",
            bins.centre,
            {"units": unit, "long_name": "position along the track"},
        ),
        edge=("position", bins.edge, {"long_name": "edge of the track"}),
    ).assign_attrs(track_length=bins.graph.length)


def heading_bins(n_bins: int) -> np.ndarray:
    """Centres (heading,) of equal heading bins over the circle, rad."""
    return (np.arange(n_bins) + 0.5) * 2 * np.pi / n_bins


def heading_tuning(
    counts: np.ndarray,
    heading: np.ndarray,
    width: float,
    n_bins: int,
    smoothing_bins: float,
    rate_floor_hz: float,
) -> xr.Dataset:
    """Estimate the rate of each unit by heading.

    Parameters
    ----------
    counts : array (bin, unit)
        Spikes.
    heading : array (bin,)
        rad; NaN bins are left out.
    width : float
        Duration of a bin, s.
    n_bins : int
        Heading bins.
    smoothing_bins : float
        SD of the circular Gaussian, in bins.
    rate_floor_hz : float
        Lowest rate.

    Returns
    -------
    Dataset (heading, unit)
        ``rate`` Hz and ``occupancy`` s.
    """
    use = np.isfinite(heading)
    column = (np.mod(heading[use], 2 * np.pi) / (2 * np.pi) * n_bins).astype(int) % n_bins
    occupancy = np.bincount(column, minlength=n_bins) * width
    n_units = counts.shape[1]
    cell = column[:, None] * n_units + np.arange(n_units)
    spikes = np.bincount(cell.ravel(), counts[use].ravel(), minlength=n_bins * n_units)
    spikes = spikes.reshape(n_bins, n_units)
    smoothed_time = smoothed(occupancy, smoothing_bins, mode="wrap")
    smoothed_spikes = smoothed(spikes, smoothing_bins, axis=0, mode="wrap")
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = np.nan_to_num(smoothed_spikes / smoothed_time[:, None], nan=0.0, posinf=0.0)
    return xr.Dataset(
        {
            "rate": (
                ("heading", "unit"),
                np.maximum(rate, rate_floor_hz),
                {"units": "Hz", "long_name": "firing rate awake"},
            ),
            "occupancy": ("heading", occupancy, {"units": "s", "long_name": "time spent"}),
        },
        coords={
            "heading": (
                "heading",
                heading_bins(n_bins),
                {"units": "rad", "long_name": "head direction"},
            )
        },
    )


def vector_lengths(curves: xr.Dataset) -> np.ndarray:
    """Mean vector length (unit,) of heading tuning (heading, unit): 0 untuned, 1 one direction."""
    rate = curves["rate"].values
    return np.abs(np.exp(1j * curves["heading"].values) @ rate) / rate.sum(axis=0)
