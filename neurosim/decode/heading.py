"""Heading from head-direction cells: tuning from the open arena, decoding awake and asleep."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.contract import INACTIVATIONS
from neurosim.decode.bayes import circular_difference
from neurosim.decode.bins import Bins, count_spikes, make_bins
from neurosim.decode.common import contiguous_folds, samples_between, units_of
from neurosim.decode.streaming import decode_directions, log_rates, slices_of
from neurosim.decode.tuning import heading_tuning, vector_lengths
from neurosim.files import flag_names, flags
from neurosim.recording import Recording, unit_index


@dataclass(frozen=True)
class HeadingTuning:
    """How heading tuning is estimated.

    Attributes
    ----------
    bin_s : float
        Time bin of the tuning, and of correlations of pairs, s.
    n_bins, smoothing_bins, rate_floor_hz : int and float
        See `neurosim.decode.tuning.heading_tuning`.
    min_mean_vector : float
        Least mean vector length of a head-direction cell.
    """

    bin_s: float
    n_bins: int
    smoothing_bins: float
    rate_floor_hz: float
    min_mean_vector: float

    def curves(self, counts: np.ndarray, heading: np.ndarray, width: float) -> xr.Dataset:
        """Estimate tuning (heading, unit) from counts (bin, unit) and headings (bin,) in rad."""
        return heading_tuning(
            counts, heading, width, self.n_bins, self.smoothing_bins, self.rate_floor_hz
        )


def heading_at(recording: Recording, times: np.ndarray) -> np.ndarray:
    """Head direction (bin,) at times, rad, along the shorter arc between samples.

    NaN where tracking was lost on either side.
    """
    if "head_direction" not in recording.behaviour:
        raise MissingData(
            f"{recording.name}: expected '/behaviour/head_direction', found none; "
            "this question needs the head's direction"
        )
    after, part, gap = samples_between(recording.time, times)
    heading = recording.behaviour["head_direction"].values.astype(float)
    before = heading[after - 1]
    between = before + part * circular_difference(heading[after], before)
    return np.where(gap, np.nan, np.mod(between, 2 * np.pi))


def heading_epochs(recording: Recording, state: str, inactivation: str | None) -> np.ndarray:
    """Find the epochs (interval,) of a state that headings are decoded in.

    While the animal is awake (``run``) only open arenas count: a track does not cover the circle.

    Parameters
    ----------
    recording : Recording
    state : str
        ``run``, ``rem`` or ``nrem``.
    inactivation : str or None
        ``none`` for the normal brain; None for all epochs, whatever was inactivated.

    Returns
    -------
    array (interval,) of int
        Rows of the recording's epochs.
    """
    keep = flag_names(recording.epochs["state"]) == state
    if inactivation is not None:
        keep &= flag_names(recording.epochs["inactivation"]) == inactivation
    if state == "run":
        places = flag_names(recording.epochs["environment"]).astype(str)
        keep &= ~np.isin(places, recording.track_environments)
    return np.flatnonzero(keep)


def intervals_of(recording: Recording, epochs: np.ndarray) -> np.ndarray:
    """Start and stop (interval, 2) of some epochs, s."""
    table = recording.epochs
    return np.column_stack([table["start"].values[epochs], table["stop"].values[epochs]])


@dataclass(frozen=True)
class HeadingSpikes:
    """The spikes of the ADN units, read once.

    Attributes
    ----------
    recording : Recording
    units : array (unit,) of int
        Indices of the recording's units.
    time, unit : array (spike,)
        Sorted, s; position of the spike's unit in `units`.
    """

    recording: Recording
    units: np.ndarray
    time: np.ndarray
    unit: np.ndarray

    @classmethod
    def of(cls, recording: Recording) -> "HeadingSpikes":
        """Read them; MissingData where no ADN was recorded."""
        units = units_of(recording, "ADN")
        return cls(recording, units, *recording.spikes_of(units))

    def counts(
        self, width: float, state: str, inactivation: str | None = "none"
    ) -> tuple[Bins, np.ndarray]:
        """Bins (bin,) of a state as in `heading_epochs`, and counts (bin, unit).

        Raises
        ------
        MissingData
            If the state was not recorded.
        """
        epochs = heading_epochs(self.recording, state, inactivation)
        bins = make_bins(intervals_of(self.recording, epochs), width)
        if bins.size == 0:
            wanted = "running in an open arena" if state == "run" else f"time in state {state!r}"
            raise MissingData(f"{self.recording.name}: expected {wanted}, found none")
        return bins, count_spikes(self.time, self.unit, bins, self.units.size)


def estimate_headings(counts: np.ndarray, curves: xr.Dataset, width: float) -> np.ndarray:
    """Decode headings (bin,) in rad from counts (bin, unit); NaN in silent bins."""
    rates = log_rates(curves["rate"].values, width, curves["occupancy"].values > 0)
    return decode_directions(slices_of(counts), rates, curves["heading"].values)


def fit_heading_tuning(spikes: HeadingSpikes, tuning: HeadingTuning) -> xr.Dataset:
    """Estimate the heading tuning (heading, unit) of the ADN units from the open arena.

    With ``vector_length`` (unit) and ``is_head_direction_cell`` (unit): whether that is at least
    `HeadingTuning.min_mean_vector`. All units are decoded from: those without tuning say
    nothing.
    """
    bins, counts = spikes.counts(tuning.bin_s, "run")
    heading = heading_at(spikes.recording, bins.centre)
    curves = tuning.curves(counts, heading, tuning.bin_s)
    length = vector_lengths(curves)
    return curves.assign(
        unit_index=unit_index(spikes.units),
        vector_length=("unit", length, {"units": "1", "long_name": "mean vector length"}),
        is_head_direction_cell=(
            "unit",
            (length >= tuning.min_mean_vector).astype(np.int8),
            {"long_name": "1 where the mean vector is long enough"},
        ),
    )


def decode_wake_heading(
    spikes: HeadingSpikes, width: float, tuning: HeadingTuning, n_folds: int
) -> xr.Dataset:
    """Decode the head's direction awake from bins that the tuning was not fitted on.

    Parameters
    ----------
    spikes : HeadingSpikes
    width : float
        Bin, s.
    tuning : HeadingTuning
    n_folds : int
        Contiguous.

    Returns
    -------
    Dataset (time)
        ``heading``, ``estimate`` rad, ``error`` deg, ``n_spikes``, ``interval``.
    """
    bins, counts = spikes.counts(width, "run")
    heading = heading_at(spikes.recording, bins.centre)
    estimate = np.empty(bins.size)
    for fold in contiguous_folds(bins.size, n_folds):
        training = np.ones(bins.size, dtype=bool)
        training[fold] = False
        curves = tuning.curves(counts[training], heading[training], width)
        estimate[fold] = estimate_headings(counts[fold], curves, width)
    error = np.abs(np.rad2deg(circular_difference(estimate, heading)))
    n_spikes = counts.sum(axis=1).astype(np.int32)
    return xr.Dataset(
        {
            "heading": ("time", heading, {"units": "rad", "long_name": "head direction"}),
            "estimate": ("time", estimate, {"units": "rad", "long_name": "decoded heading"}),
            "error": ("time", error, {"units": "degree", "long_name": "absolute error"}),
            "n_spikes": ("time", n_spikes, {"long_name": "spikes in the bin"}),
            **_intervals(spikes.recording, "run", "none", bins),
        },
        coords=_time(bins),
        attrs={"bin_s": width, "state": "wake"},
    )


def decode_sleep_heading(
    spikes: HeadingSpikes, curves: xr.Dataset, width: float, state: str
) -> xr.Dataset:
    """Decode the virtual heading in a sleep state with the tuning from wake.

    All epochs of the state are decoded, whatever was inactivated: `normal_brain` keeps those
    with nothing inactivated.

    Parameters
    ----------
    spikes : HeadingSpikes
    curves : Dataset (heading, unit)
        From `fit_heading_tuning`.
    width : float
        Bin, s.
    state : str
        ``rem`` or ``nrem``.

    Returns
    -------
    Dataset (time)
        ``estimate`` rad (NaN in silent bins); ``interval``, a row of the intervals: ``epoch_row``
        (epoch of the recording), ``start``, ``stop`` s; CF flags ``inactivation``.
    """
    bins, counts = spikes.counts(width, state, inactivation=None)
    return xr.Dataset(
        {
            "estimate": (
                "time",
                estimate_headings(counts, curves, width),
                {"units": "rad", "long_name": "decoded virtual heading"},
            ),
            **_intervals(spikes.recording, state, None, bins),
        },
        coords=_time(bins),
        attrs={"bin_s": width, "state": state},
    )


def normal_brain(decoded: xr.Dataset) -> xr.Dataset:
    """Keep the bins (time,) in which nothing was inactivated; MissingData if there are none."""
    names = flag_names(decoded["inactivation"])
    keep = names == "none"
    if not keep.any():
        raise MissingData(
            f"{decoded.attrs['state']}: expected epochs without inactivation, found "
            f"{', '.join(sorted(set(names)))} alone"
        )
    return decoded.isel(time=np.flatnonzero(keep))


def _time(bins: Bins) -> dict[str, tuple]:
    return {"time": ("time", bins.centre, {"units": "s", "long_name": "time"})}


def _intervals(
    recording: Recording, state: str, inactivation: str | None, bins: Bins
) -> dict[str, object]:
    """Which epoch each bin (time,) is of, and the epochs (row,) themselves."""
    epochs = heading_epochs(recording, state, inactivation)
    start, stop = intervals_of(recording, epochs).T
    names = flag_names(recording.epochs["inactivation"])[epochs]
    return {
        "interval": (
            "time",
            bins.interval.astype(np.int32),
            {"long_name": "row of the bin's epoch among epoch_row, start and stop"},
        ),
        "inactivation": flags(names[bins.interval], INACTIVATIONS, "time", "inactivation"),
        "epoch_row": (
            "row",
            epochs.astype(np.int32),
            {"long_name": "index of the recording's epoch"},
        ),
        "start": ("row", start, {"units": "s", "long_name": "start of the epoch"}),
        "stop": ("row", stop, {"units": "s", "long_name": "end of the epoch"}),
    }
