"""What decoding of position and of heading share."""

import numpy as np

from neurosim import MissingData
from neurosim.recording import Recording
from neurosim.world.laps import LapTimes, lap_times


def smoothed(values: np.ndarray, sd: float, *, mode: str, axis: int = -1) -> np.ndarray:
    """Smooth with a Gaussian of `sd` samples along an axis; an SD of zero leaves all as it is."""
    if sd == 0:
        return values
    from scipy.ndimage import gaussian_filter1d  # a third of a second that many jobs do not need

    return gaussian_filter1d(values, sd, axis=axis, mode=mode)


def contiguous_folds(n: int, n_folds: int) -> list[np.ndarray]:
    """Split indices 0 to n - 1 into contiguous folds, for time series.

    Raises
    ------
    MissingData
        If there are fewer samples than folds.
    """
    if n < n_folds:
        raise MissingData(
            f"cross-validation: expected at least {n_folds} time bins, found {n}; "
            "the animal hardly moves, or the speed threshold is too high"
        )
    return np.array_split(np.arange(n), n_folds)


def units_of(recording: Recording, region: str) -> np.ndarray:
    """Indices (unit,) of the units of a region; MissingData where there are none."""
    units = recording.units_in(region)
    if units.size == 0:
        raise MissingData(f"{recording.name}: expected units in {region}, found none")
    return units


def laps_of(recording: Recording) -> LapTimes:
    """Measure when the laps of a recording cross each point of its track."""
    behaviour = recording.behaviour
    if "track_position" not in behaviour or "lap" not in behaviour:
        raise MissingData(f"{recording.name}: expected laps on a track, found none")
    laps = lap_times(
        recording.time,
        behaviour["track_position"].values.astype(float),
        behaviour["lap"].values,
        recording.track_length,
    )
    if laps.outbound.size == 0:
        raise MissingData(f"{recording.name}: expected at least one lap on the track, found none")
    return laps
