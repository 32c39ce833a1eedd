"""Tuning curves from wake: place fields by running direction, and heading tuning."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.decode.common import smoothed
from neurosim.recording import Recording
from neurosim.world.laps import DIRECTIONS

MAX_GAP = 1.5  # steps of the behaviour clock; further apart, tracking was lost


@dataclass(frozen=True)
class FieldParameters:
    """How place fields are estimated.

    Attributes
    ----------
    n_bins : int
        Position bins over the track.
    smoothing_bins : float
        SD of the Gaussian that smooths spikes and occupancy, in bins.
    min_speed_m_s : float
        Only faster samples count.
    speed_smoothing_s : float
        SD of the Gaussian that smooths the velocity along the track.
    rate_floor_hz : float
        Lowest rate; keeps the logarithm finite.
    """

    n_bins: int
    smoothing_bins: float
    min_speed_m_s: float
    speed_smoothing_s: float
    rate_floor_hz: float


@dataclass(frozen=True)
class TrackRun:
    """The samples of the behaviour clock on which the animal runs along the track.

    Attributes
    ----------
    time, position : array (sample,)
        s and m, running or not, on the track.
    velocity : array (sample,)
        Smoothed velocity along the track, m s-1.
    length : float
        Length of the track, m.
    """

    time: np.ndarray
    position: np.ndarray
    velocity: np.ndarray
    length: float

    def at(self, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Interpolate position and velocity (m, m s-1) at times.

        Where tracking was lost or the animal was elsewhere the velocity is zero, so that such
        times count as no running.
        """
        after = np.clip(np.searchsorted(self.time, times), 1, self.time.size - 1)
        gap = self.time[after] - self.time[after - 1] > MAX_GAP * np.median(np.diff(self.time))
        velocity = np.interp(times, self.time, self.velocity)
        return np.interp(times, self.time, self.position), np.where(gap, 0.0, velocity)


def track_run(recording: Recording, speed_smoothing_s: float) -> TrackRun:
    """Find where the animal is along the track, and how fast it runs there.

    Raises
    ------
    MissingData
        If the recording has no position along a track.
    """
    if "track_position" not in recording.behaviour:
        raise MissingData(
            f"{recording.name}: expected '/behaviour/track_position', found none; "
            "this question needs a linear track"
        )
    position = recording.behaviour["track_position"].values.astype(float)
    here = np.isfinite(position)
    if here.sum() < 2:
        raise MissingData(
            f"{recording.name}: '/behaviour/track_position': expected positions on a track, "
            "found only NaN"
        )
    time, position = recording.time[here], position[here]
    step = float(np.median(np.diff(time)))
    smooth = smoothed(position, speed_smoothing_s / step, mode="nearest")
    length = recording.track_length
    return TrackRun(time, position, np.gradient(smooth, time), length)


def state_of(
    position: np.ndarray, velocity: np.ndarray, parameters: FieldParameters, length: float
) -> np.ndarray:
    """Number the decoder's states: direction x position bin; -1 where the animal is too slow.

    Parameters
    ----------
    position, velocity : array (sample,)
        m and m s-1.

    Returns
    -------
    array (sample,)
        ``direction * n_bins + bin`` with direction 0 outbound and 1 inbound.
    """
    column = np.clip((position / length * parameters.n_bins).astype(int), 0, parameters.n_bins - 1)
    state = np.where(velocity > 0, column, column + parameters.n_bins)
    return np.where(np.abs(velocity) > parameters.min_speed_m_s, state, -1)


def rates_from_counts(
    counts: np.ndarray, state: np.ndarray, width: float, parameters: FieldParameters
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

    Returns
    -------
    rate : array (direction, position, unit)
        Hz, at least the floor.
    occupancy : array (direction, position)
        s, not smoothed. Where it is zero the rate says nothing: the decoder masks it.
    """
    n_states = len(DIRECTIONS) * parameters.n_bins
    use = state >= 0
    occupancy = np.bincount(state[use], minlength=n_states) * width
    one_hot = np.zeros((n_states, counts.shape[1]))
    np.add.at(one_hot, state[use], counts[use])
    shape = (len(DIRECTIONS), parameters.n_bins)
    along = {"sd": parameters.smoothing_bins, "axis": 1, "mode": "nearest"}
    smoothed_time = smoothed(occupancy.reshape(shape), **along)
    smoothed_spikes = smoothed(one_hot.reshape(*shape, -1), **along)
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = smoothed_spikes / smoothed_time[..., None]
    rate = np.maximum(np.nan_to_num(rate, nan=0.0, posinf=0.0), parameters.rate_floor_hz)
    return rate, occupancy.reshape(shape)


def place_fields(
    rate: np.ndarray, occupancy: np.ndarray, length: float, unit: str = "m"
) -> xr.Dataset:
    """Describe place fields as a Dataset (direction, position, unit)."""
    n_bins = rate.shape[1]
    return xr.Dataset(
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
        coords={
            "direction": list(DIRECTIONS),
            "position": (
                "position",
                (np.arange(n_bins) + 0.5) * length / n_bins,
                {"units": unit, "long_name": "position along the track"},
            ),
        },
        attrs={"track_length": length},
    )


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
    spikes = np.zeros((n_bins, counts.shape[1]))
    np.add.at(spikes, column, counts[use])
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
