"""Heading in every state of a recording: decoded, its drift, and the correlations of pairs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.decode.bins import Bins, count_trains, group_name, make_bins
from neurosim.decode.drift import drift_speed, shifted_trains
from neurosim.decode.heading import (
    HeadingSpikes,
    HeadingTuning,
    decode_sleep_heading,
    decode_wake_heading,
    estimate_headings,
    fit_heading_tuning,
    heading_epochs,
    intervals_of,
    normal_brain,
)
from neurosim.decode.pair_correlations import pair_correlations
from neurosim.files import explained
from neurosim.recording import Recording

SLEEP = ("rem", "nrem")
STATES = ("wake", *SLEEP)
ESTIMATORS = ("bayes", "shifted_cells")
BINS = 2**16  # of the control, at a time


@dataclass(frozen=True)
class HeadingDecoding:
    """How headings are decoded.

    Attributes
    ----------
    tuning : HeadingTuning
    bins_s : sequence of float
        Time bins that are decoded, s.
    n_folds : int
        Contiguous folds of the cross-validation awake.
    n_permutations : int
        Of cells, for the correlations of pairs.
    """

    tuning: HeadingTuning
    bins_s: Sequence[float]
    n_folds: int
    n_permutations: int


def decode_heading(
    recording: Recording, how: HeadingDecoding, rng: np.random.Generator
) -> xr.DataTree:
    """Decode the heading awake and asleep, with the tuning of the normal brain in the arena.

    Parameters
    ----------
    recording : Recording
    how : HeadingDecoding
    rng : numpy.random.Generator
        Draws the shifts of the control and the permutations of cells.

    Returns
    -------
    DataTree
        ``/tuning`` (heading, unit); ``/wake/bin_*``, ``/rem/bin_*`` and ``/nrem/bin_*`` (time), a
        group a bin width (`neurosim.decode.bins.group_name`); ``/drift`` (state, bin, estimator),
        and ``/pair_correlations`` (pair). What the recording cannot give is a group that says
        why.

    Raises
    ------
    MissingData
        Without head-direction cells recorded in an open arena.
    """
    spikes = HeadingSpikes.of(recording)
    curves = fit_heading_tuning(spikes, how.tuning)
    groups: dict[str, xr.Dataset] = {"/tuning": curves}
    for width in how.bins_s:
        name = group_name(width)
        groups[f"/wake/{name}"] = explained(
            lambda width=width: decode_wake_heading(spikes, width, how.tuning, how.n_folds)
        )
        for state in SLEEP:
            groups[f"/{state}/{name}"] = explained(
                lambda width=width, state=state: decode_sleep_heading(spikes, curves, width, state)
            )
    groups["/drift"] = _drift(spikes, curves, groups, how, rng)
    groups["/pair_correlations"] = explained(lambda: _correlations(spikes, curves, how, rng))
    return xr.DataTree.from_dict(groups)


def _drift(
    spikes: HeadingSpikes,
    curves: xr.Dataset,
    decoded: Mapping[str, xr.Dataset],
    how: HeadingDecoding,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Drift speed (state, bin, estimator) of the normal brain, and of cells shifted apart."""
    speed = np.full((len(STATES), len(how.bins_s), len(ESTIMATORS)), np.nan)
    n_units = spikes.units.size
    for row, state in enumerate(STATES):
        epochs = heading_epochs(spikes.recording, "run" if state == "wake" else state, "none")
        intervals = intervals_of(spikes.recording, epochs)
        apart = shifted_trains(spikes.time, spikes.unit, intervals, n_units, rng)
        for column, width in enumerate(how.bins_s):
            here = decoded[f"/{state}/{group_name(width)}"]
            if "missing" in here.attrs or epochs.size == 0:
                continue
            here = normal_brain(here)
            estimate, interval = here["estimate"].values, here["interval"].values
            bins = make_bins(intervals, width)
            control = np.concatenate([np.empty(0), *_headings_of(apart, bins, curves, width)])
            speed[row, column] = (
                drift_speed(estimate, interval, width),
                drift_speed(control, bins.interval, width),
            )
    return xr.Dataset(
        {
            "drift_speed": (
                ("state", "bin", "estimator"),
                speed,
                {"units": "degree s-1", "long_name": "mean absolute angular speed"},
            )
        },
        coords={
            "state": list(STATES),
            "bin": ("bin", np.array(how.bins_s), {"units": "s", "long_name": "time bin"}),
            "estimator": list(ESTIMATORS),
        },
    )


def _headings_of(
    trains: list[np.ndarray], bins: Bins, curves: xr.Dataset, width: float
) -> Iterator[np.ndarray]:
    """Headings (bin,), rad, from the spikes of each unit (spike,), some bins at a time."""
    for start in range(0, bins.size, BINS):
        some = bins.take(slice(start, start + BINS))
        yield estimate_headings(count_trains(trains, some), curves, width)


def _correlations(
    spikes: HeadingSpikes, curves: xr.Dataset, how: HeadingDecoding, rng: np.random.Generator
) -> xr.Dataset:
    """Correlations of pairs of head-direction cells by state, in the normal brain."""
    cells = np.flatnonzero(curves["is_head_direction_cell"].values)
    counts = {}
    for state in STATES:
        try:
            name = "run" if state == "wake" else state
            counts[state] = spikes.counts(how.tuning.bin_s, name)[1][:, cells]
        except MissingData:  # a state that was not recorded has no correlations
            counts[state] = np.empty((0, cells.size))
    found = pair_correlations(counts, how.n_permutations, rng, spikes.recording.name)
    return found.assign_attrs(bin_s=how.tuning.bin_s)
