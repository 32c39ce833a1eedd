"""What decoding of position and of heading share."""

import numpy as np

from neurosim import MissingData
from neurosim.recording import Recording
from neurosim.world.laps import LapTimes, lap_times

MAX_GAP = 1.5  # steps of the behaviour clock; further apart, tracking was lost


def smoothed(values: np.ndarray, sd: float, *, mode: str, axis: int = -1) -> np.ndarray:
    """Smooth with a Gaussian of `sd` samples along an axis; an SD of zero leaves all as it is."""
    if sd == 0:
        return values
    from scipy.ndimage import gaussian_filter1d  # a third of a second that many jobs do not need

    return gaussian_filter1d(values, sd, axis=axis, mode=mode)


def samples_between(
    clock: np.ndarray, times: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sample after each time, the part of the step that lies before it, and whether it is a gap."""
    after = np.clip(np.searchsorted(clock, times), 1, clock.size - 1)
    step = clock[after] - clock[after - 1]
    part = np.clip((times - clock[after - 1]) / step, 0.0, 1.0)
    return after, part, step > MAX_GAP * np.median(np.diff(clock))


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


def laps_of(recording: Recording, environment: str | None = None) -> LapTimes:
    """Measure when the laps on a linear track cross each point of it.

    Parameters
    ----------
    recording : Recording
    environment : str, optional
        A linear track; by default the first one.

    Raises
    ------
    MissingData
        If the recording has no such track or no lap on it.
    """
    name = recording.track_name(environment)
    graph = recording.track_graph(name)
    if not graph.is_linear:
        raise MissingData(
            f"{recording.name}: expected a linear track to measure laps on, found {name!r} with "
            f"{graph.edge_length.size} edges"
        )
    if "lap" not in recording.behaviour:
        raise MissingData(f"{recording.name}: expected laps on the track, found none")
    laps = lap_times(
        recording.time,
        recording.behaviour["track_position"].values.astype(float),
        laps_in(recording, name),
        graph.length,
    )
    if laps.outbound.size == 0:
        raise MissingData(f"{recording.name}: expected at least one lap on the track, found none")
    return laps


def laps_in(recording: Recording, environment: str) -> np.ndarray:
    """Lap numbers (time,) on one track; -1 outside laps and on other tracks."""
    there = recording.samples_in(environment)
    return np.where(there, recording.behaviour["lap"].values, -1)
